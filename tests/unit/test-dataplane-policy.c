/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/inner-packet.h"
#include "dataplane/policy.h"

#include <netinet/in.h>
#include <string.h>

/* 10.1.2.3:1000 to 10.4.5.6:53, UDP, of 32 bytes. */
static const uint8_t udp4[] = {
    0x45, 0, 0, 32, 0, 0,    0, 0,  64, IPPROTO_UDP, 0, 0, 10, 1, 2, 3,
    10,   4, 5, 6,  3, 0xe8, 0, 53, 0,  12,          0, 0, 1,  2, 3, 4,
};

/* fd00::1 port 1000 to fd00::2 port 53, TCP, behind hop-by-hop options and a routing header. */
static const uint8_t tcp6[] = {
    0x60,
    0,
    0,
    0,
    0,
    36,
    IPPROTO_HOPOPTS,
    64,
    0xfd,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    0xfd,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    2,
    /* hop-by-hop of 16 bytes */
    IPPROTO_ROUTING,
    1,
    1,
    12,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    /* routing of 8 bytes */
    IPPROTO_TCP,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    /* TCP */
    3,
    0xe8,
    0,
    53,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
};

static TrafficSelector
selector(const char *text)
{
    TrafficSelector ts;

    g_assert_true(traffic_selector_from_text(text, &ts));
    return ts;
}

static void
assert_address(const IpAddress *address, const char *expected)
{
    char text[IP_TEXT_SIZE];

    g_assert_cmpstr(ip_address_to_text(address, text), ==, expected);
}

static void
test_ipv4(void)
{
    InnerPacket inner;

    g_assert_true(inner_packet_read(BYTES_OF_ARRAY(udp4), &inner));
    assert_address(&inner.source, "10.1.2.3");
    assert_address(&inner.destination, "10.4.5.6");
    g_assert_cmpuint(inner.protocol, ==, IPPROTO_UDP);
    g_assert_true(inner.has_ports);
    g_assert_cmpuint(inner.source_port, ==, 1000);
    g_assert_cmpuint(inner.destination_port, ==, 53);
    g_assert_cmpuint(inner.len, ==, 32);
}

static void
test_ipv6_behind_extension_headers(void)
{
    InnerPacket inner;

    g_assert_true(inner_packet_read(BYTES_OF_ARRAY(tcp6), &inner));
    assert_address(&inner.source, "fd00::1");
    assert_address(&inner.destination, "fd00::2");
    g_assert_cmpuint(inner.protocol, ==, IPPROTO_TCP);
    g_assert_cmpuint(inner.source_port, ==, 1000);
    g_assert_cmpuint(inner.destination_port, ==, 53);
    g_assert_cmpuint(inner.len, ==, sizeof(tcp6));
}

static void
test_fragments(void)
{
    uint8_t packet[sizeof(udp4)], packet6[56] = {0x60, 0, 0, 0, 0, 16, IPPROTO_FRAGMENT, 64};
    InnerPacket inner;

    memcpy(packet, udp4, sizeof(udp4));
    packet[6] = 0x20; /* first, more follow */
    g_assert_true(inner_packet_read(BYTES_OF_ARRAY(packet), &inner));
    g_assert_true(inner.has_ports);
    packet[7] = 1; /* a later one */
    g_assert_true(inner_packet_read(BYTES_OF_ARRAY(packet), &inner));
    g_assert_false(inner.has_ports);

    packet6[40] = IPPROTO_UDP;
    g_assert_true(inner_packet_read(BYTES_OF_ARRAY(packet6), &inner));
    g_assert_true(inner.has_ports);
    packet6[43] = 8;
    g_assert_true(inner_packet_read(BYTES_OF_ARRAY(packet6), &inner));
    g_assert_false(inner.has_ports);
    g_assert_cmpuint(inner.protocol, ==, IPPROTO_UDP);
}

static void
test_what_follows_is_not_the_packets(void)
{
    uint8_t padded[100] = {0};
    InnerPacket inner;

    memcpy(padded, udp4, sizeof(udp4));
    g_assert_true(inner_packet_read(BYTES_OF_ARRAY(padded), &inner));
    g_assert_cmpuint(inner.len, ==, sizeof(udp4));
}

