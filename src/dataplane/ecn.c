/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/ecn.h"

#include "dataplane/checksum.h"
#include "dataplane/ip-fields.h"

/* RFC 3168, 5: the two low bits. */
enum {
    NOT_ECT = 0,
    ECT_1 = 1,
    ECT_0 = 2,
    CE = 3,
    ECN_MASK = 3,
    DROP = 0xff,
};

/* RFC 6040, figure 4: what arrives inside, and outside. */
static const uint8_t outgoing[4][4] = {
    [NOT_ECT] = {[NOT_ECT] = NOT_ECT, [ECT_0] = NOT_ECT, [ECT_1] = NOT_ECT, [CE] = DROP},
    [ECT_0] = {[NOT_ECT] = ECT_0, [ECT_0] = ECT_0, [ECT_1] = ECT_1, [CE] = CE},
    [ECT_1] = {[NOT_ECT] = ECT_1, [ECT_0] = ECT_1, [ECT_1] = ECT_1, [CE] = CE},
    [CE] = {[NOT_ECT] = CE, [ECT_0] = CE, [ECT_1] = CE, [CE] = CE},
};

/* 4, 6, or 0 for no whole IP header. */
static int
version_of(Bytes packet)
{
    if (packet.len >= IPV4_HEADER && packet.data[0] >> 4 == 4)
        return 4;
    return packet.len >= IPV6_HEADER && packet.data[0] >> 4 == 6 ? 6 : 0;
}

uint8_t
ecn_outer_tos(Bytes inner)
{
    switch (version_of(inner)) {
    case 4:
        return inner.data[IPV4_TOS];
    case 6:
        return (uint8_t) (inner.data[0] << 4 | inner.data[1] >> 4);
    default:
        return 0;
    }
}

static void
set_ecn_ipv4(uint8_t *packet, uint8_t ecn)
{
    uint16_t before, after;

    memcpy(&before, packet, sizeof(before));
    packet[IPV4_TOS] = (uint8_t) ((packet[IPV4_TOS] & ~ECN_MASK) | ecn);
    memcpy(&after, packet, sizeof(after));
    checksum_update(packet + IPV4_CHECKSUM, before, after);
}

static void
set_ecn_ipv6(uint8_t *packet, uint8_t ecn)
{
    packet[1] = (uint8_t) ((packet[1] & ~(ECN_MASK << 4)) | ecn << 4);
}

bool
ecn_decapsulate(uint8_t *inner, size_t len, uint8_t outer_tos)
{
    int version = version_of(bytes_of(inner, len));
    uint8_t before = ecn_outer_tos(bytes_of(inner, len)) & ECN_MASK;
    uint8_t after = outgoing[before][outer_tos & ECN_MASK];

    if (version == 0)
        return true;
    if (after == DROP)
        return false;
    if (after == before)
        return true;
    if (version == 4)
        set_ecn_ipv4(inner, after);
    else
        set_ecn_ipv6(inner, after);
    return true;
}
