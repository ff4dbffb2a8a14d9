/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/options.h"

#include <string.h>

typedef struct {
    const char *key;
    const char *value;
    const char *sentence; /* NULL: it is good */
} Row;

#define NEW_VALUE(key, what) key " is not supported yet: " what

/* clang-format off */
static const Row rows[] = {
    {"gateway", "gw.example.org"},
    {"gateway", "192.0.2.1"},
    {"gateway", "2001:db8::1"},
    {"gateway", "bücher.example"},
    {"gateway", "gw.example.org:500", "gateway=gw.example.org:500: use a host name or an address, without a port"},
    {"gateway", "a b", "gateway=a b: use a host name or an address, without a port"},
    {"gateway", "-x", "gateway=-x: use a host name or an address, without a port"},
    {"gateway", "10.0.0.0/8", "gateway=10.0.0.0/8: use a host name or an address, without a port"},
    {"remote-port", "auto"}, {"remote-port", "1"}, {"remote-port", "65535"},
    {"remote-port", "0", "remote-port=0: use auto, or 1 to 65535"},
    {"remote-port", "65536", "remote-port=65536: use auto, or 1 to 65535"},
    {"local-port", "auto"}, {"local-port", "5500"},
    {"local-port", "-1", "local-port=-1: use auto, or 1 to 65535"},
    {"ike-version", "1"},
    {"ike-version", "2", "IKEv2 is not supported yet: set ike-version=1"},
    {"ike-version", "3", "ike-version=3: use 1"},
    {"mode", "main"}, {"mode", "aggressive"},
    {"mode", "fast", "mode=fast: use main or aggressive"},
    {"vendor", "auto"}, {"vendor", "none"}, {"vendor", "cisco"},
    {"vendor", "fortigate"},
    {"vendor", "juniper"},
    {"vendor", "sonicwall", "vendor=sonicwall is not supported yet: use auto, none, cisco, fortigate, juniper or fritzbox"},
    {"vendor", "checkpoint", "vendor=checkpoint is not supported yet: use auto, none, cisco, fortigate, juniper or fritzbox"},
    {"vendor", "fritzbox"},
    {"vendor", "windows", "vendor=windows is not supported yet: use auto, none, cisco, fortigate, juniper or fritzbox"},
    {"vendor", "acme", "vendor=acme: use auto, none, cisco, fortigate, juniper or fritzbox"},
    {"method", "psk"}, {"method", "psk-xauth"},
    {"method", "eap", "method=eap is not supported yet: use psk or psk-xauth"},
    {"method", "cert", "method=cert is not supported yet: use psk or psk-xauth"},
    {"method", "cert-eap", "method=cert-eap is not supported yet: use psk or psk-xauth"},
    {"method", "psk-eap", "method=psk-eap is not supported yet: use psk or psk-xauth"},
    {"method", "cert-xauth", "method=cert-xauth is not supported yet: use psk or psk-xauth"},
    {"method", "hybrid-xauth", "method=hybrid-xauth is not supported yet: use psk or psk-xauth"},
    {"method", "none", "method=none: use psk or psk-xauth"},
    {"user", "alice"}, {"user", "CORP\\alice"}, {"user", "alice@example.org"}, {"user", "a b, c"},
    {"user", "alice\nbob", "user=alice?bob: a user name is one line of text"},
    {"local-id", "192.0.2.1"}, {"local-id", "gw.example.org"}, {"local-id", "@gw"}, {"local-id", "a@b"},
    {"local-id", "C=CH, CN=me"}, {"local-id", "keyid:group"}, {"local-id", "@#0aff"},
    {"local-id", "%any", "local-id=%any: use an address, gw.example.org, @gw.example.org, user@example.org, "
                         "\"C=CH, CN=me\", keyid:text, userfqdn:text or @#hex"},
    {"local-id", "@#xy", "local-id=@#xy: use an address, gw.example.org, @gw.example.org, user@example.org, "
                         "\"C=CH, CN=me\", keyid:text, userfqdn:text or @#hex"},
    {"remote-id", "%any"}, {"remote-id", "192.0.2.1"},
    {"remote-id", "keyid:", "remote-id=keyid:: use an address, gw.example.org, @gw.example.org, user@example.org, "
                             "\"C=CH, CN=me\", keyid:text, userfqdn:text, @#hex or %any"},
    {"ca", "/etc/ca.pem", NEW_VALUE("ca", "remove the key ca")},
    {"cert", "/etc/me.pem", NEW_VALUE("cert", "remove the key cert")},
    {"key", "/etc/me.key", NEW_VALUE("key", "remove the key key")},
    {"ca", "ca.pem", "ca=ca.pem: use a file's whole name, from /, or a pkcs11: URI"},
    {"cert", "pkcs11:token=me;object=me", NEW_VALUE("cert", "remove the key cert")},
    {"key", "/a\nb", "key=/a?b: a file's name is one line of text"},
    {"eap", "mschapv2,gtc", NEW_VALUE("eap", "remove the key eap")},
    {"eap", "leap", "eap=leap: use auto, or a list of mschapv2, gtc, md5, tls, ttls, peap"},
    {"eap", ",", "eap=,: use auto, or a list of mschapv2, gtc, md5, tls, ttls, peap"},
    {"eap", "auto", NEW_VALUE("eap", "remove the key eap")},
    {"psk", "x", "psk is a secret: take it out of vpn.data and put it into vpn.secrets"},
    {"password", "x", "password is a secret: take it out of vpn.data and put it into vpn.secrets"},
    {"key-password", "x", "key-password is a secret: take it out of vpn.data and put it into vpn.secrets"},
    {"psk-flags", "0"}, {"psk-flags", "7"}, {"password-flags", "2"}, {"user-flags", "1"},
    {"psk-flags", "8", "psk-flags=8: use a sum of 1 (the keyring keeps it), 2 (asked for every time) and 4 (not needed)"},
    {"password-flags", "ask", "password-flags=ask: use a sum of 1 (the keyring keeps it), 2 (asked for every time) and 4 (not needed)"},
    {"user-flags", "11", "user-flags=11: use a sum of 1 (the keyring keeps it), 2 (asked for every time) and 4 (not needed)"},
    {"answer", "x", "answer is a secret: take it out of vpn.data and put it into vpn.secrets"},
    {"answer-flags", "2"}, {"answer-flags", "1", "answer-flags=1: use 2"},
    {"key-password-flags", "0", NEW_VALUE("key-password-flags", "remove the key key-password-flags")},
    {"ike-proposals", "aes256-sha256-modp2048"}, {"ike-proposals", "aes128-sha1-modp1024,3des-sha1-modp1024"},
    {"ike-proposals", "aes999-sha1", "ike-proposals: proposal 'aes999-sha1': unknown algorithm 'aes999'"},
    {"ike-proposals", "aes256-sha256", "ike-proposals: proposal 'aes256-sha256': a group is missing, such as modp2048"},
    {"esp-proposals", "aes256gcm16"}, {"esp-proposals", "aes128-sha256-modp2048,3des-sha1"},
    {"esp-proposals", "aes256", "esp-proposals: proposal 'aes256': an integrity algorithm is missing, such as sha256"},
    {"legacy-algorithms", "no"}, {"legacy-algorithms", "yes"},
    {"legacy-algorithms", "true", "legacy-algorithms=true: use no or yes"},
    {"pfs", "auto"}, {"pfs", "no"}, {"pfs", "modp2048"}, {"pfs", "ecp256"},
    {"pfs", "yes", "pfs=yes: use auto, no, or a group such as modp2048"},
    {"ike-lifetime", "10"}, {"ike-lifetime", "2592000"},
    {"ike-lifetime", "9", "ike-lifetime=9: use 10 to 2592000 seconds"},
    {"ike-lifetime", "8h", "ike-lifetime=8h: use 10 to 2592000 seconds"},
    {"esp-lifetime", "3600"},
    {"esp-lifetime", "0", "esp-lifetime=0: use 10 to 2592000 seconds"},
    {"esp-lifebytes", "0"}, {"esp-lifebytes", "65536"}, {"esp-lifebytes", "9223372036854775807"},
    {"esp-lifebytes", "1", "esp-lifebytes=1: use 0, or 65536 to 9223372036854775807 bytes"},
    {"reauth", "no"},
    {"reauth", "yes", NEW_VALUE("reauth", "remove the key reauth")},
    {"addressing", "pull"}, {"addressing", "push"}, {"addressing", "static"},
    {"addressing", "none"},
    {"addressing", "dhcp", "addressing=dhcp: use pull, push, static or none"},
    {"addresses", "10.1.2.3/24"}, {"addresses", "10.1.2.3, fd00::3/64"},
    {"addresses", "10.1.2.3/33", "addresses=10.1.2.3/33: use addresses with prefix length, apart by commas or spaces"},
    {"addresses", "host", "addresses=host: use addresses with prefix length, apart by commas or spaces"},
    {"addresses", ",", "addresses=,: use addresses with prefix length, apart by commas or spaces"},
    {"local-ts", "10.0.0.0/8"}, {"local-ts", "10.0.0.0/8[tcp/443] 10.0.0.5-10.0.0.9"},
    {"local-ts", "10.0.0.0/99", "local-ts=10.0.0.0/99: use networks such as 10.0.0.0/8 or 10.0.0.0/8[tcp/443], apart by commas or spaces"},
    {"remote-ts", "0.0.0.0/0"}, {"remote-ts", "10.0.0.0/8,192.168.0.0/16"},
    {"remote-ts", "lan", "remote-ts=lan: use networks such as 10.0.0.0/8 or 10.0.0.0/8[tcp/443], apart by commas or spaces"},
    {"policy-level", "auto"}, {"policy-level", "unique"}, {"policy-level", "shared"},
    {"policy-level", "require", "policy-level=require is not supported yet: use auto, unique or shared"},
    {"policy-level", "any", "policy-level=any: use auto, unique or shared"},
    {"ipsec-mode", "tunnel"},
    {"ipsec-mode", "transport"},
    {"ipsec-mode", "beet", "ipsec-mode=beet: use tunnel or transport"},
    {"mtu", "auto"}, {"mtu", "576"}, {"mtu", "9000"},
    {"mtu", "575", "mtu=575: use auto, or 576 to 9000 bytes"},
    {"block-ipv4", "no"}, {"block-ipv4", "yes"},
    {"block-ipv4", "1", "block-ipv4=1: use no or yes"},
    {"block-ipv6", "no"}, {"block-ipv6", "yes"},
    {"block-ipv6", "always", "block-ipv6=always: use no or yes"},
    {"encapsulation", "auto"}, {"encapsulation", "force"},
    {"encapsulation", "off"},
    {"encapsulation", "on", "encapsulation=on: use auto, force or off"},
    {"nat-keepalive", "0"}, {"nat-keepalive", "86400"},
    {"nat-keepalive", "86401", "nat-keepalive=86401: use 0 to 86400 seconds"},
    {"dpd-delay", "0"}, {"dpd-delay", "30"},
    {"dpd-delay", "", "dpd-delay=: use 0 to 86400 seconds"},
    {"dpd-timeout", "1"},
    {"dpd-timeout", "0", "dpd-timeout=0: use 1 to 86400 seconds"},
    {"fragmentation", "no"},
    {"fragmentation", "yes", "fragmentation=yes is not supported yet: use no"},
    {"fragmentation", "force", "fragmentation=force is not supported yet: use no"},
    {"fragmentation", "maybe", "fragmentation=maybe: use no"},
    {"fragment-size", "575", "fragment-size=575: use 576 to 9000 bytes"},
    {"fragment-size", "1200", NEW_VALUE("fragment-size", "remove the key fragment-size")},
    {"mobike", "no"}, {"mobike", "yes", NEW_VALUE("mobike", "remove the key mobike")},
    {"data-plane", "auto"}, {"data-plane", "userspace"},
    {"data-plane", "kernel"},
    {"data-plane", "xfrm", "data-plane=xfrm: use auto, kernel or userspace"},
};
/* clang-format on */

