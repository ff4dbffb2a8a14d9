/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/algorithms.h"

#include "model/known-words.h"

/* To add an algorithm is to add a row. Numbers: IANA "Internet Key Exchange Version 2 (IKEv2)
 * Parameters"; IKEv1's from "Internet Key Exchange (IKE) Attributes" and "Magic Numbers for ISAKMP
 * Protocol". */

/* clang-format off */
static const EncryptionAlgorithm encryption[] = {
    /* id               keyword          key  salt bl  iv  icv fixed  legacy p1 esp OpenSSL         XFRM */
    {ENCR_3DES,        "3des",           192, 0,   8,  8,  0,  true,  true,  5, 3,  "DES-EDE3-CBC", "cbc(des3_ede)"},
    {ENCR_AES_CBC,     "aes128",         128, 0,   16, 16, 0,  false, false, 7, 12, "AES-128-CBC",  "cbc(aes)"},
    {ENCR_AES_CBC,     "aes192",         192, 0,   16, 16, 0,  false, false, 7, 12, "AES-192-CBC",  "cbc(aes)"},
    {ENCR_AES_CBC,     "aes256",         256, 0,   16, 16, 0,  false, false, 7, 12, "AES-256-CBC",  "cbc(aes)"},
    {ENCR_AES_GCM_16,  "aes128gcm16",    128, 4,   4,  8,  16, false, false, 0, 20, "AES-128-GCM",  "rfc4106(gcm(aes))"},
    {ENCR_AES_GCM_16,  "aes192gcm16",    192, 4,   4,  8,  16, false, false, 0, 20, "AES-192-GCM",  "rfc4106(gcm(aes))"},
    {ENCR_AES_GCM_16,  "aes256gcm16",    256, 4,   4,  8,  16, false, false, 0, 20, "AES-256-GCM",  "rfc4106(gcm(aes))"},
};

static const IntegrityAlgorithm integrity[] = {
    /* id                      keyword   key icv legacy esp OpenSSL   XFRM */
    {AUTH_HMAC_SHA1_96,       "sha1",   20, 12, true,  2,  "SHA1",   "hmac(sha1)"},
    {AUTH_HMAC_SHA2_256_128,  "sha256", 32, 16, false, 5,  "SHA256", "hmac(sha256)"},
    {AUTH_HMAC_SHA2_384_192,  "sha384", 48, 24, false, 6,  "SHA384", "hmac(sha384)"},
    {AUTH_HMAC_SHA2_512_256,  "sha512", 64, 32, false, 7,  "SHA512", "hmac(sha512)"},
};

static const PrfAlgorithm prf[] = {
    /* id                keyword      hash      len legacy v1 OpenSSL */
    {PRF_HMAC_SHA1,     "prfsha1",   "sha1",   20, true,  2, "SHA1"},
    {PRF_HMAC_SHA2_256, "prfsha256", "sha256", 32, false, 4, "SHA256"},
    {PRF_HMAC_SHA2_384, "prfsha384", "sha384", 48, false, 5, "SHA384"},
    {PRF_HMAC_SHA2_512, "prfsha512", "sha512", 64, false, 6, "SHA512"},
};

static const KeyExchangeMethod key_exchange[] = {
    /* id            keyword     kind          public shared legacy OpenSSL */
    {KE_MODP_1024, "modp1024", KE_KIND_MODP, 128,  128,  true,  NULL},
    {KE_MODP_1536, "modp1536", KE_KIND_MODP, 192,  192,  false, NULL},
    {KE_MODP_2048, "modp2048", KE_KIND_MODP, 256,  256,  false, NULL},
    {KE_MODP_3072, "modp3072", KE_KIND_MODP, 384,  384,  false, NULL},
    {KE_MODP_4096, "modp4096", KE_KIND_MODP, 512,  512,  false, NULL},
    {KE_MODP_6144, "modp6144", KE_KIND_MODP, 768,  768,  false, NULL},
    {KE_MODP_8192, "modp8192", KE_KIND_MODP, 1024, 1024, false, NULL},
    {KE_ECP_256,   "ecp256",   KE_KIND_ECP,  64,   32,   false, "P-256"},
    {KE_ECP_384,   "ecp384",   KE_KIND_ECP,  96,   48,   false, "P-384"},
    {KE_ECP_521,   "ecp521",   KE_KIND_ECP,  132,  66,   false, "P-521"},
};
/* clang-format on */

