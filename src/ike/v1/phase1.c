/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/phase1.h"
#include "base/log.h"
#include "crypto/distinguished-name.h"
#include "wire/v1/payload-id.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"

#include <string.h>

static uint16_t
auth_method(const IkeV1 *v1)
{
    return connection_config_uses_xauth(v1->config) ? AUTH_METHOD_XAUTH_INIT_PSK : AUTH_METHOD_PSK;
}

static Phase1Attributes
attributes_of(const IkeV1 *v1, const IkeProposal *proposal)
{
    return (Phase1Attributes){
        .encryption = proposal->encryption->v1_phase1,
        .key_bits = proposal->encryption->fixed_key ? 0 : proposal->encryption->key_bits,
        .hash = proposal->prf->v1_hash,
        .group = proposal->ke->id,
        .auth_method = auth_method(v1),
        .life_seconds = v1->config->ike_lifetime,
    };
}

/* One proposal with a transform for each of ours (RFC 2409, 5). Its body is part of both hashes:
 * SAi_b. */
void
phase1_write_sa(IkeV1 *v1, IsakmpWriter *m, const KeyExchangeMethod *group)
{
    const GArray *proposals = v1->config->ike_proposals;
    uint8_t buffers[MAX_PROPOSALS][TRANSFORM_ATTRIBUTES_SIZE];
    SaPayload sa = {.doi = DOI_IPSEC, .situation = SIT_IDENTITY_ONLY};
    size_t body_at;

    for (guint i = 0; i < proposals->len && i < MAX_PROPOSALS; i++) {
        const IkeProposal *proposal = &g_array_index(proposals, IkeProposal, i);
        Phase1Attributes attributes = attributes_of(v1, proposal);
        Writer w = writer_of(buffers[i], TRANSFORM_ATTRIBUTES_SIZE);

        if (group && proposal->ke != group)
            continue;
        phase1_attributes_write(&w, &attributes);
        sa.transforms[sa.n] = (SaTransform){.proposal = 1,
                                            .protocol = PROTO_ISAKMP,
                                            .number = (uint8_t) (sa.n + 1),
                                            .id = KEY_IKE,
                                            .attributes = writer_finish(&w)};
        sa.n++;
    }
    body_at = m->w.len + 4;
    sa_payload_write(m, &sa);
    g_clear_pointer(&v1->sa_i, g_bytes_unref);
    v1->sa_i = g_bytes_new(m->w.data + body_at, m->w.len - body_at);
}

/* What we can do, so that the gateway does it too. */
void
phase1_write_vendor_ids(IkeV1 *v1, IsakmpWriter *m)
{
    bool xauth = connection_config_uses_xauth(v1->config);

    for (VendorId id = 0; id < VENDOR_ID_N; id++) {
        if (id == VENDOR_ID_XAUTH && !xauth)
            continue;
        if (nat_traversal_is_vendor_id(id) && v1->config->encapsulation == ENCAPSULATION_OFF)
            continue;
        if (id == VENDOR_ID_UNITY && (!xauth || v1->config->vendor == VENDOR_NONE))
            continue;
        isakmp_payload_write(m, PAYLOAD_VENDOR_ID, vendor_id_bytes(id));
    }
}

void
phase1_take_vendor_ids(IkeV1 *v1, const Message *message)
{
    for (size_t i = 0; i < message->payloads.n; i++) {
        const IsakmpPayload *payload = &message->payloads.items[i];
        VendorId id;

        if (payload->type != PAYLOAD_VENDOR_ID)
            continue;
        id = vendor_id_recognise(payload->body);
        v1->peer_dpd |= id == VENDOR_ID_DPD;
        v1->peer_unity |= id == VENDOR_ID_UNITY;
        if (id != VENDOR_ID_N)
            v1_info(v1, "the gateway knows %s", vendor_id_name(id));
    }
    nat_traversal_take_vendor_ids(v1, &message->payloads);
}

static const IkeProposal *
find_proposal(const IkeV1 *v1, const Phase1Attributes *chosen)
{
    for (guint i = 0; i < v1->config->ike_proposals->len; i++) {
        const IkeProposal *proposal = &g_array_index(v1->config->ike_proposals, IkeProposal, i);
        Phase1Attributes offered = attributes_of(v1, proposal);
        bool same_length = chosen->key_bits == offered.key_bits
                           || chosen->key_bits == proposal->encryption->key_bits;

        if (chosen->encryption == offered.encryption && same_length && chosen->hash == offered.hash
            && chosen->group == offered.group && chosen->auth_method == offered.auth_method)
            return proposal;
    }
    return NULL;
}

