/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/exchange.h"
#include "ike/v1/message.h"
#include "ike/v1/phase1.h"

/* Main mode with a pre-shared key (RFC 2409, 5.4; RFC 3947, 3.2)
 *
 *   HDR, SA, VIDs                        -->
 *                                        <--  HDR, SA, VIDs
 *   HDR, KE, Ni, NAT-D, NAT-D            -->
 *                                        <--  HDR, KE, Nr, NAT-D, NAT-D
 *   HDR*, IDii, HASH_I [, N]             -->
 *                                        <--  HDR*, IDir, HASH_R
 */

void
main_mode_start(IkeV1 *v1)
{
    Exchange *exchange = exchange_begin(v1, EXCHANGE_IDENTITY_PROTECTION);
    IsakmpWriter m = message_begin(v1, exchange);

    v1_info(v1, "main mode begins");
    phase1_write_sa(v1, &m, NULL);
    phase1_write_vendor_ids(v1, &m);
    exchange->state = STATE_MAIN_SA_SENT;
    message_send(v1, exchange, &m, false, true);
}

Outcome
main_mode_send_key_exchange(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    uint8_t nonce[NONCE_LEN];
    IsakmpWriter m;

    if (!phase1_choose(v1, message))
        return v1_doubt(
            v1, FAIL_PROTOCOL, g_strdup("it chose a phase 1 proposal that was not offered"));
    phase1_take_vendor_ids(v1, message);
    if (nat_traversal_is_missing(v1))
        return v1_close(v1, FAIL_NO_NAT_T, NULL);
    random_fill(v1->random, nonce, sizeof(nonce));
    v1->nonce_i = bytes_copy(BYTES_OF_ARRAY(nonce));
    v1->ke = key_exchange_new(v1->proposal.ke, v1->random);

    m = message_begin(v1, exchange);
    isakmp_payload_write(&m, PAYLOAD_KE, key_exchange_public(v1->ke));
    isakmp_payload_write(&m, PAYLOAD_NONCE, BYTES_OF_ARRAY(nonce));
    nat_traversal_write_nat_d(v1, &m);
    message_send(v1, exchange, &m, false, true);
    return OUTCOME_NEXT;
}

Outcome
main_mode_send_identity(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    FailureReason problem;
    IsakmpWriter m;

    if (!phase1_take_key_exchange(v1, message))
        return v1_doubt(v1, FAIL_PROTOCOL, g_strdup("its nonce has a wrong length"));
    if (!phase1_derive(v1))
        return v1_doubt(v1, FAIL_KEY_EXCHANGE, NULL);
    nat_traversal_take_nat_d(v1, &message->payloads);
    problem = nat_traversal_problem(v1);
    if (problem != FAIL_NONE)
        return v1_close(v1, problem, NULL);
    phase1_iv(
        &v1->proposal, key_exchange_public(v1->ke), bytes_of_gbytes(v1->peer_public), exchange->iv);

    m = message_begin(v1, exchange);
    phase1_write_id(v1, &m);
    phase1_write_hash_i(v1, &m);
    phase1_write_initial_contact(v1, &m);
    message_send(v1, exchange, &m, true, true);
    return OUTCOME_NEXT;
}

bool
main_mode_is_authentic(IkeV1 *v1, const Exchange *exchange, const Message *message)
{
    return phase1_hash_r_is_right(v1, message);
}

Outcome
main_mode_complete(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    char *detail = NULL;
    FailureReason reason = phase1_check_peer_id(v1, message, &detail);

    if (reason == FAIL_NONE) {
        phase1_take_lifetime(v1, &message->payloads);
        return OUTCOME_NEXT;
    }
    /* For the gateway phase 1 is done, so it must be told. */
    v1_phase1_ends(v1, exchange);
    return v1_close(v1, reason, detail);
}
