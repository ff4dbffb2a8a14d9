/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/formats.h"
#include "formats/import.h"
#include "formats/ipsec-secrets.h"
#include "lib/scratch.h"

#include <string.h>

/* Notes travel in the setting "user", which every user of the machine can read. */

static const char secret[] = "hunter2-xyzzy";

static const char *
notes_of(NMConnection *connection)
{
    NMSetting *setting = nm_connection_get_setting(connection, NM_TYPE_SETTING_USER);

    return setting ? nm_setting_user_get_data(NM_SETTING_USER(setting), IMPORT_NOTES_KEY) : NULL;
}

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
            const char *notes = notes_of(connection);

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

int
main(int argc, char **argv)
{
    scratch_data_home();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/formats-notes/secret-keys", test_secret_keys);
    g_test_add_func("/formats-notes/harmless-keys", test_harmless_keys);
    g_test_add_func("/formats-notes/ipsec-secrets", test_ipsec_secrets);
    return g_test_run();
}
