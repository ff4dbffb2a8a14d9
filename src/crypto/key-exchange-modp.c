/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/internal.h"

#include <openssl/bn.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIGNUM, BN_clear_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BN_CTX, BN_CTX_free)

enum { GENERATOR = 2 };

typedef struct {
    KeyExchangeId id;
    BIGNUM *(*prime)(BIGNUM *out);
    size_t private_bits; /* at least twice the group's strength (RFC 3526, 8; SP 800-57, 5.6.1) */
} ModpGroup;

// clang-format off
static const ModpGroup groups[] = {
    {KE_MODP_1024, BN_get_rfc2409_prime_1024, 256},
    {KE_MODP_1536, BN_get_rfc3526_prime_1536, 256},
    {KE_MODP_2048, BN_get_rfc3526_prime_2048, 256},
    {KE_MODP_3072, BN_get_rfc3526_prime_3072, 320},
    {KE_MODP_4096, BN_get_rfc3526_prime_4096, 320},
    {KE_MODP_6144, BN_get_rfc3526_prime_6144, 384},
    {KE_MODP_8192, BN_get_rfc3526_prime_8192, 448},
};
// clang-format on

static const ModpGroup *
group_of(const KeyExchangeMethod *method)
{
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
        if (groups[i].id == method->id)
            return &groups[i];
    }
    return NULL;
}

/* The highest bit is set, so that the time of an exponentiation tells nothing of the value. */
static Secret
modp_new_private(const KeyExchangeMethod *method, const RandomSource *random)
{
    const ModpGroup *group = group_of(method);
    Secret private_value;

    if (!group)
        return (Secret){0};
    private_value = secret_alloc(group->private_bits / 8);
    random_fill(random, private_value.data, private_value.len);
    private_value.data[0] |= 0x80;
    return private_value;
}

/* base^private mod p, with leading zeros to out_len bytes. */
static bool
power(const BIGNUM *base, Bytes private_value, const BIGNUM *p, uint8_t *out, size_t out_len)
{
    g_autoptr(BN_CTX) context = BN_CTX_secure_new();
    g_autoptr(BIGNUM) exponent = BN_bin2bn(private_value.data, (int) private_value.len, NULL);
    g_autoptr(BIGNUM) result = BN_new();

    if (!context || !exponent || !result)
        return false;
    BN_set_flags(exponent, BN_FLG_CONSTTIME);
    return BN_mod_exp_mont_consttime(result, base, exponent, p, context, NULL)
           && BN_bn2binpad(result, out, (int) out_len) == (int) out_len;
}

static bool
modp_compute_public(const KeyExchangeMethod *method, Bytes private_value, uint8_t *out)
{
    const ModpGroup *group = group_of(method);
    g_autoptr(BIGNUM) p = group ? group->prime(NULL) : NULL;
    g_autoptr(BIGNUM) g = BN_new();

    if (!p || !g || !BN_set_word(g, GENERATOR))
        return false;
    return power(g, private_value, p, out, method->public_len);
}

/* RFC 6989, 2.1: 1 < r < p-1. For these groups, whose p is a safe prime, no more is needed. */
static bool
may_be_used(const BIGNUM *peer, const BIGNUM *p)
{
    g_autoptr(BIGNUM) p_minus_1 = BN_dup(p);

    if (!p_minus_1 || !BN_sub_word(p_minus_1, 1))
        return false;
    return BN_cmp(peer, BN_value_one()) > 0 && BN_cmp(peer, p_minus_1) < 0;
}

static bool
modp_compute_shared(const KeyExchangeMethod *method,
                    Bytes private_value,
                    Bytes peer_public,
                    uint8_t *out)
{
    const ModpGroup *group = group_of(method);
    g_autoptr(BIGNUM) p = group ? group->prime(NULL) : NULL;
    g_autoptr(BIGNUM) peer = BN_bin2bn(peer_public.data, (int) peer_public.len, NULL);

    if (!p || !peer || !may_be_used(peer, p))
        return false;
    return power(peer, private_value, p, out, method->shared_len);
}

const KeyExchangeOperations key_exchange_modp = {
    .new_private = modp_new_private,
    .compute_public = modp_compute_public,
    .compute_shared = modp_compute_shared,
};
