/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/bytes.h"

#include <string.h>

Bytes
bytes_of_text(const char *text)
{
    return text ? bytes_of(text, strlen(text)) : (Bytes){0};
}

Bytes
bytes_of_gbytes(GBytes *owner)
{
    Bytes view = {0};

    if (owner)
        view.data = g_bytes_get_data(owner, &view.len);
    return view;
}

GBytes *
bytes_copy(Bytes bytes)
{
    return g_bytes_new(bytes.data, bytes.len);
}

/* The compiler must not know what value comes out, or it could stop at the first difference. */
static inline uint64_t
hide_value(uint64_t value)
{
    __asm__("" : "+r"(value));
    return value;
}

bool
bytes_equal(Bytes a, Bytes b)
{
    uint64_t difference = 0;
    size_t i = 0;

    if (a.len != b.len)
        return false;
    for (; a.len - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
        uint64_t x, y;

        memcpy(&x, a.data + i, sizeof(x));
        memcpy(&y, b.data + i, sizeof(y));
        difference = hide_value(difference | (x ^ y));
    }
    for (; i < a.len; i++)
        difference = hide_value(difference | (uint64_t) (a.data[i] ^ b.data[i]));
    return difference == 0;
}

Bytes
bytes_head(Bytes bytes, size_t len)
{
    return bytes_of(bytes.data, MIN(bytes.len, len));
}

bool
bytes_from_hex(const char *hex, GByteArray *out)
{
    size_t len = strlen(hex);

    if (len % 2 != 0)
        return false;
    for (size_t i = 0; i < len; i += 2) {
        int high = g_ascii_xdigit_value(hex[i]);
        int low = g_ascii_xdigit_value(hex[i + 1]);
        uint8_t byte;

        if (high < 0 || low < 0)
            return false;
        byte = (uint8_t) (high << 4 | low);
        g_byte_array_append(out, &byte, 1);
    }
    return true;
}
