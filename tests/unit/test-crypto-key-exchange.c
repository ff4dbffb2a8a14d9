/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/key-exchange.h"
#include "crypto/random.h"
#include "lib/vectors.h"

#include <string.h>

/* A source that gives out these bytes, with zeros in front if more are asked for. */
static void
fill_from_bytes(void *state, uint8_t *out, size_t len)
{
    const Bytes *bytes = state;

    g_assert_cmpuint(len, >=, bytes->len);
    memset(out, 0, len - bytes->len);
    memcpy(out + len - bytes->len, bytes->data, bytes->len);
}

/* An ECP private value is 1 + random mod (n-1): one less gives the published one. */
static Secret
random_for(const KeyExchangeMethod *method, Bytes private_value)
{
    Secret random = secret_copy(private_value);

    if (method->kind == KE_KIND_ECP) {
        for (size_t i = random.len; random.data[--i]-- == 0;)
            ;
    }
    return random;
}

static KeyExchange *
key_exchange_of(const KeyExchangeMethod *method, Bytes private_value)
{
    g_auto(Secret) random = random_for(method, private_value);
    Bytes view = secret_view(&random);
    RandomSource source = {fill_from_bytes, &view};

    return key_exchange_new(method, &source);
}

static void
assert_bytes(Bytes actual, Bytes expected)
{
    g_assert_cmpmem(actual.data, actual.len, expected.data, expected.len);
}

/* One side, as far as a block of vectors describes it. */
static void
check_side(Vectors *vectors, const char *private_name, const char *own, const char *peer)
{
    const KeyExchangeMethod *method = key_exchange_by_keyword(vectors_text(vectors, "Method"));
    g_autoptr(KeyExchange) ke = key_exchange_of(method, vectors_bytes(vectors, private_name));
    g_auto(Secret) shared = key_exchange_derive(ke, vectors_bytes(vectors, peer));

    if (own)
        assert_bytes(key_exchange_public(ke), vectors_bytes(vectors, own));
    assert_bytes(secret_view(&shared), vectors_bytes(vectors, "Shared"));
}

static void
test_ecp_as_published(void)
{
    g_autoptr(Vectors) vectors = vectors_open("ke-ecp.txt");

    while (vectors_next(vectors)) {
        check_side(vectors, "PrivateI", "PublicI", "PublicR");
        check_side(vectors, "PrivateR", "PublicR", "PublicI");
    }
}

/* 0, 1, p-1, p and what is above are refused (RFC 6989, 2.1); 2 and p-2 are not. */
static void
check_bounds(const KeyExchangeMethod *method, Bytes prime)
{
    static const struct {
        int below_p;
        bool accepted;
    } values[] = {{3, true}, {2, true}, {1, false}, {0, false}, {-1, false}};
    g_autoptr(KeyExchange) ke = key_exchange_new(method, &random_system);
    g_autofree uint8_t *value = g_memdup2(prime.data, prime.len);

    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        g_auto(Secret) shared = {0};

        /* p ends in ff, and p+1 wraps that byte to 0 with a carry; so the largest number stands
         * for "above p". */
        if (values[i].below_p < 0)
            memset(value, 0xff, prime.len);
        else
            value[prime.len - 1] = (uint8_t) (0xff - values[i].below_p);
        shared = key_exchange_derive(ke, bytes_of(value, prime.len));
        g_assert_cmpint(shared.len > 0, ==, values[i].accepted);
    }
    memset(value, 0, prime.len);
    for (uint8_t small = 0; small < 4; small++) {
        g_auto(Secret) shared = {0};

        value[prime.len - 1] = small;
        shared = key_exchange_derive(ke, bytes_of(value, prime.len));
        g_assert_cmpint(shared.len > 0, ==, small > 1);
    }
}

static void
test_modp_as_computed_elsewhere(void)
{
    g_autoptr(Vectors) vectors = vectors_open("ke-modp.txt");

    while (vectors_next(vectors)) {
        check_side(vectors, "PrivateI", "PublicI", "PublicR");
        check_side(vectors, "PrivateR", "PublicR", "PublicI");
        check_bounds(key_exchange_by_keyword(vectors_text(vectors, "Method")),
                     vectors_bytes(vectors, "Prime"));
    }
}

static void
test_leading_zeros_are_kept(void)
{
    g_autoptr(Vectors) vectors = vectors_open("ke-modp-leading-zero.txt");

    g_assert_true(vectors_next(vectors));
    g_assert_cmpuint(vectors_bytes(vectors, "Shared").data[0], ==, 0);
    check_side(vectors, "PrivateI", NULL, "PublicR");
    g_assert_false(vectors_next(vectors));
}

static void
test_both_sides_agree(void)
{
    for (size_t i = 0; key_exchange_at(i); i++) {
        const KeyExchangeMethod *method = key_exchange_at(i);
        g_autoptr(KeyExchange) a = key_exchange_new(method, &random_system);
        g_autoptr(KeyExchange) b = key_exchange_new(method, &random_system);
        g_auto(Secret) of_a = key_exchange_derive(a, key_exchange_public(b));
        g_auto(Secret) of_b = key_exchange_derive(b, key_exchange_public(a));

        g_assert_true(key_exchange_method(a) == method);
        g_assert_cmpuint(key_exchange_public(a).len, ==, method->public_len);
        g_assert_cmpuint(of_a.len, ==, method->shared_len);
        assert_bytes(secret_view(&of_a), secret_view(&of_b));
        g_assert_false(bytes_equal(key_exchange_public(a), key_exchange_public(b)));
    }
}

