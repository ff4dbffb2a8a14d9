/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/checksum.h"
#include "dataplane/ecn.h"
#include "dataplane/mss.h"
#include "lib/inner-traffic.h"
#include "lib/random-seeded.h"

#include <netinet/in.h>
#include <string.h>

static SeededRandom chance;

/* --- checksums ------------------------------------------------------------------------------ */

static uint16_t
stored(ChecksumSum sum)
{
    uint8_t field[2];

    checksum_store(field, sum);
    return (uint16_t) (field[0] << 8 | field[1]);
}

/* RFC 1071, 3: the example's bytes, whose sum is ddf2. */
static void
test_checksum_example(void)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

    g_assert_cmphex(stored(checksum_add(0, BYTES_OF_ARRAY(bytes))), ==, 0xffff - 0xddf2);
}

static void
check_checksum(const uint8_t *data, size_t len)
{
    g_autofree uint8_t *exact = g_memdup2(data, len), *copy = g_malloc(len + 1);
    size_t half = seeded_below(&chance, (uint32_t) len / 2 + 1) * 2;
    Bytes bytes = bytes_of(exact, len), head = bytes_head(bytes, MIN(half, len));
    uint16_t expected = test_checksum(data, len, 0);
    ChecksumSum sum;

    g_assert_cmphex(stored(checksum_add(0, bytes)), ==, expected);
    copy[len] = 0xee;
    g_assert_cmphex(stored(checksum_add_copy(0, bytes, copy)), ==, expected);
    g_assert_cmpmem(copy, len, data, len);
    g_assert_cmphex(copy[len], ==, 0xee);
    sum = checksum_add(0, head);
    sum = checksum_add(sum, bytes_of(exact + head.len, len - head.len));
    g_assert_cmphex(stored(sum), ==, expected);
}

/* Every length and alignment of packets, with bytes that carry much. */
static void
test_checksum_naive(void)
{
    g_autofree uint8_t *data = g_malloc(65536 + 64);

    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < 65536 + 64; i++)
            data[i] = round == 0 ? 0xff : round == 1 ? 0 : (uint8_t) seeded_below(&chance, 256);
        for (size_t len = 1; len < 1700; len++)
            check_checksum(data + seeded_below(&chance, 64), len);
        check_checksum(data + 1, 65535);
        check_checksum(data, 65536);
    }
}

/* Sums can be added to each other a thousand times. */
static void
test_checksum_of_sums(void)
{
    static const uint8_t ones[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xfe};
    uint8_t all[6000];
    ChecksumSum sum = 0;

    for (size_t i = 0; i < 1000; i++) {
        memcpy(all + 6 * i, ones, 6);
        sum += checksum_add(0, BYTES_OF_ARRAY(ones));
    }
    g_assert_cmphex(stored(sum), ==, test_checksum(all, sizeof(all), 0));
}

/* RFC 1624, 4: the example where RFC 1141 went wrong, and everything else. */
static void
test_checksum_update(void)
{
    uint8_t field[2] = {0xdd, 0x2f}, data[40];

    checksum_update(field, GUINT16_TO_BE(0x5555), GUINT16_TO_BE(0x3285));
    g_assert_cmphex(field[0] << 8 | field[1], ==, 0x0000);
    for (size_t i = 0; i < 200000; i++) {
        size_t at = seeded_below(&chance, 19) * 2 + 2;
        uint16_t before, after = (uint16_t) seeded_below(&chance, 65536);
        uint16_t updated, expected;

        for (size_t k = 0; k < sizeof(data); k++)
            data[k] = (uint8_t) seeded_below(&chance, 256);
        data[0] = data[1] = 0;
        checksum_store(data, checksum_add(0, BYTES_OF_ARRAY(data)));
        memcpy(&before, data + at, 2);
        memcpy(data + at, &after, 2);
        checksum_update(data, before, after);
        updated = (uint16_t) (data[0] << 8 | data[1]);
        data[0] = data[1] = 0;
        expected = test_checksum(data, sizeof(data), 0);
        g_assert_cmphex(updated, ==, expected);
    }
}

/* --- ECN ------------------------------------------------------------------------------------ */

enum { NOT_ECT, ECT_1, ECT_0, CE, DROP };

/* RFC 6040, figure 4, read off the page: columns Not-ECT, ECT(0), ECT(1), CE. */
static const struct {
    int inner;
    int outer[4], outgoing[4];
} figure_4[] = {
    {NOT_ECT, {NOT_ECT, ECT_0, ECT_1, CE}, {NOT_ECT, NOT_ECT, NOT_ECT, DROP}},
    {ECT_0, {NOT_ECT, ECT_0, ECT_1, CE}, {ECT_0, ECT_0, ECT_1, CE}},
    {ECT_1, {NOT_ECT, ECT_0, ECT_1, CE}, {ECT_1, ECT_1, ECT_1, CE}},
    {CE, {NOT_ECT, ECT_0, ECT_1, CE}, {CE, CE, CE, CE}},
};

