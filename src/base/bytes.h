/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A view of bytes that somebody else owns: copied freely, never freed. All zero is the empty view.
 * GBytes is the owner's type where bytes must live longer than the call. */
typedef struct {
    const uint8_t *data;
    size_t len;
} Bytes;

#define BYTES_OF_ARRAY(array) ((Bytes){(array), sizeof(array)})

static inline Bytes
bytes_of(const void *data, size_t len)
{
    return (Bytes){data, len};
}

/* The view of a text without its closing zero; NULL is the empty view. */
Bytes bytes_of_text(const char *text);

/* The view of a GBytes; NULL is the empty view. */
Bytes bytes_of_gbytes(GBytes *owner);

/* A copy with an owner of its own. */
GBytes *bytes_copy(Bytes bytes);

/* Whether both have the same length and content. Takes the same time wherever they differ, so it is
 * the one comparison used for secrets, hashes and integrity check values. */
bool bytes_equal(Bytes a, Bytes b);

/* The first len bytes, or all of it if it is shorter. */
Bytes bytes_head(Bytes bytes, size_t len);

/* The bytes that the text means, two digits each, of either case; appended to out. False, with some
 * of them there: it is something else. */
bool bytes_from_hex(const char *hex, GByteArray *out);
