/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/formats.h"
#include "formats/import.h"
#include "lib/scratch.h"
#include "model/known-words.h"

#include <glib/gstdio.h>
#include <string.h>

static NMConnection *
import(const char *text)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(GError) error = NULL;
    NMConnection *connection = formats_import_bytes("site.vpn", "/nonexistent", bytes, &error);

    g_assert_no_error(error);
    return connection;
}

static NMConnection *
import_lines(const char *lines)
{
    g_autofree char *text = g_strconcat("n:version:4\n"
                                        "s:network-host:vpn.example.org\n"
                                        "s:auth-method:mutual-psk-xauth\n",
                                        lines,
                                        NULL);

    return import(text);
}

static const char *
item(NMConnection *connection, const char *key)
{
    return nm_setting_vpn_get_data_item(nm_connection_get_setting_vpn(connection), key);
}

static bool
has_note(NMConnection *connection)
{
    return nm_connection_get_setting(connection, NM_TYPE_SETTING_USER) != NULL;
}

typedef struct {
    const char *theirs, *ours;
} Word;

/* All that the client's editor offers. */
static const Word ciphers[] = {
    {"auto\nn:K:0", "aes256-aes192-aes128-3des"},
    {"aes\nn:K:0", "aes256-aes192-aes128"},
    {"aes\nn:K:128", "aes128"},
    {"aes\nn:K:192", "aes192"},
    {"aes\nn:K:256", "aes256"},
    {"3des\nn:K:0", "3des"},
};
static const Word hashes[] = {
    {"auto", NULL},
    {"md5", "md5"},
    {"sha1", "sha1"},
    {"sha2-256", "sha256"},
    {"sha2-384", "sha384"},
    {"sha2-512", "sha512"},
};
static const Word groups[] = {
    {"0", "modp2048-modp1536-modp1024"},
    {"1", "modp768"},
    {"2", "modp1024"},
    {"5", "modp1536"},
    {"14", "modp2048"},
    {"15", "modp3072"},
    {"16", "modp4096"},
    {"17", "modp6144"},
    {"18", "modp8192"},
};

static char *
with_keylen_key(const char *text, const char *key)
{
    g_auto(GStrv) parts = g_strsplit(text, "K", 2);

    return g_strjoinv(key, parts);
}

/* What is written has the client's own words, so that nothing of it must be said in ours. */
static void
must_write_words(NMConnection *connection, const char *lines)
{
    g_autofree char *path = g_build_filename(g_get_user_data_dir(), "words.vpn", NULL);
    g_autofree char *site = NULL;
    g_auto(GStrv) each = g_strsplit(lines, "\n", -1);

    g_assert_true(formats_export(connection, path, NULL));
    g_assert_true(g_file_get_contents(path, &site, NULL, NULL));
    for (char **line = each; *line; line++)
        g_assert_nonnull(strstr(site, *line));
    g_assert_null(strstr(site, "x-nm-ike-ike-proposals"));
    g_assert_null(strstr(site, "x-nm-ike-esp-proposals"));
    g_assert_cmpint(g_unlink(path), ==, 0);
}

static void
check_phase1(const Word *cipher, const Word *hash, const Word *group)
{
    g_autofree char *cipher_lines = with_keylen_key(cipher->theirs, "phase1-keylen");
    g_autofree char *lines = g_strdup_printf("s:phase1-cipher:%s\n"
                                             "s:phase1-hash:%s\n"
                                             "n:phase1-dhgroup:%s\n",
                                             cipher_lines,
                                             hash->theirs,
                                             group->theirs);
    g_autofree char *expected = g_strdup_printf(
        "%s-%s-%s", cipher->ours, hash->ours ? hash->ours : "sha256-sha1", group->ours);
    g_autoptr(NMConnection) connection = import_lines(lines);
    bool any = cipher == ciphers && hash == hashes && group == groups;

    g_assert_cmpstr(item(connection, "ike-proposals"), ==, any ? NULL : expected);
    g_assert_true(any || ike_proposals_check(expected, NULL));
    g_assert_cmpstr(item(connection, "legacy-algorithms"), ==, "yes");
    if (cipher > ciphers && hash > hashes)
        must_write_words(connection, lines);
}

static void
test_phase1(void)
{
    for (size_t c = 0; c < G_N_ELEMENTS(ciphers); c++) {
        for (size_t h = 0; h < G_N_ELEMENTS(hashes); h++) {
            for (size_t g = 0; g < G_N_ELEMENTS(groups); g++)
                check_phase1(&ciphers[c], &hashes[h], &groups[g]);
        }
    }
}

