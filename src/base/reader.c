/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/reader.h"

void
reader_reject(Reader *r)
{
    *r->malformed = true;
    r->rest = (Bytes){0};
}

/* The only bounds check of the codec. */
Bytes
reader_bytes(Reader *r, size_t len)
{
    Bytes head = {r->rest.data, len};

    if (len > r->rest.len)
        reader_reject(r);
    if (len == 0 || r->rest.len == 0)
        return (Bytes){0};
    r->rest.data += len;
    r->rest.len -= len;
    return head;
}

static uint64_t
read_uint(Reader *r, size_t width)
{
    Bytes field = reader_bytes(r, width);
    uint64_t value = 0;

    for (size_t i = 0; i < field.len; i++)
        value = value << 8 | field.data[i];
    return value;
}

uint8_t
reader_u8(Reader *r)
{
    return (uint8_t) read_uint(r, 1);
}

uint16_t
reader_u16(Reader *r)
{
    return (uint16_t) read_uint(r, 2);
}

uint32_t
reader_u32(Reader *r)
{
    return (uint32_t) read_uint(r, 4);
}

uint64_t
reader_u64(Reader *r)
{
    return read_uint(r, 8);
}

Bytes
reader_rest(Reader *r)
{
    return reader_bytes(r, r->rest.len);
}

void
reader_skip(Reader *r, size_t len)
{
    reader_bytes(r, len);
}

Reader
reader_sub(Reader *r, size_t len)
{
    return (Reader){reader_bytes(r, len), r->malformed};
}

Reader
reader_block(Reader *r, size_t header_len)
{
    size_t len = reader_u16(r);

    if (len < header_len) {
        reader_reject(r);
        return *r;
    }
    return reader_sub(r, len - header_len);
}
