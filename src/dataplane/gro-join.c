/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/gro-join.h"

#include "dataplane/checksum.h"
#include "dataplane/ip-fields.h"

#include <netinet/in.h>

void
gro_begin(GroTable *table, unsigned joins)
{
    memset(table->open, 0, sizeof(table->open));
    table->n_packets = 0;
    table->n_items = 0;
    table->joins = joins;
}

/* --- flows ---------------------------------------------------------------------------------- */

/* Somebody who aims at one set with many flows only keeps them from being joined. */
static uint32_t
flow_of(const uint8_t *packet, const InnerPacket *inner)
{
    Bytes addresses = ip_addresses(packet);
    uint32_t hash = inner->protocol;

    for (size_t i = 0; i < addresses.len; i += 4)
        hash = (hash ^ get_u32(addresses.data + i)) * 0x9e3779b1;
    hash = (hash ^ get_u32(packet + inner->upper_offset)) * 0x9e3779b1;
    return hash ^ hash >> 16;
}

static const GroPacket *
first_of(const GroTable *table, const GroItem *item)
{
    return &table->packets[item->first];
}

/* len: a multiple of four, as all that is compared here. Nothing secret, and bytes_equal() takes
 * its time. */
static bool
same_words(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint32_t difference = 0;

    for (size_t i = 0; i < len; i += 4)
        difference |= get_u32(a + i) ^ get_u32(b + i);
    return difference == 0;
}

static bool
same_addresses(const uint8_t *a, const uint8_t *b)
{
    Bytes addresses = ip_addresses(a);

    return is_ipv4(a) == is_ipv4(b)
           && same_words(addresses.data, ip_addresses(b).data, addresses.len);
}

static bool
is_of_flow(const GroTable *table,
           const GroItem *item,
           const uint8_t *packet,
           const InnerPacket *inner)
{
    const GroPacket *first = first_of(table, item);

    return item->protocol == inner->protocol && same_addresses(first->data, packet)
           && get_u32(first->data + first->upper_offset) == get_u32(packet + inner->upper_offset);
}

/* What stands at a place of the table of open items; NULL if nothing does. */
static GroItem *
opened(GroTable *table, uint16_t place)
{
    return place == 0 ? NULL : &table->items[place - 1];
}

/* The open item of the packet's flow, as its place in the table; NULL if there is none. */
static uint16_t *
find_open(GroTable *table, uint32_t flow, const uint8_t *packet, const InnerPacket *inner)
{
    uint16_t *ways = table->open[flow % GRO_SETS];

    for (size_t i = 0; i < GRO_WAYS; i++) {
        const GroItem *item = opened(table, ways[i]);

        if (item && item->flow == flow && is_of_flow(table, item, packet, inner))
            return &ways[i];
    }
    return NULL;
}

/* The oldest of the set can grow no more: its flow's next packet opens another, behind it. */
static void
open_item(GroTable *table, uint32_t flow, size_t item)
{
    uint16_t *ways = table->open[flow % GRO_SETS];

    memmove(&ways[1], &ways[0], (GRO_WAYS - 1) * sizeof(ways[0]));
    ways[0] = (uint16_t) (item + 1);
}

/* A fragment may be of any flow between its addresses: none may overtake it. */
static void
close_between(GroTable *table, const uint8_t *packet)
{
    uint16_t *ways = &table->open[0][0];

    for (size_t i = 0; i < GRO_SETS * GRO_WAYS; i++) {
        const GroItem *item = opened(table, ways[i]);

        if (item && same_addresses(first_of(table, item)->data, packet))
            ways[i] = 0;
    }
}

/* --- what can be joined --------------------------------------------------------------------- */

