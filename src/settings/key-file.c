/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/key-file.h"

#include "base/secret.h"
#include "settings/regular-file.h"

#include <glib.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

enum {
    MAX_FILE = 1024 * 1024,       /* bytes: a key, and a long chain of certificates */
    MAX_MAC_ROUNDS = 1000 * 1000, /* of PKCS#12: more is there to keep us busy */
};

typedef enum { VERDICT_UNKNOWN, VERDICT_OPEN, VERDICT_LOCKED } Verdict;

#define TOKEN_SCHEME "pkcs11:"

bool
key_is_on_token(const char *path_or_uri)
{
    return g_ascii_strncasecmp(path_or_uri, TOKEN_SCHEME, strlen(TOKEN_SCHEME)) == 0;
}

/* The value of name=… among what stands apart by separator; not decoded. */
static char *
attribute_of(const char *text, const char *separator, const char *name)
{
    g_auto(GStrv) attributes = g_strsplit(text, separator, -1);
    size_t len = strlen(name);

    for (char **attribute = attributes; *attribute; attribute++) {
        if (strncmp(*attribute, name, len) == 0 && (*attribute)[len] == '=')
            return g_strdup(*attribute + len + 1);
    }
    return NULL;
}

/* RFC 7512, 2.4. */
static bool
uri_says_pin(const char *uri)
{
    const char *query = strchr(uri, '?');
    g_autofree char *value = query ? attribute_of(query + 1, "&", "pin-value") : NULL;
    g_autofree char *source = query ? attribute_of(query + 1, "&", "pin-source") : NULL;

    return value || source;
}

char *
key_token_name(const char *uri)
{
    g_autofree char *path = NULL;
    g_autofree char *token = NULL;
    g_autofree char *name = NULL;

    if (!key_is_on_token(uri))
        return NULL;
    path = g_strndup(uri + strlen(TOKEN_SCHEME), strcspn(uri, "?") - strlen(TOKEN_SCHEME));
    token = attribute_of(path, ";", "token");
    name = token ? g_uri_unescape_string(token, NULL) : NULL;
    if (!name || !*name || !g_utf8_validate(name, -1, NULL))
        return NULL;
    for (const char *c = name; *c; c = g_utf8_next_char(c)) {
        if (!g_unichar_isprint(g_utf8_get_char(c)))
            return NULL;
    }
    return g_steal_pointer(&name);
}

/* Empty if it is no file, or too large. */
static Secret
read_file(const char *path)
{
    Secret content = {0};

    regular_file_read(path, MAX_FILE, &content);
    return content;
}

/* One block of PEM: which may be a certificate. */
static Verdict
verdict_of_block(const char *name, const char *header)
{
    if (strcmp(name, PEM_STRING_PKCS8) == 0)
        return VERDICT_LOCKED;
    if (!g_str_has_suffix(name, "PRIVATE KEY"))
        return VERDICT_UNKNOWN;
    /* RFC 1421, 4.6.1.1 */
    return strstr(header, "ENCRYPTED") ? VERDICT_LOCKED : VERDICT_OPEN;
}

/* The first private key is the one that is taken. */
static Verdict
verdict_of_pem(const Secret *content)
{
    BIO *bio = BIO_new_mem_buf(content->data, (int) content->len);
    Verdict verdict = VERDICT_UNKNOWN;
    char *name, *header;
    unsigned char *data;
    long len;

    while (verdict == VERDICT_UNKNOWN && PEM_read_bio(bio, &name, &header, &data, &len)) {
        verdict = verdict_of_block(name, header);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t) len);
    }
    BIO_free(bio);
    return verdict;
}

/* Without a password there are two ways to write that: none, and an empty one. */
static Verdict
verdict_of_pkcs12(PKCS12 *file)
{
    const ASN1_INTEGER *rounds = NULL;
    int64_t n = 1;

    if (!PKCS12_mac_present(file))
        return VERDICT_LOCKED;
    PKCS12_get0_mac(NULL, NULL, NULL, &rounds, file);
    if (rounds && (!ASN1_INTEGER_get_int64(&n, rounds) || n > MAX_MAC_ROUNDS))
        return VERDICT_LOCKED;
    return PKCS12_verify_mac(file, NULL, 0) || PKCS12_verify_mac(file, "", 0) ? VERDICT_OPEN
                                                                              : VERDICT_LOCKED;
}

static Verdict
verdict_of_der(const Secret *content)
{
    const unsigned char *data = content->data;
    Verdict verdict = VERDICT_UNKNOWN;
    PKCS12 *pkcs12 = d2i_PKCS12(NULL, &data, (long) content->len);
    X509_SIG *encrypted = NULL;

    if (pkcs12) {
        verdict = verdict_of_pkcs12(pkcs12);
        PKCS12_free(pkcs12);
        return verdict;
    }
    /* EncryptedPrivateKeyInfo (RFC 5958, 3) */
    data = content->data;
    encrypted = d2i_X509_SIG(NULL, &data, (long) content->len);
    if (encrypted)
        verdict = VERDICT_LOCKED;
    X509_SIG_free(encrypted);
    return verdict;
}

bool
key_needs_password(const char *path_or_uri)
{
    g_auto(Secret) content = {0};
    Verdict verdict;

    if (key_is_on_token(path_or_uri))
        return !uri_says_pin(path_or_uri);
    content = read_file(path_or_uri);
    if (content.len == 0)
        return false;
    ERR_set_mark();
    verdict = verdict_of_pem(&content);
    if (verdict == VERDICT_UNKNOWN)
        verdict = verdict_of_der(&content);
    ERR_pop_to_mark();
    return verdict == VERDICT_LOCKED;
}
