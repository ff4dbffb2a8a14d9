/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/inner-traffic.h"
#include "lib/random-seeded.h"

#include <netinet/in.h>
#include <string.h>

static uint8_t random_bytes[65536];
static SeededRandom chance;

static const uint8_t timestamps[] = {1, 1, 8, 10, 0, 1, 2, 3, 4, 5, 6, 7};
static const uint8_t sack[] = {1, 1, 5, 18, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0};
static const uint8_t forty[40] = {1, 1, 1, 1, 1, 254, 32, 9, 9};
static const uint8_t record_route[] = {7, 7, 4, 0, 0, 0, 0, 0};
static const uint8_t hop_by_hop[] = {IPPROTO_TCP, 0, 5, 2, 0, 0, 1, 0};
static const uint8_t hop_by_hop_udp[] = {IPPROTO_UDP, 0, 5, 2, 0, 0, 1, 0};
static const uint8_t three_headers[] = {
    IPPROTO_DSTOPTS, 0, 1, 4,  0, 0, 0, 0,                         /* hop-by-hop */
    IPPROTO_ROUTING, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* destination options */
    IPPROTO_TCP,     0, 3, 0,  0, 0, 0, 0,                         /* routing, nothing left */
};

static const TestPacket tcp4 = {
    .tos = 0x28,
    .ttl = 64,
    .id = 0xfff0,
    .fragment = TEST_DONT_FRAGMENT,
    .source = 1,
    .destination = 2,
    .protocol = IPPROTO_TCP,
    .source_port = 40000,
    .destination_port = 443,
    .seq = 0xffffff00,
    .ack = 77777,
    .flags = TEST_ACK,
    .window = 501,
    .tcp_options = {timestamps, sizeof(timestamps)},
};

/* The same header in every way that cutting must cope with. */
static TestPacket
layout(size_t which)
{
    TestPacket packet = tcp4;

    switch (which) {
    case 1:
        packet.tcp_options = (Bytes){0};
        break;
    case 2:
        packet.tcp_options = BYTES_OF_ARRAY(forty);
        break;
    case 3:
        packet.tcp_options = BYTES_OF_ARRAY(sack);
        packet.ip_options = BYTES_OF_ARRAY(record_route);
        break;
    case 4:
        packet.ipv6 = true;
        packet.flow_label = 0xbeef5;
        break;
    case 5:
        packet.ipv6 = true;
        packet.first_extension = IPPROTO_HOPOPTS;
        packet.ip_options = BYTES_OF_ARRAY(hop_by_hop);
        break;
    case 6:
        packet.ipv6 = true;
        packet.first_extension = IPPROTO_HOPOPTS;
        packet.ip_options = BYTES_OF_ARRAY(three_headers);
        packet.tcp_options = BYTES_OF_ARRAY(forty);
        break;
    case 7:
        packet.protocol = IPPROTO_UDP;
        break;
    case 8:
        packet.protocol = IPPROTO_UDP;
        packet.ip_options = BYTES_OF_ARRAY(record_route);
        break;
    case 9:
        packet.ipv6 = true;
        packet.protocol = IPPROTO_UDP;
        break;
    case 10:
        packet.ipv6 = true;
        packet.protocol = IPPROTO_UDP;
        packet.first_extension = IPPROTO_HOPOPTS;
        packet.ip_options = BYTES_OF_ARRAY(hop_by_hop_udp);
        break;
    }
    return packet;
}

enum { N_LAYOUTS = 11 };

static void
assert_same_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    g_assert_cmpmem(a, a_len, b, b_len);
}

/* --- cutting -------------------------------------------------------------------------------- */

/* Cuts in buffers of exactly the size, so that a sanitizer sees a byte too far. */
static void
check_cut(const TestPacket *packet, size_t gso_size)
{
    g_autofree uint8_t *whole = g_malloc(TEST_PACKET_SIZE);
    g_autofree uint8_t *expected = g_malloc(TEST_PACKET_SIZE);
    g_autofree uint8_t *exact = NULL;
    size_t n = packet->payload.len == 0 ? 1 : (packet->payload.len + gso_size - 1) / gso_size;
    VnetHeader header;
    GsoCut cut;
    size_t len = test_packet_write_offloaded(packet, gso_size, &header, whole);

    exact = g_memdup2(whole, len);
    g_assert_true(gso_cut_begin(&cut, &header, bytes_of(exact, len)));
    g_assert_cmpuint(cut.n, ==, n);
    for (size_t i = 0; i < n; i++) {
        TestPacket segment = test_packet_segment(packet, gso_size, i, n);
        size_t expected_len = test_packet_write(&segment, expected);
        g_autofree uint8_t *out = g_malloc(expected_len);

        g_assert_cmpuint(gso_cut_len(&cut, i), ==, expected_len);
        g_assert_cmpuint(gso_cut_len(&cut, i), <=, gso_cut_len(&cut, 0));
        gso_cut_write(&cut, i, out);
        assert_same_bytes(out, expected_len, expected, expected_len);
    }
}

