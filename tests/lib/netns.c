/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

const char *
netns_enter_new(void)
{
    if (unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
        return NULL;
    return "a network namespace of its own is not permitted here (root or user namespaces needed)";
}

int
netns_current(void)
{
    int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

    g_assert_cmpint(fd, >=, 0);
    return fd;
}

void
netns_enter(int fd)
{
    g_assert_no_errno(setns(fd, CLONE_NEWNET));
}

static void
device_ioctl(const char *device, unsigned long number, struct ifreq *request)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    g_strlcpy(request->ifr_name, device, sizeof(request->ifr_name));
    g_assert_no_errno(ioctl(fd, number, request));
    close(fd);
}

void
netns_device_up(const char *device)
{
    struct ifreq request = {.ifr_flags = IFF_UP};

    device_ioctl(device, SIOCSIFFLAGS, &request);
}

void
netns_device_mtu(const char *device, int mtu)
{
    struct ifreq request = {.ifr_mtu = mtu};

    device_ioctl(device, SIOCSIFMTU, &request);
}

int
netns_device_get_mtu(const char *device)
{
    struct ifreq request = {0};

    device_ioctl(device, SIOCGIFMTU, &request);
    return request.ifr_mtu;
}

static void
set_ipv4(const char *device, const IpPrefix *prefix, const IpAddress *address)
{
    struct ifreq request = {0};
    struct sockaddr_in in = {.sin_family = AF_INET};

    memcpy(&in.sin_addr, address->bytes, sizeof(in.sin_addr));
    memcpy(&request.ifr_addr, &in, sizeof(in));
    device_ioctl(device, SIOCSIFADDR, &request);
    in.sin_addr.s_addr = htonl(prefix->len ? UINT32_MAX << (32 - prefix->len) : 0);
    memcpy(&request.ifr_netmask, &in, sizeof(in));
    device_ioctl(device, SIOCSIFNETMASK, &request);
}

static void
set_ipv6(const char *device, const IpPrefix *prefix, const IpAddress *address)
{
    struct in6_ifreq request = {
        .ifr6_prefixlen = prefix->len,
        .ifr6_ifindex = (int) if_nametoindex(device),
    };
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    memcpy(&request.ifr6_addr, address->bytes, sizeof(request.ifr6_addr));
    g_assert_no_errno(ioctl(fd, SIOCSIFADDR, &request));
    close(fd);
}

void
netns_device_address(const char *device, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    IpPrefix prefix;
    IpAddress address;

    g_assert_true(ip_prefix_from_text(text, &prefix));
    g_assert_true(ip_address_from_text(parts[0], &address));
    if (address.family == FAMILY_IPV4)
        set_ipv4(device, &prefix, &address);
    else
        set_ipv6(device, &prefix, &address);
}
