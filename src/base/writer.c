/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/writer.h"

#include <string.h>

Writer
writer_of(uint8_t *buffer, size_t capacity)
{
    return (Writer){.data = buffer, .capacity = capacity};
}

void
writer_bytes(Writer *w, Bytes bytes)
{
    if (bytes.len > w->capacity - w->len) {
        w->overflow = true;
        return;
    }
    if (bytes.len > 0)
        memcpy(w->data + w->len, bytes.data, bytes.len);
    w->len += bytes.len;
}

static void
write_uint(Writer *w, uint32_t value, size_t width)
{
    uint8_t field[4];

    for (size_t i = 0; i < width; i++)
        field[i] = (uint8_t) (value >> (8 * (width - 1 - i)));
    writer_bytes(w, bytes_of(field, width));
}

void
writer_u8(Writer *w, uint8_t value)
{
    write_uint(w, value, 1);
}

void
writer_u16(Writer *w, uint16_t value)
{
    write_uint(w, value, 2);
}

void
writer_u32(Writer *w, uint32_t value)
{
    write_uint(w, value, 4);
}

void
writer_zeros(Writer *w, size_t len)
{
    for (size_t i = 0; i < len && !w->overflow; i++)
        writer_u8(w, 0);
}

WriterBlock
writer_begin(Writer *w, size_t before)
{
    WriterBlock block = {w->len - MIN(before, w->len), w->len};

    writer_u16(w, 0);
    return block;
}

void
writer_end(Writer *w, WriterBlock block)
{
    size_t len = w->len - block.start;
    uint8_t field[2] = {(uint8_t) (len >> 8), (uint8_t) len};

    if (len > UINT16_MAX)
        w->overflow = true;
    writer_patch(w, block.field, BYTES_OF_ARRAY(field));
}

void
writer_patch(Writer *w, size_t at, Bytes bytes)
{
    if (at > w->len || bytes.len > w->len - at) {
        w->overflow = true;
        return;
    }
    if (bytes.len > 0)
        memcpy(w->data + at, bytes.data, bytes.len);
}

Bytes
writer_finish(const Writer *w)
{
    return w->overflow ? (Bytes){0} : bytes_of(w->data, w->len);
}
