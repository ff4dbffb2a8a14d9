/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/format.h"
#include "formats/key-values.h"

/* A site of Shrew Soft's client: lines "n:KEY:number", "s:KEY:text" and "b:KEY:base64", in files of
 * version 2 to 4. What the parts of its reader and writer share. */

#define SHREW_OWN_PREFIX "s:x-nm-ike-"

typedef struct {
    KeyValues *keys; /* with the type, as in the file: "s:network-host" */
    Import *import;
} ShrewSite;

/* Without the type; NULL or absent: the file has none. A number that is none becomes a note. */
const char *shrew_text(ShrewSite *site, const char *key);
const char *shrew_base64(ShrewSite *site, const char *key);
int64_t shrew_number(ShrewSite *site, const char *key, int64_t absent);

/* 0: none; less than that or more than most becomes a note. */
uint64_t shrew_amount(ShrewSite *site, const char *key, uint64_t most);

/* All values of a text, whether it stands there several times or has commas: owned by the caller.
 */
char **shrew_list(ShrewSite *site, const char *key);

bool shrew_says(ShrewSite *site, const char *key, const char *value);

/* A note that the text is not supported, if there is one. */
void shrew_not_had(ShrewSite *site, const char *key);

/* Without a word: what means nothing here, or is always so with us. */
void shrew_pass_over(ShrewSite *site, const char *const *keys);

/* One of their words as a value of ours: NULL, it is not had; "", it is our default. */
typedef struct {
    const char *theirs, *ours;
} ShrewWord;

/* Sets option to what the text is called with us; what is not in words becomes a note. */
void shrew_map(ShrewSite *site, const char *key, const char *option, const ShrewWord *words);

/* The parts of a site. */
void shrew_read_network(ShrewSite *site);
void shrew_read_policy(ShrewSite *site);
void shrew_read_identity(ShrewSite *site);
void shrew_read_proposals(ShrewSite *site);

/* A site that has all that such a file must have. */
bool shrew_read(const FormatFile *file, Import *import, GError **error);
char *shrew_write(Export *export, GError **error);
void shrew_append_proposals(const Export *export, GString *text);

/* Lines of a site. */
void shrew_append_number(GString *text, const char *key, int64_t value);
void shrew_append_text(GString *text, const char *key, const char *value);
