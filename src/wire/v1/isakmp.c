/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/v1/isakmp.h"

#include <string.h>

enum {
    NEXT_PAYLOAD_OFFSET = 16,
    FLAGS_OFFSET = 19,
    LENGTH_OFFSET = 24,
};

static void
read_cookie(Reader *r, uint8_t *cookie)
{
    Bytes bytes = reader_bytes(r, ISAKMP_COOKIE_LEN);

    memset(cookie, 0, ISAKMP_COOKIE_LEN);
    if (bytes.len > 0)
        memcpy(cookie, bytes.data, bytes.len);
}

bool
isakmp_header_read(Bytes datagram, IsakmpHeader *out, Bytes *body)
{
    bool malformed = false;
    Reader r = reader_of(datagram, &malformed);

    read_cookie(&r, out->initiator_cookie);
    read_cookie(&r, out->responder_cookie);
    out->next_payload = reader_u8(&r);
    out->version = reader_u8(&r);
    out->exchange = reader_u8(&r);
    out->flags = reader_u8(&r);
    out->message_id = reader_u32(&r);
    out->length = reader_u32(&r);
    if (malformed || out->version >> 4 != ISAKMP_VERSION >> 4)
        return false;
    if (out->length < ISAKMP_HEADER_LEN || out->length > datagram.len)
        return false;
    *body = bytes_of(datagram.data + ISAKMP_HEADER_LEN, out->length - ISAKMP_HEADER_LEN);
    return true;
}

/* RFC 2408, 3.2: next payload, reserved, payload length. Returns the type of the payload behind. */
static uint8_t
read_payload(Reader *r, uint8_t type, IsakmpPayload *out)
{
    const uint8_t *start = r->rest.data;
    uint8_t next = reader_u8(r);
    Reader body;

    reader_skip(r, 1);
    body = reader_block(r, 4);
    out->type = type;
    out->body = body.rest;
    out->raw = bytes_of(start, 4 + body.rest.len);
    return next;
}

bool
isakmp_payloads_read(uint8_t first, Bytes chain, IsakmpPayloads *out)
{
    bool malformed = false;
    Reader r = reader_of(chain, &malformed);
    uint8_t type = first;

    out->n = 0;
    while (type != PAYLOAD_NONE && !malformed) {
        if (out->n == ISAKMP_MAX_PAYLOADS)
            return false;
        type = read_payload(&r, type, &out->items[out->n++]);
    }
    out->padding = r.rest;
    return !malformed;
}

const IsakmpPayload *
isakmp_payload_nth(const IsakmpPayloads *payloads, uint8_t type, size_t n)
{
    for (size_t i = 0; i < payloads->n; i++) {
        if (payloads->items[i].type == type && n-- == 0)
            return &payloads->items[i];
    }
    return NULL;
}

const IsakmpPayload *
isakmp_payload_first(const IsakmpPayloads *payloads, uint8_t type)
{
    return isakmp_payload_nth(payloads, type, 0);
}

Bytes
isakmp_payloads_behind_first(const IsakmpPayloads *payloads)
{
    size_t len = 0;

    if (payloads->n < 2)
        return (Bytes){0};
    for (size_t i = 1; i < payloads->n; i++)
        len += payloads->items[i].raw.len;
    return bytes_of(payloads->items[1].raw.data, len);
}

IsakmpWriter
isakmp_writer_begin(uint8_t *buffer, size_t capacity, const IsakmpHeader *header)
{
    IsakmpWriter m = {writer_of(buffer, capacity), NEXT_PAYLOAD_OFFSET};

    writer_bytes(&m.w, BYTES_OF_ARRAY(header->initiator_cookie));
    writer_bytes(&m.w, BYTES_OF_ARRAY(header->responder_cookie));
    writer_u8(&m.w, PAYLOAD_NONE);
    writer_u8(&m.w, ISAKMP_VERSION);
    writer_u8(&m.w, header->exchange);
    writer_u8(&m.w, header->flags);
    writer_u32(&m.w, header->message_id);
    writer_u32(&m.w, 0);
    return m;
}

WriterBlock
isakmp_payload_begin(IsakmpWriter *m, uint8_t type)
{
    writer_patch(&m->w, m->next_payload_at, bytes_of(&type, 1));
    m->next_payload_at = m->w.len;
    writer_u8(&m->w, PAYLOAD_NONE);
    writer_u8(&m->w, 0);
    return writer_begin(&m->w, 2);
}

void
isakmp_payload_end(IsakmpWriter *m, WriterBlock block)
{
    writer_end(&m->w, block);
}

void
isakmp_payload_write(IsakmpWriter *m, uint8_t type, Bytes body)
{
    WriterBlock block = isakmp_payload_begin(m, type);

    writer_bytes(&m->w, body);
    isakmp_payload_end(m, block);
}

void
isakmp_writer_pad(IsakmpWriter *m, size_t block)
{
    size_t over = (m->w.len - ISAKMP_HEADER_LEN) % block;

    if (over > 0)
        writer_zeros(&m->w, block - over);
}

Bytes
isakmp_writer_finish(IsakmpWriter *m, uint8_t flags)
{
    uint32_t len = GUINT32_TO_BE((uint32_t) m->w.len);

    writer_patch(&m->w, FLAGS_OFFSET, bytes_of(&flags, 1));
    writer_patch(&m->w, LENGTH_OFFSET, bytes_of(&len, sizeof(len)));
    return writer_finish(&m->w);
}
