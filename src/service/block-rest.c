/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/block-rest.h"

#include "platform/device-route.h"

#include <errno.h>

static int
block_family(unsigned device, AddressFamily family)
{
    int r = device_set_up(device);

    if (r == 0)
        r = device_route_everything(device, family);
    /* (A machine without IPv6 lets none out.) */
    return r == -EAFNOSUPPORT || r == -EOPNOTSUPP ? 0 : r;
}

int
block_rest(const ConnectionConfig *config, unsigned device, AddressFamily *out_family)
{
    int r = 0;

    *out_family = FAMILY_IPV4;
    if (config->block_ipv4)
        r = block_family(device, FAMILY_IPV4);
    if (r < 0 || !config->block_ipv6)
        return r;
    *out_family = FAMILY_IPV6;
    return block_family(device, FAMILY_IPV6);
}
