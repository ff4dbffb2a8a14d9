/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/internal.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIGNUM, BN_clear_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BN_CTX, BN_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EC_GROUP, EC_GROUP_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EC_POINT, EC_POINT_clear_free)

/* SEC 1, 2.3.3: 04 | X | Y */
#define UNCOMPRESSED POINT_CONVERSION_UNCOMPRESSED

enum {
    EXTRA_RANDOM = 8, /* bytes beyond the order's: makes the bias of "mod n" negligible */
    MAX_COORDINATE = 66,
};

static EC_GROUP *
curve_of(const KeyExchangeMethod *method)
{
    int nid = EC_curve_nist2nid(method->openssl);

    return nid == NID_undef ? NULL : EC_GROUP_new_by_curve_name(nid);
}

static size_t
coordinate_len(const KeyExchangeMethod *method)
{
    return method->public_len / 2;
}

/* An integer of 1 to n-1 out of random bytes (FIPS 186-5, A.2.1), with leading zeros. */
static bool
scalar_of_random(const EC_GROUP *curve, Bytes random_bytes, Secret *out)
{
    g_autoptr(BN_CTX) context = BN_CTX_secure_new();
    g_autoptr(BIGNUM) n_minus_1 = BN_dup(EC_GROUP_get0_order(curve));
    g_autoptr(BIGNUM) scalar = BN_bin2bn(random_bytes.data, (int) random_bytes.len, NULL);

    if (!context || !n_minus_1 || !scalar)
        return false;
    BN_set_flags(scalar, BN_FLG_CONSTTIME);
    return BN_sub_word(n_minus_1, 1) && BN_nnmod(scalar, scalar, n_minus_1, context)
           && BN_add_word(scalar, 1)
           && BN_bn2binpad(scalar, out->data, (int) out->len) == (int) out->len;
}

static Secret
ecp_new_private(const KeyExchangeMethod *method, const RandomSource *random)
{
    g_autoptr(EC_GROUP) curve = curve_of(method);
    g_auto(Secret) random_bytes = secret_alloc(coordinate_len(method) + EXTRA_RANDOM);
    g_auto(Secret) scalar = secret_alloc(coordinate_len(method));

    random_fill(random, random_bytes.data, random_bytes.len);
    if (!curve || !scalar_of_random(curve, secret_view(&random_bytes), &scalar))
        return (Secret){0};
    return secret_steal(&scalar);
}

/* X | Y of scalar times point, or times the generator if point is NULL. */
static bool
multiply(const EC_GROUP *curve, const EC_POINT *point, Bytes scalar_bytes, uint8_t *xy, size_t len)
{
    g_autoptr(BN_CTX) context = BN_CTX_secure_new();
    g_autoptr(BIGNUM) scalar = BN_bin2bn(scalar_bytes.data, (int) scalar_bytes.len, NULL);
    g_autoptr(EC_POINT) product = EC_POINT_new(curve);
    uint8_t encoded[1 + 2 * MAX_COORDINATE];
    size_t encoded_len;

    if (!context || !scalar || !product || len > 2 * MAX_COORDINATE)
        return false;
    BN_set_flags(scalar, BN_FLG_CONSTTIME);
    if (!EC_POINT_mul(curve, product, point ? NULL : scalar, point, point ? scalar : NULL, context))
        return false;
    encoded_len =
        EC_POINT_point2oct(curve, product, UNCOMPRESSED, encoded, sizeof(encoded), context);
    if (encoded_len == 1 + len)
        memcpy(xy, encoded + 1, len);
    secret_wipe(encoded, sizeof(encoded));
    return encoded_len == 1 + len;
}

static bool
ecp_compute_public(const KeyExchangeMethod *method, Bytes private_value, uint8_t *out)
{
    g_autoptr(EC_GROUP) curve = curve_of(method);

    return curve && multiply(curve, NULL, private_value, out, method->public_len);
}

/* RFC 6989, 2.3: both coordinates below p, and on the curve; EC_POINT_oct2point() checks it, and
 * this form has no point at infinity. The cofactor is 1. */
static bool
point_of_bytes(const EC_GROUP *curve, Bytes xy, EC_POINT *out)
{
    uint8_t encoded[1 + 2 * MAX_COORDINATE] = {UNCOMPRESSED};

    if (xy.len > 2 * MAX_COORDINATE)
        return false;
    memcpy(encoded + 1, xy.data, xy.len);
    return EC_POINT_oct2point(curve, out, encoded, 1 + xy.len, NULL);
}

/* The secret is X alone (RFC 5903, 7). */
static bool
ecp_compute_shared(const KeyExchangeMethod *method,
                   Bytes private_value,
                   Bytes peer_public,
                   uint8_t *out)
{
    g_autoptr(EC_GROUP) curve = curve_of(method);
    g_autoptr(EC_POINT) peer = curve ? EC_POINT_new(curve) : NULL;
    uint8_t xy[2 * MAX_COORDINATE];
    bool ok;

    if (!peer || !point_of_bytes(curve, peer_public, peer))
        return false;
    ok = multiply(curve, peer, private_value, xy, method->public_len);
    if (ok)
        memcpy(out, xy, method->shared_len);
    secret_wipe(xy, sizeof(xy));
    return ok;
}

const KeyExchangeOperations key_exchange_ecp = {
    .new_private = ecp_new_private,
    .compute_public = ecp_compute_public,
    .compute_shared = ecp_compute_shared,
};
