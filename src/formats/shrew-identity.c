/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "formats/certificate-blob.h"
#include "formats/ipsec-words.h"
#include "formats/shrew.h"
#include "model/identity.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>

/* The page Authentication of a site. */

static bool
uses(ShrewSite *site, const char *method)
{
    const char *ours = import_get(site->import, "method");

    return ours && strstr(ours, method);
}

static void
read_method(ShrewSite *site)
{
    static const ShrewWord methods[] = {
        {"mutual-psk-xauth", "psk-xauth"},
        {"mutual-psk", "psk"},
        {"mutual-rsa-xauth", "cert-xauth"},
        {"mutual-rsa", "cert"},
        {"hybrid-rsa-xauth", "hybrid-xauth"},
        {"hybrid-grp-xauth", "hybrid-xauth"},
        {NULL},
    };

    if (!shrew_text(site, "auth-method"))
        import_note(site->import,
                    _("The file does not say how to log in (“auth-method”): see that the method is "
                      "the right one."));
    shrew_map(site, "auth-method", "method", methods);
    if (!import_get(site->import, "method"))
        import_set(site->import, "method", "psk-xauth", "auth-method");
    import_set(
        site->import, "user", shrew_text(site, "client-saved-username"), "client-saved-username");
}

static void
set_identity(
    ShrewSite *site, const char *option, IdentityType type, const char *content, const char *theirs)
{
    g_autofree char *text = identity_text_of(type, content);

    if (text)
        import_set(site->import, option, text, theirs);
    else
        import_not_had(site->import, theirs, content);
}

static const struct {
    const char *word;
    IdentityType type;
} identity_types[] = {
    {"none", ID_ANY},
    {"any", ID_ANY},
    {"asn1dn", ID_DER_ASN1_DN},
    {"fqdn", ID_FQDN},
    {"ufqdn", ID_USER_FQDN},
    {"keyid", ID_KEY_ID},
    {"address", ID_IPV4_ADDR},
};

/* Without content it is what the certificate or the socket says, as our default is. */
static void
read_one_identity(ShrewSite *site, const char *option, const char *type_key, const char *data_key)
{
    const char *word = shrew_text(site, type_key);
    const char *content = shrew_text(site, data_key);
    size_t i = 0;

    while (word && i < G_N_ELEMENTS(identity_types) && strcmp(identity_types[i].word, word) != 0)
        i++;
    if (word && i == G_N_ELEMENTS(identity_types))
        shrew_not_had(site, type_key);
    else if (word && content && identity_types[i].type != ID_ANY)
        set_identity(site, option, identity_types[i].type, content, data_key);
}

/* A gateway's certificate need not have its name in it: the file says that any one of the
 * authority's is right. */
static void
read_any_server(ShrewSite *site)
{
    bool any = shrew_says(site, "ident-server-type", "any")
               || (shrew_says(site, "ident-server-type", "asn1dn")
                   && !shrew_text(site, "ident-server-data"));

    if (!any || uses(site, "psk"))
        return;
    import_set(site->import, "remote-id", "%any", "ident-server-type");
    words_note_any_gateway(site->import);
}

/* PEM, DER or PKCS#12; NULL: none of them. */
static const char *
suffix_of(Bytes blob)
{
    const char *suffix = NULL;
    const unsigned char *at = blob.data;
    PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long) blob.len);
    X509 *certificate = d2i_X509(NULL, (at = blob.data, &at), (long) blob.len);
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, (at = blob.data, &at), (long) blob.len);
    g_autofree char *text = g_strndup((const char *) blob.data, blob.len);

    if (strstr(text, "-----BEGIN "))
        suffix = "pem";
    else if (p12)
        suffix = "p12";
    else if (certificate || key)
        suffix = "der";
    PKCS12_free(p12);
    X509_free(certificate);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return suffix;
}

static void
read_content(ShrewSite *site, const char *option, const char *base64, const char *theirs)
{
    g_auto(Secret) blob = certificate_from_base64(base64, theirs, site->import);
    const char *suffix = blob.len > 0 ? suffix_of(secret_view(&blob)) : NULL;

    if (suffix)
        import_set_blob(site->import, option, secret_view(&blob), suffix);
    else if (blob.len > 0)
        import_note(
            site->import, _("“%s” was left out: it is no certificate that can be read."), theirs);
}

/* A path of the machine that the file was written on: what can be here is a file of that name
 * beside it, or at the same place. */
static void
read_named(ShrewSite *site, const char *option, const char *name, const char *theirs)
{
    const char *backslash = strrchr(name, '\\');
    const char *base = backslash ? backslash + 1 : name;
    g_autofree char *safe = log_safe_text(base, strlen(base));

    import_set_file(site->import, option, base, theirs);
    if (import_get(site->import, option)
        && !g_file_test(import_get(site->import, option), G_FILE_TEST_IS_REGULAR))
        import_note(site->import,
                    _("The file %s is not here: copy it, and choose it in the profile."),
                    safe);
}

static void
read_file(ShrewSite *site, const char *option, const char *part, bool used)
{
    g_autofree char *data_key = g_strdup_printf("auth-%s-data", part);
    g_autofree char *name_key = g_strdup_printf("auth-%s-name", part);
    g_autofree char *path_key = g_strdup_printf("auth-%s", part);
    const char *base64 = shrew_base64(site, data_key);
    const char *name = shrew_text(site, name_key);
    const char *path = shrew_text(site, path_key);

    if (!used)
        return;
    if (base64)
        read_content(site, option, base64, data_key);
    else if (path)
        read_named(site, option, path, path_key);
    else if (name)
        read_named(site, option, name, name_key);
}

/* Bytes, which a file before version 1 has as text. */
static void
read_psk(ShrewSite *site)
{
    const char *base64 = shrew_base64(site, "auth-mutual-psk");
    const char *plain = shrew_text(site, "auth-mutual-psk");
    gsize len = 0;
    g_autofree guchar *data = base64 ? g_base64_decode(base64, &len) : NULL;
    g_autofree char *again = data && len > 0 ? g_base64_encode(data, len) : NULL;
    char *text = data ? g_strndup((const char *) data, len) : g_strdup(plain);

    if (base64
        && (g_strcmp0(again, base64) != 0 || strlen(text) != len
            || !g_utf8_validate(text, -1, NULL)))
        import_note(
            site->import,
            _("The pre-shared key in “auth-mutual-psk” is damaged, or no text, and was left "
              "out."));
    else if (uses(site, "psk"))
        import_set_secret(site->import, "psk", text);
    else if (shrew_says(site, "auth-method", "hybrid-grp-xauth"))
        import_not_had(site->import, "auth-mutual-psk", NULL);
    if (data)
        secret_wipe(data, len);
    if (again)
        secret_wipe(again, strlen(again));
    secret_free_text(text);
}

void
shrew_read_identity(ShrewSite *site)
{
    read_method(site);
    read_one_identity(site, "local-id", "ident-client-type", "ident-client-data");
    read_one_identity(site, "remote-id", "ident-server-type", "ident-server-data");
    read_any_server(site);
    read_psk(site);
    read_file(site, "ca", "server-cert", !uses(site, "psk"));
    read_file(site, "cert", "client-cert", uses(site, "cert"));
    read_file(site, "key", "client-key", uses(site, "cert"));
}
