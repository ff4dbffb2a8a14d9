/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/address.h"
#include "model/child-sa.h"
#include "model/connection-config.h"
#include "model/identity.h"
#include "model/traffic-selector.h"

#include <string.h>

static IpAddress
address(const char *text)
{
    IpAddress out;

    g_assert_true(ip_address_from_text(text, &out));
    return out;
}

static IpPrefix
prefix(const char *text)
{
    IpPrefix out;

    g_assert_true(ip_prefix_from_text(text, &out));
    return out;
}

static TrafficSelector
selector(const char *text)
{
    TrafficSelector out;

    g_assert_true(traffic_selector_from_text(text, &out));
    return out;
}

/* --- addresses ---------------------------------------------------------------------------------
 */

static void
test_address_text(void)
{
    static const char *const good[] = {
        "0.0.0.0", "10.1.2.3", "255.255.255.255", "::", "::1", "fe80::1", "2001:db8::a:b"};
    static const char *const bad[] = {"",
                                      "10.1.2",
                                      "10.1.2.3.4",
                                      "10.1.2.256",
                                      "10.1.2.3 ",
                                      "fe80::1%1",
                                      "1::2::3",
                                      "gateway",
                                      "0x0a000001"};
    char buffer[IP_TEXT_SIZE];

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        IpAddress a = address(good[i]);

        g_assert_cmpstr(ip_address_to_text(&a, buffer), ==, good[i]);
        g_assert_cmpuint(ip_address_len(a.family), ==, strchr(good[i], ':') ? 16 : 4);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        IpAddress a = address("10.9.9.9");

        g_assert_false(ip_address_from_text(bad[i], &a));
        g_assert_cmpstr(ip_address_to_text(&a, buffer), ==, "10.9.9.9");
    }
    g_assert_cmpstr(ip_address_to_text(&(IpAddress){0}, buffer), ==, "none");
}

static void
test_address_bytes(void)
{
    static const uint8_t bytes[17] = {10, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};

    for (size_t len = 0; len <= sizeof(bytes); len++) {
        IpAddress a = ip_address_of_bytes(bytes_of(bytes, len));
        Bytes view = ip_address_view(&a);

        g_assert_cmpuint(view.len, ==, len == 4 || len == 16 ? len : 0);
        if (view.len)
            g_assert_cmpmem(view.data, view.len, bytes, len);
    }
}

static void
test_address_order(void)
{
    IpAddress low = address("10.0.0.255"), high = address("10.0.1.0"), v6 = address("a00:1::");

    g_assert_cmpint(ip_address_compare(&low, &high), <, 0);
    g_assert_cmpint(ip_address_compare(&high, &low), >, 0);
    g_assert_cmpint(ip_address_compare(&low, &low), ==, 0);
    g_assert_true(ip_address_equal(&low, &low));
    g_assert_false(ip_address_equal(&low, &high));
    low = address("10.0.0.1");
    g_assert_false(ip_address_equal(&low, &v6)); /* the same bytes, but for the family */
}

static void
test_prefix_text(void)
{
    static const struct {
        const char *in, *out;
    } good[] = {
        {"10.1.2.3/8", "10.0.0.0/8"},
        {"10.1.2.3", "10.1.2.3/32"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"10.255.255.255/31", "10.255.255.254/31"},
        {"2001:db8::1/33", "2001:db8::/33"},
        {"::1", "::1/128"},
    };
    static const char *const bad[] = {
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "::/129",
        "10.0.0.0/+8",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        IpPrefix p = prefix(good[i].in);
        g_autofree char *text = ip_prefix_to_text(&p);

        g_assert_cmpstr(text, ==, good[i].out);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        IpPrefix p;

        if (ip_prefix_from_text(bad[i], &p))
            g_error("'%s' was taken", bad[i]);
    }
}

static void
test_netmask(void)
{
    static const struct {
        const char *mask;
        int len;
    } masks[] = {{"0.0.0.0", 0},
                 {"128.0.0.0", 1},
                 {"255.255.240.0", 20},
                 {"255.255.255.255", 32},
                 {"255.0.255.0", -1},
                 {"0.0.0.1", -1},
                 {"ffff:fff0::", 28},
                 {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 128}};

    for (size_t i = 0; i < G_N_ELEMENTS(masks); i++) {
        IpAddress mask = address(masks[i].mask);

        g_assert_cmpint(ip_netmask_to_prefix_len(&mask), ==, masks[i].len);
    }
}

/* --- traffic selectors -------------------------------------------------------------------------
 */

