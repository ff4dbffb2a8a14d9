/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/address.h"

/* Sends into the device all of the family that no more specific route takes elsewhere: networks
 * next door stay, every default route loses, whatever its metric. What is there already is left
 * alone. The routes vanish with the device. 0 or a negative errno: -EPERM without CAP_NET_ADMIN. */
int device_route_everything(unsigned if_index, AddressFamily family);

/* No route can lead to a device that is down. 0 or a negative errno. */
int device_set_up(unsigned if_index);
