/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/internal.h"
#include "platform/device-route.h"
#include "platform/divert.h"

#include <errno.h>
#include <net/if.h>

static bool
is_host(const TrafficSelector *ts, const IpAddress *address)
{
    return ip_address_equal(&ts->first, address) && ip_address_equal(&ts->last, address);
}

/* What carries the Child SAs must not go through them. */
static int
exempt_sockets(UserPlane *plane)
{
    int r = divert_exempt(plane->nat_t);

    if (r == 0 && plane->ike)
        r = divert_exempt(plane->ike);
    if (r == 0 && plane->esp.fd >= 0)
        r = divert_exempt(&plane->esp);
    return r;
}

int
hosts_divert(UserPlane *plane, const ChildSa *child)
{
    unsigned if_index = if_nametoindex(plane->tun.name);
    const IpAddress *remote = &plane->remote.remote.address;
    int r;

    if (!is_host(&child->local_ts, &plane->local.address) || !is_host(&child->remote_ts, remote))
        return -EOPNOTSUPP;
    r = exempt_sockets(plane);
    if (r == 0)
        r = device_set_up(if_index);
    if (r == 0 && plane->diverted.family != FAMILY_NONE
        && !ip_address_equal(&plane->diverted, remote))
        hosts_let_go(plane);
    if (r == 0)
        r = divert_begin(if_index, &plane->local.address, remote);
    if (r == 0)
        plane->diverted = *remote;
    return r;
}

void
hosts_let_go(UserPlane *plane)
{
    if (plane->diverted.family != FAMILY_NONE)
        divert_end(if_nametoindex(plane->tun.name), &plane->diverted);
    plane->diverted.family = FAMILY_NONE;
}
