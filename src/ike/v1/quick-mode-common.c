/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/packet-cipher.h"
#include "crypto/prf.h"
#include "ike/v1/children.h"
#include "ike/v1/exchange.h"
#include "ike/v1/quick-mode.h"
#include "wire/v1/payload-id.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"

/* What both roles of quick mode share (RFC 2409, 5.5). */

uint16_t
quick_mode_encapsulation(const IkeV1 *v1)
{
    const NatTraversal *udp = &v1->nat_traversal;

    if (v1->config->ipsec_mode == IPSEC_MODE_TRANSPORT)
        return v1->udp_encap ? udp->udp_transport : ENCAPSULATION_MODE_TRANSPORT;
    return v1->udp_encap ? udp->udp_tunnel : ENCAPSULATION_MODE_TUNNEL;
}

static void
write_nat_oa(const IkeV1 *v1, IsakmpWriter *m, const IpAddress *address)
{
    g_auto(Identity) identity = identity_of_address(address);
    IdPayload id = id_payload_of_identity(&identity);
    WriterBlock block = isakmp_payload_begin(m, v1->nat_traversal.nat_oa_payload);

    /* type, three bytes of zero, address: an ID payload without protocol and port is the same */
    id_payload_write(&m->w, &id);
    isakmp_payload_end(m, block);
}

void
quick_mode_write_nat_oa(const IkeV1 *v1, IsakmpWriter *m, bool initiator)
{
    if (v1->config->ipsec_mode != IPSEC_MODE_TRANSPORT || !v1->udp_encap)
        return;
    write_nat_oa(v1, m, initiator ? &v1->path.local : &v1->path.remote);
    write_nat_oa(v1, m, initiator ? &v1->path.remote : &v1->path.local);
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

static bool
is_in_flight(const Exchange *exchange)
{
    return exchange->state == STATE_QUICK_SENT || exchange->state == STATE_QUICK_ANSWERED;
}

bool
quick_mode_is_in_flight(const IkeV1 *v1, unsigned slot)
{
    for (guint i = 0; i < v1->exchanges->len; i++) {
        const Exchange *exchange = v1->exchanges->pdata[i];

        if (is_in_flight(exchange) && exchange->quick->slot == slot)
            return true;
    }
    return false;
}

unsigned
quick_modes_in_flight(const IkeV1 *v1)
{
    unsigned n = 0;

    for (guint i = 0; i < v1->exchanges->len; i++) {
        const Exchange *exchange = v1->exchanges->pdata[i];

        n += is_in_flight(exchange) && exchange->quick->ours;
    }
    return n;
}

/* The one that names this SPI, either end's. */
static Exchange *
find_by_spi(IkeV1 *v1, uint32_t spi)
{
    for (guint i = 0; i < v1->exchanges->len; i++) {
        Exchange *exchange = v1->exchanges->pdata[i];

        if (is_in_flight(exchange)
            && (exchange->quick->inbound_spi == spi || exchange->quick->outbound_spi == spi))
            return exchange;
    }
    return NULL;
}

/* Who is refused, if the notify does not say: the only one of ours, else nobody can tell, and
 * patience will. */
static Exchange *
find_only_one_of_ours(IkeV1 *v1)
{
    if (quick_modes_in_flight(v1) != 1)
        return NULL;
    for (guint i = 0; i < v1->exchanges->len; i++) {
        Exchange *exchange = v1->exchanges->pdata[i];

        if (exchange->state == STATE_QUICK_SENT)
            return exchange;
    }
    return NULL;
}

void
quick_mode_proved(IkeV1 *v1, uint32_t inbound_spi)
{
    Exchange *exchange = find_by_spi(v1, inbound_spi);

    if (exchange && exchange->state == STATE_QUICK_ANSWERED)
        exchange_done(v1, exchange);
}

static FailureReason
meaning_of(uint16_t notify)
{
    switch (notify) {
    case NOTIFY_NO_PROPOSAL_CHOSEN:
    case NOTIFY_ATTRIBUTES_NOT_SUPPORTED:
    case NOTIFY_BAD_PROPOSAL_SYNTAX:
    case NOTIFY_INVALID_KEY_INFORMATION:
        return FAIL_NO_PROPOSAL_ESP;
    case NOTIFY_INVALID_ID_INFORMATION:
        return FAIL_SELECTORS;
    case NOTIFY_PAYLOAD_MALFORMED:
    case NOTIFY_INVALID_HASH_INFORMATION:
        return FAIL_PROTOCOL;
    default: /* about something else than an offer */
        return FAIL_NONE;
    }
}

void
quick_mode_refused(IkeV1 *v1, uint16_t notify, uint32_t spi, char *detail)
{
    Exchange *exchange = spi ? find_by_spi(v1, spi) : find_only_one_of_ours(v1);
    FailureReason reason = meaning_of(notify);

    if (!exchange || reason == FAIL_NONE) {
        g_free(detail);
        return;
    }
    if (exchange->state == STATE_QUICK_SENT)
        quick_mode_failed(v1, exchange, reason, detail);
    else
        g_free(detail);
    exchange_forget(v1, exchange);
}

void
quick_mode_abandoned(IkeV1 *v1, const Exchange *exchange)
{
    Child *child = child_by_inbound_spi(v1, exchange->quick->inbound_spi);
    unsigned slot = exchange->quick->slot;

    if (v1->phase == PHASE_CLOSED)
        return;
    if (child) {
        v1_info(v1, "the gateway did not confirm IPsec SA %08x", child->inbound_spi);
        if (child->outbound && !slot_at(v1, slot)->theirs)
            slot_at(v1, slot)->renegotiate_at = v1->now;
        child_remove(v1, child);
    }
    child_renew_if_due(v1, slot);
}

/* The shorter of both ends' lifetimes counts. */
void
quick_mode_limit(QuickMode *quick, const EspAttributes *life)
{
    uint64_t bytes = (uint64_t) life->life_kilobytes * 1024;

    if (life->life_seconds)
        quick->lifetime = MIN(quick->lifetime, life->life_seconds);
    if (bytes)
        quick->lifebytes = quick->lifebytes ? MIN(quick->lifebytes, bytes) : bytes;
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
        if (esp_attributes_read(notify.data, &life))
            quick_mode_limit(quick, &life);
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
        .mode = v1->config->ipsec_mode,
        .udp_encap = v1->udp_encap,
        /* nine tenths: time to rekey before the gateway's count, which includes what got lost, ends
           it */
        .soft_bytes = quick->lifebytes / 10 * 9,
        .hard_bytes = quick->lifebytes,
    };

    if (!pfs_secret(quick, message, &shared) || v1->children->len >= MAX_CHILD_SAS)
        return false;
    child.inbound_keymat = keymat(v1, quick, secret_view(&shared), quick->inbound_spi);
    child.outbound_keymat = keymat(v1, quick, secret_view(&shared), quick->outbound_spi);
    v1_info(v1,
            "IPsec SA %08x in, %08x out: %s%s%s, %u s",
            quick->inbound_spi,
            quick->outbound_spi,
            text,
            child.mode == IPSEC_MODE_TRANSPORT ? " in transport mode" : "",
            v1->udp_encap ? " in UDP" : "",
            quick->lifetime);
    ike_actions_install(v1->actions, child, outbound);
    child_add(v1, quick, outbound);
    return true;
}
