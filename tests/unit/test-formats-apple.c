/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/formats.h"
#include "formats/import.h"
#include "lib/scratch.h"

#include <string.h>

/* Apple's profiles, a value at a time; whole ones are in tests/vectors/profiles/. */

/* In the place of SETTINGS stand those of the VPN, in that of BESIDE what is beside them. */
static const char profile[] =
    "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>PayloadContent</key><array><dict>"
    "<key>PayloadType</key><string>com.apple.vpn.managed</string>"
    "<key>VPNType</key><string>TYPE</string><key>TYPE</key><dict>"
    "<key>RemoteAddress</key><string>vpn.example.org</string>"
    "<key>AuthenticationMethod</key><string>SharedSecret</string>SETTINGS</dict>"
    "BESIDE</dict></array></dict></plist>";

static NMConnection *
import(const char *type, const char *settings, const char *beside)
{
    const char *const changes[][2] = {{"TYPE", type}, {"SETTINGS", settings}, {"BESIDE", beside}};
    g_autoptr(GString) text = g_string_new(profile);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;
    NMConnection *connection;

    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_auto(GStrv) parts = g_strsplit(text->str, changes[i][0], -1);
        g_autofree char *joined = g_strjoinv(changes[i][1], parts);

        g_string_assign(text, joined);
    }
    bytes = g_bytes_new(text->str, text->len);
    connection = formats_import_bytes("a.mobileconfig", "/nonexistent", bytes, &error);
    g_assert_no_error(error);
    return connection;
}

static bool
notes_say(NMConnection *connection, const char *part)
{
    const char *notes = import_notes_of(connection);

    return notes && strstr(notes, part);
}

/* "" as a note: there is none about the secret. */
static const struct {
    const char *value, *psk, *note;
} secrets[] = {
    {"<string>geheim</string>", "geheim", ""},
    {"<string> ge heim </string>", " ge heim ", ""},
    {"<data>Z2VoZWlt</data>", "geheim", ""},
    /* files: with a line break, a Windows one, a zero byte at the end */
    {"<data>Z2VoZWltCg==</data>", "geheim", ""},
    {"<data>Z2VoZWltDQo=</data>", "geheim", ""},
    {"<data>Z2VoZWltAA==</data>", "geheim", ""},
    {"<data>R3LDvGV6aQo=</data>", "Grüezi", ""},
    /* no text: zero bytes within, and what is no UTF-8 */
    {"<data>Z2VoAGVpbQ==</data>", NULL, "“SharedSecret” is no text"},
    {"<data>YQBi</data>", NULL, "“SharedSecret” is no text"},
    {"<data>YQBiCg==</data>", NULL, "“SharedSecret” is no text"},
    {"<data>gIGCg4SFhg==</data>", NULL, "“SharedSecret” is no text"},
    {"<data>Z2VoCmVpbQ==</data>", NULL, "line break"},
    {"<data>Cg==</data>", NULL, ""},
    {"<data></data>", NULL, ""},
};

static void
test_shared_secret(void)
{
    static const char *const types[] = {"IPSec", "IKEv2"};

    for (size_t i = 0; i < 2 * G_N_ELEMENTS(secrets); i++) {
        const char *type = types[i % 2];
        size_t row = i / 2;
        g_autofree char *setting = g_strconcat("<key>SharedSecret</key>", secrets[row].value, NULL);
        g_autoptr(NMConnection) connection = import(type, setting, "");
        NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);

        g_test_message("%s: %s", type, secrets[row].value);
        g_assert_cmpstr(nm_setting_vpn_get_secret(vpn, "psk"), ==, secrets[row].psk);
        g_assert_cmpstr(
            nm_setting_vpn_get_data_item(vpn, "psk-flags"), ==, secrets[row].psk ? "0" : "1");
        if (*secrets[row].note)
            g_assert_true(notes_say(connection, secrets[row].note));
        else
            g_assert_false(notes_say(connection, "ecret"));
    }
}

#define OVERRIDE(family, value)                                                                    \
    "<key>" family "</key><dict><key>OverridePrimary</key>" value "</dict>"

/* Whether not everything goes through the VPN, and what is said of it; NULL: nothing. */
static const struct {
    const char *type, *settings, *beside;
    bool never_default;
    const char *note;
} overrides[] = {
    {"IPSec", "", "", false, NULL},
    {"IPSec", "", OVERRIDE("IPv4", "<integer>1</integer>"), false, NULL},
    {"IPSec", "", OVERRIDE("IPv4", "<integer>0</integer>"), true, NULL},
    {"IPSec", "", OVERRIDE("IPv4", "<false/>"), true, NULL},
    {"IPSec", "", OVERRIDE("IPv4", "<string>0</string>"), true, NULL},
    {"IPSec", "", "<key>OverridePrimary</key><false/>", true, NULL},
    {"IPSec",
     "",
     OVERRIDE("IPv4", "<integer>0</integer>") OVERRIDE("IPv6", "<integer>0</integer>"),
     true,
     NULL},
    {"IPSec", "", OVERRIDE("IPv6", "<integer>1</integer>"), false, NULL},
    /* of one family alone: not said of the other */
    {"IPSec",
     "",
     OVERRIDE("IPv6", "<integer>0</integer>"),
     false,
     "“OverridePrimary” (0) is not supported"},
    {"IPSec",
     "",
     OVERRIDE("IPv4", "<string>maybe</string>"),
     false,
     "“OverridePrimary” (maybe) is not supported"},
    {"IPSec",
     "",
     "<key>IPv4</key><dict><key>Router</key><string>10.0.0.1</string></dict>",
     false,
     "“Router” (10.0.0.1)"},
    {"IPSec", "", "<key>IPv4</key><string>x</string>", false, "“IPv4” (x)"},
    /* a key that Apple's devices do not heed there */
    {"IKEv2", "", OVERRIDE("IPv4", "<integer>1</integer>"), false, NULL},
    {"IKEv2", "", OVERRIDE("IPv4", "<integer>0</integer>"), false, "“OverridePrimary”"},
    {"IKEv2",
     "<key>IncludeAllNetworks</key><true/>",
     OVERRIDE("IPv4", "<integer>0</integer>"),
     false,
     NULL},
};

static void
test_override_primary(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(overrides); i++) {
        g_autoptr(NMConnection) connection =
            import(overrides[i].type, overrides[i].settings, overrides[i].beside);
        NMSettingIPConfig *ip4 = nm_connection_get_setting_ip4_config(connection);
        NMSettingIPConfig *ip6 = nm_connection_get_setting_ip6_config(connection);

        g_test_message("%s: %s", overrides[i].type, overrides[i].beside);
        g_assert_true(nm_setting_ip_config_get_never_default(ip4) == overrides[i].never_default);
        g_assert_true(nm_setting_ip_config_get_never_default(ip6) == overrides[i].never_default);
        if (overrides[i].note)
            g_assert_true(notes_say(connection, overrides[i].note));
        else
            g_assert_false(notes_say(connection, "Override") || notes_say(connection, "IPv"));
    }
}

int
main(int argc, char **argv)
{
    scratch_data_home();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/formats-apple/shared-secret", test_shared_secret);
    g_test_add_func("/formats-apple/override-primary", test_override_primary);
    return g_test_run();
}
