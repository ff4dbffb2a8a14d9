/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/formats.h"
#include "formats/import.h"
#include "formats/ipsec-secrets.h"
#include "formats/ipsec-words.h"
#include "lib/scratch.h"

#include <string.h>

/* Notes travel in the setting "user", which every user of the machine can read. */

static const char secret[] = "hunter2-xyzzy";

/* --- secrets ---------------------------------------------------------------------------------- */

/* Keys that none of the formats has, and that say themselves what they are about. */
static const char *const secret_keys[] = {
    "xauthpassword",
    "leftpin",
    "UserPwd",
    "my-PSK2",
    "clientSecret",
    "OneTimeToken",
    "apikey",
    "rekeysecret",
    "credentials",
    "passphrase",
};

static const char ipsec_conf[] =
    "conn a\n\tright=vpn.example.org\n\tleft=%defaultroute\n\tKEY=TEXT\n";
static const char swanctl_conf[] =
    "connections { a { remote_addrs = vpn.example.org\n KEY = TEXT } }\nKEY = TEXT\n";
static const char pcf[] =
    "[main]\nHost=vpn.example.org\nGroupName=g\nKEY=TEXT\nX-NM-IKE-KEY=TEXT\n";
static const char shrew[] = "n:version:4\ns:network-host:vpn.example.org\ns:KEY:TEXT\n";
static const char vpnc[] = "IPSec gateway vpn.example.org\nIPSec ID g\nKEY TEXT\n";
static const char sswan[] = "{\"uuid\": \"x\", \"name\": \"n\", \"type\": \"ikev2-eap\","
                            " \"remote\": {\"addr\": \"vpn.example.org\", \"KEY\": \"TEXT\"},"
                            " \"KEY\": \"TEXT\"}";
static const char profile_xml[] =
    "<VPNProfile><KEY>TEXT</KEY><NativeProfile><Servers>vpn.example.org</Servers>"
    "<NativeProtocolType>IKEv2</NativeProtocolType><KEY>TEXT</KEY></NativeProfile></VPNProfile>";
static const char pbk[] = "[a]\nVpnStrategy=14\nPhoneNumber=vpn.example.org\nKEY=TEXT\n";

static const char *const templates[] = {
    ipsec_conf, swanctl_conf, pcf, shrew, vpnc, sswan, profile_xml, pbk};

static char *
replaced(const char *text, const char *what, const char *with)
{
    g_auto(GStrv) parts = g_strsplit(text, what, -1);

    return g_strjoinv(with, parts);
}

static NMConnection *
import_template(const char *template, const char *key, const char *value)
{
    g_autofree char *with_key = replaced(template, "KEY", key);
    g_autofree char *text = replaced(with_key, "TEXT", value);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(GError) error = NULL;
    NMConnection *connection = formats_import_bytes("file", "/nonexistent", bytes, &error);

    g_assert_no_error(error);
    return connection;
}

static void
test_secret_keys(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(templates); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(secret_keys); j++) {
            g_autoptr(NMConnection) connection =
                import_template(templates[i], secret_keys[j], secret);
            const char *notes = import_notes_of(connection);

            g_test_message("%s: %s", secret_keys[j], notes);
            g_assert_nonnull(notes);
            g_assert_null(strstr(notes, secret));
        }
    }
}

/* What only sounds like it is said: the user must know what was left out. */
static void
test_harmless_keys(void)
{
    static const char *const keys[] = {
        "keyexchange", "keyingtries2", "rekeymargin2", "keylen", "bypass"};

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autoptr(Import) import = import_new("/");

        import_not_had(import, keys[i], "17");
        g_assert_nonnull(strstr(import_notes(import), "17"));
    }
}

static const struct {
    const char *text;
    const char *line; /* NULL: no note */
} entries[] = {
    {": PSK \"hunter2-xyzzy\"\n", NULL},
    {"# %any : PSK \"hunter2-xyzzy\"\n\n", NULL},
    {"%any gw : \"hunter2-xyzzy\"\n", "1"},
    {"\n: PSK\"hunter2-xyzzy\"\n", "2"},
    {"# a comment\n\n:PSK \"hunter2-xyzzy\"\n", "3"},
    {"gw PSK hunter2-xyzzy\n", "1"},
    {"gw : hunter2-xyzzy\n", "1"},
    {": PSK \"a\"\ngw\n  : NTLM\n   hunter2-xyzzy\n", "2"},
    {": PSK\n", "1"},
    {"include other.secrets\n  hunter2-xyzzy\n", "other.secrets"},
};

static void
test_ipsec_secrets(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++) {
        g_autoptr(Import) import = import_new("/");
        g_autoptr(GPtrArray) list = kept_secrets_new();

        kept_secrets_read_file(list, import, entries[i].text, "/");
        g_test_message("%s", import_notes(import));
        g_assert_true((*import_notes(import) != '\0') == (entries[i].line != NULL));
        g_assert_null(strstr(import_notes(import), secret));
        if (entries[i].line)
            g_assert_nonnull(strstr(import_notes(import), entries[i].line));
    }
}

/* --- size ------------------------------------------------------------------------------------- */

enum {
    MOST = 8 * 1024, /* bytes that NetworkManager takes */
};

