/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/lease.h"

#include "base/log.h"
#include "ike/limits.h"

#include <string.h>

enum { MAX_DOMAIN_LEN = 253 }; /* RFC 1035, 2.3.4 */

void
ike_lease_init(IkeLease *lease)
{
    lease->addresses = g_array_new(FALSE, FALSE, sizeof(IpPrefix));
    lease->dns = g_array_new(FALSE, FALSE, sizeof(IpAddress));
    lease->nbns = g_array_new(FALSE, FALSE, sizeof(IpAddress));
    lease->split_include = g_array_new(FALSE, FALSE, sizeof(IpPrefix));
    lease->domains = g_ptr_array_new_with_free_func(g_free);
}

void
ike_lease_clear(IkeLease *lease)
{
    g_clear_pointer(&lease->addresses, g_array_unref);
    g_clear_pointer(&lease->dns, g_array_unref);
    g_clear_pointer(&lease->nbns, g_array_unref);
    g_clear_pointer(&lease->split_include, g_array_unref);
    g_clear_pointer(&lease->domains, g_ptr_array_unref);
    g_clear_pointer(&lease->banner, g_free);
    g_clear_pointer(&lease->application_version, g_free);
}

static bool
is_unspecified(const IpAddress *address)
{
    IpAddress zero = {.family = address->family};

    return ip_address_equal(address, &zero);
}

void
ike_lease_add_address(GArray *list, Bytes bytes)
{
    IpAddress address = ip_address_of_bytes(bytes);

    if (address.family == FAMILY_NONE || is_unspecified(&address) || list->len == MAX_LEASE_ITEMS)
        return;
    for (guint i = 0; i < list->len; i++) {
        if (ip_address_equal(&g_array_index(list, IpAddress, i), &address))
            return;
    }
    g_array_append_val(list, address);
}

void
ike_lease_add_network(IkeLease *lease, IpAddress address, const IpAddress *netmask)
{
    int len = ip_netmask_to_prefix_len(netmask);
    IpPrefix network = {address, (uint8_t) len};

    if (len < 0 || lease->split_include->len == MAX_LEASE_ITEMS)
        return;
    for (size_t i = 0; i < sizeof(network.address.bytes); i++)
        network.address.bytes[i] &= netmask->bytes[i];
    for (guint i = 0; i < lease->split_include->len; i++) {
        const IpPrefix *known = &g_array_index(lease->split_include, IpPrefix, i);

        if (known->len == network.len && ip_address_equal(&known->address, &network.address))
            return;
    }
    g_array_append_val(lease->split_include, network);
}

static bool
is_host_name(const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || len > MAX_DOMAIN_LEN || text[0] == '-' || text[0] == '.')
        return false;
    for (; *text; text++) {
        if (!g_ascii_isalnum(*text) && !strchr("-._", *text))
            return false;
    }
    return true;
}

void
ike_lease_add_domains(IkeLease *lease, Bytes text)
{
    g_autoptr(GString) names = g_string_new_len((const char *) text.data, (gssize) text.len);
    g_auto(GStrv) parts = NULL;

    for (size_t i = 0; i < names->len; i++) {
        if (names->str[i] == '\0')
            names->str[i] = ' ';
    }
    parts = g_strsplit_set(names->str, ", \t\r\n", -1);
    for (char **name = parts; *name && lease->domains->len < MAX_LEASE_ITEMS; name++) {
        if (is_host_name(*name)
            && !g_ptr_array_find_with_equal_func(lease->domains, *name, g_str_equal, NULL))
            g_ptr_array_add(lease->domains, g_strdup(*name));
    }
}

/* Valid UTF-8, no control characters but line ends. */
void
ike_lease_set_banner(IkeLease *lease, Bytes text)
{
    g_autofree char *banner = NULL;

    if (text.len == 0)
        return;
    banner = g_utf8_make_valid((const char *) text.data, (gssize) MIN(text.len, MAX_BANNER_LEN));
    for (char *c = banner; *c; c++) {
        if (g_ascii_iscntrl(*c) && *c != '\n')
            *c = ' ';
    }
    g_strstrip(banner);
    g_free(lease->banner);
    lease->banner = *banner ? g_steal_pointer(&banner) : NULL;
}

void
ike_lease_set_application_version(IkeLease *lease, Bytes text)
{
    g_free(lease->application_version);
    lease->application_version = text.len ? log_safe_text(text.data, text.len) : NULL;
}
