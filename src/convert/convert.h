/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <NetworkManager.h>
#include <stdbool.h>

/* Profiles of NetworkManager's other IPsec plugins, made into ours. No D-Bus here: from connection
 * to connection. */

#define CONVERT_ERROR (convert_error_quark())
GQuark convert_error_quark(void);
typedef enum {
    CONVERT_ERROR_OTHER_TYPE,  /* no VPN, or of a plugin that we don't know */
    CONVERT_ERROR_UNSUPPORTED, /* of one that we know, and more than we can do */
} ConvertError;

/* The key of the setting "user" of a converted connection, with the UUID of what it was made of. */
#define CONVERT_FROM_KEY "org.freedesktop.NetworkManager.ike.converted-from"

/* Whether it is a VPN of a plugin that is known here. */
bool convert_is_known(NMConnection *connection);

/* A new connection of our type with another name and UUID, that does not come up by itself;
 * addresses, routes, DNS, proxy, zone and permissions are the old one's, and so are the secrets
 * that old has with it. What could not be carried over is in it under IMPORT_NOTES_KEY
 * (formats/import.h). without_l2tp: the IPsec half of an L2TP connection, alone, which reaches
 * gateways that have IPsec with XAuth beside L2TP. */
NMConnection *convert_connection(NMConnection *old, bool without_l2tp, GError **error);
