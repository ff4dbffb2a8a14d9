/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/socket-options.h"

#include <errno.h>
#include <netinet/in.h>

int
socket_set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

int
socket_never_fragment(int fd, AddressFamily family)
{
    int r;

    if (family == FAMILY_IPV4) {
        r = socket_set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
        return r < 0 ? r : socket_set_option(fd, IPPROTO_IP, IP_RECVERR, 1);
    }
    r = socket_set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
    return r < 0 ? r : socket_set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
}
