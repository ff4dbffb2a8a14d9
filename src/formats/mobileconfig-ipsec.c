/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/mobileconfig.h"

#include "base/secret.h"
#include "settings/vendor-defaults.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define HYBRID_SUFFIX "[hybrid]"
#define FRITZBOX_DOMAIN ".myfritz.net" /* only such boxes have a name in it */

void
mobileconfig_read_on_demand(Payload *vpn, Import *import)
{
    static const char *const rules[] = {
        "OnDemandEnabled",
        "OnDemandRules",
        "OnDemandMatchDomainsAlways",
        "OnDemandMatchDomainsNever",
        "OnDemandMatchDomainsOnRetry",
        "OnDemandUserOverrideDisabled",
        NULL,
    };
    static const char *const timer[] = {"DisconnectOnIdle", "DisconnectOnIdleTimer", NULL};
    uint64_t seconds = 0;

    if (payload_flag(vpn, "OnDemandEnabled", false))
        import_note(import,
                    _("“OnDemandRules”: this VPN is not connected by itself when it is needed. "
                      "Switch it on by hand."));
    payload_pass_over(vpn, rules);
    if (payload_flag(vpn, "DisconnectOnIdle", false)
        && payload_number(vpn, "DisconnectOnIdleTimer", &seconds))
        import_not_had(import, "DisconnectOnIdle", NULL);
    payload_pass_over(vpn, timer);
}

/* Some generators end it with a line break, or a zero byte: it was a file, or a string of C's. */
void
mobileconfig_read_shared_secret(Payload *vpn, Import *import)
{
    Bytes secret = payload_bytes(vpn, "SharedSecret");
    size_t len = secret.len;
    char *text;

    while (len > 0 && (secret.data[len - 1] == '\0' || strchr("\r\n", secret.data[len - 1])))
        len--;
    if (len == 0)
        return;
    if (!g_utf8_validate_len((const char *) secret.data, len, NULL)) {
        import_note(import, _("“SharedSecret” is no text and was left out."));
        return;
    }
    text = g_strndup((const char *) secret.data, len);
    import_set_secret(import, "psk", text);
    secret_free_text(text);
}

/* The group: a key ID, which only aggressive mode can carry before there is a key. Its suffix says
 * that the gateway shows a certificate. */
static bool
read_group(Payload *vpn, Import *import)
{
    const char *group = payload_text(vpn, "LocalIdentifier");
    const char *type = payload_text(vpn, "LocalIdentifierType");
    bool hybrid = group && g_str_has_suffix(group, HYBRID_SUFFIX);
    g_autofree char *name = NULL;
    g_autofree char *key_id = NULL;

    if (!group || !*group)
        return false;
    name = g_strndup(group, strlen(group) - (hybrid ? strlen(HYBRID_SUFFIX) : 0));
    if (type && strcmp(type, "KeyID") != 0)
        import_not_had(import, "LocalIdentifierType", type);
    key_id = g_strconcat("keyid:", g_strstrip(name), NULL);
    if (*name)
        import_set(import, "local-id", key_id, "LocalIdentifier");
    import_set(import, "mode", "aggressive", "LocalIdentifier");
    return hybrid;
}

static void
read_user(Payload *vpn, Import *import)
{
    const char *how = payload_text(vpn, "XAuthPasswordEncryption");

    import_set(import, "user", payload_text(vpn, "XAuthName"), "XAuthName");
    import_set_secret(import, "password", payload_text(vpn, "XAuthPassword"));
    if (how && strcmp(how, "Prompt") == 0)
        import_set_secret_flags(import, "password", NM_SETTING_SECRET_FLAG_NOT_SAVED);
    else if (how)
        import_not_had(import, "XAuthPasswordEncryption", how);
}

/* Where nothing is said of XAuth, a group's shared secret means that the user has a password too:
 * that is what Cisco's clients are. */
static void
read_with_secret(Payload *vpn, const Certificates *certificates, Import *import)
{
    bool hybrid = read_group(vpn, import);
    bool xauth = payload_flag(vpn, "XAuthEnabled", true);

    if (hybrid) {
        import_set(import, "method", "hybrid-xauth", "LocalIdentifier");
        certificates_take_authorities(certificates, NULL, import);
        if (payload_bytes(vpn, "SharedSecret").len > 0)
            import_note(import,
                        _("“SharedSecret” was left out: the gateway proves by its certificate "
                          "who it is."));
    } else {
        import_set(import, "method", xauth ? "psk-xauth" : "psk", "AuthenticationMethod");
        mobileconfig_read_shared_secret(vpn, import);
    }
    if (hybrid || xauth)
        read_user(vpn, import);
}

static void
read_with_certificate(Payload *vpn, const Certificates *certificates, Import *import)
{
    static const char *const secrets[] = {
        "SharedSecret", "LocalIdentifier", "LocalIdentifierType", NULL};
    const char *uuid = payload_text(vpn, "PayloadCertificateUUID");
    bool xauth = payload_flag(vpn, "XAuthEnabled", payload_text(vpn, "XAuthName") != NULL);

    import_set(import, "method", xauth ? "cert-xauth" : "cert", "AuthenticationMethod");
    if (uuid)
        certificates_take_identity(certificates, uuid, import);
    certificates_take_authorities(certificates, NULL, import);
    if (xauth)
        read_user(vpn, import);
    payload_pass_over(vpn, secrets);
}

/* A profile of this kind names no algorithms: it relies on what Apple's client offers, and that
 * goes down to SHA-1 and MODP-1024. */
static void
note_algorithms(Import *import)
{
    g_autofree char *gateway = g_ascii_strdown(import_get(import, "gateway"), -1);

    if (g_str_has_suffix(gateway, FRITZBOX_DOMAIN)) {
        import_set(import, "vendor", "fritzbox", "RemoteAddress");
        for (const VendorDefault *d = vendor_defaults("fritzbox"); d->key; d++) {
            if (!import_get(import, d->key))
                import_set(import, d->key, d->value, "RemoteAddress");
        }
    } else {
        import_note(import,
                    _("Apple's own client also offers algorithms that are weak today. If the "
                      "gateway refuses the connection, choose “Offer old algorithms too”."));
    }
}

void
mobileconfig_read_ipsec(Payload *vpn, const Certificates *certificates, Import *import)
{
    const char *method = payload_text(vpn, "AuthenticationMethod");

    import_set(import, "gateway", payload_text(vpn, "RemoteAddress"), "RemoteAddress");
    import_set(import, "ike-version", "1", "VPNType");
    if (method && strcmp(method, "Certificate") == 0)
        read_with_certificate(vpn, certificates, import);
    else if (!method || strcmp(method, "SharedSecret") == 0)
        read_with_secret(vpn, certificates, import);
    else
        import_not_had(import, "AuthenticationMethod", method);
    if (import_get(import, "gateway"))
        note_algorithms(import);
    payload_pass_over_if(vpn, "PromptForVPNPIN", false);
    payload_pass_over_if(vpn, "XAuthEnabled", false);
    mobileconfig_read_on_demand(vpn, import);
}
