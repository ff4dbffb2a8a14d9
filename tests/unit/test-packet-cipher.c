/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/packet-cipher.h"
#include "lib/vectors.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

enum {
    HEADER_LEN = PACKET_CIPHER_HEADER_LEN,
    BUFFER_SIZE = 1664,
    MAX_TEXT = 1504,
    MAX_BATCH = 150
};

/* Every pair that a proposal can name, with and without ESN, by each implementation of this
 * machine. */
typedef struct {
    const EncryptionAlgorithm *encryption;
    const IntegrityAlgorithm *integrity;
    bool esn;
    PacketCipherImplementation implementation;
    size_t keymat_len;
    size_t iv_len;
    size_t icv_len;
} Suite;

typedef void (*SuiteTest)(const Suite *suite);

static uint8_t keymat[256];

static PacketCipher *
try_new(const Suite *suite, PacketCipherDirection direction)
{
    const PacketCipherParameters parameters = {
        .encryption = suite->encryption,
        .integrity = suite->integrity,
        .keymat = bytes_of(keymat, suite->keymat_len),
        .direction = direction,
        .esn = suite->esn,
        .implementation = suite->implementation,
    };

    return packet_cipher_new(&parameters);
}

static PacketCipher *
new_cipher(const Suite *suite, PacketCipherDirection direction)
{
    PacketCipher *cipher = try_new(suite, direction);

    g_assert_nonnull(cipher);
    g_assert_cmpuint(packet_cipher_iv_len(cipher), ==, suite->iv_len);
    g_assert_cmpuint(packet_cipher_icv_len(cipher), ==, suite->icv_len);
    return cipher;
}

static Suite
suite_of(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    return (Suite){
        .encryption = encryption,
        .integrity = integrity,
        .implementation = PACKET_CIPHER_EVP,
        .keymat_len = packet_cipher_keymat_len(encryption, integrity),
        .iv_len = encryption->iv_len,
        .icv_len = integrity ? integrity->icv_len : encryption->icv_len,
    };
}

static bool
implementation_is_here(PacketCipherImplementation implementation)
{
    Suite suite = suite_of(encryption_by_keyword("aes128gcm16"), NULL);
    g_autoptr(PacketCipher) cipher = NULL;

    suite.implementation = implementation;
    cipher = try_new(&suite, PACKET_CIPHER_SEAL);
    return cipher != NULL;
}

/* Of what is here, the multi-buffer library lacks one: bursts of 3DES. */
static bool
can_do(const Suite *suite)
{
    if (suite->implementation == PACKET_CIPHER_EVP)
        return true;
    return suite->encryption->id != ENCR_3DES && implementation_is_here(suite->implementation);
}

/* The suite by each implementation, with and without ESN. */
static void
with_suite(SuiteTest test, Suite suite)
{
    for (int i = PACKET_CIPHER_FASTEST + 1; i < PACKET_CIPHER_N_IMPLEMENTATIONS; i++) {
        suite.implementation = (PacketCipherImplementation) i;
        for (int esn = 0; esn < 2 && can_do(&suite); esn++) {
            suite.esn = esn;
            test(&suite);
        }
    }
}

static void
with_every_suite(SuiteTest test)
{
    for (size_t i = 0; encryption_at(i); i++) {
        if (encryption_at(i)->icv_len > 0)
            with_suite(test, suite_of(encryption_at(i), NULL));
        for (size_t j = 0; encryption_at(i)->icv_len == 0 && integrity_at(j); j++)
            with_suite(test, suite_of(encryption_at(i), integrity_at(j)));
    }
}

static size_t
item_len(const Suite *suite, const PacketCipherItem *item)
{
    return HEADER_LEN + suite->iv_len + item->text_len + suite->icv_len;
}

static uint8_t *
item_text(const Suite *suite, const PacketCipherItem *item)
{
    return item->packet + HEADER_LEN + suite->iv_len;
}

static uint32_t
read_u32(const uint8_t *in)
{
    uint32_t value;

    memcpy(&value, in, sizeof(value));
    return GUINT32_FROM_BE(value);
}

