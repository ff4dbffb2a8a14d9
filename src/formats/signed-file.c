/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/signed-file.h"

#include "base/log.h"

#include <glib/gi18n-lib.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CMS_ContentInfo, CMS_ContentInfo_free)

enum {
    OID_WITHIN = 24, /* bytes: a header of any length form before it */
    SEQUENCE = 0x30, /* ASN.1's tag */
    MAX_NAME = 1024, /* bytes: a distinguished name of a real certificate has below 500 */

    /* What a real one has: one signer, one digest, a chain of three. To check a signature OpenSSL
     * stacks a filter for each digest that is named, without a bound of its own. */
    MAX_DIGESTS = 8,
    MAX_SIGNERS = 4,
    MAX_CERTIFICATES = 32,
    MAX_REVOCATION_LISTS = 8,
    MAX_KEY_BITS = 8192,
};

/* 1.2.840.113549.1.7.2, as DER. */
static const uint8_t signed_data[] = {
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};

bool
signed_file_looks_like_one(Bytes bytes)
{
    Bytes head = bytes_head(bytes, OID_WITHIN);

    return head.len > 0 && head.data[0] == SEQUENCE
           && memmem(head.data, head.len, signed_data, sizeof(signed_data));
}

/* --- how much is in it ----------------------------------------------------------------------- */

/* What an element has in it, and with a length that is not said what follows too. None: it is no
 * constructed one. */
static Bytes
inside_of(Bytes element)
{
    const unsigned char *at = element.data;
    int tag, class;
    long len = 0;
    int form = ASN1_get_object(&at, &len, &tag, &class, (long) element.len);
    bool said = !(form & 1);

    if ((form & 0x80) || !(form & V_ASN1_CONSTRUCTED))
        return bytes_of(NULL, 0);
    return bytes_of(at, said ? (size_t) len : element.len - (size_t) (at - element.data));
}

/* The next element of several. None: it was the last. */
static Bytes
take_element(Bytes *rest)
{
    const unsigned char *end = rest->data;
    ASN1_TYPE *any = rest->len > 0 ? d2i_ASN1_TYPE(NULL, &end, (long) rest->len) : NULL;
    size_t len = any && any->type != V_ASN1_EOC ? (size_t) (end - rest->data) : 0;
    Bytes element = bytes_of(rest->data, len);

    ASN1_TYPE_free(any);
    *rest = bytes_of(len > 0 ? rest->data + len : NULL, len > 0 ? rest->len - len : 0);
    return element;
}

/* Not more than it may have are looked at. */
static bool
has_at_most(Bytes element, unsigned most)
{
    Bytes rest = inside_of(element);
    unsigned n = 0;

    while (n <= most && take_element(&rest).len > 0)
        n++;
    return n <= most;
}

/* SignedData (RFC 5652, 5.1): version, SET digestAlgorithms, encapContentInfo, [0] certificates,
 * [1] crls, SET signerInfos. Looked at before OpenSSL takes it all apart. */
static bool
signed_data_is_sensible(Bytes file)
{
    enum { SET = 0x31, CERTIFICATES = 0xa0, REVOCATION_LISTS = 0xa1 };
    Bytes content_info = inside_of(file);
    Bytes rest, field;
    unsigned n_sets = 0;
    bool sensible = true;

    take_element(&content_info);
    rest = inside_of(inside_of(take_element(&content_info)));
    while (sensible && (field = take_element(&rest)).len > 0) {
        if (field.data[0] == SET)
            sensible = has_at_most(field, n_sets++ == 0 ? MAX_DIGESTS : MAX_SIGNERS);
        else if (field.data[0] == CERTIFICATES)
            sensible = has_at_most(field, MAX_CERTIFICATES);
        else if (field.data[0] == REVOCATION_LISTS)
            sensible = has_at_most(field, MAX_REVOCATION_LISTS);
    }
    return sensible;
}

static bool
keys_are_sensible(const STACK_OF(X509) * certificates)
{
    bool sensible = true;

    for (int i = 0; i < sk_X509_num(certificates); i++) {
        const EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(certificates, i));

        sensible &= !key || EVP_PKEY_get_bits(key) <= MAX_KEY_BITS;
    }
    return sensible;
}

/* --- who signed it --------------------------------------------------------------------------- */

static char *
name_of(X509 *certificate)
{
    g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
    const X509_NAME *subject = X509_get_subject_name(certificate);
    unsigned long flags = XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB;
    char *data = NULL;
    long len;

    if (!bio || X509_NAME_print_ex(bio, subject, 0, flags) < 0)
        return NULL;
    len = BIO_get_mem_data(bio, &data);
    return len > 0 && len <= MAX_NAME ? log_safe_text(data, (size_t) len) : NULL;
}

static char *
signer_of(CMS_ContentInfo *cms)
{
    STACK_OF(X509) *signers = CMS_get0_signers(cms);
    char *name = signers && sk_X509_num(signers) > 0 ? name_of(sk_X509_value(signers, 0)) : NULL;

    sk_X509_free(signers);
    return name;
}

/* What the signers' certificates that are in it say, and no more. */
static bool
is_as_it_was_signed(CMS_ContentInfo *cms)
{
    return CMS_verify(cms, NULL, NULL, NULL, NULL, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) == 1;
}

/* NULL if nothing speaks against the message; else a sentence. */
static const char *
find_signer(CMS_ContentInfo *cms, char **out_signer)
{
    STACK_OF(X509) *certificates = CMS_get1_certs(cms);
    const char *why = NULL;

    if (!certificates || sk_X509_num(certificates) == 0)
        *out_signer = NULL;
    else if (!keys_are_sensible(certificates))
        why = _("a key of its signer is too long to be checked.");
    else if (is_as_it_was_signed(cms))
        *out_signer = signer_of(cms);
    else
        why = _("it was changed after it was signed.");
    sk_X509_pop_free(certificates, X509_free);
    return why;
}

bool
signed_file_open(Bytes bytes, Secret *out_content, char **out_signer, const char **out_why)
{
    bool sensible = signed_data_is_sensible(bytes);
    g_autoptr(BIO) bio = sensible ? BIO_new_mem_buf(bytes.data, (int) bytes.len) : NULL;
    g_autoptr(CMS_ContentInfo) cms = bio ? d2i_CMS_bio(bio, NULL) : NULL;
    ASN1_OCTET_STRING **content =
        cms && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed ? CMS_get0_content(cms) : NULL;

    *out_signer = NULL;
    if (!sensible)
        *out_why = _("it has more signatures or certificates than can be checked.");
    else if (!content || !*content || ASN1_STRING_length(*content) <= 0)
        *out_why = _("it is damaged: there is no profile in it.");
    else
        *out_why = find_signer(cms, out_signer);
    if (!*out_why)
        *out_content = secret_copy(
            bytes_of(ASN1_STRING_get0_data(*content), (size_t) ASN1_STRING_length(*content)));
    ERR_clear_error();
    return !*out_why;
}
