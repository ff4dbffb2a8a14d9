/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/import.h"

#include <json-glib/json-glib.h>

/* Texts in JSON, by json-glib, which takes them apart by recursion: what is nested without sense is
 * not given to it. */

/* NULL if it is no JSON object. */
JsonNode *json_object_from_text(const char *text);

/* The members of one object, and which of them were read. A member of another type than it should
 * have is as good as missing, and is told at the end. */
typedef struct {
    JsonObject *object; /* NULL: it has none */
    const char *prefix; /* before a member's name, when the user is told of it: "remote." */
    GHashTable *read;
} Members;

Members members_of(JsonObject *object, const char *prefix);
void members_clear(Members *members);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Members, members_clear)

/* NULL if it is not there. */
const char *members_text(Members *members, const char *name);
bool members_flag(Members *members, const char *name, bool if_missing);

/* From a number or digits. False, and *out untouched, if it is none. */
bool members_number(Members *members, const char *name, uint64_t *out);

/* NULL if it is not there. */
JsonObject *members_object(Members *members, const char *name);

/* The texts of a list, or of one text, apart by white space or commas. Never NULL. */
GStrv members_words(Members *members, const char *name);

/* It asks for nothing. */
void members_pass_over(Members *members, const char *name);

/* Says to the user which members nobody has read. */
void members_report(Members *members, Import *import);
