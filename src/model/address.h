/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

typedef enum {
    FAMILY_NONE = 0,
    FAMILY_IPV4 = 4,
    FAMILY_IPV6 = 6,
} AddressFamily;

/* An IP address; all zero is "none". Bytes past the family's length are zero. */
typedef struct {
    AddressFamily family;
    uint8_t bytes[16]; /* network order */
} IpAddress;

/* A network: address and prefix length in bits. */
typedef struct {
    IpAddress address;
    uint8_t len;
} IpPrefix;

/* An address and a UDP port, in host order. */
typedef struct {
    IpAddress address;
    uint16_t port;
} Endpoint;

/* Enough for any text of ip_address_to_text(). */
enum { IP_TEXT_SIZE = 48 };

/* Bytes, without options and extension headers; and the packet that each network carries (RFC 791;
 * RFC 8200, 5). */
enum {
    IPV4_HEADER_LEN = 20,
    IPV6_HEADER_LEN = 40,
    UDP_HEADER_LEN = 8,
    IPV4_MIN_MTU = 576,
    IPV6_MIN_MTU = 1280,
};

/* Of the header of IP, and of UDP's too if udp. */
static inline uint32_t
outer_headers_len(AddressFamily family, bool udp)
{
    return (family == FAMILY_IPV6 ? IPV6_HEADER_LEN : IPV4_HEADER_LEN) + (udp ? UDP_HEADER_LEN : 0);
}

/* 4 or 16. 0 for FAMILY_NONE. */
size_t ip_address_len(AddressFamily family);

/* From 4 or 16 bytes of network order; any other length gives "none". */
IpAddress ip_address_of_bytes(Bytes bytes);
Bytes ip_address_view(const IpAddress *address);

/* Dotted quad or RFC 4291 text; false, and *out untouched, for anything else. */
bool ip_address_from_text(const char *text, IpAddress *out);

/* Writes into buffer of IP_TEXT_SIZE and returns it. */
const char *ip_address_to_text(const IpAddress *address, char *buffer);

bool ip_address_equal(const IpAddress *a, const IpAddress *b);

/* Bit by bit in network order: <0, 0, >0. Of one family. */
int ip_address_compare(const IpAddress *a, const IpAddress *b);

/* "10.0.0.0/8", or an address alone for one host. Host bits are cleared. */
bool ip_prefix_from_text(const char *text, IpPrefix *out);

/* Owned by the caller. */
char *ip_prefix_to_text(const IpPrefix *prefix);

/* The prefix length of a netmask such as 255.255.255.0; -1 if its ones are not contiguous. */
int ip_netmask_to_prefix_len(const IpAddress *netmask);