/* Scenario tests repeat whole negotiations. */
static void
test_same_random_same_keys(void)
{
    const uint8_t seed[] = {0x5e, 0xed};
    Bytes view = BYTES_OF_ARRAY(seed);
    RandomSource source = {fill_from_bytes, &view};

    for (size_t i = 0; key_exchange_at(i); i++) {
        g_autoptr(KeyExchange) a = key_exchange_new(key_exchange_at(i), &source);
        g_autoptr(KeyExchange) b = key_exchange_new(key_exchange_at(i), &source);

        assert_bytes(key_exchange_public(a), key_exchange_public(b));
    }
}

static void
test_wrong_lengths_are_refused(void)
{
    for (size_t i = 0; key_exchange_at(i); i++) {
        const KeyExchangeMethod *method = key_exchange_at(i);
        g_autoptr(KeyExchange) ke = key_exchange_new(method, &random_system);
        g_autofree uint8_t *value = g_malloc0(method->public_len + 1u);
        const size_t lens[] = {0, 1, method->public_len - 1u, method->public_len + 1u};

        memcpy(value, key_exchange_public(ke).data, method->public_len);
        for (size_t j = 0; j < G_N_ELEMENTS(lens); j++) {
            g_auto(Secret) shared = key_exchange_derive(ke, bytes_of(value, lens[j]));

            g_assert_cmpuint(shared.len, ==, 0);
        }
    }
}

/* RFC 6989, 2.3. */
static void
test_points_off_the_curve_are_refused(void)
{
    for (size_t i = 0; key_exchange_at(i); i++) {
        const KeyExchangeMethod *method = key_exchange_at(i);
        g_autoptr(KeyExchange) ke = NULL;
        g_autofree uint8_t *value = NULL;

        if (method->kind != KE_KIND_ECP)
            continue;
        ke = key_exchange_new(method, &random_system);
        value = g_memdup2(key_exchange_public(ke).data, method->public_len);
        for (size_t bit = 0; bit < method->public_len * 8u; bit += 5) {
            g_auto(Secret) shared = {0};

            value[bit / 8] ^= (uint8_t) (1 << bit % 8);
            shared = key_exchange_derive(ke, bytes_of(value, method->public_len));
            g_assert_cmpuint(shared.len, ==, 0);
            value[bit / 8] ^= (uint8_t) (1 << bit % 8);
        }
        memset(value, 0, method->public_len);
        g_assert_cmpuint(key_exchange_derive(ke, bytes_of(value, method->public_len)).len, ==, 0);
    }
}

/* A coordinate must be below p: x + p would be the same point in another form. On P-256 the point
 * with x = 5 exists, and 5 + p still has 32 bytes. */
static void
test_coordinates_above_p_are_refused(void)
{
    static const char p[] = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
    const KeyExchangeMethod *method = key_exchange_by_keyword("ecp256");
    /* y of x = 5: computed by Python's pow() */
    static const char y[] = "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc";
    g_autoptr(KeyExchange) ke = key_exchange_new(method, &random_system);
    uint8_t value[64] = {0}, prime[32];
    g_auto(Secret) good = {0};
    unsigned carry = 5;

    for (size_t i = 0; i < 32; i++) {
        prime[i] =
            (uint8_t) (g_ascii_xdigit_value(p[2 * i]) << 4 | g_ascii_xdigit_value(p[2 * i + 1]));
        value[32 + i] =
            (uint8_t) (g_ascii_xdigit_value(y[2 * i]) << 4 | g_ascii_xdigit_value(y[2 * i + 1]));
    }
    value[31] = 5;
    good = key_exchange_derive(ke, BYTES_OF_ARRAY(value));
    g_assert_cmpuint(good.len, ==, 32);
    for (size_t i = 32; i-- > 0;) {
        carry += prime[i];
        value[i] = (uint8_t) carry;
        carry >>= 8;
    }
    g_assert_cmpuint(carry, ==, 0);
    g_assert_cmpuint(key_exchange_derive(ke, BYTES_OF_ARRAY(value)).len, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto/key-exchange/ecp", test_ecp_as_published);
    g_test_add_func("/crypto/key-exchange/modp", test_modp_as_computed_elsewhere);
    g_test_add_func("/crypto/key-exchange/leading-zeros", test_leading_zeros_are_kept);
    g_test_add_func("/crypto/key-exchange/agree", test_both_sides_agree);
    g_test_add_func("/crypto/key-exchange/repeatable", test_same_random_same_keys);
    g_test_add_func("/crypto/key-exchange/lengths", test_wrong_lengths_are_refused);
    g_test_add_func("/crypto/key-exchange/off-curve", test_points_off_the_curve_are_refused);
    g_test_add_func("/crypto/key-exchange/above-p", test_coordinates_above_p_are_refused);
    return g_test_run();
}
