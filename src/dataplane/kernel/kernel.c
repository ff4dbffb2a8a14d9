/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/kernel/internal.h"

#include "base/log.h"
#include "crypto/packet-cipher.h"
#include "platform/claim.h"
#include "platform/marked-route.h"
#include "platform/udp-encap.h"

#include <errno.h>
#include <unistd.h>

/* the beginning */

/* Some kernels have policies, interfaces and ESP in UDP, and yet no ESP. Between addresses that no
 * packet has. */
static int
probe_states(KernelPlane *plane)
{
    static const uint8_t key[20] = {0};
    AddressFamily family = plane->nat_t->family;
    const XfrmState state = {
        .id = {.spi = plane->number, .destination = {.family = family}},
        .source = {.family = family},
        .encryption = encryption_by_id(ENCR_AES_GCM_16, 128),
        .keymat = BYTES_OF_ARRAY(key),
        .reqid = plane->number,
        .if_id = plane->number,
        .inbound = true,
    };
    XfrmState loopback = state;
    int r;

    loopback.id.destination.bytes[0] = family == FAMILY_IPV4 ? 127 : 0;
    loopback.id.destination.bytes[ip_address_len(family) - 1] = 1;
    loopback.source = loopback.id.destination;
    r = xfrm_add_state(&plane->requests, &loopback);
    if (r == 0)
        r = xfrm_remove_state(&plane->requests, &loopback.id);
    return r;
}

/* In this order: what says most cheaply that the kernel cannot do it comes first, and the socket,
 * which IKE needs in any case, is only touched when all else was found to work. */
static int
open_all(KernelPlane *plane, const char *pattern)
{
    int r = xfrm_open(&plane->requests);

    if (r == 0)
        r = probe_states(plane);
    if (r == 0)
        r = kernel_remove_leftovers(&plane->requests);
    if (r == 0)
        r = link_add_xfrm(&plane->link, pattern, plane->number);
    if (r == 0)
        r = kernel_events_open(plane);
    if (r == 0)
        r = udp_encap_set(plane->nat_t, true);
    plane->took_nat_t = r == 0;
    return r == -ENOPROTOOPT ? -EOPNOTSUPP : r;
}

static void
free_child(void *child)
{
    kernel_child_free(child);
}

static void
free_group(void *group)
{
    kernel_group_free(group);
}

static void
end_around(KernelPlane *plane)
{
    if (plane->around.family != FAMILY_NONE)
        marked_route_remove(plane->number, &plane->around);
    plane->around.family = FAMILY_NONE;
}

static void
kernel_close(DataPlane *base)
{
    KernelPlane *plane = kernel_plane_of(base);

    if (plane->took_nat_t)
        udp_encap_set(plane->nat_t, false);
    if (plane->link.index)
        link_remove(plane->link.index);
    end_around(plane);
    if (plane->requests.socket)
        kernel_remove_number(&plane->requests, plane->number);
    kernel_events_close(plane);
    netlink_close(&plane->requests);
    if (plane->claim >= 0)
        close(plane->claim);
    g_ptr_array_unref(plane->children);
    g_ptr_array_unref(plane->groups);
    g_free(plane);
}

/* the path */

static const char *
kernel_device(const DataPlane *base)
{
    return kernel_plane_of(base)->link.name;
}

static int
kernel_set_mtu(DataPlane *base, uint32_t mtu)
{
    return link_set_mtu(kernel_plane_of(base)->link.index, mtu);
}

static bool
endpoint_equal(const Endpoint *a, const Endpoint *b)
{
    return a->port == b->port && ip_address_equal(&a->address, &b->address);
}

/* Transport mode is between two addresses: others need other selectors, so another Child SA. */
static bool
can_move(const KernelPlane *plane, const KernelChild *child)
{
    return child->sa.mode == IPSEC_MODE_TUNNEL
           || (ip_address_equal(&child->local.address, &plane->local.address)
               && ip_address_equal(&child->remote.address, &plane->remote.address));
}

static int
move_all(KernelPlane *plane)
{
    int result = 0;

    for (guint i = 0; i < plane->children->len; i++) {
        KernelChild *child = plane->children->pdata[i];
        int r = can_move(plane, child) ? kernel_child_move(plane, child) : 0;

        if (r < 0)
            result = r;
    }
    for (guint i = 0; i < plane->groups->len; i++) {
        KernelGroup *group = plane->groups->pdata[i];
        int r = group->outbound ? kernel_group_set_outbound(plane, group, group->outbound) : 0;

        if (r < 0)
            result = r;
    }
    if (plane->has_catch_all)
        kernel_put_catch_all(plane);
    return result;
}

