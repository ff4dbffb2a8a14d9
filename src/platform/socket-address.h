/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/address.h"

#include <netinet/in.h>

/* The kernel's form of an endpoint. */
typedef union {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
} SocketAddress;

/* AF_INET or AF_INET6; AF_UNSPEC for FAMILY_NONE. */
int socket_family(AddressFamily family);

/* Returns the length the kernel wants; 0 if endpoint has no address. */
socklen_t socket_address_of(const Endpoint *endpoint, SocketAddress *out);

/* No address for any other family. */
Endpoint endpoint_of_socket_address(const SocketAddress *address);
