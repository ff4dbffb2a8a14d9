/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/secret.h"
#include "formats/lossless.h"
#include "formats/shrew.h"
#include "model/identity.h"
#include "model/traffic-selector.h"

#include <string.h>

enum {
    SIZE_AS_WRITTEN = 16 * 1024, /* bytes: it does not grow, and leave a copy of the key behind */
    KBYTE = 1024,
    MAX_NAME_SERVERS = 4, /* that its editor has room for */
    VERSION = 4,
    VERSION_WITH_PATHS = 3, /* the last one whose certificates are files beside it */
};

void
shrew_append_number(GString *text, const char *key, int64_t value)
{
    g_string_append_printf(text, "n:%s:%" G_GINT64_FORMAT "\n", key, value);
}

void
shrew_append_text(GString *text, const char *key, const char *value)
{
    g_string_append_printf(text, "s:%s:%s\n", key, value);
}

static bool
says(const Export *export, const char *key, const char *value)
{
    return g_strcmp0(export_get(export, key), value) == 0;
}

/* Whose value in vpn.data is ours, in their words; the first one if it is none of them. */
static const char *
their_word(const Export *export, const char *key, const ShrewWord *words)
{
    for (const ShrewWord *word = words; word->theirs; word++) {
        if (says(export, key, word->ours))
            return word->theirs;
    }
    return words->theirs;
}

static int64_t
number(const Export *export, const char *key, int64_t other)
{
    const char *text = export_get_or_default(export, key);
    gint64 value;

    return text && g_ascii_string_to_signed(text, 10, 0, G_MAXINT64, &value, NULL) ? value : other;
}

static void
append_transport(const Export *export, GString *text)
{
    static const ShrewWord natt[] = {
        {"enable", "auto"}, {"force-rfc", "force"}, {"disable", "off"}, {NULL}};
    static const ShrewWord fragmentation[] = {
        {"enable", "yes"}, {"force", "force"}, {"disable", "no"}, {NULL}};
    const char *gateway = export_get(export, "gateway");

    shrew_append_text(text, "network-host", gateway ? gateway : "");
    shrew_append_number(text, "network-ike-port", number(export, "remote-port", 500));
    shrew_append_number(text, "network-mtu-size", number(export, "mtu", 1380));
    shrew_append_text(text, "network-natt-mode", their_word(export, "encapsulation", natt));
    shrew_append_number(text, "network-natt-port", 4500);
    shrew_append_number(text, "network-natt-rate", number(export, "nat-keepalive", 20));
    shrew_append_text(
        text, "network-frag-mode", their_word(export, "fragmentation", fragmentation));
    shrew_append_number(text, "network-frag-size", number(export, "fragment-size", 540));
    shrew_append_number(text, "network-dpd-enable", !says(export, "dpd-delay", "0"));
    shrew_append_number(text, "network-notify-enable", 1);
    shrew_append_number(text, "client-banner-enable", 1);
}

/* "255.255.255.0" */
static char *
netmask_text(unsigned prefix_len)
{
    uint32_t mask = prefix_len == 0 ? 0 : UINT32_MAX << (32 - MIN(prefix_len, 32));

    return g_strdup_printf(
        "%u.%u.%u.%u", mask >> 24, mask >> 16 & 255, mask >> 8 & 255, mask & 255);
}

static void
append_fixed_address(GString *text, const char *addresses)
{
    g_autofree char *address = g_strndup(addresses, strcspn(addresses, "/, "));
    const char *slash = strchr(addresses, '/');
    g_autofree char *mask =
        netmask_text(slash ? (unsigned) g_ascii_strtoull(slash + 1, NULL, 10) : 32);

    shrew_append_text(text, "client-ip-addr", address);
    shrew_append_text(text, "client-ip-mask", mask);
}

static void
append_addressing(const Export *export, GString *text)
{
    static const ShrewWord modes[] = {
        {"pull", "pull"}, {"push", "push"}, {"disabled", "static"}, {"disabled", "none"}, {NULL}};
    const char *addresses = export_get(export, "addresses");
    bool fixed = says(export, "addressing", "static") && addresses && !strchr(addresses, ':');

    shrew_append_text(text, "client-auto-mode", their_word(export, "addressing", modes));
    shrew_append_text(
        text, "client-iface", says(export, "addressing", "none") ? "direct" : "virtual");
    shrew_append_number(text, "client-addr-auto", !fixed);
    if (fixed)
        append_fixed_address(text, addresses);
}

