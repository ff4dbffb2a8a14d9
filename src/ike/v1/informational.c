/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/informational.h"
#include "base/log.h"
#include "ike/v1/children.h"
#include "ike/v1/exchange.h"
#include "ike/v1/message.h"
#include "ike/v1/phase1.h"
#include "ike/v1/quick-mode.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"

/* Informational exchanges (RFC 2409, 5.7): one message, nobody answers.
 *
 *   HDR*, HASH(1), N or D   in either direction
 */

enum {
    PAYLOAD_HEADER_LEN = 4, /* RFC 2408, 3.2 */
    NON_ESP_MARKER_LEN = 4, /* RFC 3948, 2.2 */
};

static void
send_delete(IkeV1 *v1, uint8_t protocol, Bytes spi)
{
    Exchange *exchange = exchange_begin(v1, EXCHANGE_INFORMATIONAL);
    IsakmpWriter m = message_begin_hashed(v1, exchange);
    DeletePayload deletion = {.protocol = protocol, .spi_len = spi.len, .spis = {spi}, .n = 1};

    delete_payload_write(&m, &deletion);
    message_send_hashed(v1, exchange, &m, (Bytes){0}, false);
    exchange_forget(v1, exchange);
}

void
informational_send_delete_child(IkeV1 *v1, uint32_t inbound_spi)
{
    uint32_t spi = GUINT32_TO_BE(inbound_spi);

    send_delete(v1, PROTO_IPSEC_ESP, bytes_of(&spi, sizeof(spi)));
}

void
informational_send_delete_isakmp(IkeV1 *v1)
{
    uint8_t spi[COOKIES_LEN];

    v1_cookies(v1, spi);
    send_delete(v1, PROTO_ISAKMP, BYTES_OF_ARRAY(spi));
}

static void
write_notify(const IkeV1 *v1, IsakmpWriter *m, uint16_t type, Bytes data)
{
    uint8_t spi[COOKIES_LEN];

    v1_cookies(v1, spi);
    notification_payload_write(
        m,
        &(NotificationPayload){
            .protocol = PROTO_ISAKMP, .spi = BYTES_OF_ARRAY(spi), .type = type, .data = data});
}

void
informational_send_notify(IkeV1 *v1, uint16_t type, Bytes data)
{
    Exchange *exchange = exchange_begin(v1, EXCHANGE_INFORMATIONAL);
    IsakmpWriter m = message_begin_hashed(v1, exchange);

    write_notify(v1, &m, type, data);
    message_send_hashed(v1, exchange, &m, (Bytes){0}, false);
    exchange_forget(v1, exchange);
}

/* A vendor ID that nobody knows: the one payload that everybody passes over in any message (RFC
 * 2408, 3.16; libreswan drops a message with a notify that it has no name for). */
static bool
write_padding(IkeV1 *v1, IsakmpWriter *m, size_t message_len)
{
    static const uint8_t zeros[MAX_PATH_MTU];
    size_t block = v1->proposal.encryption->block_len;
    size_t whole = ISAKMP_HEADER_LEN + (message_len - ISAKMP_HEADER_LEN) / block * block;

    if (message_len < ISAKMP_HEADER_LEN || whole < m->w.len + PAYLOAD_HEADER_LEN)
        return false;
    isakmp_payload_write(
        m, PAYLOAD_VENDOR_ID, bytes_of(zeros, whole - m->w.len - PAYLOAD_HEADER_LEN));
    return true;
}

uint32_t
informational_send_probe(IkeV1 *v1, Bytes seq, uint32_t size)
{
    Exchange *exchange = exchange_begin(v1, EXCHANGE_INFORMATIONAL);
    IsakmpWriter m = message_begin_hashed(v1, exchange);
    size_t headers =
        outer_headers_len(v1->path.remote.family, true) + (v1->nat_t ? NON_ESP_MARKER_LEN : 0);
    uint32_t sent = 0;

    exchange->whole = true;
    write_notify(v1, &m, NOTIFY_R_U_THERE, seq);
    if (size > headers && write_padding(v1, &m, size - headers)) {
        message_send_hashed(v1, exchange, &m, (Bytes){0}, false);
        sent = (uint32_t) (headers + g_bytes_get_size(exchange->sent));
    }
    exchange_forget(v1, exchange);
    return sent;
}

static char *
notify_text(unsigned type)
{
    const char *name = notify_type_name(type);

    return name ? g_strdup(name) : g_strdup_printf("notify %u", type);
}

/* What an error notify means while phase 1 goes on. */
static FailureReason
phase1_reason(unsigned type)
{
    switch (type) {
    case NOTIFY_NO_PROPOSAL_CHOSEN:
    case NOTIFY_BAD_PROPOSAL_SYNTAX:
        return FAIL_NO_PROPOSAL_IKE;
    case NOTIFY_INVALID_ID_INFORMATION:
    case NOTIFY_AUTHENTICATION_FAILED:
    case NOTIFY_INVALID_HASH_INFORMATION:
    case NOTIFY_PAYLOAD_MALFORMED:
        return FAIL_AUTHENTICATION;
    default:
        return FAIL_PROTOCOL;
    }
}

/* A gateway that restarted can say no more than this; but so can anybody, so it is a reason to ask,
 * and no more. */
