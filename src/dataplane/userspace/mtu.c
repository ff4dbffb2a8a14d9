/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/internal.h"
#include "platform/route.h"

#include <net/if.h>

enum {
    HOSTS_MTU = 65400, /* sealed it still fits one UDP datagram */
};

typedef struct {
    uint32_t mtu;
    uint32_t whole_len; /* as in Sender */
} MtuCall;

static void
set_mtu_of_sender(Worker *worker, void *argument)
{
    Sender *sender = (Sender *) worker;
    const MtuCall *call = argument;

    sender->mtu = call->mtu;
    sender->whole_len = call->whole_len;
    sender->udp_segment = sender->has_udp_segment;
    sender->too_big_said_at = 0;
}

static void
set_mtu_of_receiver(Worker *worker, void *argument)
{
    ((Receiver *) worker)->mtu = ((const MtuCall *) argument)->mtu;
}

/* What the longest inner packet becomes. */
static size_t
longest_sealed(const UserPlane *plane)
{
    size_t longest = 1;

    for (guint i = 0; i < plane->sad->len; i++) {
        const SadEntry *entry = plane->sad->pdata[i];
        size_t len =
            esp_sealed_len(entry->proposal.encryption, entry->proposal.integrity, plane->mtu);

        longest = MAX(longest, len);
    }
    return longest;
}

void
mtu_limit_segments(UserPlane *plane)
{
    size_t fit = TRAIN_MAX_LEN / longest_sealed(plane);

    if (plane->tun.segments && plane->mtu > 0)
        tun_limit_segments(&plane->tun, (uint32_t) CLAMP(fit, 1, TRAIN_MAX_PACKETS));
}

/* (In transport mode the shortest way there is through the tunnel.) */
static int
look_up_path(const UserPlane *plane, Route *out)
{
    return route_lookup_around(&plane->remote.remote.address, if_nametoindex(plane->tun.name), out);
}

/* The smallest MTU of the Child SAs, for the path as the kernel knows it now. */
static uint32_t
path_inner_mtu(const UserPlane *plane, uint32_t outer_mtu)
{
    uint32_t mtu = UINT32_MAX;

    for (guint i = 0; i < plane->sad->len; i++) {
        const SadEntry *entry = plane->sad->pdata[i];
        uint32_t of_entry = data_plane_inner_mtu(
            &entry->proposal, plane->remote.remote.address.family, entry->udp_encap, outer_mtu);

        mtu = MIN(mtu, of_entry);
    }
    return mtu;
}

/* Below it a family no longer works: with less than 1280 the kernel takes IPv6 off the device. */
static uint32_t
least_mtu(const UserPlane *plane)
{
    if (plane->keeps_ipv6)
        return IPV6_MIN_MTU;
    for (guint i = 0; i < plane->sad->len; i++) {
        const SadEntry *entry = plane->sad->pdata[i];

        if (entry->inbound->local_ts.first.family == FAMILY_IPV6)
            return IPV6_MIN_MTU;
    }
    return IPV4_MIN_MTU;
}

/* Of IP and UDP, around what is sealed. */
static uint32_t
headers_len(const UserPlane *plane)
{
    return outer_headers_len(plane->remote.remote.address.family, true);
}

/* What cannot be made smaller leaves in fragments, where the path is too narrow for it whole. */
static bool
is_too_narrow(const UserPlane *plane, uint32_t path_mtu)
{
    return plane->mtu <= least_mtu(plane) && longest_sealed(plane) + headers_len(plane) > path_mtu;
}

/* In transport mode a datagram is sealed whole, and then cut like any other (RFC 4303, 3.3.4): so
 * the device takes all sizes, and TCP's is kept by its MSS. */
static bool
must_fragment(const UserPlane *plane, uint32_t path_mtu)
{
    return plane->diverted.family != FAMILY_NONE || is_too_narrow(plane, path_mtu);
}

/* Returns how long a UDP payload may be to go whole; 0: nothing is fragmented here anyway. */
static uint32_t
choose_dont_fragment(UserPlane *plane)
{
    Route route = {.mtu = UINT32_MAX};
    bool fragment;

    look_up_path(plane, &route);
    fragment = must_fragment(plane, route.mtu);
    udp_socket_set_dont_fragment(plane->nat_t, !fragment);
    if (plane->esp.fd >= 0)
        udp_socket_set_dont_fragment(&plane->esp, !fragment);
    return fragment ? route.mtu - headers_len(plane) : 0;
}

uint32_t
user_plane_device_mtu(const DataPlane *base, uint32_t mtu)
{
    return ((const UserPlane *) base)->diverted.family != FAMILY_NONE ? HOSTS_MTU : mtu;
}

int
user_plane_set_mtu(DataPlane *base, uint32_t mtu)
{
    UserPlane *plane = (UserPlane *) base;
    int r = tun_set_mtu(&plane->tun, user_plane_device_mtu(base, mtu));
    MtuCall call = {.mtu = mtu};

    if (r < 0)
        return r;
    plane->mtu = mtu;
    call.whole_len = choose_dont_fragment(plane);
    for (unsigned i = 0; i < plane->n_senders; i++)
        call_sender(plane, i, set_mtu_of_sender, &call);
    worker_call(&plane->receiver.worker, set_mtu_of_receiver, &call);
    mtu_limit_segments(plane);
    return 0;
}

/* From then on the kernel itself cuts TCP segments to size and tells senders of larger packets (RFC
 * 4301, 8.2.1). It only ever shrinks here; the owner looks at the path again when a Child SA is
 * installed. Set even if it was so before: somebody else may have changed the device. */
void
mtu_fit_path(UserPlane *plane)
{
    Route route;
    uint32_t mtu;

    if (plane->mtu == 0 || plane->sad->len == 0 || look_up_path(plane, &route) < 0)
        return;
    mtu = MAX(path_inner_mtu(plane, route.mtu), least_mtu(plane));
    user_plane_set_mtu(&plane->base, MIN(mtu, plane->mtu));
}
