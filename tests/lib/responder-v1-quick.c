/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/responder-v1-internal.h"
#include "wire/v1/payload-id.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"

#include <string.h>

/* Quick mode, both roles (RFC 2409, 5.5). */

enum { GATEWAY_NONCE = 16, ODD_KEY_BITS = 136 };

void
gateway_child_free(gpointer data)
{
    ResponderChild *child = data;

    child_sa_clear(&child->sa);
    g_free(child);
}

static bool
same_networks(const ResponderChild *a, const ResponderChild *b)
{
    return traffic_selector_equal(&a->sa.local_ts, &b->sa.local_ts)
           && traffic_selector_equal(&a->sa.remote_ts, &b->sa.remote_ts);
}

/* The newest carries what goes out. */
static void
install(Responder *r, Talk *talk)
{
    ResponderChild *child = g_steal_pointer(&talk->child);

    for (guint i = 0; i < r->children->len; i++) {
        ResponderChild *other = r->children->pdata[i];

        if (!same_networks(other, child))
            continue;
        other->outbound = false;
        if (!r->config.keeps_old_sas && other->gone_at == IKE_TIME_NEVER)
            other->delete_at = r->now + GATEWAY_OLD_SA;
    }
    child->outbound = true;
    child->delete_at = child->gone_at = IKE_TIME_NEVER;
    g_ptr_array_add(r->children, child);
}

/* RFC 2407, 4.5, and RFC 3947, 5.1 */
static uint16_t
encapsulation(const Responder *r)
{
    if (r->config.transport)
        return r->record.udp_encap ? ENCAPSULATION_MODE_UDP_TRANSPORT
                                   : ENCAPSULATION_MODE_TRANSPORT;
    return r->record.udp_encap ? ENCAPSULATION_MODE_UDP_TUNNEL : ENCAPSULATION_MODE_TUNNEL;
}

static void
derive(Responder *r, Talk *talk)
{
    ChildSa *sa = &talk->child->sa;

    sa->mode = r->config.transport ? IPSEC_MODE_TRANSPORT : IPSEC_MODE_TUNNEL;
    sa->udp_encap = r->record.udp_encap;
    sa->inbound_keymat = gateway_keymat(r, talk, sa->inbound_spi);
    sa->outbound_keymat = gateway_keymat(r, talk, sa->outbound_spi);
}

/* Deleted by the client: the newest of what is left goes on. */
void
gateway_remove_child(Responder *r, uint32_t outbound_spi)
{
    for (guint i = 0; i < r->children->len; i++) {
        ResponderChild *child = r->children->pdata[i];

        if (child->sa.outbound_spi != outbound_spi)
            continue;
        r->record.child_deletes++;
        for (guint j = r->children->len; child->outbound && j > 0; j--) {
            ResponderChild *other = r->children->pdata[j - 1];

            if (other != child && same_networks(other, child) && other->gone_at == IKE_TIME_NEVER) {
                other->outbound = true;
                other->delete_at = IKE_TIME_NEVER;
                child->outbound = false;
            }
        }
        g_ptr_array_remove_index(r->children, i);
        return;
    }
}

static uint32_t
new_spi(Responder *r)
{
    uint32_t spi;

    do {
        spi = random_u32(r->random);
    } while (spi < 256 || responder_child_by_inbound_spi(r, spi));
    return spi;
}

static bool
take_nonce(const Received *message, GBytes **out)
{
    Bytes nonce = gateway_body(message, PAYLOAD_NONCE, 0);

    if (nonce.len < 8 || nonce.len > 256)
        return false;
    *out = bytes_copy(nonce);
    return true;
}

static bool
take_selector(const Received *message, size_t n, TrafficSelector *out)
{
    IdPayload id;

    return id_payload_read(gateway_body(message, PAYLOAD_ID, n), &id)
           && id_payload_to_selector(&id, out);
}

static void
write_selector(IsakmpWriter *m, const TrafficSelector *ts)
{
    uint8_t buffer[32];
    IdPayload id = id_payload_of_selector(ts, buffer);
    WriterBlock block = isakmp_payload_begin(m, PAYLOAD_ID);

    id_payload_write(&m->w, &id);
    isakmp_payload_end(m, block);
}