static bool
key_bits_fit(const EncryptionAlgorithm *algorithm, unsigned key_bits)
{
    return key_bits == algorithm->key_bits || (key_bits == 0 && algorithm->fixed_key);
}

#define FIND(table, condition)                                                                     \
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {                                             \
        if (condition)                                                                             \
            return &table[i];                                                                      \
    }                                                                                              \
    return NULL

const EncryptionAlgorithm *
encryption_by_id(EncryptionId id, unsigned key_bits)
{
    FIND(encryption, encryption[i].id == id && key_bits_fit(&encryption[i], key_bits));
}

const EncryptionAlgorithm *
encryption_by_v1_phase1(unsigned value, unsigned key_bits)
{
    if (value == 0)
        return NULL;
    FIND(encryption, encryption[i].v1_phase1 == value && key_bits_fit(&encryption[i], key_bits));
}

const EncryptionAlgorithm *
encryption_by_v1_esp(unsigned transform_id, unsigned key_bits)
{
    FIND(encryption,
         encryption[i].v1_esp == transform_id && key_bits_fit(&encryption[i], key_bits));
}

const IntegrityAlgorithm *
integrity_by_id(IntegrityId id)
{
    FIND(integrity, integrity[i].id == id);
}

const IntegrityAlgorithm *
integrity_by_v1_esp(unsigned value)
{
    FIND(integrity, integrity[i].v1_esp == value);
}

const PrfAlgorithm *
prf_by_id(PrfId id)
{
    FIND(prf, prf[i].id == id);
}

const PrfAlgorithm *
prf_by_v1_hash(unsigned value)
{
    FIND(prf, prf[i].v1_hash == value);
}

const KeyExchangeMethod *
key_exchange_by_id(unsigned id)
{
    FIND(key_exchange, key_exchange[i].id == id);
}

const EncryptionAlgorithm *
encryption_by_keyword(const char *keyword)
{
    keyword = keyword_of_alias(keyword);
    FIND(encryption, g_ascii_strcasecmp(encryption[i].keyword, keyword) == 0);
}

const IntegrityAlgorithm *
integrity_by_keyword(const char *keyword)
{
    keyword = keyword_of_alias(keyword);
    FIND(integrity, g_ascii_strcasecmp(integrity[i].keyword, keyword) == 0);
}

const PrfAlgorithm *
prf_by_keyword(const char *keyword)
{
    keyword = keyword_of_alias(keyword);
    FIND(prf,
         g_ascii_strcasecmp(prf[i].keyword, keyword) == 0
             || g_ascii_strcasecmp(prf[i].hash_keyword, keyword) == 0);
}

const KeyExchangeMethod *
key_exchange_by_keyword(const char *keyword)
{
    keyword = keyword_of_alias(keyword);
    FIND(key_exchange, g_ascii_strcasecmp(key_exchange[i].keyword, keyword) == 0);
}

const EncryptionAlgorithm *
encryption_at(size_t index)
{
    return index < G_N_ELEMENTS(encryption) ? &encryption[index] : NULL;
}

const IntegrityAlgorithm *
integrity_at(size_t index)
{
    return index < G_N_ELEMENTS(integrity) ? &integrity[index] : NULL;
}

const PrfAlgorithm *
prf_at(size_t index)
{
    return index < G_N_ELEMENTS(prf) ? &prf[index] : NULL;
}

const KeyExchangeMethod *
key_exchange_at(size_t index)
{
    return index < G_N_ELEMENTS(key_exchange) ? &key_exchange[index] : NULL;
}
