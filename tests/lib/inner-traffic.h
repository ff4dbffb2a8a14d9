/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"
#include "dataplane/gro-join.h"
#include "dataplane/gso-cut.h"

/* Packets as they travel inside a tunnel, built field by field and shared with nothing in src/:
 * what cutting and joining must agree with. */

enum {
    TEST_FIN = 0x01,
    TEST_SYN = 0x02,
    TEST_RST = 0x04,
    TEST_PSH = 0x08,
    TEST_ACK = 0x10,
    TEST_URG = 0x20,
    TEST_ECE = 0x40,
    TEST_CWR = 0x80,
    TEST_DONT_FRAGMENT = 0x4000,
    TEST_PACKET_SIZE = 65535 + 40, /* of a buffer for any of them */
};

typedef struct {
    bool ipv6;
    uint8_t tos, ttl;
    uint32_t flow_label;
    uint16_t id, fragment;       /* IPv4's words */
    uint8_t first_extension;     /* IPv6: what ip_options begins with; 0: there is none */
    Bytes ip_options;            /* IPv4's, padded; or IPv6's extension headers */
    uint8_t source, destination; /* the last bytes of the addresses */
    uint8_t protocol;            /* IPPROTO_TCP, IPPROTO_UDP; others: only payload follows */
    uint16_t source_port, destination_port;
    uint32_t seq, ack;
    uint8_t flags;
    uint16_t window, urgent;
    Bytes tcp_options; /* padded */
    bool no_checksum;  /* UDP over IPv4 may have none */
    Bytes payload;
} TestPacket;

/* Any checksum, byte by byte (RFC 1071, 1). */
uint16_t test_checksum(const uint8_t *data, size_t len, uint32_t start);

/* The sum of the pseudo-header of a packet that is written already. */
uint32_t test_pseudo_header(const TestPacket *packet, const uint8_t *written, size_t upper_len);

/* Writes the packet, complete and right; returns its length. */
size_t test_packet_write(const TestPacket *packet, uint8_t *out);

/* Where its upper protocol begins, and where its payload does. */
size_t test_packet_upper(const TestPacket *packet);
size_t test_packet_headers(const TestPacket *packet);

/* The same as a kernel hands it to a device with offloads: the checksum is left to do, and with a
 * gso_size the cutting too. Returns the length. */
size_t test_packet_write_offloaded(const TestPacket *packet,
                                   size_t gso_size,
                                   VnetHeader *header,
                                   uint8_t *out);

/* Segment i of it, cut here. */
TestPacket test_packet_segment(const TestPacket *packet, size_t gso_size, size_t i, size_t n);

/* What gso_cut makes of an item of gro_finish(): whole packets, each a GBytes, at the end of out.
 */
void test_cut_item(const GroItem *item, GPtrArray *out);