static void
test_cut_every_flag(void)
{
    for (size_t which = 0; which < N_LAYOUTS; which++) {
        TestPacket packet = layout(which);

        packet.payload = bytes_of(random_bytes, 3001);
        packet.urgent = 17;
        for (unsigned flags = 0; flags < 256; flags++) {
            packet.flags = (uint8_t) flags;
            check_cut(&packet, 1000);
        }
    }
}

static void
test_cut_every_size(void)
{
    for (size_t which = 0; which < N_LAYOUTS; which++) {
        TestPacket packet = layout(which);

        packet.flags |= TEST_PSH;
        for (size_t gso_size = 1; gso_size < 1600; gso_size += gso_size < 70 ? 1 : 37) {
            size_t len = gso_size * (1 + seeded_below(&chance, 8));

            packet.payload = bytes_of(random_bytes, len); /* all of one size */
            check_cut(&packet, gso_size);
            packet.payload.len = len + 1 + seeded_below(&chance, (uint32_t) gso_size);
            check_cut(&packet, gso_size);
        }
        packet.payload = bytes_of(random_bytes, 100);
        check_cut(&packet, 100); /* no super-packet, but called one */
        check_cut(&packet, 65535);
        packet.payload.len = 0;
        check_cut(&packet, 1400);
    }
}

/* 64 KiB, the most that an IP header can say. */
static void
test_cut_largest(void)
{
    for (size_t which = 0; which < N_LAYOUTS; which++) {
        TestPacket packet = layout(which);
        size_t room = 65535 - test_packet_headers(&packet);

        packet.payload = bytes_of(random_bytes, room);
        check_cut(&packet, 1);
        check_cut(&packet, 1023);
        check_cut(&packet, 1400);
        check_cut(&packet, room - 1);
    }
}

/* No NEEDS_CSUM: the device left nothing to do, yet every segment needs a checksum of its own. */
static void
test_cut_without_partial_checksum(void)
{
    for (size_t which = 0; which < N_LAYOUTS; which++) {
        TestPacket packet = layout(which), segment;
        g_autofree uint8_t *whole = g_malloc(TEST_PACKET_SIZE);
        uint8_t out[2000], expected[2000];
        VnetHeader header;
        GsoCut cut;
        size_t len;

        packet.payload = bytes_of(random_bytes, 2500);
        len = test_packet_write_offloaded(&packet, 1000, &header, whole);
        header.flags = header.csum_start = header.csum_offset = 0;
        g_assert_true(gso_cut_begin(&cut, &header, bytes_of(whole, len)));
        g_assert_cmpuint(cut.n, ==, 3);
        segment = test_packet_segment(&packet, 1000, 1, 3);
        gso_cut_write(&cut, 1, out);
        assert_same_bytes(
            out, gso_cut_len(&cut, 1), expected, test_packet_write(&segment, expected));
    }
}

static void
test_cut_completes_a_checksum(void)
{
    for (size_t which = 0; which < N_LAYOUTS; which++) {
        for (size_t len = 0; len < 200; len++) {
            TestPacket packet = layout(which);
            uint8_t whole[500], out[500], expected[500];
            VnetHeader header;
            GsoCut cut;
            size_t whole_len;

            packet.payload = bytes_of(random_bytes + len, len);
            whole_len = test_packet_write_offloaded(&packet, 0, &header, whole);
            g_assert_true(gso_cut_begin(&cut, &header, bytes_of(whole, whole_len)));
            g_assert_cmpuint(cut.n, ==, 1);
            gso_cut_write(&cut, 0, out);
            assert_same_bytes(
                out, gso_cut_len(&cut, 0), expected, test_packet_write(&packet, expected));
        }
    }
}

/* RFC 768: a checksum of zero would say that there is none. */
static void
test_cut_udp_checksum_is_never_zero(void)
{
    uint8_t payload[2] = {0}, whole[100], out[100];
    TestPacket packet = layout(7);
    bool met = false;
    VnetHeader header;
    GsoCut cut;

    packet.payload = BYTES_OF_ARRAY(payload);
    for (unsigned i = 0; i < 65536; i++) {
        size_t len;

        payload[0] = (uint8_t) (i >> 8);
        payload[1] = (uint8_t) i;
        len = test_packet_write_offloaded(&packet, i % 2 ? 1400 : 0, &header, whole);
        g_assert_true(gso_cut_begin(&cut, &header, bytes_of(whole, len)));
        gso_cut_write(&cut, 0, out);
        g_assert_false(out[26] == 0 && out[27] == 0);
        met |= out[26] == 0xff && out[27] == 0xff;
    }
    g_assert_true(met);
}