/* A batch of packets in one piece of memory that ends with the last of them. */
typedef struct {
    PacketCipherItem items[MAX_BATCH];
    uint8_t *memory;
    size_t len;
    size_t n;
} Batch;

static size_t
text_len_in(const EncryptionAlgorithm *encryption, size_t wanted)
{
    return wanted / encryption->block_len * encryption->block_len;
}

/* n packets whose text has the wanted length and a few blocks less. */
static Batch
new_batch(const Suite *suite, size_t n, size_t wanted)
{
    Batch batch = {.n = n};
    uint8_t *at;

    for (size_t i = 0; i < n; i++) {
        size_t less = MIN(wanted - 16, i % 5 * 16);
        size_t text_len = text_len_in(suite->encryption, wanted - less);

        batch.items[i] = (PacketCipherItem){
            .text_len = text_len, .iv = UINT64_C(0x100000000) * i + 7, .seq_high = (uint32_t) i};
        batch.len += item_len(suite, &batch.items[i]);
    }
    batch.memory = at = g_malloc(MAX(batch.len, 1));
    for (size_t i = 0; i < n; i++) {
        batch.items[i].packet = at;
        at += item_len(suite, &batch.items[i]);
    }
    for (size_t i = 0; i < batch.len; i++)
        batch.memory[i] = (uint8_t) (i * 31 + i / 256 + n);
    return batch;
}

static void
assert_text(const Suite *suite, const Batch *batch, size_t i, const uint8_t *before)
{
    const uint8_t *text = item_text(suite, &batch->items[i]);

    g_assert_cmpmem(
        text, batch->items[i].text_len, before + (text - batch->memory), batch->items[i].text_len);
}

/* --- against what is published ---------------------------------------------------------------- */

static void
check_gcm_vector(Vectors *vectors, PacketCipherImplementation implementation)
{
    Bytes aad = vectors_bytes(vectors, "AAD"), iv = vectors_bytes(vectors, "IV");
    Bytes ciphertext = vectors_bytes(vectors, "Ciphertext"), icv = vectors_bytes(vectors, "ICV");
    Bytes plaintext = vectors_bytes(vectors, "Plaintext");
    PacketCipherParameters parameters = {
        .encryption = encryption_by_keyword(vectors_text(vectors, "Encryption")),
        .keymat = vectors_bytes(vectors, "Keymat"),
        .direction = PACKET_CIPHER_OPEN,
        .esn = aad.len == 12,
        .implementation = implementation,
    };
    g_autoptr(PacketCipher) open = packet_cipher_new(&parameters);
    g_autoptr(PacketCipher) seal = NULL;
    uint8_t packet[BUFFER_SIZE], sealed[BUFFER_SIZE];
    uint8_t *text = packet + HEADER_LEN + iv.len;
    PacketCipherItem item = {.packet = packet, .text_len = ciphertext.len};
    size_t len = HEADER_LEN + iv.len + ciphertext.len + icv.len;

    parameters.direction = PACKET_CIPHER_SEAL;
    seal = packet_cipher_new(&parameters);
    memcpy(packet, aad.data, 4);
    memcpy(packet + 4, aad.data + aad.len - 4, 4);
    memcpy(packet + HEADER_LEN, iv.data, iv.len);
    memcpy(text, ciphertext.data, ciphertext.len);
    memcpy(text + ciphertext.len, icv.data, icv.len);
    memcpy(sealed, packet, len);
    if (parameters.esn)
        item.seq_high = read_u32(aad.data + 4);
    packet_cipher_open(open, &item, 1);
    g_assert_true(item.ok);
    g_assert_cmpmem(text, item.text_len, plaintext.data, plaintext.len);

    item.iv = (uint64_t) read_u32(iv.data) << 32 | read_u32(iv.data + 4);
    g_assert_true(packet_cipher_seal(seal, &item, 1));
    g_assert_cmpmem(packet, len, sealed, len);
}

