/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/cbc.h"
#include "crypto/packet-cipher.h"
#include "crypto/prf.h"
#include "lib/responder-v1-internal.h"

#include <string.h>

/* Every text that is hashed is first written down whole, as the RFC writes it. */
static GByteArray *
text_of(Bytes first)
{
    return g_byte_array_append(g_byte_array_new(), first.data, (guint) first.len);
}

static void
add(GByteArray *text, Bytes bytes)
{
    if (bytes.len)
        g_byte_array_append(text, bytes.data, (guint) bytes.len);
}

static void
add_owned(GByteArray *text, GBytes *bytes)
{
    add(text, bytes_of_gbytes(bytes));
}

static void
add_number(GByteArray *text, uint32_t value, size_t width)
{
    for (size_t i = width; i > 0; i--) {
        uint8_t byte = (uint8_t) (value >> (8 * (i - 1)));

        g_byte_array_append(text, &byte, 1);
    }
}

/* Takes over text. */
static GBytes *
prf(const Responder *r, Bytes key, GByteArray *text)
{
    Bytes whole = bytes_of(text->data, text->len);
    uint8_t out[MAX_PRF_LEN];

    prf_compute(r->proposal.prf, key, &whole, 1, out);
    g_byte_array_unref(text);
    return g_bytes_new(out, r->proposal.prf->len);
}

static GBytes *
hash(const Responder *r, GByteArray *text)
{
    Bytes whole = bytes_of(text->data, text->len);
    uint8_t out[MAX_PRF_LEN];

    prf_hash(r->proposal.prf, &whole, 1, out);
    g_byte_array_unref(text);
    return g_bytes_new(out, r->proposal.prf->len);
}

/* SKEYID_x = prf(SKEYID, [the one before |] g^xy | CKY-I | CKY-R | number) */
static GBytes *
skeyid_with(const Responder *r, GBytes *before, Bytes shared, uint8_t number)
{
    GByteArray *text = text_of(bytes_of_gbytes(before));

    add(text, shared);
    add(text, BYTES_OF_ARRAY(r->cookie_i));
    add(text, BYTES_OF_ARRAY(r->cookie_r));
    add_number(text, number, 1);
    return prf(r, bytes_of_gbytes(r->skeyid), text);
}

/* Ka = K1 | K2 | …, K1 = prf(SKEYID_e, 0), if SKEYID_e is too short */
static GBytes *
cipher_key(const Responder *r, Bytes skeyid_e)
{
    size_t need = r->proposal.encryption->key_bits / 8;
    g_autoptr(GByteArray) ka = g_byte_array_new();
    g_autoptr(GBytes) k = NULL;

    if (skeyid_e.len >= need)
        return g_bytes_new(skeyid_e.data, need);
    k = prf(r, skeyid_e, text_of(bytes_of("\0", 1)));
    add_owned(ka, k);
    while (ka->len < need) {
        GBytes *next = prf(r, skeyid_e, text_of(bytes_of_gbytes(k)));

        g_bytes_unref(k);
        k = next;
        add_owned(ka, k);
    }
    return g_bytes_new(ka->data, need);
}

static void
replace(GBytes **owner, GBytes *value)
{
    g_clear_pointer(owner, g_bytes_unref);
    *owner = value;
}

void
gateway_derive(Responder *r, Bytes shared, Bytes psk)
{
    GByteArray *nonces = text_of(bytes_of_gbytes(r->nonce_i));

    add_owned(nonces, r->nonce_r);
    replace(&r->skeyid, prf(r, psk, nonces));
    replace(&r->skeyid_d, skeyid_with(r, NULL, shared, 0));
    replace(&r->skeyid_a, skeyid_with(r, r->skeyid_d, shared, 1));
    replace(&r->skeyid_e, skeyid_with(r, r->skeyid_a, shared, 2));
    replace(&r->key, cipher_key(r, bytes_of_gbytes(r->skeyid_e)));
}

static void
iv_of(const Responder *r, GByteArray *text, uint8_t *iv)
{
    g_autoptr(GBytes) digest = hash(r, text);

    memcpy(iv, g_bytes_get_data(digest, NULL), r->proposal.encryption->block_len);
}

void
gateway_phase1_iv(Responder *r, uint8_t *iv)
{
    GByteArray *text = text_of(bytes_of_gbytes(r->public_i));

    add(text, key_exchange_public(r->ke));
    iv_of(r, text, iv);
}