static void
test_cut_leaves_alone(void)
{
    static const VnetHeader nothing, valid = {.flags = VIRTIO_NET_HDR_F_DATA_VALID};
    uint8_t out[300];
    GsoCut cut;

    for (size_t len = 1; len < 300; len++) {
        Bytes packet = bytes_of(random_bytes, len);

        g_assert_true(gso_cut_begin(&cut, len % 2 ? &nothing : &valid, packet));
        g_assert_cmpuint(cut.n, ==, 1);
        gso_cut_write(&cut, 0, out);
        assert_same_bytes(out, gso_cut_len(&cut, 0), packet.data, packet.len);
    }
}

static bool
begins(const VnetHeader *header, const uint8_t *packet, size_t len)
{
    g_autofree uint8_t *exact = g_memdup2(packet, len);
    GsoCut cut;

    return gso_cut_begin(&cut, header, bytes_of(exact, len));
}

static void
test_cut_refuses_contradictions(void)
{
    TestPacket packet = tcp4;
    uint8_t whole[3200], changed[3200];
    VnetHeader good, bad;
    size_t len;

    packet.payload = bytes_of(random_bytes, 3000);
    len = test_packet_write_offloaded(&packet, 1000, &good, whole);
    g_assert_true(begins(&good, whole, len));

#define REFUSES_HEADER(field, value)                                                               \
    bad = good;                                                                                    \
    bad.field = value;                                                                             \
    g_assert_false(begins(&bad, whole, len))
#define REFUSES_BYTE(offset, value)                                                                \
    memcpy(changed, whole, len);                                                                   \
    changed[offset] = value;                                                                       \
    g_assert_false(begins(&good, changed, len))

    REFUSES_HEADER(gso_size, 0);
    REFUSES_HEADER(gso_type, VIRTIO_NET_HDR_GSO_UDP); /* never asked for */
    REFUSES_HEADER(gso_type, VIRTIO_NET_HDR_GSO_TCPV6);
    REFUSES_HEADER(gso_type, VIRTIO_NET_HDR_GSO_UDP_L4);
    REFUSES_HEADER(gso_type, VIRTIO_NET_HDR_GSO_ECN); /* of no type */
    REFUSES_HEADER(gso_type, 0x7f);
    REFUSES_HEADER(csum_start, 0);
    REFUSES_HEADER(csum_start, 21);
    REFUSES_HEADER(csum_start, 65535);
    REFUSES_HEADER(csum_offset, 6);
    REFUSES_HEADER(csum_offset, 65535);
    REFUSES_BYTE(0, 0x65);         /* IPv6 */
    REFUSES_BYTE(0, 0x44);         /* header too short */
    REFUSES_BYTE(2, whole[2] + 1); /* longer than it is */
    REFUSES_BYTE(3, whole[3] - 1); /* shorter */
    REFUSES_BYTE(6, 0x20);         /* a fragment */
    REFUSES_BYTE(7, 1);            /* a later one */
    REFUSES_BYTE(9, IPPROTO_UDP);  /* another protocol */
    REFUSES_BYTE(32, 0x40);        /* TCP header too short */
    for (size_t cut_len = 0; cut_len < len; cut_len += cut_len < 100 ? 1 : 97)
        g_assert_false(begins(&good, whole, cut_len));
    good.gso_type |= VIRTIO_NET_HDR_GSO_ECN;
    g_assert_true(begins(&good, whole, len));

    packet.payload.len = 4;
    len = test_packet_write_offloaded(&packet, 1000, &good, whole);
    REFUSES_BYTE(32, 0xf0); /* TCP header longer than the packet */

    good = (VnetHeader){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 20, .csum_offset = 16};
    g_assert_true(begins(&good, whole, len));
    REFUSES_HEADER(csum_start, 0);
    REFUSES_HEADER(csum_start, (uint16_t) (len - 17));
    REFUSES_HEADER(csum_offset, 17);
    REFUSES_HEADER(csum_offset, (uint16_t) (len - 20));
    REFUSES_HEADER(csum_start, 65535);
    REFUSES_HEADER(csum_offset, 65534);
#undef REFUSES_HEADER
#undef REFUSES_BYTE
}

