/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/responder-v1.h"

#include "lib/responder-v1-internal.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"

#include <string.h>

typedef struct {
    GBytes *bytes;
    bool nat_t;
} Datagram;

ResponderConfig
responder_config_default(void)
{
    ResponderConfig config = {
        .identity = "@vpn.example.org",
        .psk = "the group's secret",
        .user = "alice",
        .password = "correct horse",
        .xauth_questions = 1,
        .xauth_code = "123456",
        .lease = "10.20.30.40",
        .netmask = "255.255.255.0",
        .dns = "10.20.30.1",
        .domain = "example.org",
    };

    ip_address_from_text("198.51.100.1", &config.address);
    return config;
}

Responder *
responder_new(const ResponderConfig *config, const RandomSource *random)
{
    Responder *r = g_new0(Responder, 1);

    r->config = *config;
    r->random = random;
    g_queue_init(&r->out);
    r->children = g_ptr_array_new_with_free_func(gateway_child_free);
    r->seen_ids = g_hash_table_new(NULL, NULL);
    responder_forget(r);
    return r;
}

static void
talk_free(gpointer data)
{
    Talk *talk = data;

    g_clear_pointer(&talk->received, g_bytes_unref);
    g_clear_pointer(&talk->sent, g_bytes_unref);
    g_clear_pointer(&talk->nonce_i, g_bytes_unref);
    g_clear_pointer(&talk->nonce_r, g_bytes_unref);
    g_clear_pointer(&talk->shared, g_bytes_unref);
    g_clear_pointer(&talk->ke, key_exchange_free);
    g_clear_pointer(&talk->child, gateway_child_free);
    g_free(talk);
}

void
responder_forget(Responder *r)
{
    GBytes **owned[] = {&r->sa_i,
                        &r->nonce_i,
                        &r->nonce_r,
                        &r->public_i,
                        &r->id_i,
                        &r->id_r,
                        &r->vendor_ids,
                        &r->skeyid,
                        &r->skeyid_d,
                        &r->skeyid_a,
                        &r->skeyid_e,
                        &r->key};

    for (size_t i = 0; i < G_N_ELEMENTS(owned); i++)
        g_clear_pointer(owned[i], g_bytes_unref);
    g_clear_pointer(&r->ke, key_exchange_free);
    g_clear_pointer(&r->talks, g_ptr_array_unref);
    r->talks = g_ptr_array_new_with_free_func(talk_free);
    g_ptr_array_set_size(r->children, 0);
    g_hash_table_remove_all(r->seen_ids);
    memset(r->cookie_i, 0, sizeof(r->cookie_i));
    r->record.authenticated = false;
}

void
responder_free(Responder *r)
{
    GBytes *bytes;
    bool nat_t;

    while (responder_next_datagram(r, &bytes, &nat_t))
        g_bytes_unref(bytes);
    responder_forget(r);
    g_ptr_array_unref(r->talks);
    g_ptr_array_unref(r->children);
    g_hash_table_unref(r->seen_ids);
    g_free(r);
}

static void
put_out(Responder *r, GBytes *bytes)
{
    Datagram *datagram = g_new(Datagram, 1);

    *datagram = (Datagram){g_bytes_ref(bytes), r->nat_t};
    g_queue_push_tail(&r->out, datagram);
}

bool
responder_next_datagram(Responder *r, GBytes **out, bool *nat_t)
{
    Datagram *datagram = g_queue_pop_head(&r->out);

    if (!datagram)
        return false;
    *out = datagram->bytes;
    *nat_t = datagram->nat_t;
    g_free(datagram);
    return true;
}

/* --- messages ------------------------------------------------------------------------------- */

Talk *
gateway_talk_new(Responder *r, uint8_t type, uint32_t id)
{
    Talk *talk = g_new0(Talk, 1);

    talk->type = type;
    talk->id = id;
    talk->repeat_at = IKE_TIME_NEVER;
    if (id != 0)
        gateway_phase2_iv(r, id, talk->iv);
    g_ptr_array_add(r->talks, talk);
    return talk;
}

