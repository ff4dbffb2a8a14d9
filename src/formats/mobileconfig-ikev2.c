/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/mobileconfig.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    SECONDS_PER_MINUTE = 60,
    MOST_MINUTES =
        30 * 24 * 60, /* so that the product fits; the option itself allows less or as much */
    DEFAULT_GROUP = 14,
    ANSWER_WITHIN = 60, /* seconds: what a gateway that is asked has before it is given up */
};

typedef struct {
    const char *theirs;
    const char *keyword;
} Word;

static const Word encryptions[] = {
    {"DES", "des"},
    {"3DES", "3des"},
    {"AES-128", "aes128"},
    {"AES-256", "aes256"},
    {"AES-128-GCM", "aes128gcm16"},
    {"AES-256-GCM", "aes256gcm16"},
    {"ChaCha20Poly1305", "chacha20poly1305"},
    {NULL, NULL},
};

static const Word integrities[] = {
    {"SHA1-96", "sha1"},
    {"SHA1-160", "sha1_160"},
    {"SHA2-256", "sha256"},
    {"SHA2-384", "sha384"},
    {"SHA2-512", "sha512"},
    {NULL, NULL},
};

/* Numbers of IANA's "Transform Type 4". */
static const Word groups[] = {
    {"1", "modp768"},
    {"2", "modp1024"},
    {"5", "modp1536"},
    {"14", "modp2048"},
    {"15", "modp3072"},
    {"16", "modp4096"},
    {"17", "modp6144"},
    {"18", "modp8192"},
    {"19", "ecp256"},
    {"20", "ecp384"},
    {"21", "ecp521"},
    {"31", "curve25519"},
    {"32", "curve448"},
    {NULL, NULL},
};

/* NULL if it is not among them. */
static const char *
keyword_of(const Word *words, const char *theirs)
{
    for (const Word *word = words; theirs && word->theirs; word++) {
        if (strcmp(word->theirs, theirs) == 0)
            return word->keyword;
    }
    return NULL;
}

/* --- proposals ------------------------------------------------------------------------------- */

/* Apple's SecurityAssociationParameters, its defaults where a key is missing. */
typedef struct {
    const char *encryption, *integrity, *group; /* NULL: a word that nobody knows */
    uint64_t minutes;                           /* 0: not said */
} Parameters;

static const char *
read_word(Payload *sa, const char *key, const Word *words, const char *fallback, Import *import)
{
    const char *theirs = payload_text(sa, key);
    const char *keyword = theirs ? keyword_of(words, theirs) : fallback;

    if (!keyword)
        import_not_had(import, key, theirs);
    return keyword;
}

static Parameters
read_parameters(plist_t node, Import *import)
{
    g_auto(Payload) sa = payload_of(node);
    Parameters parameters = {0};
    uint64_t group = DEFAULT_GROUP;
    g_autofree char *digits = NULL;

    payload_number(&sa, "DiffieHellmanGroup", &group);
    digits = g_strdup_printf("%" G_GUINT64_FORMAT, group);
    parameters.encryption = read_word(&sa, "EncryptionAlgorithm", encryptions, "aes256", import);
    parameters.integrity = read_word(&sa, "IntegrityAlgorithm", integrities, "sha256", import);
    parameters.group = keyword_of(groups, digits);
    if (!parameters.group)
        import_not_had(import, "DiffieHellmanGroup", digits);
    payload_number(&sa, "LifeTimeInMinutes", &parameters.minutes);
    payload_report(&sa, import);
    return parameters;
}

static bool
is_combined(const char *encryption)
{
    return strstr(encryption, "gcm") || strstr(encryption, "poly1305");
}

static void
set_ike_proposal(const Parameters *p, Import *import)
{
    g_autofree char *proposal = NULL;

    if (!p->encryption || !p->integrity || !p->group)
        return;
    proposal = g_strdup_printf("%s-%s%s-%s",
                               p->encryption,
                               is_combined(p->encryption) ? "prf" : "",
                               p->integrity,
                               p->group);
    import_set(import, "ike-proposals", proposal, "IKESecurityAssociationParameters");
}

static void
set_esp_proposal(const Parameters *p, bool pfs, Import *import)
{
    g_autofree char *proposal = NULL;
    bool combined;

    if (!p->encryption || (!p->integrity && !is_combined(p->encryption)) || (pfs && !p->group))
        return;
    combined = is_combined(p->encryption);
    proposal = g_strconcat(p->encryption,
                           combined ? "" : "-",
                           combined ? "" : p->integrity,
                           pfs ? "-" : "",
                           pfs ? p->group : "",
                           NULL);
    import_set(import, "esp-proposals", proposal, "ChildSecurityAssociationParameters");
}

