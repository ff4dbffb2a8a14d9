/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* The user's keyring, where the desktop's agents keep the secrets of one connection. */
typedef struct {
    const char *connection_uuid;
    bool may_unlock; /* the user can be asked for the keyring's own password; false as soon as that
                        came to nothing: who cancelled once is not asked for the next secret */
} Keyring;

/* NULL if there is no session, no keyring, no such secret, or no answer in bounded time. Owned by
 * the caller. Fits KeyringLookup. */
char *keyring_lookup(void *keyring, const char *key);
