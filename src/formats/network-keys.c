/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/network-keys.h"

#include "model/address.h"

#include <string.h>
#include <sys/socket.h>

enum {
    MAX_ITEMS = 256, /* of a list: as many routes as the largest files have */
    MAX_METRIC_DIGITS = 10,
};

static const char *const keys[] = {
    "ipv4.dns",
    "ipv6.dns",
    "ipv4.dns-search",
    "ipv6.dns-search",
    "ipv4.routes",
    "ipv6.routes",
    "ipv4.never-default",
    "ipv6.never-default",
    "ipv4.ignore-auto-dns",
    "ipv6.ignore-auto-dns",
    "ipv4.ignore-auto-routes",
    "ipv6.ignore-auto-routes",
    "persistent",
    "autoconnect",
};

const char *
network_key_at(size_t index)
{
    return index < G_N_ELEMENTS(keys) ? keys[index] : NULL;
}

bool
is_network_key(const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (strcmp(keys[i], key) == 0)
            return true;
    }
    return false;
}

/* The property of an IP setting; NULL: the key is another setting's. */
static const char *
property_of(const char *key)
{
    return g_str_has_prefix(key, "ipv") ? key + strlen("ipv4.") : NULL;
}

static NMSettingIPConfig *
ip_of(const NetworkSettings *settings, const char *key)
{
    return settings->ip[key[strlen("ipv")] == '6'];
}

static bool
is_list(const char *property)
{
    return strcmp(property, "dns") == 0 || strcmp(property, "dns-search") == 0
           || strcmp(property, "routes") == 0;
}

/* "10.0.0.0/8 192.0.2.1 100": next hop and metric only where there are any, as NetworkManager
 * writes it. */
static char *
route_text(NMIPRoute *route)
{
    const char *hop = nm_ip_route_get_next_hop(route);
    gint64 metric = nm_ip_route_get_metric(route);
    GString *text = g_string_new(nm_ip_route_get_dest(route));

    g_string_append_printf(text, "/%u", nm_ip_route_get_prefix(route));
    if (hop)
        g_string_append_printf(text, " %s", hop);
    if (metric >= 0)
        g_string_append_printf(text, " %" G_GINT64_FORMAT, metric);
    return g_string_free(text, FALSE);
}

static char *
list_text(NMSettingIPConfig *ip, const char *property)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);

    if (strcmp(property, "dns") == 0) {
        for (guint i = 0; i < nm_setting_ip_config_get_num_dns(ip); i++)
            g_ptr_array_add(items, g_strdup(nm_setting_ip_config_get_dns(ip, (int) i)));
    } else if (strcmp(property, "routes") == 0) {
        for (guint i = 0; i < nm_setting_ip_config_get_num_routes(ip); i++)
            g_ptr_array_add(items, route_text(nm_setting_ip_config_get_route(ip, (int) i)));
    } else {
        for (guint i = 0; i < nm_setting_ip_config_get_num_dns_searches(ip); i++)
            g_ptr_array_add(items, g_strdup(nm_setting_ip_config_get_dns_search(ip, (int) i)));
    }
    g_ptr_array_add(items, NULL);
    return g_strjoinv(",", (char **) items->pdata);
}

char *
network_key_text(const NetworkSettings *settings, const char *key)
{
    const char *property = property_of(key);
    NMSettingIPConfig *ip = property ? ip_of(settings, key) : NULL;
    gboolean on = FALSE;

    if (ip && is_list(property))
        return list_text(ip, property);
    if (ip)
        g_object_get(ip, property, &on, NULL);
    else if (!property)
        on = strcmp(key, "persistent") == 0 ? nm_setting_vpn_get_persistent(settings->vpn)
                                            : settings->autoconnect;
    return g_strdup(on ? "yes" : "");
}

/* --- and back --------------------------------------------------------------------------------- */

