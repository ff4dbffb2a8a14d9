/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "ike/v1/children.h"
#include "ike/v1/exchange.h"
#include "ike/v1/informational.h"
#include "ike/v1/machine.h"
#include "ike/v1/message.h"
#include "ike/v1/phase1.h"
#include "ike/v1/quick-mode.h"
#include "ike/v1/transaction.h"

#include <string.h>

IkeV1 *
ike_v1_new(const ConnectionConfig *config, const RandomSource *random, const GPtrArray *family)
{
    IkeV1 *v1 = g_new0(IkeV1, 1);

    v1->config = config;
    v1->random = random;
    v1->actions = &v1->own_actions;
    v1->family = family;
    g_queue_init(&v1->own_actions.queue);
    v1->outgoing = g_malloc(OUTGOING_SIZE);
    v1->slots = g_array_new(FALSE, TRUE, sizeof(Slot));
    v1->children = g_ptr_array_new_with_free_func(g_free);
    v1->exchanges = g_ptr_array_new_with_free_func((GDestroyNotify) exchange_free);
    v1->message_ids = g_hash_table_new(NULL, NULL);
    v1->message_ids_before = g_hash_table_new(NULL, NULL);
    v1->wait_until = v1->expires_at = v1->keepalive_at = IKE_TIME_NEVER;
    v1->probe_at = v1->probing_since = v1->verification.at = v1->retire_at = IKE_TIME_NEVER;
    v1->path_mtu.at = IKE_TIME_NEVER;
    ike_lease_init(&v1->lease);
    return v1;
}

void
ike_v1_free(IkeV1 *v1)
{
    if (!v1)
        return;
    g_clear_pointer(&v1->ke, key_exchange_free);
    g_clear_pointer(&v1->peer_public, g_bytes_unref);
    g_clear_pointer(&v1->nonce_i, g_bytes_unref);
    g_clear_pointer(&v1->nonce_r, g_bytes_unref);
    g_clear_pointer(&v1->sa_i, g_bytes_unref);
    g_clear_pointer(&v1->id_i, g_bytes_unref);
    phase1_keys_clear(&v1->keys);
    g_free(v1->hint_detail);
    secret_clear(&v1->user);
    secret_clear(&v1->password);
    xauth_request_clear(&v1->xauth_request);
    ike_lease_clear(&v1->lease);
    g_array_unref(v1->slots);
    g_ptr_array_unref(v1->children);
    g_ptr_array_unref(v1->exchanges);
    g_hash_table_unref(v1->message_ids);
    g_hash_table_unref(v1->message_ids_before);
    ike_actions_clear(&v1->own_actions);
    secret_wipe(v1->outgoing, OUTGOING_SIZE);
    g_free(v1->outgoing);
    g_free(v1);
}

bool
ike_v1_next_action(IkeV1 *v1, IkeAction *out)
{
    return ike_actions_next(&v1->own_actions, out);
}

void
v1_info(const IkeV1 *v1, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    log_info("%s: %s", v1->peer, text);
}

void
ike_v1_start(IkeV1 *v1, const IkePath *path, IkeTime now)
{
    const char *which;

    v1->now = now;
    v1->path = *path;
    ip_address_to_text(&path->remote, v1->peer);
    if (!phase1_identities_are_usable(v1, &which)) {
        v1_close(v1, FAIL_BAD_IDENTITY, g_strdup(which));
        return;
    }
    random_fill(v1->random, v1->cookie_i, sizeof(v1->cookie_i));
    if (v1->config->mode == EXCHANGE_MODE_AGGRESSIVE)
        aggressive_mode_start(v1);
    else
        main_mode_start(v1);
}

/* Deletes for all that the gateway may have of us, then CLOSED; nothing happens after it. */
Outcome
v1_close(IkeV1 *v1, FailureReason reason, char *detail)
{
    if (v1->phase == PHASE_CLOSED || v1->closing) {
        g_free(detail);
        return OUTCOME_CLOSED;
    }
    v1->closing = true;
    if (v1->phase != PHASE_1 && reason != FAIL_PEER_DEAD) {
        children_delete_all(v1);
        informational_send_delete_isakmp(v1);
    }
    for (guint i = 0; i < v1->children->len; i++)
        ike_actions_remove(v1->actions, ((Child *) v1->children->pdata[i])->inbound_spi);
    v1->phase = PHASE_CLOSED;
    phase1_keys_clear(&v1->keys);
    v1->have_keys = false;
    ike_actions_closed(v1->actions, reason, detail);
    return OUTCOME_CLOSED;
}

