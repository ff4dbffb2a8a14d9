/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/exchange.h"
#include "crypto/prf.h"
#include "ike/v1/children.h"
#include "ike/v1/phase1.h"
#include "ike/v1/quick-mode.h"

void
quick_mode_free(QuickMode *quick)
{
    if (!quick)
        return;
    g_clear_pointer(&quick->ke, key_exchange_free);
    g_clear_pointer(&quick->nonce_i, g_bytes_unref);
    g_clear_pointer(&quick->nonce_r, g_bytes_unref);
    g_free(quick);
}

void
exchange_free(Exchange *exchange)
{
    g_clear_pointer(&exchange->sent, g_bytes_unref);
    g_clear_pointer(&exchange->quick, quick_mode_free);
    g_free(exchange);
}

static Exchange *
exchange_new(IkeV1 *v1, ExchangeType type, uint32_t message_id)
{
    Exchange *exchange = g_new0(Exchange, 1);

    exchange->type = type;
    exchange->message_id = message_id;
    exchange->state = STATE_NEW;
    exchange->retransmit_at = IKE_TIME_NEVER;
    exchange->forget_at = IKE_TIME_NEVER;
    if (message_id != 0)
        phase2_iv(&v1->proposal,
                  bytes_of(v1->last_block, v1->proposal.encryption->block_len),
                  message_id,
                  exchange->iv);
    return exchange;
}

bool
message_id_was_used(const IkeV1 *v1, uint32_t id)
{
    return g_hash_table_contains(v1->message_ids, GUINT_TO_POINTER(id))
           || g_hash_table_contains(v1->message_ids_before, GUINT_TO_POINTER(id));
}

/* Who probes every second for days uses many: the older half is given up. What could be replayed
 * then is old, and does no harm: an SA that is gone cannot be deleted, and one that is offered
 * again is never confirmed. */
void
message_id_use(IkeV1 *v1, uint32_t id)
{
    g_hash_table_add(v1->message_ids, GUINT_TO_POINTER(id));
    if (g_hash_table_size(v1->message_ids) < MAX_MESSAGE_IDS)
        return;
    g_hash_table_unref(v1->message_ids_before);
    v1->message_ids_before = g_steal_pointer(&v1->message_ids);
    v1->message_ids = g_hash_table_new(NULL, NULL);
}

/* RFC 2408, 3.1: random, and unique while the ISAKMP SA lives. */
static uint32_t
new_message_id(IkeV1 *v1)
{
    uint32_t id;

    do {
        id = random_u32(v1->random);
    } while (id == 0 || message_id_was_used(v1, id));
    message_id_use(v1, id);
    return id;
}

Exchange *
exchange_begin(IkeV1 *v1, ExchangeType type)
{
    bool phase_1 = type == EXCHANGE_IDENTITY_PROTECTION || type == EXCHANGE_AGGRESSIVE;
    Exchange *exchange = exchange_new(v1, type, phase_1 ? 0 : new_message_id(v1));

    g_ptr_array_add(v1->exchanges, exchange);
    return exchange;
}

Exchange *
exchange_answer(IkeV1 *v1, ExchangeType type, uint32_t message_id)
{
    return exchange_new(v1, type, message_id);
}

Exchange *
exchange_find(IkeV1 *v1, ExchangeType type, uint32_t message_id)
{
    for (guint i = 0; i < v1->exchanges->len; i++) {
        Exchange *exchange = v1->exchanges->pdata[i];

        if (exchange->type == type && exchange->message_id == message_id)
            return exchange;
    }
    return NULL;
}

static void
digest(Bytes datagram, uint8_t *out)
{
    prf_hash(prf_by_id(PRF_HMAC_SHA2_256), &datagram, 1, out);
}

bool
exchange_is_repetition(const Exchange *exchange, Bytes datagram)
{
    uint8_t received[DIGEST_LEN];

    if (!exchange->any_received)
        return false;
    digest(datagram, received);
    return bytes_equal(BYTES_OF_ARRAY(received), BYTES_OF_ARRAY(exchange->received));
}

void
exchange_remember_received(Exchange *exchange, Bytes datagram)
{
    digest(datagram, exchange->received);
    exchange->any_received = true;
}

void
exchange_answer_again(IkeV1 *v1, Exchange *exchange)
{
    if (!exchange->sent || v1->now < exchange->answered_at + ANSWER_AGAIN_INTERVAL)
        return;
    exchange->answered_at = v1->now;
    v1_info(v1, "the gateway repeats itself, the answer is sent again");
    ike_actions_send(v1->actions, g_bytes_ref(exchange->sent), v1->nat_t);
}

void
exchange_done(IkeV1 *v1, Exchange *exchange)
{
    exchange->state = STATE_DONE;
    exchange->retransmit_at = IKE_TIME_NEVER;
    exchange->forget_at = v1->now + EXCHANGE_MEMORY;
    if (exchange->quick)
        g_clear_pointer(&exchange->quick->ke, key_exchange_free);
}

unsigned
exchanges_unfinished_of_peer(const IkeV1 *v1)
{
    unsigned n = 0;

    for (guint i = 0; i < v1->exchanges->len; i++) {
        const Exchange *exchange = v1->exchanges->pdata[i];

        n += exchange->state == STATE_NEW || exchange->state == STATE_XAUTH_ASKED
             || exchange->state == STATE_QUICK_ANSWERED;
    }
    return n;
}

void
exchange_forget(IkeV1 *v1, Exchange *exchange)
{
    if (v1->xauth_exchange == exchange)
        v1->xauth_exchange = NULL;
    if (exchange->state == STATE_QUICK_ANSWERED)
        quick_mode_abandoned(v1, exchange);
    g_ptr_array_remove(v1->exchanges, exchange);
}