static void
check_phase2(const Word *cipher, const Word *hash)
{
    g_autofree char *cipher_lines = with_keylen_key(cipher->theirs, "phase2-keylen");
    bool any_cipher = g_str_has_prefix(cipher->theirs, "auto");
    g_autofree char *lines = g_strdup_printf("s:phase2-transform:%s%s\n"
                                             "s:phase2-hmac:%s\n"
                                             "n:phase1-dhgroup:2\n",
                                             any_cipher ? "" : "esp-",
                                             cipher_lines,
                                             hash->theirs);
    g_autofree char *expected = g_strdup_printf(
        "%s-%s", cipher->ours, hash->ours ? hash->ours : "sha256-sha384-sha512-sha1");
    g_autoptr(NMConnection) connection = import_lines(lines);
    bool any = any_cipher && !hash->ours;

    g_assert_cmpstr(item(connection, "esp-proposals"), ==, any ? NULL : expected);
    g_assert_true(any || esp_proposals_check(expected, NULL));
    if (!any_cipher && hash->ours)
        must_write_words(connection, lines);
}

static void
test_phase2(void)
{
    for (size_t c = 0; c < G_N_ELEMENTS(ciphers); c++) {
        for (size_t h = 0; h < G_N_ELEMENTS(hashes); h++)
            check_phase2(&ciphers[c], &hashes[h]);
    }
}

/* One line, or a few, and what becomes of it; note: that it is said. */
static const struct {
    const char *lines, *key, *value;
    bool note;
} rows[] = {
    {"s:auth-method:mutual-psk-xauth", "method", "psk-xauth", false},
    {"n:phase2-pfsgroup:-1", "pfs", "no", false},
    {"n:phase2-pfsgroup:0", "pfs", NULL, false},
    {"n:phase2-pfsgroup:14", "pfs", "modp2048", false},
    {"n:phase2-pfsgroup:99", "pfs", NULL, true},
    {"s:phase1-cipher:blowfish\nn:phase1-keylen:128", "legacy-algorithms", "yes", true},
    {"s:phase2-transform:esp-des", "esp-proposals", NULL, true},
    {"s:phase1-exchange:aggressive", "mode", "aggressive", false},
    {"s:phase1-exchange:main", "mode", NULL, false},
    {"n:phase1-life-secs:86400", "ike-lifetime", "86400", false},
    {"n:phase1-life-secs:28800", "ike-lifetime", NULL, false},
    {"n:phase2-life-kbytes:128000", "esp-lifebytes", "131072000", false},
    {"n:phase2-life-kbytes:0", "esp-lifebytes", NULL, false},
    {"s:network-natt-mode:enable", "encapsulation", NULL, false},
    {"s:network-natt-mode:force-rfc", "encapsulation", "force", false},
    {"s:network-natt-mode:force-cisco-udp", "encapsulation", NULL, true},
    {"s:network-natt-mode:disable\nn:network-natt-rate:15", "nat-keepalive", NULL, false},
    {"n:network-natt-rate:15", "nat-keepalive", "15", false},
    {"s:network-frag-mode:force\nn:network-frag-size:1300", "fragment-size", "1300", false},
    {"s:network-frag-mode:enable\nn:network-frag-size:540", "fragment-size", NULL, false},
    {"n:network-mtu-size:1380", "mtu", NULL, false},
    {"n:network-mtu-size:1200", "mtu", "1200", false},
    {"n:network-dpd-enable:0", "dpd-delay", "0", false},
    {"n:network-ike-port:1500", "remote-port", "1500", false},
    {"s:client-auto-mode:push", "addressing", "push", false},
    {"s:client-auto-mode:dhcp", "addressing", NULL, true},
    {"s:client-iface:direct", "addressing", "none", false},
    {"n:client-addr-auto:0\ns:client-ip-addr:10.0.0.9\ns:client-ip-mask:255.255.0.0",
     "addresses",
     "10.0.0.9/16",
     false},
    {"s:ident-client-type:fqdn\ns:ident-client-data:me", "local-id", "me", false},
    {"s:ident-client-type:fqdn\ns:ident-client-data:10.0.0.1", "local-id", "@10.0.0.1", false},
    {"s:ident-client-type:ufqdn\ns:ident-client-data:a@b", "local-id", "a@b", false},
    {"s:ident-client-type:ufqdn\ns:ident-client-data:ab", "local-id", "userfqdn:ab", false},
    {"s:ident-client-type:keyid\ns:ident-client-data:keyid:a", "local-id", "keyid:keyid:a", false},
    {"s:ident-client-type:address\ns:ident-client-data:10.0.0.1", "local-id", "10.0.0.1", false},
    {"s:ident-client-type:asn1dn\ns:ident-client-data:C=DE, CN=a", "local-id", "C=DE, CN=a", false},
    {"s:ident-client-type:address", "local-id", NULL, false},
    {"s:ident-server-type:any", "remote-id", NULL, false},
    {"s:policy-level:require", "policy-level", "require", false},
    {"s:policy-level:use", "policy-level", NULL, true},
    {"n:policy-list-auto:0\ns:policy-list-include:10.0.0.0 / 255.0.0.0",
     "remote-ts",
     "10.0.0.0/8",
     false},
    {"n:policy-list-auto:1\ns:policy-list-include:10.0.0.0 / 255.0.0.0", "remote-ts", NULL, false},
    {"s:policy-list-exclude:10.0.0.0 / 255.0.0.0", "remote-ts", NULL, true},
    {"n:vendor-chkpt-enable:1", "vendor", "checkpoint", false},
    {"n:vendor-chkpt-enable:0", "vendor", NULL, false},
    {"s:ipcomp-transform:deflate", "vendor", NULL, true},
    {"n:network-notify-enable:1\nn:client-banner-enable:1\nn:client-wins-used:1\n"
     "n:client-wins-auto:1\nn:client-splitdns-used:1\nn:client-splitdns-auto:1\n"
     "n:policy-nailed:0\nn:phase1-life-kbytes:0\ns:ipcomp-transform:disabled",
     "vendor",
     NULL,
     false},
    {"s:unknown-key:5", "vendor", NULL, true},
    {"S:CLIENT-SAVED-USERNAME:bob", "user", "bob", false},
};