Outcome
v1_doubt(IkeV1 *v1, FailureReason reason, char *detail)
{
    v1->hint = reason;
    g_free(v1->hint_detail);
    v1->hint_detail = detail;
    return OUTCOME_IGNORED;
}

void
ike_v1_stop(IkeV1 *v1, IkeTime now)
{
    v1->now = now;
    v1_close(v1, FAIL_NONE, NULL);
}

void
v1_cookies(const IkeV1 *v1, uint8_t out[static COOKIES_LEN])
{
    memcpy(out, v1->cookie_i, ISAKMP_COOKIE_LEN);
    memcpy(out + ISAKMP_COOKIE_LEN, v1->cookie_r, ISAKMP_COOKIE_LEN);
}

void
v1_heard(IkeV1 *v1)
{
    v1->heard_at = v1->now;
    v1->probing_since = IKE_TIME_NEVER;
}

/* What the gateway needs to know us by has served its purpose. */
static void
wipe_phase1_secrets(IkeV1 *v1)
{
    secret_clear(&v1->keys.skeyid);
    secret_clear(&v1->keys.skeyid_e);
}

/* Phase 2 may begin: its IVs come from phase 1's last block. */
void
v1_phase1_ends(IkeV1 *v1, const Exchange *exchange)
{
    memcpy(v1->last_block, exchange->iv, sizeof(v1->last_block));
    v1->phase = PHASE_XAUTH;
}

void
v1_phase1_done(IkeV1 *v1, const Exchange *exchange)
{
    if (v1->phase == PHASE_CLOSED)
        return;
    v1_phase1_ends(v1, exchange);
    g_clear_pointer(&v1->ke, key_exchange_free);
    wipe_phase1_secrets(v1);
    v1->expires_at = v1->now + v1->lifetime * IKE_SECOND;
    if (v1->behind_nat && v1->config->nat_keepalive)
        v1->keepalive_at = v1->now + v1->config->nat_keepalive * IKE_SECOND;
    v1_advance(v1);
}

/* The gateway has the next word: for so long it may keep us waiting. */
static void
wait_for_gateway(IkeV1 *v1, ConnectionPhase phase)
{
    Exchange *aggressive = exchange_find(v1, EXCHANGE_AGGRESSIVE, 0);

    v1->phase = phase;
    v1->wait_until = v1->now + PEER_REQUEST_WAIT;
    /* It waits for us, if our last message was lost. */
    if (aggressive && !v1->peer_confirmed)
        aggressive->retransmit_at = v1->now + RETRANSMIT_FIRST;
}

static void
get_configuration(IkeV1 *v1)
{
    switch (v1->config->addressing) {
    case ADDRESSING_PULL:
        v1->phase = PHASE_CONFIG;
        mode_config_request(v1);
        break;
    case ADDRESSING_PUSH:
        v1_info(v1, "waiting for the gateway to push the configuration");
        wait_for_gateway(v1, PHASE_CONFIG);
        break;
    case ADDRESSING_STATIC:
        g_array_append_vals(
            v1->lease.addresses, v1->config->addresses->data, v1->config->addresses->len);
        v1_advance(v1);
        break;
    case ADDRESSING_NONE:
        break;
    }
}

/* With addressing=none a tunnel goes on with our address outside; transport mode has no inside. */
static bool
is_configured(const IkeV1 *v1)
{
    return v1->config->addressing == ADDRESSING_NONE || v1->lease.addresses->len > 0;
}

static void
keep_own_address(IkeV1 *v1)
{
    IpPrefix own = {v1->path.local, (uint8_t) (8 * ip_address_len(v1->path.local.family))};

    if (v1->config->addressing == ADDRESSING_NONE && v1->config->ipsec_mode == IPSEC_MODE_TUNNEL)
        g_array_append_val(v1->lease.addresses, own);
}

static void
negotiate_child_sas(IkeV1 *v1)
{
    v1->phase = PHASE_QUICK;
    keep_own_address(v1);
    if (slots_make(v1))
        slots_negotiate(v1);
}