/* --- joining -------------------------------------------------------------------------------- */

/* Packets in buffers of exactly their size, and the table they go into. */
typedef struct {
    GroTable *table;
    GPtrArray *buffers;
} Joiner;

static Joiner
joiner_new(unsigned joins)
{
    Joiner joiner = {g_new(GroTable, 1), g_ptr_array_new_with_free_func(g_free)};

    memset(joiner.table, 0xee, sizeof(GroTable)); /* what it was before must not matter */
    gro_begin(joiner.table, joins);
    return joiner;
}

static void
joiner_clear(Joiner *joiner)
{
    g_ptr_array_unref(joiner->buffers);
    g_free(joiner->table);
}

static void
joiner_add_bytes(Joiner *joiner, const uint8_t *packet, size_t len)
{
    uint8_t *exact = g_memdup2(packet, len);
    InnerPacket inner;

    g_ptr_array_add(joiner->buffers, exact);
    g_assert_true(inner_packet_read(bytes_of(exact, len), &inner));
    gro_add(joiner->table, exact, &inner);
}

static void
joiner_add(Joiner *joiner, const TestPacket *packet)
{
    g_autofree uint8_t *written = g_malloc(TEST_PACKET_SIZE);

    joiner_add_bytes(joiner, written, test_packet_write(packet, written));
}

/* The number of items, after asserting that cutting gives back what went in. */
static size_t
joiner_check_round_trip(Joiner *joiner)
{
    g_autoptr(GPtrArray) before = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);
    g_autoptr(GPtrArray) after = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);
    size_t n;

    for (size_t i = 0; i < joiner->table->n_packets; i++) {
        const GroPacket *packet = &joiner->table->packets[i];

        g_ptr_array_add(before, g_bytes_new(packet->data, packet->len));
    }
    n = gro_finish(joiner->table);
    for (size_t i = 0; i < n; i++)
        test_cut_item(&joiner->table->items[i], after);
    g_assert_cmpuint(before->len, ==, after->len);
    for (guint i = 0; i < before->len; i++)
        g_assert_true(g_bytes_equal(before->pdata[i], after->pdata[i]));
    return n;
}

/* Joins the segments of a super-packet; what comes out is it again, bit by bit, with its header. */
static void
check_join_of_cut(const TestPacket *packet, size_t gso_size)
{
    Joiner joiner = joiner_new(GRO_JOIN_TCP | GRO_JOIN_UDP);
    size_t n = (packet->payload.len + gso_size - 1) / gso_size;
    g_autofree uint8_t *whole = g_malloc(TEST_PACKET_SIZE);
    g_autoptr(GByteArray) joined = g_byte_array_new();
    VnetHeader header;
    size_t len = test_packet_write_offloaded(packet, gso_size, &header, whole);

    for (size_t i = 0; i < n; i++) {
        TestPacket segment = test_packet_segment(packet, gso_size, i, n);

        joiner_add(&joiner, &segment);
    }
    g_assert_cmpuint(gro_finish(joiner.table), ==, 1);
    g_assert_cmpuint(joiner.table->items[0].n_packets, ==, n);
    g_assert_cmpuint(joiner.table->items[0].len, ==, len);
    for (int i = 0; i < joiner.table->items[0].n_parts; i++)
        g_byte_array_append(joined,
                            joiner.table->items[0].parts[i].iov_base,
                            (guint) joiner.table->items[0].parts[i].iov_len);
    g_assert_cmpmem(joined->data, sizeof(header), &header, sizeof(header));
    assert_same_bytes(joined->data + sizeof(header), joined->len - sizeof(header), whole, len);
    joiner_clear(&joiner);
}

static const size_t plain_layouts[] = {0, 1, 2, 4, 7, 9};

static void
test_join_is_the_inverse_of_cut(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(plain_layouts); i++) {
        TestPacket packet = layout(plain_layouts[i]);

        for (size_t gso_size = 1; gso_size < 1600; gso_size += gso_size < 70 ? 1 : 37) {
            size_t most = MIN(packet.protocol == IPPROTO_UDP ? 64 : 256, 65000 / gso_size);
            size_t n = 2 + seeded_below(&chance, (uint32_t) most - 1);
            size_t last = 1 + seeded_below(&chance, (uint32_t) gso_size);

            packet.payload = bytes_of(random_bytes, (n - 1) * gso_size + last);
            packet.flags = TEST_ACK | (seeded_below(&chance, 2) ? TEST_PSH : 0);
            check_join_of_cut(&packet, gso_size);
        }
    }
}

