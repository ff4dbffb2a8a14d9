/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/import.h"

/* Words that swanctl.conf and ipsec.conf have in common. theirs is the key's name in the file. */

/* "yes", "true", "1", "on". */
bool words_are_yes(const char *text);

/* "3600", "60m", "8h", "1d": seconds. False for anything else. */
bool words_read_seconds(const char *text, uint64_t *out);

/* A time that an option takes; one that cannot be read becomes a note. */
void words_set_seconds(Import *import, const char *key, const char *text, const char *theirs);

/* local-id or remote-id from strongSwan's spelling, or libreswan's: "%any", "@name", "@[key id]",
 * "keyid:…", "email:…", "/C=CH/CN=gw". */
void words_set_identity(Import *import, const char *key, const char *text, const char *theirs);

/* Says what it means that any gateway is taken, if that is so and it shows a certificate. */
void words_note_any_gateway(Import *import);

/* strongSwan's "%name" as "name", in text; what is no name, and what has no such sign, as it is.
 * Before a gateway's identity it says that the certificate is asked for it (ipsec.conf(5), leftid),
 * and before ours nothing. libreswan has words with it ("%fromcert"), and no names. */
const char *words_bare_identity(const char *text);

/* A list whose parts are apart by any of the characters of between, with one comma between two of
 * them, and none empty: owned by the caller. */
char *words_with_commas(const char *list, const char *between);

/* The same as text of ours, owned by the caller; NULL: it has no such spelling. */
char *words_identity(const char *text);

/* ike-proposals or esp-proposals. Those that are not known are notes, and the others are taken. */
void words_set_proposals(Import *import, const char *key, const char *text, const char *theirs);

/* local-ts or remote-ts: what strongSwan fills in itself ("dynamic") is left out. */
void words_set_selectors(Import *import, const char *key, const char *text, const char *theirs);

/* How both ends authenticate themselves: "psk", "pubkey", "xauth", "eap-mschapv2" … NULL: not said.
 */
typedef struct {
    const char *first;  /* we */
    const char *second; /* we, after that */
    const char *remote; /* the gateway */
} AuthRounds;

/* method, and eap if the words say which. */
void words_set_method(Import *import, const AuthRounds *rounds, bool v1, const char *theirs);

/* A secret that may be written in hexadecimal or base 64 (0x…, 0s…), as text, owned by the caller,
 * who wipes it. NULL: it is no text. */
char *words_secret_text(const char *value);