/* What is sealed must not go into the interface again, where a route to everything may lead. (The
 * sockets are the owner's, who does the same.) Only then: elsewhere the main table's routes learn
 * the path's MTU. */
static int
go_around(KernelPlane *plane, const IpAddress *remote)
{
    bool is_other = !ip_address_equal(&plane->around, remote);
    Route route = {0};
    int r = route_lookup_around(remote, (unsigned) plane->link.index, &route);

    if (r < 0 || !route.is_around || is_other)
        end_around(plane);
    /* Without a way nothing is sent, and a new path is said when there is one. */
    if (r < 0 || !route.is_around)
        return 0;
    plane->around = *remote;
    return marked_route_put(plane->number, remote, &route);
}

static int
kernel_set_path(DataPlane *base, const Endpoint *local, const Endpoint *remote)
{
    KernelPlane *plane = kernel_plane_of(base);
    int r, moved;

    if (local->address.family != plane->nat_t->family
        || remote->address.family != local->address.family)
        return -EAFNOSUPPORT;
    r = go_around(plane, &remote->address);
    if (endpoint_equal(&plane->local, local) && endpoint_equal(&plane->remote, remote))
        return r;
    plane->local = *local;
    plane->remote = *remote;
    moved = move_all(plane);
    return r < 0 ? r : moved;
}

/* Child SAs */

static ChildSa
copy_of(const ChildSa *sa)
{
    ChildSa copy = *sa;

    copy.inbound_keymat = secret_copy(secret_view(&sa->inbound_keymat));
    copy.outbound_keymat = secret_copy(secret_view(&sa->outbound_keymat));
    return copy;
}

static bool
keys_fit(const ChildSa *sa)
{
    const EspProposal *proposal = &sa->proposal;
    size_t len = packet_cipher_keymat_len(proposal->encryption, proposal->integrity);

    return (proposal->integrity != NULL) == (proposal->encryption->icv_len == 0)
           && sa->inbound_keymat.len == len && sa->outbound_keymat.len == len;
}

static KernelChild *
child_new(const KernelPlane *plane, const ChildSa *sa, KernelGroup *group)
{
    KernelChild *child = g_new0(KernelChild, 1);

    child->sa = copy_of(sa);
    child->local = plane->local;
    child->remote = plane->remote;
    child->group = group;
    child->in.inbound = true;
    child->installed_at = kernel_now();
    return child;
}

static void
add_counts(KernelCounts *to, const KernelCounts *from)
{
    to->bytes += from->bytes;
    to->packets += from->packets;
    to->replayed += from->replayed;
    to->not_authentic += from->not_authentic;
}

/* The latest of those that are left and may. */
static const KernelChild *
find_successor(const KernelPlane *plane, const KernelGroup *group)
{
    for (guint i = plane->children->len; i > 0; i--) {
        const KernelChild *child = plane->children->pdata[i - 1];

        if (child->group == group && child->takes_outbound)
            return child;
    }
    return NULL;
}

/* The policy lets go of the state before it ends. */
static void
end_child(KernelPlane *plane, KernelChild *child)
{
    KernelGroup *group = child->group;
    bool was_outbound = group->outbound == child;

    child->takes_outbound = false;
    if (was_outbound)
        kernel_group_set_outbound(plane, group, find_successor(plane, group));
    kernel_half_remove(plane, child, &child->in);
    kernel_half_remove(plane, child, &child->out);
    add_counts(&plane->gone_in, &child->in.before);
    add_counts(&plane->gone_out, &child->out.before);
    g_ptr_array_remove(plane->children, child);
    kernel_group_leave(plane, group);
}

static int
start_child(KernelPlane *plane, KernelChild *child, bool outbound)
{
    int r = kernel_half_add(plane, child, &child->in, NULL);

    if (r == 0)
        r = kernel_half_add(plane, child, &child->out, NULL);
    if (r == 0 && child->sa.mode == IPSEC_MODE_TUNNEL && !plane->has_catch_all)
        r = kernel_put_catch_all(plane);
    if (r == 0 && outbound) {
        child->takes_outbound = true;
        r = kernel_group_set_outbound(plane, child->group, child);
    }
    return r;
}