/* Headers that are not plain pass through, and one by one. */
static void
test_join_leaves_options_alone(void)
{
    static const size_t others[] = {3, 5, 6, 8, 10};

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        Joiner joiner = joiner_new(GRO_JOIN_TCP | GRO_JOIN_UDP);
        TestPacket packet = layout(others[i]);

        packet.payload = bytes_of(random_bytes, 300);
        for (size_t k = 0; k < 3; k++) {
            TestPacket segment = test_packet_segment(&packet, 100, k, 3);

            joiner_add(&joiner, &segment);
        }
        g_assert_cmpuint(joiner_check_round_trip(&joiner), ==, 3);
        joiner_clear(&joiner);
    }
}

/* Every combination of flags on the first, the second and the third of three packets. */
static void
test_join_every_flag(void)
{
    for (unsigned flags = 0; flags < 256; flags++) {
        for (size_t position = 0; position < 3; position++) {
            Joiner joiner = joiner_new(GRO_JOIN_TCP);
            TestPacket packet = tcp4;
            size_t expected = position == 1 ? 3 : 2;

            packet.payload = bytes_of(random_bytes, 300);
            for (size_t i = 0; i < 3; i++) {
                TestPacket segment = test_packet_segment(&packet, 100, i, 3);

                segment.flags = i == position ? (uint8_t) flags : TEST_ACK;
                joiner_add(&joiner, &segment);
            }
            if (flags == TEST_ACK)
                expected = 1;
            else if (flags == (TEST_ACK | TEST_PSH))
                expected = position == 2 ? 1 : 2;
            g_assert_cmpuint(joiner_check_round_trip(&joiner), ==, expected);
            joiner_clear(&joiner);
        }
    }
}

/* What joining would lose keeps two packets apart. */
static void
test_join_refuses(void)
{
    static const uint8_t later[] = {1, 1, 8, 10, 0, 1, 2, 4, 4, 5, 6, 7};
    static const size_t layouts[] = {0, 4, 7, 9};

    for (size_t l = 0; l < G_N_ELEMENTS(layouts); l++) {
        for (int change = 0; change <= 13; change++) {
            Joiner joiner = joiner_new(GRO_JOIN_TCP | GRO_JOIN_UDP);
            TestPacket whole = layout(layouts[l]), first, next;
            bool tcp = whole.protocol == IPPROTO_TCP, joins = false;

            whole.payload = bytes_of(random_bytes, 200);
            first = test_packet_segment(&whole, 100, 0, 2);
            next = test_packet_segment(&whole, 100, 1, 2);
            switch (change) {
            case 0:
                joins = true;
                break;
            case 1:
                next.tos ^= 1;
                break;
            case 2:
                next.ttl--;
                break;
            case 3:
                next.flow_label++;
                joins = !whole.ipv6;
                break;
            case 4:
                next.id++;
                joins = whole.ipv6;
                break;
            case 5:
                next.fragment = 0;
                joins = whole.ipv6;
                break;
            case 6:
                next.seq++;
                joins = !tcp;
                break;
            case 7:
                next.ack++;
                joins = !tcp;
                break;
            case 8:
                next.window--;
                joins = !tcp;
                break;
            case 9:
                next.urgent++;
                joins = !tcp;
                break;
            case 10:
                next.tcp_options.data = later;
                joins = !tcp;
                break;
            case 11:
                next.payload = bytes_of(random_bytes, 101);
                break;
            case 12:
                next.destination++;
                break;
            case 13:
                next.source_port++;
                break;
            }
            joiner_add(&joiner, &first);
            joiner_add(&joiner, &next);
            g_assert_cmpuint(joiner_check_round_trip(&joiner), ==, joins ? 1 : 2);
            joiner_clear(&joiner);
        }
    }
}

/* Joining must not heal what was broken on its way: such a packet passes as it is, alone. */
static void
test_join_refuses_wrong_checksums(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(plain_layouts); i++) {
        TestPacket whole = layout(plain_layouts[i]);
        size_t len = test_packet_headers(&whole) + 100;
        size_t upper = test_packet_upper(&whole);

        whole.payload = bytes_of(random_bytes, 300);
        for (size_t bad = 0; bad < 3; bad++) {
            for (size_t at = whole.ipv6 ? upper : 10; at < len; at += at < upper ? 1 : 7) {
                Joiner joiner;
                uint8_t written[400];

                if (at >= 12 && at < upper + 4)
                    continue; /* addresses and ports: another flow */
                joiner = joiner_new(GRO_JOIN_TCP | GRO_JOIN_UDP);
                for (size_t k = 0; k < 3; k++) {
                    TestPacket segment = test_packet_segment(&whole, 100, k, 3);
                    size_t written_len = test_packet_write(&segment, written);

                    written[at] ^= k == bad ? 0x01 : 0;
                    joiner_add_bytes(&joiner, written, written_len);
                }
                g_assert_cmpuint(joiner_check_round_trip(&joiner), >=, 2);
                joiner_clear(&joiner);
            }
        }
    }
}

