/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/reader.h"
#include "base/writer.h"

/* A data attribute (RFC 2408, 3.3): basic, with a 16-bit value, or variable, with a length. */
typedef struct {
    uint16_t type; /* without the format bit */
    bool basic;
    uint16_t value; /* basic */
    Bytes data;     /* variable */
} Attribute;

Attribute attribute_read(Reader *r);
void attribute_write(Writer *w, const Attribute *attribute);

void attribute_write_basic(Writer *w, uint16_t type, uint16_t value);

/* A number as gateways expect it: basic if it fits 16 bits, else variable of 4 bytes. */
void attribute_write_number(Writer *w, uint16_t type, uint32_t value);

/* The number in a basic or a variable attribute of up to 8 bytes; UINT64_MAX if it is longer or
 * empty. */
uint64_t attribute_number(const Attribute *attribute);