static void
write_nonce(Responder *r, IsakmpWriter *m, GBytes **out)
{
    uint8_t nonce[GATEWAY_NONCE];

    random_fill(r->random, nonce, sizeof(nonce));
    *out = g_bytes_new(nonce, r->config.fault == FAULT_QUICK_SHORT_NONCE ? 7 : sizeof(nonce));
    isakmp_payload_write(m, PAYLOAD_NONCE, bytes_of_gbytes(*out));
}

static bool
take_public(Talk *talk, const Received *message)
{
    Bytes public = gateway_body(message, PAYLOAD_KE, 0);
    g_auto(Secret) shared = {0};

    if (!talk->ke)
        return public.len == 0;
    shared = key_exchange_derive(talk->ke, public);
    talk->shared = bytes_copy(secret_view(&shared));
    return shared.len > 0;
}

/* --- as responder: rekeyed, or asked for the first time, by the client -------------------------
 */

static bool
is_wanted(const Responder *r, const EspProposal *offered)
{
    g_autoptr(GArray) wanted = NULL;

    if (!r->config.esp_proposals)
        return true;
    wanted = esp_proposals_from_text(r->config.esp_proposals, NULL);
    for (guint i = 0; i < wanted->len; i++) {
        if (esp_proposal_equal(&g_array_index(wanted, EspProposal, i), offered))
            return true;
    }
    return false;
}

static bool
read_offer(const Responder *r, const SaTransform *transform, EspProposal *out)
{
    uint16_t mode = encapsulation(r);
    EspAttributes a;

    if (transform->protocol != PROTO_IPSEC_ESP || transform->spi.len != 4
        || !esp_attributes_read(transform->attributes, &a) || a.encapsulation != mode)
        return false;
    out->encryption = encryption_by_v1_esp(transform->id, a.key_bits);
    out->integrity = a.auth ? integrity_by_v1_esp(a.auth) : NULL;
    out->ke = a.group ? key_exchange_by_id(a.group) : NULL;
    return out->encryption && (a.auth == 0 || out->integrity) && (a.group == 0 || out->ke)
           && (out->encryption->icv_len > 0) == (out->integrity == NULL);
}

static const SaTransform *
choose(const Responder *r, const SaPayload *sa, EspProposal *out)
{
    for (size_t i = 0; i < sa->n; i++) {
        if (read_offer(r, &sa->transforms[i], out) && is_wanted(r, out))
            return &sa->transforms[i];
    }
    return NULL;
}

static void
refuse(Responder *r, Talk *talk, uint16_t notify)
{
    uint32_t spi = 0;

    gateway_informational(r, false, PROTO_IPSEC_ESP, bytes_of(&spi, 4), notify, (Bytes){0});
    gateway_talk_over(r, talk);
}

static void
write_choice(Responder *r, IsakmpWriter *m, SaTransform chosen, uint32_t own_spi)
{
    uint32_t spi = GUINT32_TO_BE(own_spi);
    SaPayload sa = {.doi = DOI_IPSEC, .situation = SIT_IDENTITY_ONLY, .n = 1};
    uint8_t buffer[64];
    Writer w = writer_of(buffer, sizeof(buffer));
    EspAttributes a;

    chosen.spi = bytes_of(&spi, r->config.fault == FAULT_ESP_SHORT_SPI ? 2 : 4);
    if (r->config.fault == FAULT_ESP_SOMETHING_ELSE) {
        esp_attributes_read(chosen.attributes, &a);
        a.key_bits = ODD_KEY_BITS;
        esp_attributes_write(&w, &a);
        chosen.attributes = writer_finish(&w);
    }
    sa.transforms[0] = sa.transforms[1] = chosen;
    if (r->config.fault == FAULT_ESP_TWO_CHOICES)
        sa.n = 2;
    sa_payload_write(m, &sa);
}

