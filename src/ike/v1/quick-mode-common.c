/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/packet-cipher.h"
#include "crypto/prf.h"
#include "ike/v1/children.h"
#include "ike/v1/quick-mode.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"

/* What both roles of quick mode share (RFC 2409, 5.5). */

uint16_t
quick_mode_encapsulation(const IkeV1 *v1)
{
    return v1->udp_encap ? v1->nat_traversal.encapsulation_mode : ENCAPSULATION_MODE_TUNNEL;
}

uint32_t
quick_mode_spi(Bytes field)
{
    bool malformed = false;
    Reader r = reader_of(field, &malformed);

    return reader_u32(&r);
}

bool
quick_mode_take_nonce(const Message *message, GBytes **out)
{
    Bytes nonce = isakmp_payload_first(&message->payloads, PAYLOAD_NONCE)->body;

    if (nonce.len < MIN_NONCE_LEN || nonce.len > MAX_NONCE_LEN)
        return false;
    g_clear_pointer(out, g_bytes_unref);
    *out = bytes_copy(nonce);
    return true;
}

/* RESPONDER-LIFETIME (RFC 2407, 4.6.3.1): the responder's is shorter than ours. FortiGate sends it
 * without the value, which says nothing. */
void
quick_mode_take_lifetime(QuickMode *quick, const Message *message)
{
    const IsakmpPayload *payload;
    NotificationPayload notify;
    EspAttributes life;

    for (size_t n = 0; (payload = isakmp_payload_nth(&message->payloads, PAYLOAD_NOTIFICATION, n));
         n++) {
        if (!notification_payload_read(payload->body, &notify)
            || notify.type != NOTIFY_RESPONDER_LIFETIME || notify.protocol != PROTO_IPSEC_ESP)
            continue;
        if (esp_attributes_read(notify.data, &life) && life.life_seconds)
            quick->lifetime = MIN(quick->lifetime, life.life_seconds);
    }
}

Secret
quick_mode_hash_3(IkeV1 *v1, const Exchange *exchange)
{
    static const uint8_t zero = 0;
    uint32_t id = GUINT32_TO_BE(exchange->message_id);
    Bytes parts[] = {bytes_of(&zero, 1),
                     bytes_of(&id, sizeof(id)),
                     bytes_of_gbytes(exchange->quick->nonce_i),
                     bytes_of_gbytes(exchange->quick->nonce_r)};

    return prf_derive(v1->proposal.prf, secret_view(&v1->keys.skeyid_a), parts, 4);
}

static Secret
keymat(const IkeV1 *v1, const QuickMode *quick, Bytes shared, uint32_t spi)
{
    KeymatInput input = {.shared = shared,
                         .protocol = PROTO_IPSEC_ESP,
                         .spi = spi,
                         .nonce_i = bytes_of_gbytes(quick->nonce_i),
                         .nonce_r = bytes_of_gbytes(quick->nonce_r)};
    size_t len = packet_cipher_keymat_len(quick->proposal.encryption, quick->proposal.integrity);

    return quick_mode_keymat(v1->proposal.prf, secret_view(&v1->keys.skeyid_d), &input, len);
}

/* g(qm)^xy, or empty without PFS. False if the peer's half is missing, unasked for or no good. */
static bool
pfs_secret(QuickMode *quick, const Message *message, Secret *out)
{
    const IsakmpPayload *ke = isakmp_payload_first(&message->payloads, PAYLOAD_KE);

    if (!quick->ke)
        return ke == NULL;
    if (!ke)
        return false;
    *out = key_exchange_derive(quick->ke, ke->body);
    return out->len > 0;
}

bool
quick_mode_install(IkeV1 *v1, QuickMode *quick, const Message *message, bool outbound)
{
    g_auto(Secret) shared = {0};
    g_autofree char *text = esp_proposal_to_text(&quick->proposal);
    ChildSa child = {
        .inbound_spi = quick->inbound_spi,
        .outbound_spi = quick->outbound_spi,
        .proposal = quick->proposal,
        .local_ts = quick->local_ts,
        .remote_ts = quick->remote_ts,
        .udp_encap = v1->udp_encap,
        /* nine tenths: time to rekey before the gateway's count, which includes what got lost, ends
           it */
        .soft_bytes = v1->config->esp_lifebytes / 10 * 9,
    };

    if (!pfs_secret(quick, message, &shared) || v1->children->len >= MAX_CHILD_SAS)
        return false;
    child.inbound_keymat = keymat(v1, quick, secret_view(&shared), quick->inbound_spi);
    child.outbound_keymat = keymat(v1, quick, secret_view(&shared), quick->outbound_spi);
    v1_info(v1,
            "IPsec SA %08x in, %08x out: %s%s, %u s",
            quick->inbound_spi,
            quick->outbound_spi,
            text,
            v1->udp_encap ? " in UDP" : "",
            quick->lifetime);
    ike_actions_install(v1->actions, child, outbound);
    child_add(v1, quick, outbound);
    return true;
}
