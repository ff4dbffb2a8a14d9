/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/exchange.h"
#include "ike/v1/transaction.h"

/* Mode Config (draft-dukes-ike-mode-cfg-02), pulled by us
 *
 *   HDR*, HASH, ATTR (REQUEST)           -->
 *                                        <--  HDR*, HASH, ATTR (REPLY)
 */

static const uint16_t requested[] = {
    INTERNAL_IP4_ADDRESS,
    INTERNAL_IP4_NETMASK,
    INTERNAL_IP4_DNS,
    INTERNAL_IP4_NBNS,
    APPLICATION_VERSION,
    UNITY_BANNER,
    UNITY_DEFAULT_DOMAIN,
    UNITY_SPLIT_DNS,
    UNITY_SPLIT_INCLUDE,
};

void
mode_config_request(IkeV1 *v1)
{
    Exchange *exchange = exchange_begin(v1, EXCHANGE_TRANSACTION);
    AttributesPayload request = {.type = CFG_REQUEST,
                                 .identifier = (uint16_t) random_u32(v1->random)};

    for (size_t i = 0; i < G_N_ELEMENTS(requested); i++) {
        if (requested[i] == INTERNAL_IP4_ADDRESS && v1->wanted.family == FAMILY_IPV4)
            attributes_payload_add(
                &request, (Attribute){.type = requested[i], .data = ip_address_view(&v1->wanted)});
        else
            attributes_payload_add_empty(&request, requested[i]);
    }
    v1_info(v1, "asking for an address");
    exchange->state = STATE_CONFIG_REQUESTED;
    transaction_send(v1, exchange, &request, true);
}

void
mode_config_stop_asking(IkeV1 *v1)
{
    for (guint i = 0; i < v1->exchanges->len; i++) {
        Exchange *exchange = v1->exchanges->pdata[i];

        if (exchange->state == STATE_CONFIG_REQUESTED)
            exchange_done(v1, exchange);
    }
}

enum {
    SPLIT_SHORT =
        8, /* address, netmask: strongSwan's attr plugin, RFC 7296's INTERNAL_IP4_SUBNET */
    SPLIT_LONG = 14, /* … and protocol and ports: Cisco's */
};

static IpAddress
ipv4_at(Bytes bytes, size_t at)
{
    return ip_address_of_bytes(bytes_of(bytes.data + at, 4));
}

/* Whether every entry of this size has a netmask that is one. */
static bool
entries_fit(Bytes bytes, size_t size)
{
    if (bytes.len == 0 || bytes.len % size != 0)
        return false;
    for (size_t at = 0; at < bytes.len; at += size) {
        IpAddress netmask = ipv4_at(bytes, at + 4);

        if (ip_netmask_to_prefix_len(&netmask) < 0)
            return false;
    }
    return true;
}

static void
store_networks(IkeV1 *v1, Bytes bytes)
{
    size_t size = entries_fit(bytes, SPLIT_LONG) ? SPLIT_LONG : SPLIT_SHORT;

    if (!entries_fit(bytes, size))
        return;
    for (size_t at = 0; at < bytes.len; at += size) {
        IpAddress netmask = ipv4_at(bytes, at + 4);

        ike_lease_add_network(&v1->lease, ipv4_at(bytes, at), &netmask);
    }
}

static void
store_attribute(IkeV1 *v1, const Attribute *attribute)
{
    Bytes data = attribute->data;

    switch (attribute->type) {
    case INTERNAL_IP4_DNS:
        if (data.len == 4)
            ike_lease_add_address(v1->lease.dns, data);
        break;
    case INTERNAL_IP4_NBNS:
        if (data.len == 4)
            ike_lease_add_address(v1->lease.nbns, data);
        break;
    case APPLICATION_VERSION:
        ike_lease_set_application_version(&v1->lease, data);
        break;
    case UNITY_BANNER:
        ike_lease_set_banner(&v1->lease, data);
        break;
    case UNITY_DEFAULT_DOMAIN:
    case UNITY_SPLIT_DNS:
        ike_lease_add_domains(&v1->lease, data);
        break;
    case INTERNAL_IP4_SUBNET:
    case UNITY_SPLIT_INCLUDE:
        store_networks(v1, data);
        break;
    default: /* what we do not know does no harm */
        break;
    }
}

/* Some gateways push one to whoever comes. */
static bool
takes_address(const IkeV1 *v1)
{
    return v1->config->addressing == ADDRESSING_PULL || v1->config->addressing == ADDRESSING_PUSH;
}

/* The address with its netmask, which is its own attribute; without one it is a host's. */
static void
store_address(IkeV1 *v1, const AttributesPayload *cfg)
{
    const Attribute *address = attributes_payload_find(cfg, INTERNAL_IP4_ADDRESS);
    const Attribute *netmask = attributes_payload_find(cfg, INTERNAL_IP4_NETMASK);
    IpPrefix prefix = {.len = 32};
    IpAddress mask;
    int len;

    if (!address || address->data.len != 4 || !takes_address(v1))
        return;
    prefix.address = ip_address_of_bytes(address->data);
    if (netmask && netmask->data.len == 4) {
        mask = ip_address_of_bytes(netmask->data);
        len = ip_netmask_to_prefix_len(&mask);
        prefix.len = len > 0 ? (uint8_t) len : 32;
    }
    g_array_set_size(v1->lease.addresses, 0);
    g_array_append_val(v1->lease.addresses, prefix);
}

void
mode_config_store(IkeV1 *v1, const AttributesPayload *cfg)
{
    store_address(v1, cfg);
    for (size_t i = 0; i < cfg->n; i++)
        store_attribute(v1, &cfg->attributes[i]);
}

Outcome
mode_config_take_reply(IkeV1 *v1, Exchange *exchange, const Message *message)
{
    AttributesPayload cfg;

    if (!attributes_payload_read(isakmp_payload_first(&message->payloads, PAYLOAD_ATTRIBUTES)->body,
                                 &cfg)
        || cfg.type != CFG_REPLY)
        return OUTCOME_IGNORED;
    mode_config_store(v1, &cfg);
    if (v1->lease.addresses->len == 0)
        return v1_close(v1, FAIL_NO_ADDRESS, NULL);
    exchange_done(v1, exchange);
    v1_advance(v1);
    return OUTCOME_NEXT;
}