static void
test_selector_text(void)
{
    static const struct {
        const char *in, *out;
    } good[] = {
        {"10.0.0.0/8", "10.0.0.0/8"},
        {"10.1.2.3", "10.1.2.3/32"},
        {"10.0.0.0/8[tcp/443]", "10.0.0.0/8[tcp/443]"},
        {"10.0.0.0/8[6/80-90]", "10.0.0.0/8[tcp/80-90]"},
        {"fd00::/8[udp]", "fd00::/8[udp]"},
        {"fd00::/8[17/0-65535]", "fd00::/8[udp]"},
        {"10.0.0.0/8[ICMP]", "10.0.0.0/8[1]"},
        {"10.0.0.5-10.0.0.9", "10.0.0.5-10.0.0.9"},
        {"10.0.0.0-10.0.0.255", "10.0.0.0/24"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"::/0", "::/0"},
    };
    static const char *const bad[] = {
        "",
        "10.0.0.0/8[",
        "10.0.0.0/8]",
        "10.0.0.0/8[]",
        "10.0.0.0/8[tcp",
        "10.0.0.0/8[tcp/]",
        "10.0.0.0/8[tcp/443-]",
        "10.0.0.0/8[tcp/65536]",
        "10.0.0.0/8[tcp/90-80]",
        "10.0.0.0/8[256]",
        "10.0.0.0/8[name]",
        "10.0.0.9-10.0.0.5",
        "10.0.0.5-fd00::1",
        "10.0.0.0/8-10.0.0.9",
        "[tcp]",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        TrafficSelector ts = selector(good[i].in);
        g_autofree char *text = traffic_selector_to_text(&ts);
        TrafficSelector again = selector(text);

        g_assert_cmpstr(text, ==, good[i].out);
        g_assert_true(traffic_selector_equal(&ts, &again));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        TrafficSelector ts;

        if (traffic_selector_from_text(bad[i], &ts))
            g_error("'%s' was taken", bad[i]);
    }
}

static void
test_selector_covers(void)
{
    static const struct {
        const char *outer, *inner;
        bool covers;
    } pairs[] = {
        {"10.0.0.0/8", "10.0.0.0/8", true},
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.0.0.0/8", "9.0.0.0-10.0.0.0", false},
        {"10.0.0.0/8", "10.0.0.0/7", false},
        {"0.0.0.0/0", "::/0", false},
        {"10.0.0.0/8", "10.0.0.0/8[tcp]", true},
        {"10.0.0.0/8[tcp]", "10.0.0.0/8", false},
        {"10.0.0.0/8[tcp]", "10.0.0.0/8[udp]", false},
        {"10.0.0.0/8[tcp]", "10.1.0.0/16[tcp/443]", true},
        {"10.0.0.0/8[tcp/80-90]", "10.0.0.0/8[tcp/80-91]", false},
        {"10.0.0.0/8[tcp/80-90]", "10.0.0.0/8[tcp/79]", false},
        {"10.0.0.0/8[tcp/80-90]", "10.0.0.0/8[tcp/85]", true},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        TrafficSelector outer = selector(pairs[i].outer), inner = selector(pairs[i].inner);

        g_assert_cmpint(traffic_selector_covers(&outer, &inner), ==, pairs[i].covers);
    }
}

/* A range as the fewest networks that are exactly it. */
static void
test_selector_prefixes(void)
{
    static const struct {
        const char *range, *prefixes;
    } ranges[] = {
        {"10.0.0.0/8", "10.0.0.0/8"},
        {"10.0.0.5-10.0.0.5", "10.0.0.5/32"},
        {"10.0.0.5-10.0.0.9", "10.0.0.5/32 10.0.0.6/31 10.0.0.8/31"},
        {"10.0.0.1-10.0.0.254",
         "10.0.0.1/32 10.0.0.2/31 10.0.0.4/30 10.0.0.8/29 10.0.0.16/28 10.0.0.32/27 10.0.0.64/26 "
         "10.0.0.128/26 10.0.0.192/27 10.0.0.224/28 10.0.0.240/29 10.0.0.248/30 10.0.0.252/31 "
         "10.0.0.254/32"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"::/0", "::/0"},
        {"255.255.255.254-255.255.255.255", "255.255.255.254/31"},
        {"128.0.0.0-255.255.255.255", "128.0.0.0/1"},
        {"fd00::1-fd00::4", "fd00::1/128 fd00::2/127 fd00::4/128"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++) {
        TrafficSelector ts = selector(ranges[i].range);
        g_autoptr(GArray) list = traffic_selector_to_prefixes(&ts);
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint p = 0; p < list->len; p++) {
            g_autofree char *one = ip_prefix_to_text(&g_array_index(list, IpPrefix, p));

            g_string_append_printf(text, "%s%s", p ? " " : "", one);
        }
        g_assert_cmpstr(text->str, ==, ranges[i].prefixes);
    }
}

