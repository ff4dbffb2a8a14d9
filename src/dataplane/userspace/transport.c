/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/transport.h"

#include "dataplane/checksum.h"
#include "dataplane/ip-fields.h"

#include <netinet/in.h>

enum { HOP_LIMIT = 64 };

bool
transport_text(Bytes packet, const InnerPacket *inner, size_t *out_offset, uint8_t *out_next)
{
    if (inner->is_fragment)
        return false;
    if (is_ipv4(packet.data)) {
        *out_offset = inner->upper_offset;
        *out_next = inner->protocol;
        return inner->protocol != 0; /* (which means none to ESP) */
    }
    *out_offset = IPV6_HEADER;
    *out_next = packet.data[IPV6_NEXT_HEADER];
    return *out_next != IPPROTO_HOPOPTS;
}

static size_t
write_ipv4(const SaHalf *half, uint8_t tos, uint8_t next_header, size_t text_len, uint8_t *out)
{
    size_t len = IPV4_HEADER + text_len;

    if (len > UINT16_MAX)
        return 0;
    memset(out, 0, IPV4_HEADER);
    out[0] = 0x45;
    out[IPV4_TOS] = tos;
    put_u16(out + IPV4_TOTAL_LEN, len);
    put_u16(out + IPV4_FRAGMENT, IPV4_DONT_FRAGMENT);
    out[IPV4_TTL] = HOP_LIMIT;
    out[IPV4_PROTOCOL] = next_header;
    memcpy(out + IPV4_ADDRESSES, half->remote_ts.first.bytes, 4);
    memcpy(out + IPV4_ADDRESSES + 4, half->local_ts.first.bytes, 4);
    checksum_store(out + IPV4_CHECKSUM, checksum_add(0, bytes_of(out, IPV4_HEADER)));
    return IPV4_HEADER;
}

static size_t
write_ipv6(const SaHalf *half, uint8_t tos, uint8_t next_header, size_t text_len, uint8_t *out)
{
    if (text_len > UINT16_MAX)
        return 0;
    memset(out, 0, IPV6_HEADER);
    out[0] = (uint8_t) (0x60 | tos >> 4);
    out[1] = (uint8_t) (tos << 4);
    put_u16(out + IPV6_PAYLOAD_LEN, text_len);
    out[IPV6_NEXT_HEADER] = next_header;
    out[IPV6_HOP_LIMIT] = HOP_LIMIT;
    memcpy(out + IPV6_ADDRESSES, half->remote_ts.first.bytes, 16);
    memcpy(out + IPV6_ADDRESSES + 16, half->local_ts.first.bytes, 16);
    return IPV6_HEADER;
}

size_t
transport_write_header(
    const SaHalf *half, uint8_t tos, uint8_t next_header, size_t text_len, uint8_t *out)
{
    if (half->local_ts.first.family == FAMILY_IPV4)
        return write_ipv4(half, tos, next_header, text_len, out);
    return write_ipv6(half, tos, next_header, text_len, out);
}
