/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp/replay-window.h"

#include "esp/sequence.h"

#include <glib.h>
#include <string.h>

enum { WINDOW = REPLAY_WINDOW_SIZE };

/* RFC 4303, 3.4.3 word for word: a set of the numbers seen. */
typedef struct {
    uint64_t highest;
    GHashTable *seen;
} NaiveWindow;

static bool
naive_accept(NaiveWindow *naive, uint64_t seq)
{
    if (seq == 0 || (naive->highest >= WINDOW && seq <= naive->highest - WINDOW))
        return false;
    if (g_hash_table_contains(naive->seen, GSIZE_TO_POINTER(seq)))
        return false;
    g_hash_table_add(naive->seen, GSIZE_TO_POINTER(seq));
    naive->highest = MAX(naive->highest, seq);
    return true;
}

/* Numbers as a network brings them: mostly near the highest, some old, some far ahead. */
static uint64_t
next_number(GRand *rand, uint64_t highest)
{
    int64_t seq = (int64_t) highest;

    switch (g_rand_int_range(rand, 0, 16)) {
    case 0:
        seq += g_rand_int_range(rand, -4 * WINDOW, 4 * WINDOW);
        break;
    case 1:
        seq += g_rand_int_range(rand, -WINDOW - 2, -WINDOW + 3);
        break;
    case 2:
        seq += g_rand_int_range(rand, 1, 200);
        break;
    case 3:
        seq += g_rand_int_range(rand, -WINDOW, 1);
        break;
    default:
        seq += g_rand_int_range(rand, -20, 5);
        break;
    }
    return seq < 0 ? 0 : (uint64_t) seq;
}

static void
compare_from(uint64_t start, unsigned n)
{
    GRand *rand = g_rand_new_with_seed((guint32) start + 1);
    NaiveWindow naive = {start, g_hash_table_new(NULL, NULL)};
    ReplayWindow window = {0};

    if (start > 0) {
        g_assert_true(replay_window_accept(&window, start));
        g_hash_table_add(naive.seen, GSIZE_TO_POINTER(start));
    }
    for (unsigned i = 0; i < n; i++) {
        uint64_t seq = next_number(rand, naive.highest);
        bool asked = replay_window_may_accept(&window, seq);
        bool expected = naive_accept(&naive, seq);

        g_assert_cmpint(asked, ==, expected);
        g_assert_cmpint(replay_window_accept(&window, seq), ==, expected);
        g_assert_cmpuint(window.highest, ==, naive.highest);
    }
    g_hash_table_unref(naive.seen);
    g_rand_free(rand);
}

static void
test_like_the_naive_one(void)
{
    compare_from(0, 1500000);
    compare_from(UINT32_MAX - 1000, 1000000);
    compare_from(UINT64_C(1) << 40, 500000);
}

static void
test_zero_is_never_new(void)
{
    ReplayWindow window = {0};

    g_assert_false(replay_window_may_accept(&window, 0));
    g_assert_false(replay_window_accept(&window, 0));
    g_assert_true(replay_window_accept(&window, 1));
    g_assert_false(replay_window_accept(&window, 1));
}

static void
test_the_whole_window_counts(void)
{
    ReplayWindow window = {0};

    g_assert_true(replay_window_accept(&window, WINDOW + 10));
    g_assert_true(replay_window_may_accept(&window, 11));
    g_assert_false(replay_window_may_accept(&window, 10));
    for (uint64_t seq = 11; seq < WINDOW + 10; seq++)
        g_assert_true(replay_window_accept(&window, seq));
    for (uint64_t seq = 0; seq <= WINDOW + 10; seq++)
        g_assert_false(replay_window_accept(&window, seq));
}

static void
test_asking_changes_nothing(void)
{
    ReplayWindow window = {0}, before;

    g_assert_true(replay_window_accept(&window, 5));
    before = window;
    for (uint64_t seq = 0; seq < 4 * WINDOW; seq++)
        replay_window_may_accept(&window, seq);
    g_assert_cmpmem(&window, sizeof(window), &before, sizeof(before));
}

/* A packet that jumps over the whole ring, also by a multiple of its size, leaves nothing behind.
 */
static void
test_a_jump_forgets_all(void)
{
    for (uint64_t jump = WINDOW; jump < 6 * WINDOW; jump += 63) {
        ReplayWindow window = {0};
        uint64_t highest = 3 * WINDOW + jump;

        for (uint64_t seq = 1; seq <= 3 * WINDOW; seq++)
            g_assert_true(replay_window_accept(&window, seq));
        g_assert_true(replay_window_accept(&window, highest));
        for (uint64_t seq = highest - WINDOW + 1; seq < highest; seq++)
            g_assert_true(replay_window_may_accept(&window, seq));
    }
}

static void
test_sequence_never_wraps(void)
{
    SequenceCounter counter = {0};
    uint32_t seq = 0;

    g_assert_true(sequence_next(&counter, &seq));
    g_assert_cmpuint(seq, ==, 1);
    counter.last = UINT32_MAX - 1;
    g_assert_true(sequence_next(&counter, &seq));
    g_assert_cmpuint(seq, ==, UINT32_MAX);
    for (int i = 0; i < 3; i++)
        g_assert_false(sequence_next(&counter, &seq));
    g_assert_cmpuint(seq, ==, UINT32_MAX);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/replay-window/naive", test_like_the_naive_one);
    g_test_add_func("/replay-window/zero", test_zero_is_never_new);
    g_test_add_func("/replay-window/whole", test_the_whole_window_counts);
    g_test_add_func("/replay-window/asking", test_asking_changes_nothing);
    g_test_add_func("/replay-window/jump", test_a_jump_forgets_all);
    g_test_add_func("/replay-window/sequence", test_sequence_never_wraps);
    return g_test_run();
}
