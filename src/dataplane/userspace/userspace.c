/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/internal.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

static UserPlane *
of(const DataPlane *base)
{
    return (UserPlane *) base;
}

static void
free_entry(void *entry)
{
    sad_entry_free(entry);
}

static void
user_close(DataPlane *base)
{
    UserPlane *plane = of(base);

    tun_close(&plane->tun);
    close(plane->epoll);
    g_ptr_array_unref(plane->sad);
    g_free(plane->buffers);
    g_free(plane);
}

static const char *
user_device(const DataPlane *base)
{
    return of(base)->tun.name;
}

int
user_plane_set_mtu(DataPlane *base, uint32_t mtu)
{
    UserPlane *plane = of(base);
    int r = tun_set_mtu(&plane->tun, mtu);

    if (r == 0)
        plane->mtu = mtu;
    return r;
}

static int
user_set_path(DataPlane *base, const Endpoint *local, const Endpoint *remote)
{
    UserPlane *plane = of(base);

    plane->remote = *remote;
    plane->remote_address_len = socket_address_of(remote, &plane->remote_address);
    return 0;
}

static int
user_install(DataPlane *base, const ChildSa *child, bool outbound)
{
    UserPlane *plane = of(base);
    SadEntry *entry;

    if (!child->udp_encap)
        return -EOPNOTSUPP;
    if (sad_find(plane, child->inbound_spi))
        return -EEXIST;
    entry = sad_entry_new(child);
    if (!entry)
        return -EINVAL;
    entry->takes_outbound = outbound;
    g_ptr_array_add(plane->sad, entry);
    return 0;
}

static void
user_set_outbound(DataPlane *base, uint32_t inbound_spi)
{
    SadEntry *entry = sad_find(of(base), inbound_spi);

    if (entry)
        entry->takes_outbound = true;
}

static void
user_remove(DataPlane *base, uint32_t inbound_spi)
{
    SadEntry *entry = sad_find(of(base), inbound_spi);

    if (entry)
        g_ptr_array_remove(of(base)->sad, entry);
}

static void
user_refresh(DataPlane *base)
{
}

static DataPlaneCounters
user_counters(DataPlane *base)
{
    return of(base)->counters;
}

static int
user_fd(const DataPlane *base)
{
    return of(base)->epoll;
}

static void
user_dispatch(DataPlane *base)
{
    UserPlane *plane = of(base);
    int r = user_plane_tun_ready(plane);

    if (r < 0 && plane->events.failed)
        plane->events.failed(plane->events.owner, r);
    user_plane_socket_ready(plane);
}

size_t
batch_run(const Batch *batch, size_t first)
{
    size_t end = first + 1;

    while (end < batch->n && batch->entries[end] == batch->entries[first])
        end++;
    return end - first;
}

Packet
plane_packet(const UserPlane *plane, size_t i, size_t len)
{
    return (Packet){
        .buffer = plane->buffers + i * BUFFER_SIZE,
        .capacity = BUFFER_SIZE,
        .start = PACKET_HEADROOM,
        .len = len,
    };
}

static const DataPlaneOperations operations = {
    user_close,
    user_device,
    user_plane_set_mtu,
    user_set_path,
    user_install,
    user_set_outbound,
    user_remove,
    user_refresh,
    user_counters,
    user_fd,
    user_dispatch,
};

int
user_plane_open(DataPlane **out, const DataPlaneSetup *setup, const DataPlaneEvents *events)
{
    UserPlane *plane = g_new0(UserPlane, 1);
    struct epoll_event wait = {.events = EPOLLIN};
    int r;

    plane->base.operations = &operations;
    plane->nat_t = setup->nat_t;
    plane->events = *events;
    plane->sad = g_ptr_array_new_with_free_func(free_entry);
    plane->buffers = g_malloc_n(PACKET_BATCH, BUFFER_SIZE);
    plane->epoll = epoll_create1(EPOLL_CLOEXEC);
    r = tun_open(&plane->tun, setup->device);
    if (r < 0) {
        plane->tun.fd = -1;
        user_close(&plane->base);
        return r;
    }
    epoll_ctl(plane->epoll, EPOLL_CTL_ADD, plane->tun.fd, &wait);
    epoll_ctl(plane->epoll, EPOLL_CTL_ADD, plane->nat_t->fd, &wait);
    *out = &plane->base;
    return 0;
}
