/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/secret.h"
#include "formats/cisco.h"
#include "formats/formats.h"
#include "formats/import.h"
#include "lib/scratch.h"

#include <string.h>

/* Passwords as Cisco's client hides them. Each was revealed by vpnc's cisco-decrypt too. */
static const struct {
    const char *hex, *text;
} hidden[] = {
    {"86F7E437FAA5A7FCE15D1DDCB9EAEAEA377667B870D00DE137FFF9A2379D129BE0FD9ECE6EEB480FCCB26617AD7D1"
     "07FD21871E3D81D66E6",
     "group-key-1"},
    {"E9D71F5EE7C92D6DC9E92FFDAD17B8BD49418F98C016369E6C6E7E4302E0415A03767A4F8DA09AA05C8001121B68F"
     "5D0195D3C5BB60D51D8",
     "Str0ng!Gruppe#"},
    {"84a516841ba77a5b4648de2cd0dfcb30ea46dbb41677072bd4c71ef3c94de8e7526f306ac38ade3c32794d3c7a045"
     "ba2470efd842b9d9818",
     "studi2009"},
    /* a whole block of padding behind a whole block */
    {"58E6B3A414A1E090DFC6029ADD0F3555CCBA127FA9187CCB14B33171291748F26C2F781D2EADC16B508E09D2E1728"
     "CEF9630D8C8867F2C0D",
     "12345678"},
    {"3C363836CF4E16666669A25DA280A1865C2D287463356DB73EBD7C331CB45594C9D0299014100E8E663A16187F0B3"
     "BE1FEBCB66383F0112F",
     "schlüssel"},
    /* by the client on Windows, in its code page: 47 72 fc 65 7a 69 */
    {"2894F65E61805637B334C493083CA050E3904105CBEA1E185082EB155165CCB92861BCD20AB94AEEC710677559218"
     "296",
     "Grüezi"},
};

static void
test_reveal(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(hidden); i++) {
        char *text = cisco_reveal(hidden[i].hex);

        g_assert_cmpstr(text, ==, hidden[i].text);
        secret_free_text(text);
    }
}

/* Cut anywhere, and with any digit changed: the checksum, or the padding, says no. The last byte of
 * the random part that is no part of the initialisation vector or the checksum is in the keys. */
static void
test_reveal_damaged(void)
{
    const char *good = hidden[0].hex;
    size_t len = strlen(good);

    for (size_t i = 0; i < len; i++) {
        g_autofree char *cut = g_strndup(good, i);
        g_autofree char *changed = g_strdup(good);
        char *text;

        g_assert_null(cisco_reveal(cut));
        changed[i] = changed[i] == '0' ? '1' : '0';
        text = cisco_reveal(changed);
        g_assert_true(!text || strcmp(text, hidden[0].text) != 0);
        secret_free_text(text);
        changed[i] = 'g';
        g_assert_null(cisco_reveal(changed));
    }
    g_assert_null(cisco_reveal(""));
    /* nothing that a person types: a bell, and a byte that Windows has no character for */
    g_assert_null(cisco_reveal("92713D4709377111CF31F2A71986C411BD6CB5B08F5D6139F8E4314F94073EE541F"
                               "71D5C9EA75859D26834453D7B1FBC"));
    g_assert_null(cisco_reveal("92713D4709377111CF31F2A71986C411BD6CB5B0DC1B3D5A1BB120BA940B7AD55A0"
                               "C8738EBFBC74D603943FCD156A699"));
}

static NMConnection *
import(const char *text)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(GError) error = NULL;
    NMConnection *connection = formats_import_bytes("profile.pcf", "/nonexistent", bytes, &error);

    g_assert_no_error(error);
    return connection;
}

static const char *
item(NMConnection *connection, const char *key)
{
    return nm_setting_vpn_get_data_item(nm_connection_get_setting_vpn(connection), key);
}

