/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/children.h"
#include "ike/v1/informational.h"
#include "ike/v1/message.h"
#include "ike/v1/quick-mode.h"
#include "wire/v1/payload-id.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"

/* Quick mode as its responder: the gateway rekeys (RFC 2409, 5.5)
 *
 *                                              <--  HDR*, HASH(1), SA, Ni [, KE], IDci, IDcr
 *   HDR*, HASH(2), SA, Nr [, KE], IDci, IDcr   -->
 *                                              <--  HDR*, HASH(3)
 */

/* Whether PFS with this group (NULL: none) will do. The gateway can offer one only, so any that is
 * not weak is as good as the profile's, and one that nobody asked for does no harm; but none is not
 * enough where one was asked for. */
static bool
group_is_acceptable(const IkeV1 *v1, const KeyExchangeMethod *group)
{
    const GArray *proposals = v1->config->esp_proposals;

    for (guint i = 0; i < proposals->len; i++) {
        if (g_array_index(proposals, EspProposal, i).ke == group)
            return true;
    }
    return group && (!group->legacy || v1->config->legacy_algorithms);
}

static bool
algorithms_are(const EspProposal *ours, const SaTransform *transform, const EspAttributes *theirs)
{
    return ours->encryption == encryption_by_v1_esp(transform->id, theirs->key_bits)
           && theirs->auth == (ours->integrity ? ours->integrity->v1_esp : 0);
}

/* Which of our proposals the transform is. */
static bool
is_acceptable(const IkeV1 *v1,
              const SaTransform *transform,
              EspAttributes *theirs,
              EspProposal *out)
{
    const KeyExchangeMethod *group;

    if (transform->protocol != PROTO_IPSEC_ESP || transform->spi.len != 4
        || !esp_attributes_read(transform->attributes, theirs)
        || theirs->encapsulation != quick_mode_encapsulation(v1))
        return false;
    group = theirs->group ? key_exchange_by_id(theirs->group) : NULL;
    if ((theirs->group && !group) || !group_is_acceptable(v1, group))
        return false;
    for (guint i = 0; i < v1->config->esp_proposals->len; i++) {
        *out = g_array_index(v1->config->esp_proposals, EspProposal, i);
        out->ke = group;
        if (algorithms_are(out, transform, theirs))
            return true;
    }
    return false;
}

/* The first of the gateway's transforms that we would have offered; NULL if there is none. */
static const SaTransform *
choose(IkeV1 *v1, const SaPayload *sa, QuickMode *quick)
{
    for (size_t i = 0; i < sa->n; i++) {
        EspAttributes theirs;

        if (!is_acceptable(v1, &sa->transforms[i], &theirs, &quick->proposal))
            continue;
        quick->lifetime = v1->config->esp_lifetime;
        quick->lifebytes = v1->config->esp_lifebytes;
        quick_mode_limit(quick, &theirs);
        quick->outbound_spi = quick_mode_spi(sa->transforms[i].spi);
        return quick->outbound_spi >= QUICK_FIRST_SPI ? &sa->transforms[i] : NULL;
    }
    return NULL;
}

static bool
read_selector(const Message *message, size_t n, TrafficSelector *out)
{
    const IsakmpPayload *payload = isakmp_payload_nth(&message->payloads, PAYLOAD_ID, n);
    IdPayload id;

    return payload && id_payload_read(payload->body, &id) && id_payload_to_selector(&id, out);
}

/* The slot of exactly these selectors, or else one that covers them; -1 if there is none. */
static int
find_slot(IkeV1 *v1, const QuickMode *quick, bool exactly)
{
    for (unsigned i = 0; i < v1->slots->len; i++) {
        const Slot *slot = slot_at(v1, i);
        bool covers = traffic_selector_covers(&slot->remote_ts, &quick->remote_ts)
                      && traffic_selector_covers(&slot->local_ts, &quick->local_ts);
        bool same = traffic_selector_equal(&slot->remote_ts, &quick->remote_ts)
                    && traffic_selector_equal(&slot->local_ts, &quick->local_ts);

        if (slot->established && (exactly ? same : covers))
            return (int) i;
    }
    return -1;
}

/* IDci is the initiator's, so the gateway's end. Only what we had asked for may come. */
static bool
take_selectors(IkeV1 *v1, const Message *message, QuickMode *quick)
{
    return read_selector(message, 0, &quick->remote_ts)
           && read_selector(message, 1, &quick->local_ts) && find_slot(v1, quick, false) >= 0;
}