/* Every range within 64 addresses: the networks follow each other and cover just that. */
static void
test_selector_prefixes_exhaustively(void)
{
    for (unsigned first = 0; first < 64; first++) {
        for (unsigned last = first; last < 64; last++) {
            TrafficSelector ts = selector("10.0.0.0/32");
            g_autoptr(GArray) list = NULL;
            unsigned next = first;

            ts.first.bytes[3] = (uint8_t) first;
            ts.last.bytes[3] = (uint8_t) last;
            list = traffic_selector_to_prefixes(&ts);
            g_assert_cmpuint(list->len, <=, 10);
            for (guint p = 0; p < list->len; p++) {
                const IpPrefix *one = &g_array_index(list, IpPrefix, p);

                g_assert_cmpuint(one->address.bytes[3], ==, next);
                g_assert_cmpuint(next % (1u << (32 - one->len)), ==, 0);
                next += 1u << (32 - one->len);
            }
            g_assert_cmpuint(next, ==, last + 1);
        }
    }
}

/* --- identities --------------------------------------------------------------------------------
 */

static void
test_identity_text(void)
{
    static const struct {
        const char *in;
        IdentityType type;
        const char *out;
    } good[] = {
        {"192.0.2.1", ID_IPV4_ADDR, "192.0.2.1"},
        {"2001:db8::1", ID_IPV6_ADDR, "2001:db8::1"},
        {"gw.example.org", ID_FQDN, "gw.example.org"},
        {"@gw.example.org", ID_FQDN, "gw.example.org"},
        {"@192.0.2.1", ID_FQDN, "@192.0.2.1"},
        {"alice@example.org", ID_USER_FQDN, "alice@example.org"},
        {"userfqdn:alice", ID_USER_FQDN, "userfqdn:alice"},
        {"userfqdn:alice@example.org", ID_USER_FQDN, "alice@example.org"},
        {"userfqdn:@alice", ID_USER_FQDN, "userfqdn:@alice"},
        {"userfqdn:C=a@b", ID_USER_FQDN, "userfqdn:C=a@b"},
        {"@userfqdn:alice", ID_FQDN, "@userfqdn:alice"},
        {"@C=CH", ID_FQDN, "@C=CH"},
        {"@a@b", ID_FQDN, "@a@b"},
        {"keyid:office", ID_KEY_ID, "keyid:office"},
        {"@#0badc0de", ID_KEY_ID, "@#0badc0de"},
        {"@#6f6666696365", ID_KEY_ID, "keyid:office"},
        {"C=CH, O=Example, CN=gw", ID_DER_ASN1_DN, "C=CH, O=Example, CN=gw"},
        {"2.5.4.3=gw", ID_DER_ASN1_DN, "2.5.4.3=gw"},
        {"%any", ID_ANY, "%any"},
        {"@", ID_USER_FQDN, "@"},
        {"=x", ID_FQDN, "=x"},
        {"@keyid:x", ID_FQDN, "@keyid:x"},
    };
    static const char *const bad[] = {"", "@#", "@#0", "@#0g", "@#0badc0d", "keyid:", "userfqdn:"};

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_auto(Identity) identity = {0};
        g_autofree char *text = NULL;

        g_assert_true(identity_from_text(good[i].in, &identity));
        text = identity_to_text(&identity);
        g_assert_cmpint(identity.type, ==, good[i].type);
        g_assert_cmpstr(text, ==, good[i].out);
        g_assert_cmpint(identity.text_dn, ==, good[i].type == ID_DER_ASN1_DN);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_auto(Identity) identity = {0};

        if (identity_from_text(bad[i], &identity))
            g_error("'%s' was taken", bad[i]);
    }
}

/* A long name is cut, and no prefix comes before it that it does not need; "@#" begins a key ID. */
static void
test_identity_text_of_names(void)
{
    g_autofree char *label = g_strnfill(250, 'a');
    g_auto(Identity) longer = identity_of_bytes(ID_FQDN, bytes_of_text(label));
    g_auto(Identity) hash = identity_of_bytes(ID_FQDN, bytes_of_text("#a@b"));
    g_autofree char *longer_text = identity_to_text(&longer);
    g_autofree char *hash_text = identity_to_text(&hash);
    g_autofree char *none = identity_text_of(ID_FQDN, "#a@b");
    g_autofree char *dn = identity_text_of(ID_DER_ASN1_DN, "C=CH");
    g_autofree char *no_dn = identity_text_of(ID_DER_ASN1_DN, "CH");
    g_autofree char *key_id = identity_text_of(ID_KEY_ID, "@#00");

    g_assert_true(g_str_has_prefix(label, longer_text));
    g_assert_cmpstr(hash_text, ==, "#a@b");
    g_assert_null(none);
    g_assert_cmpstr(dn, ==, "C=CH");
    g_assert_null(no_dn);
    g_assert_cmpstr(key_id, ==, "keyid:@#00");
}

