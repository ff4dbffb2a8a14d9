/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/engine.h"

/* What came out of a negotiation, as NetworkManager needs it. All borrowed. */
typedef struct {
    const char *device;
    IpAddress gateway;       /* outside */
    uint32_t mtu;            /* inside */
    const GArray *remote_ts; /* of TrafficSelector: what the Child SAs carry */
    const IkeLease *lease;   /* addresses and what comes with them */
} IpConfig;

/* The dictionaries of NetworkManager's D-Bus interface for VPN services (a{sv}, floating). Those of
 * a family are NULL without an address of that family.
 *
 * Routes are what the selectors cover; where they cover everything, the networks that the gateway
 * named (split tunnelling); where it named none, it is the default route. */
GVariant *ip_config_generic(const IpConfig *config);
GVariant *ip_config_ip4(const IpConfig *config);
GVariant *ip_config_ip6(const IpConfig *config);

/* Of a dictionary of IPv4's or IPv6's as above; NULL of NULL. The second has one route more, to our
 * own address, which does nothing. */
GVariant *ip_config_without_names(GVariant *config);
GVariant *ip_config_with_own_route(GVariant *config);

/* Addresses and routes, of two such dictionaries or NULL. */
bool ip_config_same_routes(GVariant *a, GVariant *b);

/* "10.0.0.0/8, 192.168.0.0/16", "all IPv4": what is routed into the tunnel, for people. Owned by
 * the caller. */
char *ip_config_routes_text(const IpConfig *config);