/* Plain headers, so that one comparison at fixed places says whether two are alike. */
static bool
ip_header_is_plain(const uint8_t *packet, const InnerPacket *inner)
{
    if (is_ipv4(packet))
        return inner->upper_offset == IPV4_HEADER
               && (get_u16(packet + IPV4_FRAGMENT) & ~IPV4_DONT_FRAGMENT) == 0;
    return inner->upper_offset == IPV6_HEADER;
}

/* Where the data begins; 0 if it is nothing that can be joined: no data, a flag that says more than
 * ACK and PSH do, a header that does not fit. */
static size_t
tcp_payload_offset(const uint8_t *packet, const InnerPacket *inner)
{
    const uint8_t *tcp = packet + inner->upper_offset;
    size_t header_len;

    if (inner->len < inner->upper_offset + TCP_OPTIONS)
        return 0;
    header_len = tcp_header_len(tcp);
    if (header_len < TCP_OPTIONS || inner->len <= inner->upper_offset + header_len)
        return 0;
    if ((tcp[TCP_FLAGS] & ~TCP_FLAG_PSH) != TCP_FLAG_ACK)
        return 0;
    return inner->upper_offset + header_len;
}

static size_t
udp_payload_offset(const uint8_t *packet, const InnerPacket *inner)
{
    const uint8_t *udp = packet + inner->upper_offset;

    if (inner->len <= inner->upper_offset + UDP_HEADER)
        return 0;
    if (get_u16(udp + UDP_LEN) != inner->len - inner->upper_offset
        || get_u16(udp + UDP_CHECKSUM) == 0)
        return 0;
    return inner->upper_offset + UDP_HEADER;
}

static size_t
payload_offset(const GroTable *table, const uint8_t *packet, const InnerPacket *inner)
{
    if (!ip_header_is_plain(packet, inner))
        return 0;
    if (inner->protocol == IPPROTO_TCP && (table->joins & GRO_JOIN_TCP))
        return tcp_payload_offset(packet, inner);
    if (inner->protocol == IPPROTO_UDP && (table->joins & GRO_JOIN_UDP))
        return udp_payload_offset(packet, inner);
    return 0;
}

static size_t
payload_len(const GroPacket *packet)
{
    return packet->len - packet->payload_offset;
}

/* Joining hides the packets' own checksums, so they must be right. */
static bool
checksums_are_right(const GroPacket *packet, uint8_t protocol)
{
    Bytes upper = bytes_of(packet->data + packet->upper_offset, packet->len - packet->upper_offset);
    ChecksumSum sum =
        checksum_add_pseudo_header(0, ip_addresses(packet->data), protocol, upper.len);

    if (is_ipv4(packet->data)
        && checksum_fold(checksum_add(0, bytes_of(packet->data, IPV4_HEADER))) != 0xffff)
        return false;
    return checksum_fold(checksum_add(sum, upper)) == 0xffff;
}

static bool
same_ip_header(const uint8_t *a, const uint8_t *b)
{
    if (is_ipv4(a))
        return a[IPV4_TOS] == b[IPV4_TOS] && a[IPV4_TTL] == b[IPV4_TTL]
               && a[IPV4_FRAGMENT] == b[IPV4_FRAGMENT];
    return get_u32(a) == get_u32(b) && a[IPV6_HOP_LIMIT] == b[IPV6_HOP_LIMIT];
}

static bool
same_tcp_header(const uint8_t *a, const uint8_t *b)
{
    return get_u32(a + TCP_ACK) == get_u32(b + TCP_ACK) && a[TCP_DATA_OFFSET] == b[TCP_DATA_OFFSET]
           && get_u16(a + TCP_WINDOW) == get_u16(b + TCP_WINDOW)
           && get_u16(a + TCP_URGENT) == get_u16(b + TCP_URGENT)
           && same_words(a + TCP_OPTIONS, b + TCP_OPTIONS, tcp_header_len(a) - TCP_OPTIONS);
}

/* Cutting makes IDs count up. Those that stand still are joined too where DF is set: then nobody
 * looks at them (RFC 6864, 4.1). But a flow does one or the other. */
