/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz/fuzz.h"
#include "lib/random-seeded.h"

#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Runs a target over its corpus, then over mutations of it that are the same each time:
 *
 *     fuzz-NAME [ITERATIONS [FILE...]]
 *
 * ITERATIONS is 20,000 unless said otherwise; with files, only those are run and changed. A finding
 * names its iteration; FUZZ_ONLY=iteration in the environment runs to it and writes the input to
 * fuzz-input.bin before it is tried. */

enum {
    ITERATIONS = 20000,
    MAX_SIZE = 16 * 1024,
    MAX_CHANGES = 8,
};

static GPtrArray *corpus; /* of GBytes */
static SeededRandom chance;

static void
add_file(const char *path)
{
    char *text;
    gsize len;

    if (g_file_get_contents(path, &text, &len, NULL))
        g_ptr_array_add(corpus, g_bytes_new_take(text, len));
    else
        g_error("%s cannot be read", path);
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
add_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    if (!dir)
        g_error("%s: there is no corpus", folder);
    while ((name = g_dir_read_name(dir)))
        g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    g_dir_close(dir);
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < names->len; i++)
        add_file(names->pdata[i]);
}

/* Of its exact size, so that a byte too far is one too far. */
static void
run_one(const uint8_t *data, size_t len)
{
    g_autofree uint8_t *exact = g_memdup2(data, len);

    LLVMFuzzerTestOneInput(exact, len);
}

/* One change of a kind that parsers are known to stumble over. */
static size_t
change(uint8_t *data, size_t len)
{
    static const uint8_t edges[] = {0, 1, 4, 0x7f, 0x80, 0xff};
    size_t at = len ? seeded_below(&chance, (uint32_t) len) : 0;
    size_t n = len - at ? 1 + seeded_below(&chance, (uint32_t) MIN(len - at, 64)) : 0;
    const GBytes *other = corpus->pdata[seeded_below(&chance, corpus->len)];
    gsize other_len;
    const uint8_t *other_data = g_bytes_get_data((GBytes *) other, &other_len);

    switch (seeded_below(&chance, 8)) {
    case 0:
    case 1:
        if (len)
            data[at] ^= (uint8_t) (1 << seeded_below(&chance, 8));
        return len;
    case 2:
    case 3:
        if (len)
            data[at] = edges[seeded_below(&chance, sizeof(edges))];
        return len;
    case 4: /* leave a piece out */
        memmove(data + at, data + at + n, len - at - n);
        return len - n;
    case 5: /* a piece twice */
        n = MIN(n, MAX_SIZE - len);
        memmove(data + at + n, data + at, len - at);
        return len + n;
    case 6: /* a piece of another one */
        n = seeded_below(&chance, (uint32_t) MIN(MIN(other_len, 200), MAX_SIZE - at) + 1);
        if (n)
            memcpy(
                data + at, other_data + seeded_below(&chance, (uint32_t) (other_len - n + 1)), n);
        return MAX(len, at + n);
    default: /* cut */
        return seeded_below(&chance, 4) ? len : at;
    }
}

static void
run_mutated(uint64_t iteration, uint64_t only)
{
    uint8_t data[MAX_SIZE];
    const GBytes *seed = corpus->pdata[seeded_below(&chance, corpus->len)];
    gsize len;
    const uint8_t *bytes = g_bytes_get_data((GBytes *) seed, &len);

    len = MIN(len, MAX_SIZE);
    memcpy(data, bytes, len);
    for (uint32_t n = 1 + seeded_below(&chance, MAX_CHANGES); n > 0; n--)
        len = change(data, len);
    if (iteration == only)
        g_file_set_contents("fuzz-input.bin", (const char *) data, (gssize) len, NULL);
    if (only == UINT64_MAX || iteration == only)
        run_one(data, len);
}

/* An abort inside says where. */
static uint64_t current;

static void
on_abort(int signal)
{
    printf("not ok 2 - iteration %" G_GUINT64_FORMAT " (FUZZ_ONLY)\n", current);
}

int
main(int argc, char **argv)
{
    uint64_t iterations = argc > 1 ? g_ascii_strtoull(argv[1], NULL, 10) : ITERATIONS;
    const char *only = g_getenv("FUZZ_ONLY");

    signal(SIGABRT, on_abort);
    corpus = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);
    random_seeded(&chance, 1);
    for (int i = 2; i < argc; i++)
        add_file(argv[i]);
    if (argc <= 2)
        add_folder(g_getenv("FUZZ_CORPUS"));
    setvbuf(stdout, NULL, _IONBF, 0);
    printf("1..2\n");
    for (guint i = 0; i < corpus->len; i++) {
        gsize len;
        const uint8_t *data = g_bytes_get_data(corpus->pdata[i], &len);

        run_one(data, len);
    }
    printf("%s 1 - corpus: %u inputs, %u of them all the way\n",
           fuzz_reached ? "ok" : "not ok",
           corpus->len,
           fuzz_reached);
    for (current = 0; current < iterations; current++)
        run_mutated(current, only ? g_ascii_strtoull(only, NULL, 10) : UINT64_MAX);
    printf("ok 2 - %u mutations, %u all the way\n", (unsigned) iterations, fuzz_reached);
    g_ptr_array_unref(corpus);
    return fuzz_reached ? 0 : 1;
}