Talk *
gateway_talk_begin(Responder *r, uint8_t type)
{
    uint32_t id;

    do {
        id = random_u32(r->random);
    } while (id == 0 || !g_hash_table_add(r->seen_ids, GUINT_TO_POINTER(id)));
    return gateway_talk_new(r, type, id);
}

static Talk *
talk_find(Responder *r, uint8_t type, uint32_t id)
{
    for (guint i = 0; i < r->talks->len; i++) {
        Talk *talk = r->talks->pdata[i];

        if (talk->type == type && talk->id == id)
            return talk;
    }
    return NULL;
}

void
gateway_talk_over(Responder *r, Talk *talk)
{
    talk->state = TALK_DONE;
    talk->repeat_at = IKE_TIME_NEVER;
}

IsakmpWriter
gateway_message(Responder *r, const Talk *talk)
{
    IsakmpHeader header = {.exchange = talk->type, .message_id = talk->id};

    memcpy(header.initiator_cookie, r->cookie_i, 8);
    memcpy(header.responder_cookie, r->cookie_r, 8);
    return isakmp_writer_begin(r->buffer, sizeof(r->buffer), &header);
}

IsakmpWriter
gateway_message_hashed(Responder *r, const Talk *talk)
{
    IsakmpWriter m = gateway_message(r, talk);
    uint8_t room[MAX_PRF_LEN] = {0};

    isakmp_payload_write(&m, PAYLOAD_HASH, bytes_of(room, r->proposal.prf->len));
    return m;
}

void
gateway_send_hashed(Responder *r, Talk *talk, IsakmpWriter *m, Bytes nonce, bool expects)
{
    size_t rest_at = ISAKMP_HEADER_LEN + 4u + r->proposal.prf->len;
    Bytes rest = bytes_of(m->w.data + rest_at, m->w.len - rest_at);
    g_autoptr(GBytes) hash = gateway_message_hash(r, talk->id, nonce, rest);

    writer_patch(&m->w, ISAKMP_HEADER_LEN + 4, bytes_of_gbytes(hash));
    gateway_send(r, talk, m, true, expects);
}

void
gateway_send(Responder *r, Talk *talk, IsakmpWriter *m, bool encrypt, bool expects)
{
    Bytes message;

    if (encrypt)
        isakmp_writer_pad(m, r->proposal.encryption->block_len);
    message = isakmp_writer_finish(m, encrypt ? ISAKMP_FLAG_ENCRYPTION : 0);
    g_assert_cmpuint(message.len, >, 0);
    if (encrypt)
        g_assert_true(gateway_crypt(
            r, talk, true, r->buffer + ISAKMP_HEADER_LEN, message.len - ISAKMP_HEADER_LEN));
    g_clear_pointer(&talk->sent, g_bytes_unref);
    talk->sent = bytes_copy(message);
    talk->repeats = 0;
    talk->repeat_at = expects ? r->now + GATEWAY_RETRANSMIT : IKE_TIME_NEVER;
    put_out(r, talk->sent);
}

void
gateway_informational(
    Responder *r, bool deletion, uint8_t protocol, Bytes spi, uint16_t type, Bytes data)
{
    Talk *talk = gateway_talk_begin(r, EXCHANGE_INFORMATIONAL);
    IsakmpWriter m = gateway_message_hashed(r, talk);

    if (deletion)
        delete_payload_write(
            &m, &(DeletePayload){.protocol = protocol, .spi_len = spi.len, .spis = {spi}, .n = 1});
    else
        notification_payload_write(
            &m,
            &(NotificationPayload){.protocol = protocol, .spi = spi, .type = type, .data = data});
    gateway_send_hashed(r, talk, &m, (Bytes){0}, false);
    g_ptr_array_remove(r->talks, talk);
}

Bytes
gateway_body(const Received *message, uint8_t type, size_t n)
{
    const IsakmpPayload *payload = isakmp_payload_nth(&message->payloads, type, n);

    return payload ? payload->body : (Bytes){0};
}

/* --- informational -------------------------------------------------------------------------- */