/* The responder's choice: one transform, one that we offered. The lower lifetime counts. */
bool
phase1_choose(IkeV1 *v1, const Message *message)
{
    SaPayload sa;
    Phase1Attributes chosen;
    const IkeProposal *proposal;
    g_autofree char *text = NULL;

    if (!sa_payload_read(isakmp_payload_first(&message->payloads, PAYLOAD_SA)->body, &sa)
        || sa.n != 1 || sa.transforms[0].protocol != PROTO_ISAKMP)
        return false;
    if (!phase1_attributes_read(sa.transforms[0].attributes, &chosen))
        return false;
    proposal = find_proposal(v1, &chosen);
    if (!proposal)
        return false;
    v1->proposal = *proposal;
    v1->lifetime = v1->config->ike_lifetime;
    if (chosen.life_seconds)
        v1->lifetime = MIN(v1->lifetime, chosen.life_seconds);
    memcpy(v1->cookie_r, message->header.responder_cookie, ISAKMP_COOKIE_LEN);
    text = ike_proposal_to_text(proposal);
    v1_info(v1, "phase 1 is protected by %s", text);
    return true;
}

void
phase1_take_lifetime(IkeV1 *v1, const IsakmpPayloads *payloads)
{
    const IsakmpPayload *payload;
    NotificationPayload notify;
    Phase1Attributes life;

    for (size_t n = 0; (payload = isakmp_payload_nth(payloads, PAYLOAD_NOTIFICATION, n)); n++) {
        if (notification_payload_read(payload->body, &notify)
            && notify.type == NOTIFY_RESPONDER_LIFETIME && notify.protocol == PROTO_ISAKMP
            && phase1_attributes_read(notify.data, &life) && life.life_seconds)
            v1->lifetime = MIN(v1->lifetime, life.life_seconds);
    }
}

bool
phase1_take_key_exchange(IkeV1 *v1, const Message *message)
{
    Bytes nonce = isakmp_payload_first(&message->payloads, PAYLOAD_NONCE)->body;
    Bytes public = isakmp_payload_first(&message->payloads, PAYLOAD_KE)->body;

    if (nonce.len < MIN_NONCE_LEN || nonce.len > MAX_NONCE_LEN)
        return false;
    /* Our own message, reflected by somebody between. */
    if (bytes_equal(nonce, bytes_of_gbytes(v1->nonce_i)))
        return false;
    g_clear_pointer(&v1->nonce_r, g_bytes_unref);
    g_clear_pointer(&v1->peer_public, g_bytes_unref);
    v1->nonce_r = bytes_copy(nonce);
    v1->peer_public = bytes_copy(public);
    return true;
}

/* SKEYID and what follows from it (RFC 2409, 5). False if the gateway's public value is no good. */
bool
phase1_derive(IkeV1 *v1)
{
    g_auto(Secret) shared = key_exchange_derive(v1->ke, bytes_of_gbytes(v1->peer_public));
    uint8_t cookies[COOKIES_LEN];

    if (shared.len == 0)
        return false;
    v1_cookies(v1, cookies);
    phase1_keys_clear(&v1->keys);
    phase1_keys_derive(&v1->keys,
                       v1->proposal.prf,
                       v1->proposal.encryption,
                       skeyid_psk(v1->proposal.prf,
                                  secret_view(&v1->config->psk),
                                  bytes_of_gbytes(v1->nonce_i),
                                  bytes_of_gbytes(v1->nonce_r)),
                       secret_view(&shared),
                       BYTES_OF_ARRAY(cookies));
    v1->have_keys = true;
    return true;
}

/* A name that only crypto/ can encode, as it goes over the wire. Empty if it is none. */
static Identity
encode_dn(const Identity *identity)
{
    Bytes bytes = bytes_of_gbytes(identity->data);
    g_autofree char *text = g_strndup((const char *) bytes.data, bytes.len);
    GBytes *der = distinguished_name_encode(text);

    return (Identity){.type = ID_DER_ASN1_DN, .data = der ? der : g_bytes_new(NULL, 0)};
}

/* The profile's, or what a pre-shared key implies: our own address. */
static Identity
local_identity(const IkeV1 *v1)
{
    const Identity *configured = &v1->config->local_id;

    if (configured->type == ID_ANY)
        return identity_of_address(&v1->path.local);
    return configured->text_dn ? encode_dn(configured) : identity_copy(configured);
}

