/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/xfrm-message.h"

#include "platform/socket-address.h"

#include <linux/udp.h>
#include <netinet/in.h>
#include <string.h>

enum {
    OUTBOUND_WINDOW = 32, /* never looked at; with ESN none is refused */
    ALL_ALGORITHMS = -1,
    MIN_SPI = 256, /* RFC 4303, 2.1 */
};

/* The kernel's form of things */

static xfrm_address_t
xfrm_address_of(const IpAddress *address)
{
    Bytes bytes = ip_address_view(address);
    xfrm_address_t out = {0};

    if (bytes.len > 0)
        memcpy(&out, bytes.data, bytes.len);
    return out;
}

static uint16_t
xfrm_family_of(AddressFamily family)
{
    return (uint16_t) socket_family(family);
}

static uint8_t
xfrm_mode_of(IpsecMode mode)
{
    return mode == IPSEC_MODE_TRANSPORT ? XFRM_MODE_TRANSPORT : XFRM_MODE_TUNNEL;
}

static struct xfrm_selector
selector_of(const XfrmFlows *flows)
{
    return (struct xfrm_selector){
        .saddr = xfrm_address_of(&flows->source.address),
        .daddr = xfrm_address_of(&flows->destination.address),
        .sport = htons(flows->source_port),
        .sport_mask = htons(flows->source_port_mask),
        .dport = htons(flows->destination_port),
        .dport_mask = htons(flows->destination_port_mask),
        .family = xfrm_family_of(flows->source.address.family),
        .prefixlen_s = flows->source.len,
        .prefixlen_d = flows->destination.len,
        .proto = flows->protocol,
    };
}

static uint64_t
limit_of(uint64_t limit)
{
    return limit ? limit : XFRM_INF;
}

static struct xfrm_lifetime_cfg
lifetime_of(const XfrmLimits *limits)
{
    return (struct xfrm_lifetime_cfg){
        .soft_byte_limit = limit_of(limits->soft_bytes),
        .hard_byte_limit = limit_of(limits->hard_bytes),
        .soft_packet_limit = limit_of(limits->soft_packets),
        .hard_packet_limit = limit_of(limits->hard_packets),
    };
}

static struct nlmsghdr *
begin(XfrmMessage *message, uint16_t type)
{
    struct nlmsghdr *header = mnl_nlmsg_put_header(message);

    header->nlmsg_type = type;
    return header;
}

static void
put_if_id(struct nlmsghdr *header, uint32_t if_id)
{
    if (if_id)
        mnl_attr_put_u32(header, XFRMA_IF_ID, if_id);
}

/* states */

static void
put_state_info(struct nlmsghdr *header, const XfrmState *state)
{
    struct xfrm_usersa_info *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

    info->sel = selector_of(&state->flows);
    info->id.daddr = xfrm_address_of(&state->id.destination);
    info->id.spi = htonl(state->id.spi);
    info->id.proto = IPPROTO_ESP;
    info->saddr = xfrm_address_of(&state->source);
    info->lft = lifetime_of(&state->limits);
    info->reqid = state->reqid;
    info->family = xfrm_family_of(state->id.destination.family);
    info->mode = xfrm_mode_of(state->mode);
    if (state->esn)
        info->flags |= XFRM_STATE_ESN;
    /* A tunnel is for both families inside, whatever is outside. */
    if (state->mode == IPSEC_MODE_TUNNEL && info->sel.family == AF_UNSPEC)
        info->flags |= XFRM_STATE_AF_UNSPEC;
}

/* The key in the attribute goes away with the whole message. */
static void
put_aead(struct nlmsghdr *header, const EncryptionAlgorithm *algorithm, Bytes key)
{
    struct {
        struct xfrm_algo_aead head;
        uint8_t key[64];
    } aead = {.head = {
                  .alg_key_len = (unsigned) key.len * 8,
                  .alg_icv_len = algorithm->icv_len * 8U,
              }};

    g_strlcpy(aead.head.alg_name, algorithm->xfrm, sizeof(aead.head.alg_name));
    memcpy(aead.head.alg_key, key.data, key.len);
    mnl_attr_put(header, XFRMA_ALG_AEAD, sizeof(aead.head) + key.len, &aead);
    secret_wipe(&aead, sizeof(aead));
}