static uint32_t
number(Bytes bytes)
{
    bool malformed = false;
    Reader reader = reader_of(bytes, &malformed);

    return reader_u32(&reader);
}

static void
take_notification(Responder *r, Bytes body)
{
    uint8_t cookies[16];
    NotificationPayload n;

    memcpy(cookies, r->cookie_i, 8);
    memcpy(cookies + 8, r->cookie_r, 8);
    if (!notification_payload_read(body, &n))
        return;
    if (n.type == NOTIFY_R_U_THERE) {
        r->record.probes++;
        g_assert_cmpmem(n.spi.data, n.spi.len, cookies, 16);
        if (r->config.fault != FAULT_DPD_SILENT)
            gateway_informational(
                r, false, PROTO_ISAKMP, BYTES_OF_ARRAY(cookies), NOTIFY_R_U_THERE_ACK, n.data);
    } else if (n.type == NOTIFY_R_U_THERE_ACK) {
        r->record.probe_answers++;
    } else if (n.type < NOTIFY_FIRST_STATUS) {
        r->record.last_error = n.type;
    }
}

static void
take_deletion(Responder *r, Bytes body)
{
    DeletePayload d;

    if (!delete_payload_read(body, &d))
        return;
    if (d.protocol == PROTO_ISAKMP) {
        g_assert_cmpuint(d.spi_len, ==, 16);
        r->record.deleted_by_client = true;
        r->dead = true;
        g_ptr_array_set_size(r->children, 0);
        return;
    }
    for (size_t i = 0; i < d.n && d.spi_len == 4; i++)
        gateway_remove_child(r, number(d.spis[i]));
}

static void
take_informational(Responder *r, const Received *message)
{
    for (size_t i = 1; i < message->payloads.n; i++) {
        const IsakmpPayload *payload = &message->payloads.items[i];

        if (payload->type == PAYLOAD_NOTIFICATION)
            take_notification(r, payload->body);
        else if (payload->type == PAYLOAD_DELETE)
            take_deletion(r, payload->body);
    }
}

/* --- receiving ------------------------------------------------------------------------------ */

/* HASH(1), or in quick mode HASH(2) and HASH(3). */
static GBytes *
expected_hash(Responder *r, const Talk *talk, const Received *message)
{
    Bytes nonce = {0};

    if (talk->state == TALK_QUICK_ANSWERED)
        return gateway_hash_3(r, talk);
    if (talk->state == TALK_QUICK_ASKED)
        nonce = bytes_of_gbytes(talk->nonce_i);
    return gateway_message_hash(
        r, talk->id, nonce, isakmp_payloads_behind_first(&message->payloads));
}

/* The hash does not cover the header: another exchange type must not use up the Message ID. */
static bool
belongs_to_type(const Received *message)
{
    const IsakmpPayloads *payloads = &message->payloads;

    switch (message->header.exchange) {
    case EXCHANGE_TRANSACTION:
        return isakmp_payload_first(payloads, PAYLOAD_ATTRIBUTES) != NULL;
    case EXCHANGE_QUICK:
        return isakmp_payload_first(payloads, PAYLOAD_ATTRIBUTES) == NULL
               && isakmp_payload_first(payloads, PAYLOAD_DELETE) == NULL;
    case EXCHANGE_INFORMATIONAL:
        return isakmp_payload_first(payloads, PAYLOAD_NOTIFICATION) != NULL
               || isakmp_payload_first(payloads, PAYLOAD_DELETE) != NULL;
    default:
        return false;
    }
}

static bool
is_authentic(Responder *r, const Talk *talk, const Received *message)
{
    g_autoptr(GBytes) hash = NULL;

    if (!belongs_to_type(message) || message->payloads.n == 0
        || message->payloads.items[0].type != PAYLOAD_HASH)
        return false;
    hash = expected_hash(r, talk, message);
    return bytes_equal(bytes_of_gbytes(hash), message->payloads.items[0].body);
}

