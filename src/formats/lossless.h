/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/format.h"

/* Appends a line with one of our own keys to a file that is being written, in a form that the other
 * program passes over; value "": the profile does not have it. */
typedef void (*AppendOwn)(GString *text, const char *key, const char *value);

/* Keys of vpn.data and of network-keys.h that would be other ones, or missing, if text were
 * imported by read: an array of const char *, owned by the caller. */
GPtrArray *keys_that_are_lost(const Export *export,
                              bool (*read)(const FormatFile *, Import *, GError **),
                              const char *text);

/* The end of a file that is the same profile again when it is imported: text so far is read by
 * read, as an import would, and for each of those keys append is called. */
void append_what_is_lost(const Export *export,
                         bool (*read)(const FormatFile *, Import *, GError **),
                         AppendOwn append,
                         GString *text);

/* A value as our own keys have it: in quotes where the lines of such a file would lose its spaces,
 * or where it has quotes of its own at both ends; and back. Owned by the caller. */
char *own_value_quoted(const char *value);
char *own_value_unquoted(const char *text);
