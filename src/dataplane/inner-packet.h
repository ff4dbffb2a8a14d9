/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/address.h"

/* What a policy asks of a packet inside the tunnel (RFC 4301, 4.4.1.1). */
typedef struct {
    IpAddress source;
    IpAddress destination;
    uint8_t protocol;
    bool has_ports;       /* not in a fragment but the first, nor where the protocol has none */
    uint16_t source_port; /* of ICMP both are type and code (RFC 4301, 4.4.1.1) */
    uint16_t destination_port;
    bool is_fragment;    /* the first, too */
    size_t upper_offset; /* where the upper protocol begins, behind options and extension headers */
    size_t len;          /* by the IP header; what follows is padding (RFC 4303, 2.7) */
} InnerPacket;

/* False if it is no whole IP packet. */
bool inner_packet_read(Bytes packet, InnerPacket *out);
