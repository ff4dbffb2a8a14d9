/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* Numbers that mark what we leave in the kernel (interfaces, states, policies) as ours, each with a
 * sign of life of its owner: an abstract Unix socket named after the number. Such names belong to
 * the network namespace, as the marked things do, and vanish with the process however it ends. */
enum {
    CLAIM_PREFIX = 0x4e,    /* the upper 8 bits of every number */
    CLAIM_RANDOM_BITS = 24, /* too many for anybody to occupy them all */
    CLAIM_TRIES = 16,
};

/* Takes a number that nobody holds. A descriptor that holds it until it is closed, or a negative
 * errno. */
int claim_new(uint32_t *out_number);

/* Takes this number, to clear away what its owner has left: -EADDRINUSE if the owner lives, -EINVAL
 * if the number is none of ours. */
int claim_take(uint32_t number);
