/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

/* DSCP and ECN through a tunnel (RFC 4301, 5.1.2; RFC 6040). A TOS is IPv4's byte of that name or
 * IPv6's traffic class: six bits of DSCP, two of ECN. */

/* The TOS for the outer header of an inner packet, in normal mode (RFC 6040, 4.1): a copy. Zero for
 * what is no IP packet. */
uint8_t ecn_outer_tos(Bytes inner);

/* Brings the outer header's mark into the inner packet (RFC 6040, 4.2), and sets IPv4's header
 * checksum right. The inner DSCP stays. False if the packet must be dropped: congestion was marked
 * on what does not understand the mark. What is no IP packet is left alone. */
bool ecn_decapsulate(uint8_t *inner, size_t len, uint8_t outer_tos);
