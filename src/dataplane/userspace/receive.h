/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dataplane/userspace/internal.h"

/* The receiving thread's system calls. */

/* What came in one piece over the network: a UDP datagram's payload, or an IP packet's. */
typedef struct {
    uint8_t *data;
    size_t len;
    const Endpoint *from;
    uint8_t tos; /* of the outer IP header */
    bool in_udp;
} Datagram;

/* Walks over what one receive gave: each message may have many of one size (UDP_GRO). */
typedef struct {
    const Receiver *receiver;
    bool in_udp;
    size_t n, i; /* messages */
    uint8_t *data;
    size_t rest, stride;
    uint8_t tos;
    Endpoint from;
} Datagrams;

/* The number of messages; or a negative errno. */
int receiver_receive(Receiver *receiver, UdpSocket *socket, bool in_udp);

/* Of messages, in one receive. */
int receiver_room(const Receiver *receiver, bool in_udp);

/* Takes ICMP errors that wait at the socket. */
void receiver_take_errors(Receiver *receiver, UdpSocket *socket);

void datagrams_begin(Datagrams *datagrams, const Receiver *receiver, bool in_udp, size_t n);
bool datagrams_next(Datagrams *datagrams, Datagram *out);

/* Writes what was joined to the device. */
void receiver_write(Receiver *receiver);
