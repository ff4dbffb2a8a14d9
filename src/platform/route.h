/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/address.h"

/* How the kernel would reach a destination now. */
typedef struct {
    IpAddress source;
    unsigned if_index;
    uint32_t mtu; /* of the route if it has one, else of the device */
} Route;

/* 0 or a negative errno: -ENETUNREACH if there is no way. */
int route_lookup(const IpAddress *destination, Route *out);