static void
put_encryption(struct nlmsghdr *header, const EncryptionAlgorithm *algorithm, Bytes key)
{
    struct {
        struct xfrm_algo head;
        uint8_t key[64];
    } crypt = {.head = {.alg_key_len = (unsigned) key.len * 8}};

    g_strlcpy(crypt.head.alg_name, algorithm->xfrm, sizeof(crypt.head.alg_name));
    memcpy(crypt.head.alg_key, key.data, key.len);
    mnl_attr_put(header, XFRMA_ALG_CRYPT, sizeof(crypt.head) + key.len, &crypt);
    secret_wipe(&crypt, sizeof(crypt));
}

/* With the length after truncation: the kernel's own for SHA2-256 is a draft's (96 bits). */
static void
put_integrity(struct nlmsghdr *header, const IntegrityAlgorithm *algorithm, Bytes key)
{
    struct {
        struct xfrm_algo_auth head;
        uint8_t key[64];
    } auth = {.head = {
                  .alg_key_len = (unsigned) key.len * 8,
                  .alg_trunc_len = algorithm->icv_len * 8U,
              }};

    g_strlcpy(auth.head.alg_name, algorithm->xfrm, sizeof(auth.head.alg_name));
    memcpy(auth.head.alg_key, key.data, key.len);
    mnl_attr_put(header, XFRMA_ALG_AUTH_TRUNC, sizeof(auth.head) + key.len, &auth);
    secret_wipe(&auth, sizeof(auth));
}

/* KEYMAT is the encryption key, with its salt, and then the integrity key. */
static void
put_algorithms(struct nlmsghdr *header, const XfrmState *state)
{
    size_t key_len = state->encryption->key_bits / 8U + state->encryption->salt_len;
    Bytes key = bytes_head(state->keymat, key_len);

    if (!state->integrity) {
        put_aead(header, state->encryption, key);
        return;
    }
    put_encryption(header, state->encryption, key);
    put_integrity(header,
                  state->integrity,
                  bytes_of(state->keymat.data + key.len, state->keymat.len - key.len));
}

/* Also without ESN: only in this form can a window be larger than 32. */
static void
put_replay(struct nlmsghdr *header, const XfrmState *state)
{
    uint32_t window = state->inbound ? XFRM_REPLAY_WINDOW : OUTBOUND_WINDOW;
    struct {
        struct xfrm_replay_state_esn head;
        uint32_t bitmap[XFRM_REPLAY_WORDS];
    } replay = {.head = {
                    .bmp_len = window / 32,
                    .oseq = (uint32_t) state->replay.sent,
                    .oseq_hi = (uint32_t) (state->replay.sent >> 32),
                    .seq = (uint32_t) state->replay.received,
                    .seq_hi = (uint32_t) (state->replay.received >> 32),
                    .replay_window = window,
                }};

    if (state->inbound)
        memcpy(replay.head.bmp, state->replay.bitmap, sizeof(state->replay.bitmap));
    mnl_attr_put(header, XFRMA_REPLAY_ESN_VAL, sizeof(replay.head) + window / 8, &replay);
}

static void
put_encap(struct nlmsghdr *header, const XfrmState *state)
{
    struct xfrm_encap_tmpl encap = {
        .encap_type = UDP_ENCAP_ESPINUDP,
        .encap_sport = htons(state->source_port),
        .encap_dport = htons(state->destination_port),
    };

    if (state->udp_encap)
        mnl_attr_put(header, XFRMA_ENCAP, sizeof(encap), &encap);
}

static void
put_mark(struct nlmsghdr *header, uint32_t mark)
{
    if (mark == 0)
        return;
    mnl_attr_put_u32(header, XFRMA_SET_MARK, mark);
    mnl_attr_put_u32(header, XFRMA_SET_MARK_MASK, mark);
}

void
xfrm_message_add_state(XfrmMessage *message, const XfrmState *state)
{
    struct nlmsghdr *header = begin(message, XFRM_MSG_NEWSA);

    header->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
    put_state_info(header, state);
    put_algorithms(header, state);
    put_replay(header, state);
    put_encap(header, state);
    put_mark(header, state->mark);
    put_if_id(header, state->if_id);
}

static void
state_request(XfrmMessage *message, uint16_t type, const XfrmStateId *id)
{
    struct nlmsghdr *header = begin(message, type);
    struct xfrm_usersa_id *out = mnl_nlmsg_put_extra_header(header, sizeof(*out));

    out->daddr = xfrm_address_of(&id->destination);
    out->spi = htonl(id->spi);
    out->family = xfrm_family_of(id->destination.family);
    out->proto = IPPROTO_ESP;
}

