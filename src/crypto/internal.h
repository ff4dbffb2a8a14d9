/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "crypto/key-exchange.h"
#include "crypto/packet-cipher.h"

#include <string.h>

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
    /* NULL if the algorithm is lacking. keymat is of the right length, integrity there or not as
     * encryption demands. */
    void *(*new_state)(const PacketCipherParameters *parameters);
    bool (*seal)(void *state, PacketCipherItem *items, size_t n);
    void (*open)(void *state, PacketCipherItem *items, size_t n);
    void (*free_state)(void *state);
} PacketCipherOperations;

extern const PacketCipherOperations packet_cipher_gcm;
extern const PacketCipherOperations packet_cipher_cbc;

/* Only where it was built in (option ipsec-mb). */
extern const PacketCipherOperations multi_buffer_gcm;
extern const PacketCipherOperations multi_buffer_cbc;

/* Whether each opens what the other sealed, with the algorithms of parameters but not with its key,
 * and refuses what is forged. */
bool packet_cipher_agree(const PacketCipherOperations *a,
                         const PacketCipherOperations *b,
                         const PacketCipherParameters *parameters);

enum { PACKET_CIPHER_MAX_AAD_LEN = 12 };

/* SPI | sequence number, with ESN SPI | high half | low half (RFC 4106, 5). Returns its length. */
static inline size_t
packet_cipher_aad(const PacketCipherItem *item, bool esn, uint8_t aad[PACKET_CIPHER_MAX_AAD_LEN])
{
    uint32_t high = GUINT32_TO_BE(item->seq_high);

    if (!esn) {
        memcpy(aad, item->packet, PACKET_CIPHER_HEADER_LEN);
        return PACKET_CIPHER_HEADER_LEN;
    }
    memcpy(aad, item->packet, 4);
    memcpy(aad + 4, &high, 4);
    memcpy(aad + 8, item->packet + 4, 4);
    return PACKET_CIPHER_MAX_AAD_LEN;
}
