/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/pbk.h"

#include "formats/windows.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    HEX_PER_NUMBER = 8,     /* 32 bits, the lowest byte first */
    AUTH_EAP = 0x80,        /* AuthRestrictions */
    AUTH_MSCHAP_V2 = 0x200, /* … */
};

/* "" if it is not there. */
static const char *
value_of(GHashTable *values, const char *key)
{
    const char *value = g_hash_table_lookup(values, key);

    return value ? value : "";
}

static bool
is_on(GHashTable *values, const char *key)
{
    return strcmp(value_of(values, key), "1") == 0;
}

/* --- algorithms ------------------------------------------------------------------------------ */

static bool
number_from_hex(const char *hex, uint32_t *out)
{
    uint32_t number = 0;

    for (int i = HEX_PER_NUMBER - 2; i >= 0; i -= 2) {
        int high = g_ascii_xdigit_value(hex[i]);
        int low = g_ascii_xdigit_value(hex[i + 1]);

        if (high < 0 || low < 0)
            return false;
        number = number << 8 | (uint32_t) (high << 4 | low);
    }
    *out = number;
    return true;
}

/* Six numbers for each policy, one of each SuitePart. */
static void
read_policies(GHashTable *values, Import *import)
{
    const char *hex = value_of(values, "CustomIPSecPolicies");
    size_t len = strlen(hex);
    WindowsSuite suite = {0};
    uint32_t number;

    if (!*hex || strcmp(value_of(values, "NumCustomPolicy"), "0") == 0) {
        windows_note_no_suite(import);
        return;
    }
    if (len % (SUITE_PARTS * HEX_PER_NUMBER) != 0) {
        import_not_had(import, "CustomIPSecPolicies", hex);
        return;
    }
    for (SuitePart part = 0; part < SUITE_PARTS; part++) {
        if (number_from_hex(hex + part * HEX_PER_NUMBER, &number))
            windows_suite_set_number(&suite, part, number, import);
        else
            import_not_had(import, "CustomIPSecPolicies", hex);
    }
    windows_suite_take(&suite, import);
    if (len > SUITE_PARTS * HEX_PER_NUMBER)
        import_note(import,
                    _("“CustomIPSecPolicies” has several choices of algorithms: the first was "
                      "taken."));
}

/* --- who proves what ------------------------------------------------------------------------- */

static void
read_by_restrictions(GHashTable *values, Import *import)
{
    guint64 allowed = g_ascii_strtoull(value_of(values, "AuthRestrictions"), NULL, 10);

    import_set(import, "method", "eap", "AuthRestrictions");
    if (allowed & AUTH_MSCHAP_V2)
        import_set(import, "eap", "mschapv2", "AuthRestrictions");
    else if (!(allowed & AUTH_EAP))
        import_note(import,
                    _("How the user is recognised is not clear (“AuthRestrictions” %s): choose "
                      "it."),
                    allowed ? value_of(values, "AuthRestrictions") : "0");
}

static void
read_authentication(GHashTable *values, Import *import)
{
    guint64 type;

    if (*value_of(values, "PreSharedKey")) {
        import_set(import, "method", "psk", "PreSharedKey");
        import_set_secret(import, "psk", value_of(values, "PreSharedKey"));
    } else if (is_on(values, "DeviceTunnel")) {
        windows_take_machine_certificate(import);
    } else if (g_ascii_string_to_unsigned(
                   value_of(values, "CustomAuthKey"), 10, 1, G_MAXUINT8, &type, NULL)) {
        windows_take_eap((unsigned) type, "CustomAuthKey", import);
        if (import_get(import, "eap") && strcmp(import_get(import, "eap"), "mschapv2") != 0)
            import_note(import,
                        _("“CustomAuthData”: which certificate authorities Windows trusts for it "
                          "is not read. Choose one, unless this system trusts it anyway."));
    } else {
        read_by_restrictions(values, import);
    }
    import_set(import, "user", value_of(values, "UserName"), "UserName");
    import_set(import, "local-id", value_of(values, "IDI"), "IDI");
    import_set(import, "remote-id", value_of(values, "IDR"), "IDR");
}

