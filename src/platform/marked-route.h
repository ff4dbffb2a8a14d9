/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "platform/route.h"

/* A route that only packets with our mark take (ROUTING_MARK), in a table of its own: what the
 * kernel encapsulates has no socket that could name a device. Table and rule outlive us; the table
 * tells whose they are. They need CAP_NET_ADMIN. */

/* To remote over the route's device and next hop, in the place of one that is there. 0 or a
 * negative errno. */
int marked_route_put(uint32_t table, const IpAddress *remote, const Route *route);
void marked_route_remove(uint32_t table, const IpAddress *remote);

/* Removes all with a table that the function says yes to. */
typedef bool (*MarkedRouteOwned)(uint32_t table, void *data);
int marked_route_sweep(MarkedRouteOwned owned, void *data);