static void
append_names(const Export *export, GString *text)
{
    NMSettingIPConfig *ip = export_ip(export, false);
    guint n_servers = ip ? nm_setting_ip_config_get_num_dns(ip) : 0;
    guint n_domains = ip ? nm_setting_ip_config_get_num_dns_searches(ip) : 0;
    bool ignored = ip && nm_setting_ip_config_get_ignore_auto_dns(ip);

    shrew_append_number(text, "client-dns-used", !ignored || n_servers > 0);
    shrew_append_number(text, "client-dns-auto", n_servers == 0);
    shrew_append_number(text, "client-dns-suffix-auto", n_domains == 0);
    for (guint i = 0; i < MIN(n_servers, MAX_NAME_SERVERS); i++)
        shrew_append_text(text, "client-dns-addr", nm_setting_ip_config_get_dns(ip, (int) i));
    if (n_domains > 0)
        shrew_append_text(text, "client-dns-suffix", nm_setting_ip_config_get_dns_search(ip, 0));
    shrew_append_number(text, "client-splitdns-used", 1);
    shrew_append_number(text, "client-splitdns-auto", 1);
    shrew_append_number(text, "client-wins-used", 1);
    shrew_append_number(text, "client-wins-auto", 1);
}

static const struct {
    IdentityType type;
    const char *word;
    bool is_text; /* its content is the text itself */
} identity_types[] = {
    {ID_IPV4_ADDR, "address", false},
    {ID_FQDN, "fqdn", true},
    {ID_USER_FQDN, "ufqdn", true},
    {ID_DER_ASN1_DN, "asn1dn", true},
    {ID_KEY_ID, "keyid", true},
};

/* Owned by the caller; NULL: it is no line of text. */
static char *
identity_content(const Identity *identity, bool is_text)
{
    Bytes data = bytes_of_gbytes(identity->data);
    g_autofree char *text = g_strndup((const char *) data.data, data.len);

    if (!is_text)
        return identity_to_text(identity);
    if (strlen(text) != data.len || strpbrk(text, "\r\n") || !g_utf8_validate(text, -1, NULL))
        return NULL;
    return g_steal_pointer(&text);
}

/* What the client cannot say is among what is lost. */
static void
append_identity(const Export *export, GString *text, const char *option, const char *end)
{
    g_autofree char *type_key = g_strdup_printf("ident-%s-type", end);
    g_autofree char *data_key = g_strdup_printf("ident-%s-data", end);
    const char *said = export_get(export, option);
    g_auto(Identity) identity = {0};
    const char *word = strcmp(end, "server") == 0 ? "any" : "address";
    g_autofree char *content = NULL;

    if (said)
        identity_from_text(said, &identity);
    for (size_t i = 0; i < G_N_ELEMENTS(identity_types); i++) {
        if (identity.type != identity_types[i].type)
            continue;
        content = identity_content(&identity, identity_types[i].is_text);
        if (content)
            word = identity_types[i].word;
    }
    shrew_append_text(text, type_key, word);
    if (content)
        shrew_append_text(text, data_key, content);
}

static void
append_psk(const Export *export, GString *text)
{
    const char *psk = export_secret(export, "psk");
    char *base64 = psk ? g_base64_encode((const guchar *) psk, strlen(psk)) : NULL;

    if (base64)
        g_string_append_printf(text, "b:auth-mutual-psk:%s\n", base64);
    secret_free_text(base64);
}

static void
append_file(const Export *export, GString *text, const char *option, const char *key)
{
    const char *path = export_get(export, option);

    if (path && g_path_is_absolute(path))
        shrew_append_text(text, key, path);
}

