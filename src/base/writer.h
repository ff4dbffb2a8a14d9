/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

/* Builds a message in a buffer of the caller's. What does not fit is dropped and remembered, so
 * builders write top to bottom without a check and writer_finish() is the only one. Numbers are
 * written in network order. */
typedef struct {
    uint8_t *data;
    size_t len;
    size_t capacity;
    bool overflow;
} Writer;

/* A 16-bit length field whose value is known only when its block ends. */
typedef struct {
    size_t start; /* where counting starts */
    size_t field; /* where the length stands */
} WriterBlock;

Writer writer_of(uint8_t *buffer, size_t capacity);

void writer_u8(Writer *w, uint8_t value);
void writer_u16(Writer *w, uint16_t value);
void writer_u32(Writer *w, uint32_t value);
void writer_bytes(Writer *w, Bytes bytes);
void writer_zeros(Writer *w, size_t len);

/* Leaves room for a 16-bit length that, once writer_end() is called, counts everything from
 * `before` bytes in front of the length field up to the end. */
WriterBlock writer_begin(Writer *w, size_t before);
void writer_end(Writer *w, WriterBlock block);

/* Overwrites bytes already written (a next payload, a length, a hash). Ignored if out of range,
 * which then counts as an overflow. */
void writer_patch(Writer *w, size_t at, Bytes bytes);

/* What was written, or the empty view if it did not fit. */
Bytes writer_finish(const Writer *w);
