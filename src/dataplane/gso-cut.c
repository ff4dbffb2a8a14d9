/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/gso-cut.h"

#include "dataplane/checksum.h"
#include "dataplane/inner-packet.h"
#include "dataplane/ip-fields.h"

#include <netinet/in.h>

/* Which packets a type of super-packet can be. */
static const struct GsoType {
    uint8_t gso_type;
    AddressFamily family; /* FAMILY_NONE: both */
    uint8_t protocol;
    uint8_t checksum_offset;
} gso_types[] = {
    {VIRTIO_NET_HDR_GSO_TCPV4, FAMILY_IPV4, IPPROTO_TCP, TCP_CHECKSUM},
    {VIRTIO_NET_HDR_GSO_TCPV6, FAMILY_IPV6, IPPROTO_TCP, TCP_CHECKSUM},
    {VIRTIO_NET_HDR_GSO_UDP_L4, FAMILY_NONE, IPPROTO_UDP, UDP_CHECKSUM},
};

/* NULL for what a device was never told that we take: UFO, and types of the future. */
static const struct GsoType *
find_type(uint8_t gso_type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(gso_types); i++)
        if (gso_types[i].gso_type == gso_type)
            return &gso_types[i];
    return NULL;
}

/* 0 if the header does not fit the packet. */
static size_t
upper_header_len(Bytes packet, size_t offset, uint8_t protocol)
{
    size_t least = protocol == IPPROTO_TCP ? TCP_OPTIONS : UDP_HEADER;
    size_t len = least;

    if (packet.len < offset + least)
        return 0;
    if (protocol == IPPROTO_TCP)
        len = tcp_header_len(packet.data + offset);
    return len < least || packet.len < offset + len ? 0 : len;
}

static bool
begin_super(GsoCut *cut, const VnetHeader *header, Bytes packet)
{
    const struct GsoType *type = find_type(header->gso_type & ~VIRTIO_NET_HDR_GSO_ECN);
    bool needs_checksum = header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
    InnerPacket inner;
    size_t header_len, data_len;

    if (!type || header->gso_size == 0 || !inner_packet_read(packet, &inner))
        return false;
    if (inner.len != packet.len || inner.is_fragment || inner.protocol != type->protocol)
        return false;
    if (type->family != FAMILY_NONE && type->family != inner.source.family)
        return false;
    if (needs_checksum
        && (header->csum_start != inner.upper_offset
            || header->csum_offset != type->checksum_offset))
        return false;
    header_len = upper_header_len(packet, inner.upper_offset, type->protocol);
    if (header_len == 0)
        return false;
    data_len = packet.len - inner.upper_offset - header_len;
    *cut = (GsoCut){
        .packet = packet,
        .n = data_len == 0 ? 1 : (data_len - 1) / header->gso_size + 1,
        .headers_len = inner.upper_offset + header_len,
        .upper_offset = inner.upper_offset,
        .segment_len = header->gso_size,
        .checksum_offset = type->checksum_offset,
        .protocol = type->protocol,
        .completes = needs_checksum,
    };
    return true;
}

/* The sum starts wherever the kernel says: it may be of a packet in a tunnel inside ours. */
static bool
begin_single(GsoCut *cut, const VnetHeader *header, Bytes packet)
{
    bool needs_checksum = header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;

    if (needs_checksum
        && (header->csum_offset % 2 != 0 || header->csum_start < IPV4_HEADER
            || (size_t) header->csum_start + header->csum_offset + 2 > packet.len))
        return false;
    *cut = (GsoCut){
        .packet = packet,
        .n = 1,
        .headers_len = packet.len,
        .upper_offset = needs_checksum ? header->csum_start : packet.len,
        .checksum_offset = header->csum_offset,
        .completes = needs_checksum,
    };
    return true;
}

bool
gso_cut_begin(GsoCut *cut, const VnetHeader *header, Bytes packet)
{
    if (header->gso_type == VIRTIO_NET_HDR_GSO_NONE)
        return begin_single(cut, header, packet);
    return begin_super(cut, header, packet);
}

size_t
gso_cut_len(const GsoCut *cut, size_t i)
{
    return i + 1 < cut->n ? cut->headers_len + cut->segment_len
                          : cut->packet.len - i * cut->segment_len;
}

