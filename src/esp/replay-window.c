/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp/replay-window.h"

enum { BITS = 64 };

static uint64_t *
block_of(ReplayWindow *w, uint64_t seq)
{
    return &w->blocks[seq / BITS % REPLAY_BLOCKS];
}

static uint64_t
bit_of(uint64_t seq)
{
    return UINT64_C(1) << seq % BITS;
}

/* A low half that is too small for the window belongs to the next 2^32 numbers; one that is too
 * large for a window that reaches back over their border belongs to those before. The very first
 * 2^32 have none before them: there it is a jump ahead. */
uint64_t
replay_window_infer(const ReplayWindow *w, uint32_t low)
{
    uint32_t high = (uint32_t) (w->highest >> 32);
    uint32_t oldest = (uint32_t) w->highest - (REPLAY_WINDOW_SIZE - 1);
    bool spans_border = (uint32_t) w->highest < REPLAY_WINDOW_SIZE - 1;

    if (!spans_border && low < oldest) {
        if (high == UINT32_MAX)
            return 0;
        high++;
    } else if (spans_border && low >= oldest && high > 0) {
        high--;
    }
    return (uint64_t) high << 32 | low;
}

bool
replay_window_may_accept(const ReplayWindow *w, uint64_t seq)
{
    if (seq == 0)
        return false;
    if (seq > w->highest)
        return true;
    if (w->highest - seq >= REPLAY_WINDOW_SIZE)
        return false;
    return !(w->blocks[seq / BITS % REPLAY_BLOCKS] & bit_of(seq));
}

/* Blocks between the old and the new highest number hold numbers that nobody has used yet. */
static void
move_to(ReplayWindow *w, uint64_t seq)
{
    uint64_t block = w->highest / BITS;
    uint64_t steps = seq / BITS - block;

    if (steps > REPLAY_BLOCKS)
        steps = REPLAY_BLOCKS;
    for (uint64_t i = 1; i <= steps; i++)
        w->blocks[(block + i) % REPLAY_BLOCKS] = 0;
    w->highest = seq;
}

bool
replay_window_accept(ReplayWindow *w, uint64_t seq)
{
    if (!replay_window_may_accept(w, seq))
        return false;
    if (seq > w->highest)
        move_to(w, seq);
    *block_of(w, seq) |= bit_of(seq);
    return true;
}
