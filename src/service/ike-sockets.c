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

void
ike_sockets_close(IkeSockets *sockets)
{
    udp_socket_close(&sockets->ike);
    udp_socket_close(&sockets->nat_t);
}

/* ESP, on the same socket, must not be cut by the network; a long IKE message may be. */
static int
send_shared(IkeSockets *sockets, const Endpoint *to, Bytes datagram)
{
    int r;

    udp_socket_set_dont_fragment(&sockets->nat_t, false);
    r = udp_socket_send(&sockets->nat_t, to, datagram);
    udp_socket_set_dont_fragment(&sockets->nat_t, true);
    return r;
}

int
ike_sockets_send(IkeSockets *sockets, const IkePath *path, bool nat_t, Bytes message)
{
    const Endpoint ike_to = {path->remote, path->remote_port};
    const Endpoint nat_t_to = {path->remote, path->remote_nat_t_port};
    g_autofree uint8_t *marked = NULL;

    if (!nat_t)
        return udp_socket_send(&sockets->ike, &ike_to, message);
    marked = g_malloc0(NON_ESP_MARKER_LEN + message.len);
    memcpy(marked + NON_ESP_MARKER_LEN, message.data, message.len);
    return send_shared(sockets, &nat_t_to, bytes_of(marked, NON_ESP_MARKER_LEN + message.len));
}

int
ike_sockets_send_keepalive(IkeSockets *sockets, const IkePath *path)
{
    static const uint8_t keepalive[] = {0xff};
    const Endpoint to = {path->remote, path->remote_nat_t_port};

    return udp_socket_send(&sockets->nat_t, &to, BYTES_OF_ARRAY(keepalive));
}
