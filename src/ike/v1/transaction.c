/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/transaction.h"
#include "ike/v1/message.h"

/* Transaction exchanges that the gateway begins (draft-dukes-ike-mode-cfg-02, 3.3)
 *
 *                                        <--  HDR*, HASH, ATTR (REQUEST or SET)
 *   HDR*, HASH, ATTR (REPLY or ACK)      -->
 */

void
transaction_send(IkeV1 *v1, Exchange *exchange, const AttributesPayload *cfg, bool answer_expected)
{
    IsakmpWriter m = message_begin_hashed(v1, exchange);

    attributes_payload_write(&m, cfg);
    message_send_hashed(v1, exchange, &m, (Bytes){0}, answer_expected);
}

/* Took all that was set: each attribute is acknowledged without its value. */
static void
acknowledge(IkeV1 *v1, Exchange *exchange, const AttributesPayload *set)
{
    AttributesPayload ack = {.type = CFG_ACK, .identifier = set->identifier};

    for (size_t i = 0; i < set->n; i++)
        attributes_payload_add_empty(&ack, set->attributes[i].type);
    transaction_send(v1, exchange, &ack, false);
}

/* Juniper pushes before the result of XAUTH is known, others afterwards, and some while we are
 * asking. */
static Outcome
take_pushed(IkeV1 *v1, Exchange *exchange, const AttributesPayload *set)
{
    bool waiting = v1->phase == PHASE_CONFIG;

    if (v1->phase != PHASE_ESTABLISHED && v1->phase != PHASE_QUICK)
        mode_config_store(v1, set);
    acknowledge(v1, exchange, set);
    if (waiting && v1->lease.addresses->len > 0) {
        mode_config_stop_asking(v1);
        v1_advance(v1);
    }
    return OUTCOME_NEXT;
}

Outcome
transaction_answer(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    AttributesPayload cfg;
    AttributesPayload nothing = {.type = CFG_REPLY};

    if (!attributes_payload_read(isakmp_payload_first(&message->payloads, PAYLOAD_ATTRIBUTES)->body,
                                 &cfg))
        return OUTCOME_IGNORED;
    if (xauth_concerns(&cfg))
        return xauth_take(v1, exchange, &cfg);
    switch (cfg.type) {
    case CFG_SET:
        return take_pushed(v1, exchange, &cfg);
    case CFG_REQUEST: /* of something that we have nothing of */
        nothing.identifier = cfg.identifier;
        transaction_send(v1, exchange, &nothing, false);
        return OUTCOME_NEXT;
    default:
        return OUTCOME_FORGET;
    }
}
