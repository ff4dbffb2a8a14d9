/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/known-words.h"
#include "model/proposal.h"

#include <string.h>

/* --- the tables --------------------------------------------------------------------------------
 */

static void
test_encryption_table(void)
{
    for (size_t i = 0; encryption_at(i); i++) {
        const EncryptionAlgorithm *a = encryption_at(i);
        g_autofree char *upper = g_ascii_strup(a->keyword, -1);

        g_assert_true(encryption_by_id(a->id, a->key_bits) == a);
        g_assert_true(encryption_by_v1_esp(a->v1_esp, a->key_bits) == a);
        g_assert_true(encryption_by_keyword(a->keyword) == a);
        g_assert_true(encryption_by_keyword(upper) == a);
        g_assert_true(encryption_by_id(a->id, 0) == (a->fixed_key ? a : NULL));
        g_assert_null(encryption_by_id(a->id, a->key_bits + 8));
        if (a->v1_phase1)
            g_assert_true(encryption_by_v1_phase1(a->v1_phase1, a->key_bits) == a);
        /* CBC: the IV is a block; a combined mode is not for phase 1 */
        g_assert_cmpint(a->v1_phase1 == 0, ==, a->icv_len > 0);
        g_assert_cmpint(a->iv_len == a->block_len, ==, a->icv_len == 0);
        g_assert_cmpuint(a->key_bits % 64, ==, 0);
    }
    g_assert_null(encryption_by_v1_phase1(0, 128));
    g_assert_null(encryption_by_v1_phase1(1, 0)); /* DES */
    g_assert_null(encryption_by_keyword("des"));
    g_assert_null(encryption_by_keyword(""));
}

static void
test_integrity_table(void)
{
    for (size_t i = 0; integrity_at(i); i++) {
        const IntegrityAlgorithm *a = integrity_at(i);

        g_assert_true(integrity_by_id(a->id) == a);
        g_assert_true(integrity_by_v1_esp(a->v1_esp) == a);
        g_assert_true(integrity_by_keyword(a->keyword) == a);
        g_assert_cmpuint(a->icv_len, <=, a->key_len);
    }
    g_assert_null(integrity_by_v1_esp(0));
    g_assert_null(integrity_by_v1_esp(1)); /* MD5 */
}

static void
test_prf_table(void)
{
    for (size_t i = 0; prf_at(i); i++) {
        const PrfAlgorithm *a = prf_at(i);

        g_assert_true(prf_by_id(a->id) == a);
        g_assert_true(prf_by_v1_hash(a->v1_hash) == a);
        g_assert_true(prf_by_keyword(a->keyword) == a);
        g_assert_true(prf_by_keyword(a->hash_keyword) == a);
        g_assert_cmpuint(a->len, <=, MAX_PRF_LEN);
    }
    g_assert_null(prf_by_v1_hash(0));
    g_assert_null(prf_by_v1_hash(1)); /* MD5 */
}

static void
test_key_exchange_table(void)
{
    for (size_t i = 0; key_exchange_at(i); i++) {
        const KeyExchangeMethod *a = key_exchange_at(i);

        g_assert_true(key_exchange_by_id(a->id) == a);
        g_assert_true(key_exchange_by_keyword(a->keyword) == a);
        /* RFC 5903, 8: X and Y go over the wire, X is the secret */
        g_assert_cmpuint(
            a->public_len, ==, a->kind == KE_KIND_ECP ? 2 * a->shared_len : a->shared_len);
    }
    g_assert_null(key_exchange_by_id(0));
    g_assert_null(key_exchange_by_id(1)); /* MODP-768 */
}

/* What IANA's registries say of IKEv1, for each keyword. */
static void
test_numbers_of_the_registries(void)
{
    g_assert_cmpuint(encryption_by_keyword("3des")->v1_phase1, ==, 5);
    g_assert_cmpuint(encryption_by_keyword("aes256")->v1_phase1, ==, 7);
    g_assert_cmpuint(encryption_by_keyword("3des")->v1_esp, ==, 3);
    g_assert_cmpuint(encryption_by_keyword("aes128")->v1_esp, ==, 12);
    g_assert_cmpuint(encryption_by_keyword("aes256gcm16")->v1_esp, ==, 20);
    g_assert_cmpuint(integrity_by_keyword("sha1")->v1_esp, ==, 2);
    g_assert_cmpuint(integrity_by_keyword("sha256")->v1_esp, ==, 5);
    g_assert_cmpuint(integrity_by_keyword("sha512")->v1_esp, ==, 7);
    g_assert_cmpuint(prf_by_keyword("sha1")->v1_hash, ==, 2);
    g_assert_cmpuint(prf_by_keyword("sha256")->v1_hash, ==, 4);
    g_assert_cmpuint(prf_by_keyword("sha384")->v1_hash, ==, 5);
    g_assert_cmpuint(prf_by_keyword("sha512")->v1_hash, ==, 6);
    g_assert_cmpuint(key_exchange_by_keyword("modp2048")->id, ==, 14);
    g_assert_cmpuint(key_exchange_by_keyword("modp2048")->public_len, ==, 256);
    g_assert_cmpuint(key_exchange_by_keyword("ecp521")->id, ==, 21);
    g_assert_cmpuint(key_exchange_by_keyword("ecp521")->shared_len, ==, 66);
}

