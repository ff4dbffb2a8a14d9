/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/cbc.h"
#include "lib/vectors.h"

static void
test_as_published(void)
{
    g_autoptr(Vectors) vectors = vectors_open("cbc.txt");

    while (vectors_next(vectors)) {
        const EncryptionAlgorithm *algorithm =
            encryption_by_keyword(vectors_text(vectors, "Encryption"));
        Bytes key = vectors_bytes(vectors, "Key");
        Bytes iv = vectors_bytes(vectors, "IV");
        Bytes plaintext = vectors_bytes(vectors, "Plaintext");
        Bytes ciphertext = vectors_bytes(vectors, "Ciphertext");
        g_auto(Secret) data = secret_copy(plaintext);

        g_assert_true(cbc_encrypt(algorithm, key, iv, data.data, data.len));
        g_assert_cmpmem(data.data, data.len, ciphertext.data, ciphertext.len);
        g_assert_true(cbc_decrypt(algorithm, key, iv, data.data, data.len));
        g_assert_cmpmem(data.data, data.len, plaintext.data, plaintext.len);
    }
}

/* RFC 2409, appendix B: the next message's IV is the last block of this one; so a message cut at a
 * block may be decrypted in two. */
static void
test_chains_over_calls(void)
{
    const EncryptionAlgorithm *aes = encryption_by_keyword("aes256");
    const uint8_t key[32] = {1};
    const uint8_t iv[16] = {2};
    uint8_t whole[64] = {3}, cut[64] = {3};

    g_assert_true(cbc_encrypt(aes, BYTES_OF_ARRAY(key), BYTES_OF_ARRAY(iv), whole, 64));
    g_assert_true(cbc_encrypt(aes, BYTES_OF_ARRAY(key), BYTES_OF_ARRAY(iv), cut, 16));
    g_assert_true(cbc_encrypt(aes, BYTES_OF_ARRAY(key), bytes_of(cut, 16), cut + 16, 48));
    g_assert_cmpmem(cut, sizeof(cut), whole, sizeof(whole));
}

static void
test_refuses_wrong_lengths(void)
{
    const EncryptionAlgorithm *aes = encryption_by_keyword("aes128");
    const uint8_t bytes[64] = {0};
    uint8_t data[64] = {0};

    g_assert_true(cbc_encrypt(aes, bytes_of(bytes, 16), bytes_of(bytes, 16), data, 32));
    g_assert_true(cbc_encrypt(aes, bytes_of(bytes, 16), bytes_of(bytes, 16), data, 0));
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        Bytes part = bytes_of(bytes, len);
        Bytes good = bytes_of(bytes, 16);

        g_assert_cmpint(cbc_encrypt(aes, part, good, data, 32), ==, len == 16);
        g_assert_cmpint(cbc_decrypt(aes, part, good, data, 32), ==, len == 16);
        g_assert_cmpint(cbc_encrypt(aes, good, part, data, 32), ==, len == 16);
        g_assert_cmpint(cbc_decrypt(aes, good, good, data, len), ==, len % 16 == 0);
    }
}

static void
test_refuses_combined_modes(void)
{
    const EncryptionAlgorithm *gcm = encryption_by_keyword("aes128gcm16");
    const uint8_t bytes[16] = {0};
    uint8_t data[32] = {0};

    g_assert_false(cbc_encrypt(gcm, BYTES_OF_ARRAY(bytes), BYTES_OF_ARRAY(bytes), data, 32));
    g_assert_false(cbc_encrypt(gcm, BYTES_OF_ARRAY(bytes), bytes_of(bytes, 12), data, 32));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto/cbc/published", test_as_published);
    g_test_add_func("/crypto/cbc/chains", test_chains_over_calls);
    g_test_add_func("/crypto/cbc/lengths", test_refuses_wrong_lengths);
    g_test_add_func("/crypto/cbc/combined", test_refuses_combined_modes);
    return g_test_run();
}
