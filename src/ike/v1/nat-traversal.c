/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/prf.h"
#include "ike/v1/phase1.h"
#include "wire/v1/payload-sa.h"
#include "wire/v1/vendor-id.h"

/* NAT traversal (RFC 3947): which dialect, who is behind a NAT, and whether ESP goes in UDP. */

static const struct {
    VendorId vendor_id;
    uint8_t nat_d_payload;
    uint16_t encapsulation_mode;
} dialects[] = {
    /* the best first */
    {VENDOR_ID_RFC3947, PAYLOAD_NAT_D, ENCAPSULATION_MODE_UDP_TUNNEL},
    {VENDOR_ID_NAT_T_03, PAYLOAD_NAT_D_DRAFTS, ENCAPSULATION_MODE_UDP_TUNNEL_DRAFTS},
    {VENDOR_ID_NAT_T_02_N, PAYLOAD_NAT_D_DRAFTS, ENCAPSULATION_MODE_UDP_TUNNEL_DRAFTS},
    {VENDOR_ID_NAT_T_02, PAYLOAD_NAT_D_DRAFTS, ENCAPSULATION_MODE_UDP_TUNNEL_DRAFTS},
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
        if (!has_vendor_id(payloads, dialects[i].vendor_id))
            continue;
        v1->nat_traversal = (NatTraversal){.agreed = true,
                                           .nat_d_payload = dialects[i].nat_d_payload,
                                           .encapsulation_mode = dialects[i].encapsulation_mode};
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

bool
nat_traversal_failed(const IkeV1 *v1)
{
    return encapsulation_is_forced(v1) && !v1->udp_encap;
}

/* The remote end first, then ours. Chance in the place of ours makes the gateway see a NAT where
 * there is none, and so encapsulate. */
void
nat_traversal_write_nat_d(IkeV1 *v1, IsakmpWriter *m)
{
    uint8_t hash[MAX_PRF_LEN];
    size_t len = v1->proposal.prf->len;

    if (!v1->nat_traversal.agreed || v1->config->encapsulation == ENCAPSULATION_OFF)
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
    bool peer_behind_nat = true;

    if (!v1->nat_traversal.agreed || v1->config->encapsulation == ENCAPSULATION_OFF)
        return;
    payload = isakmp_payload_first(payloads, type);
    if (!payload)
        return;
    v1->behind_nat = !payload_is(v1, payload, &v1->path.local, local_port(v1));
    for (size_t n = 1; (payload = isakmp_payload_nth(payloads, type, n)); n++)
        peer_behind_nat &= !payload_is(v1, payload, &v1->path.remote, remote_port(v1));
    v1->udp_encap = v1->behind_nat || peer_behind_nat || encapsulation_is_forced(v1);
    if (v1->udp_encap)
        v1_info(v1,
                "%s, ESP goes in UDP",
                v1->behind_nat    ? "there is a NAT before us"
                : peer_behind_nat ? "there is a NAT before the gateway"
                                  : "encapsulation is forced");
    /* RFC 3947, 4: from here on the other ports, and the non-ESP marker */
    v1->nat_t |= v1->udp_encap;
}