static void
test_join_udp_without_checksum_stays_alone(void)
{
    Joiner joiner = joiner_new(GRO_JOIN_TCP | GRO_JOIN_UDP);
    TestPacket packet = layout(7);

    packet.no_checksum = true;
    packet.payload = bytes_of(random_bytes, 100);
    joiner_add(&joiner, &packet);
    packet.id++;
    joiner_add(&joiner, &packet);
    g_assert_cmpuint(joiner_check_round_trip(&joiner), ==, 2);
    joiner_clear(&joiner);
}

static void
test_join_only_what_the_device_takes(void)
{
    for (unsigned joins = 0; joins < 4; joins++) {
        Joiner joiner = joiner_new(joins);
        size_t n = 0;

        for (size_t i = 0; i < G_N_ELEMENTS(plain_layouts); i++) {
            TestPacket whole = layout(plain_layouts[i]);

            whole.payload = bytes_of(random_bytes, 200);
            whole.source = (uint8_t) i;
            for (size_t k = 0; k < 2; k++) {
                TestPacket segment = test_packet_segment(&whole, 100, k, 2);

                joiner_add(&joiner, &segment);
            }
            n += joins & (whole.protocol == IPPROTO_TCP ? GRO_JOIN_TCP : GRO_JOIN_UDP) ? 1 : 2;
        }
        g_assert_cmpuint(joiner_check_round_trip(&joiner), ==, n);
        joiner_clear(&joiner);
    }
}

/* IDs that stand still (RFC 6864, 4.1) are joined; nothing else of the packets changes. */
static void
test_join_ids_that_stand_still(void)
{
    Joiner joiner = joiner_new(GRO_JOIN_TCP);
    g_autoptr(GPtrArray) after = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);
    TestPacket whole = tcp4;

    whole.payload = bytes_of(random_bytes, 500);
    whole.id = 0;
    for (size_t i = 0; i < 5; i++) {
        TestPacket segment = test_packet_segment(&whole, 100, i, 5);

        segment.id = i < 4 ? 0 : 4; /* the last begins to count */
        joiner_add(&joiner, &segment);
    }
    g_assert_cmpuint(gro_finish(joiner.table), ==, 2);
    g_assert_cmpuint(joiner.table->items[0].n_packets, ==, 4);
    test_cut_item(&joiner.table->items[0], after);
    for (size_t i = 0; i < 4; i++) {
        TestPacket segment = test_packet_segment(&whole, 100, i, 5);
        uint8_t expected[300];
        size_t len = test_packet_write(&segment, expected);

        assert_same_bytes(g_bytes_get_data(after->pdata[i], NULL),
                          g_bytes_get_size(after->pdata[i]),
                          expected,
                          len);
    }
    joiner_clear(&joiner);
}

/* Without DF an ID may be needed on the way: it is kept, or the packets stay apart. */
static void
test_join_ids_without_df(void)
{
    for (uint16_t step = 0; step < 3; step++) {
        Joiner joiner = joiner_new(GRO_JOIN_TCP);
        TestPacket whole = tcp4;

        whole.payload = bytes_of(random_bytes, 300);
        whole.fragment = 0;
        for (size_t i = 0; i < 3; i++) {
            TestPacket segment = test_packet_segment(&whole, 100, i, 3);

            segment.id = (uint16_t) (whole.id + i * step);
            joiner_add(&joiner, &segment);
        }
        g_assert_cmpuint(joiner_check_round_trip(&joiner), ==, step == 1 ? 1 : 3);
        joiner_clear(&joiner);
    }
}

/* A fragment may belong to any flow between its addresses: none overtakes it. */
static void
test_join_does_not_overtake_fragments(void)
{
    static const uint16_t fragments[] = {0x2000, 0x2010, 0x0010};

    for (size_t i = 0; i < G_N_ELEMENTS(fragments); i++) {
        for (uint8_t other = 0; other < 2; other++) {
            Joiner joiner = joiner_new(GRO_JOIN_TCP | GRO_JOIN_UDP);
            TestPacket whole = layout(7), first, next, fragment;

            whole.payload = bytes_of(random_bytes, 200);
            first = test_packet_segment(&whole, 100, 0, 2);
            next = test_packet_segment(&whole, 100, 1, 2);
            fragment = first;
            fragment.fragment = fragments[i];
            fragment.source = (uint8_t) (fragment.source + other);
            joiner_add(&joiner, &first);
            joiner_add(&joiner, &fragment);
            joiner_add(&joiner, &next);
            g_assert_cmpuint(gro_finish(joiner.table), ==, other ? 2 : 3);
            joiner_clear(&joiner);
        }
    }
}

