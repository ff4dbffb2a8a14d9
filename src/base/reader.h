/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

/* A cursor over bytes that a peer chose. Past the end it returns zero, empties itself, and sets the
 * mark that all readers of one message share; so parsers read top to bottom without a check, loop
 * with `while (reader_more(&r))`, and one place looks at the mark. Numbers are in network order. */
typedef struct {
    Bytes rest;
    bool *malformed;
} Reader;

static inline Reader
reader_of(Bytes bytes, bool *malformed)
{
    return (Reader){bytes, malformed};
}

static inline bool
reader_more(const Reader *r)
{
    return r->rest.len > 0;
}

/* Sets the mark and empties the reader. */
void reader_reject(Reader *r);

uint8_t reader_u8(Reader *r);
uint16_t reader_u16(Reader *r);
uint32_t reader_u32(Reader *r);
uint64_t reader_u64(Reader *r);

/* A view of the next len bytes; empty if there are fewer. */
Bytes reader_bytes(Reader *r, size_t len);

/* All that is left; the reader is empty afterwards. */
Bytes reader_rest(Reader *r);

void reader_skip(Reader *r, size_t len);

/* A reader of the next len bytes. */
Reader reader_sub(Reader *r, size_t len);

/* A reader of what follows a 16-bit length that counts itself and header_len bytes in all, as IKE's
 * lengths do (RFC 2408, 3.2: "length in octets of the current payload, including the generic
 * payload header"). A length below header_len is malformed. */
Reader reader_block(Reader *r, size_t header_len);
