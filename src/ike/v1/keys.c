/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/keys.h"

#include "crypto/prf.h"

#include <string.h>

void
phase1_keys_clear(Phase1Keys *keys)
{
    secret_clear(&keys->skeyid);
    secret_clear(&keys->skeyid_d);
    secret_clear(&keys->skeyid_a);
    secret_clear(&keys->skeyid_e);
    secret_clear(&keys->encryption);
}

Secret
skeyid_psk(const PrfAlgorithm *prf, Bytes psk, Bytes nonce_i, Bytes nonce_r)
{
    return prf_derive(prf, psk, (Bytes[]){nonce_i, nonce_r}, 2);
}

void
phase1_keys_derive(Phase1Keys *keys,
                   const PrfAlgorithm *prf,
                   const EncryptionAlgorithm *encryption,
                   Secret skeyid,
                   Bytes shared,
                   Bytes cookies)
{
    static const uint8_t zero = 0, one = 1, two = 2;
    Bytes key = secret_view(&skeyid);

    keys->skeyid = skeyid;
    /* SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0) */
    keys->skeyid_d = prf_derive(prf, key, (Bytes[]){shared, cookies, bytes_of(&zero, 1)}, 3);
    /* SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1) */
    keys->skeyid_a = prf_derive(
        prf, key, (Bytes[]){secret_view(&keys->skeyid_d), shared, cookies, bytes_of(&one, 1)}, 4);
    /* SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2) */
    keys->skeyid_e = prf_derive(
        prf, key, (Bytes[]){secret_view(&keys->skeyid_a), shared, cookies, bytes_of(&two, 1)}, 4);
    keys->encryption = encryption_key(prf, secret_view(&keys->skeyid_e), encryption->key_bits / 8);
}

/* Fills out with blocks of prf.len bytes: the first over first[], each other over the one before
 * and rest[]. */
static void
expand(const PrfAlgorithm *prf,
       Bytes key,
       const Bytes *first,
       const Bytes *rest,
       size_t n,
       Secret *out)
{
    uint8_t block[MAX_PRF_LEN];
    Bytes parts[8] = {{block, prf->len}};

    for (size_t i = 0; i < n; i++)
        parts[i + 1] = rest[i];
    prf_compute(prf, key, first, n ? n : 1, block);
    for (size_t at = 0; at < out->len; at += prf->len) {
        if (at > 0)
            prf_compute(prf, key, parts, n + 1, block);
        memcpy(out->data + at, block, MIN(prf->len, out->len - at));
    }
    secret_wipe(block, sizeof(block));
}

Secret
encryption_key(const PrfAlgorithm *prf, Bytes skeyid_e, size_t len)
{
    static const uint8_t zero = 0;
    Bytes first = bytes_of(&zero, 1);
    Secret key;

    if (skeyid_e.len >= len)
        return secret_copy(bytes_head(skeyid_e, len));
    /* Ka = K1 | K2 | …, K1 = prf(SKEYID_e, 0), Kn = prf(SKEYID_e, Kn-1) */
    key = secret_alloc(len);
    expand(prf, skeyid_e, &first, NULL, 0, &key);
    return key;
}

Secret
phase1_hash(const PrfAlgorithm *prf, Bytes skeyid, const Phase1HashInput *input)
{
    Bytes parts[] = {input->own_public,
                     input->peer_public,
                     input->own_cookie,
                     input->peer_cookie,
                     input->sa_i,
                     input->own_id};

    return prf_derive(prf, skeyid, parts, G_N_ELEMENTS(parts));
}

static void
hash_to_iv(const IkeProposal *proposal, const Bytes *parts, size_t n, uint8_t *out)
{
    uint8_t hash[MAX_PRF_LEN];

    prf_hash(proposal->prf, parts, n, hash);
    memcpy(out, hash, proposal->encryption->block_len);
}

void
phase1_iv(const IkeProposal *proposal, Bytes public_i, Bytes public_r, uint8_t *out)
{
    hash_to_iv(proposal, (Bytes[]){public_i, public_r}, 2, out);
}

void
phase2_iv(const IkeProposal *proposal, Bytes last_block, uint32_t message_id, uint8_t *out)
{
    uint32_t id = GUINT32_TO_BE(message_id);

    hash_to_iv(proposal, (Bytes[]){last_block, bytes_of(&id, sizeof(id))}, 2, out);
}

Secret
quick_mode_keymat(const PrfAlgorithm *prf, Bytes skeyid_d, const KeymatInput *input, size_t len)
{
    uint32_t spi = GUINT32_TO_BE(input->spi);
    /* K1 = prf(SKEYID_d, [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b), Kn = prf(SKEYID_d, Kn-1 | the
     * same) */
    Bytes parts[] = {input->shared,
                     bytes_of(&input->protocol, 1),
                     bytes_of(&spi, sizeof(spi)),
                     input->nonce_i,
                     input->nonce_r};
    Secret keymat = secret_alloc(len);

    expand(prf, skeyid_d, parts, parts, G_N_ELEMENTS(parts), &keymat);
    return keymat;
}
