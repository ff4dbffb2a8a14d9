/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/traffic-selector.h"

#include <netdb.h>
#include <string.h>

/* Sets all bits of the address from bit `from` on to ones. */
static void
fill_ones(IpAddress *address, unsigned from)
{
    for (unsigned bit = from; bit < 8 * ip_address_len(address->family); bit++)
        address->bytes[bit / 8] |= (uint8_t) (0x80 >> (bit % 8));
}

TrafficSelector
traffic_selector_of_prefix(const IpPrefix *prefix)
{
    TrafficSelector ts = {
        .first = prefix->address,
        .last = prefix->address,
        .last_port = UINT16_MAX,
    };

    fill_ones(&ts.last, prefix->len);
    return ts;
}

TrafficSelector
traffic_selector_everything(AddressFamily family)
{
    IpPrefix everything = {.address.family = family};

    return traffic_selector_of_prefix(&everything);
}

static bool
number_from_text(const char *text, guint64 max, guint64 *out)
{
    return g_ascii_string_to_unsigned(text, 10, 0, max, out, NULL);
}

static bool
protocol_from_text(const char *text, uint8_t *out)
{
    static const struct {
        const char *name;
        uint8_t number;
    } names[] = {{"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"ipv6-icmp", 58}, {"sctp", 132}};
    guint64 number;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strcasecmp(text, names[i].name) == 0) {
            *out = names[i].number;
            return true;
        }
    }
    if (!number_from_text(text, UINT8_MAX, &number))
        return false;
    *out = (uint8_t) number;
    return true;
}

/* "443" or "80-90" */
static bool
ports_from_text(const char *text, TrafficSelector *ts)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);
    guint64 first, last;

    if (!ends[0] || !number_from_text(ends[0], UINT16_MAX, &first))
        return false;
    last = first;
    if (ends[1] && !number_from_text(ends[1], UINT16_MAX, &last))
        return false;
    ts->first_port = (uint16_t) first;
    ts->last_port = (uint16_t) last;
    return first <= last;
}

/* "tcp/443]", what follows the bracket that opens */
static bool
restriction_from_text(const char *text, TrafficSelector *ts)
{
    size_t len = strlen(text);
    g_autofree char *inside = NULL;
    g_auto(GStrv) parts = NULL;

    if (len < 2 || text[len - 1] != ']')
        return false;
    inside = g_strndup(text, len - 1);
    parts = g_strsplit(inside, "/", 2);
    if (!protocol_from_text(parts[0], &ts->protocol))
        return false;
    return !parts[1] || ports_from_text(parts[1], ts);
}

/* "10.0.0.0/8" or "10.0.0.5-10.0.0.9" */
static bool
addresses_from_text(const char *text, TrafficSelector *ts)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);
    IpPrefix prefix;

    if (ends[0] && ends[1]) {
        return ip_address_from_text(ends[0], &ts->first) && ip_address_from_text(ends[1], &ts->last)
               && ts->first.family == ts->last.family
               && ip_address_compare(&ts->first, &ts->last) <= 0;
    }
    if (!ip_prefix_from_text(text, &prefix))
        return false;
    *ts = traffic_selector_of_prefix(&prefix);
    return true;
}

bool
traffic_selector_from_text(const char *text, TrafficSelector *out)
{
    g_auto(GStrv) parts = g_strsplit(text, "[", 2);
    TrafficSelector ts = {.last_port = UINT16_MAX};

    if (!parts[0] || !addresses_from_text(parts[0], &ts))
        return false;
    if (parts[1] && !restriction_from_text(parts[1], &ts))
        return false;
    *out = ts;
    return true;
}

static bool
any_port(const TrafficSelector *ts)
{
    return ts->first_port == 0 && ts->last_port == UINT16_MAX;
}

