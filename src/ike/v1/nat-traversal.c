/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/prf.h"
#include "ike/v1/phase1.h"
#include "wire/v1/payload-sa.h"

/* NAT traversal (RFC 3947): which dialect, who is behind a NAT, and whether ESP goes in UDP. */

/* clang-format off */
#define RFC3947 {true, PAYLOAD_NAT_D, PAYLOAD_NAT_OA, \
                 ENCAPSULATION_MODE_UDP_TUNNEL, ENCAPSULATION_MODE_UDP_TRANSPORT}
#define DRAFTS {true, PAYLOAD_NAT_D_DRAFTS, PAYLOAD_NAT_OA_DRAFTS, \
                ENCAPSULATION_MODE_UDP_TUNNEL_DRAFTS, ENCAPSULATION_MODE_UDP_TRANSPORT_DRAFTS}
/* clang-format on */

static const struct {
    VendorId vendor_id;
    NatTraversal agreed;
} dialects[] = {
    /* the best first */
    {VENDOR_ID_RFC3947, RFC3947},
    {VENDOR_ID_NAT_T_03, DRAFTS},
    {VENDOR_ID_NAT_T_02_N, DRAFTS},
    {VENDOR_ID_NAT_T_02, DRAFTS},
};

static bool
has_vendor_id(const IsakmpPayloads *payloads, VendorId id)
{
    const IsakmpPayload *payload;

    for (size_t n = 0; (payload = isakmp_payload_nth(payloads, PAYLOAD_VENDOR_ID, n)); n++) {
        if (vendor_id_recognise(payload->body) == id)
            return true;
    }
    return false;
}

void
nat_traversal_take_vendor_ids(IkeV1 *v1, const IsakmpPayloads *payloads)
{
    for (size_t i = 0; i < G_N_ELEMENTS(dialects) && !v1->nat_traversal.agreed; i++) {
        if (v1->config->encapsulation != ENCAPSULATION_OFF
            && has_vendor_id(payloads, dialects[i].vendor_id))
            v1->nat_traversal = dialects[i].agreed;
    }
}

/* HASH = HASH(CKY-I | CKY-R | IP | Port): RFC 3947, 3.2 */
static void
nat_d_hash(const IkeV1 *v1, const IpAddress *address, uint16_t port, uint8_t *out)
{
    uint16_t port_field = GUINT16_TO_BE(port);
    Bytes parts[] = {BYTES_OF_ARRAY(v1->cookie_i),
                     BYTES_OF_ARRAY(v1->cookie_r),
                     ip_address_view(address),
                     bytes_of(&port_field, sizeof(port_field))};

    prf_hash(v1->proposal.prf, parts, G_N_ELEMENTS(parts), out);
}

/* Of the ports that the message goes between: aggressive mode sends its hashes after the change of
 * ports. */
static uint16_t
local_port(const IkeV1 *v1)
{
    return v1->nat_t ? v1->path.local_nat_t_port : v1->path.local_port;
}

static uint16_t
remote_port(const IkeV1 *v1)
{
    return v1->nat_t ? v1->path.remote_nat_t_port : v1->path.remote_port;
}

static bool
encapsulation_is_forced(const IkeV1 *v1)
{
    return v1->config->encapsulation == ENCAPSULATION_FORCE;
}

bool
nat_traversal_is_missing(const IkeV1 *v1)
{
    return encapsulation_is_forced(v1) && !v1->nat_traversal.agreed;
}

/* A NAT changes what the checksums inside were made of: only a gateway that is told the addresses
 * before it (RFC 3947, 5.2) and a data plane that mends them could do without. */
FailureReason
nat_traversal_problem(const IkeV1 *v1)
{
    if (encapsulation_is_forced(v1) && !v1->udp_encap)
        return FAIL_NO_NAT_T;
    if (v1->config->ipsec_mode == IPSEC_MODE_TRANSPORT && (v1->behind_nat || v1->peer_behind_nat))
        return FAIL_TRANSPORT_NAT;
    return FAIL_NONE;
}

bool
nat_traversal_is_vendor_id(VendorId id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(dialects); i++) {
        if (dialects[i].vendor_id == id)
            return true;
    }
    return false;
}

/* The remote end first, then ours. Chance in the place of ours makes the gateway see a NAT where
 * there is none, and so encapsulate. */
void
nat_traversal_write_nat_d(IkeV1 *v1, IsakmpWriter *m)
{
    uint8_t hash[MAX_PRF_LEN];
    size_t len = v1->proposal.prf->len;

    if (!v1->nat_traversal.agreed)
        return;
    nat_d_hash(v1, &v1->path.remote, remote_port(v1), hash);
    isakmp_payload_write(m, v1->nat_traversal.nat_d_payload, bytes_of(hash, len));
    if (encapsulation_is_forced(v1))
        random_fill(v1->random, hash, len);
    else
        nat_d_hash(v1, &v1->path.local, local_port(v1), hash);
    isakmp_payload_write(m, v1->nat_traversal.nat_d_payload, bytes_of(hash, len));
}

static bool
payload_is(const IkeV1 *v1, const IsakmpPayload *payload, const IpAddress *address, uint16_t port)
{
    uint8_t hash[MAX_PRF_LEN];

    nat_d_hash(v1, address, port, hash);
    return bytes_equal(payload->body, bytes_of(hash, v1->proposal.prf->len));
}

/* The first is of our end as the gateway sees it; one of the others is its own. */
void
nat_traversal_take_nat_d(IkeV1 *v1, const IsakmpPayloads *payloads)
{
    uint8_t type = v1->nat_traversal.nat_d_payload;
    const IsakmpPayload *payload;

    if (!v1->nat_traversal.agreed)
        return;
    payload = isakmp_payload_first(payloads, type);
    if (!payload)
        return;
    v1->behind_nat = !payload_is(v1, payload, &v1->path.local, local_port(v1));
    v1->peer_behind_nat = true;
    for (size_t n = 1; (payload = isakmp_payload_nth(payloads, type, n)); n++)
        v1->peer_behind_nat &= !payload_is(v1, payload, &v1->path.remote, remote_port(v1));
    v1->udp_encap = v1->behind_nat || v1->peer_behind_nat || encapsulation_is_forced(v1);
    if (v1->udp_encap)
        v1_info(v1,
                "%s, ESP goes in UDP",
                v1->behind_nat        ? "there is a NAT before us"
                : v1->peer_behind_nat ? "there is a NAT before the gateway"
                                      : "encapsulation is forced");
    /* RFC 3947, 4: from here on the other ports, and the non-ESP marker */
    v1->nat_t |= v1->udp_encap;
}
