/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/inner-packet.h"

#include "base/reader.h"

#include <netinet/in.h>

enum {
    IPV4_HEADER_LEN = 20,
    IPV6_HEADER_LEN = 40,
    IPV4_MORE_FRAGMENTS = 0x2000,
    IPV4_FRAGMENT_OFFSET = 0x1fff,
    IPV6_FRAGMENT_OFFSET = 0xfff8,
    MAX_EXTENSION_HEADERS = 8, /* RFC 8200, 4.1 has seven, one of them twice */
};

/* Reads the ports at r, where the upper protocol starts; a header cut before them has none, nor has
 * the padding behind the packet. */
static void
read_ports(Reader r, InnerPacket *out)
{
    if (r.rest.len < 4 || out->upper_offset + 4 > out->len)
        return;
    switch (out->protocol) {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
    case IPPROTO_SCTP:
    case IPPROTO_DCCP:
        out->source_port = reader_u16(&r);
        out->destination_port = reader_u16(&r);
        out->has_ports = true;
        break;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        out->source_port = out->destination_port = reader_u16(&r);
        out->has_ports = true;
        break;
    }
}

static void
read_ipv4(Reader *r, InnerPacket *out)
{
    size_t header_len = (size_t) (reader_u8(r) & 0x0f) * 4;
    uint16_t fragment;

    reader_skip(r, 1);
    out->len = reader_u16(r);
    reader_skip(r, 2);
    fragment = reader_u16(r);
    out->is_fragment = (fragment & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET)) != 0;
    reader_skip(r, 1);
    out->protocol = reader_u8(r);
    reader_skip(r, 2);
    out->source = ip_address_of_bytes(reader_bytes(r, 4));
    out->destination = ip_address_of_bytes(reader_bytes(r, 4));
    if (header_len < IPV4_HEADER_LEN || out->len < header_len) {
        reader_reject(r);
        return;
    }
    reader_skip(r, header_len - IPV4_HEADER_LEN);
    out->upper_offset = header_len;
    if ((fragment & IPV4_FRAGMENT_OFFSET) == 0)
        read_ports(*r, out);
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

static void
read_ipv6(Reader *r, Bytes packet, InnerPacket *out)
{
    bool later_fragment = false;

    reader_skip(r, 4);
    out->len = (size_t) reader_u16(r) + IPV6_HEADER_LEN;
    out->protocol = reader_u8(r);
    reader_skip(r, 1);
    out->source = ip_address_of_bytes(reader_bytes(r, 16));
    out->destination = ip_address_of_bytes(reader_bytes(r, 16));
    for (int i = 0; skip_extension(r, out, &later_fragment); i++) {
        if (i == MAX_EXTENSION_HEADERS) {
            reader_reject(r);
            return;
        }
    }
    out->upper_offset = packet.len - r->rest.len;
    if (!later_fragment)
        read_ports(*r, out);
}

bool
inner_packet_read(Bytes packet, InnerPacket *out)
{
    InnerPacket inner = {0};
    bool malformed = false;
    Reader r = reader_of(packet, &malformed);

    switch (packet.len > 0 ? packet.data[0] >> 4 : 0) {
    case 4:
        read_ipv4(&r, &inner);
        break;
    case 6:
        read_ipv6(&r, packet, &inner);
        break;
    default:
        return false;
    }
    if (malformed || inner.len > packet.len || inner.upper_offset > inner.len)
        return false;
    *out = inner;
    return true;
}
