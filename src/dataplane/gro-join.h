/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dataplane/inner-packet.h"
#include "dataplane/vnet-header.h"

#include <sys/uio.h>

enum {
    GRO_MAX_PACKETS = 256,
    GRO_SETS = 64, /* flows that can be joined at once: GRO_SETS * GRO_WAYS */
    GRO_WAYS = 4,
    GRO_MAX_LEN = 65535,       /* of a super-packet: what an IP header can say */
    GRO_MAX_UDP_SEGMENTS = 64, /* the kernel's UDP_MAX_SEGMENTS */
};

/* What the device takes as super-packets; with neither, packets pass through one by one. */
typedef enum {
    GRO_JOIN_NONE = 0,
    GRO_JOIN_TCP = 1, /* TUN_F_TSO4 and TUN_F_TSO6, with TUN_F_CSUM */
    GRO_JOIN_UDP = 2, /* TUN_F_USO4 and TUN_F_USO6 */
} GroJoin;

typedef struct {
    uint8_t *data;
    size_t len;
    size_t upper_offset;
    size_t payload_offset;
    uint16_t next; /* the packet behind it in its item; 0: none, since none is before packet 0 */
} GroPacket;

/* A packet, or packets of one flow that are joined. */
typedef struct {
    VnetHeader header;
    uint32_t flow; /* hash of addresses, protocol and ports */
    uint16_t first, last, n_packets;
    uint8_t protocol;
    bool verified;      /* the first packet's checksums were looked at, and are right */
    bool same_ids;      /* IPv4 IDs stand still, instead of counting */
    size_t len;         /* of the IP packet that it makes */
    size_t payload_len; /* of each but the last */
    uint32_t next_seq;
    struct iovec *parts; /* after gro_finish() */
    int n_parts;
} GroItem;

/* One batch: begin, add, finish, write the items in their order, begin again. Large, reused. */
typedef struct {
    GroPacket packets[GRO_MAX_PACKETS];
    GroItem items[GRO_MAX_PACKETS];
    struct iovec parts[2 * GRO_MAX_PACKETS];
    uint16_t open[GRO_SETS][GRO_WAYS]; /* number of an item + 1, the newest first; 0: none */
    size_t n_packets;
    size_t n_items;
    unsigned joins; /* of GroJoin */
} GroTable;

void gro_begin(GroTable *table, unsigned joins);

/* Takes a packet that inner_packet_read() has read. At most GRO_MAX_PACKETS; packet must live, and
 * stay as it is, until the items are written. */
void gro_add(GroTable *table, uint8_t *packet, const InnerPacket *inner);

/* Puts the headers of what was joined in order, in place. Returns the number of items; items[k] is
 * then one writev(parts, n_parts), the header for the device in front, n_packets in one. Packets of
 * one flow come in the order in which they were added. */
size_t gro_finish(GroTable *table);
