/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/machine.h"
#include "ike/v1/exchange.h"
#include "ike/v1/informational.h"
#include "ike/v1/message.h"
#include "ike/v1/phase1.h"
#include "ike/v1/quick-mode.h"
#include "ike/v1/transaction.h"

#include <string.h>

/* What a message from the gateway does. The first row that fits state, exchange and protection is
 * taken. */
typedef struct {
    ExchangeState state;
    ExchangeType exchange;
    const Composition *composition;
    bool (*authentic)(IkeV1 *v1, const Exchange *exchange, const Message *message);
    Outcome (*act)(IkeV1 *v1, Exchange *exchange, const Message *message);
    ExchangeState next;
    const char *story;
} Transition;

/* HASH(1) = prf(SKEYID_a, M-ID | all behind the HASH payload): RFC 2409, 5.5 and 5.7. */
static bool
is_authentic(IkeV1 *v1, const Exchange *exchange, const Message *message)
{
    return message_has_hash(v1, message, (Bytes){0});
}

/* clang-format off */
static const Transition transitions[] = {
    {STATE_MAIN_SA_SENT, EXCHANGE_IDENTITY_PROTECTION, &composition_main_2,
     NULL, main_mode_send_key_exchange, STATE_MAIN_KE_SENT,
     "the gateway chose the algorithms of phase 1"},
    {STATE_MAIN_KE_SENT, EXCHANGE_IDENTITY_PROTECTION, &composition_main_4,
     NULL, main_mode_send_identity, STATE_MAIN_ID_SENT,
     "keys are agreed, our identity goes out encrypted"},
    {STATE_MAIN_ID_SENT, EXCHANGE_IDENTITY_PROTECTION, &composition_main_6,
     main_mode_is_authentic, main_mode_complete, STATE_DONE,
     "the gateway has authenticated itself, phase 1 is done"},
    {STATE_AGGRESSIVE_SENT, EXCHANGE_AGGRESSIVE, &composition_aggressive_2,
     NULL, aggressive_mode_complete, STATE_DONE,
     "the gateway has authenticated itself, phase 1 is done"},
    {STATE_NEW, EXCHANGE_TRANSACTION, &composition_transaction,
     is_authentic, transaction_answer, STATE_DONE,
     "the gateway's transaction is answered"},
    {STATE_DONE, EXCHANGE_TRANSACTION, &composition_transaction, /* libreswan's SET after the STATUS */
     is_authentic, transaction_answer, STATE_DONE,
     "the gateway went on with a transaction, it is answered"},
    {STATE_CONFIG_REQUESTED, EXCHANGE_TRANSACTION, &composition_transaction,
     is_authentic, mode_config_take_reply, STATE_DONE,
     "the gateway sent the configuration"},
    {STATE_QUICK_SENT, EXCHANGE_QUICK, &composition_quick_1_and_2,
     quick_mode_is_authentic, quick_mode_confirm, STATE_DONE,
     "an IPsec SA is established"},
    {STATE_NEW, EXCHANGE_QUICK, &composition_quick_1_and_2,
     is_authentic, quick_mode_answer, STATE_QUICK_ANSWERED,
     "the gateway wants a new IPsec SA, it is answered"},
    {STATE_QUICK_ANSWERED, EXCHANGE_QUICK, &composition_quick_3,
     quick_mode_confirmation_is_authentic, quick_mode_confirmed, STATE_DONE,
     "the gateway confirmed the new IPsec SA"},
    {STATE_NEW, EXCHANGE_INFORMATIONAL, &composition_informational,
     is_authentic, informational_take, STATE_DONE, NULL},
    {STATE_NEW, EXCHANGE_INFORMATIONAL, &composition_informational_clear,
     NULL, informational_take_hint, STATE_DONE, NULL},
};
/* clang-format on */

static const Transition *
find_transition(const Exchange *exchange, const Message *message)
{
    for (size_t i = 0; i < G_N_ELEMENTS(transitions); i++) {
        const Transition *row = &transitions[i];

        if (row->state == exchange->state && row->exchange == exchange->type
            && row->composition->encrypted == message->encrypted)
            return row;
    }
    return NULL;
}

