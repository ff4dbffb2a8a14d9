/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/quick-mode.h"
#include "base/log.h"
#include "ike/v1/children.h"
#include "ike/v1/exchange.h"
#include "ike/v1/message.h"
#include "wire/v1/payload-id.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"

/* Quick mode as its initiator (RFC 2409, 5.5)
 *
 *   HDR*, HASH(1), SA, Ni [, KE], IDci, IDcr   -->
 *                                              <--  HDR*, HASH(2), SA, Nr [, KE], IDci, IDcr
 *   HDR*, HASH(3)                              -->
 */

static bool
any_group_is_named(const IkeV1 *v1)
{
    for (guint i = 0; i < v1->config->esp_proposals->len; i++) {
        if (g_array_index(v1->config->esp_proposals, EspProposal, i).ke)
            return true;
    }
    return false;
}

/* One KE payload goes with the offer, so its proposals are all of one group. Which one, by the
 * number of the offer: each group of the proposals (or none) in their order; and if they name no
 * group and the profile leaves PFS open, phase 1's at last. False past the last. */
static bool
group_of_offer(const IkeV1 *v1, unsigned offer, const KeyExchangeMethod **out)
{
    if (esp_proposals_group(v1->config->esp_proposals, offer, out))
        return true;
    if (offer != 1 || any_group_is_named(v1) || v1->config->pfs != PFS_AUTO)
        return false;
    *out = v1->proposal.ke;
    return true;
}

static const KeyExchangeMethod *
group_of(const QuickMode *quick)
{
    return quick->ke ? key_exchange_method(quick->ke) : NULL;
}

/* Whether the proposal is part of the offer with this group; then what it is there. */
static bool
offered(const IkeV1 *v1,
        const EspProposal *proposal,
        const KeyExchangeMethod *group,
        EspProposal *out)
{
    *out = *proposal;
    out->ke = group;
    return proposal->ke == group || !any_group_is_named(v1);
}

static EspAttributes
attributes_of(const IkeV1 *v1, const EspProposal *proposal)
{
    return (EspAttributes){
        .group = proposal->ke ? proposal->ke->id : 0,
        .encapsulation = quick_mode_encapsulation(v1),
        .auth = proposal->integrity ? proposal->integrity->v1_esp : 0,
        .key_bits = proposal->encryption->fixed_key ? 0 : proposal->encryption->key_bits,
        .life_seconds = v1->config->esp_lifetime,
        .life_kilobytes = (uint32_t) MIN(v1->config->esp_lifebytes / 1024, UINT32_MAX),
    };
}

static void
write_sa(IkeV1 *v1, IsakmpWriter *m, const QuickMode *quick)
{
    const GArray *proposals = v1->config->esp_proposals;
    uint8_t buffers[MAX_PROPOSALS][TRANSFORM_ATTRIBUTES_SIZE];
    uint32_t spi = GUINT32_TO_BE(quick->inbound_spi);
    SaPayload sa = {.doi = DOI_IPSEC, .situation = SIT_IDENTITY_ONLY};

    for (guint i = 0; i < proposals->len && i < MAX_PROPOSALS; i++) {
        Writer w = writer_of(buffers[i], TRANSFORM_ATTRIBUTES_SIZE);
        EspAttributes attributes;
        EspProposal proposal;

        if (!offered(v1, &g_array_index(proposals, EspProposal, i), group_of(quick), &proposal))
            continue;
        attributes = attributes_of(v1, &proposal);
        esp_attributes_write(&w, &attributes);
        sa.transforms[sa.n] = (SaTransform){.proposal = 1,
                                            .protocol = PROTO_IPSEC_ESP,
                                            .spi = bytes_of(&spi, sizeof(spi)),
                                            .number = (uint8_t) (sa.n + 1),
                                            .id = proposal.encryption->v1_esp,
                                            .attributes = writer_finish(&w)};
        sa.n++;
    }
    sa_payload_write(m, &sa);
}

static void
write_selector(IsakmpWriter *m, const TrafficSelector *ts)
{
    uint8_t buffer[32];
    IdPayload id = id_payload_of_selector(ts, buffer);
    WriterBlock block = isakmp_payload_begin(m, PAYLOAD_ID);

    id_payload_write(&m->w, &id);
    isakmp_payload_end(m, block);
}

