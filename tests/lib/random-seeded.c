/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/random-seeded.h"

static uint64_t
next(SeededRandom *seeded)
{
    uint64_t z = seeded->state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void
fill(void *state, uint8_t *out, size_t len)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < len; i++) {
        if (i % 8 == 0)
            bits = next(state);
        out[i] = (uint8_t) (bits >> (8 * (i % 8)));
    }
}

RandomSource
random_seeded(SeededRandom *seeded, uint64_t seed)
{
    seeded->state = seed;
    return (RandomSource){fill, seeded};
}

uint32_t
seeded_below(SeededRandom *seeded, uint32_t limit)
{
    return (uint32_t) (next(seeded) % limit);
}
