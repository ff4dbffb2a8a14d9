/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers of an outbound SA: from 1 on, each once, and never again from the start (RFC 4303,
 * 3.3.3). All zero: none was given yet. Several threads may take from one. */
typedef struct {
    _Atomic uint64_t last;
} SequenceCounter;

/* The last number that an SA can have. */
static inline uint64_t
sequence_end(bool esn)
{
    return esn ? UINT64_MAX : UINT32_MAX;
}

/* Takes up to n numbers in a row, none beyond end; says how many, and the first of them. */
static inline size_t
sequence_take(SequenceCounter *counter, uint64_t end, size_t n, uint64_t *out_first)
{
    uint64_t last = atomic_load_explicit(&counter->last, memory_order_relaxed);
    size_t taken;

    do {
        taken = end - last < n ? (size_t) (end - last) : n;
    } while (!atomic_compare_exchange_weak_explicit(
        &counter->last, &last, last + taken, memory_order_relaxed, memory_order_relaxed));
    *out_first = last + 1;
    return taken;
}
