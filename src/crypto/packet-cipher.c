/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/internal.h"

struct PacketCipher {
    const EncryptionAlgorithm *encryption;
    const IntegrityAlgorithm *integrity;
    const PacketCipherOperations *operations;
    void *state;
};

static bool
is_combined(const EncryptionAlgorithm *encryption)
{
    return encryption->icv_len > 0;
}

size_t
packet_cipher_keymat_len(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    return encryption->key_bits / 8u + encryption->salt_len + (integrity ? integrity->key_len : 0u);
}

PacketCipher *
packet_cipher_new(const EncryptionAlgorithm *encryption,
                  const IntegrityAlgorithm *integrity,
                  Bytes keymat)
{
    g_autoptr(PacketCipher) cipher = g_new0(PacketCipher, 1);

    /* Never encryption without integrity, never two ICVs. */
    if (is_combined(encryption) == (integrity != NULL))
        return NULL;
    if (keymat.len != packet_cipher_keymat_len(encryption, integrity))
        return NULL;
    cipher->encryption = encryption;
    cipher->integrity = integrity;
    cipher->operations = integrity ? &packet_cipher_cbc : &packet_cipher_gcm;
    cipher->state = cipher->operations->new_state(encryption, integrity, keymat);
    return cipher->state ? g_steal_pointer(&cipher) : NULL;
}

size_t
packet_cipher_iv_len(const PacketCipher *cipher)
{
    return cipher->encryption->iv_len;
}

size_t
packet_cipher_icv_len(const PacketCipher *cipher)
{
    return cipher->integrity ? cipher->integrity->icv_len : cipher->encryption->icv_len;
}

size_t
packet_cipher_block_len(const PacketCipher *cipher)
{
    return cipher->encryption->block_len;
}

bool
packet_cipher_seal(PacketCipher *cipher, PacketCipherItem *items, const uint64_t *seqs, size_t n)
{
    return cipher->operations->seal(cipher->state, items, seqs, n);
}

void
packet_cipher_open(PacketCipher *cipher, PacketCipherItem *items, size_t n)
{
    cipher->operations->open(cipher->state, items, n);
}

void
packet_cipher_free(PacketCipher *cipher)
{
    if (!cipher)
        return;
    if (cipher->state)
        cipher->operations->free_state(cipher->state);
    g_free(cipher);
}