/* What Cisco's client makes of its numbers. */
static const struct {
    const char *line, *key, *value;
} lines[] = {
    {"DHGroup=1", "ike-proposals", "aes256-aes192-aes128-sha256-sha1-modp768,3des-sha1-modp768"},
    {"DHGroup=5", "ike-proposals", "aes256-aes192-aes128-sha256-sha1-modp1536,3des-sha1-modp1536"},
    {"DHGroup=14", "ike-proposals", "aes256-aes192-aes128-sha256-sha1-modp2048,3des-sha1-modp2048"},
    {"AuthType=1", "method", "psk-xauth"},
    {"AuthType=1", "mode", "aggressive"},
    {"AuthType=3", "method", "cert-xauth"},
    {"AuthType=3", "mode", NULL},
    {"AuthType=5", "method", "hybrid-xauth"},
    {"AuthType=5", "mode", "aggressive"},
    {"EnableNat=0", "encapsulation", "off"},
    {"EnableNat=1", "encapsulation", NULL},
    {"EnableNat=1\nX-NM-Force-NAT-T=1", "encapsulation", "force"},
    {"PeerTimeout=0", "dpd-delay", "0"},
    {"PeerTimeout=10", "dpd-delay", "10"},
    {"PeerTimeout=10", "dpd-timeout", "10"},
    {"PeerTimeout=480", "dpd-delay", NULL},
    {"PeerTimeout=480", "dpd-timeout", "480"},
    {"SaveUserPassword=0", "password-flags", "2"},
    {"SaveUserPassword=1", "password-flags", "1"},
    {"RadiusSDI=1", "answer-flags", "2"},
    {"X-NM-SaveGroupPassword=0", "psk-flags", "2"},
    {"X-NM-IKE-MTU=1300", "mtu", "1300"},
    {"X-NM-IKE-vendor=", "vendor", NULL},
};

static void
test_lines(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *text = g_strconcat(
            "[MAIN]\nhost=vpn.example.org\n!GROUPNAME = g\n", lines[i].line, "\n", NULL);
        g_autoptr(NMConnection) connection = import(text);

        g_test_message("%s", lines[i].line);
        g_assert_cmpstr(item(connection, lines[i].key), ==, lines[i].value);
    }
}

/* Keys of other sections are not the profile's. */
static void
test_sections(void)
{
    g_autoptr(NMConnection) connection =
        import("[other]\nHost=wrong.example.org\n[main]\nHost=right.example.org\nGroupName=g\n"
               "[more]\nGroupPwd=wrong\n");

    g_assert_cmpstr(item(connection, "gateway"), ==, "right.example.org");
    g_assert_null(nm_setting_vpn_get_secret(nm_connection_get_setting_vpn(connection), "psk"));
}

/* Both ways to write it, in a file of the client's, are the same password. */
static void
test_code_page(void)
{
    static const char *const passwords[] = {
        "GroupPwd=Gr\xfc"
        "ezi",
        "enc_GroupPwd=2894F65E61805637B334C493083CA050E3904105CBEA1E185082EB155165CCB92861BCD20AB9"
        "4AEEC710677559218296"};

    for (size_t i = 0; i < G_N_ELEMENTS(passwords); i++) {
        g_autofree char *text =
            g_strconcat("[main]\nHost=vpn.example.org\nGroupName=g\n", passwords[i], "\n", NULL);
        g_autoptr(NMConnection) connection = import(text);

        g_assert_cmpstr(nm_setting_vpn_get_secret(nm_connection_get_setting_vpn(connection), "psk"),
                        ==,
                        "Grüezi");
        g_assert_null(import_notes_of(connection));
    }
}

/* What is said of a certificate in a store of the client's; NULL: nothing, it is a file. */
static const struct {
    const char *lines, *note;
} certificates[] = {
    {"AuthType=3\nCertName=me", "The certificate me is in a store"},
    {"AuthType=3\nCertSubjectName=cn=me", "The certificate cn=me is in a store"},
    {"AuthType=3\nCertName=\nCertPath=", "The certificate is in a store"},
    {"AuthType=3", "The certificate is in a store"},
    {"AuthType=1\nCertName=me", NULL},
    {"AuthType=3\nX-NM-IKE-cert=/home/me/me.p12", NULL},
    {"AuthType=3\nCertName=me\nX-NM-IKE-cert=/home/me/me.p12", NULL},
    {"AuthType=3\nX-NM-IKE-method=psk", NULL},
};

static void
test_certificate(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(certificates); i++) {
        g_autofree char *text = g_strconcat(
            "[main]\nHost=vpn.example.org\nGroupName=g\n", certificates[i].lines, "\n", NULL);
        g_autoptr(NMConnection) connection = import(text);
        const char *notes = import_notes_of(connection);

        g_test_message("%s: %s", certificates[i].lines, notes ? notes : "");
        if (certificates[i].note)
            g_assert_nonnull(strstr(notes, certificates[i].note));
        else
            g_assert_true(!notes || !strstr(notes, "store"));
    }
}

int
main(int argc, char **argv)
{
    scratch_data_home();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/formats-cisco/reveal", test_reveal);
    g_test_add_func("/formats-cisco/reveal-damaged", test_reveal_damaged);
    g_test_add_func("/formats-cisco/code-page", test_code_page);
    g_test_add_func("/formats-cisco/certificate", test_certificate);
    g_test_add_func("/formats-cisco/lines", test_lines);
    g_test_add_func("/formats-cisco/sections", test_sections);
    return g_test_run();
}
