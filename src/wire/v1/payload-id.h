/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/identity.h"
#include "model/traffic-selector.h"
#include "wire/v1/isakmp.h"

/* The Identification payload (RFC 2407, 4.6.2): in phase 1 who somebody is, in quick mode which
 * traffic. */
typedef struct {
    uint8_t type;
    uint8_t protocol;
    uint16_t port;
    Bytes data;
} IdPayload;

bool id_payload_read(Bytes body, IdPayload *out);
void id_payload_write(Writer *w, const IdPayload *id);

/* Phase 1. The identity owns its data. */
Identity id_payload_to_identity(const IdPayload *id);
IdPayload id_payload_of_identity(const Identity *identity);

/* Quick mode. buffer keeps the data of the result: at least 32 bytes. A range that is a network is
 * sent as one. Reading is false for types that name no addresses, and for a last address below the
 * first. */
IdPayload id_payload_of_selector(const TrafficSelector *ts, uint8_t *buffer);
bool id_payload_to_selector(const IdPayload *id, TrafficSelector *out);
