/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dataplane/inner-packet.h"

/* Lowers the maximum segment size that a TCP SYN announces (RFC 9293, 3.7.1) to what fits mtu, for
 * paths where nobody says that a packet was too big. Never raises it; leaves alone what is no SYN,
 * a fragment, and options that are malformed. The checksum must be complete. packet: as
 * inner_packet_read() has read it into inner. Returns whether it changed anything. */
bool mss_clamp(uint8_t *packet, const InnerPacket *inner, uint32_t mtu);
