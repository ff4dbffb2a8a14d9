/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/udp-encap.h"

#include "platform/socket-address.h"

#include <errno.h>
#include <linux/udp.h>
#include <linux/xfrm.h>

int
udp_encap_set(UdpSocket *socket, bool on)
{
    int type = on ? UDP_ENCAP_ESPINUDP : 0;

    return setsockopt(socket->fd, IPPROTO_UDP, UDP_ENCAP, &type, sizeof(type)) < 0 ? -errno : 0;
}

int
udp_encap_bypass_policies(UdpSocket *socket)
{
    bool ipv6 = socket->family == FAMILY_IPV6;
    struct xfrm_userpolicy_info policy = {
        .sel = {.family = (uint16_t) socket_family(socket->family)},
        .action = XFRM_POLICY_ALLOW,
    };

    for (uint8_t direction = XFRM_POLICY_IN; direction <= XFRM_POLICY_OUT; direction++) {
        policy.dir = direction;
        if (setsockopt(socket->fd,
                       ipv6 ? IPPROTO_IPV6 : IPPROTO_IP,
                       ipv6 ? IPV6_XFRM_POLICY : IP_XFRM_POLICY,
                       &policy,
                       sizeof(policy))
            < 0)
            return -errno;
    }
    return 0;
}
