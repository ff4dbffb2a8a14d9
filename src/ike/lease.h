/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/engine.h"

/* Filling in what the gateway assigns. All of it is a peer's choice: lists end at MAX_LEASE_ITEMS,
 * texts are made safe, what makes no sense is left out. */

void ike_lease_init(IkeLease *lease);
void ike_lease_clear(IkeLease *lease);

void ike_lease_add_address(GArray *list, Bytes address);
void ike_lease_add_network(IkeLease *lease, IpAddress address, const IpAddress *netmask);

/* One name, or several apart by commas, blanks or zeros. What is no host name is left out: it would
 * end up in resolv.conf. */
void ike_lease_add_domains(IkeLease *lease, Bytes text);
void ike_lease_set_banner(IkeLease *lease, Bytes text);
void ike_lease_set_application_version(IkeLease *lease, Bytes text);
