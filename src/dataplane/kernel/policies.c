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

static XfrmPolicy
catch_all_policy(const KernelPlane *plane, AddressFamily family)
{
    return (XfrmPolicy){
        .direction = XFRM_POLICY_OUT,
        .flows = kernel_flows_everything(family),
        .priority = catch_all_priority,
        .if_id = plane->number,
        .template = XFRM_TEMPLATE_ESP,
        .mode = IPSEC_MODE_TUNNEL,
        .outer = plane->remote.address.family,
        .source = plane->local.address,
        .destination = plane->remote.address,
        .reqid = kernel_catch_all_reqid(plane),
    };
}

/* shares: in the kernel direction, flows and if_id name a policy, so there is one of each */

static bool
has_share(const KernelGroup *group, guint i, unsigned direction)
{
    return group->shares[i] & 1U << direction;
}

static void
give_share(KernelGroup *group, guint i, unsigned direction)
{
    group->shares[i] |= (uint8_t) (1U << direction);
}

static void
end_share(KernelGroup *group, guint i, unsigned direction)
{
    group->shares[i] &= (uint8_t) ~(1U << direction);
}

typedef struct {
    const KernelGroup *group; /* NULL: nobody has a share */
    guint i;
} Share;

/* The latest one. */
static Share
find_share(const KernelPlane *plane, IpsecMode mode, unsigned direction, const XfrmFlows *flows)
{
    Share first = {0};

    for (guint n = 0; n < plane->groups->len; n++) {
        const KernelGroup *group = plane->groups->pdata[n];

        if (group->mode != mode || (first.group && first.group->priority < group->priority))
            continue;
        for (guint i = 0; i < group->flows->len; i++) {
            if (has_share(group, i, direction)
                && kernel_flows_equal(&g_array_index(group->flows, XfrmFlows, i), flows))
                first = (Share){group, i};
        }
    }
    return first;
}

/* inbound */

static int
take_inbound(KernelPlane *plane, KernelGroup *group, unsigned direction, guint i)
{
    const XfrmFlows *flows = &g_array_index(group->flows, XfrmFlows, i);
    int r = 0;

    if (!find_share(plane, group->mode, direction, flows).group) {
        XfrmPolicy policy = inbound_policy(plane, group, direction, i);

        r = xfrm_put_policy(&plane->requests, &policy, false);
    }
    if (r == 0)
        give_share(group, i, direction);
    return r;
}

static int
put_inbound(KernelPlane *plane, KernelGroup *group)
{
    int r = 0;

    for (guint i = 0; r == 0 && i < group->flows->len; i++) {
        r = take_inbound(plane, group, XFRM_POLICY_IN, i);
        if (r == 0)
            r = take_inbound(plane, group, XFRM_POLICY_FWD, i);
    }
    return r;
}

static void
drop_inbound(KernelPlane *plane, KernelGroup *group, unsigned direction, guint i)
{
    XfrmPolicy policy = inbound_policy(plane, group, direction, i);
    const XfrmFlows *flows = &g_array_index(group->flows, XfrmFlows, i);

    if (!has_share(group, i, direction))
        return;
    end_share(group, i, direction);
    if (!find_share(plane, group->mode, direction, flows).group)
        xfrm_remove_policy(&plane->requests, &policy);
}

static void
remove_inbound(KernelPlane *plane, KernelGroup *group)
{
    for (guint i = 0; i < group->flows->len; i++) {
        drop_inbound(plane, group, XFRM_POLICY_IN, i);
        drop_inbound(plane, group, XFRM_POLICY_FWD, i);
    }
}

/* outbound */

static bool
is_catch_all(const KernelPlane *plane, IpsecMode mode, const XfrmFlows *flows)
{
    AddressFamily family = flows->source.address.family;
    XfrmFlows everything = kernel_flows_everything(family);

    return mode == IPSEC_MODE_TUNNEL && plane->catch_all_families & 1U << family
           && kernel_flows_equal(flows, &everything);
}

static bool
is_there(const KernelPlane *plane, IpsecMode mode, const XfrmFlows *flows)
{
    return find_share(plane, mode, XFRM_POLICY_OUT, flows).group
           || is_catch_all(plane, mode, flows);
}