static void
establish(IkeV1 *v1)
{
    v1->phase = PHASE_ESTABLISHED;
    v1->gentle = false;
    dpd_start(v1);
    ike_v1_say_established(v1);
    path_mtu_start(v1);
}

/* Called when a step is complete: takes the next one. */
void
v1_advance(IkeV1 *v1)
{
    v1->wait_until = IKE_TIME_NEVER;
    if (v1->phase == PHASE_CLOSED || v1->phase == PHASE_ESTABLISHED)
        return;
    if (connection_config_uses_xauth(v1->config) && !v1->xauth_done) {
        v1_info(v1, "waiting for the gateway to ask for the user name");
        wait_for_gateway(v1, PHASE_XAUTH);
    } else if (!is_configured(v1)) {
        get_configuration(v1);
    } else if (v1->phase != PHASE_QUICK) {
        negotiate_child_sas(v1);
    } else if (slots_all_settled(v1)) {
        establish(v1);
    } else {
        slots_negotiate(v1);
    }
}

static bool
is_for_us(const IkeV1 *v1, const IsakmpHeader *header)
{
    static const uint8_t none[ISAKMP_COOKIE_LEN];
    Bytes known = BYTES_OF_ARRAY(v1->cookie_r);
    bool cookie_r_open = bytes_equal(known, BYTES_OF_ARRAY(none));

    if (!bytes_equal(BYTES_OF_ARRAY(header->initiator_cookie), BYTES_OF_ARRAY(v1->cookie_i)))
        return false;
    /* Only a complaint may come before the gateway has a cookie; else it is our own message. */
    if (header->exchange != EXCHANGE_INFORMATIONAL
        && bytes_equal(BYTES_OF_ARRAY(header->responder_cookie), BYTES_OF_ARRAY(none)))
        return false;
    return cookie_r_open || bytes_equal(BYTES_OF_ARRAY(header->responder_cookie), known);
}

/* A flood of unfinished exchanges must not keep us from hearing a Delete. */
static bool
may_begin(const IkeV1 *v1, const IsakmpHeader *header)
{
    if (message_id_was_used(v1, header->message_id) || v1->exchanges->len >= MAX_EXCHANGES)
        return false;
    if (header->exchange == EXCHANGE_INFORMATIONAL)
        return true;
    return v1->retire_at == IKE_TIME_NEVER && exchanges_unfinished_of_peer(v1) < MAX_PEER_EXCHANGES;
}

/* Of the gateway's: after phase 1, and never a Message ID twice. */
static Exchange *
new_exchange(IkeV1 *v1, const IsakmpHeader *header)
{
    bool clear = (header->flags & ISAKMP_FLAG_ENCRYPTION) == 0;

    if (clear && header->exchange == EXCHANGE_INFORMATIONAL
        && (v1->phase == PHASE_1 || v1->phase == PHASE_ESTABLISHED))
        return exchange_answer(v1, EXCHANGE_INFORMATIONAL, 0);
    if (clear || v1->phase == PHASE_1 || header->message_id == 0 || !may_begin(v1, header))
        return NULL;
    return exchange_answer(v1, header->exchange, header->message_id);
}

/* A gateway with another key cannot read our identity, and says so in a way that we cannot read. */
static void
note_undecryptable(IkeV1 *v1, const IsakmpHeader *header)
{
    const Exchange *main_mode = exchange_find(v1, EXCHANGE_IDENTITY_PROTECTION, 0);

    if (header->exchange == EXCHANGE_INFORMATIONAL && main_mode
        && main_mode->state == STATE_MAIN_ID_SENT)
        v1_doubt(v1, FAIL_WRONG_PSK, NULL);
}

static const char malformed[] = "it is malformed, or encrypted with another key";

static void
receive_message(IkeV1 *v1, Exchange *exchange, Message *message, Bytes body)
{
    g_autofree uint8_t *clear = g_memdup2(body.data, body.len);

    if (message->encrypted && (!v1->have_keys || !message_decrypt(v1, exchange, clear, body.len)))
        machine_ignore(v1, exchange, malformed);
    else if (isakmp_payloads_read(
                 message->header.next_payload, bytes_of(clear, body.len), &message->payloads))
        machine_run(v1, exchange, message);
    else
        machine_ignore(v1, exchange, malformed);
    secret_wipe(clear, body.len);
}

