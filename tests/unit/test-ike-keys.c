/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/packet-cipher.h"
#include "ike/v1/keys.h"
#include "lib/vectors.h"

#include <string.h>

/* IKEv1's key derivation (RFC 2409, 5 and appendix B) against NIST's vectors and against two
 * exchanges with strongSwan that were recorded value by value. */

typedef Phase1Keys Keys;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Keys, phase1_keys_clear)

#define assert_secret(secret, bytes)                                                               \
    g_assert_cmpmem((secret)->data, (secret)->len, (bytes).data, (bytes).len)

static void
derive(Vectors *vectors, const EncryptionAlgorithm *encryption, Bytes cookies, Keys *keys)
{
    const PrfAlgorithm *prf = prf_by_keyword(vectors_text(vectors, "Prf"));

    phase1_keys_derive(keys,
                       prf,
                       encryption,
                       skeyid_psk(prf,
                                  vectors_bytes(vectors, "Psk"),
                                  vectors_bytes(vectors, "Nonce-I"),
                                  vectors_bytes(vectors, "Nonce-R")),
                       vectors_bytes(vectors, "Shared"),
                       cookies);
    assert_secret(&keys->skeyid, vectors_bytes(vectors, "Skeyid"));
    assert_secret(&keys->skeyid_d, vectors_bytes(vectors, "Skeyid-d"));
    assert_secret(&keys->skeyid_a, vectors_bytes(vectors, "Skeyid-a"));
    assert_secret(&keys->skeyid_e, vectors_bytes(vectors, "Skeyid-e"));
}

static void
test_skeyid_as_published(void)
{
    g_autoptr(Vectors) vectors = vectors_open("ikev1-psk.txt");
    unsigned n = 0;

    for (; vectors_next(vectors); n++) {
        g_auto(Keys) keys = {0};
        uint8_t cookies[16];

        memcpy(cookies, vectors_bytes(vectors, "Cookie-I").data, 8);
        memcpy(cookies + 8, vectors_bytes(vectors, "Cookie-R").data, 8);
        derive(vectors, encryption_by_keyword("aes128"), BYTES_OF_ARRAY(cookies), &keys);
    }
    g_assert_cmpuint(n, ==, 4);
}

/* HASH_I and HASH_R: the same formula with the ends exchanged. */
static void
check_hashes(Vectors *vectors, const PrfAlgorithm *prf, const Keys *keys)
{
    Bytes cookies = vectors_bytes(vectors, "Cookies");
    Phase1HashInput i = {.own_public = vectors_bytes(vectors, "Public-I"),
                         .peer_public = vectors_bytes(vectors, "Public-R"),
                         .own_cookie = bytes_head(cookies, 8),
                         .peer_cookie = bytes_of(cookies.data + 8, 8),
                         .sa_i = vectors_bytes(vectors, "SA-I"),
                         .own_id = vectors_bytes(vectors, "ID-I")};
    Phase1HashInput r = {.own_public = i.peer_public,
                         .peer_public = i.own_public,
                         .own_cookie = i.peer_cookie,
                         .peer_cookie = i.own_cookie,
                         .sa_i = i.sa_i,
                         .own_id = vectors_bytes(vectors, "ID-R")};
    g_auto(Secret) hash_i = phase1_hash(prf, secret_view(&keys->skeyid), &i);
    g_auto(Secret) hash_r = phase1_hash(prf, secret_view(&keys->skeyid), &r);

    assert_secret(&hash_i, vectors_bytes(vectors, "Hash-I"));
    assert_secret(&hash_r, vectors_bytes(vectors, "Hash-R"));
}

static uint32_t
number(Bytes bytes)
{
    uint32_t value;

    g_assert_cmpuint(bytes.len, ==, 4);
    memcpy(&value, bytes.data, 4);
    return GUINT32_FROM_BE(value);
}

