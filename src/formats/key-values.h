/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/import.h"

/* What a file of lines says: keys, each with its values in the order of the file. Keys are compared
 * without case. Values may be secrets: they are wiped. */
typedef struct KeyValues KeyValues;

KeyValues *key_values_new(void);
void key_values_free(KeyValues *keys);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeyValues, key_values_free)

/* Owned by keys; false: there are more than any real file has, and this one is left out. */
bool key_values_add(KeyValues *keys, const char *key, const char *value);

/* To look at a key is to have taken it: it is no longer among the rest. NULL: the file has none, or
 * it is empty. */
const char *key_values_first(KeyValues *keys, const char *key);
const char *key_values_last(KeyValues *keys, const char *key);

/* What key says, or absent: it is missing, or it is no number, which becomes a note. */
unsigned key_values_number(KeyValues *keys, Import *import, const char *key, unsigned absent);

/* All of them, NULL at the end; owned by keys. */
const char *const *key_values_all(KeyValues *keys, const char *key);

/* Where a key that counts once stands there with several values, the user is told that the first
 * one was taken. */
void key_values_note_repeated(KeyValues *keys, Import *import);

/* Our own keys, written as PREFIXkey: an empty one takes back what the other words imply. */
void key_values_read_own(KeyValues *keys, const char *prefix, Import *import);

/* What nobody has looked at becomes a note, unless it is empty. */
void key_values_note_rest(KeyValues *keys, Import *import);
