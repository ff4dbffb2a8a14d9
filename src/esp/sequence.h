/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The numbers of an outbound SA: from 1 on, each once, and never again from the start (RFC 4303,
 * 3.3.3). All zero: none was given yet. */
typedef struct {
    uint32_t last;
} SequenceCounter;

/* False if all are used up: then the SA must send no more. */
static inline bool
sequence_next(SequenceCounter *counter, uint32_t *out)
{
    if (counter->last == UINT32_MAX)
        return false;
    *out = ++counter->last;
    return true;
}