static void
write_single(const GsoCut *cut, uint8_t *out)
{
    Bytes head = bytes_head(cut->packet, cut->upper_offset);
    Bytes rest = bytes_of(cut->packet.data + head.len, cut->packet.len - head.len);
    uint8_t *field = out + cut->upper_offset + cut->checksum_offset;
    ChecksumSum sum;

    if (head.len > 0)
        memcpy(out, head.data, head.len);
    if (!cut->completes)
        return;
    /* The field holds the sum of the pseudo-header, and is part of what is summed. */
    sum = checksum_add_copy(0, rest, out + head.len);
    if (cut->checksum_offset == UDP_CHECKSUM)
        checksum_store_udp(field, sum);
    else
        checksum_store(field, sum);
}

static void
fit_ip_header(uint8_t *out, size_t upper_offset, size_t len, size_t i)
{
    if (!is_ipv4(out)) {
        put_u16(out + IPV6_PAYLOAD_LEN, len - IPV6_HEADER);
        return;
    }
    put_u16(out + IPV4_TOTAL_LEN, len);
    put_u16(out + IPV4_ID, get_u16(out + IPV4_ID) + i);
    put_u16(out + IPV4_CHECKSUM, 0);
    checksum_store(out + IPV4_CHECKSUM, checksum_add(0, bytes_of(out, upper_offset)));
}

/* FIN and PSH belong to the end of the data, CWR to the first segment (RFC 3168, 6.1.2). */
static void
fit_tcp_header(const GsoCut *cut, size_t i, uint8_t *tcp)
{
    put_u32(tcp + TCP_SEQ, get_u32(tcp + TCP_SEQ) + (uint32_t) (i * cut->segment_len));
    if (i + 1 < cut->n)
        tcp[TCP_FLAGS] &= (uint8_t) ~(TCP_FLAG_FIN | TCP_FLAG_PSH);
    if (i > 0)
        tcp[TCP_FLAGS] &= (uint8_t) ~TCP_FLAG_CWR;
}

/* The sum of the segment's pseudo-header. With a routing header its destination is not the one in
 * the IP header (RFC 8200, 8.1), but the kernel's own sum has the right one: only the length
 * differs. */
static ChecksumSum
pseudo_sum(const GsoCut *cut, size_t upper_len)
{
    uint16_t whole = GUINT16_TO_BE((uint16_t) (cut->packet.len - cut->upper_offset));
    uint16_t sum;

    if (!cut->completes)
        return checksum_add_pseudo_header(
            0, ip_addresses(cut->packet.data), cut->protocol, upper_len);
    memcpy(&sum, cut->packet.data + cut->upper_offset + cut->checksum_offset, sizeof(sum));
    return (ChecksumSum) sum + (uint16_t) ~whole + GUINT16_TO_BE((uint16_t) upper_len);
}

static void
write_segment(const GsoCut *cut, size_t i, uint8_t *out)
{
    size_t len = gso_cut_len(cut, i);
    uint8_t *upper = out + cut->upper_offset;
    uint8_t *field = upper + cut->checksum_offset;
    Bytes data = bytes_of(cut->packet.data + cut->headers_len + i * cut->segment_len,
                          len - cut->headers_len);
    ChecksumSum sum = pseudo_sum(cut, len - cut->upper_offset);

    memcpy(out, cut->packet.data, cut->headers_len);
    fit_ip_header(out, cut->upper_offset, len, i);
    if (cut->protocol == IPPROTO_TCP)
        fit_tcp_header(cut, i, upper);
    else
        put_u16(upper + UDP_LEN, len - cut->upper_offset);
    put_u16(field, 0);
    sum = checksum_add(sum, bytes_of(upper, cut->headers_len - cut->upper_offset));
    sum = checksum_add_copy(sum, data, out + cut->headers_len);
    if (cut->protocol == IPPROTO_UDP)
        checksum_store_udp(field, sum);
    else
        checksum_store(field, sum);
}

void
gso_cut_write(const GsoCut *cut, size_t i, uint8_t *out)
{
    if (cut->segment_len == 0)
        write_single(cut, out);
    else
        write_segment(cut, i, out);
}
