/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/kernel/internal.h"

#include <netinet/in.h>

enum { ANY_PORT_LAST = 65535 };

/* Ports that have the ones of the mask in common. */
typedef struct {
    uint16_t port;
    uint16_t mask;
} PortBlock;

/* A range of ports as blocks, as a range of addresses is prefixes. */
static GArray *
port_blocks(const TrafficSelector *ts)
{
    GArray *blocks = g_array_new(FALSE, FALSE, sizeof(PortBlock));
    uint32_t port = ts->first_port;

    while (port <= ts->last_port) {
        uint32_t size = 1;
        PortBlock block;

        while (port % (2 * size) == 0 && port + 2 * size - 1 <= ts->last_port)
            size *= 2;
        block = (PortBlock){(uint16_t) port, (uint16_t) ~(size - 1)};
        g_array_append_val(blocks, block);
        port += size;
    }
    return blocks;
}

static bool
names_ports(const TrafficSelector *ts)
{
    return ts->first_port != 0 || ts->last_port != ANY_PORT_LAST;
}

/* The kernel keeps an ICMP type where the source port is and the code where the destination port
 * is; a selector has both in each (RFC 4301, 4.4.1.1). */
static bool
can_be_said(const TrafficSelector *source, const TrafficSelector *destination)
{
    bool icmp = source->protocol == IPPROTO_ICMP || source->protocol == IPPROTO_ICMPV6;

    return source->first.family == destination->first.family
           && source->protocol == destination->protocol
           && !(icmp && (names_ports(source) || names_ports(destination)));
}

/* One end's half. */
typedef struct {
    GArray *prefixes; /* of IpPrefix */
    GArray *ports;    /* of PortBlock */
} End;

static End
end_of(const TrafficSelector *ts)
{
    return (End){traffic_selector_to_prefixes(ts), port_blocks(ts)};
}

static size_t
end_count(const End *end)
{
    return (size_t) end->prefixes->len * end->ports->len;
}

static void
end_clear(End *end)
{
    g_array_unref(end->prefixes);
    g_array_unref(end->ports);
}

static XfrmFlows
flows_at(const End *source, const End *destination, size_t i, size_t j)
{
    PortBlock from = g_array_index(source->ports, PortBlock, i % source->ports->len);
    PortBlock to = g_array_index(destination->ports, PortBlock, j % destination->ports->len);

    return (XfrmFlows){
        .source = g_array_index(source->prefixes, IpPrefix, i / source->ports->len),
        .destination = g_array_index(destination->prefixes, IpPrefix, j / destination->ports->len),
        .source_port = from.port,
        .source_port_mask = from.mask,
        .destination_port = to.port,
        .destination_port_mask = to.mask,
    };
}

static GArray *
product(const End *source, const End *destination, uint8_t protocol)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(XfrmFlows));

    for (size_t i = 0; i < end_count(source); i++) {
        for (size_t j = 0; j < end_count(destination); j++) {
            XfrmFlows flows = flows_at(source, destination, i, j);

            flows.protocol = protocol;
            g_array_append_val(all, flows);
        }
    }
    return all;
}

GArray *
kernel_flows(const TrafficSelector *source, const TrafficSelector *destination)
{
    End from, to;
    GArray *all = NULL;

    if (!can_be_said(source, destination))
        return NULL;
    from = end_of(source);
    to = end_of(destination);
    if (end_count(&from) * end_count(&to) <= MAX_FLOWS)
        all = product(&from, &to, source->protocol);
    end_clear(&from);
    end_clear(&to);
    return all;
}

XfrmFlows
kernel_flows_reversed(const XfrmFlows *flows)
{
    return (XfrmFlows){
        .source = flows->destination,
        .destination = flows->source,
        .protocol = flows->protocol,
        .source_port = flows->destination_port,
        .source_port_mask = flows->destination_port_mask,
        .destination_port = flows->source_port,
        .destination_port_mask = flows->source_port_mask,
    };
}

static bool
prefix_equal(const IpPrefix *a, const IpPrefix *b)
{
    return a->len == b->len && ip_address_equal(&a->address, &b->address);
}

bool
kernel_flows_equal(const XfrmFlows *a, const XfrmFlows *b)
{
    return prefix_equal(&a->source, &b->source) && prefix_equal(&a->destination, &b->destination)
           && a->protocol == b->protocol && a->source_port == b->source_port
           && a->source_port_mask == b->source_port_mask
           && a->destination_port == b->destination_port
           && a->destination_port_mask == b->destination_port_mask;
}

XfrmFlows
kernel_flows_everything(AddressFamily family)
{
    const IpPrefix everything = {.address.family = family};

    return (XfrmFlows){.source = everything, .destination = everything};
}

/* The bits that both have in common from the front. */
static IpPrefix
prefix_cover(const IpPrefix *a, const IpPrefix *b)
{
    IpPrefix cover = {.address.family = a->address.family};

    for (uint8_t bit = 0; bit < MIN(a->len, b->len); bit++) {
        uint8_t one = (uint8_t) (0x80 >> (bit % 8));

        if ((a->address.bytes[bit / 8] ^ b->address.bytes[bit / 8]) & one)
            break;
        cover.address.bytes[bit / 8] |= a->address.bytes[bit / 8] & one;
        cover.len++;
    }
    return cover;
}

XfrmFlows
kernel_flows_cover(const GArray *flows)
{
    XfrmFlows cover = g_array_index(flows, XfrmFlows, 0);

    for (guint i = 1; i < flows->len; i++) {
        const XfrmFlows *other = &g_array_index(flows, XfrmFlows, i);

        cover.source = prefix_cover(&cover.source, &other->source);
        cover.destination = prefix_cover(&cover.destination, &other->destination);
        cover.source_port_mask &= (uint16_t) ~(cover.source_port ^ other->source_port);
        cover.source_port_mask &= other->source_port_mask;
        cover.source_port &= cover.source_port_mask;
        cover.destination_port_mask &=
            (uint16_t) ~(cover.destination_port ^ other->destination_port);
        cover.destination_port_mask &= other->destination_port_mask;
        cover.destination_port &= cover.destination_port_mask;
    }
    return cover;
}