static void
test_gcm_as_published(void)
{
    g_autoptr(Vectors) vectors = vectors_open("gcm-esp.txt");

    while (vectors_next(vectors)) {
        for (int i = PACKET_CIPHER_FASTEST; i < PACKET_CIPHER_N_IMPLEMENTATIONS; i++) {
            if (implementation_is_here((PacketCipherImplementation) i))
                check_gcm_vector(vectors, (PacketCipherImplementation) i);
        }
    }
    g_assert_cmpuint(vectors_block(vectors), ==, 15);
}

static void
check_cbc_vector(Vectors *vectors, PacketCipherImplementation implementation)
{
    const IntegrityAlgorithm *hmac = integrity_by_keyword(vectors_text(vectors, "Integrity"));
    const PacketCipherParameters parameters = {
        .encryption = encryption_by_keyword(vectors_text(vectors, "Encryption")),
        .integrity = hmac,
        .keymat = vectors_bytes(vectors, "Keymat"),
        .direction = PACKET_CIPHER_OPEN,
        .implementation = implementation,
    };
    g_autoptr(PacketCipher) cipher = packet_cipher_new(&parameters);
    Bytes packet = vectors_bytes(vectors, "Packet"), inner = vectors_bytes(vectors, "Inner");
    Bytes spi = vectors_bytes(vectors, "SPI");
    g_auto(Secret) copy = secret_copy(packet);
    PacketCipherItem item = {
        .packet = copy.data,
        .text_len = packet.len - HEADER_LEN - 16 - hmac->icv_len,
    };

    g_assert_cmpmem(packet.data, 4, spi.data, spi.len);
    packet_cipher_open(cipher, &item, 1);
    g_assert_true(item.ok);
    g_assert_cmpmem(copy.data + 24, inner.len, inner.data, inner.len);
}

static void
test_cbc_as_published(void)
{
    g_autoptr(Vectors) vectors = vectors_open("esp-cbc.txt");

    while (vectors_next(vectors)) {
        for (int i = PACKET_CIPHER_FASTEST; i < PACKET_CIPHER_N_IMPLEMENTATIONS; i++) {
            if (implementation_is_here((PacketCipherImplementation) i))
                check_cbc_vector(vectors, (PacketCipherImplementation) i);
        }
    }
    g_assert_cmpuint(vectors_block(vectors), >, 1);
}

/* The ICV of CBC by OpenSSL's plain HMAC: over all from the SPI to the ciphertext, and with ESN
 * over the high half of the number behind it (RFC 4303, 2.2.1). */
static void
check_icv(const Suite *suite)
{
    g_autoptr(PacketCipher) cipher = new_cipher(suite, PACKET_CIPHER_SEAL);
    uint8_t packet[BUFFER_SIZE] = {1, 2, 3, 4, 0, 0, 0, 9}, covered[BUFFER_SIZE], icv[64];
    PacketCipherItem item = {.packet = packet, .seq_high = 0x01020304};
    const uint8_t high[] = {1, 2, 3, 4};

    if (!suite->integrity)
        return;
    for (size_t blocks = 1; blocks <= 40; blocks++) {
        size_t len;

        item.text_len = blocks * suite->encryption->block_len;
        len = item_len(suite, &item) - suite->icv_len;
        g_assert_true(packet_cipher_seal(cipher, &item, 1));
        memcpy(covered, packet, len);
        memcpy(covered + len, high, sizeof(high));
        g_assert_nonnull(HMAC(EVP_get_digestbyname(suite->integrity->openssl),
                              keymat + suite->encryption->key_bits / 8,
                              suite->integrity->key_len,
                              covered,
                              len + (suite->esn ? sizeof(high) : 0),
                              icv,
                              NULL));
        g_assert_cmpmem(packet + len, suite->icv_len, icv, suite->icv_len);
    }
}

static void
test_icv_is_rfc_4303s(void)
{
    with_every_suite(check_icv);
}

