/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dataplane/inner-packet.h"
#include "esp/esp-sa.h"
#include "model/child-sa.h"

#include <stdatomic.h>

/* The SAD entries of user space (RFC 4301, 4.4.2), each with its policy: one half for the thread
 * that receives, one for each that sends. */

enum { CACHE_LINE = 64 };

/* What has gone through one direction, of all threads. */
typedef struct {
    SequenceCounter sequence; /* outbound */
    _Atomic uint64_t bytes;
    _Atomic uint64_t packets;
    _Atomic uint32_t departed; /* outbound: numbers up to this one, its low half, have left */
} SaUse;

/* One thread's half of a Child SA. */
typedef struct {
    uint32_t name; /* the inbound SPI: it names the Child SA everywhere */
    unsigned age;  /* the later, the higher */
    EspSa *esp;
    SaUse *use;
    EspProposal proposal;
    TrafficSelector local_ts;
    TrafficSelector remote_ts;
    IpsecMode mode;
    bool udp_encap;
    uint64_t soft_bytes;
    uint64_t hard_bytes;
    uint64_t soft_packets;
    bool reported_expiring;
    bool reported_expired;
    int64_t used_reported_at; /* inbound; seconds of the coarse clock; 0: never */
} SaHalf;

/* The whole, as the owner's thread has it. */
typedef struct {
    uint32_t name;
    EspProposal proposal;
    bool udp_encap;
    bool takes_outbound;
    SaUse in_use;
    uint8_t apart[CACHE_LINE]; /* what two threads write should not lie together */
    SaUse out_use;
    SaHalf *inbound;
    SaHalf **outbound; /* of n_outbound threads */
    unsigned n_outbound;
} SadEntry;

/* NULL if the keys do not fit the algorithms. */
SadEntry *sad_entry_new(const ChildSa *child,
                        unsigned age,
                        unsigned n_outbound,
                        PacketCipherImplementation implementation);
void sad_entry_free(SadEntry *entry);

typedef enum { SA_FRESH, SA_EXPIRING, SA_EXPIRED } SaAge;

/* Adds what went through, and says how far its life has gone. */
SaAge sa_half_count(SaHalf *half, uint64_t bytes, size_t packets);

/* Whether it may carry no more. */
bool sa_half_is_spent(const SaHalf *half);

/* Several threads send for one SA: numbers leave in their order, or a peer with a small window
 * would take the later ones for replays. Waits until those before first have left, but not for
 * long; then those up to last have. */
void sa_half_wait_for_turn(const SaHalf *half, uint32_t first);
void sa_half_has_departed(SaHalf *half, uint32_t last);

/* Which Child SA takes an outbound packet: the newest whose selectors match. A cache of flows
 * stands before the list, so that the cost does not grow with it. */
enum {
    FLOW_SETS = 4096,
    FLOW_WAYS = 4, /* 4,096 flows that fall on the sets by chance nearly all find a place */
};

typedef struct {
    uint64_t hash; /* with the seed; 0: empty */
    SaHalf *half;
} Flow;

typedef struct {
    GPtrArray *halves; /* of SaHalf, oldest first; borrowed */
    Flow *flows;       /* FLOW_SETS * FLOW_WAYS */
    bool has_flows;
    uint64_t seed; /* so that nobody can choose addresses that meet in one set */
} OutboundTable;

void outbound_table_init(OutboundTable *table, uint64_t seed);
void outbound_table_clear(OutboundTable *table);
void outbound_table_add(OutboundTable *table, SaHalf *half);
void outbound_table_remove(OutboundTable *table, SaHalf *half);
SaHalf *outbound_table_find(OutboundTable *table, const InnerPacket *packet);
