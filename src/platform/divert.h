/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "platform/udp-socket.h"

/* Sends what this machine has for one address into a device, though the address is reached by
 * another: by a routing rule for all that does not bear our mark. Functions return 0 or a negative
 * errno; they need CAP_NET_ADMIN. */

/* What the socket sends is not diverted. */
int divert_exempt(UdpSocket *socket);

/* local: the source for who has not chosen one. Rules of ours whose device is gone, of a process
 * that was killed, are removed. The device must be up. */
int divert_begin(unsigned if_index, const IpAddress *local, const IpAddress *remote);

/* The route vanishes with the device, the rule does not. */
void divert_end(unsigned if_index, const IpAddress *remote);
