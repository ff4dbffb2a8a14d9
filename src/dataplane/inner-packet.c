/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/inner-packet.h"

#include "base/reader.h"
#include "dataplane/ip-fields.h"

#include <netinet/in.h>

enum {
    IPV4_MORE_FRAGMENTS = 0x2000,
    IPV4_FRAGMENT_OFFSET = 0x1fff,
    IPV6_FRAGMENT_OFFSET = 0xfff8,
    MAX_EXTENSION_HEADERS = 8, /* RFC 8200, 4.1 has seven, one of them twice */
};

/* A header cut before its ports has none, nor has the padding behind the packet. */
static void
read_ports(const uint8_t *packet, InnerPacket *out)
{
    const uint8_t *upper = packet + out->upper_offset;

    if (out->upper_offset + 4 > out->len)
        return;
    switch (out->protocol) {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
    case IPPROTO_SCTP:
    case IPPROTO_DCCP:
        out->source_port = get_u16(upper);
        out->destination_port = get_u16(upper + 2);
        out->has_ports = true;
        break;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        out->source_port = out->destination_port = get_u16(upper);
        out->has_ports = true;
        break;
    }
}

static void
read_addresses(const uint8_t *packet, InnerPacket *out)
{
    Bytes both = ip_addresses(packet);
    size_t len = both.len / 2;

    out->source.family = out->destination.family = len == 4 ? FAMILY_IPV4 : FAMILY_IPV6;
    memcpy(out->source.bytes, both.data, len);
    memcpy(out->destination.bytes, both.data + len, len);
}

static bool
is_whole(Bytes packet, const InnerPacket *inner)
{
    return inner->len <= packet.len && inner->upper_offset <= inner->len;
}

static bool
read_ipv4(Bytes packet, InnerPacket *out)
{
    const uint8_t *ip = packet.data;
    uint16_t fragment;

    if (packet.len < IPV4_HEADER)
        return false;
    out->upper_offset = (size_t) (ip[0] & 0x0f) * 4;
    out->len = get_u16(ip + IPV4_TOTAL_LEN);
    if (out->upper_offset < IPV4_HEADER || !is_whole(packet, out))
        return false;
    fragment = get_u16(ip + IPV4_FRAGMENT);
    out->is_fragment = (fragment & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET)) != 0;
    out->protocol = ip[IPV4_PROTOCOL];
    read_addresses(ip, out);
    if ((fragment & IPV4_FRAGMENT_OFFSET) == 0)
        read_ports(ip, out);
    return true;
}

/* Passes over one extension header; false if protocol is none (RFC 8200, 4). */
static bool
skip_extension(Reader *r, InnerPacket *out, bool *later_fragment)
{
    uint8_t next;

    switch (out->protocol) {
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_DSTOPTS:
        next = reader_u8(r);
        reader_skip(r, reader_u8(r) * 8u + 6);
        break;
    case IPPROTO_FRAGMENT:
        out->is_fragment = true;
        next = reader_u8(r);
        reader_skip(r, 1);
        *later_fragment = (reader_u16(r) & IPV6_FRAGMENT_OFFSET) != 0;
        reader_skip(r, 4);
        break;
    default:
        return false;
    }
    out->protocol = next;
    return !*later_fragment;
}

static bool
read_ipv6(Bytes packet, InnerPacket *out)
{
    const uint8_t *ip = packet.data;
    bool later_fragment = false, malformed = false;
    Reader r;

    if (packet.len < IPV6_HEADER)
        return false;
    out->len = (size_t) get_u16(ip + IPV6_PAYLOAD_LEN) + IPV6_HEADER;
    out->protocol = ip[IPV6_NEXT_HEADER];
    read_addresses(ip, out);
    r = reader_of(bytes_of(ip + IPV6_HEADER, packet.len - IPV6_HEADER), &malformed);
    for (int i = 0; skip_extension(&r, out, &later_fragment); i++)
        if (i == MAX_EXTENSION_HEADERS)
            return false;
    out->upper_offset = packet.len - r.rest.len;
    if (malformed || !is_whole(packet, out))
        return false;
    if (!later_fragment)
        read_ports(ip, out);
    return true;
}

bool
inner_packet_read(Bytes packet, InnerPacket *out)
{
    InnerPacket inner = {0};
    bool whole = false;

    switch (packet.len > 0 ? packet.data[0] >> 4 : 0) {
    case 4:
        whole = read_ipv4(packet, &inner);
        break;
    case 6:
        whole = read_ipv6(packet, &inner);
        break;
    }
    if (whole)
        *out = inner;
    return whole;
}
