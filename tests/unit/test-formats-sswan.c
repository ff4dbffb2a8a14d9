/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/formats.h"
#include "lib/scratch.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

/* What strongSwan's client for Android finds in a file of ours, by its own documentation. That such
 * a file is the same profile again is tested in test-formats.c. */

static NMConnection *
import_sample(const char *name)
{
    g_autofree char *path =
        g_test_build_filename(G_TEST_DIST, "..", "vectors", "profiles", name, NULL);
    g_autoptr(GError) error = NULL;
    NMConnection *connection;

    scratch_empty();
    connection = formats_import(path, &error);
    g_assert_no_error(error);
    return connection;
}

static JsonObject *
exported(NMConnection *connection)
{
    g_autofree char *path = g_build_filename(g_get_user_data_dir(), "export.sswan", NULL);
    g_autofree char *text = NULL;
    g_autoptr(JsonNode) root = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(formats_export(connection, path, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpint(g_unlink(path), ==, 0);
    /* Neither the user's password nor the key's. */
    g_assert_null(strstr(text, "correct horse"));
    g_assert_null(strstr(text, "Quoo7ahNg3"));
    root = json_from_string(text, &error);
    g_assert_no_error(error);
    return json_object_ref(json_node_get_object(root));
}

static const char *
text_in(JsonObject *profile, const char *object, const char *name)
{
    JsonObject *inner = object ? json_object_get_object_member(profile, object) : profile;

    return inner && json_object_has_member(inner, name) ? json_object_get_string_member(inner, name)
                                                        : NULL;
}

static void
test_its_words(void)
{
    g_autoptr(NMConnection) connection = import_sample("android-everything.sswan");
    g_autoptr(JsonObject) profile = exported(connection);
    JsonObject *split = json_object_get_object_member(profile, "split-tunneling");
    JsonObject *remote = json_object_get_object_member(profile, "remote");

    g_assert_true(g_uuid_string_is_valid(text_in(profile, NULL, "uuid")));
    g_assert_cmpstr(text_in(profile, NULL, "name"), ==, "Alles – çà et là");
    g_assert_cmpstr(text_in(profile, NULL, "type"), ==, "ikev2-cert-eap");
    g_assert_cmpstr(text_in(profile, "remote", "addr"), ==, "gw.example.com");
    g_assert_cmpint(json_object_get_int_member(remote, "port"), ==, 8500);
    g_assert_cmpstr(text_in(profile, "local", "eap_id"), ==, "anna");
    g_assert_cmpstr(text_in(profile, "local", "id"), ==, "C=CH, O=Example, CN=anna");
    g_assert_null(text_in(profile, "local", "shared_secret"));
    g_assert_cmpstr(text_in(profile, NULL, "ike-proposal"), ==, "aes256-sha256-ecp256");
    g_assert_cmpint(json_object_get_int_member(profile, "mtu"), ==, 1300);
    g_assert_cmpuint(
        json_array_get_length(json_object_get_array_member(profile, "dns-servers")), ==, 2);
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(split, "subnets")), ==, 8);
    g_assert_true(json_object_get_boolean_member(split, "block-ipv6"));
}

/* Certificates are in the file; the key is too, since it has a password. */
static void
test_certificates(void)
{
    g_autoptr(NMConnection) connection = import_sample("android-everything.sswan");
    g_autoptr(JsonObject) profile = exported(connection);
    NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);
    g_autofree char *p12 = NULL;
    g_autofree char *encoded = NULL;
    g_autofree guchar *ca = NULL;
    gsize len;

    g_assert_true(g_file_get_contents(nm_setting_vpn_get_data_item(vpn, "key"), &p12, &len, NULL));
    encoded = g_base64_encode((const guchar *) p12, len);
    g_assert_cmpstr(text_in(profile, "local", "p12"), ==, encoded);
    ca = g_base64_decode(text_in(profile, "remote", "cert"), &len);
    g_assert_nonnull(g_strstr_len((const char *) ca, (gssize) len, "BEGIN CERTIFICATE"));
}

/* A key that anybody could use stays where it is. */
static void
test_open_key(void)
{
    g_autoptr(NMConnection) connection = import_sample("apple-cisco-cert.mobileconfig");
    NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);
    g_autofree char *path = g_build_filename(g_get_user_data_dir(), "open.pem", NULL);
    g_autoptr(JsonObject) profile = NULL;

    /* And of a file that is named as the authority's only certificates go out. */
    g_assert_true(g_file_set_contents(path, "-----BEGIN PRIVATE KEY-----\nx\n", -1, NULL));
    nm_setting_vpn_add_data_item(vpn, "ca", path);
    profile = exported(connection);
    g_assert_null(text_in(profile, "remote", "cert"));
    g_assert_false(json_object_has_member(profile, "local"));
    g_assert_cmpstr(text_in(profile, "nm-ike", "ca"), ==, path);
}

/* A type that says something else would connect in another way than the profile does. */
static void
test_no_type(void)
{
    g_autoptr(NMConnection) ikev1 = import_sample("apple-cisco-group.mobileconfig");
    g_autoptr(JsonObject) first = exported(ikev1);
    g_autoptr(NMConnection) psk = import_sample("apple-binary.mobileconfig");
    g_autoptr(JsonObject) second = exported(psk);

    g_assert_false(json_object_has_member(first, "type"));
    g_assert_cmpstr(text_in(first, "nm-ike", "ike-version"), ==, "1");
    g_assert_false(json_object_has_member(second, "type"));
    g_assert_cmpstr(text_in(second, "nm-ike", "method"), ==, "psk");
}

/* On another machine the files that are named are not there: what is in the profile is taken. */
static void
test_other_machine(void)
{
    g_autoptr(NMConnection) connection = import_sample("android-everything.sswan");
    NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);
    g_autofree char *ca = g_strdup(nm_setting_vpn_get_data_item(vpn, "ca"));
    g_autofree char *path = g_build_filename(g_get_user_data_dir(), "moved.sswan", NULL);
    g_autoptr(NMConnection) again = NULL;

    g_assert_true(formats_export(connection, path, NULL));
    g_assert_cmpint(g_unlink(ca), ==, 0);
    g_assert_cmpint(g_unlink(nm_setting_vpn_get_data_item(vpn, "key")), ==, 0);
    again = formats_import(path, NULL);
    vpn = nm_connection_get_setting_vpn(again);
    g_assert_true(g_file_test(nm_setting_vpn_get_data_item(vpn, "ca"), G_FILE_TEST_IS_REGULAR));
    g_assert_true(g_file_test(nm_setting_vpn_get_data_item(vpn, "key"), G_FILE_TEST_IS_REGULAR));
    g_assert_cmpint(g_unlink(path), ==, 0);
}

int
main(int argc, char **argv)
{
    scratch_data_home();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sswan/its-words", test_its_words);
    g_test_add_func("/sswan/certificates", test_certificates);
    g_test_add_func("/sswan/open-key", test_open_key);
    g_test_add_func("/sswan/no-type", test_no_type);
    g_test_add_func("/sswan/other-machine", test_other_machine);
    return g_test_run();
}
