/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/random.h"

#include <openssl/rand.h>

static void
fill_from_openssl(void *state, uint8_t *out, size_t len)
{
    g_return_if_fail(len <= INT_MAX);
    if (RAND_bytes(out, (int) len) != 1)
        g_error("OpenSSL's random generator failed");
}

const RandomSource random_system = {.fill = fill_from_openssl};
