/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    REPLAY_BLOCKS = 17,                            /* one more than the window: RFC 6479, 2 */
    REPLAY_WINDOW_SIZE = (REPLAY_BLOCKS - 1) * 64, /* packets */
};

/* The anti-replay window of one inbound SA (RFC 4303, 3.4.3), kept as a ring of blocks (RFC 6479).
 * All zero is the empty window. Not safe for use from two threads. */
typedef struct {
    uint64_t highest;               /* the largest number accepted so far */
    uint64_t blocks[REPLAY_BLOCKS]; /* bit (n mod 64) of its block says whether n was seen */
} ReplayWindow;

/* The whole number of a packet whose low half was sent: the one nearest to the window (RFC 4303,
 * A2.2). 0 if it would be beyond the last of 64 bits. */
uint64_t replay_window_infer(const ReplayWindow *w, uint32_t low);

/* Whether a packet of this number may still be new: asked before the ICV is checked. 0 never is. */
bool replay_window_may_accept(const ReplayWindow *w, uint64_t seq);

/* Marks it as seen; false if it was already, or is too old. Call only after the ICV was found good:
 * a forged number must never move the window. */
bool replay_window_accept(ReplayWindow *w, uint64_t seq);
