/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/address.h"

/* How the kernel would reach a destination now. */
typedef struct {
    IpAddress source;
    IpAddress next_hop; /* FAMILY_NONE: the destination is next door */
    unsigned if_index;
    uint32_t mtu;   /* of the route if it has one, else of the device */
    bool is_around; /* route_lookup_around(): it is taken only by who names the device */
} Route;

/* 0 or a negative errno: -ENETUNREACH if there is no way. */
int route_lookup(const IpAddress *destination, Route *out);

/* The same, but never over the device avoid (a tunnel cannot carry what it is made of): where the
 * kernel would take that, the best other one, with is_around set. */
int route_lookup_around(const IpAddress *destination, unsigned avoid, Route *out);
