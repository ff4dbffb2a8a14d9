/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/address.h"

/* setsockopt() of a number. 0 or a negative errno. */
int socket_set_option(int fd, int level, int option, int value);

/* Nothing that is sent is cut on its way, and what a router says to that, or to anything else, is
 * heard: IP_RECVERR, since else a socket that is not connected never hears of an ICMP error. 0 or a
 * negative errno. */
int socket_never_fragment(int fd, AddressFamily family);