/* What the kernel should have for these flows now. */
static int
settle_outbound(KernelPlane *plane, IpsecMode mode, const XfrmFlows *flows, bool replace)
{
    Share share = find_share(plane, mode, XFRM_POLICY_OUT, flows);
    XfrmPolicy policy = {
        .direction = XFRM_POLICY_OUT,
        .flows = *flows,
        .if_id = policy_if_id(plane, mode),
    };

    if (share.group)
        policy = outbound_policy(plane, share.group, share.i);
    else if (is_catch_all(plane, mode, flows))
        policy = catch_all_policy(plane, flows->source.address.family);
    else
        return xfrm_remove_policy(&plane->requests, &policy);
    return xfrm_put_policy(&plane->requests, &policy, replace);
}

static int
take_outbound(KernelPlane *plane, KernelGroup *group, guint i)
{
    const XfrmFlows *flows = &g_array_index(group->flows, XfrmFlows, i);
    bool replace = is_there(plane, group->mode, flows);
    bool had = has_share(group, i, XFRM_POLICY_OUT);
    int r;

    give_share(group, i, XFRM_POLICY_OUT);
    r = settle_outbound(plane, group->mode, flows, replace);
    if (r < 0 && !had)
        end_share(group, i, XFRM_POLICY_OUT);
    return r;
}

static void
remove_outbound(KernelPlane *plane, KernelGroup *group)
{
    for (guint i = 0; i < group->flows->len; i++) {
        if (!has_share(group, i, XFRM_POLICY_OUT))
            continue;
        end_share(group, i, XFRM_POLICY_OUT);
        settle_outbound(plane, group->mode, &g_array_index(group->flows, XfrmFlows, i), true);
    }
}

/* what transport mode must leave alone */

/* If there is one, of whomever, it stays. */
static int
put_bypass(KernelPlane *plane, const XfrmPolicy *policy)
{
    int r = xfrm_put_policy(&plane->requests, policy, false);

    return r == -EEXIST ? 0 : r;
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

        r = put_bypass(plane, &policy);
        policy.direction = XFRM_POLICY_IN;
        policy.flows.source = flows->destination;
        policy.flows.destination = flows->source;
        if (r == 0)
            r = put_bypass(plane, &policy);
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

static int
bypass(KernelPlane *plane, const KernelGroup *group)
{
    int r = bypass_sockets(plane);

    return r < 0 ? r : bypass_neighbour_discovery(plane, group);
}

/* groups */

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
    group->shares = g_new0(uint8_t, flows->len);
    group->priority = next_priority(plane);
    return group;
}

void
kernel_group_free(KernelGroup *group)
{
    g_array_unref(group->flows);
    g_free(group->shares);
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
    if (--group->n_children > 0 || (group->mode == IPSEC_MODE_TRANSPORT && group->has_protected))
        return;
    remove_outbound(plane, group);
    remove_inbound(plane, group);
    g_ptr_array_remove(plane->groups, group);
}

int
kernel_group_set_outbound(KernelPlane *plane, KernelGroup *group, const KernelChild *child)
{
    int r = 0;

    if (child && child != group->outbound)
        group->priority = next_priority(plane);
    group->outbound = child;
    if (!child && (group->mode == IPSEC_MODE_TUNNEL || !group->has_protected)) {
        remove_outbound(plane, group);
        return 0;
    }
    for (guint i = 0; r == 0 && i < group->flows->len; i++)
        r = take_outbound(plane, group, i);
    if (r == 0)
        group->has_protected = true;
    return r;
}

static int
put_catch_all(KernelPlane *plane, AddressFamily family)
{
    XfrmFlows everything = kernel_flows_everything(family);
    bool replace = is_there(plane, IPSEC_MODE_TUNNEL, &everything);
    unsigned before = plane->catch_all_families;
    int r;

    plane->catch_all_families |= 1U << family;
    r = settle_outbound(plane, IPSEC_MODE_TUNNEL, &everything, replace);
    if (r < 0)
        plane->catch_all_families = before;
    return r;
}

int
kernel_put_catch_all(KernelPlane *plane)
{
    int r = put_catch_all(plane, FAMILY_IPV4), r6;

    if (r < 0)
        return r;
    r6 = put_catch_all(plane, FAMILY_IPV6);
    /* A kernel without IPv6 has no such packets. */
    if (r6 < 0 && r6 != -EOPNOTSUPP)
        return r6;
    plane->has_catch_all = true;
    return 0;
}
