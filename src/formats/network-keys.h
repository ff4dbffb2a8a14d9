/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <NetworkManager.h>
#include <stdbool.h>

/* Our own keys for what NetworkManager keeps of a connection outside vpn.data, in files of programs
 * that have no word for it: "ipv4.routes", "ipv6.never-default", "persistent". An empty value is
 * NetworkManager's default. */

typedef struct {
    NMSettingVpn *vpn;
    NMSettingIPConfig *ip[2]; /* of IPv4, of IPv6; each may be NULL where it is only read */
    bool autoconnect;
} NetworkSettings;

/* Whether it can be searched in, or, with "~" before it, be asked of these name servers only. */
bool is_search_domain(const char *text);

/* "10.1.2.3" and "255.255.255.0" as "10.1.2.3/24", owned by the caller; NULL: the mask is none. */
char *address_with_netmask(const char *address, const char *mask);

/* NULL past the end. */
const char *network_key_at(size_t index);
bool is_network_key(const char *key);

/* What the settings say, owned by the caller. */
char *network_key_text(const NetworkSettings *settings, const char *key);

/* Puts text into the settings instead of what they said. False: it is no such value, and nothing
 * has changed. */
bool network_key_read(NetworkSettings *settings, const char *key, const char *text);
