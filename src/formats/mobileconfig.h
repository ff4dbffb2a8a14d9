/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/payload.h"

/* The parts of a reader for Apple's configuration profiles (the format itself is in internal.h). */

/* The profile's other payloads: certificates that a VPN may refer to. */
typedef struct {
    plist_t payloads; /* the list; NULL: none */
} Certificates;

/* Our certificate and key, by the UUID that a VPN names: into cert, key and key-password. False if
 * the profile does not have it. */
bool certificates_take_identity(const Certificates *certificates, const char *uuid, Import *import);

/* What the gateway's certificate may come from: into ca. issuer is the common name of the one that
 * a VPN names; NULL: none, then all of them. */
void
certificates_take_authorities(const Certificates *certificates, const char *issuer, Import *import);

/* Whether a payload of the type is one of certificates. */
bool certificates_has_type(const char *payload_type);

/* Cisco's IPSec: IKEv1. vpn is the dictionary of its settings. */
void mobileconfig_read_ipsec(Payload *vpn, const Certificates *certificates, Import *import);

void mobileconfig_read_ikev2(Payload *vpn, const Certificates *certificates, Import *import);

/* What IPSec and IKEv2 have in common. */

/* Into psk; what is no text becomes a note. */
void mobileconfig_read_shared_secret(Payload *vpn, Import *import);

void mobileconfig_read_on_demand(Payload *vpn, Import *import);