void
ike_v1_receive(IkeV1 *v1, Bytes datagram, bool nat_t, IkeTime now)
{
    Message message;
    Bytes body;
    Exchange *exchange;

    v1->now = now;
    if (v1->phase == PHASE_CLOSED || !isakmp_header_read(datagram, &message.header, &body))
        return;
    if (!is_for_us(v1, &message.header))
        return;
    message.datagram = bytes_of(datagram.data, message.header.length);
    message.encrypted = (message.header.flags & ISAKMP_FLAG_ENCRYPTION) != 0;
    exchange = exchange_find(v1, message.header.exchange, message.header.message_id);
    if (exchange && exchange_is_repetition(exchange, message.datagram)) {
        exchange_answer_again(v1, exchange);
        return;
    }
    if (!exchange)
        exchange = new_exchange(v1, &message.header);
    if (exchange)
        receive_message(v1, exchange, &message, body);
    else
        note_undecryptable(v1, &message.header);
}

void
ike_v1_give_secret(IkeV1 *v1, IkeSecretKind kind, const char *answer, IkeTime now)
{
    v1->now = now;
    if (v1->phase != PHASE_CLOSED)
        xauth_give_secret(v1, kind, answer);
}

static void
send_keepalive(IkeV1 *v1)
{
    ike_actions_keepalive(v1->actions);
    v1->keepalive_at = v1->now + v1->config->nat_keepalive * IKE_SECOND;
}

/* The gateway kept us waiting for too long. */
static void
patience_ends(IkeV1 *v1)
{
    const Exchange *asked = v1->xauth_exchange;

    if (asked)
        v1_close(v1, FAIL_CANCELLED, NULL);
    else if (v1->phase == PHASE_XAUTH && !v1->xauth_answered)
        v1_close(v1, FAIL_XAUTH_MISSING, NULL);
    else if (v1->phase == PHASE_CONFIG)
        v1_close(v1, FAIL_NO_ADDRESS, NULL);
    else
        v1_close(v1,
                 FAIL_FELL_SILENT,
                 g_strdup("it did not say whether it accepts user name and password"));
}

void
ike_v1_timeout(IkeV1 *v1, IkeTime now)
{
    v1->now = now;
    if (v1->phase != PHASE_CLOSED && v1->retire_at <= now)
        v1_close(v1, FAIL_NONE, NULL);
    if (v1->retire_at != IKE_TIME_NEVER)
        return;
    if (v1->phase != PHASE_CLOSED && v1->expires_at <= now)
        v1_close(v1, FAIL_LIFETIME, NULL);
    if (v1->suspended) {
        children_timeout(v1);
        return;
    }
    if (v1->phase != PHASE_CLOSED && v1->wait_until <= now)
        patience_ends(v1);
    if (v1->phase != PHASE_CLOSED)
        exchanges_timeout(v1);
    if (v1->phase != PHASE_CLOSED)
        children_timeout(v1);
    if (v1->phase != PHASE_CLOSED)
        dpd_timeout(v1);
    if (v1->phase != PHASE_CLOSED)
        path_mtu_timeout(v1);
    if (v1->phase != PHASE_CLOSED && v1->keepalive_at <= now)
        send_keepalive(v1);
}

IkeTime
ike_v1_deadline(const IkeV1 *v1)
{
    IkeTime deadline = ike_time_min(v1->wait_until, v1->expires_at);

    if (v1->phase == PHASE_CLOSED)
        return IKE_TIME_NEVER;
    if (v1->retire_at != IKE_TIME_NEVER)
        return v1->retire_at;
    if (v1->suspended)
        return ike_time_min(v1->expires_at, children_deadline(v1));
    deadline = ike_time_min(deadline, v1->keepalive_at);
    deadline = ike_time_min(deadline, dpd_deadline(v1));
    deadline = ike_time_min(deadline, path_mtu_deadline(v1));
    deadline = ike_time_min(deadline, children_deadline(v1));
    for (guint i = 0; i < v1->exchanges->len; i++) {
        const Exchange *exchange = v1->exchanges->pdata[i];

        deadline = ike_time_min(deadline, exchange->retransmit_at);
        deadline = ike_time_min(deadline, exchange->forget_at);
    }
    return deadline;
}
