/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/mobileconfig.h"

#include "base/log.h"
#include "formats/file-text.h"
#include "formats/format.h"
#include "formats/formats.h"
#include "formats/internal.h"
#include "formats/plist-file.h"
#include "formats/signed-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Apple's configuration profiles: a property list, often signed, with payloads of many kinds. */

#define TYPE_VPN "com.apple.vpn.managed"
#define TYPE_APP_VPN TYPE_VPN ".applayer"

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(plist_t, plist_free, NULL)

/* --- whose it is ----------------------------------------------------------------------------- */

static bool
has_word(Bytes bytes, const char *word)
{
    return bytes.data && memmem(bytes.data, bytes.len, word, strlen(word));
}

static bool
recognises(const FormatFile *file)
{
    Bytes bytes = bytes_of_gbytes(file->bytes);

    if (!signed_file_looks_like_one(bytes) && !plist_file_looks_like_one(bytes, file->text))
        return false;
    return file->text ? strstr(file->text, "PayloadType") != NULL
                            || strstr(file->text, "EncryptedPayloadContent") != NULL
                      : has_word(bytes, "PayloadType") || has_word(bytes, "PayloadContent");
}

/* --- what is beside the VPN ------------------------------------------------------------------ */

static void
add_domains(plist_t list, const char *mark, const char *theirs, Import *import)
{
    uint32_t n = list ? plist_array_get_size(list) : 0;

    for (uint32_t i = 0; i < n; i++) {
        const char *domain = payload_list_text(list, i);
        g_autofree char *marked = g_strconcat(mark, domain, NULL);

        /* "" means every domain: the name servers are asked for all, as they are anyway. */
        if (domain && *domain)
            import_add_domain(import, marked, theirs);
    }
}

static void
read_dns(plist_t node, Import *import)
{
    g_auto(Payload) dns = payload_of(node);
    plist_t servers = payload_list(&dns, "ServerAddresses");
    uint32_t n = servers ? plist_array_get_size(servers) : 0;
    const char *protocol = payload_text(&dns, "DNSProtocol");
    const char *domain = payload_text(&dns, "DomainName");
    bool no_search = payload_flag(&dns, "SupplementalMatchDomainsNoSearch", false);

    for (uint32_t i = 0; i < n; i++) {
        const char *server = payload_list_text(servers, i);

        import_add_name_server(import, server ? server : "", "ServerAddresses");
    }
    if (domain && *domain)
        import_add_domain(import, domain, "DomainName");
    add_domains(payload_list(&dns, "SearchDomains"), "", "SearchDomains", import);
    add_domains(payload_list(&dns, "SupplementalMatchDomains"),
                no_search ? "~" : "",
                "SupplementalMatchDomains",
                import);
    if (protocol && strcmp(protocol, "Cleartext") != 0)
        import_not_had(import, "DNSProtocol", protocol);
    payload_report(&dns, import);
}

static void
read_proxies(plist_t node, Import *import)
{
    g_auto(Payload) proxies = payload_of(node);

    if (payload_flag(&proxies, "HTTPEnable", false) || payload_flag(&proxies, "HTTPSEnable", false)
        || payload_flag(&proxies, "ProxyAutoConfigEnable", false))
        import_not_had(import, "Proxies", NULL);
}

/* Whether everything goes through the VPN: said in IPv4 today, and beside it at first. Apple: "Only
 * applies to Cisco IPsec and L2TP VPN types." What is not said is left to the gateway. With IKEv2
 * it always is, and most let everything through: with no default route such a VPN, which works on
 * Apple's devices, would reach nothing. So it is said to the user, unless the profile itself wants
 * everything by another word. */
static void
read_override_primary(Payload *payload, bool is_cisco, Import *import)
{
    g_auto(Payload) ipv4 = payload_of(payload_dict(payload, "IPv4"));
    g_auto(Payload) ipv6 = payload_of(payload_dict(payload, "IPv6"));
    bool beside = payload_flag(payload, "OverridePrimary", true);
    bool everything = payload_flag(&ipv4, "OverridePrimary", beside);

    if (!everything && is_cisco)
        import_never_default(import);
    else if (!everything && !import_get(import, "block-ipv4"))
        import_note(import,
                    _("“OverridePrimary”: the profile does not want everything to go through the "
                      "VPN, but with IKEv2 the gateway decides on that, as with Apple's own "
                      "client. If too much goes there, change it on the pages IPv4 and IPv6."));
    payload_pass_over_if(&ipv6, "OverridePrimary", everything);
    payload_report(&ipv4, import);
    payload_report(&ipv6, import);
}

