/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/device-route.h"

#include "platform/netlink.h"
#include "platform/socket-address.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

enum { REQUEST_SIZE = 256 };

typedef union {
    struct nlmsghdr header;
    char bytes[REQUEST_SIZE];
} Request;

static int
add_route(unsigned if_index, const IpPrefix *prefix)
{
    Bytes address = ip_address_view(&prefix->address);
    Request request;
    struct nlmsghdr *header = mnl_nlmsg_put_header(&request);
    struct rtmsg *route;
    int r;

    header->nlmsg_type = RTM_NEWROUTE;
    header->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
    route = mnl_nlmsg_put_extra_header(header, sizeof(*route));
    route->rtm_family = (unsigned char) socket_family(prefix->address.family);
    route->rtm_dst_len = prefix->len;
    route->rtm_table = RT_TABLE_MAIN;
    route->rtm_protocol = RTPROT_STATIC;
    route->rtm_scope = RT_SCOPE_LINK;
    route->rtm_type = RTN_UNICAST;
    mnl_attr_put(header, RTA_DST, address.len, address.data);
    mnl_attr_put_u32(header, RTA_OIF, if_index);
    r = netlink_ask(header, NULL, NULL);
    return r == -EEXIST ? 0 : r;
}

/* Two halves: more specific than any default route. */
int
device_route_everything(unsigned if_index, AddressFamily family)
{
    IpPrefix half = {.address.family = family, .len = 1};
    int r = add_route(if_index, &half);

    if (r < 0)
        return r;
    half.address.bytes[0] = 0x80;
    return add_route(if_index, &half);
}

int
device_set_up(unsigned if_index)
{
    Request request;
    struct nlmsghdr *header = mnl_nlmsg_put_header(&request);
    struct ifinfomsg *link;

    header->nlmsg_type = RTM_NEWLINK;
    link = mnl_nlmsg_put_extra_header(header, sizeof(*link));
    link->ifi_index = (int) if_index;
    link->ifi_flags = IFF_UP;
    link->ifi_change = IFF_UP;
    return netlink_ask(header, NULL, NULL);
}
