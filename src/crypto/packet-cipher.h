/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/secret.h"
#include "model/algorithms.h"

/* What protects the packets of one SA in one direction: a combined mode (RFC 4106), or CBC with
 * HMAC (RFC 3602, RFC 2404, RFC 4868). Contexts are made once and reused; not for use from two
 * threads. */
typedef struct PacketCipher PacketCipher;

/* One packet of a batch. All buffers are the caller's and work is in place:
 *   aad | iv | text | icv      aad covers SPI and sequence number (with ESN its high half too).
 * With CBC the ICV covers aad, iv and ciphertext, which must therefore stand in one run: the caller
 * says where the aad starts, iv follows at aad + aad_len, text at iv + iv_len, icv at text +
 * text_len. */
typedef struct {
    uint8_t *aad;
    size_t aad_len;
    size_t text_len; /* whole blocks */
    bool ok;         /* out, of packet_cipher_open(): the ICV was right, the text is plain */
} PacketCipherItem;

/* Bytes of KEYMAT that one direction takes: encryption key and salt first, then the integrity key
 * (RFC 4303 does not say; RFC 2409, 5.5 and RFC 7296, 2.17 do). integrity NULL with a combined
 * mode. */
size_t packet_cipher_keymat_len(const EncryptionAlgorithm *encryption,
                                const IntegrityAlgorithm *integrity);

/* keymat of exactly that length; NULL if it is not, or OpenSSL lacks the algorithm. */
PacketCipher *packet_cipher_new(const EncryptionAlgorithm *encryption,
                                const IntegrityAlgorithm *integrity,
                                Bytes keymat);

size_t packet_cipher_iv_len(const PacketCipher *cipher);
size_t packet_cipher_icv_len(const PacketCipher *cipher);
size_t packet_cipher_block_len(const PacketCipher *cipher);

/* Writes the explicit IV (a counter for GCM, taken from seq; encrypted counter or random for CBC:
 * never predictable), encrypts, writes the ICV. False if OpenSSL fails: then nothing of the batch
 * may be sent. */
bool
packet_cipher_seal(PacketCipher *cipher, PacketCipherItem *items, const uint64_t *seqs, size_t n);

/* Checks each ICV in constant time and decrypts what passed; sets ok of each. */
void packet_cipher_open(PacketCipher *cipher, PacketCipherItem *items, size_t n);

void packet_cipher_free(PacketCipher *cipher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PacketCipher, packet_cipher_free)