void
xfrm_message_remove_state(XfrmMessage *message, const XfrmStateId *id)
{
    state_request(message, XFRM_MSG_DELSA, id);
}

void
xfrm_message_get_state(XfrmMessage *message, const XfrmStateId *id)
{
    state_request(message, XFRM_MSG_GETSA, id);
}

/* The kernel finds it by everything but an SPI. */
void
xfrm_message_name_wanted(XfrmMessage *message, const XfrmStateInfo *wanted)
{
    struct nlmsghdr *header = begin(message, XFRM_MSG_ALLOCSPI);
    struct xfrm_userspi_info *out = mnl_nlmsg_put_extra_header(header, sizeof(*out));

    out->info.id.daddr = xfrm_address_of(&wanted->id.destination);
    out->info.id.proto = IPPROTO_ESP;
    out->info.saddr = xfrm_address_of(&wanted->source);
    out->info.family = xfrm_family_of(wanted->id.destination.family);
    out->info.mode = xfrm_mode_of(wanted->mode);
    out->info.reqid = wanted->reqid;
    out->min = MIN_SPI;
    out->max = UINT32_MAX;
    put_if_id(header, wanted->if_id);
}

/* policies */

static void
put_template(struct nlmsghdr *header, const XfrmPolicy *policy)
{
    struct xfrm_user_tmpl template = {
        .id = {.daddr = xfrm_address_of(&policy->destination),
               .spi = htonl(policy->spi),
               .proto = IPPROTO_ESP},
        .family = xfrm_family_of(policy->outer),
        .saddr = xfrm_address_of(&policy->source),
        .reqid = policy->reqid,
        .mode = xfrm_mode_of(policy->mode),
        .aalgos = (uint32_t) ALL_ALGORITHMS,
        .ealgos = (uint32_t) ALL_ALGORITHMS,
        .calgos = (uint32_t) ALL_ALGORITHMS,
    };

    if (policy->template == XFRM_TEMPLATE_ESP)
        mnl_attr_put(header, XFRMA_TMPL, sizeof(template), &template);
}

void
xfrm_message_put_policy(XfrmMessage *message, const XfrmPolicy *policy, bool replace)
{
    struct nlmsghdr *header = begin(message, replace ? XFRM_MSG_UPDPOLICY : XFRM_MSG_NEWPOLICY);
    struct xfrm_userpolicy_info *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
    const XfrmLimits no_limits = {0};

    info->sel = selector_of(&policy->flows);
    info->lft = lifetime_of(&no_limits);
    info->priority = policy->priority;
    info->dir = (uint8_t) policy->direction;
    info->action = XFRM_POLICY_ALLOW;
    put_template(header, policy);
    put_if_id(header, policy->if_id);
}

void
xfrm_message_remove_policy(XfrmMessage *message, const XfrmPolicy *policy)
{
    struct nlmsghdr *header = begin(message, XFRM_MSG_DELPOLICY);
    struct xfrm_userpolicy_id *id = mnl_nlmsg_put_extra_header(header, sizeof(*id));

    id->sel = selector_of(&policy->flows);
    id->dir = (uint8_t) policy->direction;
    put_if_id(header, policy->if_id);
}

/* what comes back */

static IpAddress
ip_address_of_xfrm(const xfrm_address_t *address, uint16_t family)
{
    return ip_address_of_bytes(bytes_of(address, family == AF_INET6 ? 16 : 4));
}

/* A copy of the fixed part: in a list of messages it is aligned to 4 only. */
static bool
read_fixed(const struct nlmsghdr *message, uint16_t type, void *out, size_t len)
{
    if (message->nlmsg_type != type || mnl_nlmsg_get_payload_len(message) < len)
        return false;
    memcpy(out, mnl_nlmsg_get_payload(message), len);
    return true;
}

static void
read_replay(const struct nlattr *attribute, XfrmReplay *out)
{
    const struct xfrm_replay_state_esn *replay = mnl_attr_get_payload(attribute);
    size_t len = mnl_attr_get_payload_len(attribute), words;

    if (len < sizeof(*replay))
        return;
    out->sent = (uint64_t) replay->oseq_hi << 32 | replay->oseq;
    out->received = (uint64_t) replay->seq_hi << 32 | replay->seq;
    words = MIN(replay->bmp_len, (len - sizeof(*replay)) / sizeof(uint32_t));
    if (words == XFRM_REPLAY_WORDS)
        memcpy(out->bitmap, replay->bmp, sizeof(out->bitmap));
}

