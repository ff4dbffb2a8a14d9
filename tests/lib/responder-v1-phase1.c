/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/responder-v1-internal.h"
#include "wire/v1/payload-id.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"
#include "wire/v1/vendor-id.h"

#include <string.h>

enum { ODD_KEY_BITS = 136 };

/* --- the choice ------------------------------------------------------------------------------ */

static bool
is_wanted(const Responder *r, const IkeProposal *offered)
{
    g_autoptr(GArray) wanted = NULL;

    if (!r->config.ike_proposals)
        return true;
    wanted = ike_proposals_from_text(r->config.ike_proposals, NULL);
    for (guint i = 0; i < wanted->len; i++) {
        if (ike_proposal_equal(&g_array_index(wanted, IkeProposal, i), offered))
            return true;
    }
    return false;
}

static bool
read_offer(const Responder *r, const SaTransform *transform, IkeProposal *out)
{
    uint16_t method = r->config.xauth ? AUTH_METHOD_XAUTH_INIT_PSK : AUTH_METHOD_PSK;
    Phase1Attributes a;

    if (transform->protocol != PROTO_ISAKMP || transform->id != KEY_IKE
        || !phase1_attributes_read(transform->attributes, &a))
        return false;
    out->encryption = encryption_by_v1_phase1(a.encryption, a.key_bits);
    out->prf = prf_by_v1_hash(a.hash);
    out->ke = key_exchange_by_id(a.group);
    return out->encryption && out->prf && out->ke && a.auth_method == method;
}

static const SaTransform *
choose(Responder *r, const SaPayload *sa)
{
    for (size_t i = 0; i < sa->n; i++) {
        if (read_offer(r, &sa->transforms[i], &r->proposal) && is_wanted(r, &r->proposal))
            return &sa->transforms[i];
    }
    return NULL;
}

/* The transform as it came, or with what nobody offered. */
static void
write_choice(Responder *r, IsakmpWriter *m, SaTransform chosen)
{
    SaPayload sa = {.doi = DOI_IPSEC, .situation = SIT_IDENTITY_ONLY, .n = 1};
    uint8_t buffer[64];
    Writer w = writer_of(buffer, sizeof(buffer));
    Phase1Attributes a;

    phase1_attributes_read(chosen.attributes, &a);
    if (r->config.ike_lifetime || r->config.fault == FAULT_IKE_SOMETHING_ELSE) {
        if (r->config.ike_lifetime)
            a.life_seconds = r->config.ike_lifetime;
        if (r->config.fault == FAULT_IKE_SOMETHING_ELSE)
            a.key_bits = ODD_KEY_BITS;
        phase1_attributes_write(&w, &a);
        chosen.attributes = writer_finish(&w);
    }
    sa.transforms[0] = sa.transforms[1] = chosen;
    if (r->config.fault == FAULT_IKE_TWO_CHOICES)
        sa.n = 2;
    sa_payload_write(m, &sa);
}

/* --- pieces of messages ---------------------------------------------------------------------- */

static void
write_vendor_ids(Responder *r, IsakmpWriter *m)
{
    const uint8_t unknown[] = "a vendor that nobody knows";

    isakmp_payload_write(m, PAYLOAD_VENDOR_ID, BYTES_OF_ARRAY(unknown));
    if (r->offered_nat_t && !r->config.no_nat_t)
        isakmp_payload_write(m, PAYLOAD_VENDOR_ID, vendor_id_bytes(VENDOR_ID_RFC3947));
    if (!r->config.no_dpd)
        isakmp_payload_write(m, PAYLOAD_VENDOR_ID, vendor_id_bytes(VENDOR_ID_DPD));
    if (r->config.xauth)
        isakmp_payload_write(m, PAYLOAD_VENDOR_ID, vendor_id_bytes(VENDOR_ID_XAUTH));
    if (r->config.unity)
        isakmp_payload_write(m, PAYLOAD_VENDOR_ID, vendor_id_bytes(VENDOR_ID_UNITY));
}

