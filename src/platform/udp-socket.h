/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/address.h"

/* Functions return 0 or a count, or a negative errno. */

enum { UDP_MAX_DATAGRAM = 65507 };

typedef struct {
    int fd; /* -1: closed */
    AddressFamily family;
    uint16_t port; /* the one it has, also if it was left to the kernel */
} UdpSocket;

/* Binds to port on every address of the family, non-blocking, close-on-exec, never fragmenting
 * locally (IP_PMTUDISC_DO). port 0: any. -EADDRINUSE if somebody has it. Never sets
 * UDP_ENCAP: where the kernel has no ESP that option swallows every ESP datagram. */
int udp_socket_open(UdpSocket *socket, AddressFamily family, uint16_t port);

/* The preferred port, or any free one if it is taken; *out_taken then is true. */
int
udp_socket_open_preferred(UdpSocket *socket, AddressFamily family, uint16_t port, bool *out_taken);

/* May the datagram be cut by the network (IKE may, ESP may not)? */
int udp_socket_set_dont_fragment(UdpSocket *socket, bool on);
bool udp_socket_dont_fragment(const UdpSocket *socket);

/* What is sent leaves by this device's routes only; 0: by any. What comes in is not touched. */
int udp_socket_set_device(UdpSocket *socket, unsigned if_index);

int udp_socket_send(UdpSocket *socket, const Endpoint *to, Bytes datagram);

/* Bytes read; -EAGAIN if nothing waits. An ICMP error that came back for an earlier send (as
 * -ECONNREFUSED, -EHOSTUNREACH, -EMSGSIZE) is returned once. */
int udp_socket_receive(UdpSocket *socket, uint8_t *buffer, size_t size, Endpoint *out_from);

/* Takes one ICMP error off the socket's queue, for those who receive by other means: while one is
 * there, poll() reports the descriptor as ready. A negative errno, or 0 if there is none. */
int udp_socket_take_error(UdpSocket *socket);

/* Puts another socket in the place of this one, with the same descriptor, and takes it over:
 * whoever polls the descriptor (by poll(), not by epoll) has that from its next call on. */
int udp_socket_replace(UdpSocket *socket, UdpSocket *another);

/* Closing twice is fine. */
void udp_socket_close(UdpSocket *socket);
