/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "crypto/internal.h"

struct PacketCipher {
    const EncryptionAlgorithm *encryption;
    const IntegrityAlgorithm *integrity;
    PacketCipherImplementation implementation;
    const PacketCipherOperations *operations;
    void *state;
};

/* The fastest first. */
static const struct {
    const PacketCipherOperations *gcm;
    const PacketCipherOperations *cbc;
} implementations[PACKET_CIPHER_N_IMPLEMENTATIONS] = {
#ifdef IPSEC_MB_SONAME
    [PACKET_CIPHER_MULTI_BUFFER] = {&multi_buffer_gcm, &multi_buffer_cbc},
#endif
    [PACKET_CIPHER_EVP] = {&packet_cipher_gcm, &packet_cipher_cbc},
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

static bool
parameters_are_sound(const PacketCipherParameters *parameters)
{
    /* Never encryption without integrity, never two ICVs. */
    if (is_combined(parameters->encryption) == (parameters->integrity != NULL))
        return false;
    return parameters->keymat.len
           == packet_cipher_keymat_len(parameters->encryption, parameters->integrity);
}

/* A place for each pair of algorithms; if the tables grow beyond it, OpenSSL has the rest. */
enum { MAX_ENCRYPTIONS = 16, MAX_INTEGRITIES = 16 };
typedef enum { UNKNOWN = 0, REFUSED, TRUSTED } Verdict;

static size_t
index_of_encryption(const EncryptionAlgorithm *encryption)
{
    size_t i = 0;

    while (encryption_at(i) && encryption_at(i) != encryption)
        i++;
    return i;
}

/* A combined mode's place is the one behind the last integrity algorithm. */
static size_t
index_of_integrity(const IntegrityAlgorithm *integrity)
{
    size_t i = 0;

    while (integrity_at(i) && integrity_at(i) != integrity)
        i++;
    return i;
}

static bool
check(const PacketCipherOperations *operations,
      const PacketCipherOperations *reference,
      const PacketCipherParameters *parameters)
{
    bool right = packet_cipher_agree(operations, reference, parameters);

    if (!right)
        log_notice("the multi-buffer library lacks %s%s%s or does it wrongly: OpenSSL is used",
                   parameters->encryption->keyword,
                   parameters->integrity ? " with " : "",
                   parameters->integrity ? parameters->integrity->keyword : "");
    return right;
}

/* Before the first packet of a pair of algorithms: a library that was built without something, or
 * code that errs on this processor, must not come between us and the gateway. Once, not for each
 * SA. */
static bool
is_trusted(const PacketCipherOperations *operations, const PacketCipherParameters *parameters)
{
    static gsize verdicts[MAX_ENCRYPTIONS][MAX_INTEGRITIES];
    const PacketCipherOperations *reference = parameters->integrity
                                                  ? implementations[PACKET_CIPHER_EVP].cbc
                                                  : implementations[PACKET_CIPHER_EVP].gcm;
    size_t encryption = index_of_encryption(parameters->encryption);
    size_t integrity = index_of_integrity(parameters->integrity);
    gsize *verdict;

    if (operations == reference)
        return true;
    if (encryption >= MAX_ENCRYPTIONS || integrity >= MAX_INTEGRITIES)
        return false;
    verdict = &verdicts[encryption][integrity];
    if (g_once_init_enter(verdict))
        g_once_init_leave(verdict, check(operations, reference, parameters) ? TRUSTED : REFUSED);
    return *verdict == TRUSTED;
}

static bool
try_implementation(PacketCipher *cipher,
                   PacketCipherImplementation implementation,
                   const PacketCipherParameters *parameters)
{
    const PacketCipherOperations *operations = parameters->integrity
                                                   ? implementations[implementation].cbc
                                                   : implementations[implementation].gcm;

    if (!operations)
        return false;
    cipher->state = operations->new_state(parameters);
    if (cipher->state && !is_trusted(operations, parameters)) {
        operations->free_state(cipher->state);
        cipher->state = NULL;
    }
    cipher->operations = operations;
    cipher->implementation = implementation;
    return cipher->state != NULL;
}

PacketCipher *
packet_cipher_new(const PacketCipherParameters *parameters)
{
    PacketCipherImplementation wanted = parameters->implementation;
    g_autoptr(PacketCipher) cipher = NULL;

    if (!parameters_are_sound(parameters))
        return NULL;
    cipher = g_new0(PacketCipher, 1);
    cipher->encryption = parameters->encryption;
    cipher->integrity = parameters->integrity;
    for (int i = PACKET_CIPHER_FASTEST + 1; i < PACKET_CIPHER_N_IMPLEMENTATIONS; i++) {
        if ((wanted == PACKET_CIPHER_FASTEST || (int) wanted == i)
            && try_implementation(cipher, (PacketCipherImplementation) i, parameters))
            return g_steal_pointer(&cipher);
    }
    return NULL;
}

PacketCipherImplementation
packet_cipher_implementation(const PacketCipher *cipher)
{
    return cipher->implementation;
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
packet_cipher_seal(PacketCipher *cipher, PacketCipherItem *items, size_t n)
{
    return cipher->operations->seal(cipher->state, items, n);
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
