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

static Bytes
password_known(const IkeV1 *v1)
{
    if (v1->password_refused)
        return (Bytes){0};
    if (v1->password.len || v1->password_spent)
        return secret_view(&v1->password);
    return secret_view(&v1->config->password);
}

void
xauth_request_clear(XauthRequest *request)
{
    g_free(request->message);
    *request = (XauthRequest){0};
}

static char *
message_text(const AttributesPayload *cfg)
{
    const Attribute *text = attributes_payload_find(cfg, XAUTH_MESSAGE);

    return text && text->data.len ? log_safe_text(text->data.data, text->data.len) : NULL;
}

static XauthRequest
request_of(const AttributesPayload *cfg)
{
    return (XauthRequest){
        .identifier = cfg->identifier,
        .type = asks_for(cfg, XAUTH_TYPE),
        .user = asks_for(cfg, XAUTH_USER_NAME),
        .password = asks_for(cfg, XAUTH_USER_PASSWORD),
        .domain = asks_for(cfg, XAUTH_DOMAIN),
        .message = message_text(cfg),
    };
}

static const char *
name_of(IkeSecretKind question)
{
    switch (question) {
    case IKE_SECRET_USER:
        return "the user name";
    case IKE_SECRET_ANSWER:
        return "the answer to another question";
    case IKE_SECRET_PASSWORD:
    case IKE_SECRET_PSK:
    case IKE_SECRET_N:
        break;
    }
    return "the password";
}

/* A person who is being asked already is not asked twice. */
static Outcome
ask(IkeV1 *v1, Exchange *exchange, IkeSecretKind question)
{
    Exchange *before = v1->xauth_exchange;
    bool asked_already = before != NULL;

    if (before && before != exchange)
        exchange_forget(v1, before);
    exchange->state = STATE_XAUTH_ASKED;
    v1->xauth_exchange = exchange;
    if (!asked_already) {
        v1->wait_until = v1->now + SECRET_WAIT;
        v1_info(v1, "asking for %s", name_of(question));
        ike_actions_ask(v1->actions, question, g_strdup(v1->xauth_request.message));
    }
    return OUTCOME_STAY;
}

static void
send_reply(IkeV1 *v1, Exchange *exchange)
{
    const XauthRequest *request = &v1->xauth_request;
    AttributesPayload reply = {.type = CFG_REPLY, .identifier = request->identifier};

    if (request->type)
        attributes_payload_add(
            &reply, (Attribute){.type = XAUTH_TYPE, .basic = true, .value = XAUTH_TYPE_GENERIC});
    if (request->user)
        attributes_payload_add(&reply,
                               (Attribute){.type = XAUTH_USER_NAME, .data = user_known(v1)});
    if (request->domain)
        attributes_payload_add_empty(&reply, XAUTH_DOMAIN);
    if (request->password)
        attributes_payload_add(
            &reply, (Attribute){.type = XAUTH_USER_PASSWORD, .data = password_known(v1)});
    v1_info(v1,
            v1->password_is_answer ? "the answer to the other question goes out"
                                   : "user name and password go out");
    transaction_send(v1, exchange, &reply, false);
}

/* Sends the reply if all that was asked for is known, else asks for the first thing that is not.
 * What is asked for after an answer is something else, and must never take the password's place. */
static Outcome
answer(IkeV1 *v1, Exchange *exchange)
{
    if (v1->xauth_request.user && user_known(v1).len == 0)
        return ask(v1, exchange, IKE_SECRET_USER);
    if (v1->xauth_request.password && password_known(v1).len == 0)
        return ask(v1, exchange, v1->password_refused ? IKE_SECRET_ANSWER : IKE_SECRET_PASSWORD);
    send_reply(v1, exchange);
    v1->xauth_answered = true;
    v1->wait_until = v1->now + VERDICT_WAIT;
    return OUTCOME_NEXT;
}

/* Some gateways repeat a question that was not answered in time as a new exchange (libreswan does).
 * A true second question has words of its own, or comes at once, or again; and so do the gateways
 * that ask anew for a password that was wrong. */
static bool
is_repetition(IkeV1 *v1, const XauthRequest *request)
{
    if (v1->xauth_exchange)
        return true;
    return v1->xauth_answered && !request->message
           && v1->now >= v1->xauth_asked_at + XAUTH_REPEATED_AFTER
           && v1->xauth_repetitions++ < MAX_XAUTH_REPETITIONS;
}

/* What was sent is not sent again: the user is asked. */
static void
take_new_question(IkeV1 *v1, const XauthRequest *request)
{
    v1->xauth_rounds++;
    if (!v1->xauth_answered || !request->password)
        return;
    v1->password_refused = true;
    v1_info(v1, "the gateway asks again: for something more, or what it got was wrong");
}

static Outcome
take_request(IkeV1 *v1, Exchange *exchange, const AttributesPayload *cfg)
{
    const char *why_not = unanswerable(cfg);
    XauthRequest request;

    if (v1->phase == PHASE_ESTABLISHED || v1->xauth_done)
        return OUTCOME_FORGET;
    if (!connection_config_uses_xauth(v1->config))
        return v1_close(v1, FAIL_XAUTH_UNEXPECTED, NULL);
    if (why_not)
        return v1_close(v1, FAIL_XAUTH_UNSUPPORTED, g_strdup(why_not));
    request = request_of(cfg);
    if (!is_repetition(v1, &request))
        take_new_question(v1, &request);
    v1->xauth_asked_at = v1->now;
    xauth_request_clear(&v1->xauth_request);
    v1->xauth_request = request;
    if (v1->xauth_rounds > MAX_XAUTH_ROUNDS)
        return v1_close(v1, FAIL_PROTOCOL, g_strdup("it never stops asking for the password"));
    return answer(v1, exchange);
}

static Outcome
take_status(IkeV1 *v1, Exchange *exchange, const AttributesPayload *set)
{
    const Attribute *status = attributes_payload_find(set, XAUTH_STATUS);
    AttributesPayload ack = {.type = CFG_ACK, .identifier = set->identifier};

    if (!status)
        return OUTCOME_FORGET;
    attributes_payload_add_empty(&ack, XAUTH_STATUS);
    transaction_send(v1, exchange, &ack, false);
    if (v1->phase != PHASE_XAUTH) /* it did not get our first acknowledgement */
        return OUTCOME_NEXT;
    if (attribute_number(status) != XAUTH_STATUS_OK)
        return v1_close(v1, FAIL_XAUTH_REFUSED, message_text(set));
    v1_info(v1, "the gateway accepted user name and password");
    v1->xauth_done = true;
    v1->xauth_exchange = NULL;
    secret_clear(&v1->password);
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
        return OUTCOME_FORGET;
    }
}

void
xauth_give_secret(IkeV1 *v1, IkeSecretKind kind, const char *text)
{
    Exchange *exchange = v1->xauth_exchange;

    if (!exchange)
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
        v1->password_is_answer = kind == IKE_SECRET_ANSWER;
        v1->password_refused = false;
    }
    v1->xauth_exchange = NULL;
    if (answer(v1, exchange) == OUTCOME_NEXT)
        exchange_done(v1, exchange);
}
