/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/tun.h"

#include "platform/netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Linux 6.2; the distribution's headers may be older than its kernel. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

enum { REQUEST_SIZE = 256 };

#define OFFLOADS_TCP (TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN)
#define OFFLOADS_UDP (TUN_F_USO4 | TUN_F_USO6)

G_STATIC_ASSERT(sizeof(((Tun *) NULL)->name) == IFNAMSIZ);

/* The node can be there without a driver behind it. */
static int
open_driver(void)
{
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0)
        return fd;
    return errno == ENODEV || errno == ENXIO ? -ENOENT : -errno;
}

/* The first queue makes the device and learns its name, the others join it. */
static int
open_queue(Tun *tun, short flags)
{
    struct ifreq request = {.ifr_flags = flags};
    int fd = open_driver();

    if (fd < 0)
        return fd;
    g_strlcpy(request.ifr_name, tun->name, sizeof(request.ifr_name));
    if (ioctl(fd, TUNSETIFF, &request) < 0) {
        int r = -errno;

        close(fd);
        return r;
    }
    g_strlcpy(tun->name, request.ifr_name, sizeof(tun->name));
    tun->fds[tun->n_queues++] = fd;
    return 0;
}

static int
open_queues(Tun *tun, const TunSetup *setup, short flags)
{
    int r = 0;

    *tun = TUN_CLOSED;
    g_strlcpy(tun->name, setup->pattern, sizeof(tun->name));
    if (setup->n_queues > 1)
        flags |= IFF_MULTI_QUEUE;
    for (unsigned i = 0; i < MIN(setup->n_queues, TUN_MAX_QUEUES) && r == 0; i++)
        r = open_queue(tun, flags);
    if (r < 0)
        tun_close(tun);
    return r;
}

/* They belong to the device, so one queue sets them for all. */
static void
enable_segments(Tun *tun)
{
    tun->has_header = true;
    if (ioctl(tun->fds[0], TUNSETOFFLOAD, OFFLOADS_TCP | OFFLOADS_UDP) == 0)
        tun->segments = TUN_SEGMENTS_TCP | TUN_SEGMENTS_UDP;
    else if (ioctl(tun->fds[0], TUNSETOFFLOAD, OFFLOADS_TCP) == 0)
        tun->segments = TUN_SEGMENTS_TCP;
}

int
tun_open(Tun *tun, const TunSetup *setup)
{
    int r = -EINVAL;

    if (setup->wants_segments)
        r = open_queues(tun, setup, IFF_TUN | IFF_NO_PI | IFF_VNET_HDR);
    if (r == 0)
        enable_segments(tun);
    else if (r == -EINVAL)
        r = open_queues(tun, setup, IFF_TUN | IFF_NO_PI);
    return r;
}

int
tun_set_mtu(Tun *tun, uint32_t mtu)
{
    struct ifreq request = {.ifr_mtu = (int) mtu};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int r;

    if (fd < 0)
        return -errno;
    g_strlcpy(request.ifr_name, tun->name, sizeof(request.ifr_name));
    r = ioctl(fd, SIOCSIFMTU, &request) < 0 ? -errno : 0;
    close(fd);
    return r;
}

int
tun_limit_segments(Tun *tun, uint32_t max_segments)
{
    union {
        struct nlmsghdr header;
        char bytes[REQUEST_SIZE];
    } request;
    struct nlmsghdr *header = mnl_nlmsg_put_header(&request);
    struct ifinfomsg *link;

    header->nlmsg_type = RTM_NEWLINK;
    link = mnl_nlmsg_put_extra_header(header, sizeof(*link));
    link->ifi_index = (int) if_nametoindex(tun->name);
    mnl_attr_put_u32(header, IFLA_GSO_MAX_SEGS, max_segments);
    return netlink_ask(header, NULL, NULL);
}

void
tun_close(Tun *tun)
{
    for (unsigned i = 0; i < tun->n_queues; i++)
        close(tun->fds[i]);
    tun->n_queues = 0;
}
