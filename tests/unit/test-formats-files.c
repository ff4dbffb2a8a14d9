/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/file-text.h"
#include "formats/formats.h"
#include "formats/network-keys.h"
#include "lib/scratch.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a file chooser can be pointed at. */

enum {
    LONG_LINE = 1024 * 1024, /* characters */
    TOO_LARGE = 5 * 1024 * 1024,
};

static char *
path_of(const char *name)
{
    return g_build_filename(g_get_user_data_dir(), name, NULL);
}

static void
must_refuse(const char *path, int code)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(formats_import(path, &error));
    g_assert_error(error, FORMATS_ERROR, code);
    g_assert_true(*error->message);
}

/* Nobody writes into it: to wait for that would hang the user's desktop. */
static void
test_fifo(void)
{
    g_autofree char *path = path_of("fifo.vpn");

    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    must_refuse(path, FORMATS_ERROR_UNREADABLE);
    g_assert_cmpint(g_unlink(path), ==, 0);
}

static void
test_folder(void)
{
    g_autofree char *path = path_of("folder.pcf");

    g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
    must_refuse(path, FORMATS_ERROR_UNREADABLE);
    g_assert_cmpint(g_rmdir(path), ==, 0);
    must_refuse(path, FORMATS_ERROR_UNREADABLE);
    must_refuse("/dev/zero", FORMATS_ERROR_UNREADABLE);
}

static void
write_filled(const char *path, const char *begin, char fill, size_t n)
{
    GString *text = g_string_new(begin);

    for (size_t i = 0; i < n; i++)
        g_string_append_c(text, fill);
    g_assert_true(g_file_set_contents(path, text->str, (gssize) text->len, NULL));
    g_string_free(text, TRUE);
}

/* The lines of a text that say something, with "|" between them. */
static void
test_text_lines(void)
{
    static const struct {
        const char *text;
        char comment;
        const char *lines;
    } texts[] = {
        {"", '#', ""},
        {"\n \n\t\n", '\0', ""},
        {"a", '\0', "a"},
        {"a\nb\n", '\0', "a|b"},
        {"\n\n  a b \t\n\n\vb\f", '\0', "a b|b"},
        {"# x\na\n  # y\n#\nb # z\n#", '#', "a|b # z"},
        {"# x\na", '\0', "# x|a"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GString) joined = g_string_new(NULL);
        const char *rest = texts[i].text;
        char *line;

        while ((line = file_text_next_line(&rest, texts[i].comment))) {
            g_string_append_printf(joined, "%s%s", joined->len ? "|" : "", line);
            g_free(line);
        }
        g_assert_cmpstr(joined->str, ==, texts[i].lines);
        g_assert_null(file_text_next_line(&rest, texts[i].comment));
    }
}