static void
take_vendor_ids(Responder *r, const Received *message)
{
    for (size_t i = 0; i < message->payloads.n; i++) {
        const IsakmpPayload *payload = &message->payloads.items[i];

        if (payload->type != PAYLOAD_VENDOR_ID)
            continue;
        r->record.offered_nat_t += vendor_id_recognise(payload->body) <= VENDOR_ID_NAT_T_02;
        r->offered_nat_t |= vendor_id_recognise(payload->body) == VENDOR_ID_RFC3947;
    }
}

static void
write_key_exchange(Responder *r, IsakmpWriter *m)
{
    Bytes public = key_exchange_public(r->ke);
    uint8_t nonce[257];
    uint8_t changed[1024] = {0};
    size_t len = r->config.fault == FAULT_SHORT_NONCE  ? 7
                 : r->config.fault == FAULT_LONG_NONCE ? 257
                                                       : 20;

    random_fill(r->random, nonce, len);
    g_clear_pointer(&r->nonce_r, g_bytes_unref);
    r->nonce_r = g_bytes_new(nonce, len);
    if (r->config.fault == FAULT_PUBLIC_ONE)
        changed[public.len - 1] = 1;
    if (r->config.fault == FAULT_PUBLIC_ONE || r->config.fault == FAULT_PUBLIC_ZERO)
    public = bytes_of(changed, public.len);
    if (r->config.fault == FAULT_PUBLIC_SHORT)
    public = bytes_head(public, public.len - 1);
    isakmp_payload_write(m, PAYLOAD_KE, public);
    isakmp_payload_write(m, PAYLOAD_NONCE, bytes_of_gbytes(r->nonce_r));
}

static bool
take_key_exchange(Responder *r, const Received *message)
{
    Bytes public = gateway_body(message, PAYLOAD_KE, 0);
    Bytes nonce = gateway_body(message, PAYLOAD_NONCE, 0);
    g_auto(Secret) shared = {0};

    if (nonce.len < 8 || nonce.len > 256)
        return false;
    g_clear_pointer(&r->public_i, g_bytes_unref);
    g_clear_pointer(&r->nonce_i, g_bytes_unref);
    g_clear_pointer(&r->ke, key_exchange_free);
    r->public_i = bytes_copy(public);
    r->nonce_i = bytes_copy(nonce);
    r->ke = key_exchange_new(r->proposal.ke, r->random);
    shared = key_exchange_derive(r->ke, public);
    return shared.len > 0;
}

/* Once both nonces are known. */
static void
derive(Responder *r)
{
    g_auto(Secret) shared = key_exchange_derive(r->ke, bytes_of_gbytes(r->public_i));

    gateway_derive(r, secret_view(&shared), bytes_of_text(r->config.psk));
}

/* The client's end as it is seen here, then our own (RFC 3947, 3.2). */
static void
write_nat_d(Responder *r, IsakmpWriter *m)
{
    g_autoptr(GBytes) client = gateway_nat_d(r, &r->path.client, r->path.client_port);
    g_autoptr(GBytes) own = gateway_nat_d(r, &r->config.address, r->path.port);

    if (!r->offered_nat_t || r->config.no_nat_t)
        return;
    isakmp_payload_write(m, PAYLOAD_NAT_D, bytes_of_gbytes(client));
    isakmp_payload_write(m, PAYLOAD_NAT_D, bytes_of_gbytes(own));
}

static void
take_nat_d(Responder *r, const Received *message)
{
    g_autoptr(GBytes) client = gateway_nat_d(r, &r->path.client, r->path.client_port);
    g_autoptr(GBytes) own = gateway_nat_d(r, &r->config.address, r->path.port);
    Bytes first = gateway_body(message, PAYLOAD_NAT_D, 0);
    Bytes body;

    if (first.len == 0 || r->config.no_nat_t)
        return;
    r->record.udp_encap = !bytes_equal(first, bytes_of_gbytes(own));
    r->record.client_behind_nat = true;
    for (size_t n = 1; (body = gateway_body(message, PAYLOAD_NAT_D, n)).len > 0; n++) {
        if (bytes_equal(body, bytes_of_gbytes(client)))
            r->record.client_behind_nat = false;
    }
    r->record.udp_encap |= r->record.client_behind_nat;
}

