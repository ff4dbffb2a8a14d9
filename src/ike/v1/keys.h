/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/secret.h"
#include "model/proposal.h"

/* IKEv1's key derivations as pure functions (RFC 2409, 5 and appendix B). */

typedef struct {
    Secret skeyid;
    Secret skeyid_d; /* IPsec SAs' keys come from it */
    Secret skeyid_a; /* authenticates phase 2 messages */
    Secret skeyid_e;
    Secret encryption; /* the ISAKMP SA's cipher key, out of SKEYID_e */
} Phase1Keys;

void phase1_keys_clear(Phase1Keys *keys);

/* SKEYID = prf(pre-shared-key, Ni_b | Nr_b) */
Secret skeyid_psk(const PrfAlgorithm *prf, Bytes psk, Bytes nonce_i, Bytes nonce_r);

/* SKEYID_d, _a, _e from SKEYID, g^xy and both cookies (initiator's first, 16 bytes), and the cipher
 * key. */
void phase1_keys_derive(Phase1Keys *keys,
                        const PrfAlgorithm *prf,
                        const EncryptionAlgorithm *encryption,
                        Secret skeyid,
                        Bytes shared,
                        Bytes cookies);

/* The cipher key of len bytes: SKEYID_e, or K1 | K2 | … if that is too short (appendix B). */
Secret encryption_key(const PrfAlgorithm *prf, Bytes skeyid_e, size_t len);

/* HASH_I is over the initiator's values as "own", HASH_R over the responder's (RFC 2409, 5):
 * prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b). SAi_b is the initiator's in both. */
typedef struct {
    Bytes own_public;
    Bytes peer_public;
    Bytes own_cookie;
    Bytes peer_cookie;
    Bytes sa_i;
    Bytes own_id;
} Phase1HashInput;

Secret phase1_hash(const PrfAlgorithm *prf, Bytes skeyid, const Phase1HashInput *input);

/* The first IV of phase 1: hash(g^xi | g^xr); of a phase 2 exchange: hash(last block of phase 1 |
 * M-ID). Cut to the cipher's block. out has room for 16 bytes. */
void phase1_iv(const IkeProposal *proposal, Bytes public_i, Bytes public_r, uint8_t *out);
void phase2_iv(const IkeProposal *proposal, Bytes last_block, uint32_t message_id, uint8_t *out);

/* KEYMAT of one direction (RFC 2409, 5.5), len bytes. shared is empty without PFS; spi, in host
 * order, is the receiver's. */
typedef struct {
    Bytes shared;
    uint8_t protocol;
    uint32_t spi;
    Bytes nonce_i;
    Bytes nonce_r;
} KeymatInput;

Secret
quick_mode_keymat(const PrfAlgorithm *prf, Bytes skeyid_d, const KeymatInput *input, size_t len);
