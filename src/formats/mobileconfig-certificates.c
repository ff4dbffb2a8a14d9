/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/mobileconfig.h"

#include "formats/certificate-blob.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define TYPE_PREFIX "com.apple.security."
#define TYPE_PKCS12 TYPE_PREFIX "pkcs12"

static const char *const authority_types[] = {
    TYPE_PREFIX "root", TYPE_PREFIX "pkcs1", TYPE_PREFIX "pem", NULL};

/* They tell a device where to fetch its certificate. */
static const char *const enrolment_types[] = {TYPE_PREFIX "scep", TYPE_PREFIX "acme", NULL};

bool
certificates_has_type(const char *payload_type)
{
    return strcmp(payload_type, TYPE_PKCS12) == 0 || g_strv_contains(authority_types, payload_type)
           || g_strv_contains(enrolment_types, payload_type);
}

static const char *
text_of(plist_t node, const char *key)
{
    g_auto(Payload) payload = payload_of(node);

    return payload_text(&payload, key);
}

static plist_t
find_uuid(const Certificates *certificates, const char *uuid)
{
    uint32_t n = certificates->payloads ? plist_array_get_size(certificates->payloads) : 0;

    for (uint32_t i = 0; i < n; i++) {
        plist_t node = plist_array_get_item(certificates->payloads, i);
        const char *its = text_of(node, "PayloadUUID");

        if (its && g_ascii_strcasecmp(its, uuid) == 0)
            return node;
    }
    return NULL;
}

bool
certificates_take_identity(const Certificates *certificates, const char *uuid, Import *import)
{
    g_auto(Payload) payload = payload_of(find_uuid(certificates, uuid));
    const char *type = payload_text(&payload, "PayloadType");
    const char *password;
    Bytes content;

    if (!type)
        return false;
    if (g_strv_contains(enrolment_types, type)) {
        import_note(import,
                    _("The certificate is fetched by the device itself (%s), which is not "
                      "supported: choose one that you have."),
                    type);
        return true;
    }
    content = payload_bytes(&payload, "PayloadContent");
    password = payload_text(&payload, "Password");
    if (strcmp(type, TYPE_PKCS12) != 0)
        return false;
    certificate_set_identity(import, content, TYPE_PKCS12);
    import_set_secret(import, "key-password", password);
    return true;
}

static bool
is_authority(plist_t node)
{
    const char *type = text_of(node, "PayloadType");

    return type && g_strv_contains(authority_types, type);
}

static bool
has_common_name(plist_t node, const char *wanted)
{
    g_auto(Payload) payload = payload_of(node);
    g_autofree char *name = certificate_common_name(payload_bytes(&payload, "PayloadContent"));

    return name && strcmp(name, wanted) == 0;
}

static void
append_authority(plist_t node, GString *pem, Import *import)
{
    g_auto(Payload) payload = payload_of(node);
    const char *name = payload_text(&payload, "PayloadCertificateFileName");

    if (!name)
        name = payload_text(&payload, "PayloadDisplayName");
    certificate_append(
        pem, payload_bytes(&payload, "PayloadContent"), name ? name : "PayloadContent", import);
}

/* The one that is named, with issuer; else all. */
static void
append_authorities(const Certificates *certificates,
                   const char *issuer,
                   GString *pem,
                   Import *import)
{
    uint32_t n = certificates->payloads ? plist_array_get_size(certificates->payloads) : 0;

    for (uint32_t i = 0; i < n; i++) {
        plist_t node = plist_array_get_item(certificates->payloads, i);

        if (is_authority(node) && (!issuer || has_common_name(node, issuer)))
            append_authority(node, pem, import);
    }
}

void
certificates_take_authorities(const Certificates *certificates, const char *issuer, Import *import)
{
    g_autoptr(GString) pem = g_string_new(NULL);

    if (issuer) {
        append_authorities(certificates, issuer, pem, import);
        if (pem->len == 0)
            import_not_had(import, "ServerCertificateIssuerCommonName", issuer);
    }
    if (pem->len == 0)
        append_authorities(certificates, NULL, pem, import);
    import_set_blob(import, "ca", bytes_of(pem->str, pem->len), "pem");
}