static QuickMode *
quick_mode_new(IkeV1 *v1, unsigned slot)
{
    QuickMode *quick = g_new0(QuickMode, 1);
    const KeyExchangeMethod *group = NULL;
    uint8_t nonce[NONCE_LEN];

    random_fill(v1->random, nonce, sizeof(nonce));
    quick->slot = slot;
    quick->ours = true;
    quick->lifetime = v1->config->esp_lifetime;
    quick->lifebytes = v1->config->esp_lifebytes;
    quick->inbound_spi = child_new_spi(v1);
    quick->nonce_i = bytes_copy(BYTES_OF_ARRAY(nonce));
    quick->local_ts = slot_at(v1, slot)->local_ts;
    quick->remote_ts = slot_at(v1, slot)->remote_ts;
    quick->offer = v1->offer;
    group_of_offer(v1, v1->offer, &group);
    if (group)
        quick->ke = key_exchange_new(group, v1->random);
    return quick;
}

void
quick_mode_start(IkeV1 *v1, unsigned slot)
{
    Exchange *exchange = exchange_begin(v1, EXCHANGE_QUICK);
    QuickMode *quick = exchange->quick = quick_mode_new(v1, slot);
    g_autofree char *local = traffic_selector_to_text(&quick->local_ts);
    g_autofree char *remote = traffic_selector_to_text(&quick->remote_ts);
    IsakmpWriter m = message_begin_hashed(v1, exchange);

    v1_info(v1, "negotiating an IPsec SA for %s to %s", local, remote);
    slot_at(v1, slot)->renegotiate_at = IKE_TIME_NEVER;
    write_sa(v1, &m, quick);
    isakmp_payload_write(&m, PAYLOAD_NONCE, bytes_of_gbytes(quick->nonce_i));
    if (quick->ke)
        isakmp_payload_write(&m, PAYLOAD_KE, key_exchange_public(quick->ke));
    write_selector(&m, &quick->local_ts);
    write_selector(&m, &quick->remote_ts);
    quick_mode_write_nat_oa(v1, &m, true);
    exchange->state = STATE_QUICK_SENT;
    message_send_hashed(v1, exchange, &m, (Bytes){0}, true);
}

/* HASH(2) = prf(SKEYID_a, M-ID | Ni_b | all behind the HASH payload) */
bool
quick_mode_is_authentic(IkeV1 *v1, const Exchange *exchange, const Message *message)
{
    return message_has_hash(v1, message, bytes_of_gbytes(exchange->quick->nonce_i));
}

static bool
is_choice(const IkeV1 *v1, const EspProposal *proposal, uint8_t id, const EspAttributes *chosen)
{
    EspAttributes ours = attributes_of(v1, proposal);

    return proposal->encryption->v1_esp == id
           && (chosen->key_bits == ours.key_bits
               || chosen->key_bits == proposal->encryption->key_bits)
           && chosen->auth == ours.auth && chosen->group == ours.group
           && chosen->encapsulation == ours.encapsulation;
}

/* One transform, one that we offered, with a usable SPI. */
static bool
take_choice(IkeV1 *v1, QuickMode *quick, const Message *message)
{
    const GArray *proposals = v1->config->esp_proposals;
    SaPayload sa;
    EspAttributes chosen;

    if (!sa_payload_read(isakmp_payload_first(&message->payloads, PAYLOAD_SA)->body, &sa)
        || sa.n != 1 || sa.transforms[0].spi.len != 4)
        return false;
    if (!esp_attributes_read(sa.transforms[0].attributes, &chosen))
        return false;
    quick->outbound_spi = quick_mode_spi(sa.transforms[0].spi);
    quick_mode_limit(quick, &chosen);
    for (guint i = 0; i < proposals->len; i++) {
        if (offered(
                v1, &g_array_index(proposals, EspProposal, i), group_of(quick), &quick->proposal)
            && is_choice(v1, &quick->proposal, sa.transforms[0].id, &chosen))
            return quick->outbound_spi >= QUICK_FIRST_SPI;
    }
    return false;
}

/* The responder repeats the selectors; some narrow them, none may widen them. */
static bool
take_selector(const Message *message, size_t n, TrafficSelector *ts)
{
    const IsakmpPayload *payload = isakmp_payload_nth(&message->payloads, PAYLOAD_ID, n);
    TrafficSelector answer;
    IdPayload id;

    if (!payload)
        return true;
    if (!id_payload_read(payload->body, &id) || !id_payload_to_selector(&id, &answer))
        return false;
    if (!traffic_selector_covers(ts, &answer))
        return false;
    *ts = answer;
    return true;
}

