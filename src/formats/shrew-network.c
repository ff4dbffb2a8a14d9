/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/network-keys.h"
#include "formats/shrew.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The pages General, Client, Name Resolution and Policy of a site. */

enum {
    DEFAULT_PORT = 500,
    DEFAULT_NATT_PORT = 4500,
    DEFAULT_FRAGMENT = 540, /* bytes: what its editor fills in */
};

/* Both ways to say that nobody thought about it: what its editor fills in, and Ethernet's. Ours is
 * found out, and fits. */
static bool
is_usual_mtu(int64_t mtu)
{
    return mtu == 1380 || mtu == 1500;
}

static void
read_host(ShrewSite *site)
{
    const char *host = shrew_text(site, "network-host");
    size_t len = host ? strcspn(host, ", ") : 0;
    g_autofree char *first = g_strndup(host ? host : "", len);
    int64_t port = shrew_number(site, "network-ike-port", DEFAULT_PORT);

    import_set(site->import, "gateway", first, "network-host");
    if (host && host[len])
        import_not_had(site->import, "network-host", host + len + 1);
    if (port != DEFAULT_PORT)
        import_set_number(site->import, "remote-port", (uint64_t) port, "network-ike-port");
}

static void
read_nat_traversal(ShrewSite *site)
{
    static const ShrewWord modes[] = {
        {"enable", ""},
        {"disable", "off"},
        {"force", "force"},
        {"force-rfc", "force"},
        {"force-draft", "force"},
        {NULL},
    };
    int64_t port = shrew_number(site, "network-natt-port", DEFAULT_NATT_PORT);
    uint64_t rate = shrew_amount(site, "network-natt-rate", G_MAXUINT32);
    g_autofree char *port_text = g_strdup_printf("%" G_GINT64_FORMAT, port);

    shrew_map(site, "network-natt-mode", "encapsulation", modes);
    if (shrew_says(site, "network-natt-mode", "force-draft"))
        import_note(site->import,
                    _("The file asks for a draft of NAT traversal (“network-natt-mode”). The "
                      "profile uses the standard that came of it."));
    if (shrew_says(site, "network-natt-mode", "disable"))
        return;
    if (port != DEFAULT_NATT_PORT)
        import_not_had(site->import, "network-natt-port", port_text);
    if (rate > 0)
        import_set_unless_default(site->import, "nat-keepalive", rate, "network-natt-rate");
}

static void
read_fragmentation(ShrewSite *site)
{
    static const ShrewWord modes[] = {
        {"enable", ""}, {"disable", "no"}, {"force", "force"}, {NULL}};
    int64_t size = shrew_number(site, "network-frag-size", DEFAULT_FRAGMENT);

    shrew_map(site, "network-frag-mode", "fragmentation", modes);
    if (size != DEFAULT_FRAGMENT && !shrew_says(site, "network-frag-mode", "disable"))
        import_set_number(site->import, "fragment-size", (uint64_t) size, "network-frag-size");
}

static void
read_fixed_address(ShrewSite *site)
{
    const char *address = shrew_text(site, "client-ip-addr");
    const char *mask = shrew_text(site, "client-ip-mask");
    g_autofree char *whole =
        address && mask ? address_with_netmask(address, mask) : g_strdup(address);

    import_set(site->import, "addressing", "static", "client-ip-addr");
    if (address && !whole)
        shrew_not_had(site, "client-ip-mask");
    if (shrew_says(site, "client-iface", "random"))
        import_note(
            site->import,
            _("Shrew Soft's client takes any address of the network %s. Here enter one that "
              "nobody else uses, as the address inside."),
            whole);
    else
        import_set(site->import, "addresses", whole, "client-ip-addr");
}

/* Where the address inside comes from. */
static void
read_address(ShrewSite *site)
{
    static const ShrewWord modes[] = {{"pull", ""}, {"push", "push"}, {"disabled", ""}, {NULL}};
    bool by_gateway = shrew_number(site, "client-addr-auto", 1) != 0;

    if (shrew_says(site, "client-iface", "direct"))
        import_set(site->import, "addressing", "none", "client-iface");
    else if (!by_gateway || shrew_says(site, "client-iface", "random"))
        read_fixed_address(site);
    else
        shrew_map(site, "client-auto-mode", "addressing", modes);
    if (shrew_text(site, "client-iface") && !shrew_says(site, "client-iface", "direct")
        && !shrew_says(site, "client-iface", "virtual")
        && !shrew_says(site, "client-iface", "random"))
        shrew_not_had(site, "client-iface");
    if (shrew_says(site, "client-auto-mode", "dhcp"))
        shrew_not_had(site, "client-auto-mode");
}

static void
read_name_servers(ShrewSite *site)
{
    g_auto(GStrv) servers = shrew_list(site, "client-dns-addr");
    bool by_gateway = shrew_number(site, "client-dns-auto", 1) != 0;

    if (by_gateway)
        return;
    import_ignore_dns(site->import);
    for (char **server = servers; *server; server++) {
        if (*g_strstrip(*server) && strcmp(*server, "0.0.0.0") != 0)
            import_add_name_server(site->import, *server, "client-dns-addr");
    }
}