static int
expected_ecn(int inner, int outer)
{
    for (size_t row = 0; row < 4; row++)
        for (size_t column = 0; column < 4; column++)
            if (figure_4[row].inner == inner && figure_4[row].outer[column] == outer)
                return figure_4[row].outgoing[column];
    g_assert_not_reached();
}

static void
check_ecn(bool ipv6, uint8_t inner_tos, uint8_t outer_tos)
{
    uint8_t packet[100], expected[100];
    TestPacket inner = {
        .ipv6 = ipv6,
        .tos = inner_tos,
        .ttl = 64,
        .flow_label = 0xfffff,
        .protocol = IPPROTO_UDP,
        .payload = bytes_of("0123456789", 10),
    };
    size_t len = test_packet_write(&inner, packet);
    int outgoing = expected_ecn(inner_tos & 3, outer_tos & 3);

    g_assert_cmphex(ecn_outer_tos(bytes_of(packet, len)), ==, inner_tos);
    g_assert_cmpint(ecn_decapsulate(packet, len, outer_tos), ==, outgoing != DROP);
    if (outgoing == DROP)
        return;
    inner.tos = (uint8_t) ((inner_tos & 0xfc) | outgoing);
    g_assert_cmpuint(test_packet_write(&inner, expected), ==, len);
    g_assert_cmpmem(packet, len, expected, len);
}

static void
test_ecn_every_combination(void)
{
    for (unsigned inner = 0; inner < 256; inner++) {
        for (unsigned outer = 0; outer < 256; outer++) {
            check_ecn(false, (uint8_t) inner, (uint8_t) outer);
            check_ecn(true, (uint8_t) inner, (uint8_t) outer);
        }
    }
}

static void
test_ecn_of_what_is_no_packet(void)
{
    for (size_t len = 0; len < 40; len++) {
        for (unsigned version = 0; version < 16; version++) {
            g_autofree uint8_t *bytes = g_malloc0(len), *before = NULL;

            if ((version == 4 && len >= 20) || (len == 0 && version > 0))
                continue;
            if (len > 0)
                bytes[0] = (uint8_t) (version << 4);
            before = g_memdup2(bytes, len);
            g_assert_cmphex(ecn_outer_tos(bytes_of(bytes, len)), ==, 0);
            g_assert_true(ecn_decapsulate(bytes, len, CE));
            g_assert_cmpmem(bytes, len, before, len);
        }
    }
}

/* --- MSS ------------------------------------------------------------------------------------ */

static bool
clamp(uint8_t *packet, size_t len, uint32_t mtu)
{
    InnerPacket inner;

    g_assert_true(inner_packet_read(bytes_of(packet, len), &inner));
    return mss_clamp(packet, &inner, mtu);
}

static const TestPacket syn = {
    .ttl = 64,
    .fragment = TEST_DONT_FRAGMENT,
    .source = 1,
    .destination = 2,
    .protocol = IPPROTO_TCP,
    .source_port = 40000,
    .destination_port = 443,
    .seq = 12345,
    .flags = TEST_SYN,
    .window = 64240,
};

/* Clamps a packet with these options, and expects the one with the others. */
static void
check_clamp(const TestPacket *packet, Bytes options, Bytes expected_options, uint32_t mtu)
{
    uint8_t written[200], expected[200];
    TestPacket before = *packet, after = *packet;
    size_t len, expected_len;
    bool changes = memcmp(options.data, expected_options.data, options.len) != 0;

    before.tcp_options = options;
    after.tcp_options = expected_options;
    len = test_packet_write(&before, written);
    expected_len = test_packet_write(&after, expected);
    g_assert_cmpint(clamp(written, len, mtu), ==, changes);
    g_assert_cmpmem(written, len, expected, expected_len);
}

/* The option at every place, so that it stands at even and odd ones. */
static void
test_mss_at_every_place(void)
{
    for (size_t before = 0; before <= 36; before++) {
        for (int ipv6 = 0; ipv6 < 2; ipv6++) {
            uint8_t options[40], clamped[40];
            TestPacket packet = syn;
            size_t mss = ipv6 ? 1300 - 60 : 1300 - 40;

            packet.ipv6 = ipv6;
            packet.flags |= before % 2 ? TEST_ACK : 0;
            memset(options, 1, sizeof(options));
            memcpy(options + before, (uint8_t[]){2, 4, 0x05, 0xb4}, 4);
            memcpy(clamped, options, sizeof(options));
            clamped[before + 2] = (uint8_t) (mss >> 8);
            clamped[before + 3] = (uint8_t) mss;
            check_clamp(&packet, BYTES_OF_ARRAY(options), BYTES_OF_ARRAY(clamped), 1300);
        }
    }
}

