/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/secret.h"
#include "model/algorithms.h"

/* What protects the packets of one SA in one direction: a combined mode (RFC 4106), or CBC with
 * HMAC (RFC 3602, RFC 2404, RFC 4868). Keys are set up once; not for use from two threads at the
 * same time. */
typedef struct PacketCipher PacketCipher;

typedef enum {
    PACKET_CIPHER_SEAL,
    PACKET_CIPHER_OPEN,
} PacketCipherDirection;

/* Who does the work. */
typedef enum {
    PACKET_CIPHER_FASTEST,      /* the fastest of the others that can do it on this machine */
    PACKET_CIPHER_MULTI_BUFFER, /* Intel's multi-buffer library: x86, and where it is installed */
    PACKET_CIPHER_EVP,          /* OpenSSL: everywhere, every algorithm */
    PACKET_CIPHER_N_IMPLEMENTATIONS,
} PacketCipherImplementation;

typedef struct {
    const EncryptionAlgorithm *encryption;
    const IntegrityAlgorithm *integrity; /* NULL with a combined mode */
    Bytes keymat;                        /* of exactly packet_cipher_keymat_len() */
    PacketCipherDirection direction;
    bool esn; /* the ICV covers the high half of the sequence number too (RFC 4303, 2.2.1) */
    PacketCipherImplementation implementation;
} PacketCipherParameters;

/* One packet of a batch. All buffers are the caller's and work is in place:
 *   SPI | sequence number | IV | text | ICV      in one run, from packet on
 */
typedef struct {
    uint8_t *packet;
    size_t text_len;   /* whole blocks, one at least */
    uint64_t iv;       /* to seal with GCM: never twice with one key (RFC 4106, 3.1) */
    uint32_t seq_high; /* with ESN: the half of the sequence number that is not sent */
    bool ok;           /* out, of packet_cipher_open(): the ICV was right, the text is plain */
} PacketCipherItem;

enum { PACKET_CIPHER_HEADER_LEN = 8 }; /* SPI, sequence number */

/* Bytes of KEYMAT that one direction takes: encryption key and salt first, then the integrity key
 * (RFC 4303 does not say; RFC 2409, 5.5 and RFC 7296, 2.17 do). integrity NULL with a combined
 * mode. */
size_t packet_cipher_keymat_len(const EncryptionAlgorithm *encryption,
                                const IntegrityAlgorithm *integrity);

/* NULL if the length of keymat is another, integrity is missing or double, or the implementation
 * lacks the algorithm or is not on this machine. */
PacketCipher *packet_cipher_new(const PacketCipherParameters *parameters);

/* Never PACKET_CIPHER_FASTEST. */
PacketCipherImplementation packet_cipher_implementation(const PacketCipher *cipher);

size_t packet_cipher_iv_len(const PacketCipher *cipher);
size_t packet_cipher_icv_len(const PacketCipher *cipher);
size_t packet_cipher_block_len(const PacketCipher *cipher);

/* Writes the explicit IV (the item's for GCM, random for CBC: never predictable), encrypts, writes
 * the ICV. False if the library fails: then nothing of the batch may be sent. */
bool packet_cipher_seal(PacketCipher *cipher, PacketCipherItem *items, size_t n);

/* Checks each ICV in constant time; sets ok of each. No plaintext of a packet that did not pass is
 * left anywhere; what stands in its place, and where the ICV stood, means nothing. */
void packet_cipher_open(PacketCipher *cipher, PacketCipherItem *items, size_t n);

/* Wipes the keys. */
void packet_cipher_free(PacketCipher *cipher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PacketCipher, packet_cipher_free)
