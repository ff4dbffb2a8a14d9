/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/multi-buffer.h"
#include "crypto/random.h"

enum {
    IV_LEN = 16,
    SEQ_HIGH_LEN = 4,
    MAX_EXPANDED_LEN = 15 * 16, /* AES-256: 14 rounds */
    MAX_HASH_BLOCK_LEN = 128,   /* SHA-512's */
    MAX_HASH_LEN = 64,
    ALIGNMENT = 16, /* what the library's code aligns its loads to */
};

/* An HMAC, as the library knows it. */
typedef struct {
    IntegrityId id;
    IMB_HASH_ALG hash;
    size_t block_len;
    size_t one_block; /* where a manager has the function for one block */
} Hmac;

static const Hmac hmacs[] = {
    {AUTH_HMAC_SHA1_96, IMB_AUTH_HMAC_SHA_1, 64, offsetof(IMB_MGR, sha1_one_block)},
    {AUTH_HMAC_SHA2_256_128, IMB_AUTH_HMAC_SHA_256, 64, offsetof(IMB_MGR, sha256_one_block)},
    {AUTH_HMAC_SHA2_384_192, IMB_AUTH_HMAC_SHA_384, 128, offsetof(IMB_MGR, sha384_one_block)},
    {AUTH_HMAC_SHA2_512_256, IMB_AUTH_HMAC_SHA_512, 128, offsetof(IMB_MGR, sha512_one_block)},
};

/* The round keys of one direction, and the hash's states after the key's pads (RFC 2104, 4). */
typedef struct {
    uint8_t round_keys[MAX_EXPANDED_LEN] __attribute__((aligned(ALIGNMENT)));
    uint8_t inner[MAX_HASH_LEN] __attribute__((aligned(ALIGNMENT)));
    uint8_t outer[MAX_HASH_LEN] __attribute__((aligned(ALIGNMENT)));
    size_t key_len;
    size_t icv_len;
    IMB_HASH_ALG hash;
    bool esn;
} Cbc;

static void
cbc_free(void *state)
{
    secret_wipe(state, sizeof(Cbc));
    g_aligned_free(state);
}

static const Hmac *
hmac_of(const IntegrityAlgorithm *integrity)
{
    for (size_t i = 0; i < G_N_ELEMENTS(hmacs); i++) {
        if (hmacs[i].id == integrity->id)
            return &hmacs[i];
    }
    return NULL;
}

static bool
set_encryption_key(Cbc *cbc, const IMB_MGR *mb, const PacketCipherParameters *parameters)
{
    const keyexp_t expand = cbc->key_len == 16   ? mb->keyexp_128
                            : cbc->key_len == 24 ? mb->keyexp_192
                            : cbc->key_len == 32 ? mb->keyexp_256
                                                 : NULL;
    uint8_t other[MAX_EXPANDED_LEN] __attribute__((aligned(ALIGNMENT)));

    if (!expand)
        return false;
    if (parameters->direction == PACKET_CIPHER_SEAL)
        expand(parameters->keymat.data, cbc->round_keys, other);
    else
        expand(parameters->keymat.data, other, cbc->round_keys);
    secret_wipe(other, sizeof(other));
    return true;
}

static void
hash_pad(hash_one_block_t one_block, const Hmac *hmac, Bytes key, uint8_t pad, uint8_t *out)
{
    uint8_t block[MAX_HASH_BLOCK_LEN];

    for (size_t i = 0; i < hmac->block_len; i++)
        block[i] = pad ^ (i < key.len ? key.data[i] : 0);
    one_block(block, out);
    secret_wipe(block, sizeof(block));
}

static bool
set_integrity_key(Cbc *cbc, const IMB_MGR *mb, const Hmac *hmac, Bytes key)
{
    hash_one_block_t one_block;

    memcpy(&one_block, (const uint8_t *) mb + hmac->one_block, sizeof(one_block));
    if (!one_block || key.len > hmac->block_len)
        return false;
    hash_pad(one_block, hmac, key, 0x36, cbc->inner);
    hash_pad(one_block, hmac, key, 0x5c, cbc->outer);
    return true;
}