void
gateway_phase2_iv(const Responder *r, uint32_t id, uint8_t *iv)
{
    GByteArray *text = text_of(bytes_of(r->last_block, r->proposal.encryption->block_len));

    add_number(text, id, 4);
    iv_of(r, text, iv);
}

/* HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b) */
GBytes *
gateway_hash_i(Responder *r)
{
    GByteArray *text = text_of(bytes_of_gbytes(r->public_i));

    add(text, key_exchange_public(r->ke));
    add(text, BYTES_OF_ARRAY(r->cookie_i));
    add(text, BYTES_OF_ARRAY(r->cookie_r));
    add_owned(text, r->sa_i);
    add_owned(text, r->id_i);
    return prf(r, bytes_of_gbytes(r->skeyid), text);
}

/* HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b) */
GBytes *
gateway_hash_r(Responder *r)
{
    GByteArray *text = text_of(key_exchange_public(r->ke));

    add_owned(text, r->public_i);
    add(text, BYTES_OF_ARRAY(r->cookie_r));
    add(text, BYTES_OF_ARRAY(r->cookie_i));
    add_owned(text, r->sa_i);
    add_owned(text, r->id_r);
    return prf(r, bytes_of_gbytes(r->skeyid), text);
}

/* HASH = prf(SKEYID_a, M-ID | [Ni_b |] all behind the HASH payload) */
GBytes *
gateway_message_hash(const Responder *r, uint32_t id, Bytes nonce, Bytes rest)
{
    GByteArray *text = g_byte_array_new();

    add_number(text, id, 4);
    add(text, nonce);
    add(text, rest);
    return prf(r, bytes_of_gbytes(r->skeyid_a), text);
}

/* HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b) */
GBytes *
gateway_hash_3(const Responder *r, const Talk *talk)
{
    GByteArray *text = g_byte_array_new();

    add_number(text, 0, 1);
    add_number(text, talk->id, 4);
    add_owned(text, talk->nonce_i);
    add_owned(text, talk->nonce_r);
    return prf(r, bytes_of_gbytes(r->skeyid_a), text);
}

/* KEYMAT = K1 | K2 | …, K1 = prf(SKEYID_d, [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b), each other
 * one with its predecessor in front */
Secret
gateway_keymat(const Responder *r, const Talk *talk, uint32_t spi)
{
    const EspProposal *esp = &talk->child->sa.proposal;
    size_t need = packet_cipher_keymat_len(esp->encryption, esp->integrity);
    g_autoptr(GByteArray) keymat = g_byte_array_new();
    g_autoptr(GBytes) k = NULL;

    while (keymat->len < need) {
        GByteArray *text = text_of(bytes_of_gbytes(k));
        GBytes *next;

        add_owned(text, talk->shared);
        add_number(text, 3, 1); /* PROTO_IPSEC_ESP */
        add_number(text, spi, 4);
        add_owned(text, talk->nonce_i);
        add_owned(text, talk->nonce_r);
        next = prf(r, bytes_of_gbytes(r->skeyid_d), text);
        g_clear_pointer(&k, g_bytes_unref);
        k = next;
        add_owned(keymat, k);
    }
    return secret_copy(bytes_of(keymat->data, need));
}

/* HASH(CKY-I | CKY-R | IP | Port) */
GBytes *
gateway_nat_d(const Responder *r, const IpAddress *address, uint16_t port)
{
    GByteArray *text = text_of(BYTES_OF_ARRAY(r->cookie_i));

    add(text, BYTES_OF_ARRAY(r->cookie_r));
    add(text, ip_address_view(address));
    add_number(text, port, 2);
    return hash(r, text);
}

/* In place; the IV goes on to the last block of ciphertext, when encrypting. When decrypting that
 * is done once the message has proved true. */
bool
gateway_crypt(const Responder *r, Talk *talk, bool encrypt, uint8_t *body, size_t len)
{
    const EncryptionAlgorithm *algorithm = r->proposal.encryption;
    Bytes iv = bytes_of(talk->iv, algorithm->block_len);

    if (len == 0 || len % iv.len != 0)
        return false;
    if (!encrypt)
        return cbc_decrypt(algorithm, bytes_of_gbytes(r->key), iv, body, len);
    if (!cbc_encrypt(algorithm, bytes_of_gbytes(r->key), iv, body, len))
        return false;
    memcpy(talk->iv, body + len - iv.len, iv.len);
    return true;
}
