/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/v1/internal.h"

/* Notifies, Deletes (RFC 2409, 5.7) and dead peer detection (RFC 3706). */

Outcome informational_take(IkeV1 *v1, Exchange *exchange, const Message *message);
Outcome informational_take_hint(IkeV1 *v1, Exchange *exchange, const Message *message);
void informational_send_delete_child(IkeV1 *v1, uint32_t inbound_spi);
void informational_send_delete_isakmp(IkeV1 *v1);
void informational_send_notify(IkeV1 *v1, uint16_t type, Bytes data);
/* R-U-THERE in a packet of at most this size, outer headers included, which must not be cut. The
 * size that it has; 0: it does not fit in. */
uint32_t informational_send_probe(IkeV1 *v1, Bytes seq, uint32_t size);
void dpd_start(IkeV1 *v1);
/* The sequence number of the next R-U-THERE: of whatever kind, each is larger (RFC 3706, 6.2). */
uint32_t dpd_next_seq(IkeV1 *v1);
void dpd_timeout(IkeV1 *v1);
IkeTime dpd_deadline(const IkeV1 *v1);
void dpd_take_probe(IkeV1 *v1, Bytes seq);
void dpd_take_ack(IkeV1 *v1, Bytes seq);
