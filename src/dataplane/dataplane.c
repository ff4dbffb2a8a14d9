/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "dataplane/carrier.h"
#include "esp/esp-sa.h"
#include "esp/packet.h"

#include <errno.h>

int
data_plane_open(DataPlane **out, const DataPlaneSetup *setup, const DataPlaneEvents *events)
{
    int r = -EOPNOTSUPP;

    if (setup->choice != DATA_PLANE_USERSPACE)
        r = kernel_plane_open(out, setup, events);
    else
        kernel_plane_clear_leftovers();
    if (r < 0 && setup->choice == DATA_PLANE_AUTO)
        log_info("the kernel does not carry ESP here (%s): user space does", g_strerror(-r));
    if (r < 0 && setup->choice != DATA_PLANE_KERNEL)
        r = user_plane_open(out, setup, events);
    return r;
}

void
data_plane_close(DataPlane *plane)
{
    if (plane)
        plane->operations->close(plane);
}

const char *
data_plane_device(const DataPlane *plane)
{
    return plane->operations->device(plane);
}

bool
data_plane_is_kernel(const DataPlane *plane)
{
    return plane->is_kernel;
}

int
data_plane_set_mtu(DataPlane *plane, uint32_t mtu)
{
    return plane->operations->set_mtu(plane, mtu);
}

uint32_t
data_plane_device_mtu(const DataPlane *plane, uint32_t mtu)
{
    return plane->operations->device_mtu ? plane->operations->device_mtu(plane, mtu) : mtu;
}

int
data_plane_set_path(DataPlane *plane, const Endpoint *local, const Endpoint *remote)
{
    return plane->operations->set_path(plane, local, remote);
}

int
data_plane_install(DataPlane *plane, const ChildSa *child, bool outbound)
{
    return plane->operations->install(plane, child, outbound);
}

void
data_plane_set_outbound(DataPlane *plane, uint32_t inbound_spi)
{
    plane->operations->set_outbound(plane, inbound_spi);
}

void
data_plane_remove(DataPlane *plane, uint32_t inbound_spi)
{
    plane->operations->remove(plane, inbound_spi);
}

void
data_plane_refresh(DataPlane *plane)
{
    plane->operations->refresh(plane);
}

DataPlaneCounters
data_plane_counters(DataPlane *plane)
{
    return plane->operations->counters(plane);
}

int
data_plane_fd(const DataPlane *plane)
{
    return plane->operations->fd(plane);
}

void
data_plane_dispatch(DataPlane *plane)
{
    plane->operations->dispatch(plane);
}

uint32_t
data_plane_inner_mtu(const EspProposal *proposal,
                     AddressFamily outer,
                     bool udp_encap,
                     uint32_t outer_mtu)
{
    size_t headers = outer_headers_len(outer, udp_encap);
    size_t mtu = IPV4_MIN_MTU;

    if (outer_mtu > headers) {
        mtu = esp_max_inner_len(
            proposal->encryption, proposal->integrity, MIN(outer_mtu, PACKET_MAX_LEN) - headers);
    }
    return (uint32_t) MAX(mtu, IPV4_MIN_MTU);
}
