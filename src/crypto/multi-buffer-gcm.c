/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/multi-buffer.h"

enum {
    SALT_LEN = 4, /* RFC 4106, 4: nonce = salt | IV */
    IV_LEN = 8,
    NONCE_LEN = SALT_LEN + IV_LEN,
    ICV_LEN = 16,
    CACHE_LINE = 64, /* what the library's code aligns its loads to */
};

/* The expanded key with the powers of H; work on packets needs nothing else, and no manager. */
typedef struct {
    struct gcm_key_data key;
    aes_gcm_enc_dec_t run;
    uint8_t salt[SALT_LEN];
    bool esn;
} Gcm;

typedef struct {
    aes_gcm_pre_t expand;
    aes_gcm_enc_dec_t seal;
    aes_gcm_enc_dec_t open;
} GcmFunctions;

static GcmFunctions
functions_for(const IMB_MGR *mb, unsigned key_bits)
{
    switch (key_bits) {
    case 128:
        return (GcmFunctions){mb->gcm128_pre, mb->gcm128_enc, mb->gcm128_dec};
    case 192:
        return (GcmFunctions){mb->gcm192_pre, mb->gcm192_enc, mb->gcm192_dec};
    case 256:
        return (GcmFunctions){mb->gcm256_pre, mb->gcm256_enc, mb->gcm256_dec};
    default:
        return (GcmFunctions){0};
    }
}

static bool
is_gcm_of_rfc_4106(const EncryptionAlgorithm *encryption)
{
    return encryption->id == ENCR_AES_GCM_16 && encryption->salt_len == SALT_LEN
           && encryption->iv_len == IV_LEN && encryption->icv_len == ICV_LEN;
}

static void *
gcm_new(const PacketCipherParameters *parameters)
{
    const IMB_MGR *mb = multi_buffer_functions();
    const uint8_t *key = parameters->keymat.data;
    size_t key_len = parameters->encryption->key_bits / 8u;
    GcmFunctions functions;
    Gcm *gcm;

    if (!mb || !is_gcm_of_rfc_4106(parameters->encryption))
        return NULL;
    functions = functions_for(mb, parameters->encryption->key_bits);
    if (!functions.expand || !functions.seal || !functions.open)
        return NULL;
    gcm = g_aligned_alloc0(1, sizeof(*gcm), CACHE_LINE);
    functions.expand(key, &gcm->key);
    gcm->run = parameters->direction == PACKET_CIPHER_SEAL ? functions.seal : functions.open;
    memcpy(gcm->salt, key + key_len, SALT_LEN);
    gcm->esn = parameters->esn;
    return gcm;
}

static void
gcm_free(void *state)
{
    secret_wipe(state, sizeof(Gcm));
    g_aligned_free(state);
}

/* En- or decrypts the text in place, its IV being written; the ICV goes to icv. */
static void
run(const Gcm *gcm, struct gcm_context_data *context, const PacketCipherItem *item, uint8_t *icv)
{
    const uint8_t *iv = item->packet + PACKET_CIPHER_HEADER_LEN;
    uint8_t *text = item->packet + PACKET_CIPHER_HEADER_LEN + IV_LEN;
    uint8_t nonce[NONCE_LEN], aad[PACKET_CIPHER_MAX_AAD_LEN];
    size_t aad_len = packet_cipher_aad(item, gcm->esn, aad);

    memcpy(nonce, gcm->salt, SALT_LEN);
    memcpy(nonce + SALT_LEN, iv, IV_LEN);
    gcm->run(&gcm->key, context, text, text, item->text_len, nonce, aad, aad_len, icv, ICV_LEN);
}

static bool
gcm_seal(void *state, PacketCipherItem *items, size_t n)
{
    struct gcm_context_data context;

    for (size_t i = 0; i < n; i++) {
        uint8_t *iv = items[i].packet + PACKET_CIPHER_HEADER_LEN;
        uint64_t counter = GUINT64_TO_BE(items[i].iv);

        memcpy(iv, &counter, IV_LEN);
        run(state, &context, &items[i], iv + IV_LEN + items[i].text_len);
    }
    secret_wipe(&context, sizeof(context));
    return true;
}

static void
gcm_open(void *state, PacketCipherItem *items, size_t n)
{
    struct gcm_context_data context;

    for (size_t i = 0; i < n; i++) {
        uint8_t *text = items[i].packet + PACKET_CIPHER_HEADER_LEN + IV_LEN;
        uint8_t icv[ICV_LEN];

        run(state, &context, &items[i], icv);
        items[i].ok =
            bytes_equal(bytes_of(icv, ICV_LEN), bytes_of(text + items[i].text_len, ICV_LEN));
        /* It is decrypted before the ICV is known. */
        if (!items[i].ok)
            secret_wipe(text, items[i].text_len);
    }
    secret_wipe(&context, sizeof(context));
}

const PacketCipherOperations multi_buffer_gcm = {
    .new_state = gcm_new,
    .seal = gcm_seal,
    .open = gcm_open,
    .free_state = gcm_free,
};
