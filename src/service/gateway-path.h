/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "platform/route.h"

/* Keeps looking for the way to the gateway while a connection lasts: after each change of links,
 * addresses, routes and rules; and where the gateway is a name, whether that stands for another
 * address here. The tunnel's own device is never a way. */
typedef struct GatewayPath GatewayPath;

typedef struct {
    /* The way is another than it was (source, device, MTU, or the gateway's address): route NULL,
     * there is none. From the main loop, and never twice for the same. */
    void (*changed)(void *owner, const IpAddress *remote, const Route *route);
    /* The way is not what it was, and what it will be shows in a moment: then comes changed(), or
     * this again with false. */
    void (*unsettled)(void *owner, bool unsettled);
    void *owner;
} GatewayPathEvents;

typedef struct {
    const char *gateway;
    IpAddress remote; /* what is used now */
    Route route;
    unsigned own_device;
    bool follows_family; /* whether an address of the other family will do */
} GatewayPathSetup;

/* NULL, and a negative errno in *out_error, if the kernel tells nothing. */
GatewayPath *
gateway_path_new(const GatewayPathSetup *setup, const GatewayPathEvents *events, int *out_error);

/* While the gateway does not answer although there is a route, another of its addresses is tried
 * from time to time. */
void gateway_path_set_silent(GatewayPath *path, bool silent);

/* Looks again soon, as if the kernel had said something. */
void gateway_path_look(GatewayPath *path);

/* No event follows. */
void gateway_path_free(GatewayPath *path);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GatewayPath, gateway_path_free)