/* --- one VPN --------------------------------------------------------------------------------- */

typedef void (*ReadVpn)(Payload *vpn, const Certificates *certificates, Import *import);

static void
read_settings(plist_t node, ReadVpn read, const Certificates *certificates, Import *import)
{
    g_auto(Payload) vpn = payload_of(node);

    read(&vpn, certificates, import);
    payload_report(&vpn, import);
}

/* A device under supervision that has no other way out: as near as a desktop comes to it. */
static void
read_always_on(plist_t node, const Certificates *certificates, Import *import)
{
    g_auto(Payload) always_on = payload_of(node);
    plist_t tunnels = payload_list(&always_on, "TunnelConfigurations");

    if (tunnels && plist_array_get_size(tunnels) > 1)
        import_note(import,
                    _("“TunnelConfigurations” has several tunnels, for mobile networks and "
                      "others: the first was taken."));
    if (tunnels)
        read_settings(
            plist_array_get_item(tunnels, 0), mobileconfig_read_ikev2, certificates, import);
    import_set(import, "block-ipv4", "yes", "AlwaysOn");
    import_set(import, "block-ipv6", "yes", "AlwaysOn");
    import_set_persistent(import);
    import_set_autoconnect(import);
    payload_pass_over_if(&always_on, "AllowCaptiveWebSheet", false);
    payload_pass_over_if(&always_on, "AllowAllCaptiveNetworkPlugins", false);
    payload_pass_over_if(&always_on, "UIToggleEnabled", true);
    payload_report(&always_on, import);
}

/* The kinds of VPN that are ours, and the dictionary with the settings of each. */
static bool
is_usable(plist_t node)
{
    g_auto(Payload) payload = payload_of(node);
    const char *type = payload_text(&payload, "VPNType");

    return type
           && ((strcmp(type, "IPSec") == 0 && payload_dict(&payload, "IPSec"))
               || (strcmp(type, "IKEv2") == 0 && payload_dict(&payload, "IKEv2"))
               || (strcmp(type, "AlwaysOn") == 0 && payload_dict(&payload, "AlwaysOn")));
}

static void
pass_over_payload(Payload *payload)
{
    static const char *const keys[] = {"PayloadType",
                                       "PayloadVersion",
                                       "PayloadIdentifier",
                                       "PayloadUUID",
                                       "PayloadDisplayName",
                                       "PayloadDescription",
                                       "PayloadEnabled",
                                       "PayloadOrganization",
                                       "PayloadScope",
                                       "UserDefinedName",
                                       "VPNType",
                                       NULL};

    payload_pass_over(payload, keys);
}

static const char *
name_of(Payload *payload)
{
    const char *name = payload_text(payload, "UserDefinedName");

    return name && *name ? name : payload_text(payload, "PayloadDisplayName");
}

static void
read_vpn(plist_t node, const Certificates *certificates, Import *import)
{
    g_auto(Payload) payload = payload_of(node);
    const char *type = payload_text(&payload, "VPNType");
    const char *name = name_of(&payload);

    if (name)
        import_set_name(import, name);
    if (g_strcmp0(payload_text(&payload, "PayloadType"), TYPE_APP_VPN) == 0)
        import_note(import,
                    _("The VPN was meant for certain programs. Here it is for everything."));
    if (strcmp(type, "AlwaysOn") == 0)
        read_always_on(payload_dict(&payload, type), certificates, import);
    else
        read_settings(payload_dict(&payload, type),
                      strcmp(type, "IPSec") == 0 ? mobileconfig_read_ipsec
                                                 : mobileconfig_read_ikev2,
                      certificates,
                      import);
    read_override_primary(&payload, strcmp(type, "IPSec") == 0, import);
    read_dns(payload_dict(&payload, "DNS"), import);
    read_proxies(payload_dict(&payload, "Proxies"), import);
    pass_over_payload(&payload);
    payload_report(&payload, import);
}

/* --- the profile ----------------------------------------------------------------------------- */

static bool
refuse(GError **error, FormatsError code, const char *sentence)
{
    g_set_error_literal(error, FORMATS_ERROR, (int) code, sentence);
    return false;
}

static bool
is_type_of_vpn(const char *type)
{
    return strcmp(type, TYPE_VPN) == 0 || strcmp(type, TYPE_APP_VPN) == 0;
}

