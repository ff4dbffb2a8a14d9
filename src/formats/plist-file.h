/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

#include <plist/plist.h>

/* Apple's property lists, XML and binary, by libplist. It takes them apart and frees them by
 * recursion, and copies what a binary one refers to several times: so it is only given what is of
 * a sensible size when it is taken apart. */

/* NULL if it is none, or too deep or too large; *out_why then says which, in a sentence. text is
 * the bytes as UTF-8, NULL if they are no text. Freed with plist_free(). */
plist_t plist_file_read(Bytes bytes, const char *text, const char **out_why);

/* Whether it begins as one of both forms does. */
bool plist_file_looks_like_one(Bytes bytes, const char *text);
