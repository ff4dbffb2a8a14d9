/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/format.h"

/* The language of ipsec.conf(5): sections that begin at a line's first column, with settings in
 * indented lines. */

typedef struct {
    char *key; /* in lower case, with '-' for '_' */
    char *value;
} IpsecEntry;

typedef struct {
    char *kind; /* "conn", "config", "ca" */
    char *name;
    GPtrArray *entries; /* of IpsecEntry */
} IpsecSection;

/* Array of IpsecSection. What is neither a section nor a setting becomes a note. */
GPtrArray *ipsec_conf_sections(const char *text, Import *import);

/* NULL if there is none. */
const IpsecSection *ipsec_conf_find(const GPtrArray *sections, const char *kind, const char *name);

/* All that a connection says: itself, what it refers to by "also", the defaults; of a key that they
 * share the first one counts. Array of const IpsecEntry. */
GPtrArray *ipsec_conf_merged(const GPtrArray *sections, const IpsecSection *connection);

/* NULL if it does not say it. */
const char *ipsec_conf_value(const GPtrArray *entries, const char *key);

/* A connection, looked at from one of its ends: what is said of ours has the key "our-id" and the
 * like, of the other one "their-id". */
typedef struct {
    Import *import;
    const GPtrArray *sections;
    GPtrArray *entries; /* of IpsecEntry, owned */
    bool we_are_right;
    bool libreswan; /* its words are used, and its defaults are meant */
    bool v1;
    const char *folder;
} IpsecConnection;

const char *ipsec_connection_value(const IpsecConnection *self, const char *key);

/* What can be said without a reader of its own for each key. */
void ipsec_connection_read(IpsecConnection *self);
