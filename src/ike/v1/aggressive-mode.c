/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/exchange.h"
#include "ike/v1/message.h"
#include "ike/v1/phase1.h"

#include <string.h>

/* Aggressive mode with a pre-shared key (RFC 2409, 5.4; RFC 3947, 3.2)
 *
 *   HDR, SA, KE, Ni, IDii, VIDs          -->
 *                                        <--  HDR, SA, KE, Nr, IDir, HASH_R, VIDs, NAT-D, NAT-D
 *   HDR*, HASH_I, NAT-D, NAT-D [, N]     -->
 *
 * The gateway's hash goes out before we have proved anything, so whoever listens may guess the key
 * in peace: that is the mode's weakness, and no setting mends it. */

void
aggressive_mode_start(IkeV1 *v1)
{
    Exchange *exchange = exchange_begin(v1, EXCHANGE_AGGRESSIVE);
    const KeyExchangeMethod *group = NULL;
    IsakmpWriter m = message_begin(v1, exchange);
    uint8_t nonce[NONCE_LEN];

    ike_proposals_group(v1->config->ike_proposals, v1->group_offer, &group);
    v1_info(v1, "aggressive mode begins, with %s", group->keyword);
    random_fill(v1->random, nonce, sizeof(nonce));
    v1->nonce_i = bytes_copy(BYTES_OF_ARRAY(nonce));
    v1->ke = key_exchange_new(group, v1->random);
    phase1_write_sa(v1, &m, group);
    isakmp_payload_write(&m, PAYLOAD_KE, key_exchange_public(v1->ke));
    isakmp_payload_write(&m, PAYLOAD_NONCE, BYTES_OF_ARRAY(nonce));
    phase1_write_id(v1, &m);
    phase1_write_vendor_ids(v1, &m);
    exchange->state = STATE_AGGRESSIVE_SENT;
    message_send(v1, exchange, &m, false, true);
}

bool
aggressive_mode_has_next_group(const IkeV1 *v1)
{
    const KeyExchangeMethod *next;

    return ike_proposals_group(v1->config->ike_proposals, v1->group_offer + 1, &next);
}

/* As a new connection: nothing of the old attempt may be mistaken for an answer to this one. */
void
aggressive_mode_try_next_group(IkeV1 *v1)
{
    v1->group_offer++;
    v1->group_doubted = false;
    v1->hint = FAIL_NONE;
    exchange_forget(v1, exchange_find(v1, EXCHANGE_AGGRESSIVE, 0));
    random_fill(v1->random, v1->cookie_i, sizeof(v1->cookie_i));
    memset(v1->cookie_r, 0, sizeof(v1->cookie_r));
    g_clear_pointer(&v1->ke, key_exchange_free);
    g_clear_pointer(&v1->nonce_i, g_bytes_unref);
    aggressive_mode_start(v1);
}

static void
send_hash_i(IkeV1 *v1, Exchange *exchange)
{
    IsakmpWriter m = message_begin(v1, exchange);

    phase1_iv(
        &v1->proposal, key_exchange_public(v1->ke), bytes_of_gbytes(v1->peer_public), exchange->iv);
    phase1_write_hash_i(v1, &m);
    nat_traversal_write_nat_d(v1, &m);
    phase1_write_initial_contact(v1, &m);
    message_send(v1, exchange, &m, true, false);
}

/* Everything that must hold before the gateway is believed. */
static FailureReason
check(IkeV1 *v1, const Message *message, char **detail)
{
    if (!phase1_choose(v1, message) || v1->proposal.ke != key_exchange_method(v1->ke)) {
        *detail = g_strdup("it chose a phase 1 proposal that was not offered");
        return FAIL_PROTOCOL;
    }
    if (!phase1_take_key_exchange(v1, message)) {
        *detail = g_strdup("its nonce has a wrong length");
        return FAIL_PROTOCOL;
    }
    if (!phase1_derive(v1))
        return FAIL_KEY_EXCHANGE;
    return phase1_hash_r_is_right(v1, message) ? FAIL_NONE : FAIL_WRONG_PSK;
}

Outcome
aggressive_mode_complete(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    char *detail = NULL;
    FailureReason reason = check(v1, message, &detail);

    if (reason != FAIL_NONE) {
        memset(v1->cookie_r, 0, sizeof(v1->cookie_r)); /* another answer may still come */
        return v1_doubt(v1, reason, detail);
    }
    reason = phase1_check_peer_id(v1, message, &detail);
    if (reason != FAIL_NONE)
        return v1_close(v1, reason, detail);
    phase1_take_vendor_ids(v1, message);
    if (nat_traversal_is_missing(v1))
        return v1_close(v1, FAIL_NO_NAT_T, NULL);
    nat_traversal_take_nat_d(v1, &message->payloads);
    reason = nat_traversal_problem(v1);
    if (reason != FAIL_NONE)
        return v1_close(v1, reason, NULL);
    send_hash_i(v1, exchange);
    return OUTCOME_NEXT;
}