static void
test_identity_length(void)
{
    g_autofree char *longest = g_strnfill(MAX_IDENTITY_LEN, 'a');
    g_autofree char *longer = g_strnfill(MAX_IDENTITY_LEN + 1, 'a');
    g_auto(Identity) identity = {0};

    g_assert_false(identity_from_text(longer, &identity));
    g_assert_true(identity_from_text(longest, &identity));
}

static void
test_identity_matches(void)
{
    static const struct {
        const char *expected, *actual;
        bool matches;
    } pairs[] = {
        {"%any", "gw.example.org", true},
        {"%any", "192.0.2.1", true},
        {"gw.example.org", "GW.Example.ORG", true},
        {"gw.example.org", "gw.example.or", false},
        {"gw.example.org", "gw.example.orgx", false},
        {"alice@example.org", "Alice@example.org", true},
        {"gw.example.org", "keyid:gw.example.org", false},
        {"keyid:office", "keyid:Office", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"@192.0.2.1", "192.0.2.1", false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_auto(Identity) expected = {0};
        g_auto(Identity) actual = {0};
        g_auto(Identity) copy = {0};

        g_assert_true(identity_from_text(pairs[i].expected, &expected));
        g_assert_true(identity_from_text(pairs[i].actual, &actual));
        copy = identity_copy(&expected);
        g_assert_cmpint(identity_matches(&copy, &actual), ==, pairs[i].matches);
    }
}

/* Bytes that a peer chose are fit to be logged, whatever they are and say they are. */
static void
test_identity_of_a_peer_is_printable(void)
{
    uint8_t bytes[70];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t) (i * 37);
    for (unsigned type = 0; type < 16; type++) {
        for (size_t len = 0; len <= sizeof(bytes); len++) {
            g_auto(Identity) identity = identity_of_bytes(type, bytes_of(bytes, len));
            g_autofree char *text = NULL;

            if (type == ID_ANY)
                continue;
            text = identity_to_text(&identity);
            g_assert_true(g_utf8_validate(text, -1, NULL));
            for (const char *c = text; *c; c++)
                g_assert_false(g_ascii_iscntrl(*c));
        }
    }
}

/* --- configuration -----------------------------------------------------------------------------
 */

static void
test_config_defaults(void)
{
    g_autoptr(ConnectionConfig) config = connection_config_new();

    g_assert_null(config->gateway);
    g_assert_cmpuint(config->ike_proposals->len, >, 0);
    g_assert_cmpuint(config->esp_proposals->len, >, 0);
    g_assert_cmpuint(config->ike_lifetime, >, config->esp_lifetime);
    for (AuthMethod method = METHOD_EAP; method <= METHOD_HYBRID_XAUTH; method++) {
        config->method = method;
        g_assert_cmpint(connection_config_uses_xauth(config),
                        ==,
                        method == METHOD_PSK_XAUTH || method == METHOD_CERT_XAUTH
                            || method == METHOD_HYBRID_XAUTH);
        g_assert_cmpint(connection_config_uses_psk(config),
                        ==,
                        method == METHOD_PSK || method == METHOD_PSK_EAP
                            || method == METHOD_PSK_XAUTH);
    }
}

/* Freed with nothing and with everything in it (the leak checker looks), twice cleared. */
static void
test_clearing(void)
{
    ConnectionConfig *config = connection_config_new();
    g_auto(ChildSa) child = {.inbound_keymat = secret_of_text("k")};

    config->gateway = g_strdup("gw");
    config->user = g_strdup("alice");
    config->psk = secret_of_text("psk");
    config->password = secret_of_text("password");
    identity_from_text("keyid:a", &config->local_id);
    identity_from_text("C=CH", &config->remote_id);
    connection_config_free(config);
    connection_config_free(NULL);
    child_sa_clear(&child);
    g_assert_cmpuint(child.inbound_keymat.len, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/address/text", test_address_text);
    g_test_add_func("/model/address/bytes", test_address_bytes);
    g_test_add_func("/model/address/order", test_address_order);
    g_test_add_func("/model/prefix/text", test_prefix_text);
    g_test_add_func("/model/netmask", test_netmask);
    g_test_add_func("/model/selector/text", test_selector_text);
    g_test_add_func("/model/selector/covers", test_selector_covers);
    g_test_add_func("/model/selector/prefixes", test_selector_prefixes);
    g_test_add_func("/model/selector/prefixes-exhaustively", test_selector_prefixes_exhaustively);
    g_test_add_func("/model/identity/text", test_identity_text);
    g_test_add_func("/model/identity/text-of-names", test_identity_text_of_names);
    g_test_add_func("/model/identity/length", test_identity_length);
    g_test_add_func("/model/identity/matches", test_identity_matches);
    g_test_add_func("/model/identity/of-a-peer", test_identity_of_a_peer_is_printable);
    g_test_add_func("/model/config/defaults", test_config_defaults);
    g_test_add_func("/model/config/clearing", test_clearing);
    return g_test_run();
}
