/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/socket-address.h"

#include <string.h>

int
socket_family(AddressFamily family)
{
    switch (family) {
    case FAMILY_NONE:
        return AF_UNSPEC;
    case FAMILY_IPV4:
        return AF_INET;
    case FAMILY_IPV6:
        return AF_INET6;
    }
    return AF_UNSPEC;
}

socklen_t
socket_address_of(const Endpoint *endpoint, SocketAddress *out)
{
    memset(out, 0, sizeof(*out));
    switch (endpoint->address.family) {
    case FAMILY_NONE:
        return 0;
    case FAMILY_IPV4:
        out->ipv4.sin_family = AF_INET;
        out->ipv4.sin_port = htons(endpoint->port);
        memcpy(&out->ipv4.sin_addr, endpoint->address.bytes, sizeof(out->ipv4.sin_addr));
        return sizeof(out->ipv4);
    case FAMILY_IPV6:
        out->ipv6.sin6_family = AF_INET6;
        out->ipv6.sin6_port = htons(endpoint->port);
        memcpy(&out->ipv6.sin6_addr, endpoint->address.bytes, sizeof(out->ipv6.sin6_addr));
        return sizeof(out->ipv6);
    }
    return 0;
}

Endpoint
endpoint_of_socket_address(const SocketAddress *address)
{
    Endpoint endpoint = {0};

    switch (address->any.sa_family) {
    case AF_INET:
        endpoint.address.family = FAMILY_IPV4;
        memcpy(endpoint.address.bytes, &address->ipv4.sin_addr, sizeof(address->ipv4.sin_addr));
        endpoint.port = ntohs(address->ipv4.sin_port);
        break;
    case AF_INET6:
        endpoint.address.family = FAMILY_IPV6;
        memcpy(endpoint.address.bytes, &address->ipv6.sin6_addr, sizeof(address->ipv6.sin6_addr));
        endpoint.port = ntohs(address->ipv6.sin6_port);
        break;
    }
    return endpoint;
}