static void
test_netmasks(void)
{
    static const struct {
        const char *mask, *text;
    } masks[] = {
        {"255.255.255.0", "10.1.2.3/24"},
        {"255.255.255.255", "10.1.2.3/32"},
        {"0.0.0.0", "10.1.2.3/0"},
        {"255.0.255.0", NULL},
        {"24", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(masks); i++) {
        g_autofree char *text = address_with_netmask("10.1.2.3", masks[i].mask);

        g_assert_cmpstr(text, ==, masks[i].text);
    }
}

static void
test_too_large(void)
{
    g_autofree char *path = path_of("large.vpn");

    write_filled(path, "n:version:4\ns:network-host:vpn.example.org\n", '\n', TOO_LARGE);
    must_refuse(path, FORMATS_ERROR_UNREADABLE);
    g_assert_cmpint(g_unlink(path), ==, 0);
}

static void
test_empty(void)
{
    g_autofree char *path = path_of("empty.conf");

    write_filled(path, "", ' ', 0);
    must_refuse(path, FORMATS_ERROR_NOT_OURS);
    g_assert_cmpint(g_unlink(path), ==, 0);
}

/* A value of a megabyte is no user name, and no reason to be slow. */
static const char *const long_lines[] = {
    "n:version:4\ns:network-host:vpn.example.org\ns:client-saved-username:",
    "n:version:4\ns:network-host:vpn.example.org\nb:auth-mutual-psk:",
    "[main]\nHost=vpn.example.org\nGroupName=g\nUsername=",
    "[main]\nHost=vpn.example.org\nGroupName=g\nenc_GroupPwd=",
    "IPSec gateway vpn.example.org\nIPSec ID g\nXauth username ",
    "IPSec gateway vpn.example.org\nIPSec ID g\nIPSec obfuscated secret ",
};

static void
test_long_lines(void)
{
    g_autofree char *path = path_of("long.conf");

    for (size_t i = 0; i < G_N_ELEMENTS(long_lines); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(NMConnection) connection = NULL;
        NMSettingVpn *vpn;

        write_filled(path, long_lines[i], 'A', LONG_LINE);
        connection = formats_import(path, &error);
        g_assert_no_error(error);
        vpn = nm_connection_get_setting_vpn(connection);
        g_assert_null(nm_setting_vpn_get_data_item(vpn, "user"));
        g_assert_nonnull(nm_connection_get_setting(connection, NM_TYPE_SETTING_USER));
    }
    g_assert_cmpint(g_unlink(path), ==, 0);
}

/* Very many lines are refused, and quickly. */
static void
test_many_lines(void)
{
    static const char *const repeated[][2] = {
        {"n:version:4\ns:network-host:vpn.example.org\n", "s:client-dns-addr:10.0.0.1\n"},
        {"[main]\nHost=vpn.example.org\nGroupName=g\n", "X=1\n"},
        {"IPSec gateway vpn.example.org\nIPSec ID g\n", "Debug 1\n"},
    };
    g_autofree char *path = path_of("many.vpn");

    for (size_t i = 0; i < G_N_ELEMENTS(repeated); i++) {
        GString *text = g_string_new(repeated[i][0]);
        gint64 begin;

        while (text->len < 3 * LONG_LINE)
            g_string_append(text, repeated[i][1]);
        g_assert_true(g_file_set_contents(path, text->str, (gssize) text->len, NULL));
        g_string_free(text, TRUE);
        begin = g_get_monotonic_time();
        must_refuse(path, FORMATS_ERROR_BAD);
        g_assert_cmpint(g_get_monotonic_time() - begin, <, 5 * G_USEC_PER_SEC);
    }
    g_assert_cmpint(g_unlink(path), ==, 0);
}

/* Files of others that have something in common with those that we read. */
static const char *const others[] = {
    "client\ndev tun\nproto udp\nremote vpn.example.org 1194\n<ca>\n-----BEGIN CERTIFICATE-----\n",
    "[Interface]\nPrivateKey = x\nAddress = 10.0.0.2/32\n[Peer]\nEndpoint = 192.0.2.1:51820\n",
    "[connection]\nid=VPN\ntype=vpn\n[vpn]\nIPSec gateway=vpn.example.org\nIPSec ID=g\n",
    "Host vpn\n  HostName vpn.example.org\n  User bob\nHost *\n",
    "[mail]\nHost=imap.example.org\nAuthType=1\n",
    "[main]\nHost=gitweb\n",
    "s:\nn:\nb:\n",
    "note: bring bread\ns: milk\n",
    "Dear Ann,\nIPSec gateway vpn.example.org is the one to use,\nas I wrote before.\nBob\n",
    "# IPSec gateway vpn.example.org\n# IPSec ID g\n",
    "HOST=0.0.0.0\nPORT=80\nHOST=::\n",
    "Host=a\nHostName=a.example.org\nHost=b\n",
    "HOST=db.example.org\nAUTHTYPE=1\n",
    "conn = psycopg2.connect(\n    host = \"db.example.org\",\n)\n",
    "conn = connect\n  x = 1\n",
    "connections {\n  max = 100\n  idle = 10\n}\n",
    "db {\n connections { pool = 5\n host = a }\n}\n",
    "# connections { remote_addrs = a }\n",
};

static void
test_others(void)
{
    g_autofree char *path = path_of("other.conf");

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        g_test_message("%s", others[i]);
        g_assert_true(g_file_set_contents(path, others[i], -1, NULL));
        must_refuse(path, FORMATS_ERROR_NOT_OURS);
    }
    g_assert_cmpint(g_unlink(path), ==, 0);
}

