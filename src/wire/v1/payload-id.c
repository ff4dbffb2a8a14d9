/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/v1/payload-id.h"

#include <string.h>

bool
id_payload_read(Bytes body, IdPayload *out)
{
    bool malformed = false;
    Reader r = reader_of(body, &malformed);

    out->type = reader_u8(&r);
    out->protocol = reader_u8(&r);
    out->port = reader_u16(&r);
    out->data = reader_rest(&r);
    return !malformed && out->data.len <= MAX_IDENTITY_LEN;
}

void
id_payload_write(Writer *w, const IdPayload *id)
{
    writer_u8(w, id->type);
    writer_u8(w, id->protocol);
    writer_u16(w, id->port);
    writer_bytes(w, id->data);
}

Identity
id_payload_to_identity(const IdPayload *id)
{
    return identity_of_bytes(id->type, id->data);
}

IdPayload
id_payload_of_identity(const Identity *identity)
{
    /* Protocol and port 0: RFC 2407, 4.6.2 allows 0/0 or UDP/500, and behind a NAT only 0 is true.
     */
    return (IdPayload){.type = (uint8_t) identity->type, .data = bytes_of_gbytes(identity->data)};
}

/* The netmask of prefix_len ones, and whether first..last is exactly that network. */
static bool
network_mask(const TrafficSelector *ts, IpAddress *mask)
{
    g_autoptr(GArray) prefixes = traffic_selector_to_prefixes(ts);
    unsigned len;

    if (prefixes->len != 1)
        return false;
    len = g_array_index(prefixes, IpPrefix, 0).len;
    *mask = (IpAddress){.family = ts->first.family};
    for (unsigned bit = 0; bit < len; bit++)
        mask->bytes[bit / 8] |= (uint8_t) (0x80 >> (bit % 8));
    return true;
}

IdPayload
id_payload_of_selector(const TrafficSelector *ts, uint8_t *buffer)
{
    size_t len = ip_address_len(ts->first.family);
    bool v6 = ts->first.family == FAMILY_IPV6;
    IdPayload id = {.protocol = ts->protocol};
    IpAddress second;

    if (ts->first_port == ts->last_port)
        id.port = ts->first_port;
    memcpy(buffer, ts->first.bytes, len);
    if (ip_address_equal(&ts->first, &ts->last)) {
        id.type = v6 ? ID_IPV6_ADDR : ID_IPV4_ADDR;
        id.data = bytes_of(buffer, len);
        return id;
    }
    if (network_mask(ts, &second)) {
        id.type = v6 ? ID_IPV6_ADDR_SUBNET : ID_IPV4_ADDR_SUBNET;
    } else {
        second = ts->last;
        id.type = v6 ? ID_IPV6_ADDR_RANGE : ID_IPV4_ADDR_RANGE;
    }
    memcpy(buffer + len, second.bytes, len);
    id.data = bytes_of(buffer, 2 * len);
    return id;
}

static bool
subnet_to_selector(const IpAddress *address, const IpAddress *mask, TrafficSelector *out)
{
    int len = ip_netmask_to_prefix_len(mask);
    IpPrefix prefix = {*address, (uint8_t) len};

    if (len < 0)
        return false;
    for (size_t i = 0; i < sizeof(prefix.address.bytes); i++)
        prefix.address.bytes[i] &= mask->bytes[i];
    *out = traffic_selector_of_prefix(&prefix);
    return true;
}

static bool
addresses_to_selector(const IdPayload *id, TrafficSelector *out)
{
    size_t half = id->data.len / 2;
    IpAddress first = ip_address_of_bytes(bytes_of(id->data.data, half));
    IpAddress second = ip_address_of_bytes(bytes_of(id->data.data + half, id->data.len - half));

    switch (id->type) {
    case ID_IPV4_ADDR:
    case ID_IPV6_ADDR:
        out->first = out->last = ip_address_of_bytes(id->data);
        return true;
    case ID_IPV4_ADDR_SUBNET:
    case ID_IPV6_ADDR_SUBNET:
        return subnet_to_selector(&first, &second, out);
    case ID_IPV4_ADDR_RANGE:
    case ID_IPV6_ADDR_RANGE:
        out->first = first;
        out->last = second;
        return ip_address_compare(&first, &second) <= 0;
    default:
        return false;
    }
}

static size_t
data_len_of_type(uint8_t type)
{
    switch (type) {
    case ID_IPV4_ADDR:
        return 4;
    case ID_IPV6_ADDR:
        return 16;
    case ID_IPV4_ADDR_SUBNET:
    case ID_IPV4_ADDR_RANGE:
        return 8;
    case ID_IPV6_ADDR_SUBNET:
    case ID_IPV6_ADDR_RANGE:
        return 32;
    default:
        return 0;
    }
}

bool
id_payload_to_selector(const IdPayload *id, TrafficSelector *out)
{
    TrafficSelector ts = {.protocol = id->protocol, .last_port = UINT16_MAX};

    if (data_len_of_type(id->type) == 0 || id->data.len != data_len_of_type(id->type))
        return false;
    if (!addresses_to_selector(id, &ts))
        return false;
    ts.protocol = id->protocol;
    ts.first_port = id->port;
    ts.last_port = id->port ? id->port : UINT16_MAX;
    *out = ts;
    return true;
}
