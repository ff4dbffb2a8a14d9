/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/connection-config.h"

/* Bits of an engine input's first byte: the profile that the engine runs on. */
enum {
    ENGINE_AGGRESSIVE = 1,
    ENGINE_XAUTH = 2,
    ENGINE_PUSH = 4,
    ENGINE_PFS = 8,
    ENGINE_FORCED = 16, /* encapsulation */
    ENGINE_ASK = 32,    /* neither user nor password in the profile */
    ENGINE_SHORT = 64,  /* lifetimes of minutes */
    ENGINE_PERSISTENT = 128,
};

/* What follows: one of these, and what it says there. */
enum {
    ENGINE_DATAGRAM,    /* port (0 or 1), length (2 bytes), bytes */
    ENGINE_TIME,        /* tenths of a second (2 bytes), then the time-out if it is due */
    ENGINE_TO_DEADLINE, /* as long as the engine itself waits */
    ENGINE_SECRET,      /* kind, length, text */
    ENGINE_USED,        /* which SA (1 byte, the n-th that was installed) */
    ENGINE_EXPIRING,    /* … */
    ENGINE_STOP,
    ENGINE_PATH,    /* the last byte of our address (0: there is no path), MTU (2 bytes) */
    ENGINE_ACQUIRE, /* the last bytes of both addresses inside */
    ENGINE_N_STEPS,
};

ConnectionConfig *engine_config(uint8_t bits);

/* The seed of the engine's chance, so that a recorded conversation fits. */
enum { ENGINE_SEED = 99 };
