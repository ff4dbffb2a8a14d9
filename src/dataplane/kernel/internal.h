/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/ike-time.h"
#include "dataplane/carrier.h"
#include "platform/link.h"
#include "platform/xfrm.h"

/* The kernel's XFRM carries the Child SAs. All that a plane puts into the kernel is marked by its
 * number: as if_id what has to do with the interface, else as reqid, or where a policy has no
 * template as priority. */

enum {
    MAX_FLOWS = 256, /* policies in each direction that the selectors of one Child SA may need */
};

/* Child SAs with the same selectors follow each other: one policy in each direction for all. */
typedef struct KernelChild KernelChild;
typedef struct {
    TrafficSelector local_ts, remote_ts;
    IpsecMode mode;
    GArray *flows;   /* of XfrmFlows, outbound */
    uint8_t *shares; /* for each of those, the directions in which it has the kernel's policy */
    guint n_children;
    bool has_protected;          /* a Child SA was outbound once */
    const KernelChild *outbound; /* whose state the outbound policies name; NULL: none's */
    uint32_t priority;
} KernelGroup;

/* What its states have counted before they moved. */
typedef struct {
    uint64_t bytes, packets, replayed, not_authentic;
} KernelCounts;

/* One state. */
typedef struct {
    bool inbound;
    bool installed;
    KernelCounts before;
} KernelHalf;

struct KernelChild {
    ChildSa sa; /* a copy: a state that moves is made anew */
    Endpoint local, remote;
    KernelGroup *group;
    KernelHalf in, out;
    bool takes_outbound;
    bool had_first; /* a packet has come in */
    bool reported_expiring, reported_expired;
    IkeTime installed_at;
    IkeTime used_at;       /* last reported */
    uint64_t seen_packets; /* inbound, when last looked at */
};

typedef struct {
    DataPlane base;
    DataPlaneEvents events;
    UdpSocket *nat_t, *ike;
    bool took_nat_t; /* the kernel takes ESP out of it */
    uint32_t number;
    int claim; /* holds the number */
    XfrmLink link;
    Netlink requests;
    Netlink xfrm_events;
    Netlink link_events;
    int timer; /* timerfd: looks for first packets */
    int epoll;
    Endpoint local, remote;
    IpAddress around; /* to where what is sealed has a route of its own; FAMILY_NONE: to nowhere */
    GPtrArray *children; /* of KernelChild, in the order they came */
    GPtrArray *groups;
    bool has_catch_all;
    unsigned catch_all_families; /* bits: where it stands, or a group's policy in its place */
    uint32_t n_outbound_changes;
    XfrmStatistics statistics_at_open;
    KernelCounts gone_in, gone_out; /* of Child SAs that are removed */
    DataPlaneCounters own;          /* what this code dropped itself */
    IkeTime refreshed_at, acquired_at;
    bool has_failed;
} KernelPlane;

static inline KernelPlane *
kernel_plane_of(const DataPlane *base)
{
    return (KernelPlane *) base;
}

/* Of the catch-all. No state has it, so that packets without a Child SA are told of; nor has
 * another program, or it would take them for its own. */
static inline uint32_t
kernel_catch_all_reqid(const KernelPlane *plane)
{
    return plane->number | UINT32_C(0x80000000);
}

/* flows.c */

/* What selectors mean to the kernel: GArray of XfrmFlows, or NULL if they are too many or of a kind
 * that it has no words for. */
GArray *kernel_flows(const TrafficSelector *source, const TrafficSelector *destination);
XfrmFlows kernel_flows_reversed(const XfrmFlows *flows);
bool kernel_flows_equal(const XfrmFlows *a, const XfrmFlows *b);

/* Every packet of the family. */
XfrmFlows kernel_flows_everything(AddressFamily family);

/* The smallest one that has all of them in it. */
XfrmFlows kernel_flows_cover(const GArray *flows);

/* policies.c */

/* Where the selectors of several groups come to the same flows, they share the kernel's policy,
 * which is the one of the group that took its Child SA into use last. */

/* The group for the selectors of sa, made with its inbound policies if it is new. -EEXIST if
 * another program has one of them. */
int kernel_group_join(KernelPlane *plane, const ChildSa *sa, KernelGroup **out);

/* One Child SA less; the last one takes the policies with it, but those of transport mode, which
 * until the plane is closed keep what was protected from going in the clear. */
void kernel_group_leave(KernelPlane *plane, KernelGroup *group);

/* Outbound packets take this child's state from now on; NULL: they wait for a new one. */
int kernel_group_set_outbound(KernelPlane *plane, KernelGroup *group, const KernelChild *child);

/* What no Child SA takes: an acquire, not a lost packet. For the path as it is now; of IPv6 only
 * where there is IPv6. */
int kernel_put_catch_all(KernelPlane *plane);
void kernel_group_free(KernelGroup *group);

/* states.c */

int kernel_half_add(KernelPlane *plane,
                    const KernelChild *child,
                    KernelHalf *half,
                    const XfrmReplay *replay);
void kernel_half_remove(KernelPlane *plane, const KernelChild *child, KernelHalf *half);

/* All that it has counted. -ESRCH: the kernel does not have it any more; another error says nothing
 * about it. */
int kernel_half_look(KernelPlane *plane,
                     const KernelChild *child,
                     const KernelHalf *half,
                     KernelCounts *out);
XfrmStateId kernel_half_id(const KernelChild *child, const KernelHalf *half);

/* Takes the child's states to the path as it is now, with their sequence numbers. */
int kernel_child_move(KernelPlane *plane, KernelChild *child);
KernelChild *kernel_child_find(const KernelPlane *plane, uint32_t inbound_spi);
void kernel_child_free(KernelChild *child);

/* events.c */

IkeTime kernel_now(void);

int kernel_events_open(KernelPlane *plane);
void kernel_events_close(KernelPlane *plane);
void kernel_dispatch(DataPlane *base);
void kernel_refresh(DataPlane *base);

/* A Child SA was installed: its first packet is waited for. */
void kernel_events_await_first(KernelPlane *plane);

/* leftovers.c */

/* Removes what services whose process is gone have left in this network namespace. */
int kernel_remove_leftovers(Netlink *requests);
int kernel_remove_number(Netlink *requests, uint32_t number);