/* --- proposals ---------------------------------------------------------------------------------
 */

static char *
ike_text(const GArray *proposals)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < proposals->len; i++) {
        g_autofree char *one = ike_proposal_to_text(&g_array_index(proposals, IkeProposal, i));

        g_string_append_printf(text, "%s%s", i ? "," : "", one);
    }
    return g_string_free(text, FALSE);
}

static char *
esp_text(const GArray *proposals)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < proposals->len; i++) {
        g_autofree char *one = esp_proposal_to_text(&g_array_index(proposals, EspProposal, i));

        g_string_append_printf(text, "%s%s", i ? "," : "", one);
    }
    return g_string_free(text, FALSE);
}

static void
test_ike_proposals(void)
{
    static const struct {
        const char *in, *out;
    } good[] = {
        {"aes256-sha256-modp2048", "aes256-sha256-modp2048"},
        {" AES256-SHA256-MODP2048 , 3des-sha1-modp1024 ",
         "aes256-sha256-modp2048,3des-sha1-modp1024"},
        {"aes256-prfsha256-ecp256", "aes256-sha256-ecp256"},
        {"aes128-aes256-sha1-sha256-modp2048-ecp256",
         "aes128-sha1-modp2048,aes128-sha1-ecp256,aes128-sha256-modp2048,aes128-sha256-ecp256,"
         "aes256-sha1-modp2048,aes256-sha1-ecp256,aes256-sha256-modp2048,aes256-sha256-ecp256"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        GError *error = NULL;
        g_autoptr(GArray) proposals = ike_proposals_from_text(good[i].in, &error);
        g_autofree char *text = NULL;

        g_assert_no_error(error);
        text = ike_text(proposals);
        g_assert_cmpstr(text, ==, good[i].out);
    }
}

static void
test_esp_proposals(void)
{
    static const struct {
        const char *in, *out;
    } good[] = {
        {"aes256gcm16", "aes256gcm16"},
        {"aes128-sha256,aes128gcm16-modp2048", "aes128-sha256,aes128gcm16-modp2048"},
        {"aes128-sha1-sha256-ecp256", "aes128-sha1-ecp256,aes128-sha256-ecp256"},
        {"aes128gcm16-aes256gcm16-modp2048-ecp256",
         "aes128gcm16-modp2048,aes128gcm16-ecp256,aes256gcm16-modp2048,aes256gcm16-ecp256"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        GError *error = NULL;
        g_autoptr(GArray) proposals = esp_proposals_from_text(good[i].in, &error);
        g_autofree char *text = NULL;

        g_assert_no_error(error);
        text = esp_text(proposals);
        g_assert_cmpstr(text, ==, good[i].out);
    }
}

/* Refused, and the error names what is wrong. */
static void
test_bad_proposals(void)
{
    static const struct {
        bool esp;
        const char *text, *named;
    } bad[] = {
        {false, "", "empty"},
        {false, "aes256-sha256", "group"},
        {false, "aes256-modp2048", "hash"},
        {false, "sha256-modp2048", "encryption"},
        {false, "aes256-sha256-modp2047", "modp2047"},
        {false, "aes256gcm16-sha256-modp2048", "combined"},
        {false, "aes256-sha256-modp2048,", "encryption"},
        {false, "aes256-sha256-modp2048,blowfish", "blowfish"},
        {false, "aes256--sha256-modp2048", "unknown algorithm"},
        {true, "", "empty"},
        {true, "aes256", "integrity"},
        {true, "aes256gcm16-sha256", "combined"},
        {true, "sha256", "encryption"},
        {true, "aes256-md5", "md5"},
        {true, "null-sha256", "null"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        GArray *proposals = bad[i].esp ? esp_proposals_from_text(bad[i].text, &error)
                                       : ike_proposals_from_text(bad[i].text, &error);

        g_assert_null(proposals);
        g_assert_error(error, MODEL_ERROR, MODEL_ERROR_BAD_VALUE);
        if (!strstr(error->message, bad[i].named))
            g_error("'%s': '%s' does not name %s", bad[i].text, error->message, bad[i].named);
    }
}

static void
test_too_many_proposals(void)
{
    const char *many = "aes128-aes192-aes256-3des-sha1-sha256-sha384-sha512-"
                       "modp1024-modp1536-modp2048-modp3072-modp4096";
    g_autofree char *longest = g_strnfill(5000, 'a');
    g_autoptr(GString) repeated = g_string_new("aes128");
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) error_long = NULL;
    GArray *proposals;

    g_assert_null(ike_proposals_from_text(many, &error));
    g_assert_nonnull(strstr(error->message, "more than"));
    g_assert_null(ike_proposals_from_text(longest, &error_long));
    g_assert_nonnull(strstr(error_long->message, "longer than"));
    /* one keyword again and again: whatever comes of it, no more than the limit */
    for (unsigned i = 0; i < 100; i++)
        g_string_append(repeated, "-aes128");
    g_string_append(repeated, "-sha256-modp2048");
    proposals = ike_proposals_from_text(repeated->str, NULL);
    if (proposals) {
        g_assert_cmpuint(proposals->len, <=, MAX_PROPOSALS);
        g_array_unref(proposals);
    }
}

/* The defaults: none of them is legacy unless that was asked for, and they read back. */
static void
test_defaults(void)
{
    for (int legacy = 0; legacy < 2; legacy++) {
        g_autoptr(GArray) esp = esp_proposals_default(legacy);

        for (int aggressive = 0; aggressive < 2; aggressive++) {
            g_autoptr(GArray) ike = ike_proposals_default(legacy, aggressive);
            unsigned n_legacy = 0;

            g_assert_cmpuint(ike->len, <=, MAX_PROPOSALS);
            for (guint i = 0; i < ike->len; i++) {
                const IkeProposal *p = &g_array_index(ike, IkeProposal, i);

                n_legacy += p->encryption->legacy || p->prf->legacy || p->ke->legacy;
                if (aggressive && !legacy) /* the KE payload goes with the offer */
                    g_assert_true(p->ke == g_array_index(ike, IkeProposal, 0).ke);
                for (guint j = 0; j < i; j++)
                    g_assert_false(ike_proposal_equal(p, &g_array_index(ike, IkeProposal, j)));
            }
            g_assert_cmpint(n_legacy > 0, ==, legacy);
        }
        for (guint i = 0; i < esp->len; i++) {
            const EspProposal *p = &g_array_index(esp, EspProposal, i);

            if (!legacy)
                g_assert_false(p->encryption->legacy || (p->integrity && p->integrity->legacy));
            g_assert_null(p->ke);
        }
    }
}

static void
test_equality(void)
{
    g_autoptr(GArray) esp = esp_proposals_from_text(
        "aes128-sha256,aes128-sha256-ecp256,aes128-sha1,aes256-sha256,aes128-sha256", NULL);
    const EspProposal *first = &g_array_index(esp, EspProposal, 0);

    for (guint i = 1; i < 4; i++)
        g_assert_false(esp_proposal_equal(first, &g_array_index(esp, EspProposal, i)));
    g_assert_true(esp_proposal_equal(first, &g_array_index(esp, EspProposal, 4)));
}

/* Words that are no algorithm of ours, and each kind that a proposal must have. */
static void
test_known_words(void)
{
    static const char *const good[] = {"aes256gcm16-prfsha384-ecp384-x25519",
                                       "AES-sha-modp1024",
                                       "chacha20poly1305-prfsha256-curve25519-ke1_mlkem768"};
    static const char *const bad[] = {
        "", "-", "aes256", "aes256-sha256", "sha256-modp2048", "des-md5-modp768"};

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(ike_proposals_check(good[i], NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(ike_proposals_check(bad[i], NULL));
    g_assert_true(esp_proposals_check("aes128ccm12,aes256-sha2_512-x448-esn", NULL));
    g_assert_false(esp_proposals_check("aes128ctr-modp2048", NULL));
    g_assert_true(encryption_by_keyword("aes") == encryption_by_keyword("aes128"));
    g_assert_true(encryption_by_keyword("aes256gcm128") == encryption_by_keyword("aes256gcm16"));
    g_assert_true(prf_by_keyword("sha2_256") == prf_by_keyword("sha256"));
    g_assert_false(algorithm_is_known("ecp999"));
    g_assert_true(key_exchange_is_known("x25519") && !key_exchange_is_known("sha256"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/algorithms/encryption", test_encryption_table);
    g_test_add_func("/model/algorithms/integrity", test_integrity_table);
    g_test_add_func("/model/algorithms/prf", test_prf_table);
    g_test_add_func("/model/algorithms/key-exchange", test_key_exchange_table);
    g_test_add_func("/model/algorithms/registries", test_numbers_of_the_registries);
    g_test_add_func("/model/proposal/ike", test_ike_proposals);
    g_test_add_func("/model/proposal/esp", test_esp_proposals);
    g_test_add_func("/model/proposal/bad", test_bad_proposals);
    g_test_add_func("/model/proposal/too-many", test_too_many_proposals);
    g_test_add_func("/model/proposal/known-words", test_known_words);
    g_test_add_func("/model/proposal/defaults", test_defaults);
    g_test_add_func("/model/proposal/equal", test_equality);
    return g_test_run();
}