/* --- the network inside ---------------------------------------------------------------------- */

static bool
is_address(const char *text)
{
    return *text && strcmp(text, "0.0.0.0") != 0 && strcmp(text, "::") != 0;
}

static void
read_name_servers(GHashTable *values, Import *import)
{
    static const struct {
        const char *assign;
        const char *addresses[2];
    } families[] = {
        {"IpNameAssign", {"IpDnsAddress", "IpDns2Address"}},
        {"Ipv6NameAssign", {"Ipv6DnsAddress", "Ipv6Dns2Address"}},
    };
    const char *domain = value_of(values, "IpDnsSuffix");

    for (size_t f = 0; f < G_N_ELEMENTS(families); f++) {
        for (size_t i = 0; i < 2; i++) {
            const char *address = value_of(values, families[f].addresses[i]);

            if (strcmp(value_of(values, families[f].assign), "2") == 0 && is_address(address))
                import_add_name_server(import, address, families[f].addresses[i]);
        }
    }
    if (*domain)
        import_add_domain(import, domain, "IpDnsSuffix");
}

/* Ours is one that the user has been given in writing. */
static void
read_address(GHashTable *values, Import *import)
{
    bool v4 =
        strcmp(value_of(values, "IpAssign"), "2") == 0 && is_address(value_of(values, "IpAddress"));
    bool v6 = strcmp(value_of(values, "Ipv6Assign"), "2") == 0
              && is_address(value_of(values, "Ipv6Address"));
    g_autofree char *addresses = g_strconcat(v4 ? value_of(values, "IpAddress") : "",
                                             v4 && v6 ? "," : "",
                                             v6 ? value_of(values, "Ipv6Address") : "",
                                             NULL);

    if (!v4 && !v6)
        return;
    import_set(import, "addressing", "static", "IpAssign");
    import_set(import, "addresses", addresses, v4 ? "IpAddress" : "Ipv6Address");
}

static void
read_network(GHashTable *values, Import *import)
{
    read_name_servers(values, import);
    read_address(values, import);
    if (strcmp(value_of(values, "IpPrioritizeRemote"), "0") == 0
        && !is_on(values, "PlumbIKEv2TSAsRoutes"))
        windows_take_split(is_on(values, "DisableClassBasedDefaultRoute"), import);
    if (is_on(values, "DisableMobility"))
        import_set(import, "mobike", "no", "DisableMobility");
    if (is_on(values, "Disable_IKEv2_Fragmentation"))
        import_set(import, "fragmentation", "no", "Disable_IKEv2_Fragmentation");
}

/* --- the rest -------------------------------------------------------------------------------- */

/* clang-format off */

/* What asks for something only if it is not what Windows writes by itself. */
static const struct {
    const char *key;
    const char *nothing;
} expected[] = {
    {"AuthTypeOTP", "0"},
    {"CustomDialDll", ""},
    {"CustomRasDialDll", ""},
    {"DeviceComplianceEnabled", "0"},
    {"DisableIKENameEkuCheck", "0"},
    {"ForceSecureCompartment", "0"},
    {"IdleDisconnectSeconds", "0"},
    {"ImsConfig", "0"},
    {"IpDnsFlags", "0"},
    {"IpInterfaceMetric", "0"},
    {"Ipv6InterfaceMetric", "0"},
    {"NetworkOutageTime", "1800"},
    {"NumAppIds", "0"},
    {"NumClassicAppIds", "0"},
    {"NumDnsSearchSuffixes", "0"},
    {"NumEku", "0"},
    {"NumNrptRules", "0"},
    {"NumPerAppTrafficFilters", "0"},
    {"NumRoutes", "0"},
    {"NumServers", "0"},
    {"NumTrustedNetworks", "0"},
    {"PrerequisiteEntry", ""},
    {"PrivateNetwork", "0"},
    {"ProxyFlags", "0"},
    {"UseMachineRootCert", "0"},
};

