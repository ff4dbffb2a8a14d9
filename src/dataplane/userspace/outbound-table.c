/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/policy.h"
#include "dataplane/userspace/sad.h"

#include <string.h>

/* Adds a word to a hash: the two halves of the product depend on every bit of both. */
static uint64_t
mix(uint64_t hash, uint64_t word)
{
    __extension__ typedef unsigned __int128 Wide;
    Wide product = (Wide) (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);

    return (uint64_t) product ^ (uint64_t) (product >> 64);
}

static uint64_t
mix_address(uint64_t hash, const IpAddress *address)
{
    uint64_t words[2];

    memcpy(words, address->bytes, sizeof(words));
    return mix(mix(hash, words[0]), words[1]);
}

/* Of all that a policy may ask for; never 0. */
static uint64_t
flow_hash(uint64_t seed, const InnerPacket *packet)
{
    uint64_t hash = mix_address(mix_address(seed, &packet->source), &packet->destination);
    uint64_t rest = (uint64_t) packet->protocol << 40 | (uint64_t) packet->has_ports << 32;

    if (packet->has_ports)
        rest |= (uint64_t) packet->source_port << 16 | packet->destination_port;
    return mix(hash, rest ^ (uint64_t) packet->source.family << 48) | 1;
}

void
outbound_table_init(OutboundTable *table, uint64_t seed)
{
    table->halves = g_ptr_array_new();
    table->flows = g_new0(Flow, FLOW_SETS * FLOW_WAYS);
    table->has_flows = false;
    table->seed = seed;
}

void
outbound_table_clear(OutboundTable *table)
{
    g_clear_pointer(&table->halves, g_ptr_array_unref);
    g_clear_pointer(&table->flows, g_free);
}

/* Which one a flow takes may be another now, or gone. */
static void
forget_flows(OutboundTable *table)
{
    if (table->has_flows)
        memset(table->flows, 0, sizeof(Flow) * FLOW_SETS * FLOW_WAYS);
    table->has_flows = false;
}

void
outbound_table_add(OutboundTable *table, SaHalf *half)
{
    guint at = table->halves->len;

    while (at > 0 && ((const SaHalf *) table->halves->pdata[at - 1])->age > half->age)
        at--;
    g_ptr_array_insert(table->halves, (gint) at, half);
    forget_flows(table);
}

void
outbound_table_remove(OutboundTable *table, SaHalf *half)
{
    g_ptr_array_remove(table->halves, half);
    forget_flows(table);
}

static bool
half_takes(const SaHalf *half, const InnerPacket *packet)
{
    return policy_permits(&half->local_ts, &half->remote_ts, packet);
}

static SaHalf *
search(const OutboundTable *table, const InnerPacket *packet)
{
    for (guint i = table->halves->len; i > 0; i--) {
        SaHalf *half = table->halves->pdata[i - 1];

        if (half_takes(half, packet))
            return half;
    }
    return NULL;
}

/* The latest comes first in its set, and pushes out the oldest. */
static void
remember(OutboundTable *table, Flow *set, Flow flow)
{
    memmove(set + 1, set, (FLOW_WAYS - 1) * sizeof(*set));
    *set = flow;
    table->has_flows = true;
}

SaHalf *
outbound_table_find(OutboundTable *table, const InnerPacket *packet)
{
    uint64_t hash = flow_hash(table->seed, packet);
    Flow *set = &table->flows[(hash >> 32) % FLOW_SETS * FLOW_WAYS];
    SaHalf *half;

    for (size_t i = 0; i < FLOW_WAYS; i++) {
        if (set[i].hash == hash && half_takes(set[i].half, packet))
            return set[i].half;
    }
    half = search(table, packet);
    if (half)
        remember(table, set, (Flow){hash, half});
    return half;
}
