/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/path-watch.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAX_READS = 64, /* in one call, so that a machine with restless routes stops nothing else */
    NOTICE_SIZE = 64,
};

static const int groups[] = {
    RTNLGRP_LINK,
    RTNLGRP_IPV4_IFADDR,
    RTNLGRP_IPV6_IFADDR,
    RTNLGRP_IPV4_ROUTE,
    RTNLGRP_IPV6_ROUTE,
    RTNLGRP_IPV4_RULE,
    RTNLGRP_IPV6_RULE,
};

/* A socket without an address of its own is left out. */
static int
join_groups(int fd)
{
    const struct sockaddr_nl any = {.nl_family = AF_NETLINK};

    if (bind(fd, (const struct sockaddr *) &any, sizeof(any)) < 0)
        return -errno;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof(groups[i])) < 0)
            return -errno;
    }
    return 0;
}

int
path_watch_open(PathWatch *watch)
{
    PathWatch opened = {socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
    int r;

    if (opened.fd < 0)
        return -errno;
    r = join_groups(opened.fd);
    if (r < 0)
        path_watch_close(&opened);
    else
        *watch = opened;
    return r;
}

/* Only that there was one counts, so what does not fit the buffer is cut off. ENOBUFS: some are
 * lost (netlink(7)), and they may have been the ones. Only the kernel can send to these groups. */
bool
path_watch_changed(PathWatch *watch)
{
    char notice[NOTICE_SIZE];
    bool changed = false;

    for (int i = 0; i < MAX_READS; i++) {
        if (recv(watch->fd, notice, sizeof(notice), MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
            changed = true;
        else if (errno != EINTR)
            break;
    }
    return changed;
}

void
path_watch_close(PathWatch *watch)
{
    if (watch->fd >= 0)
        close(watch->fd);
    watch->fd = -1;
}
