/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/packet-socket.h"

#include "platform/socket-address.h"
#include "platform/socket-options.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <unistd.h>

enum {
    RECEIVE_BUFFER = 4 * 1024 * 1024, /* bytes: 2.5 ms at 10 Gbit/s, with the kernel's overhead */
    SEND_BUFFER = 1024 * 1024,
};

/* The larger limit is for who may administrate the network. */
static void
set_buffer(int fd, int forced, int option, int size)
{
    if (socket_set_option(fd, SOL_SOCKET, forced, size) < 0)
        socket_set_option(fd, SOL_SOCKET, option, size);
}

void
packet_socket_prepare(int fd, AddressFamily family)
{
    set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER);
    set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
    if (family == FAMILY_IPV4)
        socket_set_option(fd, IPPROTO_IP, IP_RECVTOS, 1);
    else
        socket_set_option(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
}

int
packet_socket_enable_gro(int fd)
{
    return socket_set_option(fd, IPPROTO_UDP, UDP_GRO, 1);
}

bool
packet_socket_has_segment(int fd)
{
    return socket_set_option(fd, IPPROTO_UDP, UDP_SEGMENT, 0) == 0;
}

int
esp_socket_open(UdpSocket *out, AddressFamily family)
{
    UdpSocket opened = {.family = family};
    int r;

    opened.fd = socket(socket_family(family), SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ESP);
    if (opened.fd < 0)
        return -errno;
    r = socket_never_fragment(opened.fd, family);
    if (r < 0)
        udp_socket_close(&opened);
    else
        *out = opened;
    return r;
}
