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

/* For a file that is being written. The content of a regular file that can be read, empty if there
 * is none or it is larger than any certificate. */
Secret certificate_read_file(const char *path);

/* As certificate_append(), without a word about what is none. */
void certificate_append_all(GString *pem, Bytes blob);

/* Whether it is PKCS#12. */
bool certificate_is_identity(Bytes blob);