/* The AAD of GCM by OpenSSL's plain GCM: SPI | high | low with ESN (RFC 4106, 5). */
static void
check_aad(const Suite *suite)
{
    g_autoptr(PacketCipher) cipher = new_cipher(suite, PACKET_CIPHER_SEAL);
    const uint8_t aad[] = {1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 9},
                  short_aad[] = {1, 2, 3, 4, 0, 0, 0, 9};
    uint8_t packet[BUFFER_SIZE] = {1, 2, 3, 4, 0, 0, 0, 9}, nonce[12], plain[64], icv[16];
    PacketCipherItem item = {.packet = packet, .text_len = 64, .seq_high = 0x05060708, .iv = 9};
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    size_t key_len = suite->encryption->key_bits / 8;
    int len;

    if (!suite->integrity) {
        memcpy(plain, packet + 16, sizeof(plain));
        g_assert_true(packet_cipher_seal(cipher, &item, 1));
        memcpy(nonce, keymat + key_len, 4);
        memcpy(nonce + 4, packet + 8, 8);
        g_assert_true(EVP_EncryptInit_ex(
            context, EVP_get_cipherbyname(suite->encryption->openssl), NULL, keymat, nonce));
        g_assert_true(EVP_EncryptUpdate(
            context, NULL, &len, suite->esn ? aad : short_aad, suite->esn ? 12 : 8));
        g_assert_true(EVP_EncryptUpdate(context, plain, &len, plain, sizeof(plain)));
        g_assert_true(EVP_EncryptFinal_ex(context, icv, &len));
        g_assert_true(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, icv));
        g_assert_cmpmem(packet + 16, 64, plain, 64);
        g_assert_cmpmem(packet + 80, 16, icv, 16);
    }
    EVP_CIPHER_CTX_free(context);
}

static void
test_aad_is_rfc_4106s(void)
{
    with_every_suite(check_aad);
}

/* --- each against the other ------------------------------------------------------------------- */

static void
seal_and_open(const Suite *suite, PacketCipher *seal, PacketCipher *open, size_t n, size_t wanted)
{
    Batch batch = new_batch(suite, n, wanted);
    g_autofree uint8_t *before = g_memdup2(batch.memory, batch.len);

    g_assert_true(packet_cipher_seal(seal, batch.items, n));
    packet_cipher_open(open, batch.items, n);
    for (size_t i = 0; i < n; i++) {
        g_assert_true(batch.items[i].ok);
        g_assert_cmpmem(
            batch.items[i].packet, 8, before + (batch.items[i].packet - batch.memory), 8);
        assert_text(suite, &batch, i, before);
    }
    g_free(batch.memory);
}

/* What one seals, each opens: every length, and batches of every kind of size. */
static void
check_cross(const Suite *suite)
{
    static const size_t sizes[] = {1, 2, 3, 7, 15, 16, 17, 63, 64, 65, MAX_BATCH};
    g_autoptr(PacketCipher) seal = new_cipher(suite, PACKET_CIPHER_SEAL);

    for (int i = PACKET_CIPHER_FASTEST + 1; i < PACKET_CIPHER_N_IMPLEMENTATIONS; i++) {
        Suite other = *suite;
        g_autoptr(PacketCipher) open = NULL;

        other.implementation = (PacketCipherImplementation) i;
        if (!can_do(&other))
            continue;
        open = new_cipher(&other, PACKET_CIPHER_OPEN);
        for (size_t len = 16; len <= MAX_TEXT; len += suite->encryption->block_len)
            seal_and_open(suite, seal, open, 3, len);
        for (size_t s = 0; s < G_N_ELEMENTS(sizes); s++) {
            for (size_t len = 16; len <= MAX_TEXT; len += 188)
                seal_and_open(suite, seal, open, sizes[s], len);
        }
    }
}

static void
test_each_opens_what_any_sealed(void)
{
    with_every_suite(check_cross);
}

/* --- what is forged --------------------------------------------------------------------------- */

/* Each bit of header, IV, ciphertext and ICV is protected, and with ESN each bit that is not sent.
 */