/* Very many, or a few very long ones: what there is room for is kept, the rest is counted. */
static void
test_many(void)
{
    static const struct {
        unsigned n, len;
        const char *last;
    } cases[] = {
        {3, 10, NULL},
        {64, 10, NULL},
        {65, 10, "\n… and 1 more."},
        {40, 600, "\n… and 27 more."},
        {100, 600, "\n… and 87 more."},
        {1, 20000, "… and 1 more."},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Import) import = import_new("/");
        g_autofree char *filling = g_strnfill(cases[i].len, 'x');
        g_autoptr(NMConnection) connection = NULL;
        const char *notes;

        import_set(import, "gateway", "vpn.example.org", "gateway");
        for (unsigned n = 0; n < cases[i].n; n++)
            import_note(import, "%04u%s", n, filling);
        connection = import_finish(import, NULL);
        notes = import_notes_of(connection);
        g_assert_nonnull(notes);
        g_assert_cmpuint(strlen(notes), <, MOST);
        g_test_message("%s", strrchr(notes, '\n'));
        if (cases[i].last)
            g_assert_true(g_str_has_suffix(notes, cases[i].last));
        else
            g_assert_null(strstr(notes, "more"));
        import_add_notes(connection, "one more line\nand another");
        notes = import_notes_of(connection);
        g_assert_cmpuint(strlen(notes), <, MOST);
    }
}

/* --- sentences -------------------------------------------------------------------------------- */

static const struct {
    const char *host, *says;
} gateways[] = {
    {"", "“n” names no gateway."},
    {"a/b",
     "“n” names no gateway that could be used: use a host name or an address, without a port"},
};

/* One sentence, however much there was to say. */
static void
test_no_gateway(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(gateways); i++) {
        g_autoptr(Import) import = import_new("/");
        g_autoptr(GError) error = NULL;

        import_set_name(import, "n");
        import_note(import, "one");
        import_note(import, "another");
        import_set(import, "gateway", gateways[i].host, "Host");
        g_assert_null(import_finish(import, &error));
        g_assert_error(error, FORMATS_ERROR, FORMATS_ERROR_BAD);
        g_assert_cmpstr(error->message, ==, gateways[i].says);
    }
}

static void
test_bad_value(void)
{
    g_autoptr(Import) import = import_new("/");

    import_set(import, "mtu", "9000000", "Interface MTU");
    g_assert_cmpstr(import_notes(import),
                    ==,
                    "“Interface MTU” (9000000) was left out: use auto, or 576 to 9000 bytes");
}

static void
test_bad_secret(void)
{
    g_autoptr(Import) import = import_new("/");

    import_set_secret(import, "psk", "two\nlines");
    import_set_secret(import, "password", "\xff\xfe");
    g_assert_cmpstr(import_notes(import),
                    ==,
                    "The secret “psk” has a line break in it and was left out.\n"
                    "The secret “password” is no text and was left out.");
}

/* A line without a key may be the password that somebody wrote into the wrong place. */
static void
test_line_without_key(void)
{
    static const char text[] =
        "[main]\nHost=vpn.example.org\nGroupName=g\n; comment\nhunter2-xyzzy\n\n";
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
    g_autoptr(NMConnection) connection = formats_import_bytes("a.pcf", "/", bytes, NULL);

    g_assert_cmpstr(
        import_notes_of(connection), ==, "Line 5 of the file cannot be read, and was left out.");
}

static const struct {
    const char *method, *id;
    bool note;
} any[] = {
    {"eap", "%any", true},
    {"cert-xauth", "%any", true},
    {NULL, "%any", true},
    {"psk", "%any", false},
    {"psk-eap", "%any", false},
    {"eap", "gw.example.org", false},
    {"eap", NULL, false},
};

static void
test_any_gateway(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(any); i++) {
        g_autoptr(Import) import = import_new("/");

        import_set(import, "method", any[i].method, "auth");
        import_set(import, "remote-id", any[i].id, "rightid");
        words_note_any_gateway(import);
        g_assert_true((*import_notes(import) != '\0') == any[i].note);
    }
}

static void
test_long_list(void)
{
    g_autoptr(Import) import = import_new("/");
    GString *list = g_string_new("nonsense");

    for (int i = 0; i < 300; i++)
        g_string_append(list, ",10.0.0.0/8");
    words_set_selectors(import, "remote-ts", list->str, "rightsubnet");
    g_assert_nonnull(strstr(import_notes(import), "has more than 64 parts"));
    g_string_free(list, TRUE);
}

int
main(int argc, char **argv)
{
    scratch_data_home();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/formats-notes/secret-keys", test_secret_keys);
    g_test_add_func("/formats-notes/harmless-keys", test_harmless_keys);
    g_test_add_func("/formats-notes/ipsec-secrets", test_ipsec_secrets);
    g_test_add_func("/formats-notes/many", test_many);
    g_test_add_func("/formats-notes/no-gateway", test_no_gateway);
    g_test_add_func("/formats-notes/bad-value", test_bad_value);
    g_test_add_func("/formats-notes/bad-secret", test_bad_secret);
    g_test_add_func("/formats-notes/long-list", test_long_list);
    g_test_add_func("/formats-notes/line-without-key", test_line_without_key);
    g_test_add_func("/formats-notes/any-gateway", test_any_gateway);
    return g_test_run();
}
