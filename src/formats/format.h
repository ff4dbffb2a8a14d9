/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/export.h"
#include "formats/import.h"

/* A profile of another program: one file of this folder each, and a line in formats.c. */

/* A file that may be one. */
typedef struct {
    const char *base_name; /* without its folder */
    const char *folder;    /* where names in it that are not whole begin */
    GBytes *bytes;         /* as they are */
    const char *text;      /* UTF-8, a '\n' at each line's end, no byte order mark; NULL: no text */
} FormatFile;

typedef struct {
    const char *name;   /* in a sentence: "a site of Shrew Soft's client" */
    const char *suffix; /* of such files, with the dot: names are recognised by it when writing */
    /* Whether it is meant to be one. Quick, by content: every file that a user imports comes by. */
    bool (*recognises)(const FormatFile *file);
    /* Says all that is in it to import. False: it cannot be had at all, with one sentence. */
    bool (*read)(const FormatFile *file, Import *import, GError **error);
    /* The file's contents, owned by the caller, who wipes them; NULL: reading only. */
    char *(*write)(Export *export, GError **error);
} Format;
