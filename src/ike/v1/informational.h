/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/v1/internal.h"

/* Notifies, Deletes (RFC 2409, 5.7) and dead peer detection (RFC 3706). */

Outcome informational_take(IkeV1 *v1, Exchange *exchange, const Message *message);
Outcome informational_take_hint(IkeV1 *v1, Exchange *exchange, const Message *message);
void informational_send_delete_child(IkeV1 *v1, uint32_t inbound_spi);
void informational_send_delete_isakmp(IkeV1 *v1);
void informational_send_notify(IkeV1 *v1, uint16_t type, Bytes data);
void dpd_start(IkeV1 *v1);
void dpd_timeout(IkeV1 *v1);
IkeTime dpd_deadline(const IkeV1 *v1);
void dpd_take_probe(IkeV1 *v1, Bytes seq);
void dpd_take_ack(IkeV1 *v1, Bytes seq);
