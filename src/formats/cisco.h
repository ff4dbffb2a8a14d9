/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/import.h"

/* What the files of Cisco's client and of vpnc have in common. */

/* A password as they hide it, from the eye and from nobody else: hex of a random part, a checksum,
 * and what is encrypted with keys that are made of the random part (SHA-1, 3DES). In UTF-8 whatever
 * code page it was in; wiped by the caller; NULL if it is damaged. */
char *cisco_reveal(const char *hex);

/* secret ("psk" or "password") from such a text; what is wrong with it becomes a note. */
void
cisco_set_hidden_secret(Import *import, const char *secret, const char *hex, const char *theirs);

/* An Easy VPN gateway: IKEv1, and a group as key ID (NULL: none), which theirs names. */
void
cisco_set_gateway(Import *import, const char *method, const char *group_name, const char *theirs);

/* The Diffie-Hellman group that it has: in aggressive mode only one can be offered at a time. */
void cisco_set_dh_group(Import *import, unsigned group, const char *theirs);

/* A gateway is looked for after delay seconds of silence, and given up after timeout. */
void cisco_set_dpd(Import *import, unsigned delay, unsigned timeout, const char *theirs);