static void
test_value(gconstpointer data)
{
    const Row *row = data;
    g_autoptr(ConnectionConfig) config = connection_config_new();
    g_autoptr(GError) error = NULL;
    const Option *option = option_by_key(row->key);
    bool good;

    g_assert_nonnull(option);
    good = option_read(option, row->value, config, &error);
    g_assert_cmpstr(error ? error->message : NULL, ==, row->sentence);
    g_assert_true(good == (row->sentence == NULL));
}

/* No key without a row, so that a new one gets tests. */
static void
test_every_key_has_a_row(void)
{
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        bool found = false;

        for (size_t row = 0; row < G_N_ELEMENTS(rows); row++)
            found |= strcmp(rows[row].key, option->key) == 0;
        if (!found)
            g_test_message("no row for %s", option->key);
        g_assert_true(found);
    }
}

/* Nor a word that is neither taken nor refused by a row. */
static void
test_every_choice_has_a_row(void)
{
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        for (const OptionChoice *c = option->choices; c && c->keyword; c++) {
            bool found = false;

            for (size_t row = 0; row < G_N_ELEMENTS(rows); row++)
                found |= strcmp(rows[row].key, option->key) == 0
                         && strcmp(rows[row].value, c->keyword) == 0
                         && c->unsupported == (rows[row].sentence != NULL);
            if (!found)
                g_test_message("no row for %s=%s", option->key, c->keyword);
            g_assert_true(found);
        }
    }
}