static int
kernel_install(DataPlane *base, const ChildSa *sa, bool outbound)
{
    KernelPlane *plane = kernel_plane_of(base);
    KernelChild *child;
    KernelGroup *group;
    int r;

    if (plane->remote.address.family == FAMILY_NONE)
        return -EDESTADDRREQ;
    if (!keys_fit(sa))
        return -EINVAL;
    if (kernel_child_find(plane, sa->inbound_spi))
        return -EEXIST;
    r = kernel_group_join(plane, sa, &group);
    if (r < 0)
        return r;
    child = child_new(plane, sa, group);
    g_ptr_array_add(plane->children, child);
    r = start_child(plane, child, outbound);
    if (r < 0)
        end_child(plane, child);
    else
        kernel_events_await_first(plane);
    return r;
}

static void
kernel_set_outbound(DataPlane *base, uint32_t inbound_spi)
{
    KernelPlane *plane = kernel_plane_of(base);
    KernelChild *child = kernel_child_find(plane, inbound_spi);
    int r;

    if (!child)
        return;
    child->takes_outbound = true;
    r = kernel_group_set_outbound(plane, child->group, child);
    if (r < 0)
        log_error("the kernel does not take a new Child SA into use: %s", g_strerror(-r));
}

static void
kernel_remove(DataPlane *base, uint32_t inbound_spi)
{
    KernelPlane *plane = kernel_plane_of(base);
    KernelChild *child = kernel_child_find(plane, inbound_spi);

    if (child)
        end_child(plane, child);
}

static void
sum_up(KernelPlane *plane, KernelCounts *in, KernelCounts *out)
{
    *in = plane->gone_in;
    *out = plane->gone_out;
    for (guint i = 0; i < plane->children->len; i++) {
        const KernelChild *child = plane->children->pdata[i];
        KernelCounts counts;

        kernel_half_look(plane, child, &child->in, &counts);
        add_counts(in, &counts);
        kernel_half_look(plane, child, &child->out, &counts);
        add_counts(out, &counts);
    }
}

/* What no state counts is counted for the whole network namespace: how much it has grown. */
static DataPlaneCounters
kernel_counters(DataPlane *base)
{
    KernelPlane *plane = kernel_plane_of(base);
    const XfrmStatistics *before = &plane->statistics_at_open;
    DataPlaneCounters counters = plane->own;
    XfrmStatistics now;
    KernelCounts in, out;

    xfrm_statistics(&now);
    sum_up(plane, &in, &out);
    counters.in_packets = in.packets;
    counters.in_bytes = in.bytes;
    counters.out_packets = out.packets;
    counters.out_bytes = out.bytes;
    counters.drop_replay = in.replayed;
    counters.drop_icv = in.not_authentic;
    counters.drop_unknown_spi = now.in_no_state - before->in_no_state;
    counters.drop_malformed += now.in_malformed - before->in_malformed;
    counters.drop_selectors = now.in_selectors - before->in_selectors;
    counters.drop_no_sa = now.out_no_state - before->out_no_state;
    counters.drop_sequence = now.out_exhausted - before->out_exhausted;
    counters.drop_send = now.out_failed - before->out_failed;
    return counters;
}

static int
kernel_fd(const DataPlane *base)
{
    return kernel_plane_of(base)->epoll;
}

static const DataPlaneOperations operations = {
    .close = kernel_close,
    .device = kernel_device,
    .set_mtu = kernel_set_mtu,
    .set_path = kernel_set_path,
    .install = kernel_install,
    .set_outbound = kernel_set_outbound,
    .remove = kernel_remove,
    .refresh = kernel_refresh,
    .counters = kernel_counters,
    .fd = kernel_fd,
    .dispatch = kernel_dispatch,
};

void
kernel_plane_clear_leftovers(void)
{
    Netlink requests;

    if (xfrm_open(&requests) < 0)
        return;
    kernel_remove_leftovers(&requests);
    netlink_close(&requests);
}

int
kernel_plane_open(DataPlane **out, const DataPlaneSetup *setup, const DataPlaneEvents *events)
{
    KernelPlane *plane = g_new0(KernelPlane, 1);
    int r;

    plane->base = (DataPlane){.operations = &operations, .is_kernel = true};
    plane->events = *events;
    plane->nat_t = setup->nat_t;
    plane->ike = setup->ike;
    plane->timer = -1;
    plane->epoll = -1;
    plane->children = g_ptr_array_new_with_free_func(free_child);
    plane->groups = g_ptr_array_new_with_free_func(free_group);
    xfrm_statistics(&plane->statistics_at_open);
    plane->claim = claim_new(&plane->number);
    r = plane->claim < 0 ? plane->claim : open_all(plane, setup->device);
    if (r < 0)
        kernel_close(&plane->base);
    else
        *out = &plane->base;
    return r;
}
