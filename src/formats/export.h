/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <NetworkManager.h>
#include <stdbool.h>

/* One of our profiles, on its way into another program's file. A format's writer takes what it has
 * words for; the rest it writes under our own keys, in a form that the other program passes over,
 * so that a profile that is exported and imported is the same. */
typedef struct Export Export;

Export *export_new(NMConnection *connection, GError **error);
void export_free(Export *export);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Export, export_free)

const char *export_name(const Export *export);
const char *export_uuid(const Export *export);

/* What vpn.data says, or the connection's settings where key is of network-keys.h, NULL: nothing;
 * and with the option's default for nothing (NULL: has none). Neither takes it. */
const char *export_get(const Export *export, const char *key);
const char *export_get_or_default(const Export *export, const char *key);

/* From now on key is not among the rest: it stands in the file in its own words, losslessly. */
void export_taken(Export *export, const char *key);

/* Get and take. */
const char *export_take(Export *export, const char *key);

/* The pre-shared key ("psk") only: a user's password and a key's are not passed on. NULL: not
 * known. */
const char *export_secret(const Export *export, const char *key);

/* Keys of vpn.data that nobody took, in the table's order, NULL at the end. */
const char *const *export_rest(Export *export);

/* Whether the connection is made again whenever it is lost (vpn.persistent). */
bool export_is_persistent(const Export *export);

/* IPv4's or IPv6's settings: name servers, domains, routes; NULL: none. */
NMSettingIPConfig *export_ip(const Export *export, bool ipv6);
