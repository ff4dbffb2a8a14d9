/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/import.h"

#include <plist/plist.h>

/* A dictionary of an Apple profile, and which of its keys were read: at the end the others can be
 * told to the user. All zero is an empty one. */
typedef struct {
    plist_t node;
    GHashTable *read;
} Payload;

/* node stays its owner's; of anything but a dictionary (or NULL) an empty payload comes. */
Payload payload_of(plist_t node);
void payload_clear(Payload *payload);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Payload, payload_clear)

/* NULL if it is not there, or no text of one piece. */
const char *payload_text(Payload *payload, const char *key);

/* true, 1, "1" and "true" are. */
bool payload_flag(Payload *payload, const char *key, bool if_missing);

/* False, and *out untouched, if it is not there or no number. */
bool payload_number(Payload *payload, const char *key, uint64_t *out);

/* Data, or the bytes of a text. Empty if it is not there. */
Bytes payload_bytes(Payload *payload, const char *key);

/* A dictionary or list; NULL if it is not there. */
plist_t payload_dict(Payload *payload, const char *key);
plist_t payload_list(Payload *payload, const char *key);

/* The i-th text of a list; NULL if that is none. */
const char *payload_list_text(plist_t list, uint32_t i);

/* The keys mean nothing outside of Apple's systems, or nothing at all. NULL ends the list. */
void payload_pass_over(Payload *payload, const char *const *keys);

/* What a key says unless somebody changes it: then it asks for nothing. */
void payload_pass_over_if(Payload *payload, const char *key, bool value);

/* Says to the user which keys nobody has read. */
void payload_report(Payload *payload, Import *import);
