/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/cbc.h"

#include <openssl/evp.h>

typedef enum { CBC_DECRYPT = 0, CBC_ENCRYPT = 1 } Direction;

static bool
lengths_fit(
    const EncryptionAlgorithm *algorithm, const EVP_CIPHER *cipher, Bytes key, Bytes iv, size_t len)
{
    size_t block = (size_t) EVP_CIPHER_get_block_size(cipher);

    return EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CBC_MODE
           && key.len == (size_t) EVP_CIPHER_get_key_length(cipher)
           && key.len * 8 == algorithm->key_bits && iv.len == block && len % block == 0
           && len <= INT_MAX;
}

static bool
run(const EVP_CIPHER *cipher, Direction direction, Bytes key, Bytes iv, uint8_t *data, size_t len)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int out_len = 0;
    bool ok = context && EVP_CipherInit_ex(context, cipher, NULL, key.data, iv.data, direction)
              && EVP_CIPHER_CTX_set_padding(context, 0)
              && EVP_CipherUpdate(context, data, &out_len, data, (int) len)
              && (size_t) out_len == len;

    EVP_CIPHER_CTX_free(context);
    return ok;
}

static bool
cbc(const EncryptionAlgorithm *algorithm,
    Direction direction,
    Bytes key,
    Bytes iv,
    uint8_t *data,
    size_t len)
{
    const EVP_CIPHER *cipher = EVP_get_cipherbyname(algorithm->openssl);

    if (!cipher || !lengths_fit(algorithm, cipher, key, iv, len))
        return false;
    return len == 0 || run(cipher, direction, key, iv, data, len);
}

bool
cbc_encrypt(const EncryptionAlgorithm *algorithm, Bytes key, Bytes iv, uint8_t *data, size_t len)
{
    return cbc(algorithm, CBC_ENCRYPT, key, iv, data, len);
}

bool
cbc_decrypt(const EncryptionAlgorithm *algorithm, Bytes key, Bytes iv, uint8_t *data, size_t len)
{
    return cbc(algorithm, CBC_DECRYPT, key, iv, data, len);
}
