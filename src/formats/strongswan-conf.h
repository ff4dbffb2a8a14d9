/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The language of strongswan.conf(5), which swanctl.conf is written in: sections in braces, that
 * may refer to others, with settings and sections in them. Values may be secrets: they are wiped.
 */

typedef struct {
    char *key;
    char *value;
} ConfEntry;

typedef struct ConfSection {
    char *name;
    GPtrArray *entries;    /* of ConfEntry; a key once: the last one counts */
    GPtrArray *sections;   /* of ConfSection, a name once */
    GPtrArray *own;        /* of ConfEntry: comments "# nm-ike KEY=VALUE" */
    GPtrArray *references; /* of ConfSection: what is not said here is as there */
    char *reference_names;
} ConfSection;

/* The whole file as a section without a name. include_names gets a char * for each file that it
 * wants to be included, which is not done. NULL, with the line, if it is not this language. */
ConfSection *conf_parse(const char *text, GPtrArray *include_names, GError **error);
void conf_section_free(ConfSection *section);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConfSection, conf_section_free)

/* NULL if it is nowhere. */
const char *conf_value(const ConfSection *section, const char *key);
const ConfSection *conf_child(const ConfSection *section, const char *name);

/* All of them, those of references too: what is said here first, each key or name once. Arrays of
 * const pointers, owned by the caller. */
GPtrArray *conf_entries(const ConfSection *section);
GPtrArray *conf_children(const ConfSection *section);

/* What our own writer put into comments; NULL: nothing. */
const char *conf_own(const ConfSection *section, const char *key);

/* A value as it must be written so that it is read again: in quotes if it needs them. Owned by the
 * caller, who wipes it if it is secret. */
char *conf_quoted(const char *value);
