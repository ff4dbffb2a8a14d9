/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/distinguished-name.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_NAME, X509_NAME_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)

/* RFC 4514's text, but in the order of the DER, with ", " between: what gateways print. */
#define TEXT_FLAGS                                                                                 \
    (XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ & ~ASN1_STRFLGS_ESC_QUOTE & ~ASN1_STRFLGS_ESC_MSB)

/* Short names in common use that OpenSSL does not know. */
static const struct {
    const char *alias;
    const char *openssl;
} aliases[] = {
    {"E", "emailAddress"},
    {"G", "GN"},
};

static const char *
openssl_name(const char *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++) {
        if (g_ascii_strcasecmp(type, aliases[i].alias) == 0)
            return aliases[i].openssl;
    }
    return type;
}

/* Whether a backslash at s stands for a byte in hexadecimal (RFC 4514, 2.4). */
static bool
is_hex_pair(const char *s)
{
    return g_ascii_isxdigit(s[1]) && g_ascii_isxdigit(s[2]);
}

/* One escaped character at s, behind the backslash or with it in hexadecimal; returns its end. */
static const char *
read_escaped(const char *s, GString *out)
{
    if (is_hex_pair(s)) {
        g_string_append_c(out,
                          (char) (g_ascii_xdigit_value(s[1]) << 4 | g_ascii_xdigit_value(s[2])));
        return s + 3;
    }
    if (s[1] == '\0')
        return s + 1;
    g_string_append_c(out, s[1]);
    return s + 2;
}

/* Reads a value up to a comma that is neither escaped nor quoted; returns where it stopped. Spaces
 * at the end are dropped unless escaped or quoted. */
static const char *
read_value(const char *s, GString *out)
{
    bool quoted = false;
    size_t keep = 0;

    while (*s && (quoted || *s != ',')) {
        bool plain_space = *s == ' ' && !quoted;

        if (*s == '\\') {
            s = read_escaped(s, out);
        } else if (*s == '"') {
            quoted = !quoted;
            s++;
        } else {
            g_string_append_c(out, *s++);
        }
        if (!plain_space)
            keep = out->len;
    }
    g_string_truncate(out, keep);
    return s;
}

/* Adds "type=value" at s to name; returns where it stopped, or NULL if there is none. */
static const char *
read_attribute(const char *s, X509_NAME *name)
{
    const char *equals = strchr(s, '=');
    g_autofree char *type = NULL;
    g_autoptr(GString) value = g_string_new(NULL);

    if (!equals)
        return NULL;
    type = g_strstrip(g_strndup(s, (size_t) (equals - s)));
    for (s = equals + 1; *s == ' '; s++)
        ;
    s = read_value(s, value);
    if (value->len == 0
        || !X509_NAME_add_entry_by_txt(name,
                                       openssl_name(type),
                                       MBSTRING_UTF8,
                                       (const unsigned char *) value->str,
                                       (int) value->len,
                                       -1,
                                       0))
        return NULL;
    return s;
}

static X509_NAME *
name_of_text(const char *text)
{
    g_autoptr(X509_NAME) name = X509_NAME_new();
    const char *s = text;

    while (name && (s = read_attribute(s, name))) {
        if (*s == '\0')
            return g_steal_pointer(&name);
        s++;
    }
    return NULL;
}

GBytes *
distinguished_name_encode(const char *text)
{
    g_autoptr(X509_NAME) name = text ? name_of_text(text) : NULL;
    unsigned char *der = NULL;
    int len;
    GBytes *encoded;

    ERR_clear_error();
    if (!name)
        return NULL;
    len = i2d_X509_NAME(name, &der);
    if (len <= 0)
        return NULL;
    encoded = g_bytes_new(der, (size_t) len);
    OPENSSL_free(der);
    return encoded;
}

/* NULL if anything stands behind the name. */
static X509_NAME *
name_of_der(Bytes der)
{
    const unsigned char *end = der.data;
    g_autoptr(X509_NAME) name = NULL;

    if (der.len == 0 || der.len > LONG_MAX)
        return NULL;
    name = d2i_X509_NAME(NULL, &end, (long) der.len);
    ERR_clear_error();
    return end == der.data + der.len ? g_steal_pointer(&name) : NULL;
}

char *
distinguished_name_to_text(Bytes der)
{
    g_autoptr(X509_NAME) name = name_of_der(der);
    g_autoptr(BIO) out = BIO_new(BIO_s_mem());
    char *text = NULL;
    long len;

    if (!name || !out || X509_NAME_print_ex(out, name, 0, TEXT_FLAGS) < 0)
        return NULL;
    len = BIO_get_mem_data(out, &text);
    return g_strndup(text, (size_t) len);
}