static void
test_mss_of_every_value(void)
{
    for (unsigned mss = 0; mss < 65536; mss += 1 + seeded_below(&chance, 40)) {
        uint8_t options[8] = {1, 2, 4, (uint8_t) (mss >> 8), (uint8_t) mss, 3, 3, 7};
        uint8_t clamped[8] = {1, 2, 4, 1240 >> 8, 1240 & 0xff, 3, 3, 7};

        check_clamp(
            &syn, BYTES_OF_ARRAY(options), bytes_of(mss > 1240 ? clamped : options, 8), 1280);
    }
}

static void
test_mss_leaves_alone(void)
{
    static const uint8_t good[] = {2, 4, 5, 0xb4};
    static const uint8_t odd[][8] = {
        {2, 3, 5, 0xb4, 1, 1, 1, 1}, /* wrong length */
        {2, 5, 5, 0xb4, 1, 1, 1, 1},
        {2, 4, 5, 0xb4, 8, 10, 1, 1}, /* malformed behind it */
        {2, 4, 5, 0xb4, 8, 0, 1, 1},
        {1, 1, 1, 1, 1, 1, 2, 4}, /* cut */
        {1, 1, 1, 1, 1, 1, 1, 2},
        {0, 2, 4, 5, 0xb4, 0, 0, 0}, /* behind the end of the list */
    };
    TestPacket packet = syn;
    Bytes options = BYTES_OF_ARRAY(good);

    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++)
        check_clamp(&syn, BYTES_OF_ARRAY(odd[i]), BYTES_OF_ARRAY(odd[i]), 1280);
    check_clamp(&syn, options, options, 0);
    check_clamp(&syn, options, options, 40);
    check_clamp(&syn, options, options, 1500);
    check_clamp(&syn, options, options, UINT32_MAX);
    packet.flags = TEST_ACK;
    check_clamp(&packet, options, options, 1280);
    packet = syn;
    packet.fragment = 0x2000;
    check_clamp(&packet, options, options, 1280);
}

/* Twice the same option: a receiver may take either. */
static void
test_mss_twice(void)
{
    static const uint8_t twice[] = {2, 4, 5, 0xb4, 2, 4, 0xff, 0xff};
    static const uint8_t clamped[] = {2, 4, 4, 0xd8, 2, 4, 4, 0xd8};

    check_clamp(&syn, BYTES_OF_ARRAY(twice), BYTES_OF_ARRAY(clamped), 1280);
}

static void
test_mss_cut_and_flip(void)
{
    static const uint8_t options[] = {2, 4, 5, 0xb4, 1, 3, 3, 7};
    TestPacket packet = syn;
    uint8_t written[200];
    size_t len;

    packet.tcp_options = BYTES_OF_ARRAY(options);
    len = test_packet_write(&packet, written);
    for (size_t i = 0; i < len * 256; i++) {
        g_autofree uint8_t *exact = g_memdup2(written, len);
        InnerPacket inner;

        exact[i / 256] = (uint8_t) i;
        if (inner_packet_read(bytes_of(exact, len), &inner))
            mss_clamp(exact, &inner, 1280);
    }
    for (size_t cut = 20; cut < len; cut++) {
        g_autofree uint8_t *exact = g_memdup2(written, cut);
        InnerPacket inner;

        exact[3] = (uint8_t) cut;
        if (inner_packet_read(bytes_of(exact, cut), &inner))
            g_assert_false(mss_clamp(exact, &inner, 1280));
    }
}

int
main(int argc, char **argv)
{
    random_seeded(&chance, 21);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/checksum/example", test_checksum_example);
    g_test_add_func("/checksum/naive", test_checksum_naive);
    g_test_add_func("/checksum/sums", test_checksum_of_sums);
    g_test_add_func("/checksum/update", test_checksum_update);
    g_test_add_func("/ecn/every-combination", test_ecn_every_combination);
    g_test_add_func("/ecn/no-packet", test_ecn_of_what_is_no_packet);
    g_test_add_func("/mss/every-place", test_mss_at_every_place);
    g_test_add_func("/mss/every-value", test_mss_of_every_value);
    g_test_add_func("/mss/leaves-alone", test_mss_leaves_alone);
    g_test_add_func("/mss/twice", test_mss_twice);
    g_test_add_func("/mss/cut-and-flip", test_mss_cut_and_flip);
    return g_test_run();
}