static void *
cbc_new(const PacketCipherParameters *parameters)
{
    const EncryptionAlgorithm *encryption = parameters->encryption;
    const IMB_MGR *mb = multi_buffer_functions();
    const Hmac *hmac = hmac_of(parameters->integrity);
    Bytes keymat = parameters->keymat;
    Cbc *cbc;

    if (!mb || !mb->submit_cipher_burst || !mb->submit_hash_burst || !hmac)
        return NULL;
    if (encryption->id != ENCR_AES_CBC || encryption->iv_len != IV_LEN
        || parameters->integrity->icv_len > MULTI_BUFFER_MAX_ICV_LEN)
        return NULL;
    cbc = g_aligned_alloc0(1, sizeof(*cbc), ALIGNMENT);
    cbc->key_len = encryption->key_bits / 8u;
    cbc->icv_len = parameters->integrity->icv_len;
    cbc->hash = hmac->hash;
    cbc->esn = parameters->esn;
    if (set_encryption_key(cbc, mb, parameters)
        && set_integrity_key(
            cbc, mb, hmac, bytes_of(keymat.data + cbc->key_len, keymat.len - cbc->key_len)))
        return cbc;
    cbc_free(cbc);
    return NULL;
}

static uint8_t *
text_of(const PacketCipherItem *item)
{
    return item->packet + PACKET_CIPHER_HEADER_LEN + IV_LEN;
}

static uint8_t *
icv_of(const PacketCipherItem *item)
{
    return text_of(item) + item->text_len;
}

static void
set_cipher(IMB_JOB *job, const Cbc *cbc, const PacketCipherItem *item)
{
    job->enc_keys = cbc->round_keys;
    job->dec_keys = cbc->round_keys;
    job->key_len_in_bytes = cbc->key_len;
    job->src = item->packet;
    job->dst = text_of(item);
    job->cipher_start_src_offset_in_bytes = PACKET_CIPHER_HEADER_LEN + IV_LEN;
    job->msg_len_to_cipher_in_bytes = item->text_len;
    job->iv = item->packet + PACKET_CIPHER_HEADER_LEN;
    job->iv_len_in_bytes = IV_LEN;
    job->cipher_mode = IMB_CIPHER_CBC;
}

/* The high half stands where the ICV will stand, while the hash is over it (RFC 4303, 2.2.1). */
static void
set_hash(IMB_JOB *job, const Cbc *cbc, const PacketCipherItem *item, uint8_t *out_icv)
{
    uint32_t high = GUINT32_TO_BE(item->seq_high);

    job->src = item->packet;
    job->hash_start_src_offset_in_bytes = 0;
    job->msg_len_to_hash_in_bytes = PACKET_CIPHER_HEADER_LEN + IV_LEN + item->text_len;
    if (cbc->esn) {
        memcpy(icv_of(item), &high, SEQ_HIGH_LEN);
        job->msg_len_to_hash_in_bytes += SEQ_HIGH_LEN;
    }
    job->auth_tag_output = out_icv;
    job->auth_tag_output_len_in_bytes = cbc->icv_len;
    job->u.HMAC._hashed_auth_key_xor_ipad = cbc->inner;
    job->u.HMAC._hashed_auth_key_xor_opad = cbc->outer;
    job->hash_alg = cbc->hash;
}

/* Both come back when all n are done. */
static bool
run_cipher(MultiBuffer *mb, const Cbc *cbc, IMB_CIPHER_DIRECTION direction, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mb->jobs[i].cipher_direction = direction;
        mb->jobs[i].status = IMB_STATUS_BEING_PROCESSED;
    }
    if (IMB_SUBMIT_CIPHER_BURST(mb->manager,
                                mb->jobs,
                                (uint32_t) n,
                                IMB_CIPHER_CBC,
                                direction,
                                (IMB_KEY_SIZE_BYTES) cbc->key_len)
        != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!(mb->jobs[i].status & IMB_STATUS_COMPLETED_CIPHER))
            return false;
    }
    return true;
}

