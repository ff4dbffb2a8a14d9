/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "crypto/key-exchange.h"
#include "crypto/packet-cipher.h"

/* A kind of Diffie-Hellman. Both work on what stands on the wire; private_value is what
 * new_private() made. */
typedef struct {
    Secret (*new_private)(const KeyExchangeMethod *method, const RandomSource *random);

    /* Writes method->public_len bytes. */
    bool (*compute_public)(const KeyExchangeMethod *method, Bytes private_value, uint8_t *out);

    /* Writes method->shared_len bytes; false if the peer's value must not be used (RFC 6989).
     * peer_public is of the right length. */
    bool (*compute_shared)(const KeyExchangeMethod *method,
                           Bytes private_value,
                           Bytes peer_public,
                           uint8_t *out);
} KeyExchangeOperations;

extern const KeyExchangeOperations key_exchange_modp;
extern const KeyExchangeOperations key_exchange_ecp;

/* A way to protect packets; state is its own. */
typedef struct {
    /* NULL if OpenSSL lacks the algorithm. keymat is of the right length. */
    void *(*new_state)(const EncryptionAlgorithm *encryption,
                       const IntegrityAlgorithm *integrity,
                       Bytes keymat);
    bool (*seal)(void *state, PacketCipherItem *items, const uint64_t *seqs, size_t n);
    void (*open)(void *state, PacketCipherItem *items, size_t n);
    void (*free_state)(void *state);
} PacketCipherOperations;

extern const PacketCipherOperations packet_cipher_gcm;
extern const PacketCipherOperations packet_cipher_cbc;
