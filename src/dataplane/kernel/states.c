/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/kernel/internal.h"

#include "platform/routing-rule.h"

#include <errno.h>

/* Of 32 bits of sequence numbers: three quarters, as user space; all but what is left for the
 * kernel to notice. */
static const uint64_t soft_packets = UINT64_C(3) << 30;
static const uint64_t hard_packets = UINT32_MAX;

/* Numbers that may have been used between the question how many there are and the end of the old
 * state. */
static const uint64_t move_gap = 1 << 16;

/* A state comes to its new path this many times: packets race with it. */
enum { MAX_ARRIVALS = 16 };

XfrmStateId
kernel_half_id(const KernelChild *child, const KernelHalf *half)
{
    if (half->inbound)
        return (XfrmStateId){child->sa.inbound_spi, child->local.address};
    return (XfrmStateId){child->sa.outbound_spi, child->remote.address};
}

/* What is left of a limit; at least 1, since 0 would be none. */
static uint64_t
rest(uint64_t limit, uint64_t used)
{
    if (limit == 0)
        return 0;
    return limit > used ? limit - used : 1;
}

static XfrmLimits
limits_of(const KernelChild *child, const KernelHalf *half)
{
    const ChildSa *sa = &child->sa;
    const KernelCounts *used = &half->before;
    XfrmLimits limits = {
        .hard_bytes = rest(sa->hard_bytes, used->bytes),
        .hard_packets = sa->esn ? 0 : rest(hard_packets, used->packets),
    };

    if (!child->reported_expiring) {
        limits.soft_bytes = rest(sa->soft_bytes, used->bytes);
        limits.soft_packets = sa->esn ? 0 : rest(soft_packets, used->packets);
    }
    return limits;
}

/* Inbound what comes out must be what the SA is for (RFC 4301, 5.2). Outbound the policies have
 * chosen already. */
static XfrmFlows
flows_of(const KernelChild *child, const KernelHalf *half)
{
    XfrmFlows flows = kernel_flows_cover(child->group->flows);

    if (half->inbound)
        return kernel_flows_reversed(&flows);
    return child->sa.mode == IPSEC_MODE_TRANSPORT ? flows : (XfrmFlows){0};
}

static XfrmState
state_of(const KernelPlane *plane, const KernelChild *child, const KernelHalf *half)
{
    const ChildSa *sa = &child->sa;
    const Endpoint *source = half->inbound ? &child->remote : &child->local;
    const Endpoint *destination = half->inbound ? &child->local : &child->remote;

    return (XfrmState){
        .id = kernel_half_id(child, half),
        .source = source->address,
        .mode = sa->mode,
        .encryption = sa->proposal.encryption,
        .integrity = sa->proposal.integrity,
        .keymat = secret_view(half->inbound ? &sa->inbound_keymat : &sa->outbound_keymat),
        .flows = flows_of(child, half),
        .reqid = plane->number,
        .if_id = sa->mode == IPSEC_MODE_TUNNEL ? plane->number : 0,
        .mark = sa->mode == IPSEC_MODE_TUNNEL && !half->inbound ? ROUTING_MARK : 0,
        .udp_encap = sa->udp_encap,
        .source_port = source->port,
        .destination_port = destination->port,
        .esn = sa->esn,
        .inbound = half->inbound,
        .limits = limits_of(child, half),
    };
}

int
kernel_half_add(KernelPlane *plane,
                const KernelChild *child,
                KernelHalf *half,
                const XfrmReplay *replay)
{
    XfrmState state = state_of(plane, child, half);
    int r;

    if (replay)
        state.replay = *replay;
    r = xfrm_add_state(&plane->requests, &state);
    half->installed = r == 0;
    return r;
}

static void
add_counts(KernelCounts *to, const XfrmStateInfo *info)
{
    to->bytes += info->bytes;
    to->packets += info->packets;
    to->replayed += info->replayed;
    to->not_authentic += info->not_authentic;
}

int
kernel_half_look(KernelPlane *plane,
                 const KernelChild *child,
                 const KernelHalf *half,
                 KernelCounts *out)
{
    XfrmStateId id = kernel_half_id(child, half);
    XfrmStateInfo info;
    int r = half->installed ? xfrm_get_state(&plane->requests, &id, &info) : -ESRCH;

    *out = half->before;
    if (r == 0)
        add_counts(out, &info);
    return r;
}

/* The counts first, which the kernel forgets. */
void
kernel_half_remove(KernelPlane *plane, const KernelChild *child, KernelHalf *half)
{
    XfrmStateId id = kernel_half_id(child, half);
    KernelCounts counts;

    if (!half->installed)
        return;
    kernel_half_look(plane, child, half, &counts);
    half->before = counts;
    xfrm_remove_state(&plane->requests, &id);
    half->installed = false;
}

/* A state cannot be given other addresses, so it is made anew, with the keys, numbers and window of
 * the old one. (XFRM_MSG_MIGRATE does the same inside, where the kernel was built with it.) */
static int
lift(KernelPlane *plane, const KernelChild *child, KernelHalf *half, XfrmReplay *out)
{
    XfrmStateId id = kernel_half_id(child, half);
    XfrmStateInfo info;
    int r = xfrm_get_state(&plane->requests, &id, &info);

    if (r < 0)
        return r;
    r = xfrm_remove_state(&plane->requests, &id);
    half->installed = false;
    add_counts(&half->before, &info);
    *out = info.replay;
    if (!half->inbound)
        out->sent += move_gap;
    /* After the last number comes none (RFC 4303, 3.3.3). */
    if (!child->sa.esn)
        out->sent = MIN(out->sent, UINT32_MAX);
    return r;
}

/* A packet that found no state, while it was between two paths, has left the kernel's mark that one
 * is wanted (an acquire), under our SPI and with our reqid; for half a minute it would hold the
 * place. */
static int
arrive(KernelPlane *plane, const KernelChild *child, KernelHalf *half, const XfrmReplay *replay)
{
    XfrmStateId id = kernel_half_id(child, half);
    XfrmStateInfo there;
    int r = kernel_half_add(plane, child, half, replay);

    for (int i = 1; r == -EEXIST && i < MAX_ARRIVALS; i++) {
        if (xfrm_get_state(&plane->requests, &id, &there) == 0) {
            if (there.reqid != plane->number)
                return r;
            xfrm_remove_state(&plane->requests, &id);
        }
        r = kernel_half_add(plane, child, half, replay);
    }
    return r;
}

int
kernel_child_move(KernelPlane *plane, KernelChild *child)
{
    KernelHalf *halves[] = {&child->in, &child->out};
    XfrmReplay replays[G_N_ELEMENTS(halves)];
    int results[G_N_ELEMENTS(halves)];
    int result = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(halves); i++)
        results[i] = halves[i]->installed ? lift(plane, child, halves[i], &replays[i]) : -ENOENT;
    child->local = plane->local;
    child->remote = plane->remote;
    for (size_t i = 0; i < G_N_ELEMENTS(halves); i++) {
        if (results[i] == 0)
            results[i] = arrive(plane, child, halves[i], &replays[i]);
        if (results[i] < 0)
            result = results[i];
    }
    return result;
}

KernelChild *
kernel_child_find(const KernelPlane *plane, uint32_t inbound_spi)
{
    for (guint i = plane->children->len; i > 0; i--) {
        KernelChild *child = plane->children->pdata[i - 1];

        if (child->sa.inbound_spi == inbound_spi)
            return child;
    }
    return NULL;
}

void
kernel_child_free(KernelChild *child)
{
    child_sa_clear(&child->sa);
    g_free(child);
}
