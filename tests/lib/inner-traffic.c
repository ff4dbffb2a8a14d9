/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/inner-traffic.h"

#include <netinet/in.h>
#include <string.h>

static void
put16(uint8_t *out, size_t offset, size_t value)
{
    out[offset] = (uint8_t) (value >> 8);
    out[offset + 1] = (uint8_t) value;
}

static void
put32(uint8_t *out, size_t offset, uint32_t value)
{
    put16(out, offset, value >> 16);
    put16(out, offset + 2, value & 0xffff);
}

static uint32_t
sum_words(const uint8_t *data, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i++) {
        sum += i % 2 == 0 ? (uint32_t) data[i] << 8 : data[i];
        if (sum > 0xffff)
            sum -= 0xffff;
    }
    return sum;
}

uint16_t
test_checksum(const uint8_t *data, size_t len, uint32_t start)
{
    return (uint16_t) ~sum_words(data, len, start);
}

uint32_t
test_pseudo_header(const TestPacket *packet, const uint8_t *written, size_t upper_len)
{
    uint8_t rest[4] = {0, packet->protocol};
    uint32_t sum = sum_words(written + (packet->ipv6 ? 8 : 12), packet->ipv6 ? 32 : 8, 0);

    put16(rest, 2, upper_len);
    return sum_words(rest, sizeof(rest), sum);
}

size_t
test_packet_upper(const TestPacket *packet)
{
    return (packet->ipv6 ? 40 : 20) + packet->ip_options.len;
}

size_t
test_packet_headers(const TestPacket *packet)
{
    switch (packet->protocol) {
    case IPPROTO_TCP:
        return test_packet_upper(packet) + 20 + packet->tcp_options.len;
    case IPPROTO_UDP:
        return test_packet_upper(packet) + 8;
    default:
        return test_packet_upper(packet);
    }
}

static void
write_ipv4(const TestPacket *packet, size_t len, uint8_t *out)
{
    uint8_t addresses[8] = {10, 1, 0, packet->source, 10, 2, 0, packet->destination};
    size_t header_len = test_packet_upper(packet);

    out[0] = (uint8_t) (0x40 | header_len / 4);
    out[1] = packet->tos;
    put16(out, 2, len);
    put16(out, 4, packet->id);
    put16(out, 6, packet->fragment);
    out[8] = packet->ttl;
    out[9] = packet->protocol;
    put16(out, 10, 0);
    memcpy(out + 12, addresses, sizeof(addresses));
    if (packet->ip_options.len > 0)
        memcpy(out + 20, packet->ip_options.data, packet->ip_options.len);
    put16(out, 10, test_checksum(out, header_len, 0));
}

static void
write_ipv6(const TestPacket *packet, size_t len, uint8_t *out)
{
    uint8_t address[16] = {0xfd, 0, 0, 1};

    put32(out, 0, 6u << 28 | (uint32_t) packet->tos << 20 | packet->flow_label);
    put16(out, 4, len - 40);
    out[6] = packet->ip_options.len > 0 ? packet->first_extension : packet->protocol;
    out[7] = packet->ttl;
    address[15] = packet->source;
    memcpy(out + 8, address, 16);
    address[15] = packet->destination;
    memcpy(out + 24, address, 16);
    if (packet->ip_options.len > 0)
        memcpy(out + 40, packet->ip_options.data, packet->ip_options.len);
}

static void
write_tcp(const TestPacket *packet, uint8_t *out)
{
    put16(out, 0, packet->source_port);
    put16(out, 2, packet->destination_port);
    put32(out, 4, packet->seq);
    put32(out, 8, packet->ack);
    out[12] = (uint8_t) ((20 + packet->tcp_options.len) / 4 << 4);
    out[13] = packet->flags;
    put16(out, 14, packet->window);
    put16(out, 16, 0);
    put16(out, 18, packet->urgent);
    if (packet->tcp_options.len > 0)
        memcpy(out + 20, packet->tcp_options.data, packet->tcp_options.len);
}

static void
write_udp(const TestPacket *packet, uint8_t *out)
{
    put16(out, 0, packet->source_port);
    put16(out, 2, packet->destination_port);
    put16(out, 4, 8 + packet->payload.len);
    put16(out, 6, 0);
}