static void
write_id(Responder *r, IsakmpWriter *m)
{
    g_auto(Identity) identity = {0};
    IdPayload id;
    WriterBlock block;
    size_t at;

    g_assert_true(identity_from_text(r->config.identity, &identity));
    id = id_payload_of_identity(&identity);
    block = isakmp_payload_begin(m, PAYLOAD_ID);
    at = m->w.len;
    id_payload_write(&m->w, &id);
    isakmp_payload_end(m, block);
    g_clear_pointer(&r->id_r, g_bytes_unref);
    r->id_r = g_bytes_new(m->w.data + at, m->w.len - at);
}

static void
write_hash_r(Responder *r, IsakmpWriter *m)
{
    g_autoptr(GBytes) hash = gateway_hash_r(r);
    Bytes view = bytes_of_gbytes(hash);
    g_autofree uint8_t *changed = g_memdup2(view.data, view.len);

    if (r->config.fault == FAULT_HASH_R)
        changed[view.len / 2] ^= 4;
    isakmp_payload_write(m, PAYLOAD_HASH, bytes_of(changed, view.len));
}

static bool
hash_i_is_right(Responder *r, const Received *message)
{
    g_autoptr(GBytes) hash = gateway_hash_i(r);

    return bytes_equal(bytes_of_gbytes(hash), gateway_body(message, PAYLOAD_HASH, 0));
}

static void
take_notifications(Responder *r, const Received *message)
{
    Bytes body;
    NotificationPayload n;

    for (size_t i = 0; (body = gateway_body(message, PAYLOAD_NOTIFICATION, i)).len > 0; i++)
        r->record.initial_contact |=
            notification_payload_read(body, &n) && n.type == NOTIFY_INITIAL_CONTACT;
}

/* Without protection: there are no keys yet. */
static void
refuse(Responder *r, uint16_t notify)
{
    Talk talk = {.type = EXCHANGE_INFORMATIONAL, .id = random_u32(r->random)};
    IsakmpWriter m = gateway_message(r, &talk);

    notification_payload_write(&m,
                               &(NotificationPayload){.protocol = PROTO_ISAKMP, .type = notify});
    gateway_send(r, &talk, &m, false, false);
    g_bytes_unref(talk.sent);
}

static void
remember(Talk *talk, const Received *message)
{
    g_clear_pointer(&talk->received, g_bytes_unref);
    talk->received = bytes_copy(message->datagram);
}

static void
authenticated(Responder *r, Talk *talk, const Received *message)
{
    take_notifications(r, message);
    memcpy(r->last_block, talk->iv, sizeof(r->last_block));
    r->record.authenticated = true;
    gateway_talk_over(r, talk);
    gateway_after_phase1(r);
}

/* The offer: NULL, and an answer that says so, if nothing in it is wanted. */
static const SaTransform *
take_offer(Responder *r, const Received *message, SaPayload *sa)
{
    Bytes body = gateway_body(message, PAYLOAD_SA, 0);
    const SaTransform *chosen;

    if (!sa_payload_read(body, sa))
        return NULL;
    chosen = choose(r, sa);
    if (!chosen || r->config.fault == FAULT_IKE_REFUSED) {
        refuse(r, NOTIFY_NO_PROPOSAL_CHOSEN);
        return NULL;
    }
    g_clear_pointer(&r->sa_i, g_bytes_unref);
    r->sa_i = bytes_copy(body);
    take_vendor_ids(r, message);
    return chosen;
}

/* --- main mode ------------------------------------------------------------------------------- */

