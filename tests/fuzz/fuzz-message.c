/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz/fuzz.h"
#include "fuzz/readers.h"
#include "wire/v1/composition.h"

unsigned fuzz_reached;

static const Composition *const compositions[] = {
    &composition_main_2,
    &composition_main_4,
    &composition_main_6,
    &composition_quick_1_and_2,
    &composition_aggressive_2,
    &composition_transaction,
    &composition_quick_1_and_2,
    &composition_quick_3,
    &composition_informational,
    &composition_informational_clear,
};

/* A datagram: header, chain, every payload by every reader, every composition. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IsakmpHeader header;
    IsakmpPayloads payloads;
    Bytes body;

    if (!isakmp_header_read(bytes_of(data, size), &header, &body)
        || !isakmp_payloads_read(header.next_payload, body, &payloads))
        return 0;
    fuzz_reached += payloads.n > 0;
    for (size_t i = 0; i < payloads.n; i++)
        read_by_all(payloads.items[i].body);
    for (size_t i = 0; i < G_N_ELEMENTS(compositions); i++)
        composition_problem(compositions[i], &payloads, header.flags & ISAKMP_FLAG_ENCRYPTION);
    isakmp_payloads_behind_first(&payloads);
    return 0;
}
