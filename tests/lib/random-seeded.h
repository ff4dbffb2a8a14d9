/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/random.h"

/* Chance that can be repeated: the same seed gives the same bytes (splitmix64). */
typedef struct {
    uint64_t state;
} SeededRandom;

/* Borrows *seeded, which starts at seed. */
RandomSource random_seeded(SeededRandom *seeded, uint64_t seed);

/* 0 to limit - 1. */
uint32_t seeded_below(SeededRandom *seeded, uint32_t limit);
