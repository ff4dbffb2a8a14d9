/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz/fuzz.h"
#include "fuzz/readers.h"

unsigned fuzz_reached;

/* The body of one payload: attributes, ID, SA, notification, Delete, vendor ID. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_reached += read_by_all(bytes_of(data, size)) > 0;
    return 0;
}
