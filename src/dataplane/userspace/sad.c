/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/internal.h"

/* Three quarters of what 32 bits can count: at a million packets a second it leaves 18 minutes. */
static const uint64_t soft_packets = UINT64_C(3) << 30;

static EspSa *
half_new(const ChildSa *child, uint32_t spi, const Secret *keymat, PacketCipherDirection direction)
{
    const EspSaParameters parameters = {
        .spi = spi,
        .encryption = child->proposal.encryption,
        .integrity = child->proposal.integrity,
        .keymat = secret_view(keymat),
        .direction = direction,
        .esn = child->esn,
    };

    return esp_sa_new(&parameters);
}

SadEntry *
sad_entry_new(const ChildSa *child)
{
    SadEntry *entry = g_new0(SadEntry, 1);

    entry->inbound_spi = child->inbound_spi;
    entry->inbound =
        half_new(child, child->inbound_spi, &child->inbound_keymat, PACKET_CIPHER_OPEN);
    entry->outbound =
        half_new(child, child->outbound_spi, &child->outbound_keymat, PACKET_CIPHER_SEAL);
    entry->proposal = child->proposal;
    entry->local_ts = child->local_ts;
    entry->remote_ts = child->remote_ts;
    entry->soft_bytes = child->soft_bytes;
    if (entry->inbound && entry->outbound)
        return entry;
    sad_entry_free(entry);
    return NULL;
}

void
sad_entry_free(SadEntry *entry)
{
    esp_sa_free(entry->inbound);
    esp_sa_free(entry->outbound);
    g_free(entry);
}

SadEntry *
sad_find(const UserPlane *plane, uint32_t inbound_spi)
{
    for (guint i = plane->sad->len; i > 0; i--) {
        SadEntry *entry = plane->sad->pdata[i - 1];

        if (entry->inbound_spi == inbound_spi)
            return entry;
    }
    return NULL;
}

SadEntry *
sad_find_outbound(const UserPlane *plane, const InnerPacket *packet)
{
    for (guint i = plane->sad->len; i > 0; i--) {
        SadEntry *entry = plane->sad->pdata[i - 1];

        if (entry->takes_outbound && policy_permits(&entry->local_ts, &entry->remote_ts, packet))
            return entry;
    }
    return NULL;
}

static bool
is_expiring(const SadEntry *entry, const EspSa *sa)
{
    return (entry->soft_bytes > 0 && esp_sa_bytes(sa) >= entry->soft_bytes)
           || esp_sa_packets(sa) >= soft_packets;
}

void
sad_entry_report(UserPlane *plane, SadEntry *entry)
{
    const DataPlaneEvents *events = &plane->events;

    if (!entry->reported_first_inbound && esp_sa_packets(entry->inbound) > 0) {
        entry->reported_first_inbound = true;
        if (events->used)
            events->used(events->owner, entry->inbound_spi);
    }
    if (!entry->reported_expiring
        && (is_expiring(entry, entry->inbound) || is_expiring(entry, entry->outbound))) {
        entry->reported_expiring = true;
        if (events->expiring)
            events->expiring(events->owner, entry->inbound_spi);
    }
}
