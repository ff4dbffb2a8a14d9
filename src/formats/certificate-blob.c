/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/certificate-blob.h"

#include "base/log.h"
#include "base/secret.h"
#include "settings/regular-file.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PKCS12, PKCS12_free)

enum {
    MAX_BLOB = 1024 * 1024, /* bytes: a chain of certificates with its key has a few thousand */
    MAX_CERTIFICATES = 64,  /* in one text */
};

static void
note_none(Import *import, const char *theirs)
{
    g_autofree char *safe = log_safe_text(theirs, strlen(theirs));

    import_note(import, _("“%s” was left out: it is no certificate that can be read."), safe);
}

/* A PEM text has no password that could be asked for here. */
static int
no_password(char *buffer, int size, int writing, void *data)
{
    return -1;
}

/* The next one of a PEM text, or the only one that is DER. */
static X509 *
next_certificate(BIO *bio, Bytes blob, unsigned n)
{
    const unsigned char *at = blob.data;
    X509 *certificate;

    if (n == 0 && (certificate = d2i_X509(NULL, &at, (long) blob.len)))
        return certificate;
    return PEM_read_bio_X509(bio, NULL, no_password, NULL);
}

static void
append(GString *pem, X509 *certificate)
{
    g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    long len;

    if (!bio || !PEM_write_bio_X509(bio, certificate))
        return;
    len = BIO_get_mem_data(bio, &data);
    g_string_append_len(pem, data, len);
}

void
certificate_append_all(GString *pem, Bytes blob)
{
    g_autoptr(BIO) bio = BIO_new_mem_buf(blob.data, (int) MIN(blob.len, (size_t) MAX_BLOB));
    unsigned n = 0;

    while (bio && blob.len <= MAX_BLOB && n < MAX_CERTIFICATES) {
        g_autoptr(X509) certificate = next_certificate(bio, blob, n);

        if (!certificate)
            break;
        append(pem, certificate);
        n++;
    }
    ERR_clear_error();
}

void
certificate_append(GString *pem, Bytes blob, const char *theirs, Import *import)
{
    gsize len = pem->len;

    certificate_append_all(pem, blob);
    if (pem->len == len)
        note_none(import, theirs);
}

char *
certificate_common_name(Bytes blob)
{
    g_autoptr(BIO) bio = BIO_new_mem_buf(blob.data, (int) MIN(blob.len, (size_t) MAX_BLOB));
    g_autoptr(X509) certificate =
        bio && blob.len <= MAX_BLOB ? next_certificate(bio, blob, 0) : NULL;
    X509_NAME *subject = certificate ? X509_get_subject_name(certificate) : NULL;
    int at = subject ? X509_NAME_get_index_by_NID(subject, NID_commonName, -1) : -1;
    ASN1_STRING *value =
        at >= 0 ? X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)) : NULL;
    unsigned char *utf8 = NULL;
    int len = value ? ASN1_STRING_to_UTF8(&utf8, value) : -1;
    char *name = len > 0 ? log_safe_text(utf8, (size_t) len) : NULL;

    OPENSSL_free(utf8);
    ERR_clear_error();
    return name;
}

bool
certificate_is_identity(Bytes blob)
{
    const unsigned char *at = blob.data;
    g_autoptr(PKCS12) p12 = blob.len <= MAX_BLOB ? d2i_PKCS12(NULL, &at, (long) blob.len) : NULL;

    ERR_clear_error();
    return p12 != NULL;
}

void
certificate_set_identity(Import *import, Bytes blob, const char *theirs)
{
    if (!certificate_is_identity(blob)) {
        note_none(import, theirs);
        return;
    }
    import_set_blob(import, "cert", blob, "p12");
    import_set_blob(import, "key", blob, "p12");
}

Secret
certificate_read_file(const char *path)
{
    Secret content = {0};

    regular_file_read(path, MAX_BLOB, &content);
    return content;
}

static bool
is_base64(const char *text)
{
    size_t n = 0;

    for (const char *c = text; *c; c++) {
        if (g_ascii_isspace(*c))
            continue;
        if (!g_ascii_isalnum(*c) && !strchr("+/=", *c))
            return false;
        n++;
    }
    return n >= 4 && n % 4 == 0;
}

Secret
certificate_from_base64(const char *text, const char *theirs, Import *import)
{
    Secret decoded = {0};
    gsize len = 0;
    guchar *data = is_base64(text) ? g_base64_decode(text, &len) : NULL;

    if (data && len > 0)
        decoded = secret_copy(bytes_of(data, len));
    else
        note_none(import, theirs);
    if (data)
        secret_wipe(data, len);
    g_free(data);
    return decoded;
}