static void
check_flips(const Suite *suite)
{
    g_autoptr(PacketCipher) seal = new_cipher(suite, PACKET_CIPHER_SEAL);
    g_autoptr(PacketCipher) open = new_cipher(suite, PACKET_CIPHER_OPEN);
    uint8_t sealed[BUFFER_SIZE] = {1, 2, 3}, flipped[BUFFER_SIZE];
    PacketCipherItem item = {.packet = sealed, .text_len = 64, .iv = 1, .seq_high = 1};
    size_t len = item_len(suite, &item);

    g_assert_true(packet_cipher_seal(seal, &item, 1));
    for (size_t bit = 0; bit < len * 8 + 32; bit++) {
        PacketCipherItem forged = item;

        forged.packet = memcpy(flipped, sealed, len);
        if (bit < len * 8)
            flipped[bit / 8] ^= (uint8_t) (1 << bit % 8);
        else
            forged.seq_high ^= 1u << (bit - len * 8);
        packet_cipher_open(open, &forged, 1);
        g_assert_cmpint(forged.ok, ==, bit >= len * 8 && !suite->esn);
    }
    packet_cipher_open(open, &item, 1);
    g_assert_true(item.ok);
}

static void
test_every_flip_is_refused(void)
{
    with_every_suite(check_flips);
}

static bool
is_bad(size_t i)
{
    return i % 3 == 1 || (i > 32 && i < 50);
}

static size_t
region_to_spoil(const Suite *suite, const PacketCipherItem *item, size_t i)
{
    const size_t regions[] = {
        i % 8,                                           /* header */
        HEADER_LEN + i % suite->iv_len,                  /* IV */
        HEADER_LEN + suite->iv_len + i % item->text_len, /* ciphertext */
        item_len(suite, item) - 1 - i % suite->icv_len,  /* ICV */
    };

    return regions[i % 4];
}

/* Good ones pass whatever stands beside them, and of bad ones no plaintext is left. */
static void
check_mixed(const Suite *suite)
{
    g_autoptr(PacketCipher) seal = new_cipher(suite, PACKET_CIPHER_SEAL);
    g_autoptr(PacketCipher) open = new_cipher(suite, PACKET_CIPHER_OPEN);
    Batch batch = new_batch(suite, MAX_BATCH, 208);
    g_autofree uint8_t *before = g_memdup2(batch.memory, batch.len);

    g_assert_true(packet_cipher_seal(seal, batch.items, batch.n));
    for (size_t i = 0; i < batch.n; i++) {
        if (is_bad(i))
            batch.items[i].packet[region_to_spoil(suite, &batch.items[i], i)] ^= 0x10;
    }
    packet_cipher_open(open, batch.items, batch.n);
    for (size_t i = 0; i < batch.n; i++) {
        const uint8_t *text = item_text(suite, &batch.items[i]);
        const uint8_t *plain = before + (text - batch.memory);

        g_assert_cmpint(batch.items[i].ok, ==, !is_bad(i));
        if (!is_bad(i))
            assert_text(suite, &batch, i, before);
        for (size_t at = 0; is_bad(i) && at < batch.items[i].text_len; at += 16)
            g_assert_true(memcmp(text + at, plain + at, MIN(16, batch.items[i].text_len - at))
                          != 0);
    }
    g_free(batch.memory);
}

static void
test_good_and_bad_in_one_batch(void)
{
    with_every_suite(check_mixed);
}

/* --- the rest --------------------------------------------------------------------------------- */

