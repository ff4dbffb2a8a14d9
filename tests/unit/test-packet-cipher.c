/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/packet-cipher.h"
#include "lib/vectors.h"

#include <string.h>

enum { BUFFER_SIZE = 512, MAX_TEXT = 256 };

/* Every pair that a proposal can name. */
typedef struct {
    const EncryptionAlgorithm *encryption;
    const IntegrityAlgorithm *integrity;
    size_t keymat_len;
    size_t iv_len;
    size_t icv_len;
} Suite;

typedef void (*SuiteTest)(const Suite *suite);

static void
with_suite(SuiteTest test,
           const EncryptionAlgorithm *encryption,
           const IntegrityAlgorithm *integrity)
{
    Suite suite = {
        .encryption = encryption,
        .integrity = integrity,
        .keymat_len = packet_cipher_keymat_len(encryption, integrity),
        .iv_len = encryption->iv_len,
        .icv_len = integrity ? integrity->icv_len : encryption->icv_len,
    };

    test(&suite);
}

static void
with_every_suite(SuiteTest test)
{
    for (size_t i = 0; encryption_at(i); i++) {
        if (encryption_at(i)->icv_len > 0)
            with_suite(test, encryption_at(i), NULL);
        for (size_t j = 0; encryption_at(i)->icv_len == 0 && integrity_at(j); j++)
            with_suite(test, encryption_at(i), integrity_at(j));
    }
}

static PacketCipher *
new_cipher(const Suite *suite)
{
    uint8_t keymat[256];
    PacketCipher *cipher;

    for (size_t i = 0; i < sizeof(keymat); i++)
        keymat[i] = (uint8_t) (i * 7 + 1);
    cipher =
        packet_cipher_new(suite->encryption, suite->integrity, bytes_of(keymat, suite->keymat_len));
    g_assert_nonnull(cipher);
    return cipher;
}

/* aad | iv | text | icv, as the header has it. */
static PacketCipherItem
item_in(uint8_t *buffer, size_t aad_len, size_t text_len)
{
    return (PacketCipherItem){.aad = buffer, .aad_len = aad_len, .text_len = text_len};
}

static size_t
item_len(const Suite *suite, const PacketCipherItem *item)
{
    return item->aad_len + suite->iv_len + item->text_len + suite->icv_len;
}

static void
test_gcm_as_published(void)
{
    g_autoptr(Vectors) vectors = vectors_open("gcm-esp.txt");

    while (vectors_next(vectors)) {
        const EncryptionAlgorithm *gcm = encryption_by_keyword(vectors_text(vectors, "Encryption"));
        g_autoptr(PacketCipher) cipher =
            packet_cipher_new(gcm, NULL, vectors_bytes(vectors, "Keymat"));
        Bytes aad = vectors_bytes(vectors, "AAD");
        Bytes iv = vectors_bytes(vectors, "IV");
        Bytes ciphertext = vectors_bytes(vectors, "Ciphertext");
        Bytes icv = vectors_bytes(vectors, "ICV");
        Bytes plaintext = vectors_bytes(vectors, "Plaintext");
        uint8_t packet[BUFFER_SIZE], sealed[BUFFER_SIZE];
        PacketCipherItem item = item_in(packet, aad.len, ciphertext.len);
        uint8_t *text = packet + aad.len + iv.len;
        size_t len = aad.len + iv.len + ciphertext.len + icv.len;
        uint64_t seq;

        memcpy(packet, aad.data, aad.len);
        memcpy(packet + aad.len, iv.data, iv.len);
        memcpy(text, ciphertext.data, ciphertext.len);
        memcpy(text + ciphertext.len, icv.data, icv.len);
        memcpy(sealed, packet, len);
        packet_cipher_open(cipher, &item, 1);
        g_assert_true(item.ok);
        g_assert_cmpmem(text, item.text_len, plaintext.data, plaintext.len);

        /* The IV is the number that is sealed with, so the published one can be asked for. */
        memcpy(&seq, iv.data, sizeof(seq));
        seq = GUINT64_FROM_BE(seq);
        g_assert_true(packet_cipher_seal(cipher, &item, &seq, 1));
        g_assert_cmpmem(packet, len, sealed, len);
    }
    g_assert_cmpuint(vectors_block(vectors), ==, 15);
}

static void
test_cbc_as_published(void)
{
    g_autoptr(Vectors) vectors = vectors_open("esp-cbc.txt");

    while (vectors_next(vectors)) {
        const EncryptionAlgorithm *aes = encryption_by_keyword(vectors_text(vectors, "Encryption"));
        const IntegrityAlgorithm *hmac = integrity_by_keyword(vectors_text(vectors, "Integrity"));
        g_autoptr(PacketCipher) cipher =
            packet_cipher_new(aes, hmac, vectors_bytes(vectors, "Keymat"));
        Bytes packet = vectors_bytes(vectors, "Packet");
        Bytes inner = vectors_bytes(vectors, "Inner");
        Bytes spi = vectors_bytes(vectors, "SPI");
        g_auto(Secret) copy = secret_copy(packet);
        PacketCipherItem item = item_in(copy.data, 8, packet.len - 8 - 16 - hmac->icv_len);

        g_assert_cmpmem(packet.data, 4, spi.data, spi.len);
        packet_cipher_open(cipher, &item, 1);
        g_assert_true(item.ok);
        g_assert_cmpmem(copy.data + 24, inner.len, inner.data, inner.len);
    }
}