static void
set_lifetime(Import *import, const char *key, uint64_t minutes)
{
    if (minutes > MOST_MINUTES)
        import_note(import, _("“%s” was left out: it is too long."), "LifeTimeInMinutes");
    else if (minutes > 0)
        import_set_number(import, key, minutes * SECONDS_PER_MINUTE, "LifeTimeInMinutes");
}

/* What is said of the IKE SA holds for the Child SA too, unless that has its own. */
static void
read_proposals(Payload *vpn, Import *import)
{
    plist_t ike = payload_dict(vpn, "IKESecurityAssociationParameters");
    plist_t child = payload_dict(vpn, "ChildSecurityAssociationParameters");
    bool pfs = payload_flag(vpn, "EnablePFS", false);
    Parameters parameters;

    payload_pass_over_if(vpn, "EnablePFS", false);
    if (ike) {
        parameters = read_parameters(ike, import);
        set_ike_proposal(&parameters, import);
        set_lifetime(import, "ike-lifetime", parameters.minutes);
    }
    if (ike || child) {
        parameters = read_parameters(child ? child : ike, import);
        set_esp_proposal(&parameters, pfs, import);
        set_lifetime(import, "esp-lifetime", parameters.minutes);
    }
    if (pfs && !import_get(import, "esp-proposals"))
        import_set(import, "pfs", "modp2048", "EnablePFS");
}

/* --- who proves what ------------------------------------------------------------------------- */

typedef enum { BY_NOTHING, BY_SECRET, BY_CERTIFICATE } Authentication;

/* "If this is None and ExtendedAuthEnabled isn't set, … defaults to SharedSecret." */
static Authentication
read_method(Payload *vpn, bool eap, Import *import)
{
    const char *method = payload_text(vpn, "AuthenticationMethod");

    if (method && strcmp(method, "Certificate") == 0)
        return BY_CERTIFICATE;
    if (method && strcmp(method, "SharedSecret") == 0)
        return BY_SECRET;
    if (method && strcmp(method, "None") != 0 && strcmp(method, "Password") != 0)
        import_not_had(import, "AuthenticationMethod", method);
    if (!method && payload_text(vpn, "PayloadCertificateUUID") && !eap)
        return BY_CERTIFICATE;
    return eap ? BY_NOTHING : BY_SECRET;
}

static void
read_user(Payload *vpn, Import *import)
{
    const char *password = payload_text(vpn, "AuthPassword");
    const char *account = payload_text(vpn, "Password");

    import_set(import, "user", payload_text(vpn, "AuthName"), "AuthName");
    import_set_secret(import, "password", password ? password : account);
}

/* With EAP, AuthenticationMethod only says by what the gateway proves who it is, and the
 * certificate of PayloadCertificateUUID is for EAP-TLS. Without a user's name nothing else is left
 * to EAP. */
static const char *
set_method(Payload *vpn, Authentication authentication, bool eap, Import *import)
{
    const char *user = payload_text(vpn, "AuthName");
    bool has_user = user && *user;
    const char *method = authentication == BY_CERTIFICATE ? "cert" : "psk";

    if (eap)
        method = authentication == BY_SECRET ? "psk-eap" : "eap";
    import_set(import, "method", method, "AuthenticationMethod");
    if (eap && !has_user && payload_text(vpn, "PayloadCertificateUUID"))
        import_set(import, "eap", "tls", "ExtendedAuthEnabled");
    return method;
}

static void
read_authentication(Payload *vpn, const Certificates *certificates, Import *import)
{
    static const char *const unused[] = {"AuthName",
                                         "AuthPassword",
                                         "Password",
                                         "SharedSecret",
                                         "CertificateType",
                                         "ExtendedAuthEnabled",
                                         NULL};
    bool eap = payload_flag(vpn, "ExtendedAuthEnabled", false);
    Authentication authentication = read_method(vpn, eap, import);
    const char *method = set_method(vpn, authentication, eap, import);
    const char *uuid = payload_text(vpn, "PayloadCertificateUUID");
    bool found = uuid && certificates_take_identity(certificates, uuid, import);

    /* (Where nothing else would do, the profile's own check says so.) */
    if (!found && uuid && strcmp(method, "cert") != 0 && !import_get(import, "eap"))
        import_note(import, _("The certificate is not in the profile: choose one that you have."));
    if (strstr(method, "psk"))
        mobileconfig_read_shared_secret(vpn, import);
    else
        certificates_take_authorities(
            certificates, payload_text(vpn, "ServerCertificateIssuerCommonName"), import);
    if (eap)
        read_user(vpn, import);
    payload_pass_over(vpn, unused);
}

