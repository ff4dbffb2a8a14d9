/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "wire/v1/isakmp.h"

/* The Security Association payload with its proposals and transforms (RFC 2408, 3.4 to 3.6; RFC
 * 2407, 4.6.1). Transforms of all proposals stand in one list; each says whose it is. */

enum {
    DOI_IPSEC = 1,
    SIT_IDENTITY_ONLY = 1,
    PROTO_ISAKMP = 1, /* RFC 2407, 4.4.1 */
    PROTO_IPSEC_AH = 2,
    PROTO_IPSEC_ESP = 3,
    KEY_IKE = 1,             /* the one transform of PROTO_ISAKMP */
    SA_MAX_TRANSFORMS = 128, /* of one payload: what a gateway with every combination sends */
    SA_MAX_SPI_LEN = 16,
};

typedef struct {
    uint8_t proposal; /* its proposal's number, protocol and SPI */
    uint8_t protocol;
    Bytes spi;
    uint8_t number;
    uint8_t id;
    Bytes attributes; /* as they stand on the wire: what is chosen is sent back unchanged */
} SaTransform;

typedef struct {
    uint32_t doi;
    uint32_t situation;
    SaTransform transforms[SA_MAX_TRANSFORMS];
    size_t n;
} SaPayload;

/* False if it is malformed, of another DOI or situation, or too long. */
bool sa_payload_read(Bytes body, SaPayload *out);

/* Writes it with the transforms as they come; neighbours of the same proposal number and protocol
 * share a proposal payload. */
void sa_payload_write(IsakmpWriter *m, const SaPayload *sa);

/* The attributes of phase 1 (RFC 2409, appendix A), numbers as on the wire; 0: not there. */
typedef struct {
    uint16_t encryption;
    uint16_t hash;
    uint16_t auth_method;
    uint16_t group;
    uint16_t key_bits;
    uint32_t life_seconds;
    uint32_t life_kilobytes;
} Phase1Attributes;

enum {
    AUTH_METHOD_PSK = 1,
    AUTH_METHOD_XAUTH_INIT_PSK = 65001, /* draft-beaulieu-ike-xauth-02, 7.2 */
};

bool phase1_attributes_read(Bytes attributes, Phase1Attributes *out);
void phase1_attributes_write(Writer *w, const Phase1Attributes *attributes);

/* The attributes of an IPsec SA (RFC 2407, 4.5). */
typedef struct {
    uint16_t group;
    uint16_t encapsulation;
    uint16_t auth;
    uint16_t key_bits;
    uint32_t life_seconds;
    uint32_t life_kilobytes;
} EspAttributes;

enum {
    ENCAPSULATION_MODE_TUNNEL = 1,
    ENCAPSULATION_MODE_TRANSPORT = 2,
    ENCAPSULATION_MODE_UDP_TUNNEL = 3, /* RFC 3947, 5.1 */
    ENCAPSULATION_MODE_UDP_TRANSPORT = 4,
    ENCAPSULATION_MODE_UDP_TUNNEL_DRAFTS = 61443,
    ENCAPSULATION_MODE_UDP_TRANSPORT_DRAFTS = 61444,
};

bool esp_attributes_read(Bytes attributes, EspAttributes *out);
void esp_attributes_write(Writer *w, const EspAttributes *attributes);
