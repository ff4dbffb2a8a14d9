/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What each target is: libFuzzer's entry, so that the same file serves both a search with clang and
 * the bounded run of run.c. Always returns 0; a finding is an abort. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How often the target came as far as it is meant to (a message read, a connection established): a
 * corpus that does not get there fuzzes nothing. */
extern unsigned fuzz_reached;
