/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/children.h"
#include "ike/v1/quick-mode.h"

/* Which pairs of selectors are negotiated: each local one with each remote one, since IKEv1 has one
 * of each in an IPsec SA. */

Slot *
slot_at(IkeV1 *v1, unsigned index)
{
    return &g_array_index(v1->slots, Slot, index);
}

/* Whether each network that the gateway pushed gets an SA of its own. A Cisco expects one for
 * everything and splits by routes alone; others have policies by network. */
static bool
one_for_each_network(const IkeV1 *v1)
{
    switch (v1->config->policy_level) {
    case POLICY_SHARED:
        return false;
    case POLICY_UNIQUE:
    case POLICY_REQUIRE:
        return true;
    case POLICY_AUTO:
        break;
    }
    return !v1->peer_unity && v1->config->vendor != VENDOR_CISCO;
}

static GArray *
remote_selectors(const IkeV1 *v1, AddressFamily family)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(TrafficSelector));
    const GArray *networks = v1->lease.split_include;
    TrafficSelector everything = traffic_selector_everything(family);

    if (v1->config->remote_ts->len > 0) {
        g_array_append_vals(list, v1->config->remote_ts->data, v1->config->remote_ts->len);
    } else if (networks->len > 0 && one_for_each_network(v1)) {
        for (guint i = 0; i < networks->len; i++) {
            TrafficSelector ts = traffic_selector_of_prefix(&g_array_index(networks, IpPrefix, i));

            g_array_append_val(list, ts);
        }
    } else {
        g_array_append_val(list, everything);
    }
    return list;
}

/* Transport mode's: the host itself, of what the profile says only protocol and port. False if that
 * is about somebody else. */
static bool
host_selector(const GArray *configured, const IpAddress *host, GArray *list)
{
    IpPrefix prefix = {*host, (uint8_t) (8 * ip_address_len(host->family))};
    TrafficSelector ts = traffic_selector_of_prefix(&prefix);

    if (configured->len > 0) {
        ts = g_array_index(configured, TrafficSelector, 0);
        if (!traffic_selector_covers_address(&ts, host))
            return false;
        ts.first = ts.last = *host;
    }
    g_array_append_val(list, ts);
    return true;
}

static GArray *
local_selectors(const IkeV1 *v1)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(TrafficSelector));
    const IpPrefix *assigned = &g_array_index(v1->lease.addresses, IpPrefix, 0);
    IpPrefix host = {assigned->address, (uint8_t) (8 * ip_address_len(assigned->address.family))};
    TrafficSelector ts = traffic_selector_of_prefix(&host);

    if (v1->config->local_ts->len > 0)
        g_array_append_vals(list, v1->config->local_ts->data, v1->config->local_ts->len);
    else
        g_array_append_val(list, ts);
    return list;
}

/* Twice as many must fit, for rekeying. */
static bool
room_for_more(const IkeV1 *v1)
{
    return 2 * (v1->slots->len + 1) <= MAX_CHILD_SAS;
}

static void
slots_pair(IkeV1 *v1, const GArray *locals, const GArray *remotes)
{
    for (guint l = 0; l < locals->len; l++) {
        for (guint r = 0; r < remotes->len && room_for_more(v1); r++) {
            Slot slot = {.local_ts = g_array_index(locals, TrafficSelector, l),
                         .remote_ts = g_array_index(remotes, TrafficSelector, r),
                         .unserved_since = IKE_TIME_NEVER,
                         .renegotiate_at = IKE_TIME_NEVER};

            if (slot.local_ts.first.family == slot.remote_ts.first.family)
                g_array_append_val(v1->slots, slot);
        }
    }
    if (v1->slots->len < locals->len * remotes->len)
        v1_info(v1, "of the pairs of networks, %u are negotiated", v1->slots->len);
}

static bool
make_for_hosts(IkeV1 *v1)
{
    g_autoptr(GArray) local = g_array_new(FALSE, FALSE, sizeof(TrafficSelector));
    g_autoptr(GArray) remote = g_array_new(FALSE, FALSE, sizeof(TrafficSelector));

    if (!host_selector(v1->config->local_ts, &v1->path.local, local)
        || !host_selector(v1->config->remote_ts, &v1->path.remote, remote)) {
        v1_close(
            v1, FAIL_SELECTORS, g_strdup("ipsec-mode=transport goes between the two hosts alone"));
        return false;
    }
    slots_pair(v1, local, remote);
    return true;
}

static bool
make_for_networks(IkeV1 *v1)
{
    g_autoptr(GArray) locals = local_selectors(v1);
    AddressFamily family = g_array_index(locals, TrafficSelector, 0).first.family;
    g_autoptr(GArray) remotes = remote_selectors(v1, family);

    slots_pair(v1, locals, remotes);
    if (v1->slots->len > 0)
        return true;
    v1_close(v1, FAIL_SELECTORS, g_strdup("local-ts and remote-ts are not of one address family"));
    return false;
}

bool
slots_make(IkeV1 *v1)
{
    return v1->config->ipsec_mode == IPSEC_MODE_TRANSPORT ? make_for_hosts(v1)
                                                          : make_for_networks(v1);
}

bool
slots_all_settled(const IkeV1 *v1)
{
    for (guint i = 0; i < v1->slots->len; i++) {
        const Slot *slot = &g_array_index(v1->slots, Slot, i);

        if (!slot->established && !slot->refused)
            return false;
    }
    return true;
}

bool
slots_any_left(const IkeV1 *v1)
{
    for (guint i = 0; i < v1->slots->len; i++) {
        if (!g_array_index(v1->slots, Slot, i).refused)
            return true;
    }
    return false;
}

void
slots_negotiate(IkeV1 *v1)
{
    unsigned in_flight = quick_modes_in_flight(v1);

    for (unsigned i = 0; i < v1->slots->len && in_flight < MAX_QUICK_MODES; i++) {
        const Slot *slot = slot_at(v1, i);

        if (slot->established || slot->refused || quick_mode_is_in_flight(v1, i))
            continue;
        quick_mode_start(v1, i);
        in_flight++;
    }
}

/* A gateway may want an SA of its own for a part of what one of ours covers. */
int
slots_add_of_peer(IkeV1 *v1, const TrafficSelector *local, const TrafficSelector *remote)
{
    Slot slot = {.local_ts = *local,
                 .remote_ts = *remote,
                 .established = true,
                 .theirs = true,
                 .unserved_since = IKE_TIME_NEVER,
                 .renegotiate_at = IKE_TIME_NEVER};

    for (unsigned i = 0; i < v1->slots->len; i++) {
        if (slot_at(v1, i)->theirs && !child_any(v1, i) && !quick_mode_is_in_flight(v1, i)) {
            *slot_at(v1, i) = slot;
            return (int) i;
        }
    }
    if (!room_for_more(v1))
        return -1;
    g_array_append_val(v1->slots, slot);
    return (int) v1->slots->len - 1;
}

GArray *
slots_remote_ts(const IkeV1 *v1)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(TrafficSelector));

    for (guint i = 0; i < v1->slots->len; i++) {
        const Slot *slot = &g_array_index(v1->slots, Slot, i);

        if (slot->established && !slot->theirs)
            g_array_append_val(list, slot->remote_ts);
    }
    return list;
}
