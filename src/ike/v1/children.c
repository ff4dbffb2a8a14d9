/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/children.h"
#include "ike/v1/informational.h"
#include "ike/v1/quick-mode.h"

/* The IPsec SAs that are installed: which one carries outbound packets, when each is renewed and
 * when it goes.
 *
 *   installed ── proof that the gateway has it, or time ──> outbound ── a newer one is ──>
 * superseded └─ rekey_at: quick mode        └─ Delete, then gone
 *
 * Between "installed" and "outbound" the old one still carries what we send, and both carry what
 * comes: so no packet is lost while the gateway installs the new one. */

static IkeTime
remaining(const IkeV1 *v1, const Child *child)
{
    return MAX(0, child->remove_at - v1->now);
}

/* Between 80 and 90 % of the lifetime, by chance, so that two ends seldom rekey at once. */
static IkeTime
rekey_time(IkeV1 *v1, uint32_t lifetime)
{
    return lifetime * IKE_SECOND / 100 * (80 + random_u32(v1->random) % 10);
}

/* By this IKE SA or one beside it: the data plane knows them all by their SPIs. */
static bool
spi_is_taken(IkeV1 *v1, uint32_t spi)
{
    for (guint i = 0; i < v1->family->len; i++) {
        if (child_by_inbound_spi(v1->family->pdata[i], spi))
            return true;
    }
    return false;
}

/* RFC 4303, 2.1: SPIs up to 255 are reserved. */
uint32_t
child_new_spi(IkeV1 *v1)
{
    uint32_t spi;

    do {
        spi = random_u32(v1->random);
    } while (spi < QUICK_FIRST_SPI || spi_is_taken(v1, spi));
    return spi;
}

Child *
child_by_inbound_spi(IkeV1 *v1, uint32_t spi)
{
    for (guint i = 0; i < v1->children->len; i++) {
        Child *child = v1->children->pdata[i];

        if (child->inbound_spi == spi)
            return child;
    }
    return NULL;
}

Child *
child_by_outbound_spi(IkeV1 *v1, uint32_t spi)
{
    for (guint i = 0; i < v1->children->len; i++) {
        Child *child = v1->children->pdata[i];

        if (child->outbound_spi == spi)
            return child;
    }
    return NULL;
}

Child *
child_outbound(IkeV1 *v1, unsigned slot)
{
    for (guint i = 0; i < v1->children->len; i++) {
        Child *child = v1->children->pdata[i];

        if (child->slot == slot && child->outbound)
            return child;
    }
    return NULL;
}

bool
child_any(const IkeV1 *v1, unsigned slot)
{
    for (guint i = 0; i < v1->children->len; i++) {
        if (((const Child *) v1->children->pdata[i])->slot == slot)
            return true;
    }
    return false;
}

Child *
child_add(IkeV1 *v1, const QuickMode *quick, bool outbound)
{
    Child *child = g_new0(Child, 1);
    uint32_t lifetime = MAX(quick->lifetime, SHORTEST_LIFETIME_SECONDS);

    child->slot = quick->slot;
    child->inbound_spi = quick->inbound_spi;
    child->outbound_spi = quick->outbound_spi;
    child->outbound = outbound;
    child->installed_at = v1->now;
    if (outbound)
        slot_at(v1, quick->slot)->unserved_since = IKE_TIME_NEVER;
    child->rekey_at =
        slot_at(v1, quick->slot)->theirs ? IKE_TIME_NEVER : v1->now + rekey_time(v1, lifetime);
    child->remove_at = v1->now + lifetime * IKE_SECOND;
    child->delete_at = IKE_TIME_NEVER;
    child->switch_at = child->confirm_at = IKE_TIME_NEVER;
    /* (What the gateway began, it confirms: HASH(3), or a packet.) */
    if (quick->ours)
        child->confirm_at = v1->now + CONFIRM_AGAIN_DELAY;
    if (quick->ours && !outbound)
        child->switch_at = v1->now + ike_time_min(SWITCH_DELAY, lifetime * IKE_SECOND / 20);
    g_ptr_array_add(v1->children, child);
    return child;
}

static void
supersede(IkeV1 *v1, Child *child)
{
    child->outbound = false;
    child->superseded = true;
    child->switch_at = child->confirm_at = IKE_TIME_NEVER;
    child->rekey_at = IKE_TIME_NEVER;
    if (!child->deleted)
        child->delete_at = v1->now + ike_time_min(OLD_SA_LINGER, remaining(v1, child) / 2);
}

static bool
later_one_is_outbound(const IkeV1 *v1, const Child *child)
{
    for (guint i = v1->children->len; i > 0 && v1->children->pdata[i - 1] != child; i--) {
        const Child *later = v1->children->pdata[i - 1];

        if (later->slot == child->slot && later->outbound)
            return true;
    }
    return false;
}