static void
append_restriction(GString *text, const TrafficSelector *ts)
{
    if (ts->protocol == 0)
        return;
    if (ts->protocol == 6)
        g_string_append(text, "[tcp");
    else if (ts->protocol == 17)
        g_string_append(text, "[udp");
    else
        g_string_append_printf(text, "[%u", ts->protocol);
    if (!any_port(ts) && ts->first_port == ts->last_port)
        g_string_append_printf(text, "/%u", ts->first_port);
    else if (!any_port(ts))
        g_string_append_printf(text, "/%u-%u", ts->first_port, ts->last_port);
    g_string_append_c(text, ']');
}

/* The prefix length if the range is one network, else -1. */
static int
single_prefix_len(const TrafficSelector *ts)
{
    unsigned bits = 8 * (unsigned) ip_address_len(ts->first.family);

    for (unsigned len = 0; len <= bits; len++) {
        IpPrefix prefix = {ts->first, (uint8_t) len};
        TrafficSelector network = traffic_selector_of_prefix(&prefix);
        IpAddress low = ts->first;

        /* the first address must have no ones behind the prefix */
        for (unsigned bit = len; bit < bits; bit++)
            low.bytes[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
        if (ip_address_equal(&low, &ts->first) && ip_address_equal(&network.last, &ts->last))
            return (int) len;
    }
    return -1;
}

char *
traffic_selector_to_text(const TrafficSelector *ts)
{
    GString *text = g_string_new(NULL);
    char buffer[IP_TEXT_SIZE];
    int len = single_prefix_len(ts);

    g_string_append(text, ip_address_to_text(&ts->first, buffer));
    if (len >= 0)
        g_string_append_printf(text, "/%d", len);
    else
        g_string_append_printf(text, "-%s", ip_address_to_text(&ts->last, buffer));
    append_restriction(text, ts);
    return g_string_free(text, FALSE);
}

bool
traffic_selector_equal(const TrafficSelector *a, const TrafficSelector *b)
{
    return ip_address_equal(&a->first, &b->first) && ip_address_equal(&a->last, &b->last)
           && a->protocol == b->protocol && a->first_port == b->first_port
           && a->last_port == b->last_port;
}

bool
traffic_selector_covers_address(const TrafficSelector *ts, const IpAddress *address)
{
    return ts->first.family == address->family && ip_address_compare(&ts->first, address) <= 0
           && ip_address_compare(address, &ts->last) <= 0;
}

bool
traffic_selector_covers(const TrafficSelector *outer, const TrafficSelector *inner)
{
    return traffic_selector_covers_address(outer, &inner->first)
           && traffic_selector_covers_address(outer, &inner->last)
           && (outer->protocol == 0 || outer->protocol == inner->protocol)
           && outer->first_port <= inner->first_port && inner->last_port <= outer->last_port;
}

/* Adds one to the address; false if it was the last of its family. */
static bool
increment(IpAddress *address)
{
    for (size_t i = ip_address_len(address->family); i > 0; i--) {
        if (++address->bytes[i - 1] != 0)
            return true;
    }
    return false;
}

/* The largest network that starts at `first` and does not reach past `last`. */
static IpPrefix
largest_network(const IpAddress *first, const IpAddress *last)
{
    unsigned bits = 8 * (unsigned) ip_address_len(first->family);
    IpPrefix best = {*first, (uint8_t) bits};

    while (best.len > 0) {
        unsigned bit = best.len - 1u;
        IpPrefix wider = {*first, (uint8_t) bit};
        TrafficSelector network = traffic_selector_of_prefix(&wider);

        if (first->bytes[bit / 8] & 0x80 >> (bit % 8))
            break;
        if (ip_address_compare(&network.last, last) > 0)
            break;
        best = wider;
    }
    return best;
}

GArray *
traffic_selector_to_prefixes(const TrafficSelector *ts)
{
    GArray *prefixes = g_array_new(FALSE, FALSE, sizeof(IpPrefix));
    IpAddress next = ts->first;

    while (ip_address_compare(&next, &ts->last) <= 0) {
        IpPrefix network = largest_network(&next, &ts->last);

        g_array_append_val(prefixes, network);
        next = traffic_selector_of_prefix(&network).last;
        if (!increment(&next))
            break;
    }
    return prefixes;
}
