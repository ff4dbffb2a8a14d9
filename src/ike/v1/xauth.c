/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "ike/v1/exchange.h"
#include "ike/v1/transaction.h"

/* XAUTH, the gateway's question for user name and password (draft-beaulieu-ike-xauth-02, 6)
 *
 *                                        <--  HDR*, HASH, ATTR (REQUEST: XAUTH_TYPE, USER_NAME,
 * PASSWORD) HDR*, HASH, ATTR (REPLY: …)          -->
 *                                        <--  HDR*, HASH, ATTR (SET: XAUTH_STATUS)
 *   HDR*, HASH, ATTR (ACK)               -->
 */

bool
xauth_concerns(const AttributesPayload *cfg)
{
    for (size_t i = 0; i < cfg->n; i++) {
        if (cfg->attributes[i].type >= XAUTH_TYPE && cfg->attributes[i].type <= XAUTH_ANSWER)
            return true;
    }
    return false;
}

static bool
asks_for(const AttributesPayload *request, uint16_t type)
{
    return attributes_payload_find(request, type) != NULL;
}

/* What we cannot answer, in words; NULL if there is nothing of the kind. */
static const char *
unanswerable(const AttributesPayload *request)
{
    const Attribute *type = attributes_payload_find(request, XAUTH_TYPE);

    if (type && attribute_number(type) != XAUTH_TYPE_GENERIC)
        return "it wants another XAUTH type than user name and password";
    if (asks_for(request, XAUTH_PASSCODE) || asks_for(request, XAUTH_NEXT_PIN)
        || asks_for(request, XAUTH_ANSWER))
        return "it wants a passcode, a new PIN or an answer to a challenge";
    return NULL;
}

static Bytes
user_known(const IkeV1 *v1)
{
    return v1->user.len ? secret_view(&v1->user) : bytes_of_text(v1->config->user);
}

/* The profile's password answers the first question only: who asks again wants something else. */
static Bytes
password_known(const IkeV1 *v1)
{
    if (v1->password.len)
        return secret_view(&v1->password);
    return v1->password_used ? (Bytes){0} : secret_view(&v1->config->password);
}

static void
ask(IkeV1 *v1, Exchange *exchange, const AttributesPayload *request, IkeSecretKind question)
{
    const Attribute *text = attributes_payload_find(request, XAUTH_MESSAGE);
    bool asked_already = v1->xauth_exchange != NULL;
    char *message = NULL;

    exchange->state = STATE_XAUTH_ASKED;
    v1->xauth_exchange = exchange;
    v1->wait_until = v1->now + SECRET_WAIT;
    if (asked_already)
        return;
    if (text && !text->basic && text->data.len)
        message = log_safe_text(text->data.data, text->data.len);
    v1_info(v1, "asking for the %s", question == IKE_SECRET_USER ? "user name" : "password");
    ike_actions_ask(v1->actions, question, message);
}

/* Sends the reply if all that was asked for is known, else asks for the first thing that is not.
 * The request is kept for when the answer comes: its attributes are needed by type only. */
static Outcome
answer(IkeV1 *v1, Exchange *exchange, const AttributesPayload *request)
{
    AttributesPayload reply = {.type = CFG_REPLY, .identifier = request->identifier};

    if (asks_for(request, XAUTH_USER_NAME) && user_known(v1).len == 0) {
        ask(v1, exchange, request, IKE_SECRET_USER);
        return OUTCOME_STAY;
    }
    if (asks_for(request, XAUTH_USER_PASSWORD) && password_known(v1).len == 0) {
        ask(v1, exchange, request, IKE_SECRET_PASSWORD);
        return OUTCOME_STAY;
    }
    if (asks_for(request, XAUTH_TYPE))
        attributes_payload_add(
            &reply, (Attribute){.type = XAUTH_TYPE, .basic = true, .value = XAUTH_TYPE_GENERIC});
    if (asks_for(request, XAUTH_USER_NAME))
        attributes_payload_add(&reply,
                               (Attribute){.type = XAUTH_USER_NAME, .data = user_known(v1)});
    if (asks_for(request, XAUTH_DOMAIN))
        attributes_payload_add_empty(&reply, XAUTH_DOMAIN);
    if (asks_for(request, XAUTH_USER_PASSWORD)) {
        attributes_payload_add(
            &reply, (Attribute){.type = XAUTH_USER_PASSWORD, .data = password_known(v1)});
    }
    v1_info(v1, "user name and password go out");
    transaction_send(v1, exchange, &reply, false);
    v1->password_used |= asks_for(request, XAUTH_USER_PASSWORD);
    secret_clear(&v1->password);
    v1->wait_until = v1->now + PEER_REQUEST_WAIT;
    return OUTCOME_NEXT;
}

static Outcome
take_request(IkeV1 *v1, Exchange *exchange, const AttributesPayload *request)
{
    const char *why_not = unanswerable(request);

    if (!connection_config_uses_xauth(v1->config))
        return v1_close(v1, FAIL_XAUTH_UNEXPECTED, NULL);
    if (why_not)
        return v1_close(v1, FAIL_XAUTH_UNSUPPORTED, g_strdup(why_not));
    if (++v1->xauth_rounds > MAX_XAUTH_ROUNDS)
        return v1_close(v1, FAIL_PROTOCOL, g_strdup("it never stops asking for the password"));
    g_free(v1->xauth_reply);
    v1->xauth_reply = g_memdup2(request, sizeof(*request));
    return answer(v1, exchange, v1->xauth_reply);
}

static Outcome
take_status(IkeV1 *v1, Exchange *exchange, const AttributesPayload *set)
{
    const Attribute *status = attributes_payload_find(set, XAUTH_STATUS);
    AttributesPayload ack = {.type = CFG_ACK, .identifier = set->identifier};

    if (!status || v1->phase != PHASE_XAUTH)
        return OUTCOME_IGNORED;
    attributes_payload_add_empty(&ack, XAUTH_STATUS);
    transaction_send(v1, exchange, &ack, false);
    if (attribute_number(status) != XAUTH_STATUS_OK)
        return v1_close(v1, FAIL_XAUTH_REFUSED, NULL);
    v1_info(v1, "the gateway accepted user name and password");
    v1->xauth_done = true;
    v1->xauth_exchange = NULL;
    v1_advance(v1);
    return OUTCOME_NEXT;
}

Outcome
xauth_take(IkeV1 *v1, Exchange *exchange, const AttributesPayload *cfg)
{
    switch (cfg->type) {
    case CFG_REQUEST:
        return take_request(v1, exchange, cfg);
    case CFG_SET:
        return take_status(v1, exchange, cfg);
    default:
        return OUTCOME_IGNORED;
    }
}

void
xauth_give_secret(IkeV1 *v1, IkeSecretKind kind, const char *text)
{
    Exchange *exchange = v1->xauth_exchange;

    if (!exchange || !v1->xauth_reply)
        return;
    if (!text || !*text) {
        v1_close(v1, FAIL_CANCELLED, NULL);
        return;
    }
    if (kind == IKE_SECRET_USER) {
        secret_clear(&v1->user);
        v1->user = secret_of_text(text);
    } else {
        secret_clear(&v1->password);
        v1->password = secret_of_text(text);
    }
    v1->xauth_exchange = NULL;
    if (answer(v1, exchange, v1->xauth_reply) == OUTCOME_NEXT)
        exchange_done(v1, exchange);
}