/* What silence means, by what we were waiting for, and what that step depends on. */
static const struct {
    FailureReason reason;
    const char *detail;
} silence[] = {
    [STATE_NEW] = {FAIL_FELL_SILENT, NULL},
    [STATE_MAIN_SA_SENT] = {FAIL_NO_ANSWER, NULL},
    [STATE_MAIN_KE_SENT] =
        {FAIL_FELL_SILENT,
         "in the key exchange: perhaps fragments are lost, try a smaller group in ike-proposals"},
    /* It cannot decrypt our identity, and cannot tell us so in a way that we could read. */
    [STATE_MAIN_ID_SENT] = {FAIL_WRONG_PSK, NULL},
    [STATE_AGGRESSIVE_SENT] = {FAIL_NO_ANSWER, NULL},
    [STATE_XAUTH_ASKED] = {FAIL_FELL_SILENT, NULL},
    [STATE_CONFIG_REQUESTED] = {FAIL_FELL_SILENT,
                                "when it was asked for an address: see addressing"},
    [STATE_QUICK_SENT] = {FAIL_FELL_SILENT,
                          "when it was offered an IPsec SA: see esp-proposals and remote-ts"},
    [STATE_QUICK_ANSWERED] = {FAIL_FELL_SILENT, NULL},
    [STATE_DONE] = {FAIL_FELL_SILENT, NULL},
};

static void
give_up(IkeV1 *v1, Exchange *exchange)
{
    FailureReason reason = silence[exchange->state].reason;
    const char *detail = silence[exchange->state].detail;

    /* Both ends had the same key before: it is the network, not the key. */
    if (exchange->state == STATE_MAIN_ID_SENT && v1->proven)
        reason = FAIL_FELL_SILENT;
    switch (exchange->state) {
    case STATE_QUICK_SENT:
        quick_mode_failed(v1, exchange, reason, g_strdup(detail));
        exchange_forget(v1, exchange);
        return;
    case STATE_QUICK_ANSWERED:
        exchange_forget(v1, exchange);
        return;
    case STATE_DONE:
        exchange->retransmit_at = IKE_TIME_NEVER;
        return;
    case STATE_NEW:
    case STATE_MAIN_SA_SENT:
    case STATE_MAIN_KE_SENT:
    case STATE_MAIN_ID_SENT:
    case STATE_AGGRESSIVE_SENT:
    case STATE_XAUTH_ASKED:
    case STATE_CONFIG_REQUESTED:
        v1_close(v1, reason, g_strdup(detail));
        return;
    }
}

/* The last message of aggressive mode is ours and nobody acknowledges it: until the gateway has
 * shown that it has it, it goes out again with whatever we repeat. */
static void
repeat_end_of_phase1(IkeV1 *v1, const Exchange *exchange)
{
    Exchange *phase_1 = exchange_find(v1, EXCHANGE_AGGRESSIVE, 0);

    if (phase_1 && phase_1 != exchange && phase_1->sent && !v1->peer_confirmed)
        ike_actions_send(v1->actions, g_bytes_ref(phase_1->sent), v1->nat_t);
}

/* Aggressive mode's group was refused, says somebody. A gateway that means it says so again when
 * the offer comes again; one claim, forged, and the true answer lost must not cost us the group. */
static bool
group_is_refused(IkeV1 *v1, const Exchange *exchange)
{
    if (v1->hint != FAIL_NO_PROPOSAL_IKE || exchange->state != STATE_AGGRESSIVE_SENT
        || !aggressive_mode_has_next_group(v1))
        return false;
    if (v1->group_doubted)
        return true;
    v1->group_doubted = true;
    v1->hint = FAIL_NONE;
    return false;
}

static void
retransmit(IkeV1 *v1, Exchange *exchange)
{
    IkeTime wait = RETRANSMIT_FIRST << (exchange->tries + 1);

    if (group_is_refused(v1, exchange)) {
        aggressive_mode_try_next_group(v1);
        return;
    }
    /* A claim that nobody vouches for counts only if the true answer does not come in time. */
    if (v1->hint != FAIL_NONE && exchange->tries >= 1 && v1->phase == PHASE_1) {
        v1_close(v1, v1->hint, g_steal_pointer(&v1->hint_detail));
        return;
    }
    if (exchange->state == STATE_DONE && v1->peer_confirmed) {
        exchange->retransmit_at = IKE_TIME_NEVER;
        return;
    }
    if (exchange->tries >= RETRANSMIT_TRIES) {
        give_up(v1, exchange);
        return;
    }
    exchange->tries++;
    exchange->retransmit_at = v1->now + ike_time_min(wait, RETRANSMIT_LONGEST);
    repeat_end_of_phase1(v1, exchange);
    v1_info(v1, "no answer yet, sending again (%u of %d)", exchange->tries, RETRANSMIT_TRIES);
    ike_actions_send(v1->actions, g_bytes_ref(exchange->sent), v1->nat_t);
}

void
exchanges_timeout(IkeV1 *v1)
{
    /* From the end: an exchange may be forgotten, and new ones are appended. */
    for (guint i = v1->exchanges->len; i > 0 && v1->phase != PHASE_CLOSED; i--) {
        Exchange *exchange;

        if (i > v1->exchanges->len)
            continue;
        exchange = v1->exchanges->pdata[i - 1];
        if (exchange->forget_at <= v1->now)
            exchange_forget(v1, exchange);
        else if (exchange->retransmit_at <= v1->now)
            retransmit(v1, exchange);
    }
}