void
child_use(IkeV1 *v1, Child *child)
{
    if (child->outbound || child->superseded || child->deleted)
        return;
    if (later_one_is_outbound(v1, child)) {
        supersede(v1, child);
        return;
    }
    /* Those before it: when both ends rekey at once, the later of the two is the one to stay. */
    for (guint i = 0; i < v1->children->len && v1->children->pdata[i] != child; i++) {
        Child *other = v1->children->pdata[i];

        if (other->slot == child->slot)
            supersede(v1, other);
    }
    v1_info(v1, "IPsec SA %08x carries the traffic from now on", child->inbound_spi);
    child->outbound = true;
    child->switch_at = IKE_TIME_NEVER;
    slot_at(v1, child->slot)->renegotiate_at = IKE_TIME_NEVER;
    slot_at(v1, child->slot)->unserved_since = IKE_TIME_NEVER;
    ike_actions_use(v1->actions, child->inbound_spi);
}

void
child_remove(IkeV1 *v1, Child *child)
{
    ike_actions_remove(v1->actions, child->inbound_spi);
    g_ptr_array_remove(v1->children, child);
}

/* One that waits to become outbound, so the slot is served. */
static Child *
child_in_waiting(IkeV1 *v1, unsigned slot)
{
    for (guint i = v1->children->len; i > 0; i--) {
        Child *child = v1->children->pdata[i - 1];

        if (child->slot == slot && !child->outbound && !child->superseded && !child->deleted)
            return child;
    }
    return NULL;
}

/* One that was given up for another and still lives at both ends: when both rekey at once, each end
 * may have taken the other's for the later one. It is short of time, so a new one follows. */
static Child *
child_revived(IkeV1 *v1, unsigned slot)
{
    for (guint i = v1->children->len; i > 0; i--) {
        Child *child = v1->children->pdata[i - 1];

        if (child->slot != slot || !child->superseded || child->deleted)
            continue;
        child->superseded = false;
        child->delete_at = IKE_TIME_NEVER;
        return child;
    }
    return NULL;
}

/* There is none left: another one is made, ever later if the gateway deletes each as soon as it is
 * there. */
static void
replace_deleted(IkeV1 *v1, const Child *child)
{
    Slot *slot = slot_at(v1, child->slot);

    if (slot->theirs)
        return;
    if (!child_outbound(v1, child->slot))
        slot->unserved_since = v1->now;
    if (v1->now - child->installed_at > SHORT_LIFE)
        slot->short_lives = 0;
    slot->renegotiate_at = v1->now + (RENEGOTIATE_DELAY << slot->short_lives);
    if (++slot->short_lives > MAX_SHORT_LIVES)
        v1_close(v1, FAIL_DELETED_BY_PEER, g_strdup("it deletes every IPsec SA at once"));
}

/* Packets under way in its protection are still taken for a moment. */
void
child_deleted_by_peer(IkeV1 *v1, Child *child)
{
    Child *next = child_in_waiting(v1, child->slot);

    if (v1->retire_at != IKE_TIME_NEVER && child->outbound) {
        v1_close(v1, FAIL_DELETED_BY_PEER, NULL);
        return;
    }

    v1_info(v1, "the gateway deletes IPsec SA %08x", child->inbound_spi);
    child->deleted = true;
    child->delete_at = IKE_TIME_NEVER;
    child->switch_at = child->rekey_at = child->confirm_at = IKE_TIME_NEVER;
    child->remove_at = ike_time_min(child->remove_at, v1->now + OLD_SA_LINGER);
    if (!child->outbound) {
        child_renew_if_due(v1, child->slot);
        return;
    }
    child->outbound = false;
    child->superseded = true;
    if (next) {
        child_use(v1, next);
        return;
    }
    next = child_revived(v1, child->slot);
    if (next)
        child_use(v1, next);
    replace_deleted(v1, child);
}

void
child_renew_if_due(IkeV1 *v1, unsigned slot)
{
    const Child *current = child_outbound(v1, slot);

    if (current && current->rekey_at == IKE_TIME_NEVER && !slot_at(v1, slot)->theirs)
        slot_at(v1, slot)->renegotiate_at = v1->now + RENEGOTIATE_DELAY;
}

static void
renew(IkeV1 *v1, unsigned slot)
{
    slot_at(v1, slot)->renegotiate_at = IKE_TIME_NEVER;
    if (!quick_mode_is_in_flight(v1, slot) && !child_in_waiting(v1, slot))
        quick_mode_start(v1, slot);
}

static void
child_send_delete(IkeV1 *v1, Child *child)
{
    child->delete_at = IKE_TIME_NEVER;
    child->deleted = true;
    child->remove_at = ike_time_min(child->remove_at, v1->now + OLD_SA_LINGER);
    informational_send_delete_child(v1, child->inbound_spi);
}

static void
child_confirm_again(IkeV1 *v1, Child *child)
{
    child->confirm_at = IKE_TIME_NEVER;
    quick_mode_confirm_again(v1, child->inbound_spi);
    if (++child->confirmations < CONFIRM_TRIES)
        child->confirm_at = v1->now + (CONFIRM_AGAIN_DELAY << child->confirmations);
}