static NMIPRoute *
route_of(const char *text, int family)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 4);
    guint n = g_strv_length(words);
    const char *last = n > 1 ? words[n - 1] : "";
    bool has_metric =
        *last && strspn(last, "0123456789") == strlen(last) && strlen(last) <= MAX_METRIC_DIGITS;
    const char *hop = n > 1 + (guint) has_metric ? words[1] : NULL;
    gint64 metric = has_metric ? g_ascii_strtoll(last, NULL, 10) : -1;
    char address[IP_TEXT_SIZE];
    IpPrefix prefix;

    if (n == 0 || n > 3 || (n == 3 && !has_metric) || metric > G_MAXUINT32
        || !ip_prefix_from_text(words[0], &prefix))
        return NULL;
    ip_address_to_text(&prefix.address, address);
    return nm_ip_route_new(family, address, prefix.len, hop, metric, NULL);
}

static bool
add_route(NMSettingIPConfig *ip, const char *text, int family)
{
    NMIPRoute *route = route_of(text, family);

    if (!route)
        return false;
    nm_setting_ip_config_add_route(ip, route);
    nm_ip_route_unref(route);
    return true;
}

static bool
add_name_server(NMSettingIPConfig *ip, const char *text, int family)
{
    IpAddress address;

    if (!ip_address_from_text(text, &address)
        || (address.family == FAMILY_IPV6) != (family == AF_INET6))
        return false;
    nm_setting_ip_config_add_dns(ip, text);
    return true;
}

char *
address_with_netmask(const char *address, const char *mask)
{
    IpAddress netmask;
    int len = ip_address_from_text(mask, &netmask) ? ip_netmask_to_prefix_len(&netmask) : -1;

    return len < 0 ? NULL : g_strdup_printf("%s/%d", address, len);
}

bool
is_search_domain(const char *text)
{
    const char *name = *text == '~' ? text + 1 : text;
    g_autofree char *ascii = g_hostname_to_ascii(name);

    return *name && ascii && !strpbrk(name, " \t\r\n,;/");
}

static bool
add_domain(NMSettingIPConfig *ip, const char *text)
{
    if (!is_search_domain(text))
        return false;
    nm_setting_ip_config_add_dns_search(ip, text);
    return true;
}

static bool
read_list(NMSettingIPConfig *ip, const char *property, const char *text)
{
    g_auto(GStrv) items = g_strsplit(text, ",", MAX_ITEMS + 1);
    int family = NM_IS_SETTING_IP6_CONFIG(ip) ? AF_INET6 : AF_INET;
    bool good = g_strv_length(items) <= MAX_ITEMS;

    for (char **item = items; good && *item; item++) {
        g_strstrip(*item);
        if (strcmp(property, "dns") == 0)
            good = add_name_server(ip, *item, family);
        else if (strcmp(property, "routes") == 0)
            good = add_route(ip, *item, family);
        else
            good = add_domain(ip, *item);
    }
    return good;
}

static void
clear_list(NMSettingIPConfig *ip, const char *property)
{
    if (strcmp(property, "dns") == 0)
        nm_setting_ip_config_clear_dns(ip);
    else if (strcmp(property, "routes") == 0)
        nm_setting_ip_config_clear_routes(ip);
    else
        nm_setting_ip_config_clear_dns_searches(ip);
}

bool
network_key_read(NetworkSettings *settings, const char *key, const char *text)
{
    const char *property = property_of(key);
    NMSettingIPConfig *ip = property ? ip_of(settings, key) : NULL;
    bool on = strcmp(text, "yes") == 0;
    g_autofree char *before = NULL;

    if (property && is_list(property)) {
        before = list_text(ip, property);
        clear_list(ip, property);
        if (!*text || read_list(ip, property, text))
            return true;
        clear_list(ip, property);
        if (*before)
            read_list(ip, property, before);
        return false;
    }
    if (*text && !on && strcmp(text, "no") != 0)
        return false;
    if (property)
        g_object_set(ip, property, (gboolean) on, NULL);
    else if (strcmp(key, "persistent") == 0)
        g_object_set(settings->vpn, NM_SETTING_VPN_PERSISTENT, (gboolean) on, NULL);
    else
        settings->autoconnect = on;
    return true;
}
