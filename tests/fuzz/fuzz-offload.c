/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/reader.h"
#include "dataplane/ecn.h"
#include "dataplane/gro-join.h"
#include "dataplane/gso-cut.h"
#include "dataplane/mss.h"
#include "fuzz/fuzz.h"

#include <string.h>

/* The first byte says what follows: 0 the header and the packet that a device gives; else packets
 * that came through a tunnel, each after its length in two bytes. */

unsigned fuzz_reached;

enum { MOST = GRO_MAX_PACKETS };

static GroTable table;

static GBytes *
segment(const GsoCut *cut, size_t i)
{
    size_t len = gso_cut_len(cut, i);
    uint8_t *out = g_malloc(len);

    gso_cut_write(cut, i, out);
    return g_bytes_new_take(out, len);
}

static GPtrArray *
packets_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);
}

/* A checksum of all ones may become zero, which says the same (RFC 1071, 2.A). */
static bool
means_the_same(GBytes *a, GBytes *b)
{
    Bytes x = bytes_of_gbytes(a), y = bytes_of_gbytes(b);

    if (x.len != y.len)
        return false;
    for (size_t i = 0; i < x.len; i++)
        if (x.data[i] != y.data[i] && MAX(x.data[i], y.data[i]) - MIN(x.data[i], y.data[i]) != 0xff)
            return false;
    return true;
}

/* Cutting what was joined gives the packets that were joined. */
static void
check_item(const GroItem *item, GPtrArray *packets)
{
    g_autoptr(GByteArray) whole = g_byte_array_new();
    size_t number = item->first;
    VnetHeader header;
    GsoCut cut;

    memcpy(&header, item->parts[0].iov_base, sizeof(header));
    for (int i = 1; i < item->n_parts; i++)
        g_byte_array_append(whole, item->parts[i].iov_base, (guint) item->parts[i].iov_len);
    g_assert_true(gso_cut_begin(&cut, &header, bytes_of(whole->data, whole->len)));
    g_assert_cmpuint(cut.n, ==, item->n_packets);
    for (size_t i = 0; i < cut.n; i++) {
        g_autoptr(GBytes) again = segment(&cut, i);

        g_assert_true(item->same_ids || means_the_same(again, packets->pdata[number]));
        number = table.packets[number].next;
    }
    fuzz_reached += cut.n > 1;
}

static void
check_join(GPtrArray *packets)
{
    g_autoptr(GPtrArray) buffers = g_ptr_array_new_with_free_func(g_free);
    size_t n, n_packets = 0;

    gro_begin(&table, GRO_JOIN_TCP | GRO_JOIN_UDP);
    for (guint i = 0; i < packets->len; i++) {
        Bytes packet = bytes_of_gbytes(packets->pdata[i]);
        uint8_t *buffer = g_memdup2(packet.data, packet.len);
        InnerPacket inner;

        g_ptr_array_add(buffers, buffer);
        g_assert_true(inner_packet_read(packet, &inner));
        g_assert_cmpuint(inner.len, ==, packet.len);
        gro_add(&table, buffer, &inner);
    }
    n = gro_finish(&table);
    for (size_t i = 0; i < n; i++) {
        check_item(&table.items[i], packets);
        n_packets += table.items[i].n_packets;
    }
    g_assert_cmpuint(n_packets, ==, packets->len);
}

static void
try_cut(Bytes input)
{
    g_autoptr(GPtrArray) packets = packets_new();
    g_autofree uint8_t *exact = NULL;
    VnetHeader header;
    GsoCut cut;

    if (input.len <= sizeof(header))
        return;
    memcpy(&header, input.data, sizeof(header));
    exact = g_memdup2(input.data + sizeof(header), input.len - sizeof(header));
    if (!gso_cut_begin(&cut, &header, bytes_of(exact, input.len - sizeof(header))))
        return;
    for (size_t i = 0; i < MIN(cut.n, MOST); i++)
        g_ptr_array_add(packets, segment(&cut, i));
    if (header.gso_type != VIRTIO_NET_HDR_GSO_NONE)
        check_join(packets);
}

static void
try_join(Reader r)
{
    g_autoptr(GPtrArray) packets = packets_new();

    while (reader_more(&r) && packets->len < MOST) {
        Bytes packet = reader_bytes(&r, reader_u16(&r));
        g_autofree uint8_t *exact = packet.len > 0 ? g_memdup2(packet.data, packet.len) : NULL;
        InnerPacket inner;

        ecn_decapsulate(exact, packet.len, (uint8_t) packet.len);
        if (!inner_packet_read(bytes_of(exact, packet.len), &inner))
            continue;
        g_assert_true(ecn_decapsulate(exact, packet.len, 1));
        mss_clamp(exact, &inner, 1280);
        g_ptr_array_add(packets, g_bytes_new(exact, inner.len));
    }
    check_join(packets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool malformed = false;

    if (size == 0)
        return 0;
    if (data[0] == 0)
        try_cut(bytes_of(data + 1, size - 1));
    else
        try_join(reader_of(bytes_of(data + 1, size - 1), &malformed));
    return 0;
}