static void
append_authentication(const Export *export, GString *text)
{
    static const ShrewWord methods[] = {
        {"mutual-psk-xauth", "psk-xauth"},
        {"mutual-psk", "psk"},
        {"mutual-rsa-xauth", "cert-xauth"},
        {"mutual-rsa", "cert"},
        {"hybrid-rsa-xauth", "hybrid-xauth"},
        {NULL},
    };
    const char *user = export_get(export, "user");

    shrew_append_text(text, "auth-method", their_word(export, "method", methods));
    append_identity(export, text, "local-id", "client");
    append_identity(export, text, "remote-id", "server");
    append_psk(export, text);
    append_file(export, text, "ca", "auth-server-cert");
    append_file(export, text, "cert", "auth-client-cert");
    append_file(export, text, "key", "auth-client-key");
    if (user)
        shrew_append_text(text, "client-saved-username", user);
}

static void
append_network(GString *text, const char *address, unsigned prefix_len)
{
    g_autofree char *mask = netmask_text(prefix_len);

    g_string_append_printf(text, "s:policy-list-include:%s / %s\n", address, mask);
}

static void
append_selectors(const Export *export, GString *text)
{
    const char *list = export_get(export, "remote-ts");
    g_auto(GStrv) words = g_strsplit_set(list ? list : "", ", ", -1);

    for (char **word = words; *word; word++) {
        IpPrefix prefix;
        char address[IP_TEXT_SIZE];

        if (ip_prefix_from_text(*word, &prefix) && prefix.address.family == FAMILY_IPV4)
            append_network(text, ip_address_to_text(&prefix.address, address), prefix.len);
    }
}

static void
append_routes(NMSettingIPConfig *ip, GString *text)
{
    for (guint i = 0; i < nm_setting_ip_config_get_num_routes(ip); i++) {
        NMIPRoute *route = nm_setting_ip_config_get_route(ip, (int) i);

        append_network(text, nm_ip_route_get_dest(route), nm_ip_route_get_prefix(route));
    }
}

static void
append_policy(const Export *export, GString *text)
{
    static const ShrewWord levels[] = {{"auto", "auto"},
                                       {"unique", "unique"},
                                       {"shared", "shared"},
                                       {"require", "require"},
                                       {NULL}};
    NMSettingIPConfig *ip = export_ip(export, false);
    /* One pair of keys, and routes to some networks: what such a list means there. */
    bool routed = says(export, "policy-level", "shared") && says(export, "remote-ts", "0.0.0.0/0")
                  && ip && nm_setting_ip_config_get_never_default(ip);
    GString *networks = g_string_new(NULL);

    if (routed)
        append_routes(ip, networks);
    else
        append_selectors(export, networks);
    shrew_append_text(text, "policy-level", their_word(export, "policy-level", levels));
    shrew_append_number(text, "policy-nailed", export_is_persistent(export));
    shrew_append_number(text, "policy-list-auto", networks->len == 0);
    g_string_append(text, networks->str);
    g_string_free(networks, TRUE);
}

static void
append_lifetimes(const Export *export, GString *text)
{
    shrew_append_number(text, "phase1-life-secs", number(export, "ike-lifetime", 86400));
    shrew_append_number(text, "phase1-life-kbytes", 0);
    shrew_append_number(text, "phase2-life-secs", number(export, "esp-lifetime", 3600));
    shrew_append_number(text, "phase2-life-kbytes", number(export, "esp-lifebytes", 0) / KBYTE);
}

static void
append_own(GString *text, const char *key, const char *value)
{
    g_string_append_printf(text, SHREW_OWN_PREFIX "%s:%s\n", key, value);
}

char *
shrew_write(Export *export, GError **error)
{
    GString *text = g_string_sized_new(SIZE_AS_WRITTEN);
    bool has_files = export_get(export, "ca") || export_get(export, "cert");

    shrew_append_number(text, "version", has_files ? VERSION_WITH_PATHS : VERSION);
    append_transport(export, text);
    append_addressing(export, text);
    append_names(export, text);
    append_authentication(export, text);
    shrew_append_proposals(export, text);
    append_lifetimes(export, text);
    shrew_append_number(text, "vendor-chkpt-enable", says(export, "vendor", "checkpoint"));
    shrew_append_text(text, "ipcomp-transform", "disabled");
    append_policy(export, text);
    append_what_is_lost(export, shrew_read, append_own, text);
    return g_string_free(text, FALSE);
}
