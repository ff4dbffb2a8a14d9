/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/random.h"
#include "base/secret.h"
#include "model/algorithms.h"

/* One side of a Diffie-Hellman exchange: a fresh private value and its public one (RFC 2409, 6;
 * RFC 3526; RFC 5903). */
typedef struct KeyExchange KeyExchange;

/* The private value comes from random, so that an exchange can be repeated. Never NULL. */
KeyExchange *key_exchange_new(const KeyExchangeMethod *method, const RandomSource *random);

const KeyExchangeMethod *key_exchange_method(const KeyExchange *ke);

/* method->public_len bytes as they stand on the wire; lives as long as ke. */
Bytes key_exchange_public(const KeyExchange *ke);

/* g^xy, method->shared_len bytes, leading zeros kept. Empty if the peer's value is of the wrong
 * length or fails the tests of RFC 6989 (2.1: 1 < r < p-1; 2.3: the point is on the curve). */
Secret key_exchange_derive(KeyExchange *ke, Bytes peer_public);

void key_exchange_free(KeyExchange *ke);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeyExchange, key_exchange_free)