bool
phase1_identities_are_usable(const IkeV1 *v1, const char **out_which)
{
    const struct {
        const char *key;
        const Identity *identity;
    } identities[] = {{"local-id", &v1->config->local_id}, {"remote-id", &v1->config->remote_id}};

    for (size_t i = 0; i < G_N_ELEMENTS(identities); i++) {
        g_auto(Identity) encoded = {0};

        if (!identities[i].identity->text_dn)
            continue;
        encoded = encode_dn(identities[i].identity);
        if (g_bytes_get_size(encoded.data) == 0) {
            *out_which = identities[i].key;
            return false;
        }
    }
    return true;
}

/* Its body is part of HASH_I: IDii_b. */
void
phase1_write_id(IkeV1 *v1, IsakmpWriter *m)
{
    g_auto(Identity) identity = local_identity(v1);
    g_autofree char *text = identity_to_text(&identity);
    IdPayload id = id_payload_of_identity(&identity);
    WriterBlock block = isakmp_payload_begin(m, PAYLOAD_ID);
    size_t body_at = m->w.len;

    v1_info(v1, "our identity is '%s'", text);
    id_payload_write(&m->w, &id);
    isakmp_payload_end(m, block);
    g_clear_pointer(&v1->id_i, g_bytes_unref);
    v1->id_i = g_bytes_new(m->w.data + body_at, m->w.len - body_at);
}

void
phase1_write_hash_i(IkeV1 *v1, IsakmpWriter *m)
{
    Phase1HashInput input = {
        .own_public = key_exchange_public(v1->ke),
        .peer_public = bytes_of_gbytes(v1->peer_public),
        .own_cookie = BYTES_OF_ARRAY(v1->cookie_i),
        .peer_cookie = BYTES_OF_ARRAY(v1->cookie_r),
        .sa_i = bytes_of_gbytes(v1->sa_i),
        .own_id = bytes_of_gbytes(v1->id_i),
    };
    g_auto(Secret) hash = phase1_hash(v1->proposal.prf, secret_view(&v1->keys.skeyid), &input);

    isakmp_payload_write(m, PAYLOAD_HASH, secret_view(&hash));
}

bool
phase1_hash_r_is_right(IkeV1 *v1, const Message *message)
{
    Phase1HashInput input = {
        .own_public = bytes_of_gbytes(v1->peer_public),
        .peer_public = key_exchange_public(v1->ke),
        .own_cookie = BYTES_OF_ARRAY(v1->cookie_r),
        .peer_cookie = BYTES_OF_ARRAY(v1->cookie_i),
        .sa_i = bytes_of_gbytes(v1->sa_i),
        .own_id = isakmp_payload_first(&message->payloads, PAYLOAD_ID)->body,
    };
    g_auto(Secret) hash = phase1_hash(v1->proposal.prf, secret_view(&v1->keys.skeyid), &input);

    return bytes_equal(secret_view(&hash),
                       isakmp_payload_first(&message->payloads, PAYLOAD_HASH)->body);
}

/* The DER of a gateway's name as the text that people write. */
static char *
peer_id_text(const Identity *identity)
{
    char *text = NULL;

    if (identity->type == ID_DER_ASN1_DN)
        text = distinguished_name_to_text(bytes_of_gbytes(identity->data));
    return text ? text : identity_to_text(identity);
}

static bool
peer_id_matches(const IkeV1 *v1, const Identity *actual)
{
    const Identity *configured = &v1->config->remote_id;
    g_auto(Identity) encoded = {0};

    if (!configured->text_dn)
        return identity_matches(configured, actual);
    encoded = encode_dn(configured);
    return identity_matches(&encoded, actual);
}

FailureReason
phase1_check_peer_id(IkeV1 *v1, const Message *message, char **detail)
{
    g_auto(Identity) actual = {0};
    g_autofree char *text = NULL;
    IdPayload id;

    if (!id_payload_read(isakmp_payload_first(&message->payloads, PAYLOAD_ID)->body, &id))
        return FAIL_PROTOCOL;
    actual = id_payload_to_identity(&id);
    text = peer_id_text(&actual);
    v1_info(v1, "the gateway's identity is '%s'", text);
    if (peer_id_matches(v1, &actual))
        return FAIL_NONE;
    *detail = g_strdup_printf("it is '%s'", text);
    return FAIL_WRONG_REMOTE_ID;
}

/* We have no other SA with it, so it may throw away what a crashed predecessor left (RFC
 * 2407, 4.6.3.3). */
void
phase1_write_initial_contact(IkeV1 *v1, IsakmpWriter *m)
{
    uint8_t cookies[COOKIES_LEN];

    if (v1->gentle)
        return;
    v1_cookies(v1, cookies);
    notification_payload_write(m,
                               &(NotificationPayload){.protocol = PROTO_ISAKMP,
                                                      .type = NOTIFY_INITIAL_CONTACT,
                                                      .spi = BYTES_OF_ARRAY(cookies)});
}
