/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/sswan.h"

#include "formats/certificate-blob.h"
#include "formats/formats.h"
#include "formats/internal.h"
#include "formats/ipsec-words.h"
#include "formats/json-members.h"
#include "formats/network-keys.h"
#include "model/traffic-selector.h"
#include "settings/options.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

/* Profiles of strongSwan's client for Android: JSON. */

#define TYPE_PREFIX "ikev2-"

/* Texts of other programs may have the same words elsewhere. */
static bool
is_profile(const char *text)
{
    g_autoptr(JsonNode) root = json_object_from_text(text);
    g_auto(Members) profile = members_of(root ? json_node_get_object(root) : NULL, "");
    const char *type = members_text(&profile, "type");

    return (type && g_str_has_prefix(type, TYPE_PREFIX)) || members_object(&profile, SSWAN_OWN);
}

static bool
recognises(const FormatFile *file)
{
    const char *start = file->text ? file->text + strspn(file->text, " \t\n") : "";
    bool named = g_str_has_suffix(file->base_name, ".sswan");

    if (*start != '{')
        return false;
    if (named && (strstr(start, "\"remote\"") || strstr(start, "\"" TYPE_PREFIX)))
        return true;
    return (strstr(start, "\"" TYPE_PREFIX) || strstr(start, "\"" SSWAN_OWN "\""))
           && is_profile(start);
}

/* --- the client's own words ------------------------------------------------------------------ */

