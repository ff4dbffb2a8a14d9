/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/kernel/internal.h"

#include "platform/udp-encap.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>

/* The smaller one goes first. What must bypass has the plane's number, which is smaller than these;
 * of Child SAs whose selectors overlap the latest counts. */
static const uint32_t child_priority = 0x80000000;
static const uint32_t catch_all_priority = 0xc0000000;

static uint32_t
next_priority(KernelPlane *plane)
{
    return child_priority - ++plane->n_outbound_changes;
}

static uint32_t
policy_if_id(const KernelPlane *plane, IpsecMode mode)
{
    return mode == IPSEC_MODE_TUNNEL ? plane->number : 0;
}

/* Inbound any state of ours will do: the state's own selector says what may come in through it. */
static XfrmPolicy
inbound_policy(const KernelPlane *plane, const KernelGroup *group, unsigned direction, guint i)
{
    return (XfrmPolicy){
        .direction = direction,
        .flows = kernel_flows_reversed(&g_array_index(group->flows, XfrmFlows, i)),
        .priority = group->priority,
        .if_id = policy_if_id(plane, group->mode),
        .template = XFRM_TEMPLATE_ESP,
        .mode = group->mode,
        .outer = plane->remote.address.family,
        .reqid = plane->number,
    };
}

/* The SPI binds it to one state, so that a change of keys is one stroke. A transport mode state has
 * the packet's own addresses; the kernel wants none said. */
static XfrmPolicy
outbound_policy(const KernelPlane *plane, const KernelGroup *group, guint i)
{
    const KernelChild *child = group->outbound;
    bool tunnel = group->mode == IPSEC_MODE_TUNNEL;
    XfrmPolicy policy = {
        .direction = XFRM_POLICY_OUT,
        .flows = g_array_index(group->flows, XfrmFlows, i),
        .priority = group->priority,
        .if_id = policy_if_id(plane, group->mode),
        .template = XFRM_TEMPLATE_ESP,
        .mode = group->mode,
        .outer = plane->remote.address.family,
        .spi = child ? child->sa.outbound_spi : 0,
        .reqid = plane->number,
    };

    if (tunnel) {
        policy.source = child ? child->local.address : plane->local.address;
        policy.destination = child ? child->remote.address : plane->remote.address;
    }
    return policy;
}

static int
put_inbound(KernelPlane *plane, const KernelGroup *group)
{
    int r = 0;

    for (guint i = 0; r == 0 && i < group->flows->len; i++) {
        XfrmPolicy in = inbound_policy(plane, group, XFRM_POLICY_IN, i);
        XfrmPolicy forwarded = inbound_policy(plane, group, XFRM_POLICY_FWD, i);

        r = xfrm_put_policy(&plane->requests, &in, false);
        if (r == 0)
            r = xfrm_put_policy(&plane->requests, &forwarded, false);
    }
    return r;
}

static void
remove_outbound(KernelPlane *plane, KernelGroup *group)
{
    for (guint i = 0; group->has_outbound_policies && i < group->flows->len; i++) {
        XfrmPolicy out = outbound_policy(plane, group, i);

        xfrm_remove_policy(&plane->requests, &out);
    }
    group->has_outbound_policies = false;
}

static void
remove_inbound(KernelPlane *plane, const KernelGroup *group)
{
    for (guint i = 0; i < group->flows->len; i++) {
        XfrmPolicy in = inbound_policy(plane, group, XFRM_POLICY_IN, i);
        XfrmPolicy forwarded = inbound_policy(plane, group, XFRM_POLICY_FWD, i);

        xfrm_remove_policy(&plane->requests, &in);
        xfrm_remove_policy(&plane->requests, &forwarded);
    }
}

/* What finds the peer's link-layer address cannot wait for the peer (RFC 4861, 11.2). */
static int
bypass_neighbour_discovery(KernelPlane *plane, const KernelGroup *group)
{
    static const uint8_t types[] = {ND_NEIGHBOR_SOLICIT, ND_NEIGHBOR_ADVERT};
    const XfrmFlows *flows = &g_array_index(group->flows, XfrmFlows, 0);
    int r = 0;

    if (flows->source.address.family != FAMILY_IPV6)
        return 0;
    for (size_t i = 0; r == 0 && i < G_N_ELEMENTS(types); i++) {
        XfrmPolicy policy = {
            .direction = XFRM_POLICY_OUT,
            .flows = {.source = flows->source,
                      .destination = flows->destination,
                      .protocol = IPPROTO_ICMPV6,
                      .source_port = types[i],
                      .source_port_mask = UINT16_MAX},
            .priority = plane->number,
        };

        r = xfrm_put_policy(&plane->requests, &policy, true);
        policy.direction = XFRM_POLICY_IN;
        policy.flows.source = flows->destination;
        policy.flows.destination = flows->source;
        if (r == 0)
            r = xfrm_put_policy(&plane->requests, &policy, true);
    }
    return r;
}