static void
test_rows(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(NMConnection) connection = import_lines(rows[i].lines);

        g_test_message("%s", rows[i].lines);
        g_assert_cmpstr(item(connection, rows[i].key), ==, rows[i].value);
        g_assert_cmpint(has_note(connection), ==, rows[i].note);
    }
}

/* What the client's own start looks for and gives up without. */
static void
must_be_complete(const char *site, const char *const *keys)
{
    for (; *keys; keys++) {
        g_autofree char *line = g_strdup_printf("\n%s:", *keys);

        g_test_message("%s", *keys);
        g_assert_nonnull(strstr(site, line));
    }
}

static void
test_complete(void)
{
    static const char *const keys[] = {
        "s:network-host",
        "n:network-ike-port",
        "s:client-iface",
        "s:ident-client-type",
        "s:ident-server-type",
        "s:phase1-exchange",
        "s:phase1-cipher",
        "n:phase1-keylen",
        "s:phase1-hash",
        "n:phase1-dhgroup",
        "s:auth-method",
        "s:phase2-transform",
        "n:phase2-keylen",
        "s:phase2-hmac",
        "s:ipcomp-transform",
        "b:auth-mutual-psk",
        NULL,
    };
    g_autoptr(NMConnection) connection =
        import_lines("b:auth-mutual-psk:Z2VoZWlt\ns:phase1-cipher:aes\nn:phase1-keylen:256\n"
                     "s:phase1-hash:sha1\nn:phase1-dhgroup:2\n");
    g_autofree char *path = g_build_filename(g_get_user_data_dir(), "complete.vpn", NULL);
    g_autofree char *site = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(formats_export(connection, path, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(path, &site, NULL, NULL));
    must_be_complete(site, keys);
    g_assert_nonnull(strstr(site, "\ns:phase1-cipher:aes\nn:phase1-keylen:256\n"));
    g_assert_nonnull(strstr(site, "\nb:auth-mutual-psk:Z2VoZWlt\n"));
    g_assert_null(strstr(site, "x-nm-ike-gateway"));
    g_assert_cmpint(g_unlink(path), ==, 0);
}

/* A value that would be lines of its own is not written. */
static void
test_no_injection(void)
{
    g_autoptr(NMConnection) connection = import_lines("");
    NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);
    g_autofree char *path = g_build_filename(g_get_user_data_dir(), "injected.vpn", NULL);
    g_autoptr(GError) error = NULL;

    nm_setting_vpn_add_data_item(vpn, "user", "bob\ns:network-host:attacker.example.net");
    g_assert_false(formats_export(connection, path, &error));
    g_assert_error(error, FORMATS_ERROR, FORMATS_ERROR_BAD);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

int
main(int argc, char **argv)
{
    scratch_data_home();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/formats-shrew/phase1", test_phase1);
    g_test_add_func("/formats-shrew/phase2", test_phase2);
    g_test_add_func("/formats-shrew/rows", test_rows);
    g_test_add_func("/formats-shrew/complete", test_complete);
    g_test_add_func("/formats-shrew/no-injection", test_no_injection);
    return g_test_run();
}