/* The pair of selectors that it renews, or a narrower one that stands beside it from now on. */
static bool
take_slot(IkeV1 *v1, QuickMode *quick)
{
    int slot = find_slot(v1, quick, true);

    if (slot < 0)
        slot = slots_add_of_peer(v1, &quick->local_ts, &quick->remote_ts);
    quick->slot = (unsigned) MAX(slot, 0);
    return slot >= 0;
}

static void
write_choice(IsakmpWriter *m, const SaTransform *chosen, uint32_t inbound_spi)
{
    uint32_t spi = GUINT32_TO_BE(inbound_spi);
    SaPayload sa = {.doi = DOI_IPSEC, .situation = SIT_IDENTITY_ONLY, .n = 1};

    sa.transforms[0] = *chosen;
    sa.transforms[0].spi = bytes_of(&spi, sizeof(spi));
    sa_payload_write(m, &sa);
}

static void
send_answer(IkeV1 *v1, Exchange *exchange, const SaTransform *chosen, const Message *message)
{
    QuickMode *quick = exchange->quick;
    IsakmpWriter m = message_begin_hashed(v1, exchange);
    const IsakmpPayload *payload;

    write_choice(&m, chosen, quick->inbound_spi);
    isakmp_payload_write(&m, PAYLOAD_NONCE, bytes_of_gbytes(quick->nonce_r));
    if (quick->ke)
        isakmp_payload_write(&m, PAYLOAD_KE, key_exchange_public(quick->ke));
    for (size_t n = 0; (payload = isakmp_payload_nth(&message->payloads, PAYLOAD_ID, n)); n++)
        isakmp_payload_write(&m, PAYLOAD_ID, payload->body);
    quick_mode_write_nat_oa(v1, &m, false);
    message_send_hashed(v1, exchange, &m, bytes_of_gbytes(quick->nonce_i), true);
}

static Outcome
refuse(IkeV1 *v1, uint16_t notify, const char *why)
{
    v1_info(v1, "the gateway's offer of an IPsec SA is refused: %s", why);
    informational_send_notify(v1, notify, (Bytes){0});
    return OUTCOME_FORGET;
}

/* A gateway may begin as soon as phase 1 is done, but we answer only for what we asked for. */
Outcome
quick_mode_answer(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    QuickMode *quick = exchange->quick = g_new0(QuickMode, 1);
    uint8_t nonce[NONCE_LEN];
    const SaTransform *chosen;
    SaPayload sa;

    if (!sa_payload_read(isakmp_payload_first(&message->payloads, PAYLOAD_SA)->body, &sa))
        return refuse(v1, NOTIFY_PAYLOAD_MALFORMED, "it is malformed");
    if (!take_selectors(v1, message, quick))
        return refuse(v1, NOTIFY_INVALID_ID_INFORMATION, "it is for other networks than ours");
    chosen = choose(v1, &sa, quick);
    if (!chosen)
        return refuse(v1, NOTIFY_NO_PROPOSAL_CHOSEN, "none of its algorithms is in esp-proposals");
    if (!quick_mode_take_nonce(message, &quick->nonce_i))
        return refuse(v1, NOTIFY_PAYLOAD_MALFORMED, "its nonce has a wrong length");
    if (!take_slot(v1, quick))
        return refuse(v1, NOTIFY_INVALID_ID_INFORMATION, "there are too many networks already");
    random_fill(v1->random, nonce, sizeof(nonce));
    quick->nonce_r = bytes_copy(BYTES_OF_ARRAY(nonce));
    quick->inbound_spi = child_new_spi(v1);
    if (quick->proposal.ke)
        quick->ke = key_exchange_new(quick->proposal.ke, v1->random);
    if (!quick_mode_install(v1, quick, message, false))
        return refuse(v1, NOTIFY_INVALID_KEY_INFORMATION, "its key exchange is no good");
    send_answer(v1, exchange, chosen, message);
    return OUTCOME_NEXT;
}

bool
quick_mode_confirmation_is_authentic(IkeV1 *v1, const Exchange *exchange, const Message *message)
{
    g_auto(Secret) hash = quick_mode_hash_3(v1, exchange);

    return bytes_equal(secret_view(&hash), message->payloads.items[0].body);
}

/* The initiator installed its half before it sent this: from now on ours is used too. */
Outcome
quick_mode_confirmed(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    Child *child = child_by_inbound_spi(v1, exchange->quick->inbound_spi);

    if (child)
        child_use(v1, child);
    return OUTCOME_NEXT;
}
