/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/prf.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

/* Looking HMAC up in OpenSSL costs more than a whole prf, so it is done once. */
static EVP_MAC *
hmac(void)
{
    static gsize once;
    static EVP_MAC *mac;

    if (g_once_init_enter(&once)) {
        mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
        g_once_init_leave(&once, 1);
    }
    return mac;
}

static bool
hmac_parts(EVP_MAC_CTX *context,
           const PrfAlgorithm *algorithm,
           Bytes key,
           const Bytes *parts,
           size_t n_parts,
           uint8_t *out)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *) algorithm->openssl, 0),
        OSSL_PARAM_construct_end(),
    };
    size_t len = 0;

    /* A NULL key would mean "the one from before". */
    if (!EVP_MAC_init(context, key.len ? key.data : (const uint8_t *) "", key.len, params))
        return false;
    for (size_t i = 0; i < n_parts; i++) {
        if (parts[i].len > 0 && !EVP_MAC_update(context, parts[i].data, parts[i].len))
            return false;
    }
    return EVP_MAC_final(context, out, &len, algorithm->len) && len == algorithm->len;
}

void
prf_compute(
    const PrfAlgorithm *algorithm, Bytes key, const Bytes *parts, size_t n_parts, uint8_t *out)
{
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac());

    /* Only a crypto library that is broken or configured to nothing gets here: no key derived from
     * a half-computed value may ever be used. */
    if (!context || !hmac_parts(context, algorithm, key, parts, n_parts, out))
        g_error("OpenSSL cannot compute HMAC with %s", algorithm->openssl);
    EVP_MAC_CTX_free(context);
}

Secret
prf_derive(const PrfAlgorithm *algorithm, Bytes key, const Bytes *parts, size_t n_parts)
{
    Secret derived = secret_alloc(algorithm->len);

    prf_compute(algorithm, key, parts, n_parts, derived.data);
    return derived;
}

static bool
hash_parts(EVP_MD_CTX *context,
           const PrfAlgorithm *algorithm,
           const Bytes *parts,
           size_t n_parts,
           uint8_t *out)
{
    const EVP_MD *digest = EVP_get_digestbyname(algorithm->openssl);

    if (!digest || EVP_MD_get_size(digest) != algorithm->len)
        return false;
    if (!EVP_DigestInit_ex(context, digest, NULL))
        return false;
    for (size_t i = 0; i < n_parts; i++) {
        if (parts[i].len > 0 && !EVP_DigestUpdate(context, parts[i].data, parts[i].len))
            return false;
    }
    return EVP_DigestFinal_ex(context, out, NULL);
}

void
prf_hash(const PrfAlgorithm *algorithm, const Bytes *parts, size_t n_parts, uint8_t *out)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (!context || !hash_parts(context, algorithm, parts, n_parts, out))
        g_error("OpenSSL cannot compute %s", algorithm->openssl);
    EVP_MD_CTX_free(context);
}