/* Why the answer is no good, or FAIL_NONE. */
static FailureReason
take_answer(IkeV1 *v1, QuickMode *quick, const Message *message, const char **detail)
{
    if (!take_choice(v1, quick, message)) {
        *detail = "it chose an ESP proposal that was not offered";
        return FAIL_PROTOCOL;
    }
    if (!quick_mode_take_nonce(message, &quick->nonce_r)) {
        *detail = "its nonce has a wrong length";
        return FAIL_PROTOCOL;
    }
    if (!take_selector(message, 0, &quick->local_ts)
        || !take_selector(message, 1, &quick->remote_ts)) {
        *detail = "it widened the networks that were asked for";
        return FAIL_SELECTORS;
    }
    return FAIL_NONE;
}

static void
send_confirmation(IkeV1 *v1, Exchange *exchange)
{
    IsakmpWriter m = message_begin(v1, exchange);
    g_auto(Secret) hash = quick_mode_hash_3(v1, exchange);

    isakmp_payload_write(&m, PAYLOAD_HASH, secret_view(&hash));
    message_send(v1, exchange, &m, true, false);
}

void
quick_mode_confirm_again(IkeV1 *v1, uint32_t inbound_spi)
{
    for (guint i = 0; i < v1->exchanges->len; i++) {
        const Exchange *exchange = v1->exchanges->pdata[i];

        if (exchange->quick && exchange->quick->inbound_spi == inbound_spi && exchange->sent)
            ike_actions_send(v1->actions, g_bytes_ref(exchange->sent), v1->nat_t);
    }
}

Outcome
quick_mode_confirm(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    QuickMode *quick = exchange->quick;
    Slot *slot = slot_at(v1, quick->slot);
    const char *detail = NULL;
    FailureReason reason = take_answer(v1, quick, message, &detail);
    bool first = child_outbound(v1, quick->slot) == NULL && !v1->gentle;

    quick_mode_take_lifetime(quick, message);
    if (reason == FAIL_NONE && !quick_mode_install(v1, quick, message, first))
        reason = FAIL_KEY_EXCHANGE;
    if (reason != FAIL_NONE) {
        quick_mode_failed(v1, exchange, reason, g_strdup(detail));
        return OUTCOME_FORGET;
    }
    /* Inbound is open: now the gateway may use it. */
    send_confirmation(v1, exchange);
    slot->local_ts = quick->local_ts;
    slot->remote_ts = quick->remote_ts;
    slot->established = true;
    exchange_done(v1, exchange);
    v1_advance(v1);
    return OUTCOME_NEXT;
}

/* A gateway may want another group than the one offered, or one where none was. */
static bool
offer_another_group(IkeV1 *v1, const QuickMode *quick)
{
    const KeyExchangeMethod *group;

    /* (Another slot may have gone on already.) */
    if (quick->offer == v1->offer) {
        if (!group_of_offer(v1, v1->offer + 1, &group))
            return false;
        v1->offer++;
        v1_info(v1,
                "the gateway accepts none of it, offering %s%s",
                group ? "PFS with " : "no PFS",
                group ? group->keyword : "");
    }
    quick_mode_start(v1, quick->slot);
    return true;
}

/* One network of several that the gateway will not have is no reason to do without the others. */
static void
first_negotiation_failed(IkeV1 *v1, const QuickMode *quick, FailureReason reason, char *detail)
{
    Slot *slot = slot_at(v1, quick->slot);
    g_autofree char *owned = detail;
    g_autofree char *remote = traffic_selector_to_text(&slot->remote_ts);

    if (reason == FAIL_NO_PROPOSAL_ESP && offer_another_group(v1, quick))
        return;
    slot->refused = true;
    if (!slots_any_left(v1)) {
        v1_close(v1, reason, g_steal_pointer(&owned));
        return;
    }
    log_notice("%s: no IPsec SA for %s: %s", v1->peer, remote, failure_sentence(reason));
    v1_advance(v1);
}

void
quick_mode_failed(IkeV1 *v1, const Exchange *exchange, FailureReason reason, char *detail)
{
    Slot *slot = slot_at(v1, exchange->quick->slot);
    g_autofree char *owned = detail;

    if (!slot->established) {
        first_negotiation_failed(v1, exchange->quick, reason, g_steal_pointer(&owned));
        return;
    }
    if (slot->theirs)
        return;
    if (slot->unserved_since != IKE_TIME_NEVER && v1->now - slot->unserved_since > UNSERVED_LIMIT) {
        v1_close(v1, FAIL_REKEY, g_steal_pointer(&owned));
        return;
    }
    v1_info(
        v1, "rekeying failed (%s), it is tried again", owned ? owned : failure_sentence(reason));
    slot->renegotiate_at = v1->now + REKEY_RETRY_DELAY;
}
