/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/address.h"

#include <arpa/inet.h>
#include <string.h>

size_t
ip_address_len(AddressFamily family)
{
    switch (family) {
    case FAMILY_IPV4:
        return 4;
    case FAMILY_IPV6:
        return 16;
    case FAMILY_NONE:
        break;
    }
    return 0;
}

IpAddress
ip_address_of_bytes(Bytes bytes)
{
    IpAddress address = {0};

    if (bytes.len != 4 && bytes.len != 16)
        return address;
    address.family = bytes.len == 4 ? FAMILY_IPV4 : FAMILY_IPV6;
    memcpy(address.bytes, bytes.data, bytes.len);
    return address;
}

Bytes
ip_address_view(const IpAddress *address)
{
    return bytes_of(address->bytes, ip_address_len(address->family));
}

bool
ip_address_from_text(const char *text, IpAddress *out)
{
    IpAddress address = {0};

    if (inet_pton(AF_INET, text, address.bytes) == 1)
        address.family = FAMILY_IPV4;
    else if (inet_pton(AF_INET6, text, address.bytes) == 1)
        address.family = FAMILY_IPV6;
    else
        return false;
    *out = address;
    return true;
}

const char *
ip_address_to_text(const IpAddress *address, char *buffer)
{
    int family = address->family == FAMILY_IPV6 ? AF_INET6 : AF_INET;

    if (address->family == FAMILY_NONE)
        g_strlcpy(buffer, "none", IP_TEXT_SIZE);
    else
        inet_ntop(family, address->bytes, buffer, IP_TEXT_SIZE);
    return buffer;
}

bool
ip_address_equal(const IpAddress *a, const IpAddress *b)
{
    return a->family == b->family && ip_address_compare(a, b) == 0;
}

int
ip_address_compare(const IpAddress *a, const IpAddress *b)
{
    for (size_t i = 0; i < sizeof(a->bytes); i++) {
        if (a->bytes[i] != b->bytes[i])
            return a->bytes[i] < b->bytes[i] ? -1 : 1;
    }
    return 0;
}

static void
clear_host_bits(IpPrefix *prefix)
{
    for (unsigned bit = prefix->len; bit < 8 * sizeof(prefix->address.bytes); bit++)
        prefix->address.bytes[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
}

static bool
prefix_len_from_text(const char *text, size_t max, uint8_t *out)
{
    guint64 len;

    if (!g_ascii_string_to_unsigned(text, 10, 0, max, &len, NULL))
        return false;
    *out = (uint8_t) len;
    return true;
}

bool
ip_prefix_from_text(const char *text, IpPrefix *out)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    IpPrefix prefix = {0};
    size_t max;

    if (!parts[0] || !ip_address_from_text(parts[0], &prefix.address))
        return false;
    max = 8 * ip_address_len(prefix.address.family);
    prefix.len = (uint8_t) max;
    if (parts[1] && !prefix_len_from_text(parts[1], max, &prefix.len))
        return false;
    clear_host_bits(&prefix);
    *out = prefix;
    return true;
}

char *
ip_prefix_to_text(const IpPrefix *prefix)
{
    char buffer[IP_TEXT_SIZE];

    return g_strdup_printf("%s/%u", ip_address_to_text(&prefix->address, buffer), prefix->len);
}

int
ip_netmask_to_prefix_len(const IpAddress *netmask)
{
    unsigned bits = 8 * (unsigned) ip_address_len(netmask->family);
    unsigned len = 0;

    while (len < bits && netmask->bytes[len / 8] & 0x80 >> (len % 8))
        len++;
    for (unsigned bit = len; bit < bits; bit++) {
        if (netmask->bytes[bit / 8] & 0x80 >> (bit % 8))
            return -1;
    }
    return (int) len;
}
