/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/cbc.h"
#include "crypto/distinguished-name.h"
#include "crypto/key-exchange.h"
#include "crypto/packet-cipher.h"
#include "crypto/prf.h"

#include <string.h>

/* src/crypto's headers without any cryptography, for fuzzing: every cipher leaves the text as it
 * is, and every hash is the same, so that whatever bytes come pass for authentic ones. The lengths
 * are real, and so is what is refused. */

enum { HASH_BYTE = 0x5a };

/* --- cbc.h ------------------------------------------------------------------------------------ */

bool
cbc_encrypt(const EncryptionAlgorithm *algorithm, Bytes key, Bytes iv, uint8_t *data, size_t len)
{
    return key.len == algorithm->key_bits / 8 && iv.len == algorithm->block_len
           && len % algorithm->block_len == 0;
}

bool
cbc_decrypt(const EncryptionAlgorithm *algorithm, Bytes key, Bytes iv, uint8_t *data, size_t len)
{
    return cbc_encrypt(algorithm, key, iv, data, len);
}

/* --- prf.h ------------------------------------------------------------------------------------ */

void
prf_compute(
    const PrfAlgorithm *algorithm, Bytes key, const Bytes *parts, size_t n_parts, uint8_t *out)
{
    memset(out, HASH_BYTE, algorithm->len);
}

Secret
prf_derive(const PrfAlgorithm *algorithm, Bytes key, const Bytes *parts, size_t n_parts)
{
    Secret secret = secret_alloc(algorithm->len);

    memset(secret.data, HASH_BYTE, secret.len);
    return secret;
}

/* A plain hash tells messages apart (a repetition from a new one), so this one must too. */
void
prf_hash(const PrfAlgorithm *algorithm, const Bytes *parts, size_t n_parts, uint8_t *out)
{
    uint32_t sum = 2166136261u;

    for (size_t i = 0; i < n_parts; i++) {
        for (size_t at = 0; at < parts[i].len; at++)
            sum = (sum ^ parts[i].data[at]) * 16777619u;
    }
    memset(out, HASH_BYTE, algorithm->len);
    memcpy(out, &sum, sizeof(sum));
}

/* --- key-exchange.h ----------------------------------------------------------------------------
 */

struct KeyExchange {
    const KeyExchangeMethod *method;
    uint8_t *public_value;
};

KeyExchange *
key_exchange_new(const KeyExchangeMethod *method, const RandomSource *random)
{
    KeyExchange *ke = g_new0(KeyExchange, 1);

    ke->method = method;
    ke->public_value = g_malloc(method->public_len);
    random_fill(random, ke->public_value, method->public_len);
    return ke;
}

const KeyExchangeMethod *
key_exchange_method(const KeyExchange *ke)
{
    return ke->method;
}

Bytes
key_exchange_public(const KeyExchange *ke)
{
    return bytes_of(ke->public_value, ke->method->public_len);
}

Secret
key_exchange_derive(KeyExchange *ke, Bytes peer_public)
{
    Secret shared;

    if (peer_public.len != ke->method->public_len || peer_public.data[0] == 0)
        return (Secret){0};
    shared = secret_alloc(ke->method->shared_len);
    memset(shared.data, HASH_BYTE, shared.len);
    return shared;
}

void
key_exchange_free(KeyExchange *ke)
{
    if (!ke)
        return;
    g_free(ke->public_value);
    g_free(ke);
}

/* --- distinguished-name.h, packet-cipher.h ------------------------------------------------------
 */

GBytes *
distinguished_name_encode(const char *text)
{
    return strchr(text, '=') ? bytes_copy(bytes_of_text(text)) : NULL;
}

char *
distinguished_name_to_text(Bytes der)
{
    return der.len ? g_utf8_make_valid((const char *) der.data, (gssize) der.len) : NULL;
}

size_t
packet_cipher_keymat_len(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    return encryption->key_bits / 8u + encryption->salt_len + (integrity ? integrity->key_len : 0);
}
