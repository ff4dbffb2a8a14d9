/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

/* Where certificates and keys out of imported files go: a folder of the user's, that SELinux lets
 * NetworkManager's services read, as the other VPN plugins have theirs. */

/* Writes blob to a new file that only its owner can read, "NAME-KIND.SUFFIX" or with a number if
 * that is taken by something else; one with the same content is used again. The file's name, owned
 * by the caller; NULL on error. */
char *certificate_store(
    const char *name, const char *kind, const char *suffix, Bytes blob, GError **error);
