/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/route.h"

#include "platform/netlink.h"
#include "platform/socket-address.h"

#include <errno.h>
#include <linux/rtnetlink.h>

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

static int
on_route_attribute(const struct nlattr *attribute, void *data)
{
    Route *route = data;

    switch (mnl_attr_get_type(attribute)) {
    case RTA_PREFSRC:
        route->source = ip_address_of_bytes(
            bytes_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute)));
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

static int
ask_for_route(const IpAddress *destination, Route *out)
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

int
route_lookup(const IpAddress *destination, Route *out)
{
    Route route = {0};
    int r;

    if (destination->family == FAMILY_NONE)
        return -EAFNOSUPPORT;
    r = ask_for_route(destination, &route);
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
