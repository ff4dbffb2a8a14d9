/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/internal.h"

#include <openssl/evp.h>
#include <string.h>

enum {
    SALT_LEN = 4, /* RFC 4106, 4: nonce = salt | IV */
    IV_LEN = 8,
    NONCE_LEN = SALT_LEN + IV_LEN,
    ICV_LEN = 16,
};

/* The key is set once; a packet sets the nonce only. */
typedef struct {
    EVP_CIPHER_CTX *context;
    uint8_t salt[SALT_LEN];
    bool esn;
} Gcm;

static void
gcm_free(void *state)
{
    Gcm *gcm = state;

    EVP_CIPHER_CTX_free(gcm->context);
    secret_wipe(gcm, sizeof(*gcm));
    g_free(gcm);
}

static bool
set_key(Gcm *gcm, const EVP_CIPHER *cipher, Bytes key, PacketCipherDirection direction)
{
    return gcm->context && key.len == (size_t) EVP_CIPHER_get_key_length(cipher)
           && EVP_CIPHER_get_iv_length(cipher) == NONCE_LEN
           && EVP_CipherInit_ex(
               gcm->context, cipher, NULL, key.data, NULL, direction == PACKET_CIPHER_SEAL);
}

static void *
gcm_new(const PacketCipherParameters *parameters)
{
    const EncryptionAlgorithm *encryption = parameters->encryption;
    const EVP_CIPHER *cipher = EVP_get_cipherbyname(encryption->openssl);
    Bytes key = bytes_head(parameters->keymat, parameters->keymat.len - SALT_LEN);
    Gcm *gcm;

    if (!cipher || encryption->salt_len != SALT_LEN || encryption->iv_len != IV_LEN
        || encryption->icv_len != ICV_LEN)
        return NULL;
    gcm = g_new0(Gcm, 1);
    gcm->context = EVP_CIPHER_CTX_new();
    gcm->esn = parameters->esn;
    memcpy(gcm->salt, key.data + key.len, SALT_LEN);
    if (set_key(gcm, cipher, key, parameters->direction))
        return gcm;
    gcm_free(gcm);
    return NULL;
}

static void
nonce_of(const Gcm *gcm, const uint8_t *iv, uint8_t *nonce)
{
    memcpy(nonce, gcm->salt, SALT_LEN);
    memcpy(nonce + SALT_LEN, iv, IV_LEN);
}

static bool
seal_one(Gcm *gcm, PacketCipherItem *item)
{
    uint8_t *iv = item->packet + PACKET_CIPHER_HEADER_LEN;
    uint8_t *text = iv + IV_LEN;
    uint64_t counter = GUINT64_TO_BE(item->iv);
    uint8_t nonce[NONCE_LEN], aad[PACKET_CIPHER_MAX_AAD_LEN];
    int aad_len = (int) packet_cipher_aad(item, gcm->esn, aad);
    int len;

    memcpy(iv, &counter, IV_LEN);
    nonce_of(gcm, iv, nonce);
    return EVP_EncryptInit_ex(gcm->context, NULL, NULL, NULL, nonce)
           && EVP_EncryptUpdate(gcm->context, NULL, &len, aad, aad_len)
           && EVP_EncryptUpdate(gcm->context, text, &len, text, (int) item->text_len)
           && EVP_EncryptFinal_ex(gcm->context, text + item->text_len, &len)
           && EVP_CIPHER_CTX_ctrl(
               gcm->context, EVP_CTRL_AEAD_GET_TAG, ICV_LEN, text + item->text_len);
}

static bool
gcm_seal(void *state, PacketCipherItem *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!seal_one(state, &items[i]))
            return false;
    }
    return true;
}

static bool
open_one(Gcm *gcm, PacketCipherItem *item)
{
    uint8_t *iv = item->packet + PACKET_CIPHER_HEADER_LEN;
    uint8_t *text = iv + IV_LEN;
    uint8_t *icv = text + item->text_len;
    uint8_t nonce[NONCE_LEN], aad[PACKET_CIPHER_MAX_AAD_LEN];
    int aad_len = (int) packet_cipher_aad(item, gcm->esn, aad);
    int len;

    nonce_of(gcm, iv, nonce);
    if (EVP_DecryptInit_ex(gcm->context, NULL, NULL, NULL, nonce)
        && EVP_CIPHER_CTX_ctrl(gcm->context, EVP_CTRL_AEAD_SET_TAG, ICV_LEN, icv)
        && EVP_DecryptUpdate(gcm->context, NULL, &len, aad, aad_len)
        && EVP_DecryptUpdate(gcm->context, text, &len, text, (int) item->text_len)
        && EVP_DecryptFinal_ex(gcm->context, icv, &len))
        return true;
    /* It is decrypted before the ICV is known. */
    secret_wipe(text, item->text_len);
    return false;
}

static void
gcm_open(void *state, PacketCipherItem *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        items[i].ok = open_one(state, &items[i]);
}

const PacketCipherOperations packet_cipher_gcm = {
    .new_state = gcm_new,
    .seal = gcm_seal,
    .open = gcm_open,
    .free_state = gcm_free,
};
