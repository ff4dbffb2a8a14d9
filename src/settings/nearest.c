/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/options.h"

#include <string.h>

enum {
    MAX_KEY_LEN = 32, /* longer than any of ours: not a slip of the finger */
};

/* How many letters must be put in, taken out, changed or swapped with their neighbour to make b of
 * a (the optimal string alignment distance). */
static unsigned
distance(const char *a, const char *b)
{
    unsigned d[MAX_KEY_LEN + 1][MAX_KEY_LEN + 1];
    size_t a_len = strlen(a), b_len = strlen(b);

    for (unsigned i = 0; i <= a_len; i++)
        d[i][0] = i;
    for (unsigned j = 0; j <= b_len; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        for (size_t j = 1; j <= b_len; j++) {
            unsigned changed = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

            d[i][j] = MIN(changed, MIN(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a_len][b_len];
}

const char *
option_nearest_key(const char *key)
{
    g_autofree char *lower = g_ascii_strdown(key, -1);
    unsigned len = (unsigned) strlen(key);
    unsigned least = MIN(MAX(3, len / 3 + 1), len); /* not all of the letters may be wrong */
    const char *nearest = NULL;
    const Option *option;

    if (len > MAX_KEY_LEN)
        return NULL;
    for (size_t i = 0; (option = option_at(i)); i++) {
        unsigned d = distance(g_strdelimit(lower, "_ .", '-'), option->key);

        if (d < least) {
            least = d;
            nearest = option->key;
        }
    }
    return nearest;
}
