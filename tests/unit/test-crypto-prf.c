/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/prf.h"
#include "crypto/random.h"
#include "lib/vectors.h"

#include <string.h>

static void
test_hmac_as_published(void)
{
    g_autoptr(Vectors) vectors = vectors_open("prf.txt");

    while (vectors_next(vectors)) {
        const PrfAlgorithm *prf = prf_by_keyword(vectors_text(vectors, "Prf"));
        Bytes data = vectors_bytes(vectors, "Data");
        Bytes expected = vectors_bytes(vectors, "Output");
        uint8_t out[MAX_PRF_LEN];

        prf_compute(prf, vectors_bytes(vectors, "Key"), &data, 1, out);
        g_assert_cmpmem(out, prf->len, expected.data, expected.len);
    }
    g_assert_cmpuint(vectors_block(vectors), >, 25);
}

static void
test_hash_as_published(void)
{
    g_autoptr(Vectors) vectors = vectors_open("hash.txt");

    while (vectors_next(vectors)) {
        const PrfAlgorithm *prf = prf_by_keyword(vectors_text(vectors, "Prf"));
        Bytes data = vectors_bytes(vectors, "Data");
        Bytes expected = vectors_bytes(vectors, "Output");
        uint8_t out[MAX_PRF_LEN];

        prf_hash(prf, &data, 1, out);
        g_assert_cmpmem(out, prf->len, expected.data, expected.len);
    }
}

/* prf(key, a | b) is the same however the data is cut into parts. */
static void
test_parts_are_one_text(void)
{
    const uint8_t data[] = "Ni_b | Nr_b";
    Bytes key = bytes_of_text("preshared");
    Bytes whole = BYTES_OF_ARRAY(data);

    for (size_t i = 0; prf_at(i); i++) {
        uint8_t one[MAX_PRF_LEN], cut[MAX_PRF_LEN];
        uint8_t hash_one[MAX_PRF_LEN], hash_cut[MAX_PRF_LEN];

        prf_compute(prf_at(i), key, &whole, 1, one);
        prf_hash(prf_at(i), &whole, 1, hash_one);
        for (size_t at = 0; at <= sizeof(data); at++) {
            Bytes parts[] = {bytes_of(data, at), {0}, bytes_of(data + at, sizeof(data) - at)};

            prf_compute(prf_at(i), key, parts, G_N_ELEMENTS(parts), cut);
            g_assert_cmpmem(cut, prf_at(i)->len, one, prf_at(i)->len);
            prf_hash(prf_at(i), parts, G_N_ELEMENTS(parts), hash_cut);
            g_assert_cmpmem(hash_cut, prf_at(i)->len, hash_one, prf_at(i)->len);
        }
    }
}

/* RFC 2104 fills a short key with zeros, so an empty key is a key of zeros. */
static void
test_empty_key_is_a_key_of_zeros(void)
{
    const uint8_t zeros[64] = {0};
    Bytes data = bytes_of_text("data");

    for (size_t i = 0; prf_at(i); i++) {
        g_auto(Secret) empty = prf_derive(prf_at(i), (Bytes){0}, &data, 1);
        g_auto(Secret) zero = prf_derive(prf_at(i), BYTES_OF_ARRAY(zeros), &data, 1);

        g_assert_cmpmem(empty.data, empty.len, zero.data, zero.len);
    }
}

static void
test_random_fills_everything(void)
{
    uint8_t buffer[4096] = {0};
    uint8_t seen[256] = {0};
    unsigned n_seen = 0;

    random_fill(&random_system, buffer, 0);
    random_fill(&random_system, buffer, sizeof(buffer));
    for (size_t i = 0; i < sizeof(buffer); i++)
        seen[buffer[i]] = 1;
    for (size_t i = 0; i < sizeof(seen); i++)
        n_seen += seen[i];
    g_assert_cmpuint(n_seen, >, 240);
    g_assert_cmpuint(random_u32(&random_system), !=, random_u32(&random_system));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto/prf/published", test_hmac_as_published);
    g_test_add_func("/crypto/prf/hash-published", test_hash_as_published);
    g_test_add_func("/crypto/prf/parts", test_parts_are_one_text);
    g_test_add_func("/crypto/prf/empty-key", test_empty_key_is_a_key_of_zeros);
    g_test_add_func("/crypto/random/fill", test_random_fills_everything);
    return g_test_run();
}