/* Others of one profile: a VPN that is not taken, or a payload that is none. */
static void
note_other(plist_t node, Import *import)
{
    g_auto(Payload) payload = payload_of(node);
    const char *type = payload_text(&payload, "PayloadType");
    const char *name = name_of(&payload);
    g_autofree char *safe = log_safe_text(name ? name : "", name ? strlen(name) : 0);

    if (!type || certificates_has_type(type))
        return;
    if (is_type_of_vpn(type))
        import_note(import,
                    _("The profile has another VPN, “%s”, which was left out: one is taken at a "
                      "time."),
                    safe);
    else
        import_not_had(import, type, name);
}

static bool
refuse_vpn(plist_t node, GError **error)
{
    g_auto(Payload) payload = payload_of(node);
    const char *type = payload_text(&payload, "VPNType");
    const char *sub_type = payload_text(&payload, "VPNSubType");
    const char *what = sub_type && *sub_type ? sub_type : type ? type : "?";
    g_autofree char *safe = log_safe_text(what, strlen(what));

    g_set_error(error,
                FORMATS_ERROR,
                FORMATS_ERROR_UNSUPPORTED,
                _("its VPN is of the type “%s”, which is neither IKEv2 nor Cisco IPSec."),
                safe);
    return false;
}

static bool
is_vpn(plist_t node)
{
    g_auto(Payload) payload = payload_of(node);
    const char *type = payload_text(&payload, "PayloadType");

    return type && is_type_of_vpn(type);
}

/* The first one that is ours, else the first. */
static plist_t
choose_vpn(plist_t payloads)
{
    uint32_t n = payloads ? plist_array_get_size(payloads) : 0;
    plist_t first = NULL;

    for (uint32_t i = 0; i < n; i++) {
        plist_t node = plist_array_get_item(payloads, i);

        if (is_vpn(node) && is_usable(node))
            return node;
        if (!first && is_vpn(node))
            first = node;
    }
    return first;
}

static bool
read_profile(plist_t root, Import *import, GError **error)
{
    g_auto(Payload) profile = payload_of(root);
    const Certificates certificates = {payload_list(&profile, "PayloadContent")};
    plist_t vpn = choose_vpn(certificates.payloads);
    const char *name = payload_text(&profile, "PayloadDisplayName");
    uint32_t n = certificates.payloads ? plist_array_get_size(certificates.payloads) : 0;

    if (payload_bytes(&profile, "EncryptedPayloadContent").len > 0)
        return refuse(error,
                      FORMATS_ERROR_UNSUPPORTED,
                      _("it is encrypted for one device. Ask for one that is not."));
    if (!vpn)
        return refuse(error, FORMATS_ERROR_UNSUPPORTED, _("it contains no VPN."));
    if (!is_usable(vpn))
        return refuse_vpn(vpn, error);
    if (name)
        import_set_name(import, name);
    read_vpn(vpn, &certificates, import);
    for (uint32_t i = 0; i < n; i++) {
        plist_t node = plist_array_get_item(certificates.payloads, i);

        if (node != vpn)
            note_other(node, import);
    }
    return true;
}

static bool
read_plist(Bytes bytes, const char *text, Import *import, GError **error)
{
    const char *why;
    g_auto(plist_t) root = plist_file_read(bytes, text, &why);

    if (!root)
        return refuse(error, FORMATS_ERROR_BAD, why);
    return read_profile(root, import, error);
}

static bool
read_signed(Bytes bytes, Import *import, GError **error)
{
    g_auto(Secret) content = {0};
    g_autofree char *signer = NULL;
    g_autoptr(GBytes) inside = NULL;
    const char *why;
    char *text;
    bool read;

    if (!signed_file_open(bytes, &content, &signer, &why))
        return refuse(error, FORMATS_ERROR_BAD, why);
    inside = g_bytes_new_static(content.data, content.len);
    text = file_text(inside);
    read = read_plist(secret_view(&content), text, import, error);
    secret_free_text(text);
    if (read && signer)
        import_note(import,
                    _("The profile is signed by “%s”. Whether they are who they say was not "
                      "checked."),
                    signer);
    else if (read)
        import_note(import,
                    _("The profile is signed, by whom could not be found out: the signature was "
                      "not checked."));
    return read;
}

static bool
read_file(const FormatFile *file, Import *import, GError **error)
{
    Bytes bytes = bytes_of_gbytes(file->bytes);

    if (signed_file_looks_like_one(bytes))
        return read_signed(bytes, import, error);
    return read_plist(bytes, file->text, import, error);
}

const Format format_mobileconfig = {
    .name = N_("an Apple configuration profile"),
    .suffix = ".mobileconfig",
    .recognises = recognises,
    .read = read_file,
};