/* Everything but the upper protocol's checksum, which is zero. */
static size_t
write_without_checksum(const TestPacket *packet, uint8_t *out)
{
    size_t headers = test_packet_headers(packet), len = headers + packet->payload.len;

    if (packet->ipv6)
        write_ipv6(packet, len, out);
    else
        write_ipv4(packet, len, out);
    if (packet->protocol == IPPROTO_TCP)
        write_tcp(packet, out + test_packet_upper(packet));
    else if (packet->protocol == IPPROTO_UDP)
        write_udp(packet, out + test_packet_upper(packet));
    if (packet->payload.len > 0)
        memcpy(out + headers, packet->payload.data, packet->payload.len);
    return len;
}

static size_t
checksum_at(const TestPacket *packet)
{
    return test_packet_upper(packet) + (packet->protocol == IPPROTO_TCP ? 16 : 6);
}

size_t
test_packet_write(const TestPacket *packet, uint8_t *out)
{
    size_t len = write_without_checksum(packet, out), upper = test_packet_upper(packet);
    uint16_t checksum;

    if (packet->no_checksum || (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP))
        return len;
    checksum =
        test_checksum(out + upper, len - upper, test_pseudo_header(packet, out, len - upper));
    if (packet->protocol == IPPROTO_UDP && checksum == 0)
        checksum = 0xffff;
    put16(out, checksum_at(packet), checksum);
    return len;
}

static uint8_t
gso_type_of(const TestPacket *packet)
{
    if (packet->protocol == IPPROTO_UDP)
        return VIRTIO_NET_HDR_GSO_UDP_L4;
    return packet->ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
}

size_t
test_packet_write_offloaded(const TestPacket *packet,
                            size_t gso_size,
                            VnetHeader *header,
                            uint8_t *out)
{
    size_t len = write_without_checksum(packet, out), upper = test_packet_upper(packet);

    put16(out, checksum_at(packet), test_pseudo_header(packet, out, len - upper));
    *header = (VnetHeader){
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = gso_size > 0 ? gso_type_of(packet) : VIRTIO_NET_HDR_GSO_NONE,
        .hdr_len = (uint16_t) (gso_size > 0 ? test_packet_headers(packet) : 0),
        .gso_size = (uint16_t) gso_size,
        .csum_start = (uint16_t) upper,
        .csum_offset = (uint16_t) (checksum_at(packet) - upper),
    };
    return len;
}

TestPacket
test_packet_segment(const TestPacket *packet, size_t gso_size, size_t i, size_t n)
{
    TestPacket segment = *packet;
    size_t offset = i * gso_size;

    segment.payload.data += offset;
    segment.payload.len = MIN(gso_size, packet->payload.len - offset);
    segment.seq += (uint32_t) offset;
    segment.id = (uint16_t) (packet->id + i);
    if (i + 1 < n)
        segment.flags &= (uint8_t) ~(TEST_FIN | TEST_PSH);
    if (i > 0)
        segment.flags &= (uint8_t) ~TEST_CWR;
    return segment;
}

void
test_cut_item(const GroItem *item, GPtrArray *out)
{
    g_autoptr(GByteArray) packet = g_byte_array_new();
    VnetHeader header;
    GsoCut cut;

    g_assert_cmpuint(item->parts[0].iov_len, ==, sizeof(header));
    memcpy(&header, item->parts[0].iov_base, sizeof(header));
    for (int i = 1; i < item->n_parts; i++)
        g_byte_array_append(packet, item->parts[i].iov_base, (guint) item->parts[i].iov_len);
    g_assert_true(gso_cut_begin(&cut, &header, bytes_of(packet->data, packet->len)));
    g_assert_cmpuint(cut.n, ==, item->n_packets);
    for (size_t i = 0; i < cut.n; i++) {
        size_t len = gso_cut_len(&cut, i);
        uint8_t *segment = g_malloc(len);

        gso_cut_write(&cut, i, segment);
        g_ptr_array_add(out, g_bytes_new_take(segment, len));
    }
}