/* What a recogniser looks at more closely, most of it in files that are none of ours, and what is
 * then read: GNOME offers each file to every plugin, and nothing on the screen moves until they
 * have answered. */
static const struct {
    const char *begin, *line;
} repeated_lines[] = {
    {"", "conn a\n"},
    {"", "conn \n"},
    {"", "conn a\n\tb\n"},
    {"", "conn \""},
    {"", "connections\n"},
    {"", "connections {"},
    {"", "connections \t"},
    {"", "local remote "},
    {"", "remote_addrs\n"},
    {"", "s:a:b\n"},
    {"", "s:client-\n"},
    {"", "n:version\n"},
    {"", "[main]\n"},
    {"", "[main] ; "},
    {"", "Host\n"},
    {"", "Host="},
    {"", "!"},
    {"", "IPSec gateway\n"},
    {"", "IPSec ID\n# \n"},
    {"", "[a]\nPhoneNumber\n"},
    {"", "["},
    {"", "[a]\nMEDIA=\n"},
    {"", "<plist"},
    {"", "<plist>PayloadType"},
    {"", "<VPNProfile>"},
    {"", "<!--"},
    {"", "<VPNProfile a=\"\" "},
    {"", "&lt;VPNProfile"},
    {"", "{\"type\":"},
    {"", "{\"remote\":\"ikev2-"},
    {"", "{\"type\":\"ikev2-eap\","},
    {"", "\n"},
    {"", "\r"},
    {"", " "},
    {"", "\t\n"},
    {"", "\\"},
    {"", "\""},
    {"", "\xe4"},
    {"connections { a { remote_addrs = h\n children {\n", "c { remote_ts = 10.0.0.0/8 }\n"},
    {"connections { a { remote_addrs = h\n", "remote_ts = 10.0.0.0/8\n"},
    {"conn a\n right=h\n", " rightsubnet=10.0.0.0/8\n"},
    {"conn a\n right=h\n rightsubnet=", "10.0.0.0/8[tcp/x],"},
    {"conn a\n right=h\n", "conn b\n also=a\n right=h\n"},
};

static gint64
time_to_import(size_t row, size_t size)
{
    GString *text = g_string_new(repeated_lines[row].begin);
    g_autoptr(NMConnection) connection = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;
    gint64 begin;

    while (text->len < size)
        g_string_append(text, repeated_lines[row].line);
    bytes = g_string_free_to_bytes(text);
    begin = g_get_monotonic_time();
    connection = formats_import_bytes("a.conf", "/", bytes, &error);
    g_assert_true((connection == NULL) == (error != NULL));
    return g_get_monotonic_time() - begin;
}

/* Four times as much takes four times as long; what grows with the square takes sixteen times.
 * Growth of what is done in no time is no matter, and the machine may have been busy once, not
 * always. */
static bool
grows_with_the_square(size_t row)
{
    enum {
        SIZE = 256 * 1024,
        NO_TIME = 1000 * 1000, /* microseconds */
        MOST_GROWTH = 9,
        ATTEMPTS = 3,
    };
    g_autofree char *shown = g_strescape(repeated_lines[row].line, NULL);

    for (int i = 0; i < ATTEMPTS; i++) {
        gint64 large = time_to_import(row, 4 * SIZE);

        g_test_message("%s: %" G_GINT64_FORMAT " us", shown, large);
        if (large < NO_TIME || large < MOST_GROWTH * time_to_import(row, SIZE))
            return false;
    }
    return true;
}

static void
test_quick(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(repeated_lines); i++)
        g_assert_false(grows_with_the_square(i));
}

int
main(int argc, char **argv)
{
    scratch_data_home();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/formats-files/fifo", test_fifo);
    g_test_add_func("/formats-files/folder", test_folder);
    g_test_add_func("/formats-files/text-lines", test_text_lines);
    g_test_add_func("/formats-files/netmasks", test_netmasks);
    g_test_add_func("/formats-files/too-large", test_too_large);
    g_test_add_func("/formats-files/empty", test_empty);
    g_test_add_func("/formats-files/long-lines", test_long_lines);
    g_test_add_func("/formats-files/many-lines", test_many_lines);
    g_test_add_func("/formats-files/quick", test_quick);
    g_test_add_func("/formats-files/others", test_others);
    return g_test_run();
}