static bool
id_fits(const GroItem *item, const uint8_t *first, const uint8_t *next)
{
    uint16_t distance;

    if (!is_ipv4(first))
        return true;
    distance = (uint16_t) (get_u16(next + IPV4_ID) - get_u16(first + IPV4_ID));
    if (item->n_packets == 1)
        return distance == 1 || (distance == 0 && get_u16(first + IPV4_FRAGMENT) != 0);
    return distance == (item->same_ids ? 0 : item->n_packets);
}

/* Whether next continues the item: alike in everything but what cutting will restore. */
static bool
continues(const GroTable *table, const GroItem *item, const GroPacket *next)
{
    const GroPacket *first = first_of(table, item);
    const uint8_t *a = first->data + first->upper_offset, *b = next->data + next->upper_offset;

    if (payload_len(next) > item->payload_len || item->len + payload_len(next) > GRO_MAX_LEN)
        return false;
    if (!same_ip_header(first->data, next->data) || !id_fits(item, first->data, next->data))
        return false;
    if (item->protocol == IPPROTO_UDP)
        return item->n_packets < GRO_MAX_UDP_SEGMENTS;
    return get_u32(b + TCP_SEQ) == item->next_seq && same_tcp_header(a, b);
}

/* --- joining -------------------------------------------------------------------------------- */

static bool
has_push(const GroItem *item, const GroPacket *packet)
{
    return item->protocol == IPPROTO_TCP
           && (packet->data[packet->upper_offset + TCP_FLAGS] & TCP_FLAG_PSH);
}

/* Whether the packet became a part of the item, which is then closed if it can be no longer. */
static bool
join(GroTable *table, uint16_t *place, size_t number)
{
    GroItem *item = opened(table, *place);
    GroPacket *first = &table->packets[item->first], *next = &table->packets[number];

    if (!continues(table, item, next))
        return false;
    /* Many packets stay alone, so the first is looked at when there is a second. */
    if (!item->verified && !checksums_are_right(first, item->protocol))
        return false;
    item->verified = true;
    if (!checksums_are_right(next, item->protocol))
        return false;
    if (item->n_packets == 1 && is_ipv4(first->data))
        item->same_ids = get_u16(first->data + IPV4_ID) == get_u16(next->data + IPV4_ID);
    table->packets[item->last].next = (uint16_t) number;
    item->last = (uint16_t) number;
    item->n_packets++;
    item->len += payload_len(next);
    item->next_seq += (uint32_t) payload_len(next);
    if (payload_len(next) < item->payload_len || has_push(item, next))
        *place = 0;
    return true;
}

/* The packet as an item of its own. Returns its number. */
static size_t
stand_alone(GroTable *table, size_t number, const InnerPacket *inner, uint32_t flow)
{
    const GroPacket *packet = &table->packets[number];

    table->items[table->n_items] = (GroItem){
        .flow = flow,
        .first = (uint16_t) number,
        .last = (uint16_t) number,
        .n_packets = 1,
        .protocol = inner->protocol,
        .len = packet->len,
    };
    return table->n_items++;
}

/* Lets the item grow. */
static void
await_more(GroTable *table, size_t number)
{
    GroItem *item = &table->items[number];
    const GroPacket *packet = first_of(table, item);

    if (has_push(item, packet))
        return;
    item->payload_len = payload_len(packet);
    if (item->protocol == IPPROTO_TCP) {
        item->next_seq =
            get_u32(packet->data + packet->upper_offset + TCP_SEQ) + (uint32_t) item->payload_len;
    }
    open_item(table, item->flow, number);
}

static void
add_to_flow(GroTable *table, size_t number, const InnerPacket *inner)
{
    const GroPacket *packet = &table->packets[number];
    uint32_t flow = flow_of(packet->data, inner);
    uint16_t *place = find_open(table, flow, packet->data, inner);
    size_t item;

    if (place) {
        if (packet->payload_offset != 0 && join(table, place, number))
            return;
        *place = 0;
    }
    item = stand_alone(table, number, inner, flow);
    if (packet->payload_offset != 0)
        await_more(table, item);
}

