/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/sad.h"

#include <sched.h>

enum {
    TURN_YIELDS = 200, /* of the processor, in the hope that the other thread is about to send */
    TURN_NAPS = 100,   /* … and then, that it will have the processor again */
    TURN_NAP = 100,    /* µs */
};

/* Three quarters of what 32 bits can count: at a million packets a second it leaves 18 minutes. */
static const uint64_t soft_packets = UINT64_C(3) << 30;

static SaHalf *
half_new(const ChildSa *child,
         unsigned age,
         PacketCipherDirection direction,
         PacketCipherImplementation implementation,
         SaUse *use)
{
    bool seals = direction == PACKET_CIPHER_SEAL;
    const EspSaParameters parameters = {
        .spi = seals ? child->outbound_spi : child->inbound_spi,
        .encryption = child->proposal.encryption,
        .integrity = child->proposal.integrity,
        .keymat = secret_view(seals ? &child->outbound_keymat : &child->inbound_keymat),
        .direction = direction,
        .esn = child->esn,
        .transport = child->mode == IPSEC_MODE_TRANSPORT,
        .sequence = seals ? &use->sequence : NULL,
        .implementation = implementation,
    };
    SaHalf *half = g_new0(SaHalf, 1);

    half->name = child->inbound_spi;
    half->age = age;
    half->use = use;
    half->proposal = child->proposal;
    half->local_ts = child->local_ts;
    half->remote_ts = child->remote_ts;
    half->mode = child->mode;
    half->udp_encap = child->udp_encap;
    half->soft_bytes = child->soft_bytes;
    half->hard_bytes = child->hard_bytes;
    half->soft_packets = child->esn ? UINT64_MAX : soft_packets;
    half->esp = esp_sa_new(&parameters);
    return half;
}

static void
half_free(SaHalf *half)
{
    if (!half)
        return;
    esp_sa_free(half->esp);
    g_free(half);
}

static bool
is_complete(const SadEntry *entry)
{
    bool complete = entry->inbound->esp != NULL;

    for (unsigned i = 0; i < entry->n_outbound; i++)
        complete &= entry->outbound[i]->esp != NULL;
    return complete;
}

SadEntry *
sad_entry_new(const ChildSa *child,
              unsigned age,
              unsigned n_outbound,
              PacketCipherImplementation implementation)
{
    SadEntry *entry = g_new0(SadEntry, 1);

    entry->name = child->inbound_spi;
    entry->proposal = child->proposal;
    entry->udp_encap = child->udp_encap;
    entry->n_outbound = n_outbound;
    entry->outbound = g_new0(SaHalf *, n_outbound);
    entry->inbound = half_new(child, age, PACKET_CIPHER_OPEN, implementation, &entry->in_use);
    for (unsigned i = 0; i < n_outbound; i++)
        entry->outbound[i] =
            half_new(child, age, PACKET_CIPHER_SEAL, implementation, &entry->out_use);
    if (is_complete(entry))
        return entry;
    sad_entry_free(entry);
    return NULL;
}

void
sad_entry_free(SadEntry *entry)
{
    half_free(entry->inbound);
    for (unsigned i = 0; i < entry->n_outbound; i++)
        half_free(entry->outbound[i]);
    g_free(entry->outbound);
    g_free(entry);
}

bool
sa_half_is_spent(const SaHalf *half)
{
    return half->hard_bytes > 0
           && atomic_load_explicit(&half->use->bytes, memory_order_relaxed) >= half->hard_bytes;
}

SaAge
sa_half_count(SaHalf *half, uint64_t bytes, size_t packets)
{
    SaUse *use = half->use;
    uint64_t all_bytes =
        atomic_fetch_add_explicit(&use->bytes, bytes, memory_order_relaxed) + bytes;
    uint64_t all_packets =
        atomic_fetch_add_explicit(&use->packets, packets, memory_order_relaxed) + packets;

    if (half->hard_bytes > 0 && all_bytes >= half->hard_bytes)
        return SA_EXPIRED;
    if ((half->soft_bytes > 0 && all_bytes >= half->soft_bytes)
        || all_packets >= half->soft_packets)
        return SA_EXPIRING;
    return SA_FRESH;
}

static bool
is_before(uint32_t a, uint32_t b)
{
    return (int32_t) (a - b) < 0;
}

void
sa_half_wait_for_turn(const SaHalf *half, uint32_t first)
{
    const _Atomic uint32_t *departed = &half->use->departed;

    for (int i = 0; i < TURN_YIELDS + TURN_NAPS; i++) {
        if (!is_before(atomic_load_explicit(departed, memory_order_relaxed), first - 1))
            return;
        if (i < TURN_YIELDS)
            sched_yield();
        else
            g_usleep(TURN_NAP);
    }
}

void
sa_half_has_departed(SaHalf *half, uint32_t last)
{
    _Atomic uint32_t *departed = &half->use->departed;
    uint32_t before = atomic_load_explicit(departed, memory_order_relaxed);

    while (is_before(before, last)
           && !atomic_compare_exchange_weak_explicit(
               departed, &before, last, memory_order_relaxed, memory_order_relaxed))
        ;
}
