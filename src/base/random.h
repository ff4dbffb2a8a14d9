/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

/* Where chance comes from. Part of a function's input, so that a whole negotiation can be repeated:
 * crypto/random.h has the system's, tests have a seeded one. */
typedef struct {
    void (*fill)(void *state, uint8_t *out, size_t len);
    void *state;
} RandomSource;

static inline void
random_fill(const RandomSource *random, void *out, size_t len)
{
    random->fill(random->state, out, len);
}

static inline uint32_t
random_u32(const RandomSource *random)
{
    uint32_t value;

    random_fill(random, &value, sizeof(value));
    return value;
}