static bool
open_message(Responder *r, Talk *talk, Received *message, uint8_t *body, size_t len)
{
    if (message->encrypted && (!r->key || !gateway_crypt(r, talk, false, body, len)))
        return false;
    return isakmp_payloads_read(
        message->header.next_payload, bytes_of(body, len), &message->payloads);
}

static void
next_iv(Responder *r, Talk *talk, const Received *message)
{
    size_t block = r->proposal.encryption->block_len;

    memcpy(talk->iv, message->datagram.data + message->datagram.len - block, block);
}

static void
undecryptable(Responder *r, Talk *talk)
{
    if (talk->state != TALK_MAIN_KE || r->config.fault != FAULT_UNDECRYPTABLE)
        return;
    memset(r->last_block, 0, sizeof(r->last_block));
    gateway_informational(r, false, PROTO_ISAKMP, (Bytes){0}, NOTIFY_PAYLOAD_MALFORMED, (Bytes){0});
}

static bool
is_phase_1(const Received *message)
{
    return message->header.exchange == EXCHANGE_IDENTITY_PROTECTION
           || message->header.exchange == EXCHANGE_AGGRESSIVE;
}

static void
dispatch(Responder *r, Talk *talk, const Received *message)
{
    switch (message->header.exchange) {
    case EXCHANGE_IDENTITY_PROTECTION:
        gateway_main_mode(r, talk, message);
        break;
    case EXCHANGE_AGGRESSIVE:
        gateway_aggressive_mode(r, talk, message);
        break;
    case EXCHANGE_TRANSACTION:
        gateway_transaction(r, talk, message);
        break;
    case EXCHANGE_QUICK:
        gateway_quick(r, talk, message);
        break;
    default:
        break;
    }
}

static bool
is_repetition(const Talk *talk, Bytes datagram)
{
    return talk->received && bytes_equal(bytes_of_gbytes(talk->received), datagram);
}

static void
take_authentic(Responder *r, Talk *talk, const Received *message)
{
    if (message->encrypted)
        next_iv(r, talk, message);
    g_clear_pointer(&talk->received, g_bytes_unref);
    talk->received = bytes_copy(message->datagram);
    dispatch(r, talk, message);
}

/* Phase 2: encrypted, and hashed as the exchange says. A Message ID is used once. */
static void
receive_phase2(Responder *r, Received *message, uint8_t *body, size_t len)
{
    Talk *talk = talk_find(r, message->header.exchange, message->header.message_id);
    bool is_new = talk == NULL;
    bool known = g_hash_table_contains(r->seen_ids, GUINT_TO_POINTER(message->header.message_id));

    if (!r->record.authenticated || !message->encrypted || (is_new && known))
        return;
    if (is_new)
        talk = gateway_talk_new(r, message->header.exchange, message->header.message_id);
    if (is_repetition(talk, message->datagram)) {
        if (talk->sent)
            put_out(r, talk->sent);
        return;
    }
    if (!open_message(r, talk, message, body, len) || !is_authentic(r, talk, message)) {
        if (is_new)
            g_ptr_array_remove(r->talks, talk);
        return;
    }
    g_hash_table_add(r->seen_ids, GUINT_TO_POINTER(talk->id));
    if (talk->type == EXCHANGE_INFORMATIONAL) {
        g_ptr_array_remove(r->talks, talk);
        take_informational(r, message);
    } else {
        take_authentic(r, talk, message);
    }
}

static void
receive_phase1(Responder *r, Received *message, uint8_t *body, size_t len)
{
    Talk *talk = talk_find(r, message->header.exchange, 0);

    if (talk && is_repetition(talk, message->datagram)) {
        if (talk->sent)
            put_out(r, talk->sent);
        return;
    }
    if (!talk)
        talk = gateway_talk_new(r, message->header.exchange, 0);
    if (!open_message(r, talk, message, body, len)) {
        undecryptable(r, talk);
        return;
    }
    dispatch(r, talk, message);
    if (talk->state == TALK_IDLE) /* refused: nothing is kept of it, the client may try anew */
        g_ptr_array_remove(r->talks, talk);
}

