/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/formats.h"
#include "formats/internal.h"
#include "formats/ipsec-secrets.h"
#include "formats/network-keys.h"
#include "fuzz/fuzz.h"
#include "lib/scratch.h"

#include <string.h>

/* A file, of any program or of none: what comes of it is a connection that NetworkManager takes, or
 * one sentence. */

unsigned fuzz_reached;

enum {
    LEAST_TELLING =
        8, /* characters: a shorter secret may be a word of the file's for another reason */
};

static NMConnection *
import(const char *name, GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    NMConnection *connection = formats_import_bytes(name, "/nonexistent", bytes, &error);

    g_assert_true((connection != NULL) == (error == NULL));
    g_assert_true(connection || (*error->message && g_utf8_validate(error->message, -1, NULL)));
    return connection;
}

static unsigned
occurrences(GBytes *bytes, const char *text)
{
    gsize len;
    const char *at = g_bytes_get_data(bytes, &len);
    const char *end = at + len;
    size_t text_len = strlen(text);
    unsigned n = 0;

    while (at && (at = memmem(at, (size_t) (end - at), text, text_len))) {
        n++;
        at += text_len;
    }
    return n;
}

static const char *
notes_of(NMConnection *connection)
{
    NMSetting *setting = nm_connection_get_setting(connection, NM_TYPE_SETTING_USER);
    const char *notes =
        setting ? nm_setting_user_get_data(NM_SETTING_USER(setting), IMPORT_NOTES_KEY) : NULL;

    return notes ? notes : "";
}

static void
must_not_have(const char *key, const char *value, gpointer secret)
{
    g_assert_null(strstr(value, secret));
}

/* What the file says once, and is a secret, is nowhere else in the profile. (In base64 it may stand
 * there a second time, for a reason of its own.) */
static void
check_secret(NMConnection *connection, const char *key, GBytes *bytes)
{
    NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);
    const char *secret = nm_setting_vpn_get_secret(vpn, key);
    size_t len = secret ? strlen(secret) : 0;
    g_autofree char *base64 = g_base64_encode((const guchar *) (secret ? secret : ""), len);

    g_assert_null(nm_setting_vpn_get_data_item(vpn, key));
    if (len < LEAST_TELLING || occurrences(bytes, secret) != 1 || occurrences(bytes, base64) > 0)
        return;
    nm_setting_vpn_foreach_data_item(vpn, must_not_have, (gpointer) secret);
    g_assert_null(strstr(notes_of(connection), secret));
}

static void
check_connection(NMConnection *connection, GBytes *bytes)
{
    g_autoptr(GError) error = NULL;

    nm_connection_verify(connection, &error);
    g_assert_no_error(error);
    g_assert_true(g_utf8_validate(notes_of(connection), -1, NULL));
    check_secret(connection, "psk", bytes);
    check_secret(connection, "password", bytes);
    check_secret(connection, "key-password", bytes);
}

/* Of an ipsec.secrets nothing is said but where in it, and what it includes. */
static void
check_kept_secrets(const uint8_t *data, size_t size)
{
    g_autoptr(Import) import = import_new("/nonexistent");
    g_autoptr(GPtrArray) list = kept_secrets_new();
    g_autofree char *text = g_strndup((const char *) data, size);
    g_auto(GStrv) notes = NULL;

    kept_secrets_read_file(list, import, text, "/nonexistent");
    notes = g_strsplit(import_notes(import), "\n", -1);
    for (char **note = notes; *note; note++)
        g_assert_true(!**note || g_str_has_prefix(*note, "Line ")
                      || g_str_has_prefix(*note, "ipsec.secrets has ")
                      || g_str_has_prefix(*note, "“include ") || g_str_has_prefix(*note, "… and "));
}

static void
must_be_the_same(NMSettingVpn *a, NMSettingVpn *b)
{
    g_autofree const char **keys = nm_setting_vpn_get_data_keys(a, NULL);

    for (const char **key = keys; key && *key; key++) {
        /* What is not passed on cannot say who keeps it: the importer's default does. */
        if (!g_str_has_suffix(*key, "-flags"))
            g_assert_cmpstr(
                nm_setting_vpn_get_data_item(b, *key), ==, nm_setting_vpn_get_data_item(a, *key));
    }
}

static void
network_must_be_the_same(NMConnection *a, NMConnection *b)
{
    g_autoptr(Export) before = export_new(a, NULL);
    g_autoptr(Export) after = export_new(b, NULL);
    const char *key;

    for (size_t i = 0; (key = network_key_at(i)); i++)
        g_assert_cmpstr(export_get(after, key), ==, export_get(before, key));
}

/* Exported and imported it is the same. */
static void
check_survival(NMConnection *connection, const Format *format)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Export) export = export_new(connection, &error);
    g_autofree char *name = g_strconcat("export", format->suffix, NULL);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(NMConnection) again = NULL;
    NMSettingVpn *before = nm_connection_get_setting_vpn(connection);
    NMSettingVpn *after;
    char *text;

    g_assert_no_error(error);
    text = format->write(export, &error);
    g_assert_no_error(error);
    bytes = g_bytes_new_take(text, strlen(text));
    again = import(name, bytes);
    g_assert_nonnull(again);
    after = nm_connection_get_setting_vpn(again);
    must_be_the_same(before, after);
    must_be_the_same(after, before);
    network_must_be_the_same(connection, again);
    g_assert_cmpstr(
        nm_setting_vpn_get_secret(after, "psk"), ==, nm_setting_vpn_get_secret(before, "psk"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const Format *const written[] = {
        &format_shrew, &format_pcf, &format_sswan, &format_swanctl};
    static bool begun;
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(NMConnection) connection = NULL;

    /* Certificates of the profiles are kept in there. */
    if (!begun)
        scratch_data_home();
    begun = true;
    scratch_empty();
    check_kept_secrets(data, size);
    connection = import("profile", bytes);
    if (!connection)
        return 0;
    fuzz_reached++;
    check_connection(connection, bytes);
    for (size_t i = 0; i < G_N_ELEMENTS(written); i++)
        check_survival(connection, written[i]);
    return 0;
}