static void
main_2(Responder *r, Talk *talk, const Received *message)
{
    IsakmpWriter m;
    SaPayload sa;
    const SaTransform *chosen = take_offer(r, message, &sa);

    if (!chosen)
        return;
    m = gateway_message(r, talk);
    write_choice(r, &m, *chosen);
    write_vendor_ids(r, &m);
    remember(talk, message);
    talk->state = TALK_MAIN_SA;
    gateway_send(r, talk, &m, false, r->config.repeats_phase_1);
}

static void
main_4(Responder *r, Talk *talk, const Received *message)
{
    IsakmpWriter m;

    if (!take_key_exchange(r, message))
        return;
    take_nat_d(r, message);
    m = gateway_message(r, talk);
    write_key_exchange(r, &m);
    write_nat_d(r, &m);
    derive(r);
    gateway_phase1_iv(r, talk->iv);
    remember(talk, message);
    talk->state = TALK_MAIN_KE;
    gateway_send(r, talk, &m, false, r->config.repeats_phase_1);
}

static void
main_6(Responder *r, Talk *talk, const Received *message)
{
    IsakmpWriter m;
    size_t block = r->proposal.encryption->block_len;

    if (!message->encrypted)
        return;
    g_clear_pointer(&r->id_i, g_bytes_unref);
    r->id_i = bytes_copy(gateway_body(message, PAYLOAD_ID, 0));
    if (!hash_i_is_right(r, message))
        return;
    if (r->config.fault == FAULT_IDENTITY_REFUSED) {
        refuse(r, NOTIFY_INVALID_ID_INFORMATION);
        return;
    }
    memcpy(talk->iv, message->datagram.data + message->datagram.len - block, block);
    m = gateway_message(r, talk);
    write_id(r, &m);
    write_hash_r(r, &m);
    remember(talk, message);
    gateway_send(r, talk, &m, true, false);
    authenticated(r, talk, message);
}

void
gateway_main_mode(Responder *r, Talk *talk, const Received *message)
{
    switch (talk->state) {
    case TALK_IDLE:
        main_2(r, talk, message);
        break;
    case TALK_MAIN_SA:
        main_4(r, talk, message);
        break;
    case TALK_MAIN_KE:
        main_6(r, talk, message);
        break;
    default:
        break;
    }
}

/* --- aggressive mode ------------------------------------------------------------------------- */

static void
aggressive_2(Responder *r, Talk *talk, const Received *message)
{
    IsakmpWriter m;
    SaPayload sa;
    const SaTransform *chosen = take_offer(r, message, &sa);

    if (!chosen)
        return;
    if (r->config.fault == FAULT_IDENTITY_REFUSED) {
        refuse(r, NOTIFY_INVALID_ID_INFORMATION);
        return;
    }
    if (!take_key_exchange(r, message))
        return;
    g_clear_pointer(&r->id_i, g_bytes_unref);
    r->id_i = bytes_copy(gateway_body(message, PAYLOAD_ID, 0));
    m = gateway_message(r, talk);
    write_choice(r, &m, *chosen);
    write_key_exchange(r, &m);
    derive(r);
    gateway_phase1_iv(r, talk->iv);
    write_id(r, &m);
    write_hash_r(r, &m);
    write_vendor_ids(r, &m);
    write_nat_d(r, &m);
    remember(talk, message);
    talk->state = TALK_AGGRESSIVE;
    gateway_send(r, talk, &m, false, r->config.repeats_phase_1);
}

static void
aggressive_3(Responder *r, Talk *talk, const Received *message)
{
    size_t block = r->proposal.encryption->block_len;

    if (!message->encrypted || !hash_i_is_right(r, message))
        return;
    take_nat_d(r, message);
    memcpy(talk->iv, message->datagram.data + message->datagram.len - block, block);
    remember(talk, message);
    g_clear_pointer(&talk->sent, g_bytes_unref);
    authenticated(r, talk, message);
}

void
gateway_aggressive_mode(Responder *r, Talk *talk, const Received *message)
{
    if (talk->state == TALK_IDLE)
        aggressive_2(r, talk, message);
    else if (talk->state == TALK_AGGRESSIVE)
        aggressive_3(r, talk, message);
}
