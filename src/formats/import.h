/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"
#include "model/connection-config.h"

#include <NetworkManager.h>
#include <stdbool.h>

/* What a file says, on its way to be one of our profiles. A format's reader calls these; what does
 * not fit is no error but a note for the user, so that nothing vanishes unsaid. theirs is always
 * the file's own name for it ("phase1-cipher"), as the user finds it there. */
typedef struct Import Import;

/* folder is where names of files that are not whole begin. */
Import *import_new(const char *folder);
void import_free(Import *import);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Import, import_free)

/* The connection's name. */
void import_set_name(Import *import, const char *name);

/* vpn.data, checked as the service does; a bad value becomes a note and is left out. So is an empty
 * one, without a note. */
void import_set(Import *import, const char *key, const char *value, const char *theirs);
void import_set_number(Import *import, const char *key, uint64_t value, const char *theirs);

/* The same, of what most such files say without a thought: left out where it is our default too. */
void import_set_unless_default(Import *import, const char *key, uint64_t value, const char *theirs);

/* What stands in a file that we wrote, under our own key, of vpn.data or of network-keys.h: as
 * import_set(). */
void import_set_own(Import *import, const char *key, const char *value);

/* Takes back what was set: a file that we wrote says so where its other words imply too much. */
void import_unset(Import *import, const char *key);

/* What was set so far of what network-keys.h has keys for; owned by the caller. */
char *import_network_text(Import *import, const char *key);

/* What was set so far; NULL: nothing. */
const char *import_get(const Import *import, const char *key);

/* Version and method so far, and nothing else of it: what options apply. Owned by the caller. */
ConnectionConfig *import_login(const Import *import);

/* vpn.secrets: "psk", "password", "key-password". Stored with the profile, for root only, as a user
 * who imports a file with a secret in it wants it to work. */
void import_set_secret(Import *import, const char *key, const char *text);

/* Who keeps a secret that the file does not have, or must not be kept. */
void import_set_secret_flags(Import *import, const char *key, NMSettingSecretFlags flags);

/* A certificate or key ("ca", "cert", "key") that stands in the file: it is kept in memory, and
 * import_finish() writes it to a file that only the user can read. suffix: "pem", "der", "p12". */
void import_set_blob(Import *import, const char *key, Bytes blob, const char *suffix);

/* One that the file names. */
void import_set_file(Import *import, const char *key, const char *name, const char *theirs);

/* What NetworkManager does itself, in both families where it fits. Each is checked. */
void import_add_name_server(Import *import, const char *address, const char *theirs);
void import_add_domain(Import *import, const char *domain, const char *theirs);
void import_add_route(Import *import, const char *network, const char *theirs);
void import_ignore_dns(Import *import);    /* the gateway's name servers and domains */
void import_never_default(Import *import); /* only what the tunnel is said to reach goes there */
void import_set_persistent(Import *import);
void import_set_autoconnect(Import *import);

/* The file asks for something that we don't have: theirs, and the value if it says more ("" or
 * NULL: none). Each is said once. A value whose name sounds like a secret's is never said: this is
 * the one place that knows, callers need not. */
void import_not_had(Import *import, const char *theirs, const char *value);

/* A whole sentence for the user, who reads it above the profile in the editor. */
void import_note(Import *import, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The notes so far, a line each, owned by import. What is more than NetworkManager takes is counted
 * in a last line. */
const char *import_notes(Import *import);

/* The key of the setting "user" under which a connection carries the notes. */
#define IMPORT_NOTES_KEY "org.freedesktop.NetworkManager.ike.import"

/* The notes that a connection carries; NULL: none. */
const char *import_notes_of(NMConnection *connection);

/* Adds some, a line each, to those that it has, as far as NetworkManager takes them. */
void import_add_notes(NMConnection *connection, const char *notes);

/* The whole connection, with its IP settings; files are written only now. NULL if it cannot be one
 * (no gateway), or a file could not be written. */
NMConnection *import_finish(Import *import, GError **error);
