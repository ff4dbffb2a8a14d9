/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/ip-config.h"

#include <NetworkManager.h>
#include <string.h>

/* An IPv4 address is a uint32 that has the bytes in network order in memory. */
static GVariant *
address_variant(const IpAddress *address)
{
    guint32 ip4;

    if (address->family == FAMILY_IPV6)
        return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, address->bytes, 16, 1);
    memcpy(&ip4, address->bytes, sizeof(ip4));
    return g_variant_new_uint32(ip4);
}

static const GVariantType *
list_type(AddressFamily family)
{
    return family == FAMILY_IPV6 ? G_VARIANT_TYPE("aay") : G_VARIANT_TYPE("au");
}

static void
put(GVariantBuilder *dict, const char *key, GVariant *value)
{
    g_variant_builder_add(dict, "{sv}", key, value);
}

static const IpPrefix *
address_of_family(const IpConfig *config, AddressFamily family)
{
    for (guint i = 0; i < config->lease->addresses->len; i++) {
        const IpPrefix *prefix = &g_array_index(config->lease->addresses, IpPrefix, i);

        if (prefix->address.family == family)
            return prefix;
    }
    return NULL;
}

static bool
is_covered(const IpConfig *config, const TrafficSelector *ts)
{
    for (guint i = 0; i < config->remote_ts->len; i++) {
        if (traffic_selector_covers(&g_array_index(config->remote_ts, TrafficSelector, i), ts))
            return true;
    }
    return false;
}

static bool
covers_everything(const IpConfig *config, AddressFamily family)
{
    TrafficSelector everything = traffic_selector_everything(family);

    return is_covered(config, &everything);
}