static void
take_doubt(IkeV1 *v1, unsigned type)
{
    if ((type != NOTIFY_INVALID_COOKIE && type != NOTIFY_INVALID_SPI)
        || v1->now - v1->doubted_at < DOUBT_INTERVAL)
        return;
    v1->doubted = true;
    v1->doubted_at = v1->now;
    v1_info(v1, "somebody says that the gateway does not know us (%s)", notify_type_name(type));
}

/* Nobody vouches for it: it counts only if the right answer does not come (retransmit() in
 * exchange.c). */
Outcome
informational_take_hint(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    const IsakmpPayload *payload = isakmp_payload_first(&message->payloads, PAYLOAD_NOTIFICATION);
    NotificationPayload notify;

    if (!notification_payload_read(payload->body, &notify) || notify.type >= NOTIFY_FIRST_STATUS)
        return OUTCOME_IGNORED;
    if (v1->phase != PHASE_1) {
        take_doubt(v1, notify.type);
        return OUTCOME_IGNORED;
    }
    return v1_doubt(v1, phase1_reason(notify.type), notify_text(notify.type));
}

/* An error after phase 1 is about XAUTH or about a quick mode under way. */
static void
take_error(IkeV1 *v1, const NotificationPayload *notify)
{
    g_autofree char *text = notify_text(notify->type);
    bool has_spi = notify->protocol == PROTO_IPSEC_ESP && notify->spi.len == 4;

    v1_info(v1, "the gateway says %s", text);
    if (v1->phase == PHASE_XAUTH) {
        v1_close(v1,
                 notify->type == NOTIFY_AUTHENTICATION_FAILED && v1->xauth_answered
                     ? FAIL_XAUTH_REFUSED
                     : FAIL_AUTHENTICATION,
                 g_steal_pointer(&text));
        return;
    }
    quick_mode_refused(
        v1, notify->type, has_spi ? quick_mode_spi(notify->spi) : 0, g_steal_pointer(&text));
}

/* RESPONDER-LIFETIME for the ISAKMP SA may come on its own (RFC 2407, 4.6.3.1). */
static void
take_lifetime(IkeV1 *v1, const IsakmpPayloads *payloads)
{
    uint32_t before = v1->lifetime;

    phase1_take_lifetime(v1, payloads);
    if (v1->lifetime < before)
        v1->expires_at = ike_time_min(v1->expires_at, v1->now + v1->lifetime * IKE_SECOND);
}

static void
take_notify(IkeV1 *v1, Bytes body)
{
    NotificationPayload notify;

    if (!notification_payload_read(body, &notify))
        return;
    if (notify.type == NOTIFY_R_U_THERE)
        dpd_take_probe(v1, notify.data);
    else if (notify.type == NOTIFY_R_U_THERE_ACK)
        dpd_take_ack(v1, notify.data);
    else if (notify.type < NOTIFY_FIRST_STATUS)
        take_error(v1, &notify);
}

/* Not one that a predecessor of ours left behind. Without both cookies it can only be this one. */
static bool
names_this_isakmp_sa(const IkeV1 *v1, const DeletePayload *deletion)
{
    uint8_t spi[COOKIES_LEN];

    v1_cookies(v1, spi);
    if (deletion->spi_len != sizeof(spi))
        return true;
    for (size_t i = 0; i < deletion->n; i++) {
        if (bytes_equal(deletion->spis[i], BYTES_OF_ARRAY(spi)))
            return true;
    }
    return false;
}

/* The SPIs in a Delete are its sender's inbound ones: our outbound ones (RFC 2408, 3.15). */
static void
take_delete(IkeV1 *v1, Bytes body)
{
    DeletePayload deletion;

    if (!delete_payload_read(body, &deletion))
        return;
    if (deletion.protocol == PROTO_ISAKMP) {
        if (names_this_isakmp_sa(v1, &deletion))
            v1_close(v1,
                     v1->phase == PHASE_XAUTH && v1->xauth_answered ? FAIL_XAUTH_REFUSED
                                                                    : FAIL_DELETED_BY_PEER,
                     NULL);
        return;
    }
    for (size_t i = 0;
         i < deletion.n && deletion.protocol == PROTO_IPSEC_ESP && v1->phase != PHASE_CLOSED;
         i++) {
        uint32_t spi = quick_mode_spi(deletion.spis[i]);
        Child *child = child_by_outbound_spi(v1, spi);

        /* strongSwan, where it could not install what it had agreed to, names our end's. */
        if (!child)
            child = child_by_inbound_spi(v1, spi);
        if (child && deletion.spi_len == 4)
            child_deleted_by_peer(v1, child);
    }
}

Outcome
informational_take(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    take_lifetime(v1, &message->payloads);
    for (size_t i = 0; i < message->payloads.n && v1->phase != PHASE_CLOSED; i++) {
        const IsakmpPayload *payload = &message->payloads.items[i];

        if (payload->type == PAYLOAD_NOTIFICATION)
            take_notify(v1, payload->body);
        else if (payload->type == PAYLOAD_DELETE)
            take_delete(v1, payload->body);
    }
    return v1->phase == PHASE_CLOSED ? OUTCOME_CLOSED : OUTCOME_NEXT;
}