static int
on_state_attribute(const struct nlattr *attribute, void *data)
{
    XfrmStateInfo *info = data;

    switch (mnl_attr_get_type(attribute)) {
    case XFRMA_REPLAY_ESN_VAL:
        read_replay(attribute, &info->replay);
        break;
    case XFRMA_IF_ID:
        if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
            info->if_id = mnl_attr_get_u32(attribute);
        break;
    }
    return MNL_CB_OK;
}

bool
xfrm_read_state(const struct nlmsghdr *message, XfrmStateInfo *out)
{
    struct xfrm_usersa_info info;

    if (!read_fixed(message, XFRM_MSG_NEWSA, &info, sizeof(info)))
        return false;
    *out = (XfrmStateInfo){
        .id = {ntohl(info.id.spi), ip_address_of_xfrm(&info.id.daddr, info.family)},
        .source = ip_address_of_xfrm(&info.saddr, info.family),
        .mode = info.mode == XFRM_MODE_TRANSPORT ? IPSEC_MODE_TRANSPORT : IPSEC_MODE_TUNNEL,
        .reqid = info.reqid,
        .bytes = info.curlft.bytes,
        .packets = info.curlft.packets,
        .replayed = info.stats.replay + info.stats.replay_window,
        .not_authentic = info.stats.integrity_failed,
    };
    return mnl_attr_parse(message, sizeof(info), on_state_attribute, out) >= 0;
}

/* What an attribute says of whose a policy or an event is. */
typedef struct {
    uint32_t if_id;
    bool has_template;
    uint32_t reqid;
} Owner;

static int
on_owner_attribute(const struct nlattr *attribute, void *data)
{
    const struct xfrm_user_tmpl *template = mnl_attr_get_payload(attribute);
    Owner *owner = data;

    switch (mnl_attr_get_type(attribute)) {
    case XFRMA_TMPL:
        owner->has_template = true;
        if (mnl_attr_get_payload_len(attribute) >= sizeof(*template))
            owner->reqid = template->reqid;
        break;
    case XFRMA_IF_ID:
        if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
            owner->if_id = mnl_attr_get_u32(attribute);
        break;
    }
    return MNL_CB_OK;
}

bool
xfrm_read_policy(const struct nlmsghdr *message, XfrmPolicyInfo *out)
{
    struct xfrm_userpolicy_info info;
    Owner owner = {0};

    if (!read_fixed(message, XFRM_MSG_NEWPOLICY, &info, sizeof(info))
        || mnl_attr_parse(message, sizeof(info), on_owner_attribute, &owner) < 0)
        return false;
    *out = (XfrmPolicyInfo){
        .direction = info.dir,
        .priority = info.priority,
        .if_id = owner.if_id,
        .has_template = owner.has_template,
        .reqid = owner.reqid,
        .selector = info.sel,
    };
    return true;
}

static bool
read_expire(const struct nlmsghdr *message, XfrmEvent *out)
{
    struct xfrm_user_expire expire;
    const struct xfrm_usersa_info *state = &expire.state;
    Owner owner = {0};

    if (!read_fixed(message, XFRM_MSG_EXPIRE, &expire, sizeof(expire))
        || mnl_attr_parse(message, sizeof(expire), on_owner_attribute, &owner) < 0)
        return false;
    *out = (XfrmEvent){
        .type = expire.hard ? XFRM_EVENT_EXPIRED : XFRM_EVENT_EXPIRING,
        .id = {ntohl(state->id.spi), ip_address_of_xfrm(&state->id.daddr, state->family)},
        .if_id = owner.if_id,
        .reqid = state->reqid,
    };
    return true;
}

static bool
read_acquire(const struct nlmsghdr *message, XfrmEvent *out)
{
    struct xfrm_user_acquire acquire;
    const struct xfrm_selector *sel = &acquire.sel;
    Owner owner = {0};

    if (!read_fixed(message, XFRM_MSG_ACQUIRE, &acquire, sizeof(acquire))
        || mnl_attr_parse(message, sizeof(acquire), on_owner_attribute, &owner) < 0)
        return false;
    *out = (XfrmEvent){
        .type = XFRM_EVENT_ACQUIRE,
        .source = ip_address_of_xfrm(&sel->saddr, sel->family),
        .destination = ip_address_of_xfrm(&sel->daddr, sel->family),
        .if_id = owner.if_id,
        .reqid = owner.reqid,
    };
    return true;
}

bool
xfrm_read_event(const struct nlmsghdr *message, XfrmEvent *out)
{
    return read_expire(message, out) || read_acquire(message, out);
}