static void
check_ivs(Vectors *vectors, const PrfAlgorithm *prf, const EncryptionAlgorithm *encryption)
{
    IkeProposal proposal = {.prf = prf, .encryption = encryption};
    Bytes expected = vectors_bytes(vectors, "IV");
    Bytes expected_2 = vectors_bytes(vectors, "Quick-IV");
    uint8_t iv[16];

    phase1_iv(
        &proposal, vectors_bytes(vectors, "Public-I"), vectors_bytes(vectors, "Public-R"), iv);
    g_assert_cmpmem(iv, encryption->block_len, expected.data, expected.len);
    phase2_iv(&proposal,
              vectors_bytes(vectors, "Last-Block"),
              number(vectors_bytes(vectors, "Message-Id")),
              iv);
    g_assert_cmpmem(iv, encryption->block_len, expected_2.data, expected_2.len);
}

static void
check_keymat(Vectors *vectors, const PrfAlgorithm *prf, const Keys *keys, const char *end)
{
    g_autofree char *spi_name = g_strconcat("Spi-", end, NULL);
    g_autofree char *keymat_name = g_strconcat("Keymat-", end, NULL);
    KeymatInput input = {.shared = vectors_bytes(vectors, "Quick-Shared"),
                         .protocol = 3,
                         .spi = number(vectors_bytes(vectors, spi_name)),
                         .nonce_i = vectors_bytes(vectors, "Quick-Nonce-I"),
                         .nonce_r = vectors_bytes(vectors, "Quick-Nonce-R")};
    Bytes expected = vectors_bytes(vectors, keymat_name);

    /* Each shorter one is its beginning. */
    for (size_t len = 1; len <= expected.len; len++) {
        g_auto(Secret) keymat = quick_mode_keymat(prf, secret_view(&keys->skeyid_d), &input, len);

        assert_secret(&keymat, bytes_head(expected, len));
    }
}

static void
test_recorded_exchanges(void)
{
    g_autoptr(Vectors) vectors = vectors_open("ikev1-exchange.txt");
    unsigned n = 0;

    for (; vectors_next(vectors); n++) {
        const PrfAlgorithm *prf = prf_by_keyword(vectors_text(vectors, "Prf"));
        const EncryptionAlgorithm *encryption =
            encryption_by_keyword(vectors_text(vectors, "Encryption"));
        g_auto(Keys) keys = {0};

        g_test_message("%s", vectors_text(vectors, "Name"));
        derive(vectors, encryption, vectors_bytes(vectors, "Cookies"), &keys);
        assert_secret(&keys.encryption, vectors_bytes(vectors, "Key"));
        check_hashes(vectors, prf, &keys);
        check_ivs(vectors, prf, encryption);
        check_keymat(vectors, prf, &keys, "I");
        check_keymat(vectors, prf, &keys, "R");
    }
    g_assert_cmpuint(n, ==, 2);
}

/* Appendix B, for every prf and cipher: SKEYID_e itself as far as it reaches, else K1 | K2 | …,
 * where K1 is not SKEYID_e. */
static void
test_encryption_key(void)
{
    uint8_t skeyid_e[MAX_PRF_LEN];

    memset(skeyid_e, 0x5e, sizeof(skeyid_e));
    for (size_t p = 0; prf_at(p); p++) {
        Bytes e = bytes_of(skeyid_e, prf_at(p)->len);

        for (size_t len = 1; len <= 64; len++) {
            g_auto(Secret) key = encryption_key(prf_at(p), e, len);

            g_assert_cmpuint(key.len, ==, len);
            if (len <= e.len)
                assert_secret(&key, bytes_head(e, len));
            else
                g_assert_cmpint(memcmp(key.data, e.data, 8), !=, 0);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ike/keys/skeyid-published", test_skeyid_as_published);
    g_test_add_func("/ike/keys/recorded-exchanges", test_recorded_exchanges);
    g_test_add_func("/ike/keys/encryption-key", test_encryption_key);
    return g_test_run();
}