static void
write_public(Responder *r, IsakmpWriter *m, const Talk *talk)
{
    Bytes public = key_exchange_public(talk->ke);
    uint8_t zeros[1024] = {0};

    if (r->config.fault == FAULT_QUICK_PUBLIC_ZERO)
    public = bytes_of(zeros, public.len);
    if (r->config.fault != FAULT_QUICK_NO_PUBLIC)
        isakmp_payload_write(m, PAYLOAD_KE, public);
}

/* IDcr is ours: what the client wants to reach. */
static void
change_selectors(const Responder *r, ChildSa *sa)
{
    if (r->config.fault == FAULT_WIDENS)
        sa->local_ts = traffic_selector_everything(sa->local_ts.first.family);
    if (r->config.fault == FAULT_NARROWS)
        sa->local_ts.last.bytes[3] &= 0x7f;
}

/* RFC 2407, 4.6.3.1 */
static void
write_lifetime(Responder *r, IsakmpWriter *m, uint32_t own_spi)
{
    uint32_t spi = GUINT32_TO_BE(own_spi);
    uint8_t buffer[16];
    Writer w = writer_of(buffer, sizeof(buffer));

    if (!r->config.esp_lifetime)
        return;
    attribute_write_basic(&w, 1, 1);
    attribute_write_number(&w, 2, r->config.esp_lifetime);
    notification_payload_write(m,
                               &(NotificationPayload){.protocol = PROTO_IPSEC_ESP,
                                                      .spi = bytes_of(&spi, 4),
                                                      .type = NOTIFY_RESPONDER_LIFETIME,
                                                      .data = writer_finish(&w)});
}

static void
send_quick_2(Responder *r, Talk *talk, const SaTransform *chosen)
{
    IsakmpWriter m = gateway_message_hashed(r, talk);
    ChildSa *sa = &talk->child->sa;

    change_selectors(r, sa);
    write_choice(r, &m, *chosen, sa->inbound_spi);
    write_nonce(r, &m, &talk->nonce_r);
    if (talk->ke)
        write_public(r, &m, talk);
    if (r->config.fault != FAULT_NO_IDS) {
        write_selector(&m, &sa->remote_ts);
        write_selector(&m, &sa->local_ts);
    }
    write_lifetime(r, &m, sa->inbound_spi);
    derive(r, talk);
    talk->state = TALK_QUICK_ANSWERED;
    gateway_send_hashed(r, talk, &m, bytes_of_gbytes(talk->nonce_i), true);
}

static void
quick_1(Responder *r, Talk *talk, const Received *message)
{
    ResponderChild *child = talk->child = g_new0(ResponderChild, 1);
    const SaTransform *chosen = NULL;
    SaPayload sa;
    bool malformed = false;
    Reader spi;

    for (size_t n = 0; gateway_body(message, PAYLOAD_NAT_OA, n).len > 0; n++)
        r->record.nat_oa++;
    if (sa_payload_read(gateway_body(message, PAYLOAD_SA, 0), &sa))
        chosen = choose(r, &sa, &child->sa.proposal);
    if (r->config.fault == FAULT_NETWORKS_REFUSED
        || !take_selector(message, 0, &child->sa.remote_ts)
        || !take_selector(message, 1, &child->sa.local_ts)) {
        refuse(r, talk, NOTIFY_INVALID_ID_INFORMATION);
        return;
    }
    if (!chosen || r->config.fault == FAULT_ESP_REFUSED
        || (r->config.fault == FAULT_REKEY_REFUSED && r->children->len > 0)) {
        refuse(r, talk, NOTIFY_NO_PROPOSAL_CHOSEN);
        return;
    }
    spi = reader_of(chosen->spi, &malformed);
    child->sa.outbound_spi = reader_u32(&spi);
    child->sa.inbound_spi = r->config.fault == FAULT_ESP_RESERVED_SPI ? 255 : new_spi(r);
    g_assert_cmpuint(child->sa.outbound_spi, >=, 256);
    if (child->sa.proposal.ke)
        talk->ke = key_exchange_new(child->sa.proposal.ke, r->random);
    if (!take_nonce(message, &talk->nonce_i) || !take_public(talk, message))
        refuse(r, talk, NOTIFY_PAYLOAD_MALFORMED);
    else
        send_quick_2(r, talk, chosen);
}