static void
test_join_limits(void)
{
    Joiner joiner = joiner_new(GRO_JOIN_TCP | GRO_JOIN_UDP);
    TestPacket packet = tcp4;

    /* 65535 bytes with headers: 46 of 1400 and no more. */
    packet.payload = bytes_of(random_bytes, 1400);
    for (size_t i = 0; i < 60; i++) {
        joiner_add(&joiner, &packet);
        packet.seq += 1400;
        packet.id++;
    }
    g_assert_cmpuint(joiner_check_round_trip(&joiner), ==, 2);
    g_assert_cmpuint(joiner.table->items[0].n_packets, ==, 46);
    g_assert_cmpuint(joiner.table->items[0].len, <=, 65535);

    gro_begin(joiner.table, GRO_JOIN_TCP | GRO_JOIN_UDP);
    packet = layout(7);
    packet.payload = bytes_of(random_bytes, 10);
    for (size_t i = 0; i < GRO_MAX_PACKETS; i++, packet.id++)
        joiner_add(&joiner, &packet);
    g_assert_cmpuint(joiner_check_round_trip(&joiner), ==, GRO_MAX_PACKETS / 64);
    g_assert_cmpuint(joiner.table->items[0].n_packets, ==, 64);
    joiner_clear(&joiner);
}

/* Sixteen flows and more, packet by packet in turn: each becomes one super-packet. */
static void
test_join_many_flows(void)
{
    for (size_t n_flows = 16; n_flows <= 32; n_flows += 16) {
        Joiner joiner = joiner_new(GRO_JOIN_TCP | GRO_JOIN_UDP);

        for (size_t k = 0; k < 8; k++) {
            for (size_t flow = 0; flow < n_flows; flow++) {
                TestPacket whole = layout(plain_layouts[flow % G_N_ELEMENTS(plain_layouts)]),
                           segment;

                whole.payload = bytes_of(random_bytes, 800);
                whole.source_port = (uint16_t) (50000 + flow);
                segment = test_packet_segment(&whole, 100, k, 8);
                joiner_add(&joiner, &segment);
            }
        }
        g_assert_cmpuint(gro_finish(joiner.table), ==, n_flows);
        joiner_clear(&joiner);
    }
}

/* --- random traffic ------------------------------------------------------------------------- */

enum { N_FLOWS = 24, N_BATCHES = 1500 };

/* The number of the flow stands where its source port does; in a later fragment too. */
static void
flow_start(TestPacket *flow, size_t number)
{
    *flow = layout(seeded_below(&chance, 4) ? plain_layouts[number % 6] : number % N_LAYOUTS);
    flow->source_port = (uint16_t) number;
    flow->seq = seeded_below(&chance, UINT32_MAX);
    flow->id = (uint16_t) seeded_below(&chance, 65536);
}

/* Something that real traffic does: mostly the next full segment. */
static TestPacket
flow_step(TestPacket *flow)
{
    static const size_t sizes[] = {100, 100, 100, 7, 1400};
    TestPacket packet;
    size_t size = sizes[flow->source_port % G_N_ELEMENTS(sizes)];

    flow->flags = TEST_ACK;
    flow->payload = bytes_of(random_bytes + seeded_below(&chance, 1000), size);
    packet = *flow;
    switch (seeded_below(&chance, 40)) {
    case 0:
        packet.payload.len = 1 + seeded_below(&chance, (uint32_t) size);
        break;
    case 1:
        packet.flags |= TEST_PSH;
        break;
    case 2:
        packet.payload.len = 0;
        break;
    case 3:
        packet.flags |= TEST_FIN;
        break;
    case 4:
        flow->ack++;
        break;
    case 5:
        flow->window++;
        break;
    case 6:
        flow->seq += 100;
        break;
    case 7:
        packet.ttl--;
        break;
    case 8:
        packet.tos ^= 3;
        break;
    case 9:
        packet.flags = (uint8_t) seeded_below(&chance, 256);
        break;
    case 10:
        flow->id += (uint16_t) seeded_below(&chance, 3);
        break;
    case 11:
        packet.fragment = (uint16_t) seeded_below(&chance, 0x4000);
        break;
    case 12:
        packet.payload.len += 50;
        break;
    }
    flow->seq += (uint32_t) packet.payload.len;
    flow->id++;
    return packet;
}

