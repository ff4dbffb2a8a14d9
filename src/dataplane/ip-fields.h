/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

#include <string.h>

/* Where fields stand that are changed in place, from the start of their header (RFC 791, 3.1; RFC
 * 8200, 3; RFC 9293, 3.1; RFC 768). */
enum {
    IPV4_TOS = 1,
    IPV4_TOTAL_LEN = 2,
    IPV4_ID = 4,
    IPV4_FRAGMENT = 6,
    IPV4_TTL = 8,
    IPV4_PROTOCOL = 9,
    IPV4_CHECKSUM = 10,
    IPV4_ADDRESSES = 12,
    IPV4_HEADER = 20, /* its length without options */
    IPV4_DONT_FRAGMENT = 0x4000,

    IPV6_PAYLOAD_LEN = 4,
    IPV6_NEXT_HEADER = 6,
    IPV6_HOP_LIMIT = 7,
    IPV6_ADDRESSES = 8,
    IPV6_HEADER = 40,

    TCP_SEQ = 4,
    TCP_ACK = 8,
    TCP_DATA_OFFSET = 12,
    TCP_FLAGS = 13,
    TCP_WINDOW = 14,
    TCP_CHECKSUM = 16,
    TCP_URGENT = 18,
    TCP_OPTIONS = 20,

    TCP_FLAG_FIN = 0x01,
    TCP_FLAG_SYN = 0x02,
    TCP_FLAG_PSH = 0x08,
    TCP_FLAG_ACK = 0x10,
    TCP_FLAG_CWR = 0x80,

    UDP_LEN = 4,
    UDP_CHECKSUM = 6,
    UDP_HEADER = 8,
};

static inline uint16_t
get_u16(const uint8_t *field)
{
    return (uint16_t) (field[0] << 8 | field[1]);
}

static inline void
put_u16(uint8_t *field, size_t value)
{
    field[0] = (uint8_t) (value >> 8);
    field[1] = (uint8_t) value;
}

static inline uint32_t
get_u32(const uint8_t *field)
{
    return (uint32_t) get_u16(field) << 16 | get_u16(field + 2);
}

static inline void
put_u32(uint8_t *field, uint32_t value)
{
    put_u16(field, value >> 16);
    put_u16(field + 2, value & 0xffff);
}

static inline bool
is_ipv4(const uint8_t *packet)
{
    return packet[0] >> 4 == 4;
}

/* Source and destination, as one run. */
static inline Bytes
ip_addresses(const uint8_t *packet)
{
    return is_ipv4(packet) ? bytes_of(packet + IPV4_ADDRESSES, 8)
                           : bytes_of(packet + IPV6_ADDRESSES, 32);
}

/* The TCP header's own word on its length. */
static inline size_t
tcp_header_len(const uint8_t *tcp)
{
    return (size_t) (tcp[TCP_DATA_OFFSET] >> 4) * 4;
}