/* The gateway's certificate is looked at for remote-id: nothing else can be asked of it. */
static void
read_identities(Payload *vpn, Import *import)
{
    const char *remote = payload_text(vpn, "RemoteIdentifier");
    const char *name = payload_text(vpn, "ServerCertificateCommonName");

    import_set(import, "local-id", payload_text(vpn, "LocalIdentifier"), "LocalIdentifier");
    import_set(import, "remote-id", remote, "RemoteIdentifier");
    if (name && *name && g_strcmp0(name, remote) != 0)
        import_not_had(import, "ServerCertificateCommonName", name);
}

/* --- the rest -------------------------------------------------------------------------------- */

static void
read_dead_peer_detection(Payload *vpn, Import *import)
{
    static const Word rates[] = {
        {"None", "0"}, {"Low", "1800"}, {"Medium", "600"}, {"High", "60"}, {NULL, NULL}};
    const char *rate = payload_text(vpn, "DeadPeerDetectionRate");
    const char *seconds = keyword_of(rates, rate);

    if (rate && !seconds)
        import_not_had(import, "DeadPeerDetectionRate", rate);
    import_set(import, "dpd-delay", seconds, "DeadPeerDetectionRate");
    if (seconds && strcmp(seconds, "0") != 0)
        import_set_number(import,
                          "dpd-timeout",
                          g_ascii_strtoull(seconds, NULL, 10) + ANSWER_WITHIN,
                          "DeadPeerDetectionRate");
}

/* Everything into the tunnel, and nothing past it. Networks next door are not blocked. */
static void
read_include_all(Payload *vpn, Import *import)
{
    bool all = payload_flag(vpn, "IncludeAllNetworks", false);

    if (all) {
        import_set(import, "block-ipv4", "yes", "IncludeAllNetworks");
        import_set(import, "block-ipv6", "yes", "IncludeAllNetworks");
    }
    payload_pass_over_if(vpn, "ExcludeLocalNetworks", true);
    if (!all)
        payload_pass_over_if(vpn, "ExcludeLocalNetworks", false);
}

static void
read_transport(Payload *vpn, Import *import)
{
    uint64_t number;

    if (payload_number(vpn, "MTU", &number))
        import_set_number(import, "mtu", number, "MTU");
    if (payload_number(vpn, "NATKeepAliveInterval", &number))
        import_set_number(import, "nat-keepalive", number, "NATKeepAliveInterval");
    if (payload_flag(vpn, "DisableMOBIKE", false))
        import_set(import, "mobike", "no", "DisableMOBIKE");
}

/* What asks for nothing: Apple's own defaults, what we do anyway, and parts that only its devices
 * have. */
static void
pass_over_defaults(Payload *vpn)
{
    static const struct {
        const char *key;
        bool value;
    } defaults[] = {
        {"EnableCertificateRevocationCheck", false},
        {"EnableFallback", false},
        {"EnforceRoutes", false},
        {"ExcludeCellularServices", true},
        {"ExcludeAPNs", true},
        {"ExcludeDeviceCommunication", true},
        {"UseConfigurationAttributeInternalIPSubnet", false},
        {"UseConfigurationAttributeInternalIPSubnet", true},
        {"DisableRedirect", false},
        {"DisableRedirect", true},
        {"NATKeepAliveOffloadEnable", false},
        {"NATKeepAliveOffloadEnable", true},
    };
    static const char *const nothing[] = {"ProtocolType", "Interfaces", NULL};

    for (size_t i = 0; i < G_N_ELEMENTS(defaults); i++)
        payload_pass_over_if(vpn, defaults[i].key, defaults[i].value);
    payload_pass_over(vpn, nothing);
}

/* TLS is spoken with EAP only, and its library has sensible bounds of its own. */
static void
read_tls(Payload *vpn, Import *import)
{
    static const char *const versions[] = {"TLSMinimumVersion", "TLSMaximumVersion", NULL};

    if (g_strcmp0(import_get(import, "eap"), "tls") != 0)
        payload_pass_over(vpn, versions);
}

void
mobileconfig_read_ikev2(Payload *vpn, const Certificates *certificates, Import *import)
{
    import_set(import, "gateway", payload_text(vpn, "RemoteAddress"), "RemoteAddress");
    import_set(import, "ike-version", "2", "VPNType");
    read_identities(vpn, import);
    read_authentication(vpn, certificates, import);
    read_proposals(vpn, import);
    read_dead_peer_detection(vpn, import);
    read_include_all(vpn, import);
    read_transport(vpn, import);
    read_tls(vpn, import);
    pass_over_defaults(vpn);
    mobileconfig_read_on_demand(vpn, import);
}
