/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/format.h"
#include "formats/strongswan-conf.h"

/* A swanctl.conf that is being read: swanctl.c has the file and the connection, the others its
 * parts. */
typedef struct {
    Import *import;
    const ConfSection *root;
    const ConfSection *connection;
    const ConfSection *child; /* NULL: it has none */
    bool v1;
    bool ours;  /* our own writer's: what a file lacks it lacks on purpose */
    char *base; /* swanctl's folder */
} Swanctl;

/* How a key is read. A key without a reader is one that a client has no use for, or that says what
 * we do anyway, if its value is plain. */
typedef struct {
    const char *key; /* NULL ends the list */
    void (*read)(Swanctl *self, const char *value, const char *theirs);
    const char *plain; /* the value that needs no note; NULL: none */
} KeyReader;

enum { SWANCTL_MAX_LIST = 16 }; /* files, addresses, connections whose names are said */

/* Everything that the section says goes through a reader, or becomes a note. where: its name in
 * notes. */
void swanctl_read_keys(Swanctl *self,
                       const ConfSection *section,
                       const char *where,
                       const KeyReader *readers);

/* The reader of a key that is read together with others. */
void swanctl_read_elsewhere(Swanctl *self, const char *value, const char *theirs);

/* "children.net.updown". Owned by the caller, as are the following. */
char *swanctl_name(const char *where, const char *key);

/* A file in swanctl's folder for its kind. */
char *swanctl_file(const Swanctl *self, const char *kind, const char *name);

/* A key or certificate on a token, as a URI (RFC 7512, 2.3); NULL: it has no handle. */
char *swanctl_token_uri(const ConfSection *section);

/* The first of a list, which is what one of our options has; the others are notes. */
void swanctl_set_first_file(
    Swanctl *self, const char *key, const char *kind, const char *list, const char *theirs);

/* 0 if the section does not say it, or not so that it can be read; that becomes a note here. */
uint64_t swanctl_seconds(const ConfSection *section, const char *key);
void swanctl_check_times(Swanctl *self,
                         const ConfSection *section,
                         const char *where,
                         const char *const *keys);

/* The sections local… and remote…, and what else says who trusts whom. */
void swanctl_read_authentication(Swanctl *self);
void swanctl_read_authorities(Swanctl *self);
void swanctl_read_secrets(Swanctl *self);

/* A note if the method needs an authority and nobody has named one. */
void swanctl_check_authority(Swanctl *self);

/* The sections children.…. */
void swanctl_read_children(Swanctl *self);

/* The format's. */
bool swanctl_read(const FormatFile *file, Import *import, GError **error);
char *swanctl_write(Export *export, GError **error);