/* Read above, or Windows' own business: its devices, its windows, its telephones. */
static const char *const known[] = {
    "AlwaysOnCapable", "ApnInfoAccessPoint", "ApnInfoAuthentication", "ApnInfoCompression", "ApnInfoPassword",
    "ApnInfoProviderId", "ApnInfoUsername", "AreaCode", "AuthRestrictions", "AuthenticateServer", "AutoLogon",
    "AutoTiggerCapable", "BindMsNetClient", "CacheCredentials", "CallbackMode", "Comment", "CountryCode", "CountryID",
    "CustomAuthData", "CustomAuthKey", "CustomDialFunc", "CustomIPSecPolicies", "DEVICE", "DataEncryption", "Device",
    "DeviceComplianceSsoEku", "DeviceComplianceSsoEnabled", "DeviceComplianceSsoIssuer", "DeviceTunnel", "DialMode",
    "DialParamsUID", "DisableClassBasedDefaultRoute", "DisableDefaultDnsSuffixes", "DisableMobility",
    "Disable_IKEv2_Fragmentation", "Encoding", "ExcludedProtocols", "FlagsSet", "FriendlyName", "GREKeyDefined",
    "GlobalDeviceSettings", "Guid", "HighDateTime", "IDI", "IDR", "IdiType", "IdrType", "IpAddress", "IpAssign",
    "IpDns2Address", "IpDnsAddress", "IpDnsSuffix", "IpHeaderCompression", "IpNBTFlags", "IpNameAssign",
    "IpPrioritizeRemote", "IpSecFlags", "IpWins2Address", "IpWinsAddress", "Ipv6Address", "Ipv6Assign",
    "Ipv6Dns2Address", "Ipv6DnsAddress", "Ipv6InterfaceId", "Ipv6NameAssign", "Ipv6Prefix", "Ipv6PrefixLength",
    "Ipv6PrioritizeRemote", "LastSelectedPhone", "LcpExtensions", "LowDateTime", "MEDIA", "ManagementApp",
    "NETCOMPONENTS", "NegotiateMultilinkAlways", "NumCustomPolicy", "Options", "OverridePref", "PBVersion",
    "PhoneNumber", "PlumbIKEv2TSAsRoutes", "Port", "PowershellCreatedProfile", "PreSharedKey", "PreferredBps",
    "PreferredCompression", "PreferredDevice", "PreferredHwFlow", "PreferredMdmProtocol", "PreferredPort",
    "PreferredProtocol", "PreferredSpeaker", "PrerequisitePbk", "PreviewDomain", "PreviewPhoneNumber",
    "PreviewUserPw", "PromoteAlternates", "ProvisionType", "ProvisioningAuthority", "ProxySettingsModified",
    "RedialAttempts", "RedialOnLinkFailure", "RedialSeconds", "RouteVersion", "SecurityDescriptor", "ShareMsFilePrint",
    "SharedPhoneNumbers", "ShowDialingProgress", "ShowMonitorIconInTaskBar", "SkipDoubleDialDialog", "SwCompression",
    "TcpWindowSize", "TryNextAlternateOnFail", "Type", "UseDialingRules", "UseFlags", "UseRasCredentials", "UserName",
    "VpnStrategy", "ms_msclient", "ms_server", "ms_pacer", "ms_psched", NULL,
};
/* clang-format on */

static bool
asks_for_nothing(const char *key, const char *value)
{
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        if (strcmp(expected[i].key, key) == 0 && strcmp(expected[i].nothing, value) == 0)
            return true;
    }
    return !*value || strcmp(value, "0") == 0 || g_strv_contains(known, key);
}

static void
note_rest(GHashTable *values, Import *import)
{
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(values), (GCompareFunc) strcmp);

    for (const GList *key = keys; key; key = key->next) {
        const char *value = value_of(values, key->data);

        if (!asks_for_nothing(key->data, value))
            import_not_had(import, key->data, value);
    }
}

void
pbk_read_entry(GHashTable *values, Import *import)
{
    import_set(import, "gateway", value_of(values, "PhoneNumber"), "PhoneNumber");
    import_set(import, "ike-version", "2", "VpnStrategy");
    read_authentication(values, import);
    read_policies(values, import);
    read_network(values, import);
    note_rest(values, import);
}