static void
child_expire(IkeV1 *v1, Child *child)
{
    Child *next = child_in_waiting(v1, child->slot);
    bool needed = child->outbound && !slot_at(v1, child->slot)->theirs;

    if (needed && !next) {
        v1_close(v1, FAIL_REKEY, NULL);
        return;
    }
    if (child->outbound && next)
        child_use(v1, next);
    child_remove(v1, child);
}

/* What happens while the gateway can be reached. */
static void
child_proceed(IkeV1 *v1, Child *child)
{
    if (child->rekey_at <= v1->now) {
        child->rekey_at = IKE_TIME_NEVER;
        renew(v1, child->slot);
    }
    if (child->confirm_at <= v1->now)
        child_confirm_again(v1, child);
    if (child->switch_at <= v1->now)
        child_use(v1, child);
    if (child->delete_at <= v1->now)
        child_send_delete(v1, child);
}

static void
child_timeout(IkeV1 *v1, Child *child)
{
    if (!v1->suspended)
        child_proceed(v1, child);
    if (child->remove_at <= v1->now)
        child_expire(v1, child);
}

void
children_timeout(IkeV1 *v1)
{
    /* From the end: one may go, and new ones are appended. */
    for (guint i = v1->children->len; i > 0 && v1->phase != PHASE_CLOSED; i--)
        child_timeout(v1, v1->children->pdata[i - 1]);
    for (unsigned slot = 0; slot < v1->slots->len && v1->phase != PHASE_CLOSED; slot++) {
        if (!v1->suspended && slot_at(v1, slot)->renegotiate_at <= v1->now)
            renew(v1, slot);
    }
}

IkeTime
children_deadline(const IkeV1 *v1)
{
    IkeTime deadline = IKE_TIME_NEVER;

    for (guint i = 0; i < v1->children->len; i++) {
        const Child *child = v1->children->pdata[i];

        deadline = ike_time_min(deadline, child->remove_at);
        if (v1->suspended)
            continue;
        deadline = ike_time_min(deadline, ike_time_min(child->rekey_at, child->switch_at));
        deadline = ike_time_min(deadline, ike_time_min(child->delete_at, child->confirm_at));
    }
    for (guint i = 0; i < v1->slots->len && !v1->suspended; i++)
        deadline = ike_time_min(deadline, g_array_index(v1->slots, Slot, i).renegotiate_at);
    return deadline;
}

void
children_delete_all(IkeV1 *v1)
{
    for (guint i = 0; i < v1->children->len; i++) {
        const Child *child = v1->children->pdata[i];

        if (!child->deleted)
            informational_send_delete_child(v1, child->inbound_spi);
    }
}

void
ike_v1_use_all(IkeV1 *v1, IkeTime now)
{
    v1->now = now;
    for (unsigned slot = 0; slot < v1->slots->len && v1->phase == PHASE_ESTABLISHED; slot++) {
        Child *child = child_in_waiting(v1, slot);

        if (child && !child_outbound(v1, slot))
            child_use(v1, child);
    }
}

void
ike_v1_child_sa_used(IkeV1 *v1, uint32_t spi, IkeTime now)
{
    Child *child = child_by_inbound_spi(v1, spi);

    v1->now = now;
    if (v1->phase == PHASE_CLOSED || !child || v1->retire_at != IKE_TIME_NEVER)
        return;
    v1_heard(v1);
    child->confirm_at = IKE_TIME_NEVER;
    quick_mode_proved(v1, spi);
    child_use(v1, child);
}

void
ike_v1_child_sa_expiring(IkeV1 *v1, uint32_t spi, IkeTime now)
{
    Child *child = child_by_inbound_spi(v1, spi);

    v1->now = now;
    if (v1->phase != PHASE_CLOSED && child && child->outbound && v1->retire_at == IKE_TIME_NEVER
        && !slot_at(v1, child->slot)->theirs) {
        child->rekey_at = IKE_TIME_NEVER;
        renew(v1, child->slot);
    }
}

/* A slot that waits for a better time, and a packet that needs it now. */
static bool
acquire_concerns(IkeV1 *v1, unsigned index, const IpAddress *source, const IpAddress *destination)
{
    const Slot *slot = slot_at(v1, index);

    return slot->renegotiate_at != IKE_TIME_NEVER && slot->renegotiate_at > v1->now
           && v1->now - slot->acquired_at >= ACQUIRE_INTERVAL && !child_outbound(v1, index)
           && traffic_selector_covers_address(&slot->local_ts, source)
           && traffic_selector_covers_address(&slot->remote_ts, destination);
}

void
ike_v1_acquire(IkeV1 *v1, const IpAddress *source, const IpAddress *destination, IkeTime now)
{
    v1->now = now;
    if (v1->phase != PHASE_ESTABLISHED || v1->suspended || v1->retire_at != IKE_TIME_NEVER)
        return;
    for (unsigned i = 0; i < v1->slots->len; i++) {
        if (!acquire_concerns(v1, i, source, destination))
            continue;
        slot_at(v1, i)->acquired_at = now;
        renew(v1, i);
    }
}