static size_t
flow_of_packet(GBytes *bytes)
{
    const uint8_t *data = g_bytes_get_data(bytes, NULL);
    InnerPacket inner;

    g_assert_true(inner_packet_read(bytes_of_gbytes(bytes), &inner));
    return (size_t) data[inner.upper_offset] << 8 | data[inner.upper_offset + 1];
}

/* The packets of each flow are the same and in the same order. */
static void
assert_same_flows(GPtrArray *before, GPtrArray *after)
{
    g_autofree guint *position = g_new0(guint, N_FLOWS);

    g_assert_cmpuint(before->len, ==, after->len);
    for (guint i = 0; i < after->len; i++) {
        size_t flow = flow_of_packet(after->pdata[i]);
        guint *at = &position[flow];

        while (flow_of_packet(before->pdata[*at]) != flow)
            g_assert_cmpuint(++*at, <, before->len);
        g_assert_true(g_bytes_equal(before->pdata[*at], after->pdata[i]));
        ++*at;
    }
}

static size_t
run_random_batch(TestPacket *flows)
{
    Joiner joiner = joiner_new(GRO_JOIN_TCP | GRO_JOIN_UDP);
    g_autoptr(GPtrArray) before = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);
    g_autoptr(GPtrArray) after = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);
    size_t n = 1 + seeded_below(&chance, GRO_MAX_PACKETS), n_items;
    uint32_t n_flows = 1 + seeded_below(&chance, N_FLOWS);

    for (size_t i = 0; i < n; i++) {
        TestPacket packet = flow_step(&flows[seeded_below(&chance, n_flows)]);
        uint8_t written[2000];
        size_t len = test_packet_write(&packet, written);

        if (seeded_below(&chance, 50) == 0) /* broken, but still of its flow */
            written[test_packet_upper(&packet) + 4 + seeded_below(&chance, (uint32_t) 4)] ^= 0x10;
        g_ptr_array_add(before, g_bytes_new(written, len));
        joiner_add_bytes(&joiner, written, len);
    }
    n_items = gro_finish(joiner.table);
    for (size_t i = 0; i < n_items; i++)
        test_cut_item(&joiner.table->items[i], after);
    assert_same_flows(before, after);
    joiner_clear(&joiner);
    return n - n_items;
}

static void
test_random_traffic(void)
{
    TestPacket flows[N_FLOWS];
    size_t joined = 0;

    for (size_t i = 0; i < N_BATCHES; i++) {
        if (i % 50 == 0)
            for (size_t k = 0; k < N_FLOWS; k++)
                flow_start(&flows[k], k);
        joined += run_random_batch(flows);
    }
    g_assert_cmpuint(joined, >, N_BATCHES * 10);
}

int
main(int argc, char **argv)
{
    RandomSource source = random_seeded(&chance, 20);

    random_fill(&source, random_bytes, sizeof(random_bytes));
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cut/every-flag", test_cut_every_flag);
    g_test_add_func("/cut/every-size", test_cut_every_size);
    g_test_add_func("/cut/largest", test_cut_largest);
    g_test_add_func("/cut/no-partial-checksum", test_cut_without_partial_checksum);
    g_test_add_func("/cut/completes", test_cut_completes_a_checksum);
    g_test_add_func("/cut/udp-zero", test_cut_udp_checksum_is_never_zero);
    g_test_add_func("/cut/leaves-alone", test_cut_leaves_alone);
    g_test_add_func("/cut/contradictions", test_cut_refuses_contradictions);
    g_test_add_func("/join/inverse", test_join_is_the_inverse_of_cut);
    g_test_add_func("/join/options", test_join_leaves_options_alone);
    g_test_add_func("/join/every-flag", test_join_every_flag);
    g_test_add_func("/join/refuses", test_join_refuses);
    g_test_add_func("/join/checksums", test_join_refuses_wrong_checksums);
    g_test_add_func("/join/udp-without-checksum", test_join_udp_without_checksum_stays_alone);
    g_test_add_func("/join/device", test_join_only_what_the_device_takes);
    g_test_add_func("/join/ids", test_join_ids_that_stand_still);
    g_test_add_func("/join/ids-without-df", test_join_ids_without_df);
    g_test_add_func("/join/fragments", test_join_does_not_overtake_fragments);
    g_test_add_func("/join/limits", test_join_limits);
    g_test_add_func("/join/many-flows", test_join_many_flows);
    g_test_add_func("/random-traffic", test_random_traffic);
    return g_test_run();
}