static bool
read_type(const char *type, Import *import)
{
    static const struct {
        const char *type;
        const char *method;
    } types[] = {
        {"ikev2-eap", "eap"},
        {"ikev2-cert", "cert"},
        {"ikev2-cert-eap", "cert-eap"},
        {"ikev2-eap-tls", "eap"},
        {"ikev2-byod-eap", "eap"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (strcmp(types[i].type, type) != 0)
            continue;
        import_set(import, "ike-version", "2", "type");
        import_set(import, "method", types[i].method, "type");
        if (strcmp(type, "ikev2-eap-tls") == 0)
            import_set(import, "eap", "tls", "type");
        if (strcmp(type, "ikev2-byod-eap") == 0)
            import_note(import,
                        _("The gateway may ask what is installed here (EAP-TNC): that is not "
                          "supported."));
        return true;
    }
    return false;
}

static void
read_gateway_certificate(const char *text, Import *import)
{
    g_auto(Secret) blob = certificate_from_base64(text, "remote.cert", import);
    g_autoptr(GString) pem = g_string_new(NULL);

    if (blob.len == 0)
        return;
    certificate_append(pem, secret_view(&blob), "remote.cert", import);
    import_set_blob(import, "ca", bytes_of(pem->str, pem->len), "pem");
}

/* That nothing is looked up is what we do; anything else is not. */
static void
read_revocation(JsonObject *object, Import *import)
{
    g_auto(Members) revocation = members_of(object, "remote.revocation.");
    bool crl = members_flag(&revocation, "crl", false);
    bool ocsp = members_flag(&revocation, "ocsp", false);
    bool strict = members_flag(&revocation, "strict", false);

    if (crl || ocsp || strict)
        import_note(import,
                    _("“remote.revocation”: whether the gateway's certificate was revoked is not "
                      "looked up."));
    members_report(&revocation, import);
}

static void
read_remote(JsonObject *object, Import *import)
{
    g_auto(Members) remote = members_of(object, "remote.");
    const char *certificate = members_text(&remote, "cert");
    uint64_t port = 0;

    import_set(import, "gateway", members_text(&remote, "addr"), "remote.addr");
    words_set_identity(import, "remote-id", members_text(&remote, "id"), "remote.id");
    if (members_number(&remote, "port", &port))
        import_set_number(import, "remote-port", port, "remote.port");
    if (certificate)
        read_gateway_certificate(certificate, import);
    if (members_flag(&remote, "certreq", true))
        members_pass_over(&remote, "certreq");
    else
        import_not_had(import, "remote.certreq", "false");
    read_revocation(members_object(&remote, "revocation"), import);
    members_report(&remote, import);
}

static bool
is_tls(const char *type)
{
    return type && strcmp(type, "ikev2-eap-tls") == 0;
}

static void
read_identity(const char *text, Import *import)
{
    g_auto(Secret) blob = certificate_from_base64(text, "local.p12", import);

    if (blob.len > 0)
        certificate_set_identity(import, secret_view(&blob), "local.p12");
}

/* What a type has no use for asks for nothing. */
static void
read_local(JsonObject *object, const char *type, Import *import)
{
    g_auto(Members) local = members_of(object, "local.");
    const char *p12 = members_text(&local, "p12");
    const char *user = members_text(&local, "eap_id");
    const char *password = members_text(&local, "shared_secret");

    words_set_identity(import, "local-id", members_text(&local, "id"), "local.id");
    if (type && strstr(type, "-eap") && !is_tls(type)) {
        import_set(import, "user", user, "local.eap_id");
        import_set_secret(import, "password", password);
    }
    if (p12 && *p12)
        read_identity(p12, import);
    if (members_flag(&local, "rsa-pss", false))
        import_not_had(import, "local.rsa-pss", "true");
    members_report(&local, import);
}

static bool
has(JsonObject *object, const char *name)
{
    return object && json_object_has_member(object, name);
}

/* The client looks for the gateway's authority among the container's certificates too. */
static void
note_certificates(JsonObject *remote, JsonObject *local, const char *type, Import *import)
{
    if (!is_tls(type) && !strstr(type, "-cert"))
        return;
    if (has(local, "p12") && !has(remote, "cert"))
        import_note(import,
                    _("The profile names no certificate authority. If the gateway is not trusted, "
                      "choose the certificate's own file as authority too: it may be in there."));
}

/* A network, an address, or a range of them. False: it is none. */
static bool
add_routes(const char *word, Import *import)
{
    g_autoptr(GArray) prefixes = NULL;
    TrafficSelector ts;

    if (!traffic_selector_from_text(word, &ts) || strchr(word, '[')) {
        import_add_route(import, word, "split-tunneling.subnets");
        return false;
    }
    prefixes = traffic_selector_to_prefixes(&ts);
    for (guint i = 0; i < prefixes->len; i++) {
        g_autofree char *text = ip_prefix_to_text(&g_array_index(prefixes, IpPrefix, i));

        import_add_route(import, text, "split-tunneling.subnets");
    }
    return true;
}

static void
read_split_tunneling(JsonObject *object, Import *import)
{
    g_auto(Members) split = members_of(object, "split-tunneling.");
    g_auto(GStrv) subnets = members_words(&split, "subnets");
    g_auto(GStrv) excluded = members_words(&split, "excluded");
    g_autofree char *list = g_strjoinv(" ", excluded);
    bool any = false;

    for (char **subnet = subnets; *subnet; subnet++)
        any |= add_routes(*subnet, import);
    if (any)
        import_never_default(import);
    if (*excluded)
        import_not_had(import, "split-tunneling.excluded", list);
    if (members_flag(&split, "block-ipv4", false))
        import_set(import, "block-ipv4", "yes", "split-tunneling.block-ipv4");
    if (members_flag(&split, "block-ipv6", false))
        import_set(import, "block-ipv6", "yes", "split-tunneling.block-ipv6");
    members_report(&split, import);
}

static void
read_network(Members *profile, Import *import)
{
    g_auto(GStrv) servers = members_words(profile, "dns-servers");
    uint64_t number;
    IpAddress address;
    bool any = false;

    for (char **server = servers; *server; server++) {
        any |= ip_address_from_text(*server, &address);
        import_add_name_server(import, *server, "dns-servers");
    }
    if (any)
        import_ignore_dns(import);
    if (members_number(profile, "mtu", &number))
        import_set_number(import, "mtu", number, "mtu");
    if (members_number(profile, "nat-keepalive", &number))
        import_set_number(import, "nat-keepalive", number, "nat-keepalive");
    /* IPv6 outside is taken where there is no IPv4, whatever it says. */
    members_flag(profile, "ipv6-transport", false);
    read_split_tunneling(members_object(profile, "split-tunneling"), import);
}

/* --- our own words --------------------------------------------------------------------------- */

/* A file that is named and stands in the profile too: the one that is here already, or else the
 * profile's. */
static void
read_own_file(const char *key, const char *value, bool embedded, Import *import)
{
    if (embedded && access(value, R_OK) != 0)
        return;
    import_unset(import, key);
    import_set_own(import, key, value);
}

static void
read_own(Members *profile, JsonObject *object, Import *import)
{
    g_auto(Members) own = members_of(object, SSWAN_OWN ".");
    g_auto(GStrv) domains = members_words(&own, SSWAN_OWN_DOMAINS);
    g_auto(Members) remote = members_of(members_object(profile, "remote"), "");
    g_auto(Members) local = members_of(members_object(profile, "local"), "");
    bool has_ca = members_text(&remote, "cert") != NULL;
    bool has_identity = members_text(&local, "p12") != NULL;
    const Option *option;
    const char *key;

    for (char **domain = domains; *domain; domain++)
        import_add_domain(import, *domain, SSWAN_OWN_DOMAINS);
    for (size_t i = 0; (option = option_at(i)); i++) {
        const char *value = members_text(&own, option->key);

        if (!value)
            continue;
        if (option->kind == OPTION_SECRET)
            import_set_secret(import, option->key, value);
        else if (!*value)
            import_unset(import, option->key);
        else if (strcmp(option->key, "ca") == 0)
            read_own_file(option->key, value, has_ca, import);
        else if (strcmp(option->key, "cert") == 0 || strcmp(option->key, "key") == 0)
            read_own_file(option->key, value, has_identity, import);
        else
            import_set_own(import, option->key, value);
    }
    for (size_t i = 0; (key = network_key_at(i)); i++) {
        const char *value = members_text(&own, key);

        if (value)
            import_set_own(import, key, value);
    }
    members_report(&own, import);
}

/* --- the profile ----------------------------------------------------------------------------- */

static bool
refuse(GError **error, FormatsError code, const char *sentence)
{
    g_set_error_literal(error, FORMATS_ERROR, (int) code, sentence);
    return false;
}

static bool
read_profile(Members *profile, Import *import, GError **error)
{
    JsonObject *own = members_object(profile, SSWAN_OWN);
    const char *type = members_text(profile, "type");
    const char *name = members_text(profile, "name");
    JsonObject *remote = members_object(profile, "remote");
    JsonObject *local = members_object(profile, "local");

    if (type && !read_type(type, import))
        return refuse(error, FORMATS_ERROR_UNSUPPORTED, _("its “type” is of an unknown kind."));
    if (!type && !own)
        return refuse(error, FORMATS_ERROR_BAD, _("it does not say its “type”."));
    if (!remote && !own)
        return refuse(error, FORMATS_ERROR_BAD, _("it names no gateway (“remote”)."));
    if (name)
        import_set_name(import, name);
    read_remote(remote, import);
    read_local(local, type, import);
    if (!own)
        note_certificates(remote, local, type, import);
    import_set(import, "ike-proposals", members_text(profile, "ike-proposal"), "ike-proposal");
    import_set(import, "esp-proposals", members_text(profile, "esp-proposal"), "esp-proposal");
    read_network(profile, import);
    if (own)
        read_own(profile, own, import);
    members_pass_over(profile, "uuid");
    members_report(profile, import);
    return true;
}

bool
sswan_read(const FormatFile *file, Import *import, GError **error)
{
    g_autoptr(JsonNode) root = json_object_from_text(file->text);
    g_auto(Members) profile = members_of(root ? json_node_get_object(root) : NULL, "");

    if (!root)
        return refuse(error, FORMATS_ERROR_BAD, _("it is damaged: it is no JSON text."));
    return read_profile(&profile, import, error);
}

const Format format_sswan = {
    .name = N_("a profile of strongSwan's client for Android"),
    .suffix = ".sswan",
    .recognises = recognises,
    .read = sswan_read,
    .write = sswan_write,
};