static void
read_domains(ShrewSite *site)
{
    const char *suffix = shrew_text(site, "client-dns-suffix");
    g_auto(GStrv) split = shrew_list(site, "client-splitdns-list");

    if (suffix && shrew_number(site, "client-dns-suffix-auto", 0) == 0)
        import_add_domain(site->import, suffix, "client-dns-suffix");
    if (shrew_number(site, "client-splitdns-used", 0) == 0
        || shrew_number(site, "client-splitdns-auto", 0) != 0)
        return;
    for (char **domain = split; *domain; domain++) {
        g_autofree char *only_asked = g_strconcat("~", g_strstrip(*domain), NULL);

        if (**domain)
            import_add_domain(site->import, only_asked, "client-splitdns-list");
    }
}

static void
read_names(ShrewSite *site)
{
    static const char *const passed_over[] = {
        "n:client-dns-used",
        "n:client-dns-auto",
        "n:client-dns-suffix-auto",
        "n:client-splitdns-used",
        "n:client-splitdns-auto",
        "n:client-wins-auto",
        "s:client-wins-addr",
        "s:client-dns-addr",
        "s:client-dns-suffix",
        "s:client-splitdns-list",
        NULL,
    };
    int64_t used = shrew_number(site, "client-dns-enable", 1); /* its name before version 2 */

    if (shrew_number(site, "client-dns-used", used) == 0) {
        import_ignore_dns(site->import);
    } else {
        read_name_servers(site);
        read_domains(site);
    }
    if (shrew_number(site, "client-wins-used", 0) != 0
        && shrew_number(site, "client-wins-auto", 1) == 0)
        shrew_not_had(site, "client-wins-addr");
    shrew_pass_over(site, passed_over);
}

void
shrew_read_network(ShrewSite *site)
{
    static const char *const passed_over[] = {
        "n:network-notify-enable", /* a failure is always said to the gateway */
        "n:client-banner-enable",  /* NetworkManager has a place for it, and nobody must click */
        "n:client-addr-auto",
        "s:client-auto-mode",
        "s:client-ip-addr", /* left over where the gateway assigns it */
        "s:client-ip-mask",
        NULL,
    };
    int64_t mtu = shrew_number(site, "network-mtu-size", 0);

    read_host(site);
    read_nat_traversal(site);
    read_fragmentation(site);
    read_address(site);
    read_names(site);
    if (mtu != 0 && !is_usual_mtu(mtu) && !shrew_says(site, "client-iface", "direct"))
        import_set_number(site->import, "mtu", (uint64_t) mtu, "network-mtu-size");
    if (shrew_number(site, "network-dpd-enable", 1) == 0)
        import_set(site->import, "dpd-delay", "0", "network-dpd-enable");
    shrew_pass_over(site, passed_over);
}

/* "10.0.0.0 / 255.0.0.0": as a prefix, owned by the caller; the text as it is if it is none. */
static char *
prefix_of_entry(const char *entry)
{
    g_auto(GStrv) parts = g_strsplit(entry, "/", 2);
    char *prefix = NULL;

    if (parts[0] && parts[1])
        prefix = address_with_netmask(g_strstrip(parts[0]), g_strstrip(parts[1]));
    return prefix ? prefix : g_strjoinv("/", parts);
}

/* One pair of keys for everything, and routes to the networks of the list. */
static void
read_shared(ShrewSite *site, char **networks)
{
    import_set(site->import, "remote-ts", "0.0.0.0/0", "policy-list-include");
    import_never_default(site->import);
    for (char **network = networks; *network; network++) {
        g_autofree char *prefix = prefix_of_entry(*network);

        if (**network)
            import_add_route(site->import, prefix, "policy-list-include");
    }
}

static void
read_unique(ShrewSite *site, char **networks)
{
    g_autoptr(GPtrArray) prefixes = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *list = NULL;

    for (char **network = networks; *network; network++) {
        if (**network)
            g_ptr_array_add(prefixes, prefix_of_entry(*network));
    }
    g_ptr_array_add(prefixes, NULL);
    list = g_strjoinv(",", (char **) prefixes->pdata);
    import_set(site->import, "remote-ts", list, "policy-list-include");
}

static void
read_networks(ShrewSite *site)
{
    g_auto(GStrv) included = shrew_list(site, "policy-list-include");
    g_auto(GStrv) excluded = shrew_list(site, "policy-list-exclude");
    bool by_gateway = shrew_number(site, "policy-list-auto", 0) != 0;

    if (by_gateway || (!*included && !*excluded))
        return;
    if (shrew_says(site, "policy-level", "shared"))
        read_shared(site, included);
    else
        read_unique(site, included);
    for (char **network = excluded; *network; network++) {
        if (*g_strstrip(*network))
            import_not_had(site->import, "policy-list-exclude", *network);
    }
}

void
shrew_read_policy(ShrewSite *site)
{
    static const ShrewWord levels[] = {
        {"auto", ""},
        {"unique", "unique"},
        {"shared", "shared"},
        {"require", "require"},
        {NULL},
    };

    shrew_map(site, "policy-level", "policy-level", levels);
    if (shrew_number(site, "policy-nailed", 0) != 0)
        import_set_persistent(site->import);
    read_networks(site);
}