static bool
is_ours(Responder *r, const IsakmpHeader *header)
{
    static const uint8_t none[8];
    bool first = bytes_equal(BYTES_OF_ARRAY(header->responder_cookie), BYTES_OF_ARRAY(none));

    if (r->talks->len == 0 && first) {
        memcpy(r->cookie_i, header->initiator_cookie, 8);
        random_fill(r->random, r->cookie_r, 8);
        return true;
    }
    return bytes_equal(BYTES_OF_ARRAY(header->initiator_cookie), BYTES_OF_ARRAY(r->cookie_i))
           && (first
               || bytes_equal(BYTES_OF_ARRAY(header->responder_cookie),
                              BYTES_OF_ARRAY(r->cookie_r)));
}

bool
responder_is_concerned(const Responder *r, Bytes datagram)
{
    static const uint8_t none[8];
    IsakmpHeader header;
    Bytes body;
    bool first;

    if (!isakmp_header_read(datagram, &header, &body))
        return false;
    first = bytes_equal(BYTES_OF_ARRAY(header.responder_cookie), BYTES_OF_ARRAY(none));
    if (r->talks->len == 0 && first && !r->dead)
        return true;
    return bytes_equal(BYTES_OF_ARRAY(header.initiator_cookie), BYTES_OF_ARRAY(r->cookie_i));
}

void
responder_die(Responder *r)
{
    responder_forget(r);
    r->dead = true;
}

bool
responder_is_dead(const Responder *r)
{
    return r->dead;
}

GBytes *
responder_complaint(Bytes datagram)
{
    IsakmpHeader header;
    Bytes body;
    uint8_t buffer[256], cookies[16];
    IsakmpWriter m;

    if (!isakmp_header_read(datagram, &header, &body))
        return NULL;
    memcpy(cookies, header.initiator_cookie, 8);
    memcpy(cookies + 8, header.responder_cookie, 8);
    header.exchange = EXCHANGE_INFORMATIONAL;
    m = isakmp_writer_begin(buffer, sizeof(buffer), &header);
    notification_payload_write(&m,
                               &(NotificationPayload){.protocol = PROTO_ISAKMP,
                                                      .spi = BYTES_OF_ARRAY(cookies),
                                                      .type = NOTIFY_INVALID_COOKIE});
    return bytes_copy(isakmp_writer_finish(&m, 0));
}

const ResponderPath *
responder_path(const Responder *r)
{
    return &r->path;
}

void
responder_move(Responder *r, const ResponderPath *path)
{
    if (!r->config.stays || !r->record.authenticated)
        r->path = *path;
}

void
responder_receive(Responder *r, const ResponderPath *path, Bytes datagram, bool nat_t, IkeTime now)
{
    g_autofree uint8_t *copy = NULL;
    Received message;
    Bytes body;

    r->now = now;
    if (r->dead || (r->config.silent_after && r->heard >= r->config.silent_after))
        return;
    if (!isakmp_header_read(datagram, &message.header, &body) || !is_ours(r, &message.header))
        return;
    r->heard++;
    responder_move(r, path);
    r->nat_t = nat_t;
    message.encrypted = message.header.flags & ISAKMP_FLAG_ENCRYPTION;
    message.datagram = bytes_of(datagram.data, message.header.length);
    copy = g_memdup2(body.data, body.len);
    if (is_phase_1(&message))
        receive_phase1(r, &message, copy, body.len);
    else
        receive_phase2(r, &message, copy, body.len);
}

/* --- time ----------------------------------------------------------------------------------- */

static void
repeat(Responder *r, Talk *talk)
{
    if (talk->repeats == GATEWAY_TRIES) {
        if (talk->state == TALK_QUICK_ASKED || talk->state == TALK_QUICK_ANSWERED)
            gateway_talk_over(r, talk);
        else
            r->dead = true;
        return;
    }
    talk->repeats++;
    talk->repeat_at = r->now + GATEWAY_RETRANSMIT;
    put_out(r, talk->sent);
}