/* IKE is between the same two hosts, and its own protection. */
static int
bypass_sockets(KernelPlane *plane)
{
    int r = udp_encap_bypass_policies(plane->nat_t);

    return r == 0 && plane->ike ? udp_encap_bypass_policies(plane->ike) : r;
}

/* What transport mode must leave alone. */
static int
bypass(KernelPlane *plane, const KernelGroup *group)
{
    int r = bypass_sockets(plane);

    return r < 0 ? r : bypass_neighbour_discovery(plane, group);
}

static KernelGroup *
find_group(const KernelPlane *plane, const ChildSa *sa)
{
    for (guint i = 0; i < plane->groups->len; i++) {
        KernelGroup *group = plane->groups->pdata[i];

        if (group->mode == sa->mode && traffic_selector_equal(&group->local_ts, &sa->local_ts)
            && traffic_selector_equal(&group->remote_ts, &sa->remote_ts))
            return group;
    }
    return NULL;
}

static KernelGroup *
group_new(KernelPlane *plane, const ChildSa *sa)
{
    GArray *flows = kernel_flows(&sa->local_ts, &sa->remote_ts);
    KernelGroup *group;

    if (!flows)
        return NULL;
    group = g_new0(KernelGroup, 1);
    group->local_ts = sa->local_ts;
    group->remote_ts = sa->remote_ts;
    group->mode = sa->mode;
    group->flows = flows;
    group->priority = next_priority(plane);
    return group;
}

void
kernel_group_free(KernelGroup *group)
{
    g_array_unref(group->flows);
    g_free(group);
}

int
kernel_group_join(KernelPlane *plane, const ChildSa *sa, KernelGroup **out)
{
    KernelGroup *group = find_group(plane, sa);
    int r = 0;

    if (!group) {
        group = group_new(plane, sa);
        if (!group)
            return -EOPNOTSUPP;
        if (sa->mode == IPSEC_MODE_TRANSPORT)
            r = bypass(plane, group);
        if (r == 0)
            r = put_inbound(plane, group);
        if (r < 0) {
            remove_inbound(plane, group);
            kernel_group_free(group);
            return r;
        }
        g_ptr_array_add(plane->groups, group);
    }
    group->n_children++;
    *out = group;
    return 0;
}

void
kernel_group_leave(KernelPlane *plane, KernelGroup *group)
{
    if (--group->n_children > 0 || group->mode == IPSEC_MODE_TRANSPORT)
        return;
    remove_outbound(plane, group);
    remove_inbound(plane, group);
    g_ptr_array_remove(plane->groups, group);
}

int
kernel_group_set_outbound(KernelPlane *plane, KernelGroup *group, const KernelChild *child)
{
    int r = 0;

    group->outbound = child;
    if (!child && group->mode == IPSEC_MODE_TUNNEL) {
        remove_outbound(plane, group);
        return 0;
    }
    if (child)
        group->priority = next_priority(plane);
    for (guint i = 0; r == 0 && i < group->flows->len; i++) {
        XfrmPolicy policy = outbound_policy(plane, group, i);

        r = xfrm_put_policy(&plane->requests, &policy, group->has_outbound_policies);
    }
    if (r == 0)
        group->has_outbound_policies = true;
    return r;
}

int
kernel_put_catch_all(KernelPlane *plane)
{
    static const AddressFamily families[] = {FAMILY_IPV4, FAMILY_IPV6};
    int r = 0;

    for (size_t i = 0; r == 0 && i < G_N_ELEMENTS(families); i++) {
        const IpPrefix everything = {.address.family = families[i]};
        const XfrmPolicy policy = {
            .direction = XFRM_POLICY_OUT,
            .flows = {.source = everything, .destination = everything},
            .priority = catch_all_priority,
            .if_id = plane->number,
            .template = XFRM_TEMPLATE_ESP,
            .mode = IPSEC_MODE_TUNNEL,
            .outer = plane->remote.address.family,
            .source = plane->local.address,
            .destination = plane->remote.address,
            .reqid = CATCH_ALL_REQID,
        };

        r = xfrm_put_policy(&plane->requests, &policy, plane->has_catch_all);
    }
    if (r == 0)
        plane->has_catch_all = true;
    return r;
}
