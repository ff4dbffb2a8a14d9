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

static bool
has_certificates(CMS_ContentInfo *cms)
{
    STACK_OF(X509) *all = CMS_get1_certs(cms);
    bool has = all && sk_X509_num(all) > 0;

    sk_X509_pop_free(all, X509_free);
    return has;
}

bool
signed_file_open(Bytes bytes, Secret *out_content, char **out_signer, const char **out_why)
{
    g_autoptr(BIO) bio = BIO_new_mem_buf(bytes.data, (int) bytes.len);
    g_autoptr(CMS_ContentInfo) cms = bio ? d2i_CMS_bio(bio, NULL) : NULL;
    ASN1_OCTET_STRING **content =
        cms && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed ? CMS_get0_content(cms) : NULL;

    *out_why = NULL;
    *out_signer = NULL;
    if (!content || !*content || ASN1_STRING_length(*content) <= 0)
        *out_why = _("it is damaged: there is no profile in it.");
    else if (!has_certificates(cms))
        *out_signer = NULL;
    else if (is_as_it_was_signed(cms))
        *out_signer = signer_of(cms);
    else
        *out_why = _("it was changed after it was signed.");
    if (!*out_why)
        *out_content = secret_copy(
            bytes_of(ASN1_STRING_get0_data(*content), (size_t) ASN1_STRING_length(*content)));
    ERR_clear_error();
    return !*out_why;
}
