/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/engine.h"
#include "platform/udp-socket.h"

/* The two ports that IKE uses: one where it is alone, one that it shares with ESP in UDP. All zero
 * but for the descriptors, which are -1: IKE_SOCKETS_CLOSED. */
typedef struct {
    UdpSocket ike;
    UdpSocket nat_t;
} IkeSockets;

#define IKE_SOCKETS_CLOSED ((IkeSockets){.ike.fd = -1, .nat_t.fd = -1})

/* Takes 500 and 4500 or, where another program has them, any free ones, and says so in the log.
 * local_port other than 0 is taken as it is or not at all. 0 or a negative errno. */
int ike_sockets_open(IkeSockets *sockets, AddressFamily family, uint16_t local_port);

/* The same for open sockets, which keep their descriptors: they are of another family then. */
int ike_sockets_change_family(IkeSockets *sockets, AddressFamily family, uint16_t local_port);
void ike_sockets_close(IkeSockets *sockets);

/* Both send by this device's routes only; 0: by any. */
void ike_sockets_set_device(IkeSockets *sockets, unsigned if_index);

/* How an IKE message is sent: nat_t on the shared port, where it gets the non-ESP marker (RFC 3948,
 * 2.2); dont_fragment so that it arrives whole or not at all. */
typedef struct {
    bool nat_t;
    bool dont_fragment;
} IkeSending;

int ike_sockets_send(IkeSockets *sockets, const IkePath *path, IkeSending how, Bytes message);

/* RFC 3948, 2.3 */
int ike_sockets_send_keepalive(IkeSockets *sockets, const IkePath *path);
