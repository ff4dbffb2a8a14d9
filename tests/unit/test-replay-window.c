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
    for (uint64_t i = 1; i <= 40; i++)
        compare_from((i << 32) - 3000, 50000);
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

/* --- the high half that is not sent ----------------------------------------------------------- */

/* RFC 4303, A2.2, by trying: of the numbers with this low half, the one nearest to the window's
 * middle that is not more than 2^31 or so away. Written without its case distinctions: the window's
 * lower end is the smallest number that is meant, and 2^32 numbers from there on can be told
 * apart. */
static uint64_t
naive_infer(uint64_t highest, uint32_t low)
{
    uint64_t oldest = highest >= WINDOW - 1 ? highest - (WINDOW - 1) : 0;
    uint64_t candidate = (oldest & ~(uint64_t) UINT32_MAX) | low;

    if (candidate >= oldest)
        return candidate;
    return candidate > UINT64_MAX - (UINT64_C(1) << 32) ? 0 : candidate + (UINT64_C(1) << 32);
}

static void
compare_inference(uint64_t highest)
{
    const int64_t borders[] = {0, -1, 1, WINDOW, -WINDOW, WINDOW - 1, 1 - WINDOW, WINDOW + 1};
    ReplayWindow window = {.highest = highest};

    for (size_t i = 0; i < G_N_ELEMENTS(borders); i++) {
        for (int64_t step = -3; step <= 3; step++) {
            uint32_t low = (uint32_t) (highest + (uint64_t) (borders[i] + step));
            uint32_t plain = (uint32_t) (borders[i] + step);

            g_assert_cmpuint(replay_window_infer(&window, low), ==, naive_infer(highest, low));
            g_assert_cmpuint(replay_window_infer(&window, plain), ==, naive_infer(highest, plain));
        }
    }
}

static void
test_inference_is_rfc_4303s(void)
{
    const uint64_t tops[] = {0, UINT64_C(1) << 32, UINT64_C(7) << 32, UINT64_MAX};
    GRand *rand = g_rand_new_with_seed(4303);

    for (size_t i = 0; i < G_N_ELEMENTS(tops); i++) {
        for (int64_t step = -2 * WINDOW; step <= 2 * WINDOW; step++)
            compare_inference(tops[i] + (uint64_t) step);
    }
    for (int i = 0; i < 1000000; i++) {
        uint64_t highest = (uint64_t) g_rand_int(rand) << 32 | g_rand_int(rand);
        uint32_t low = g_rand_int(rand);
        ReplayWindow window = {.highest = highest};

        g_assert_cmpuint(replay_window_infer(&window, low), ==, naive_infer(highest, low));
    }
    g_rand_free(rand);
}

/* A peer's numbers go over several borders of 2^32; only the low halves arrive, late, twice and in
 * bursts. Whatever is less than a window late is known again. */
static void
walk_over_borders(GRand *rand, uint64_t start, unsigned n)
{
    ReplayWindow window = {0};
    uint64_t sent = start;

    g_assert_true(replay_window_accept(&window, start));
    for (unsigned i = 0; i < n; i++) {
        uint64_t late, inferred;

        switch (g_rand_int_range(rand, 0, 4)) {
        case 0:
            sent += (uint64_t) g_rand_int_range(rand, 1, 5 * WINDOW);
            break;
        case 1: /* nearly all that can be lost in a row */
            sent += (i % 512 == 0) ? (UINT64_C(1) << 32) - WINDOW : 3;
            break;
        default:
            sent++;
        }
        late = (uint64_t) g_rand_int_range(rand, 0, WINDOW);
        inferred = replay_window_infer(&window, (uint32_t) sent);
        g_assert_cmpuint(inferred, ==, sent);
        g_assert_true(replay_window_accept(&window, inferred));
        g_assert_cmpuint(replay_window_infer(&window, (uint32_t) (sent - late)), ==, sent - late);
        g_assert_false(replay_window_accept(&window, inferred));
    }
}

static void
test_low_halves_find_their_number(void)
{
    GRand *rand = g_rand_new_with_seed(32);

    walk_over_borders(rand, 2 * WINDOW, 500000);
    for (uint64_t i = 1; i < 200; i++)
        walk_over_borders(rand, (i << 32) - 2000, 5000);
    g_rand_free(rand);
}

/* --- the outbound counter --------------------------------------------------------------------- */

static void
test_sequence_never_wraps(void)
{
    const uint64_t ends[] = {sequence_end(false), sequence_end(true)};

    g_assert_cmpuint(ends[0], ==, UINT32_MAX);
    g_assert_cmpuint(ends[1], ==, UINT64_MAX);
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        SequenceCounter counter = {0};
        uint64_t first = 0;

        g_assert_cmpuint(sequence_take(&counter, ends[i], 1, &first), ==, 1);
        g_assert_cmpuint(first, ==, 1);
        g_assert_cmpuint(sequence_take(&counter, ends[i], 64, &first), ==, 64);
        g_assert_cmpuint(first, ==, 2);
        g_assert_cmpuint(sequence_take(&counter, ends[i], 0, &first), ==, 0);
        atomic_store(&counter.last, ends[i] - 2);
        g_assert_cmpuint(sequence_take(&counter, ends[i], 64, &first), ==, 2);
        g_assert_cmpuint(first, ==, ends[i] - 1);
        for (int again = 0; again < 3; again++)
            g_assert_cmpuint(sequence_take(&counter, ends[i], 64, &first), ==, 0);
        g_assert_cmpuint(atomic_load(&counter.last), ==, ends[i]);
    }
}

enum { N_THREADS = 8, N_NUMBERS = 2000000 };

typedef struct {
    SequenceCounter counter;
    uint64_t start;
    uint64_t end;
    _Atomic uint8_t *taken; /* of each number from start on: how often */
} Race;

static gpointer
take_until_the_end(gpointer data)
{
    Race *race = data;
    uint64_t first;
    size_t refused = 0;

    for (size_t want = 1; refused < 1000; want = want % 64 + 1) {
        size_t taken = sequence_take(&race->counter, race->end, want, &first);

        g_assert_cmpuint(taken, <=, want);
        for (size_t i = 0; i < taken; i++)
            atomic_fetch_add(&race->taken[first + i - race->start - 1], 1);
        refused += taken == 0;
    }
    return NULL;
}

/* All threads run into the end together: each number was given once, and none after the last. */
static void
race_to(uint64_t end)
{
    Race race = {.start = end - N_NUMBERS, .end = end};
    GThread *threads[N_THREADS];

    race.taken = g_malloc0_n(N_NUMBERS, sizeof(*race.taken));
    atomic_store(&race.counter.last, race.start);
    for (size_t i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new("taker", take_until_the_end, &race);
    for (size_t i = 0; i < N_THREADS; i++)
        g_thread_join(threads[i]);
    for (size_t i = 0; i < N_NUMBERS; i++)
        g_assert_cmpuint(race.taken[i], ==, 1);
    g_assert_cmpuint(atomic_load(&race.counter.last), ==, end);
    g_free((void *) race.taken);
}

static void
test_threads_race_for_numbers(void)
{
    race_to(sequence_end(false));
    race_to(sequence_end(true));
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
    g_test_add_func("/replay-window/inference", test_inference_is_rfc_4303s);
    g_test_add_func("/replay-window/low-halves", test_low_halves_find_their_number);
    g_test_add_func("/replay-window/sequence", test_sequence_never_wraps);
    g_test_add_func("/replay-window/race", test_threads_race_for_numbers);
    return g_test_run();
}