static void
test_every_row_of_the_table_is_whole(void)
{
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        g_autofree char *values = option_values_text(option);

        g_assert_true(option_by_key(option->key) == option);
        g_assert_true(option->sentence && g_str_has_suffix(option->sentence, "."));
        g_assert_true(values && *values);
        g_assert_nonnull(option_group_title(option->group));
    }
}

static void
test_over_long_value_is_refused(void)
{
    g_autoptr(ConnectionConfig) config = connection_config_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strnfill(10000, 'a');

    g_assert_false(option_read(option_by_key("local-id"), text, config, &error));
    g_assert_true(g_str_has_suffix(error->message, "a: the value is too long"));
}

static void
test_over_long_list_is_refused(void)
{
    g_autoptr(ConnectionConfig) config = connection_config_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) list = g_string_new(NULL);

    for (int i = 0; i < 65; i++)
        g_string_append_printf(list, "10.%d.0.0/16,", i);
    g_assert_false(option_read(option_by_key("remote-ts"), list->str, config, &error));
    g_assert_true(g_str_has_suffix(error->message, ": these are more than 64"));
}

static void
test_nearest_key(void)
{
    g_assert_cmpstr(option_nearest_key("gatway"), ==, "gateway");
    g_assert_cmpstr(option_nearest_key("Gateway"), ==, "gateway");
    g_assert_cmpstr(option_nearest_key("dpd_delay"), ==, "dpd-delay");
    g_assert_cmpstr(option_nearest_key("usre"), ==, "user");
    g_assert_cmpstr(option_nearest_key("ike-proposal"), ==, "ike-proposals");
    g_assert_cmpstr(option_nearest_key("Xauth username"), ==, NULL);
    g_assert_cmpstr(option_nearest_key(""), ==, NULL);
    g_assert_cmpstr(option_nearest_key("a-key-that-is-longer-than-any-key-may-be-here"), ==, NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/options/%zu-%s", i, rows[i].key);

        g_test_add_data_func(path, &rows[i], test_value);
    }
    g_test_add_func("/options/every-key", test_every_key_has_a_row);
    g_test_add_func("/options/every-choice", test_every_choice_has_a_row);
    g_test_add_func("/options/whole", test_every_row_of_the_table_is_whole);
    g_test_add_func("/options/over-long", test_over_long_value_is_refused);
    g_test_add_func("/options/over-long-list", test_over_long_list_is_refused);
    g_test_add_func("/options/nearest", test_nearest_key);
    return g_test_run();
}
