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

bool
bytes_equal(Bytes a, Bytes b)
{
    /* volatile: the compiler may not stop at the first difference */
    volatile uint8_t difference = 0;

    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        difference |= a.data[i] ^ b.data[i];
    return difference == 0;
}

Bytes
bytes_head(Bytes bytes, size_t len)
{
    return bytes_of(bytes.data, MIN(bytes.len, len));
}
