/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/formats.h"
#include "formats/import.h"
#include "lib/scratch.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

/* Every file X of tests/vectors/profiles/ is imported and compared with X.expected: a line for each
 * thing that the connection says, or "error: " and the sentence. To write new ones, and then to
 * read them with care: GOLDEN_WRITE=1. */

static char *
profiles_folder(void)
{
    return g_test_build_filename(G_TEST_DIST, "..", "vectors", "profiles", NULL);
}

static int
compare_lines(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void add_line(GPtrArray *lines, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
add_line(GPtrArray *lines, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(lines, g_strdup_vprintf(format, args));
    va_end(args);
}

/* A certificate out of the file is shown by what it is, not by where this test keeps it. */
static void
add_data(const char *key, const char *value, gpointer lines)
{
    g_autofree char *content = NULL;
    g_autofree char *digest = NULL;
    GStatBuf st;
    gsize len;

    if (!g_str_has_prefix(value, g_get_user_data_dir())) {
        add_line(lines, "data %s=%s", key, value);
        return;
    }
    g_assert_true(g_file_get_contents(value, &content, &len, NULL));
    g_assert_cmpint(g_stat(value, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0600);
    digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) content, len);
    digest[16] = '\0';
    add_line(lines,
             "data %s=STORE/%s (%" G_GSIZE_FORMAT " bytes, %s)",
             key,
             strrchr(value, '/') + 1,
             len,
             digest);
}

static void
add_secret(const char *key, const char *value, gpointer lines)
{
    add_line(lines, "secret %s=%s", key, value);
}

static void
add_ip(GPtrArray *lines, const char *family, NMSettingIPConfig *ip)
{
    g_assert_nonnull(ip);
    g_assert_cmpstr(nm_setting_ip_config_get_method(ip), ==, "auto");
    for (guint i = 0; i < nm_setting_ip_config_get_num_dns(ip); i++)
        add_line(lines, "%s dns %s", family, nm_setting_ip_config_get_dns(ip, (int) i));
    for (guint i = 0; i < nm_setting_ip_config_get_num_dns_searches(ip); i++)
        add_line(lines, "%s domain %s", family, nm_setting_ip_config_get_dns_search(ip, (int) i));
    for (guint i = 0; i < nm_setting_ip_config_get_num_routes(ip); i++) {
        NMIPRoute *route = nm_setting_ip_config_get_route(ip, (int) i);

        add_line(lines,
                 "%s route %s/%u",
                 family,
                 nm_ip_route_get_dest(route),
                 nm_ip_route_get_prefix(route));
        if (nm_ip_route_get_next_hop(route))
            add_line(lines, "%s hop %s", family, nm_ip_route_get_next_hop(route));
        if (nm_ip_route_get_metric(route) >= 0)
            add_line(lines, "%s metric %u", family, (unsigned) nm_ip_route_get_metric(route));
    }
    if (nm_setting_ip_config_get_ignore_auto_routes(ip))
        add_line(lines, "%s ignore-auto-routes", family);
    if (nm_setting_ip_config_get_ignore_auto_dns(ip))
        add_line(lines, "%s ignore-auto-dns", family);
    if (nm_setting_ip_config_get_never_default(ip))
        add_line(lines, "%s never-default", family);
}

static void
add_notes(GPtrArray *lines, NMConnection *connection)
{
    const char *notes = import_notes_of(connection);
    g_auto(GStrv) split = g_strsplit(notes ? notes : "", "\n", -1);

    for (char **note = split; *note; note++)
        add_line(lines, "note %s", *note);
}

static char *
describe(NMConnection *connection)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);
    NMSettingConnection *setting = nm_connection_get_setting_connection(connection);
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(vpn);
    g_assert_true(nm_connection_verify(connection, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(nm_setting_vpn_get_service_type(vpn), ==, "org.freedesktop.NetworkManager.ike");
    add_line(lines, "name %s", nm_connection_get_id(connection));
    nm_setting_vpn_foreach_data_item(vpn, add_data, lines);
    nm_setting_vpn_foreach_secret(vpn, add_secret, lines);
    add_ip(lines, "ipv4", nm_connection_get_setting_ip4_config(connection));
    add_ip(lines, "ipv6", nm_connection_get_setting_ip6_config(connection));
    if (nm_setting_vpn_get_persistent(vpn))
        add_line(lines, "persistent");
    if (nm_setting_connection_get_autoconnect(setting))
        add_line(lines, "autoconnect");
    g_ptr_array_sort(lines, compare_lines);
    add_notes(lines, connection);
    g_ptr_array_add(lines, g_strdup(""));
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **) lines->pdata);
}

static char *
import_and_describe(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(NMConnection) connection = formats_import(path, &error);
    g_autofree char *canonical = g_canonicalize_filename(path, NULL);
    g_autofree char *folder = g_path_get_dirname(canonical);
    g_autofree char *description = NULL;
    g_auto(GStrv) parts = NULL;

    g_assert_true((connection != NULL) == (error == NULL));
    description =
        connection ? describe(connection) : g_strconcat("error: ", error->message, "\n", NULL);
    g_assert_true(g_utf8_validate(description, -1, NULL));
    parts = g_strsplit(description, folder, -1);
    return g_strjoinv("FOLDER", parts);
}

static void
test_import(gconstpointer data)
{
    const char *name = data;
    g_autofree char *folder = profiles_folder();
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *expected_path = g_strconcat(path, ".expected", NULL);
    g_autofree char *expected = NULL;
    g_autofree char *got = NULL;

    scratch_empty();
    got = import_and_describe(path);
    if (g_getenv("GOLDEN_WRITE"))
        g_assert_true(g_file_set_contents(expected_path, got, -1, NULL));
    g_assert_true(g_file_get_contents(expected_path, &expected, NULL, NULL));
    g_assert_cmpstr(got, ==, expected);
}

