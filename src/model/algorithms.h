/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* The registry numbers that the project knows, each once, with all there is to know about it.
 * Identifiers are IANA's of IKEv2 (RFC 7296, 3.3.2); IKEv1's other numbers for the same things are
 * columns. */

typedef enum {
    ENCR_3DES = 3,
    ENCR_AES_CBC = 12,
    ENCR_AES_GCM_16 = 20,
} EncryptionId;

typedef struct {
    EncryptionId id;
    const char *keyword; /* strongSwan's: "aes256", "aes128gcm16" */
    uint16_t key_bits;   /* without a GCM salt */
    uint8_t salt_len;    /* bytes of KEYMAT behind the key (RFC 4106, 8.1) */
    uint8_t block_len;   /* bytes padding aligns to; ESP needs 4 at least */
    uint8_t iv_len;      /* bytes of explicit IV */
    uint8_t icv_len;     /* of a combined mode; 0 where an integrity algorithm is needed */
    bool fixed_key;      /* no key length attribute is sent for it */
    bool legacy;         /* offered only by name or with legacy-algorithms=yes */
    uint16_t v1_phase1;  /* IKEv1 encryption algorithm attribute value; 0: not for phase 1 */
    uint8_t v1_esp;      /* IPsec ESP transform identifier (RFC 2407, 4.4.4) */
    const char *openssl; /* cipher name */
    const char *xfrm;    /* name in the kernel */
} EncryptionAlgorithm;

typedef enum {
    AUTH_NONE = 0,
    AUTH_HMAC_SHA1_96 = 2,
    AUTH_HMAC_SHA2_256_128 = 12,
    AUTH_HMAC_SHA2_384_192 = 13,
    AUTH_HMAC_SHA2_512_256 = 14,
} IntegrityId;

typedef struct {
    IntegrityId id;
    const char *keyword; /* "sha1", "sha256" */
    uint8_t key_len;     /* bytes */
    uint8_t icv_len;     /* bytes, truncated */
    bool legacy;
    uint16_t v1_esp;     /* authentication algorithm attribute value (RFC 2407, 4.5) */
    const char *openssl; /* digest name */
    const char *xfrm;
} IntegrityAlgorithm;

typedef enum {
    PRF_HMAC_SHA1 = 2,
    PRF_HMAC_SHA2_256 = 5,
    PRF_HMAC_SHA2_384 = 6,
    PRF_HMAC_SHA2_512 = 7,
} PrfId;

enum { MAX_PRF_LEN = 64 };

/* A hash and the prf made of it by HMAC: in IKEv1 one attribute names both (RFC 2409, 4). */
typedef struct {
    PrfId id;
    const char *keyword; /* "prfsha256"; in IKEv1 proposals "sha256" */
    const char *hash_keyword;
    uint8_t len; /* bytes of output, and preferred key length */
    bool legacy;
    uint16_t v1_hash; /* IKEv1 hash algorithm attribute value */
    const char *openssl;
} PrfAlgorithm;

typedef enum {
    KE_MODP_1024 = 2,
    KE_MODP_1536 = 5,
    KE_MODP_2048 = 14,
    KE_MODP_3072 = 15,
    KE_MODP_4096 = 16,
    KE_MODP_6144 = 17,
    KE_MODP_8192 = 18,
    KE_ECP_256 = 19,
    KE_ECP_384 = 20,
    KE_ECP_521 = 21,
} KeyExchangeId;

typedef enum {
    KE_KIND_MODP, /* RFC 2409, RFC 3526 */
    KE_KIND_ECP,  /* RFC 5903: X | Y goes over the wire, X is the secret */
} KeyExchangeKind;

/* IKEv1's group descriptions have the same numbers as IKEv2's transform type 4. */
typedef struct {
    KeyExchangeId id;
    const char *keyword; /* "modp2048", "ecp256" */
    KeyExchangeKind kind;
    uint16_t public_len; /* bytes on the wire */
    uint16_t shared_len; /* bytes of g^xy */
    bool legacy;
    const char *openssl; /* curve name, or NULL for MODP */
} KeyExchangeMethod;

/* By number; NULL if it is not known. key_bits 0: the algorithm's only one. */
const EncryptionAlgorithm *encryption_by_id(EncryptionId id, unsigned key_bits);
const EncryptionAlgorithm *encryption_by_v1_phase1(unsigned value, unsigned key_bits);
const EncryptionAlgorithm *encryption_by_v1_esp(unsigned transform_id, unsigned key_bits);
const IntegrityAlgorithm *integrity_by_id(IntegrityId id);
const IntegrityAlgorithm *integrity_by_v1_esp(unsigned value);
const PrfAlgorithm *prf_by_id(PrfId id);
const PrfAlgorithm *prf_by_v1_hash(unsigned value);
const KeyExchangeMethod *key_exchange_by_id(unsigned id);

/* By keyword, upper or lower case; NULL if it is not known. */
const EncryptionAlgorithm *encryption_by_keyword(const char *keyword);
const IntegrityAlgorithm *integrity_by_keyword(const char *keyword);
const PrfAlgorithm *prf_by_keyword(const char *keyword);
const KeyExchangeMethod *key_exchange_by_keyword(const char *keyword);

/* The tables themselves, in IANA's order, for lists in editors and man pages; NULL past the end. */
const EncryptionAlgorithm *encryption_at(size_t index);
const IntegrityAlgorithm *integrity_at(size_t index);
const PrfAlgorithm *prf_at(size_t index);
const KeyExchangeMethod *key_exchange_at(size_t index);