static void
check_cut_and_flip(Bytes packet)
{
    g_autofree uint8_t *copy = g_memdup2(packet.data, packet.len);
    InnerPacket inner;

    for (size_t len = 0; len < packet.len; len++) {
        g_autofree uint8_t *cut = g_memdup2(packet.data, len);

        g_assert_false(inner_packet_read(bytes_of(cut, len), &inner));
    }
    for (size_t i = 0; i < packet.len * 256; i++) {
        copy[i / 256] ^= (uint8_t) i;
        if (inner_packet_read(bytes_of(copy, packet.len), &inner))
            g_assert_cmpuint(inner.len, <=, packet.len);
        copy[i / 256] ^= (uint8_t) i;
    }
}

static void
test_cut_and_flip(void)
{
    check_cut_and_flip(BYTES_OF_ARRAY(udp4));
    check_cut_and_flip(BYTES_OF_ARRAY(tcp6));
}

static void
test_endless_extension_headers(void)
{
    uint8_t packet[40 + 8 * 100] = {0x60, 0, 0, 0, 3, 0x20, IPPROTO_DSTOPTS, 64};
    InnerPacket inner;

    for (size_t i = 40; i < sizeof(packet); i += 8)
        packet[i] = IPPROTO_DSTOPTS;
    g_assert_false(inner_packet_read(BYTES_OF_ARRAY(packet), &inner));
}

static void
test_policy(void)
{
    static const struct {
        const char *source, *destination;
        bool permitted;
    } cases[] = {
        {"10.1.0.0/16", "10.4.0.0/16", true},
        {"10.1.2.3", "10.4.5.6", true},
        {"0.0.0.0/0", "0.0.0.0/0", true},
        {"10.1.2.4", "10.4.5.6", false},
        {"10.1.2.3", "10.4.5.7", false},
        {"10.4.5.6", "10.1.2.3", false},
        {"fd00::/8", "fd00::/8", false},
        {"10.1.2.3[udp]", "10.4.5.6[udp]", true},
        {"10.1.2.3[tcp]", "10.4.5.6", false},
        {"10.1.2.3", "10.4.5.6[tcp]", false},
        {"10.1.2.3", "10.4.5.6[udp/53]", true},
        {"10.1.2.3", "10.4.5.6[udp/50-60]", true},
        {"10.1.2.3", "10.4.5.6[udp/54]", false},
        {"10.1.2.3[udp/1000]", "10.4.5.6", true},
        {"10.1.2.3[udp/53]", "10.4.5.6", false},
    };
    InnerPacket inner;

    g_assert_true(inner_packet_read(BYTES_OF_ARRAY(udp4), &inner));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        TrafficSelector source = selector(cases[i].source);
        TrafficSelector destination = selector(cases[i].destination);

        g_assert_cmpint(policy_permits(&source, &destination, &inner), ==, cases[i].permitted);
    }
}

/* Ports that cannot be seen match no selector that asks for them (RFC 4301, 4.4.1.1, OPAQUE). */
static void
test_policy_for_fragments(void)
{
    TrafficSelector any = selector("0.0.0.0/0");
    TrafficSelector udp = selector("0.0.0.0/0[udp]");
    TrafficSelector dns = selector("0.0.0.0/0[udp/53]");
    uint8_t packet[sizeof(udp4)];
    InnerPacket inner;

    memcpy(packet, udp4, sizeof(udp4));
    packet[7] = 1;
    g_assert_true(inner_packet_read(BYTES_OF_ARRAY(packet), &inner));
    g_assert_true(policy_permits(&any, &any, &inner));
    g_assert_true(policy_permits(&any, &udp, &inner));
    g_assert_false(policy_permits(&any, &dns, &inner));
    g_assert_false(policy_permits(&dns, &any, &inner));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dataplane/inner-packet/ipv4", test_ipv4);
    g_test_add_func("/dataplane/inner-packet/ipv6", test_ipv6_behind_extension_headers);
    g_test_add_func("/dataplane/inner-packet/fragments", test_fragments);
    g_test_add_func("/dataplane/inner-packet/padding", test_what_follows_is_not_the_packets);
    g_test_add_func("/dataplane/inner-packet/cut-and-flip", test_cut_and_flip);
    g_test_add_func("/dataplane/inner-packet/endless", test_endless_extension_headers);
    g_test_add_func("/dataplane/policy/selectors", test_policy);
    g_test_add_func("/dataplane/policy/fragments", test_policy_for_fragments);
    return g_test_run();
}
