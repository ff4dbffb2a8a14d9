/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dataplane/userspace/sad.h"

/* Transport mode (RFC 4303, 3.1.1): what an IP packet carries goes through the Child SA without its
 * header, which says no more than the outer one does. */

enum { TRANSPORT_MAX_HEADER = 40 };

/* Where the text begins, and what it is. False for what does not go without its header: fragments
 * (RFC 4303, 3.3.4), hop-by-hop options. */
bool transport_text(Bytes packet, const InnerPacket *inner, size_t *out_offset, uint8_t *out_next);

/* Writes the header of a packet between the half's two hosts, as it came in: up to
 * TRANSPORT_MAX_HEADER bytes. Returns its length; 0 if text_len is more than it can say. */
size_t transport_write_header(
    const SaHalf *half, uint8_t tos, uint8_t next_header, size_t text_len, uint8_t *out);