void
responder_timeout(Responder *r, IkeTime now)
{
    r->now = now;
    for (guint i = 0; i < r->talks->len && !r->dead; i++) {
        Talk *talk = r->talks->pdata[i];

        if (talk->repeat_at <= now)
            repeat(r, talk);
    }
    for (guint i = r->children->len; i > 0 && !r->dead; i--) {
        ResponderChild *child = r->children->pdata[i - 1];

        if (child->gone_at <= now)
            g_ptr_array_remove(r->children, child);
        else if (child->delete_at <= now)
            responder_delete_child(r, child, now);
    }
}

IkeTime
responder_deadline(const Responder *r)
{
    IkeTime deadline = IKE_TIME_NEVER;

    if (r->dead)
        return deadline;
    for (guint i = 0; i < r->talks->len; i++)
        deadline = ike_time_min(deadline, ((Talk *) r->talks->pdata[i])->repeat_at);
    for (guint i = 0; i < r->children->len; i++) {
        const ResponderChild *child = r->children->pdata[i];

        deadline = ike_time_min(deadline, ike_time_min(child->delete_at, child->gone_at));
    }
    return deadline;
}

/* --- what it does by itself ------------------------------------------------------------------ */

void
responder_rekey(Responder *r, const ResponderChild *old, IkeTime now)
{
    r->now = now;
    gateway_quick_begin(r, old);
}

void
responder_delete_child(Responder *r, const ResponderChild *which, IkeTime now)
{
    ResponderChild *child = (ResponderChild *) which;
    uint32_t spi = GUINT32_TO_BE(child->sa.inbound_spi);

    r->now = now;
    gateway_informational(r, true, PROTO_IPSEC_ESP, bytes_of(&spi, 4), 0, (Bytes){0});
    if (!responder_child_by_inbound_spi(r, child->sa.inbound_spi))
        return;
    child->outbound = false;
    child->delete_at = IKE_TIME_NEVER;
    child->gone_at = now + GATEWAY_LINGER;
}

static void
cookies_of(const Responder *r, uint8_t *out)
{
    memcpy(out, r->cookie_i, 8);
    memcpy(out + 8, r->cookie_r, 8);
}

void
responder_delete_isakmp(Responder *r, IkeTime now)
{
    uint8_t cookies[16];

    r->now = now;
    cookies_of(r, cookies);
    gateway_informational(r, true, PROTO_ISAKMP, BYTES_OF_ARRAY(cookies), 0, (Bytes){0});
    r->dead = true;
}

void
responder_probe(Responder *r, uint32_t seq, IkeTime now)
{
    uint32_t field = GUINT32_TO_BE(seq);
    uint8_t cookies[16];

    r->now = now;
    cookies_of(r, cookies);
    gateway_informational(
        r, false, PROTO_ISAKMP, BYTES_OF_ARRAY(cookies), NOTIFY_R_U_THERE, bytes_of(&field, 4));
}

void
responder_push(Responder *r, IkeTime now)
{
    r->now = now;
    gateway_push(r);
}

void
responder_send_error(Responder *r, uint16_t notify, IkeTime now)
{
    r->now = now;
    gateway_informational(r, false, PROTO_ISAKMP, (Bytes){0}, notify, (Bytes){0});
}

void
responder_set_fault(Responder *r, ResponderFault fault)
{
    r->config.fault = fault;
}

const ResponderRecord *
responder_record(const Responder *r)
{
    return &r->record;
}

size_t
responder_n_children(const Responder *r)
{
    return r->children->len;
}

const ResponderChild *
responder_child(const Responder *r, size_t index)
{
    return r->children->pdata[index];
}

const ResponderChild *
responder_child_by_inbound_spi(const Responder *r, uint32_t spi)
{
    for (guint i = 0; i < r->children->len; i++) {
        const ResponderChild *child = r->children->pdata[i];

        if (child->sa.inbound_spi == spi)
            return child;
    }
    return NULL;
}

size_t
responder_n_pending(const Responder *r)
{
    size_t n = 0;

    for (guint i = 0; i < r->talks->len; i++)
        n += ((Talk *) r->talks->pdata[i])->repeat_at != IKE_TIME_NEVER;
    return r->dead ? 0 : n;
}
