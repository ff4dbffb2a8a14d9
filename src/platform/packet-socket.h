/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "platform/udp-socket.h"

/* What sockets that carry ESP can do beyond those of IKE. 0 or a negative errno. */

/* Room for bursts, and the TOS of what comes in (as a control message). */
void packet_socket_prepare(int fd, AddressFamily family);

/* UDP_GRO: many datagrams of one size in one receive. -ENOPROTOOPT before Linux 5.0. */
int packet_socket_enable_gro(int fd);

/* Whether the kernel knows UDP_SEGMENT (Linux 4.18). That a device can do it shows when sending. */
bool packet_socket_has_segment(int fd);

/* A raw socket for ESP without UDP (protocol 50), in the shape of a UdpSocket; never fragmenting
 * locally, non-blocking, close-on-exec. Receives IPv4 packets with their header, IPv6's without,
 * from everybody: connected, it would keep the source address that it got then. The port of where
 * it sends must be 0. -EPERM without CAP_NET_RAW. */
int esp_socket_open(UdpSocket *socket, AddressFamily family);
