/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/format.h"

/* The parts of the format of strongSwan's client for Android (the format itself is in internal.h):
 * docs.strongswan.org, "VPN Profile Import for the Android VPN Client". */

/* Where our own keys stand, that the client has no words for. It passes over what it does not know.
 */
#define SSWAN_OWN "nm-ike"
#define SSWAN_OWN_DOMAINS "domains"

bool sswan_read(const FormatFile *file, Import *import, GError **error);
char *sswan_write(Export *export, GError **error);
