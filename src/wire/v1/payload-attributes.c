/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/v1/payload-attributes.h"

static bool
only_zeros(Bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] != 0)
            return false;
    }
    return true;
}

bool
attributes_payload_read(Bytes body, AttributesPayload *out)
{
    bool malformed = false;
    Reader r = reader_of(body, &malformed);

    out->type = reader_u8(&r);
    reader_skip(&r, 1);
    out->identifier = reader_u16(&r);
    out->n = 0;
    while (reader_more(&r) && !only_zeros(r.rest)) {
        if (out->n == CFG_MAX_ATTRIBUTES)
            return false;
        out->attributes[out->n++] = attribute_read(&r);
    }
    return !malformed;
}

void
attributes_payload_write(IsakmpWriter *m, const AttributesPayload *cfg)
{
    WriterBlock block = isakmp_payload_begin(m, PAYLOAD_ATTRIBUTES);

    writer_u8(&m->w, cfg->type);
    writer_u8(&m->w, 0);
    writer_u16(&m->w, cfg->identifier);
    for (size_t i = 0; i < cfg->n; i++)
        attribute_write(&m->w, &cfg->attributes[i]);
    isakmp_payload_end(m, block);
}

const Attribute *
attributes_payload_find(const AttributesPayload *cfg, uint16_t type)
{
    for (size_t i = 0; i < cfg->n; i++) {
        if (cfg->attributes[i].type == type)
            return &cfg->attributes[i];
    }
    return NULL;
}

void
attributes_payload_add_empty(AttributesPayload *cfg, uint16_t type)
{
    attributes_payload_add(cfg, (Attribute){.type = type});
}

void
attributes_payload_add(AttributesPayload *cfg, Attribute attribute)
{
    if (cfg->n < CFG_MAX_ATTRIBUTES)
        cfg->attributes[cfg->n++] = attribute;
}