static void
check_batch(const Suite *suite)
{
    enum { N = 150 }; /* more than any inner batch */
    g_autoptr(PacketCipher) cipher = new_cipher(suite);
    g_autofree uint8_t *buffers = g_malloc0_n(N, BUFFER_SIZE);
    size_t block = packet_cipher_block_len(cipher);
    PacketCipherItem items[N];
    uint64_t seqs[N];

    g_assert_cmpuint(packet_cipher_iv_len(cipher), ==, suite->iv_len);
    g_assert_cmpuint(packet_cipher_icv_len(cipher), ==, suite->icv_len);
    for (size_t i = 0; i < N; i++) {
        items[i] = item_in(buffers + i * BUFFER_SIZE, 8, (1 + i % (MAX_TEXT / block - 1)) * block);
        memset(items[i].aad, (int) i, 8 + suite->iv_len + items[i].text_len);
        seqs[i] = i + 1;
    }
    g_assert_true(packet_cipher_seal(cipher, items, seqs, N));
    items[77].aad[3] ^= 1;
    packet_cipher_open(cipher, items, N);
    for (size_t i = 0; i < N; i++) {
        const uint8_t *text = items[i].aad + 8 + suite->iv_len;

        g_assert_cmpint(items[i].ok, ==, i != 77);
        for (size_t j = 0; i != 77 && j < items[i].text_len; j++)
            g_assert_cmpuint(text[j], ==, (uint8_t) i);
    }
}

static void
test_batches(void)
{
    with_every_suite(check_batch);
}

/* Each bit of aad, IV, ciphertext and ICV is protected. */
static void
check_flips(const Suite *suite)
{
    g_autoptr(PacketCipher) cipher = new_cipher(suite);
    uint8_t sealed[BUFFER_SIZE] = {1, 2, 3}, flipped[BUFFER_SIZE];
    PacketCipherItem item = item_in(sealed, 8, 64);
    const uint64_t seq = 1;
    size_t len = item_len(suite, &item);

    g_assert_true(packet_cipher_seal(cipher, &item, &seq, 1));
    for (size_t bit = 0; bit < len * 8; bit++) {
        PacketCipherItem forged = item_in(flipped, 8, 64);

        memcpy(flipped, sealed, len);
        flipped[bit / 8] ^= (uint8_t) (1 << bit % 8);
        packet_cipher_open(cipher, &forged, 1);
        g_assert_false(forged.ok);
    }
    packet_cipher_open(cipher, &item, 1);
    g_assert_true(item.ok);
}

static void
test_every_flip_is_refused(void)
{
    with_every_suite(check_flips);
}

/* GCM: the number itself, since a counter never repeats. CBC: nothing that could be foreseen. */
static void
check_ivs(const Suite *suite)
{
    g_autoptr(PacketCipher) cipher = new_cipher(suite);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, NULL, NULL);
    g_autoptr(GPtrArray) ivs = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);

    for (uint64_t seq = 1; seq <= 300; seq++) {
        uint8_t packet[BUFFER_SIZE] = {0};
        PacketCipherItem item = item_in(packet, 8, 16);
        GBytes *iv;

        g_assert_true(packet_cipher_seal(cipher, &item, &seq, 1));
        iv = g_bytes_new(packet + 8, suite->iv_len);
        g_ptr_array_add(ivs, iv);
        g_assert_true(g_hash_table_add(seen, iv));
        if (!suite->integrity) {
            uint64_t expected = GUINT64_TO_BE(seq);

            g_assert_cmpmem(packet + 8, suite->iv_len, &expected, sizeof(expected));
        }
    }
}

static void
test_ivs_never_repeat(void)
{
    with_every_suite(check_ivs);
}

static void
check_keymat(const Suite *suite)
{
    const uint8_t keymat[256] = {0};

    for (size_t len = 0; len <= suite->keymat_len + 1; len++) {
        g_autoptr(PacketCipher) cipher =
            packet_cipher_new(suite->encryption, suite->integrity, bytes_of(keymat, len));

        g_assert_cmpint(cipher != NULL, ==, len == suite->keymat_len);
    }
}

static void
test_keymat_of_another_length_is_refused(void)
{
    with_every_suite(check_keymat);
}

static void
test_integrity_is_never_missing_nor_double(void)
{
    const EncryptionAlgorithm *cbc = encryption_by_keyword("aes128");
    const EncryptionAlgorithm *gcm = encryption_by_keyword("aes128gcm16");
    const IntegrityAlgorithm *hmac = integrity_by_keyword("sha256");
    const uint8_t keymat[64] = {0};

    g_assert_cmpuint(packet_cipher_keymat_len(cbc, hmac), ==, 48);
    g_assert_cmpuint(packet_cipher_keymat_len(gcm, NULL), ==, 20);
    g_assert_null(packet_cipher_new(cbc, NULL, bytes_of(keymat, 16)));
    g_assert_null(packet_cipher_new(gcm, hmac, bytes_of(keymat, 52)));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet-cipher/gcm", test_gcm_as_published);
    g_test_add_func("/packet-cipher/cbc", test_cbc_as_published);
    g_test_add_func("/packet-cipher/batches", test_batches);
    g_test_add_func("/packet-cipher/flips", test_every_flip_is_refused);
    g_test_add_func("/packet-cipher/ivs", test_ivs_never_repeat);
    g_test_add_func("/packet-cipher/keymat", test_keymat_of_another_length_is_refused);
    g_test_add_func("/packet-cipher/integrity", test_integrity_is_never_missing_nor_double);
    return g_test_run();
}
