/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/udp-socket.h"

#include "platform/socket-address.h"
#include "platform/socket-options.h"

#include <errno.h>
#include <fcntl.h>
/* Linux's own header has the extended errors and knows that netinet/in.h was there first. */
#include <linux/errqueue.h>
#include <string.h>
#include <unistd.h>

static int
set_options(const UdpSocket *socket)
{
    int r = socket->family == FAMILY_IPV6
                ? socket_set_option(socket->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)
                : 0;

    return r < 0 ? r : socket_never_fragment(socket->fd, socket->family);
}

/* Binds to every address of the family and learns which port it became. */
static int
bind_to(UdpSocket *socket, uint16_t port)
{
    SocketAddress address = {.any.sa_family = (sa_family_t) socket_family(socket->family)};
    socklen_t len = sizeof(address);

    if (socket->family == FAMILY_IPV4)
        address.ipv4.sin_port = htons(port);
    else
        address.ipv6.sin6_port = htons(port);
    if (bind(socket->fd,
             &address.any,
             socket->family == FAMILY_IPV4 ? sizeof(address.ipv4) : sizeof(address.ipv6))
        < 0)
        return -errno;
    if (getsockname(socket->fd, &address.any, &len) < 0)
        return -errno;
    socket->port = endpoint_of_socket_address(&address).port;
    return 0;
}

int
udp_socket_open(UdpSocket *out, AddressFamily family, uint16_t port)
{
    UdpSocket opened = {.family = family};
    int r;

    if (family == FAMILY_NONE)
        return -EAFNOSUPPORT;
    opened.fd = socket(socket_family(family), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (opened.fd < 0)
        return -errno;
    r = set_options(&opened);
    if (r == 0)
        r = bind_to(&opened, port);
    if (r < 0)
        udp_socket_close(&opened);
    else
        *out = opened;
    return r;
}

int
udp_socket_open_preferred(UdpSocket *socket, AddressFamily family, uint16_t port, bool *out_taken)
{
    int r = udp_socket_open(socket, family, port);
    bool taken = r == -EADDRINUSE;

    if (taken)
        r = udp_socket_open(socket, family, 0);
    if (r == 0)
        *out_taken = taken;
    return r;
}

int
udp_socket_set_dont_fragment(UdpSocket *socket, bool on)
{
    if (socket->family == FAMILY_IPV4) {
        return socket_set_option(
            socket->fd, IPPROTO_IP, IP_MTU_DISCOVER, on ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
    }
    return socket_set_option(
        socket->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, on ? IPV6_PMTUDISC_DO : IPV6_PMTUDISC_DONT);
}

bool
udp_socket_dont_fragment(const UdpSocket *socket)
{
    bool is_ipv4 = socket->family == FAMILY_IPV4;
    int value = -1;
    socklen_t len = sizeof(value);

    getsockopt(socket->fd,
               is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6,
               is_ipv4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER,
               &value,
               &len);
    return value == (is_ipv4 ? IP_PMTUDISC_DO : IPV6_PMTUDISC_DO);
}

/* Both options take the index in network order. */
int
udp_socket_set_device(UdpSocket *socket, unsigned if_index)
{
    int value = (int) htonl(if_index);

    if (socket->family == FAMILY_IPV4)
        return socket_set_option(socket->fd, IPPROTO_IP, IP_UNICAST_IF, value);
    return socket_set_option(socket->fd, IPPROTO_IPV6, IPV6_UNICAST_IF, value);
}

/* Large enough for the extended error with the offender's address. */
typedef union {
    char bytes[512];
    struct cmsghdr align;
} ErrorControl;

static const struct sock_extended_err *
extended_error(struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR)
            || (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
            return (const struct sock_extended_err *) CMSG_DATA(c);
    }
    return NULL;
}

/* Local errors are passed over: who sent has seen them already. */
int
udp_socket_take_error(UdpSocket *socket)
{
    for (;;) {
        ErrorControl control;
        struct msghdr message = {.msg_control = &control, .msg_controllen = sizeof(control)};
        const struct sock_extended_err *error;

        if (recvmsg(socket->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            return 0;
        error = extended_error(&message);
        if (error && error->ee_errno != 0 && error->ee_origin != SO_EE_ORIGIN_LOCAL)
            return -(int) error->ee_errno;
    }
}

/* An error that an earlier datagram caused is reported to the next call, whatever it sends; so the
 * second attempt tells of this one. The first is still in the error queue, for the receiver. */
int
udp_socket_send(UdpSocket *socket, const Endpoint *to, Bytes datagram)
{
    SocketAddress address;
    socklen_t len = socket_address_of(to, &address);
    ssize_t sent = -1;

    if (to->address.family != socket->family)
        return -EAFNOSUPPORT;
    for (int attempt = 0; sent < 0 && attempt < 2; attempt++)
        sent = sendto(socket->fd, datagram.data, datagram.len, 0, &address.any, len);
    return sent < 0 ? -errno : (int) sent;
}

int
udp_socket_receive(UdpSocket *socket, uint8_t *buffer, size_t size, Endpoint *out_from)
{
    SocketAddress address = {0};
    socklen_t len = sizeof(address);
    ssize_t received = recvfrom(socket->fd, buffer, size, 0, &address.any, &len);
    int error = errno;
    int queued;

    if (received >= 0) {
        *out_from = endpoint_of_socket_address(&address);
        return (int) received;
    }
    /* What is in the queue also makes the descriptor readable until it is taken. */
    queued = udp_socket_take_error(socket);
    return queued < 0 ? queued : -error;
}

int
udp_socket_replace(UdpSocket *socket, UdpSocket *another)
{
    int r = dup3(another->fd, socket->fd, O_CLOEXEC) < 0 ? -errno : 0;

    if (r == 0) {
        socket->family = another->family;
        socket->port = another->port;
    }
    udp_socket_close(another);
    return r;
}

void
udp_socket_close(UdpSocket *socket)
{
    if (socket->fd >= 0)
        close(socket->fd);
    socket->fd = -1;
}