static bool
run_hash(MultiBuffer *mb, const Cbc *cbc, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mb->jobs[i].status = IMB_STATUS_BEING_PROCESSED;
    if (IMB_SUBMIT_HASH_BURST(mb->manager, mb->jobs, (uint32_t) n, cbc->hash) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!(mb->jobs[i].status & IMB_STATUS_COMPLETED_AUTH))
            return false;
    }
    return true;
}

/* Encrypt, then MAC (RFC 4303, 3.3.2). Nobody may know the next IV beforehand (RFC 3602, 3), so
 * they are random; drawn together, since a call of the generator costs more than these bytes. */
static bool
seal_burst(const Cbc *cbc, MultiBuffer *mb, const PacketCipherItem *items, size_t n)
{
    random_fill(&random_system, mb->ivs, n * IV_LEN);
    for (size_t i = 0; i < n; i++) {
        memcpy(items[i].packet + PACKET_CIPHER_HEADER_LEN, mb->ivs + i * IV_LEN, IV_LEN);
        set_cipher(&mb->jobs[i], cbc, &items[i]);
    }
    if (!run_cipher(mb, cbc, IMB_DIR_ENCRYPT, n))
        return false;
    for (size_t i = 0; i < n; i++)
        set_hash(&mb->jobs[i], cbc, &items[i], icv_of(&items[i]));
    return run_hash(mb, cbc, n);
}

static bool
cbc_seal(void *state, PacketCipherItem *items, size_t n)
{
    MultiBuffer *mb = multi_buffer_of_thread();
    bool done = mb != NULL;

    for (size_t i = 0; i < n && done; i += MULTI_BUFFER_BURST)
        done = seal_burst(state, mb, items + i, MIN(n - i, MULTI_BUFFER_BURST));
    return done;
}

/* Sets ok of what has the right ICV. With ESN the one that was received must make room first. */
static bool
check_burst(const Cbc *cbc, MultiBuffer *mb, PacketCipherItem *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(mb->received[i], icv_of(&items[i]), cbc->icv_len);
        set_hash(&mb->jobs[i], cbc, &items[i], mb->computed[i]);
    }
    if (!run_hash(mb, cbc, n))
        return false;
    for (size_t i = 0; i < n; i++)
        items[i].ok = bytes_equal(bytes_of(mb->computed[i], cbc->icv_len),
                                  bytes_of(mb->received[i], cbc->icv_len));
    return true;
}

/* Only what passed is decrypted. */
static bool
decrypt_burst(const Cbc *cbc, MultiBuffer *mb, const PacketCipherItem *items, size_t n)
{
    size_t passed = 0;

    for (size_t i = 0; i < n; i++) {
        if (items[i].ok)
            set_cipher(&mb->jobs[passed++], cbc, &items[i]);
    }
    return passed == 0 || run_cipher(mb, cbc, IMB_DIR_DECRYPT, passed);
}

static void
open_burst(const Cbc *cbc, MultiBuffer *mb, PacketCipherItem *items, size_t n)
{
    if (check_burst(cbc, mb, items, n) && decrypt_burst(cbc, mb, items, n))
        return;
    for (size_t i = 0; i < n; i++)
        items[i].ok = false;
}

static void
cbc_open(void *state, PacketCipherItem *items, size_t n)
{
    MultiBuffer *mb = multi_buffer_of_thread();

    for (size_t i = 0; i < n; i++)
        items[i].ok = false;
    for (size_t i = 0; i < n && mb; i += MULTI_BUFFER_BURST)
        open_burst(state, mb, items + i, MIN(n - i, MULTI_BUFFER_BURST));
}

const PacketCipherOperations multi_buffer_cbc = {
    .new_state = cbc_new,
    .seal = cbc_seal,
    .open = cbc_open,
    .free_state = cbc_free,
};
