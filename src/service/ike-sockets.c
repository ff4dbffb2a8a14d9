/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/ike-sockets.h"

#include "base/log.h"

#include <string.h>

enum {
    IKE_PORT = 500,
    NAT_T_PORT = 4500,
    NON_ESP_MARKER_LEN = 4,
};

static int
open_preferred(UdpSocket *socket, AddressFamily family, uint16_t port)
{
    bool taken = false;
    int r = udp_socket_open_preferred(socket, family, port, &taken);

    if (r == 0 && taken)
        log_notice(
            "UDP port %u is taken by another program (another IKE daemon?): using %u instead",
            port,
            socket->port);
    return r;
}

static int
open_both(IkeSockets *sockets, AddressFamily family, uint16_t local_port)
{
    int r;

    if (local_port)
        r = udp_socket_open(&sockets->ike, family, local_port);
    else
        r = open_preferred(&sockets->ike, family, IKE_PORT);
    if (r < 0)
        return r;
    return open_preferred(&sockets->nat_t, family, NAT_T_PORT);
}

int
ike_sockets_open(IkeSockets *sockets, AddressFamily family, uint16_t local_port)
{
    int r = open_both(sockets, family, local_port);

    if (r < 0)
        ike_sockets_close(sockets);
    else
        udp_socket_set_dont_fragment(&sockets->ike, false);
    return r;
}

int
ike_sockets_change_family(IkeSockets *sockets, AddressFamily family, uint16_t local_port)
{
    IkeSockets others = IKE_SOCKETS_CLOSED;
    int r = ike_sockets_open(&others, family, local_port);

    if (r == 0)
        r = udp_socket_replace(&sockets->ike, &others.ike);
    if (r == 0)
        r = udp_socket_replace(&sockets->nat_t, &others.nat_t);
    ike_sockets_close(&others);
    return r;
}

void
ike_sockets_close(IkeSockets *sockets)
{
    udp_socket_close(&sockets->ike);
    udp_socket_close(&sockets->nat_t);
}

void
ike_sockets_set_device(IkeSockets *sockets, unsigned if_index)
{
    udp_socket_set_device(&sockets->ike, if_index);
    udp_socket_set_device(&sockets->nat_t, if_index);
}

/* A long IKE message may be cut by the network. What the socket does else is ESP's, whose data
 * plane decides about it. */
static int
send_by(UdpSocket *socket, const Endpoint *to, Bytes datagram, bool dont_fragment)
{
    bool usual = udp_socket_dont_fragment(socket);
    int r;

    if (usual != dont_fragment)
        udp_socket_set_dont_fragment(socket, dont_fragment);
    r = udp_socket_send(socket, to, datagram);
    if (usual != dont_fragment)
        udp_socket_set_dont_fragment(socket, usual);
    return r;
}

int
ike_sockets_send(IkeSockets *sockets, const IkePath *path, IkeSending how, Bytes message)
{
    const Endpoint ike_to = {path->remote, path->remote_port};
    const Endpoint nat_t_to = {path->remote, path->remote_nat_t_port};
    g_autofree uint8_t *marked = NULL;
    size_t len = NON_ESP_MARKER_LEN + message.len;

    if (!how.nat_t)
        return send_by(&sockets->ike, &ike_to, message, how.dont_fragment);
    marked = g_malloc0(len);
    memcpy(marked + NON_ESP_MARKER_LEN, message.data, message.len);
    return send_by(&sockets->nat_t, &nat_t_to, bytes_of(marked, len), how.dont_fragment);
}

int
ike_sockets_send_keepalive(IkeSockets *sockets, const IkePath *path)
{
    static const uint8_t keepalive[] = {0xff};
    const Endpoint to = {path->remote, path->remote_nat_t_port};

    return udp_socket_send(&sockets->nat_t, &to, BYTES_OF_ARRAY(keepalive));
}
