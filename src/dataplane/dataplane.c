/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/dataplane.h"

#include "dataplane/internal.h"

#include <errno.h>

static void
free_entry(void *entry)
{
    sad_entry_free(entry);
}

int
data_plane_open(DataPlane **out, UdpSocket *nat_t, const DataPlaneEvents *events)
{
    g_autoptr(DataPlane) plane = g_new0(DataPlane, 1);
    int r;

    plane->nat_t = nat_t;
    plane->events = *events;
    plane->sad = g_ptr_array_new_with_free_func(free_entry);
    plane->buffers = g_malloc_n(PACKET_BATCH, BUFFER_SIZE);
    plane->tun.fd = -1;
    r = tun_open(&plane->tun, "ike%d");
    if (r == 0)
        *out = g_steal_pointer(&plane);
    return r;
}

void
data_plane_close(DataPlane *plane)
{
    if (!plane)
        return;
    tun_close(&plane->tun);
    g_ptr_array_unref(plane->sad);
    g_free(plane->buffers);
    g_free(plane);
}

const char *
data_plane_device(const DataPlane *plane)
{
    return plane->tun.name;
}

int
data_plane_set_mtu(DataPlane *plane, uint32_t mtu)
{
    int r = tun_set_mtu(&plane->tun, mtu);

    if (r == 0)
        plane->mtu = mtu;
    return r;
}

void
data_plane_set_remote(DataPlane *plane, const Endpoint *remote)
{
    plane->remote = *remote;
    plane->remote_address_len = socket_address_of(remote, &plane->remote_address);
}

int
data_plane_install(DataPlane *plane, const ChildSa *child, bool outbound)
{
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

void
data_plane_set_outbound(DataPlane *plane, uint32_t inbound_spi)
{
    SadEntry *entry = sad_find(plane, inbound_spi);

    if (entry)
        entry->takes_outbound = true;
}

void
data_plane_remove(DataPlane *plane, uint32_t inbound_spi)
{
    SadEntry *entry = sad_find(plane, inbound_spi);

    if (entry)
        g_ptr_array_remove(plane->sad, entry);
}

DataPlaneCounters
data_plane_counters(const DataPlane *plane)
{
    return plane->counters;
}

int
data_plane_tun_fd(const DataPlane *plane)
{
    return plane->tun.fd;
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
plane_packet(const DataPlane *plane, size_t i, size_t len)
{
    return (Packet){
        .buffer = plane->buffers + i * BUFFER_SIZE,
        .capacity = BUFFER_SIZE,
        .start = PACKET_HEADROOM,
        .len = len,
    };
}
