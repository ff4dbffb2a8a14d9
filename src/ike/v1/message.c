/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/message.h"
#include "crypto/cbc.h"
#include "crypto/prf.h"

#include <string.h>

enum { HASH_BODY_AT = ISAKMP_HEADER_LEN + 4 };

IsakmpWriter
message_begin(IkeV1 *v1, const Exchange *exchange)
{
    IsakmpHeader header = {.exchange = (uint8_t) exchange->type,
                           .message_id = exchange->message_id};

    memcpy(header.initiator_cookie, v1->cookie_i, ISAKMP_COOKIE_LEN);
    memcpy(header.responder_cookie, v1->cookie_r, ISAKMP_COOKIE_LEN);
    return isakmp_writer_begin(v1->outgoing, OUTGOING_SIZE, &header);
}

IsakmpWriter
message_begin_hashed(IkeV1 *v1, const Exchange *exchange)
{
    static const uint8_t zeros[MAX_PRF_LEN];
    IsakmpWriter m = message_begin(v1, exchange);

    isakmp_payload_write(&m, PAYLOAD_HASH, bytes_of(zeros, v1->proposal.prf->len));
    return m;
}

Secret
message_hash(IkeV1 *v1, uint32_t message_id, Bytes prefix, Bytes rest)
{
    uint32_t id = GUINT32_TO_BE(message_id);
    Bytes parts[] = {bytes_of(&id, sizeof(id)), prefix, rest};

    return prf_derive(v1->proposal.prf, secret_view(&v1->keys.skeyid_a), parts, 3);
}

bool
message_has_hash(IkeV1 *v1, const Message *message, Bytes prefix)
{
    Bytes rest = isakmp_payloads_behind_first(&message->payloads);
    g_auto(Secret) hash = message_hash(v1, message->header.message_id, prefix, rest);

    return bytes_equal(secret_view(&hash), message->payloads.items[0].body);
}

void
message_send_hashed(
    IkeV1 *v1, Exchange *exchange, IsakmpWriter *m, Bytes prefix, bool answer_expected)
{
    size_t rest_at = HASH_BODY_AT + v1->proposal.prf->len;
    Bytes rest = bytes_of(m->w.data + rest_at, m->w.len - rest_at);
    g_auto(Secret) hash = message_hash(v1, exchange->message_id, prefix, rest);

    writer_patch(&m->w, HASH_BODY_AT, secret_view(&hash));
    message_send(v1, exchange, m, true, answer_expected);
}

/* Everything behind the header is encrypted, and its last block is the exchange's next IV (RFC
 * 2409, appendix B). */
static bool
encrypt(IkeV1 *v1, Exchange *exchange, Bytes message)
{
    const EncryptionAlgorithm *algorithm = v1->proposal.encryption;
    uint8_t *body = v1->outgoing + ISAKMP_HEADER_LEN;
    size_t len = message.len - ISAKMP_HEADER_LEN;

    if (!cbc_encrypt(algorithm,
                     secret_view(&v1->keys.encryption),
                     bytes_of(exchange->iv, algorithm->block_len),
                     body,
                     len))
        return false;
    memcpy(exchange->iv, body + len - algorithm->block_len, algorithm->block_len);
    return true;
}

void
message_send(IkeV1 *v1, Exchange *exchange, IsakmpWriter *m, bool encrypted, bool answer_expected)
{
    Bytes message;

    if (encrypted)
        isakmp_writer_pad(m, v1->proposal.encryption->block_len);
    message = isakmp_writer_finish(m, encrypted ? ISAKMP_FLAG_ENCRYPTION : 0);
    if (message.len == 0 || (encrypted && !encrypt(v1, exchange, message))) {
        v1_close(v1, FAIL_INTERNAL, g_strdup("a message could not be built"));
        return;
    }
    g_clear_pointer(&exchange->sent, g_bytes_unref);
    exchange->sent = bytes_copy(message);
    exchange->n_sent++;
    exchange->tries = 0;
    exchange->retransmit_at = answer_expected ? v1->now + RETRANSMIT_FIRST : IKE_TIME_NEVER;
    exchange->answered_at = v1->now;
    if (exchange->whole)
        ike_actions_send_whole(v1->actions, g_bytes_ref(exchange->sent), v1->nat_t);
    else
        ike_actions_send(v1->actions, g_bytes_ref(exchange->sent), v1->nat_t);
}

bool
message_decrypt(IkeV1 *v1, const Exchange *exchange, uint8_t *body, size_t len)
{
    const EncryptionAlgorithm *algorithm = v1->proposal.encryption;

    if (len == 0 || len % algorithm->block_len != 0)
        return false;
    return cbc_decrypt(algorithm,
                       secret_view(&v1->keys.encryption),
                       bytes_of(exchange->iv, algorithm->block_len),
                       body,
                       len);
}