void
gro_add(GroTable *table, uint8_t *packet, const InnerPacket *inner)
{
    size_t number = table->n_packets++;

    g_assert(number < GRO_MAX_PACKETS);
    table->packets[number] = (GroPacket){
        .data = packet,
        .len = inner->len,
        .upper_offset = inner->upper_offset,
        .payload_offset = payload_offset(table, packet, inner),
    };
    if (inner->is_fragment)
        close_between(table, packet);
    if (inner->has_ports && !inner->is_fragment)
        add_to_flow(table, number, inner);
    else
        stand_alone(table, number, inner, 0);
}

/* --- the result ----------------------------------------------------------------------------- */

static void
fit_ip_header(uint8_t *packet, size_t len)
{
    if (!is_ipv4(packet)) {
        put_u16(packet + IPV6_PAYLOAD_LEN, len - IPV6_HEADER);
        return;
    }
    put_u16(packet + IPV4_TOTAL_LEN, len);
    put_u16(packet + IPV4_CHECKSUM, 0);
    checksum_store(packet + IPV4_CHECKSUM, checksum_add(0, bytes_of(packet, IPV4_HEADER)));
}

/* Makes the first packet's headers speak for all, and the device's header say so. */
static void
fit_headers(GroTable *table, GroItem *item)
{
    const GroPacket *first = first_of(table, item);
    uint8_t *upper = first->data + first->upper_offset;
    size_t upper_len = item->len - first->upper_offset;
    bool is_tcp = item->protocol == IPPROTO_TCP;
    size_t checksum = is_tcp ? TCP_CHECKSUM : UDP_CHECKSUM;

    fit_ip_header(first->data, item->len);
    if (!is_tcp)
        put_u16(upper + UDP_LEN, upper_len);
    else if (has_push(item, &table->packets[item->last]))
        upper[TCP_FLAGS] |= TCP_FLAG_PSH;
    checksum_store_sum(
        upper + checksum,
        checksum_add_pseudo_header(0, ip_addresses(first->data), item->protocol, upper_len));
    item->header = (VnetHeader){
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = !is_tcp                ? VIRTIO_NET_HDR_GSO_UDP_L4
                    : is_ipv4(first->data) ? VIRTIO_NET_HDR_GSO_TCPV4
                                           : VIRTIO_NET_HDR_GSO_TCPV6,
        .hdr_len = (uint16_t) first->payload_offset,
        .gso_size = (uint16_t) item->payload_len,
        .csum_start = (uint16_t) first->upper_offset,
        .csum_offset = (uint16_t) checksum,
    };
}

/* Returns what comes behind the item's parts. */
static struct iovec *
lay_out(GroTable *table, GroItem *item, struct iovec *parts)
{
    const GroPacket *packet = first_of(table, item);

    item->parts = parts;
    item->n_parts = 1 + item->n_packets;
    *parts++ = (struct iovec){&item->header, VNET_HEADER_LEN};
    *parts++ = (struct iovec){packet->data, packet->len};
    while (packet->next != 0) {
        packet = &table->packets[packet->next];
        *parts++ = (struct iovec){packet->data + packet->payload_offset, payload_len(packet)};
    }
    return parts;
}

size_t
gro_finish(GroTable *table)
{
    struct iovec *parts = table->parts;

    for (size_t i = 0; i < table->n_items; i++) {
        GroItem *item = &table->items[i];

        if (item->n_packets > 1)
            fit_headers(table, item);
        else if (item->verified)
            item->header.flags = VIRTIO_NET_HDR_F_DATA_VALID;
        parts = lay_out(table, item, parts);
    }
    return table->n_items;
}