/* GCM: what was given. CBC: nothing that could be foreseen, also not within a batch. */
static void
check_ivs(const Suite *suite)
{
    g_autoptr(PacketCipher) cipher = new_cipher(suite, PACKET_CIPHER_SEAL);
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);

    for (size_t round = 0; round < 8; round++) {
        Batch batch = new_batch(suite, MAX_BATCH, 32);

        for (size_t i = 0; i < batch.n; i++)
            batch.items[i].iv = round * MAX_BATCH + i + 1;
        g_assert_true(packet_cipher_seal(cipher, batch.items, batch.n));
        for (size_t i = 0; i < batch.n; i++) {
            const uint8_t *iv = batch.items[i].packet + HEADER_LEN;
            uint64_t given = GUINT64_TO_BE(batch.items[i].iv);

            g_assert_true(g_hash_table_add(seen, g_bytes_new(iv, suite->iv_len)));
            if (!suite->integrity)
                g_assert_cmpmem(iv, suite->iv_len, &given, sizeof(given));
        }
        g_free(batch.memory);
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
    for (size_t len = 0; len <= suite->keymat_len + 1; len++) {
        Suite other = *suite;
        g_autoptr(PacketCipher) cipher = NULL;

        other.keymat_len = len;
        cipher = try_new(&other, PACKET_CIPHER_SEAL);
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
    const PacketCipherParameters missing = {.encryption = cbc, .keymat = bytes_of(keymat, 16)};
    const PacketCipherParameters both = {
        .encryption = gcm, .integrity = hmac, .keymat = bytes_of(keymat, 52)};

    g_assert_cmpuint(packet_cipher_keymat_len(cbc, hmac), ==, 48);
    g_assert_cmpuint(packet_cipher_keymat_len(gcm, NULL), ==, 20);
    g_assert_null(packet_cipher_new(&missing));
    g_assert_null(packet_cipher_new(&both));
}

static void
check_choice(const Suite *suite)
{
    g_autoptr(PacketCipher) asked = new_cipher(suite, PACKET_CIPHER_SEAL);
    g_autoptr(PacketCipher) chosen = NULL;
    Suite any = *suite;

    any.implementation = PACKET_CIPHER_FASTEST;
    chosen = new_cipher(&any, PACKET_CIPHER_SEAL);
    g_assert_cmpint(packet_cipher_implementation(asked), ==, suite->implementation);
    g_assert_cmpint(packet_cipher_implementation(chosen), <=, suite->implementation);
    g_assert_cmpint(packet_cipher_implementation(chosen), !=, PACKET_CIPHER_FASTEST);
}

static void
test_the_fastest_is_chosen(void)
{
    with_every_suite(check_choice);
    if (!implementation_is_here(PACKET_CIPHER_MULTI_BUFFER))
        g_test_skip("the multi-buffer library is not on this machine, or was not built in");
}

/* Threads with ciphers of their own for the same keys, at the same time. */
static gpointer
seal_and_open_in_thread(gpointer data)
{
    const Suite *suite = data;
    g_autoptr(PacketCipher) seal = new_cipher(suite, PACKET_CIPHER_SEAL);
    g_autoptr(PacketCipher) open = new_cipher(suite, PACKET_CIPHER_OPEN);

    for (size_t i = 0; i < 20; i++)
        seal_and_open(suite, seal, open, 64, 16 + 20 * i);
    return NULL;
}

static void
check_threads(const Suite *suite)
{
    GThread *threads[4];

    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("cipher", seal_and_open_in_thread, (gpointer) suite);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
}

static void
test_threads_do_not_meet(void)
{
    with_every_suite(check_threads);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < sizeof(keymat); i++)
        keymat[i] = (uint8_t) (i * 7 + 1);
    g_test_add_func("/packet-cipher/threads", test_threads_do_not_meet);
    g_test_add_func("/packet-cipher/gcm", test_gcm_as_published);
    g_test_add_func("/packet-cipher/cbc", test_cbc_as_published);
    g_test_add_func("/packet-cipher/icv", test_icv_is_rfc_4303s);
    g_test_add_func("/packet-cipher/aad", test_aad_is_rfc_4106s);
    g_test_add_func("/packet-cipher/cross", test_each_opens_what_any_sealed);
    g_test_add_func("/packet-cipher/flips", test_every_flip_is_refused);
    g_test_add_func("/packet-cipher/mixed", test_good_and_bad_in_one_batch);
    g_test_add_func("/packet-cipher/ivs", test_ivs_never_repeat);
    g_test_add_func("/packet-cipher/keymat", test_keymat_of_another_length_is_refused);
    g_test_add_func("/packet-cipher/integrity", test_integrity_is_never_missing_nor_double);
    g_test_add_func("/packet-cipher/choice", test_the_fastest_is_chosen);
    return g_test_run();
}
