/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

/* Bytes that nobody else may see: keys, passwords, shared secrets. Wiped when cleared, kept out of
 * core files, and there is no function that prints one. All zero is the empty secret. Held as
 * g_auto(Secret), handed over with secret_steal(). */
typedef struct {
    uint8_t *data;
    size_t len;
} Secret;

/* len zero bytes, to be filled by the caller. Zero len gives the empty secret. */
Secret secret_alloc(size_t len);

Secret secret_copy(Bytes bytes);

/* The text's bytes without its closing zero; NULL gives the empty secret. */
Secret secret_of_text(const char *text);

static inline Bytes
secret_view(const Secret *secret)
{
    return (Bytes){secret->data, secret->len};
}

/* The content goes to the caller; *secret is empty afterwards. */
Secret secret_steal(Secret *secret);

/* Cuts the secret to len bytes and wipes what is cut off. Longer than it is: no change. */
void secret_truncate(Secret *secret, size_t len);

/* Wipes and frees; an empty secret is fine. */
void secret_clear(Secret *secret);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Secret, secret_clear)

/* Overwrites memory in a way that no optimiser removes. */
void secret_wipe(void *data, size_t len);

/* Wipes and frees a text of g_malloc's; NULL is fine. */
void secret_free_text(char *text);