/* What NetworkManager does itself: name servers, routes and the rest. */
static char *
describe_network(NMConnection *connection)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    NMSettingConnection *setting = nm_connection_get_setting_connection(connection);
    NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);

    add_ip(lines, "ipv4", nm_connection_get_setting_ip4_config(connection));
    add_ip(lines, "ipv6", nm_connection_get_setting_ip6_config(connection));
    add_line(lines, "persistent %d", nm_setting_vpn_get_persistent(vpn));
    add_line(lines, "autoconnect %d", nm_setting_connection_get_autoconnect(setting));
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **) lines->pdata);
}

static void
must_have_data_of(NMSettingVpn *after, NMSettingVpn *before)
{
    g_autofree const char **keys = nm_setting_vpn_get_data_keys(before, NULL);

    for (const char **key = keys; key && *key; key++) {
        /* What is not passed on cannot say who keeps it: the importer's default does. */
        if (!g_str_has_suffix(*key, "-flags"))
            g_assert_cmpstr(nm_setting_vpn_get_data_item(after, *key),
                            ==,
                            nm_setting_vpn_get_data_item(before, *key));
    }
}

/* What was imported goes out in each format that can be written, and comes in again as it was. */
static void
must_survive(NMConnection *connection, const char *suffix)
{
    g_autofree char *name = g_strconcat("export", suffix, NULL);
    g_autofree char *path = g_build_filename(g_get_user_data_dir(), name, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(NMConnection) again = NULL;
    NMSettingVpn *before = nm_connection_get_setting_vpn(connection);
    NMSettingVpn *after;
    g_autofree char *network_before = describe_network(connection);
    g_autofree char *network_after = NULL;
    const char *psk = nm_setting_vpn_get_secret(before, "psk");
    GStatBuf st;

    g_assert_cmpint(g_mkdir_with_parents(g_get_user_data_dir(), 0700), ==, 0);
    g_assert_true(formats_export(connection, path, &error));
    g_assert_no_error(error);
    g_assert_cmpint(g_stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0600);
    again = formats_import(path, &error);
    g_assert_no_error(error);
    after = nm_connection_get_setting_vpn(again);
    must_have_data_of(after, before);
    must_have_data_of(before, after);
    network_after = describe_network(again);
    g_assert_cmpstr(network_after, ==, network_before);
    if (psk)
        g_assert_cmpstr(nm_setting_vpn_get_secret(after, "psk"), ==, psk);
    g_assert_null(nm_setting_vpn_get_secret(after, "password"));
    g_assert_cmpint(g_unlink(path), ==, 0);
}

static void
test_export(gconstpointer data)
{
    static const char *const suffixes[] = {".vpn", ".pcf", ".sswan", ".conf"};
    g_autofree char *folder = profiles_folder();
    g_autofree char *path = g_build_filename(folder, (const char *) data, NULL);
    g_autoptr(NMConnection) connection = NULL;

    scratch_empty();
    connection = formats_import(path, NULL);
    g_assert_nonnull(connection);
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
        must_survive(connection, suffixes[i]);
}

/* What no file that is imported can say, and a user can. */
static void
test_network_survives(void)
{
    static const char *const suffixes[] = {".vpn", ".pcf", ".sswan", ".conf"};
    static const char *const values[][2] = {
        {"ipv4.dns", "10.0.0.53,10.0.1.53"},
        {"ipv6.dns", "2001:db8::53"},
        {"ipv4.dns-search", "corp.example.org,~example.net"},
        {"ipv6.dns-search", "six.example.org"},
        {"ipv4.routes", "10.0.0.0/8,192.0.2.0/24 10.0.0.1 50"},
        {"ipv6.routes", "2001:db8::/32"},
        {"ipv6.never-default", "yes"},
        {"ipv4.ignore-auto-dns", "yes"},
        {"ipv6.ignore-auto-routes", "yes"},
        {"persistent", "yes"},
        {"autoconnect", "yes"},
    };
    g_autoptr(Import) import = import_new("/");
    g_autoptr(NMConnection) connection = NULL;
    g_auto(GStrv) notes = NULL;

    scratch_empty();
    import_set(import, "gateway", "vpn.example.org", "gateway");
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        import_set_own(import, values[i][0], "nonsense /");
        import_set_own(import, values[i][0], values[i][1]);
    }
    notes = g_strsplit(import_notes(import), "\n", -1);
    g_assert_cmpuint(g_strv_length(notes), ==, G_N_ELEMENTS(values));
    connection = import_finish(import, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
        must_survive(connection, suffixes[i]);
}

static bool
is_good(const char *folder, const char *name)
{
    g_autofree char *path = g_strconcat(folder, G_DIR_SEPARATOR_S, name, ".expected", NULL);
    g_autofree char *expected = NULL;

    return g_file_get_contents(path, &expected, NULL, NULL)
           && !g_str_has_prefix(expected, "error: ");
}

static void
add_tests(void)
{
    g_autofree char *folder = profiles_folder();
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *import = g_strconcat("/formats/import/", name, NULL);
        g_autofree char *export = g_strconcat("/formats/export/", name, NULL);

        if (g_str_has_suffix(name, ".expected") || g_str_has_suffix(name, ".md"))
            continue;
        g_test_add_data_func_full(import, g_strdup(name), test_import, g_free);
        if (is_good(folder, name))
            g_test_add_data_func_full(export, g_strdup(name), test_export, g_free);
    }
}

int
main(int argc, char **argv)
{
    scratch_data_home();
    g_test_init(&argc, &argv, NULL);
    add_tests();
    g_test_add_func("/formats/network-survives", test_network_survives);
    return g_test_run();
}
