/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* Whether a private key can be read without being asked for its password. It is a path (PEM, DER or
 * PKCS#12) or a pkcs11: URI, and whoever wrote it is not trusted. */

/* False too for what cannot be read or is no private key: asking would not help. */
bool key_needs_password(const char *path_or_uri);

/* The name of the token that a pkcs11: URI means (RFC 7512, 2.3), for people; NULL if it says none,
 * or is none. Owned by the caller. */
char *key_token_name(const char *uri);

/* Whether it is a pkcs11: URI. */
bool key_is_on_token(const char *path_or_uri);
