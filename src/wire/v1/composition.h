/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "wire/v1/isakmp.h"

/* What a message may contain, read off the exchange's picture in its RFC: checked before any
 * handler looks at it. Vendor IDs, and payload types that nobody knows, may be anywhere and are
 * ignored. */
typedef struct {
    uint8_t type;
    uint8_t least;
    uint8_t most;
} PayloadRule;

enum { MAX_PAYLOAD_RULES = 10 };

typedef struct {
    bool encrypted; /* the whole message must be; if not, it must not be */
    uint8_t first;  /* the type that must stand first (HASH in phase 2); 0: any */
    PayloadRule rules[MAX_PAYLOAD_RULES]; /* ends with an all-zero row */
} Composition;

extern const Composition composition_main_2, composition_main_4, composition_main_6;
extern const Composition composition_aggressive_2;
extern const Composition composition_transaction;
extern const Composition composition_quick_1_and_2, composition_quick_3;
extern const Composition composition_informational, composition_informational_clear;

/* NULL if it is as it should be, else what is wrong, in words. */
const char *
composition_problem(const Composition *composition, const IsakmpPayloads *payloads, bool encrypted);
