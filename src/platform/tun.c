/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

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

int
tun_open(Tun *tun, const char *pattern)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    Tun opened = {.fd = open_driver()};

    if (opened.fd < 0)
        return opened.fd;
    g_strlcpy(request.ifr_name, pattern, sizeof(request.ifr_name));
    if (ioctl(opened.fd, TUNSETIFF, &request) < 0) {
        int r = -errno;

        tun_close(&opened);
        return r;
    }
    g_strlcpy(opened.name, request.ifr_name, sizeof(opened.name));
    *tun = opened;
    return 0;
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
tun_read(Tun *tun, uint8_t *buffer, size_t size)
{
    ssize_t len = read(tun->fd, buffer, size);

    return len < 0 ? -errno : (int) len;
}

int
tun_write(Tun *tun, Bytes packet)
{
    ssize_t len = write(tun->fd, packet.data, packet.len);

    return len < 0 ? -errno : (int) len;
}

void
tun_close(Tun *tun)
{
    if (tun->fd >= 0)
        close(tun->fd);
    tun->fd = -1;
}