static void
quick_3(Responder *r, Talk *talk)
{
    install(r, talk);
    gateway_talk_over(r, talk);
    g_clear_pointer(&talk->sent, g_bytes_unref);
}

/* --- as initiator: the gateway rekeys ----------------------------------------------------------
 */

void
gateway_quick_begin(Responder *r, const ResponderChild *old)
{
    Talk *talk = gateway_talk_begin(r, EXCHANGE_QUICK);
    IsakmpWriter m = gateway_message_hashed(r, talk);
    uint16_t mode = encapsulation(r);
    EspProposal esp = old->sa.proposal;
    uint8_t buffer[64];
    Writer w = writer_of(buffer, sizeof(buffer));
    SaTransform transform = {.proposal = 1, .protocol = PROTO_IPSEC_ESP, .number = 1};

    talk->child = g_new0(ResponderChild, 1);
    talk->child->sa.proposal = esp;
    talk->child->sa.local_ts = old->sa.local_ts;
    talk->child->sa.remote_ts = old->sa.remote_ts;
    talk->child->sa.inbound_spi = new_spi(r);
    esp_attributes_write(
        &w,
        &(EspAttributes){.group = esp.ke ? esp.ke->id : 0,
                         .encapsulation = mode,
                         .auth = esp.integrity ? esp.integrity->v1_esp : 0,
                         .key_bits = esp.encryption->fixed_key ? 0 : esp.encryption->key_bits,
                         .life_seconds = 3600});
    transform.id = esp.encryption->v1_esp;
    transform.attributes = writer_finish(&w);
    write_choice(r, &m, transform, talk->child->sa.inbound_spi);
    write_nonce(r, &m, &talk->nonce_i);
    if (esp.ke) {
        talk->ke = key_exchange_new(esp.ke, r->random);
        write_public(r, &m, talk);
    }
    write_selector(&m, &old->sa.local_ts);
    write_selector(&m, &old->sa.remote_ts);
    talk->state = TALK_QUICK_ASKED;
    gateway_send_hashed(r, talk, &m, (Bytes){0}, true);
}

static bool
answer_is_right(const Talk *talk, const Received *message, SaPayload *sa)
{
    const ChildSa *child = &talk->child->sa;
    TrafficSelector local, remote;

    return sa_payload_read(gateway_body(message, PAYLOAD_SA, 0), sa) && sa->n == 1
           && sa->transforms[0].spi.len == 4 && take_selector(message, 0, &local)
           && take_selector(message, 1, &remote) && traffic_selector_equal(&local, &child->local_ts)
           && traffic_selector_equal(&remote, &child->remote_ts);
}

static void
quick_2(Responder *r, Talk *talk, const Received *message)
{
    IsakmpWriter m;
    SaPayload sa;
    bool malformed = false;
    g_autoptr(GBytes) hash = NULL;
    Reader spi;

    if (!answer_is_right(talk, message, &sa) || !take_nonce(message, &talk->nonce_r)
        || !take_public(talk, message)) {
        r->record.rekeys_refused++;
        return;
    }
    spi = reader_of(sa.transforms[0].spi, &malformed);
    talk->child->sa.outbound_spi = reader_u32(&spi);
    derive(r, talk);
    install(r, talk);
    hash = gateway_hash_3(r, talk);
    m = gateway_message(r, talk);
    isakmp_payload_write(&m, PAYLOAD_HASH, bytes_of_gbytes(hash));
    gateway_send(r, talk, &m, true, false);
    talk->state = TALK_DONE;
}

void
gateway_quick(Responder *r, Talk *talk, const Received *message)
{
    switch (talk->state) {
    case TALK_IDLE:
        quick_1(r, talk, message);
        break;
    case TALK_QUICK_ANSWERED:
        quick_3(r, talk);
        break;
    case TALK_QUICK_ASKED:
        quick_2(r, talk, message);
        break;
    default:
        break;
    }
}
