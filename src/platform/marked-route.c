/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/marked-route.h"

#include "platform/netlink.h"
#include "platform/routing-rule.h"
#include "platform/socket-address.h"

#include <linux/rtnetlink.h>
#include <string.h>

enum { REQUEST_SIZE = 256 };

typedef union {
    struct nlmsghdr header;
    char bytes[REQUEST_SIZE];
} Request;

static struct rtmsg *
begin(Request *request, uint16_t type, uint16_t flags, uint32_t table, const IpAddress *remote)
{
    Bytes to = ip_address_view(remote);
    struct nlmsghdr *header = mnl_nlmsg_put_header(request);
    struct rtmsg *route;

    header->nlmsg_type = type;
    header->nlmsg_flags = flags;
    route = mnl_nlmsg_put_extra_header(header, sizeof(*route));
    route->rtm_family = (unsigned char) socket_family(remote->family);
    route->rtm_dst_len = (unsigned char) (to.len * 8);
    route->rtm_table = RT_TABLE_UNSPEC;
    mnl_attr_put(header, RTA_DST, to.len, to.data);
    mnl_attr_put_u32(header, RTA_TABLE, table);
    return route;
}

/* IPv4 may go to a router that is known by its IPv6 address only (RFC 5549). */
static void
put_next_hop(struct nlmsghdr *header, AddressFamily family, const IpAddress *next_hop)
{
    Bytes address = ip_address_view(next_hop);
    struct {
        uint16_t family;
        uint8_t address[16];
    } via = {.family = (uint16_t) socket_family(next_hop->family)};

    if (next_hop->family == family) {
        mnl_attr_put(header, RTA_GATEWAY, address.len, address.data);
        return;
    }
    memcpy(via.address, address.data, address.len);
    mnl_attr_put(header, RTA_VIA, sizeof(via.family) + address.len, &via);
}

/* Next hops are taken as they are: the kernel has used this one before, and would look for the way
 * to it in the tunnel. */
static int
put_route(uint32_t table, const IpAddress *remote, const Route *route)
{
    bool direct = route->next_hop.family == FAMILY_NONE;
    Request request;
    struct rtmsg *message =
        begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, table, remote);

    message->rtm_protocol = RTPROT_STATIC;
    message->rtm_scope = direct ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    message->rtm_type = RTN_UNICAST;
    mnl_attr_put_u32(&request.header, RTA_OIF, route->if_index);
    if (!direct) {
        message->rtm_flags = RTNH_F_ONLINK;
        put_next_hop(&request.header, remote->family, &route->next_hop);
    }
    return netlink_ask(&request.header, NULL, NULL);
}

/* The rule is there whenever the route is: by it both are found again. */
int
marked_route_put(uint32_t table, const IpAddress *remote, const Route *route)
{
    const RoutingRule rule = {.remote = *remote, .table = table, .marked = true};
    int r = routing_rule_add(&rule);

    return r < 0 ? r : put_route(table, remote, route);
}

void
marked_route_remove(uint32_t table, const IpAddress *remote)
{
    const RoutingRule rule = {.remote = *remote, .table = table, .marked = true};
    Request request;
    struct rtmsg *message = begin(&request, RTM_DELROUTE, 0, table, remote);

    message->rtm_scope = RT_SCOPE_NOWHERE; /* any */
    netlink_ask(&request.header, NULL, NULL);
    routing_rule_remove(&rule);
}

static int
sweep_family(AddressFamily family, MarkedRouteOwned owned, void *data)
{
    g_autoptr(GArray) rules = NULL;
    int r = routing_rule_list(family, &rules);

    for (guint i = 0; r == 0 && i < rules->len; i++) {
        const RoutingRule *rule = &g_array_index(rules, RoutingRule, i);

        if (rule->marked && owned(rule->table, data))
            marked_route_remove(rule->table, &rule->remote);
    }
    return r;
}

int
marked_route_sweep(MarkedRouteOwned owned, void *data)
{
    int v4 = sweep_family(FAMILY_IPV4, owned, data);
    int v6 = sweep_family(FAMILY_IPV6, owned, data);

    return v4 < 0 ? v4 : v6;
}
