/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/internal.h"

#include "platform/route.h"

enum {
    IPV4_HEADER_LEN = 20,
    IPV6_HEADER_LEN = 40,
    UDP_HEADER_LEN = 8,
    MIN_MTU = 576, /* RFC 791: what everybody can take */
};

uint32_t
data_plane_inner_mtu(const EspProposal *proposal, AddressFamily outer, uint32_t outer_mtu)
{
    size_t headers = (outer == FAMILY_IPV6 ? IPV6_HEADER_LEN : IPV4_HEADER_LEN) + UDP_HEADER_LEN;
    size_t mtu = MIN_MTU;

    if (outer_mtu > headers) {
        mtu = esp_max_inner_len(
            proposal->encryption, proposal->integrity, MIN(outer_mtu, PACKET_MAX_LEN) - headers);
    }
    return (uint32_t) MAX(mtu, MIN_MTU);
}

/* The smallest MTU of the Child SAs, for the path as the kernel knows it now. */
static uint32_t
path_inner_mtu(const DataPlane *plane, uint32_t outer_mtu)
{
    uint32_t mtu = UINT32_MAX;

    for (guint i = 0; i < plane->sad->len; i++) {
        const SadEntry *entry = plane->sad->pdata[i];
        uint32_t of_entry =
            data_plane_inner_mtu(&entry->proposal, plane->remote.address.family, outer_mtu);

        mtu = MIN(mtu, of_entry);
    }
    return mtu;
}

/* From then on the kernel itself cuts TCP segments to size and tells senders of larger packets (RFC
 * 4301, 8.2.1). It only ever shrinks here; the owner looks at the path again when a Child SA is
 * installed. Set even if it was so before: somebody else may have changed the device. */
void
mtu_fit_path(DataPlane *plane)
{
    Route route;
    uint32_t mtu;

    if (plane->mtu <= MIN_MTU || route_lookup(&plane->remote.address, &route) < 0)
        return;
    mtu = path_inner_mtu(plane, route.mtu);
    data_plane_set_mtu(plane, MIN(mtu, plane->mtu));
}