static void
enter(IkeV1 *v1, Exchange *exchange, const Transition *row)
{
    if (row->story)
        v1_info(v1, "%s", row->story);
    v1->hint = FAIL_NONE; /* whoever claimed a failure was wrong */
    exchange->state = row->next;
    if (row->next == STATE_DONE)
        exchange_done(v1, exchange);
}

/* An exchange that the gateway began is kept only once its first message proved authentic. */
static bool
is_kept(IkeV1 *v1, const Exchange *exchange)
{
    return exchange_find(v1, exchange->type, exchange->message_id) == exchange;
}

static void
keep(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    if (message->encrypted && !is_kept(v1, exchange)) {
        message_id_use(v1, exchange->message_id);
        g_ptr_array_add(v1->exchanges, exchange);
    }
}

/* Anybody can send what is ignored: the log must not be flooded. */
static void
log_ignored(IkeV1 *v1, const char *why)
{
    if (v1->now - v1->ignored_since > 60 * IKE_SECOND) {
        v1->ignored_since = v1->now;
        v1->n_ignored = 0;
    }
    if (++v1->n_ignored <= MAX_IGNORED_LOGGED)
        v1_info(v1, "a message of the gateway's is ignored: %s", why);
}

void
machine_ignore(IkeV1 *v1, Exchange *exchange, const char *why)
{
    log_ignored(v1, why);
    if (!is_kept(v1, exchange))
        exchange_free(exchange);
}

static const char *
problem(IkeV1 *v1, const Exchange *exchange, const Transition *row, const Message *message)
{
    const char *wrong;

    if (!row)
        return "it does not belong to what is going on";
    wrong = composition_problem(row->composition, &message->payloads, message->encrypted);
    if (wrong)
        return wrong;
    if (row->authentic && !row->authentic(v1, exchange, message))
        return "its hash is wrong";
    return NULL;
}

/* It is true: the next IV is its last block (RFC 2409, appendix B), and it is a sign of life. */
static void
accept(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    size_t block;

    keep(v1, exchange, message);
    if (!message->encrypted)
        return;
    block = v1->proposal.encryption->block_len;
    memcpy(exchange->iv, message->datagram.data + message->datagram.len - block, block);
    v1->peer_confirmed |= v1->phase != PHASE_1;
    v1_heard(v1);
}

/* Where the gateway had the last word, repeating ours to it would only make it repeat its own, for
 * ever. */
static void
finish(IkeV1 *v1, Exchange *exchange, bool answered, bool phase_1)
{
    if (exchange->type == EXCHANGE_INFORMATIONAL) {
        exchange_forget(v1, exchange);
        return;
    }
    if (!answered)
        g_clear_pointer(&exchange->sent, g_bytes_unref);
    if (phase_1)
        v1_phase1_done(v1, exchange);
}

void
machine_run(IkeV1 *v1, Exchange *exchange, Message *message)
{
    const Transition *row = find_transition(exchange, message);
    const char *wrong = problem(v1, exchange, row, message);
    bool phase_1 = v1->phase == PHASE_1;
    unsigned sent_before = exchange->n_sent;
    Outcome outcome;

    if (wrong) {
        machine_ignore(v1, exchange, wrong);
        return;
    }
    accept(v1, exchange, message);
    outcome = row->act(v1, exchange, message);
    if (outcome != OUTCOME_IGNORED)
        exchange_remember_received(exchange, message->datagram);
    if (outcome == OUTCOME_NEXT)
        enter(v1, exchange, row);
    if (!is_kept(v1, exchange))
        exchange_free(exchange);
    else if (outcome == OUTCOME_FORGET || exchange->state == STATE_NEW)
        exchange_forget(v1, exchange);
    else if (exchange->state == STATE_DONE)
        finish(v1, exchange, exchange->n_sent > sent_before, phase_1);
}
