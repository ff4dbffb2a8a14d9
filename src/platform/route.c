/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/route.h"

#include "platform/netlink.h"
#include "platform/socket-address.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum { REQUEST_SIZE = 256 };

typedef union {
    struct nlmsghdr header;
    char bytes[REQUEST_SIZE];
} Request;

static int
on_metric(const struct nlattr *attribute, void *data)
{
    Route *route = data;

    if (mnl_attr_get_type(attribute) == RTAX_MTU && mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
        route->mtu = mnl_attr_get_u32(attribute);
    return MNL_CB_OK;
}

/* A router of another family than the destination's (RFC 5549). */
static IpAddress
read_via(const struct nlattr *attribute)
{
    const struct rtvia *via = mnl_attr_get_payload(attribute);
    size_t len = mnl_attr_get_payload_len(attribute);

    if (len < sizeof(*via))
        return (IpAddress){0};
    return ip_address_of_bytes(bytes_of(via->rtvia_addr, len - sizeof(*via)));
}

static int
on_route_attribute(const struct nlattr *attribute, void *data)
{
    Route *route = data;

    switch (mnl_attr_get_type(attribute)) {
    case RTA_PREFSRC:
        route->source = ip_address_of_bytes(
            bytes_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute)));
        break;
    case RTA_GATEWAY:
        route->next_hop = ip_address_of_bytes(
            bytes_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute)));
        break;
    case RTA_VIA:
        route->next_hop = read_via(attribute);
        break;
    case RTA_OIF:
        if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
            route->if_index = mnl_attr_get_u32(attribute);
        break;
    case RTA_METRICS:
        return mnl_attr_parse_nested(attribute, on_metric, route);
    }
    return MNL_CB_OK;
}

static int
on_route(const struct nlmsghdr *reply, void *data)
{
    if (reply->nlmsg_type != RTM_NEWROUTE)
        return MNL_CB_OK;
    return mnl_attr_parse(reply, sizeof(struct rtmsg), on_route_attribute, data);
}

/* if_index 0: whatever the kernel would take. */
static int
ask_for_route(const IpAddress *destination, unsigned if_index, Route *out)
{
    Bytes address = ip_address_view(destination);
    Request request;
    struct nlmsghdr *header = mnl_nlmsg_put_header(&request);
    struct rtmsg *route;

    header->nlmsg_type = RTM_GETROUTE;
    route = mnl_nlmsg_put_extra_header(header, sizeof(*route));
    route->rtm_family = (unsigned char) socket_family(destination->family);
    route->rtm_dst_len = (unsigned char) (address.len * 8);
    mnl_attr_put(header, RTA_DST, address.len, address.data);
    if (if_index)
        mnl_attr_put_u32(header, RTA_OIF, if_index);
    return netlink_ask(header, on_route, out);
}

static int
on_link_attribute(const struct nlattr *attribute, void *data)
{
    uint32_t *mtu = data;

    if (mnl_attr_get_type(attribute) == IFLA_MTU && mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
        *mtu = mnl_attr_get_u32(attribute);
    return MNL_CB_OK;
}

static int
on_link(const struct nlmsghdr *reply, void *data)
{
    if (reply->nlmsg_type != RTM_NEWLINK)
        return MNL_CB_OK;
    return mnl_attr_parse(reply, sizeof(struct ifinfomsg), on_link_attribute, data);
}

static int
ask_for_link_mtu(unsigned if_index, uint32_t *out)
{
    Request request;
    struct nlmsghdr *header = mnl_nlmsg_put_header(&request);
    struct ifinfomsg *link;

    header->nlmsg_type = RTM_GETLINK;
    link = mnl_nlmsg_put_extra_header(header, sizeof(*link));
    link->ifi_index = (int) if_index;
    return netlink_ask(header, on_link, out);
}

static int
look_up(const IpAddress *destination, unsigned if_index, Route *out)
{
    Route route = {0};
    int r;

    if (destination->family == FAMILY_NONE)
        return -EAFNOSUPPORT;
    r = ask_for_route(destination, if_index, &route);
    if (r < 0)
        return r;
    if (route.if_index == 0)
        return -ENETUNREACH;
    if (route.mtu == 0)
        r = ask_for_link_mtu(route.if_index, &route.mtu);
    if (r == 0)
        *out = route;
    return r;
}

int
route_lookup(const IpAddress *destination, Route *out)
{
    return look_up(destination, 0, out);
}

/* The best of the routes that were gone through; len and metric are its own. */
typedef struct {
    const IpAddress *destination;
    unsigned avoid;
    unsigned if_index; /* 0: there was none yet */
    uint8_t len;
    uint32_t metric;
} Search;

typedef struct {
    IpPrefix prefix;
    uint32_t if_index;
    uint32_t metric;
    uint32_t table;
} ListedRoute;

/* Of a route over several next hops the first one that is up. */
static unsigned
first_hop_device(Bytes hops)
{
    struct rtnexthop hop;

    while (hops.len >= sizeof(hop)) {
        size_t len;

        memcpy(&hop, hops.data, sizeof(hop));
        if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > hops.len)
            break;
        if (!(hop.rtnh_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)))
            return (unsigned) hop.rtnh_ifindex;
        len = MIN(RTNH_ALIGN((size_t) hop.rtnh_len), hops.len);
        hops = bytes_of(hops.data + len, hops.len - len);
    }
    return 0;
}

