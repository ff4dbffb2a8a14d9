/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/secret.h"

/* What a signed message (CMS, RFC 5652) has in it. Apple's profiles may be one. */

/* Whether the bytes begin as one does. */
bool signed_file_looks_like_one(Bytes bytes);

/* False if it is none, has nothing in it, was changed after it was signed, or has more in it than
 * is worth to check; *out_why then says which, in a sentence. *out_signer is the name of who signed
 * it, owned by the caller; NULL if the message has no certificate, so that the signature could not
 * be checked. Whether that somebody is to be trusted is not looked at. */
bool signed_file_open(Bytes bytes, Secret *out_content, char **out_signer, const char **out_why);