static IpPrefix
network_of(const IpPrefix *address)
{
    IpPrefix network = *address;

    for (size_t bit = address->len; bit < 8 * sizeof(network.address.bytes); bit++)
        network.address.bytes[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
    return network;
}

/* With its prefix an address brings a route to its whole network. Where no Child SA carries that,
 * it would be a hole that swallows a network of the same numbers next door. */
static uint8_t
prefix_len(const IpConfig *config, const IpPrefix *address)
{
    const IpPrefix network = network_of(address);
    const TrafficSelector ts = traffic_selector_of_prefix(&network);

    if (is_covered(config, &ts))
        return address->len;
    return (uint8_t) (8 * ip_address_len(address->address.family));
}

static void
append_prefixes(GArray *routes, const GArray *prefixes, AddressFamily family)
{
    for (guint i = 0; i < prefixes->len; i++) {
        const IpPrefix *prefix = &g_array_index(prefixes, IpPrefix, i);

        if (prefix->address.family == family)
            g_array_append_val(routes, *prefix);
    }
}

/* Of IpPrefix; none with a default route. */
static GArray *
routes_of_family(const IpConfig *config, AddressFamily family)
{
    GArray *routes = g_array_new(FALSE, FALSE, sizeof(IpPrefix));

    if (covers_everything(config, family)) {
        append_prefixes(routes, config->lease->split_include, family);
        return routes;
    }
    for (guint i = 0; i < config->remote_ts->len; i++) {
        g_autoptr(GArray) prefixes =
            traffic_selector_to_prefixes(&g_array_index(config->remote_ts, TrafficSelector, i));

        append_prefixes(routes, prefixes, family);
    }
    return routes;
}

static const GVariantType *
routes_type(AddressFamily family)
{
    return family == FAMILY_IPV6 ? G_VARIANT_TYPE("a(ayuayu)") : G_VARIANT_TYPE("aau");
}

/* Network, prefix length, next hop, metric. */
static GVariant *
route_variant(const IpPrefix *route)
{
    const IpAddress no_next_hop = {.family = route->address.family};
    GVariant *parts[] = {
        address_variant(&route->address),
        g_variant_new_uint32(route->len),
        address_variant(&no_next_hop),
        g_variant_new_uint32(0),
    };

    if (route->address.family == FAMILY_IPV6)
        return g_variant_new_tuple(parts, G_N_ELEMENTS(parts));
    return g_variant_new_array(G_VARIANT_TYPE_UINT32, parts, G_N_ELEMENTS(parts));
}

static GVariant *
routes_variant(const GArray *routes, AddressFamily family)
{
    GVariantBuilder list;

    g_variant_builder_init(&list, routes_type(family));
    for (guint i = 0; i < routes->len; i++)
        g_variant_builder_add_value(&list, route_variant(&g_array_index(routes, IpPrefix, i)));
    return g_variant_builder_end(&list);
}

static bool
is_default_route(const IpConfig *config, AddressFamily family, const GArray *routes)
{
    return covers_everything(config, family) && routes->len == 0;
}

static void
put_routes(GVariantBuilder *dict, const IpConfig *config, AddressFamily family)
{
    g_autoptr(GArray) routes = routes_of_family(config, family);
    bool is_default = is_default_route(config, family, routes);
    if (routes->len > 0)
        put(dict, NM_VPN_PLUGIN_IP4_CONFIG_ROUTES, routes_variant(routes, family));
    put(dict, NM_VPN_PLUGIN_IP4_CONFIG_NEVER_DEFAULT, g_variant_new_boolean(!is_default));
}

static void
put_addresses(GVariantBuilder *dict, const char *key, const GArray *addresses, AddressFamily family)
{
    GVariantBuilder list;
    guint n = 0;

    g_variant_builder_init(&list, list_type(family));
    for (guint i = 0; i < addresses->len; i++) {
        const IpAddress *address = &g_array_index(addresses, IpAddress, i);

        if (address->family != family)
            continue;
        g_variant_builder_add_value(&list, address_variant(address));
        n++;
    }
    if (n > 0)
        put(dict, key, g_variant_builder_end(&list));
    else
        g_variant_builder_clear(&list);
}

static void
put_domains(GVariantBuilder *dict, const GPtrArray *domains)
{
    if (domains->len == 0)
        return;
    put(dict,
        NM_VPN_PLUGIN_IP4_CONFIG_DOMAINS,
        g_variant_new_strv((const char *const *) domains->pdata, (gssize) domains->len));
}

/* IPv6's keys have the same names as IPv4's. */
static GVariant *
family_config(const IpConfig *config, AddressFamily family)
{
    const IpPrefix *address = address_of_family(config, family);
    GVariantBuilder dict;

    if (!address)
        return NULL;
    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    put(&dict, NM_VPN_PLUGIN_IP4_CONFIG_ADDRESS, address_variant(&address->address));
    put(&dict, NM_VPN_PLUGIN_IP4_CONFIG_PREFIX, g_variant_new_uint32(prefix_len(config, address)));
    put_addresses(&dict, NM_VPN_PLUGIN_IP4_CONFIG_DNS, config->lease->dns, family);
    if (family == FAMILY_IPV4)
        put_addresses(&dict, NM_VPN_PLUGIN_IP4_CONFIG_NBNS, config->lease->nbns, family);
    put_domains(&dict, config->lease->domains);
    put_routes(&dict, config, family);
    return g_variant_builder_end(&dict);
}

GVariant *
ip_config_generic(const IpConfig *config)
{
    GVariantBuilder dict;

    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    put(&dict, NM_VPN_PLUGIN_CONFIG_TUNDEV, g_variant_new_string(config->device));
    put(&dict, NM_VPN_PLUGIN_CONFIG_EXT_GATEWAY, address_variant(&config->gateway));
    /* Whether it does is vpn.persistent's to say. */
    put(&dict, NM_VPN_PLUGIN_CAN_PERSIST, g_variant_new_boolean(TRUE));
    put(&dict, NM_VPN_PLUGIN_CONFIG_MTU, g_variant_new_uint32(config->mtu));
    put(&dict,
        NM_VPN_PLUGIN_CONFIG_HAS_IP4,
        g_variant_new_boolean(address_of_family(config, FAMILY_IPV4) != NULL));
    put(&dict,
        NM_VPN_PLUGIN_CONFIG_HAS_IP6,
        g_variant_new_boolean(address_of_family(config, FAMILY_IPV6) != NULL));
    if (config->lease->banner)
        put(&dict, NM_VPN_PLUGIN_CONFIG_BANNER, g_variant_new_string(config->lease->banner));
    return g_variant_builder_end(&dict);
}

GVariant *
ip_config_ip4(const IpConfig *config)
{
    return family_config(config, FAMILY_IPV4);
}

GVariant *
ip_config_ip6(const IpConfig *config)
{
    return family_config(config, FAMILY_IPV6);
}

static IpAddress
own_address(GVariant *config)
{
    g_autoptr(GVariant) value =
        g_variant_lookup_value(config, NM_VPN_PLUGIN_IP4_CONFIG_ADDRESS, NULL);

    return ip_address_of_bytes(bytes_of(g_variant_get_data(value), g_variant_get_size(value)));
}

/* routes: NULL for none. */
static GVariant *
with_own_route(GVariant *routes, GVariant *config)
{
    const IpAddress address = own_address(config);
    const IpPrefix own = {address, (uint8_t) (8 * ip_address_len(address.family))};
    GVariantBuilder list;

    g_variant_builder_init(&list, routes_type(address.family));
    for (gsize i = 0; routes && i < g_variant_n_children(routes); i++) {
        g_autoptr(GVariant) route = g_variant_get_child_value(routes, i);

        g_variant_builder_add_value(&list, route);
    }
    g_variant_builder_add_value(&list, route_variant(&own));
    return g_variant_builder_end(&list);
}

GVariant *
ip_config_with_own_route(GVariant *config)
{
    g_autoptr(GVariant) routes = NULL;
    GVariantDict dict;

    if (!config)
        return NULL;
    g_variant_dict_init(&dict, config);
    routes = g_variant_dict_lookup_value(&dict, NM_VPN_PLUGIN_IP4_CONFIG_ROUTES, NULL);
    g_variant_dict_insert_value(
        &dict, NM_VPN_PLUGIN_IP4_CONFIG_ROUTES, with_own_route(routes, config));
    return g_variant_dict_end(&dict);
}

GVariant *
ip_config_without_names(GVariant *config)
{
    GVariantDict dict;

    if (!config)
        return NULL;
    g_variant_dict_init(&dict, config);
    g_variant_dict_remove(&dict, NM_VPN_PLUGIN_IP4_CONFIG_DNS);
    g_variant_dict_remove(&dict, NM_VPN_PLUGIN_IP4_CONFIG_NBNS);
    g_variant_dict_remove(&dict, NM_VPN_PLUGIN_IP4_CONFIG_DOMAINS);
    return g_variant_dict_end(&dict);
}

static bool
same_value(GVariant *a, GVariant *b, const char *key)
{
    g_autoptr(GVariant) of_a = g_variant_lookup_value(a, key, NULL);
    g_autoptr(GVariant) of_b = g_variant_lookup_value(b, key, NULL);

    if (!of_a || !of_b)
        return of_a == of_b;
    return g_variant_equal(of_a, of_b);
}

bool
ip_config_same_routes(GVariant *a, GVariant *b)
{
    if (!a || !b)
        return a == b;
    return same_value(a, b, NM_VPN_PLUGIN_IP4_CONFIG_ADDRESS)
           && same_value(a, b, NM_VPN_PLUGIN_IP4_CONFIG_PREFIX)
           && same_value(a, b, NM_VPN_PLUGIN_IP4_CONFIG_ROUTES)
           && same_value(a, b, NM_VPN_PLUGIN_IP4_CONFIG_NEVER_DEFAULT);
}

static void
append_routes_text(GString *text, const IpConfig *config, AddressFamily family)
{
    g_autoptr(GArray) routes = routes_of_family(config, family);

    if (is_default_route(config, family, routes))
        g_string_append_printf(
            text, "%sall IPv%u", text->len ? ", " : "", family == FAMILY_IPV6 ? 6 : 4);
    for (guint i = 0; i < routes->len; i++) {
        g_autofree char *one = ip_prefix_to_text(&g_array_index(routes, IpPrefix, i));

        g_string_append_printf(text, "%s%s", text->len ? ", " : "", one);
    }
}

char *
ip_config_routes_text(const IpConfig *config)
{
    GString *text = g_string_new(NULL);

    append_routes_text(text, config, FAMILY_IPV4);
    append_routes_text(text, config, FAMILY_IPV6);
    return g_string_free(text, FALSE);
}
