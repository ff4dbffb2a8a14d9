/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/secret.h"
#include "model/algorithms.h"

/* prf(key, parts[0] | parts[1] | …), HMAC with the algorithm's hash (RFC 2409, 4; RFC 2104). Writes
 * algorithm->len bytes to out. A key of any length, also empty. */
void prf_compute(
    const PrfAlgorithm *algorithm, Bytes key, const Bytes *parts, size_t n_parts, uint8_t *out);

/* The same as a secret of algorithm->len bytes. */
Secret prf_derive(const PrfAlgorithm *algorithm, Bytes key, const Bytes *parts, size_t n_parts);

/* The plain hash of the parts; algorithm->len bytes to out. */
void prf_hash(const PrfAlgorithm *algorithm, const Bytes *parts, size_t n_parts, uint8_t *out);
