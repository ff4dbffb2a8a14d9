/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/import.h"

/* What strongSwan and libreswan keep beside their connections: who proves what with which secret.
 */

typedef enum {
    KEPT_PSK,
    KEPT_USER, /* XAuth's and EAP's */
    KEPT_KEY,  /* a private key's file, and its password */
    KEPT_PKCS12,
    KEPT_TOKEN, /* a key on a token, and its PIN */
} KeptKind;

typedef struct {
    KeptKind kind;
    char *theirs;   /* its name in the file */
    GPtrArray *ids; /* of char *: whose it is; none: anybody's */
    char *file;     /* whole, or a pkcs11: URI; NULL: none */
    char *secret;   /* as written; NULL: to be asked */
} KeptSecret;

/* A list of KeptSecret, which wipes them when it is freed. */
GPtrArray *kept_secrets_new(void);
KeptSecret *kept_secret_add(GPtrArray *list, KeptKind kind, const char *theirs);

/* ipsec.secrets(5). folder: where the files of keys are whose names are not whole. */
void kept_secrets_read_file(GPtrArray *list, Import *import, const char *text, const char *folder);

/* Takes into import what its connection uses, when gateway, identities, method, user and
 * certificate are set. */
void kept_secrets_apply(const GPtrArray *list, Import *import);
