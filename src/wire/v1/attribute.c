/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/v1/attribute.h"

enum { FORMAT_BASIC = 0x8000 };

Attribute
attribute_read(Reader *r)
{
    Attribute attribute = {0};
    uint16_t type = reader_u16(r);
    uint16_t value = reader_u16(r);

    attribute.type = type & ~FORMAT_BASIC;
    attribute.basic = (type & FORMAT_BASIC) != 0;
    if (attribute.basic)
        attribute.value = value;
    else
        attribute.data = reader_bytes(r, value);
    return attribute;
}

void
attribute_write(Writer *w, const Attribute *attribute)
{
    if (attribute->basic) {
        attribute_write_basic(w, attribute->type, attribute->value);
        return;
    }
    writer_u16(w, attribute->type);
    writer_u16(w, (uint16_t) attribute->data.len);
    writer_bytes(w, attribute->data);
}

void
attribute_write_basic(Writer *w, uint16_t type, uint16_t value)
{
    writer_u16(w, type | FORMAT_BASIC);
    writer_u16(w, value);
}

void
attribute_write_number(Writer *w, uint16_t type, uint32_t value)
{
    uint32_t field = GUINT32_TO_BE(value);

    if (value <= UINT16_MAX)
        attribute_write_basic(w, type, (uint16_t) value);
    else
        attribute_write(w, &(Attribute){.type = type, .data = bytes_of(&field, sizeof(field))});
}

uint64_t
attribute_number(const Attribute *attribute)
{
    uint64_t number = 0;

    if (attribute->basic)
        return attribute->value;
    if (attribute->data.len == 0 || attribute->data.len > sizeof(number))
        return UINT64_MAX;
    for (size_t i = 0; i < attribute->data.len; i++)
        number = number << 8 | attribute->data.data[i];
    return number;
}
