/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/secret.h"
#include "formats/import.h"

/* Certificates that stand in a profile, as bytes or as base64. What is none becomes a note; theirs
 * is its name in the file. */

/* DER, or PEM with one or more, is appended to pem. */
void certificate_append(GString *pem, Bytes blob, const char *theirs, Import *import);

/* The common name of the first one's subject, owned by the caller; NULL: has none. */
char *certificate_common_name(Bytes blob);

/* A PKCS#12 file: our certificate and our key. */
void certificate_set_identity(Import *import, Bytes blob, const char *theirs);

/* The bytes that a base64 text means, with white space anywhere in it; empty, with a note, if it is
 * none. */
Secret certificate_from_base64(const char *text, const char *theirs, Import *import);