static int
on_listed_attribute(const struct nlattr *attribute, void *data)
{
    ListedRoute *route = data;
    Bytes value = bytes_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));

    switch (mnl_attr_get_type(attribute)) {
    case RTA_DST:
        route->prefix.address = ip_address_of_bytes(value);
        break;
    case RTA_OIF:
        if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
            route->if_index = mnl_attr_get_u32(attribute);
        break;
    case RTA_MULTIPATH:
        route->if_index = first_hop_device(value);
        break;
    case RTA_PRIORITY:
        if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
            route->metric = mnl_attr_get_u32(attribute);
        break;
    case RTA_TABLE:
        if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
            route->table = mnl_attr_get_u32(attribute);
        break;
    }
    return MNL_CB_OK;
}

static bool
contains(const IpPrefix *prefix, const IpAddress *address)
{
    for (size_t bit = 0; bit < prefix->len; bit++) {
        uint8_t mask = (uint8_t) (0x80 >> (bit % 8));

        if ((prefix->address.bytes[bit / 8] ^ address->bytes[bit / 8]) & mask)
            return false;
    }
    return true;
}

/* As the kernel chooses: the longest prefix, then the lowest metric. */
static bool
is_better(const Search *search, const ListedRoute *route)
{
    if (route->if_index == 0 || route->if_index == search->avoid)
        return false;
    if (route->table != RT_TABLE_MAIN || !contains(&route->prefix, search->destination))
        return false;
    if (search->if_index == 0 || route->prefix.len > search->len)
        return true;
    return route->prefix.len == search->len && route->metric < search->metric;
}

static int
on_listed_route(const struct nlmsghdr *reply, void *data)
{
    const struct rtmsg *message = mnl_nlmsg_get_payload(reply);
    Search *search = data;
    ListedRoute route = {
        .prefix = {.address.family = search->destination->family},
    };

    if (reply->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(reply) < sizeof(*message))
        return MNL_CB_OK;
    if (message->rtm_type != RTN_UNICAST || message->rtm_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN))
        return MNL_CB_OK;
    route.prefix.len = MIN(message->rtm_dst_len, 8 * ip_address_len(route.prefix.address.family));
    route.table = message->rtm_table;
    if (mnl_attr_parse(reply, sizeof(*message), on_listed_attribute, &route) < 0)
        return MNL_CB_ERROR;
    if (is_better(search, &route)) {
        search->if_index = route.if_index;
        search->len = route.prefix.len;
        search->metric = route.metric;
    }
    return MNL_CB_OK;
}

static int
list_routes(Search *search)
{
    Request request;
    struct nlmsghdr *header = mnl_nlmsg_put_header(&request);
    struct rtmsg *route;

    header->nlmsg_type = RTM_GETROUTE;
    header->nlmsg_flags = NLM_F_DUMP;
    route = mnl_nlmsg_put_extra_header(header, sizeof(*route));
    route->rtm_family = (unsigned char) socket_family(search->destination->family);
    return netlink_ask(header, on_listed_route, search);
}

/* The kernel can be asked for the route over one device, not for the best one that is not over
 * another; and over a device that has no route it pretends that all is next door (ip-route(8)). */
int
route_lookup_around(const IpAddress *destination, unsigned avoid, Route *out)
{
    Search search = {.destination = destination, .avoid = avoid};
    Route route;
    int r = look_up(destination, 0, &route);

    if (r == 0 && route.if_index == avoid) {
        r = list_routes(&search);
        if (r == 0)
            r = search.if_index ? look_up(destination, search.if_index, &route) : -ENETUNREACH;
        route.is_around = true;
    }
    if (r == 0)
        *out = route;
    return r;
}
