/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/internal.h"
#include "crypto/random.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

enum {
    MAX_IV_LEN = EVP_MAX_IV_LENGTH,
    IVS_AT_ONCE = 64, /* drawn together: one call of the generator costs more than these bytes */
};

/* Encrypt, then MAC (RFC 4303, 3.3.2). Keys are set once; a packet sets the IV only. */
typedef struct {
    EVP_CIPHER_CTX *context;
    EVP_MAC_CTX *mac;
    size_t iv_len;
    size_t icv_len;
    bool esn;
} Cbc;

static void
cbc_free(void *state)
{
    Cbc *cbc = state;

    EVP_CIPHER_CTX_free(cbc->context);
    EVP_MAC_CTX_free(cbc->mac);
    g_free(cbc);
}

static bool
set_encryption_key(Cbc *cbc, const EVP_CIPHER *cipher, Bytes key, PacketCipherDirection direction)
{
    return cbc->context && key.len == (size_t) EVP_CIPHER_get_key_length(cipher)
           && EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CBC_MODE
           && (size_t) EVP_CIPHER_get_iv_length(cipher) == cbc->iv_len
           && EVP_CipherInit_ex(
               cbc->context, cipher, NULL, key.data, NULL, direction == PACKET_CIPHER_SEAL)
           && EVP_CIPHER_CTX_set_padding(cbc->context, 0);
}

static bool
set_integrity_key(Cbc *cbc, const IntegrityAlgorithm *integrity, Bytes key)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *) integrity->openssl, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    cbc->mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    EVP_MAC_free(hmac);
    return cbc->mac && EVP_MAC_init(cbc->mac, key.data, key.len, params)
           && EVP_MAC_CTX_get_mac_size(cbc->mac) >= cbc->icv_len;
}

static void *
cbc_new(const PacketCipherParameters *parameters)
{
    const EVP_CIPHER *cipher = EVP_get_cipherbyname(parameters->encryption->openssl);
    Bytes keymat = parameters->keymat;
    Bytes key = bytes_head(keymat, parameters->encryption->key_bits / 8u);
    Bytes integrity_key = bytes_of(keymat.data + key.len, keymat.len - key.len);
    Cbc *cbc;

    if (!cipher)
        return NULL;
    cbc = g_new0(Cbc, 1);
    cbc->context = EVP_CIPHER_CTX_new();
    cbc->iv_len = parameters->encryption->iv_len;
    cbc->icv_len = parameters->integrity->icv_len;
    cbc->esn = parameters->esn;
    if (set_encryption_key(cbc, cipher, key, parameters->direction)
        && set_integrity_key(cbc, parameters->integrity, integrity_key))
        return cbc;
    cbc_free(cbc);
    return NULL;
}

/* The ICV over what stands in front of it, and with ESN over the number's other half behind that
 * (RFC 4303, 2.2.1). A NULL key starts anew with the one that is set. */
static bool
compute_icv(Cbc *cbc, const PacketCipherItem *item, uint8_t *out)
{
    uint32_t high = GUINT32_TO_BE(item->seq_high);
    size_t len = 0;

    return EVP_MAC_init(cbc->mac, NULL, 0, NULL)
           && EVP_MAC_update(
               cbc->mac, item->packet, PACKET_CIPHER_HEADER_LEN + cbc->iv_len + item->text_len)
           && (!cbc->esn || EVP_MAC_update(cbc->mac, (const uint8_t *) &high, sizeof(high)))
           && EVP_MAC_final(cbc->mac, out, &len, EVP_MAX_MD_SIZE) && len >= cbc->icv_len;
}

static bool
seal_one(Cbc *cbc, PacketCipherItem *item, const uint8_t *random_iv)
{
    uint8_t *iv = item->packet + PACKET_CIPHER_HEADER_LEN;
    uint8_t *text = iv + cbc->iv_len;
    uint8_t icv[EVP_MAX_MD_SIZE];
    int len;

    memcpy(iv, random_iv, cbc->iv_len);
    if (!EVP_EncryptInit_ex(cbc->context, NULL, NULL, NULL, iv)
        || !EVP_EncryptUpdate(cbc->context, text, &len, text, (int) item->text_len)
        || !compute_icv(cbc, item, icv))
        return false;
    memcpy(text + item->text_len, icv, cbc->icv_len);
    return true;
}

/* Nobody may know the next IV beforehand (RFC 3602, 3), so they are random. */
static bool
cbc_seal(void *state, PacketCipherItem *items, size_t n)
{
    uint8_t ivs[IVS_AT_ONCE * MAX_IV_LEN];
    Cbc *cbc = state;

    for (size_t i = 0; i < n; i++) {
        size_t slot = i % IVS_AT_ONCE;

        if (slot == 0)
            random_fill(&random_system, ivs, MIN(n - i, IVS_AT_ONCE) * cbc->iv_len);
        if (!seal_one(cbc, &items[i], ivs + slot * cbc->iv_len))
            return false;
    }
    return true;
}

static bool
open_one(Cbc *cbc, PacketCipherItem *item)
{
    uint8_t *iv = item->packet + PACKET_CIPHER_HEADER_LEN;
    uint8_t *text = iv + cbc->iv_len;
    uint8_t icv[EVP_MAX_MD_SIZE];
    int len;

    if (!compute_icv(cbc, item, icv)
        || !bytes_equal(bytes_of(icv, cbc->icv_len), bytes_of(text + item->text_len, cbc->icv_len)))
        return false;
    return EVP_DecryptInit_ex(cbc->context, NULL, NULL, NULL, iv)
           && EVP_DecryptUpdate(cbc->context, text, &len, text, (int) item->text_len);
}

static void
cbc_open(void *state, PacketCipherItem *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        items[i].ok = open_one(state, &items[i]);
}

const PacketCipherOperations packet_cipher_cbc = {
    .new_state = cbc_new,
    .seal = cbc_seal,
    .open = cbc_open,
    .free_state = cbc_free,
};
