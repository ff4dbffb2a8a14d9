/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz/fuzz.h"
#include "fuzz/readers.h"
#include "wire/v1/isakmp.h"

unsigned fuzz_reached;

/* What stands inside an encrypted message: the first payload's type, then the chain and padding. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IsakmpPayloads payloads;
    size_t total = 0;

    if (size == 0 || !isakmp_payloads_read(data[0], bytes_of(data + 1, size - 1), &payloads))
        return 0;
    for (size_t i = 0; i < payloads.n; i++) {
        fuzz_reached += read_by_all(payloads.items[i].body) > 0;
        total += payloads.items[i].raw.len;
    }
    g_assert_cmpuint(total + payloads.padding.len, ==, size - 1);
    return 0;
}
