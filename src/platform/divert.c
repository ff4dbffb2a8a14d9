/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/divert.h"

#include "platform/netlink.h"
#include "platform/routing-rule.h"
#include "platform/socket-address.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

enum {
    REQUEST_SIZE = 256,
    TABLE_BASE = 0x40000000, /* and the device's index makes the table */
    TABLE_MASK = 0x3fffffff,
};

typedef union {
    struct nlmsghdr header;
    char bytes[REQUEST_SIZE];
} Request;

int
divert_exempt(UdpSocket *socket)
{
    const uint32_t mark = ROUTING_MARK;

    return setsockopt(socket->fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0 ? -errno : 0;
}

static uint32_t
table_of(unsigned if_index)
{
    return TABLE_BASE | (if_index & TABLE_MASK);
}

static RoutingRule
rule_of(unsigned if_index, const IpAddress *remote)
{
    return (RoutingRule){.remote = *remote, .table = table_of(if_index)};
}

static int
add_route(unsigned if_index, const IpAddress *local, const IpAddress *remote)
{
    Bytes to = ip_address_view(remote), from = ip_address_view(local);
    Request request;
    struct nlmsghdr *header = mnl_nlmsg_put_header(&request);
    struct rtmsg *route;

    header->nlmsg_type = RTM_NEWROUTE;
    header->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
    route = mnl_nlmsg_put_extra_header(header, sizeof(*route));
    route->rtm_family = (unsigned char) socket_family(remote->family);
    route->rtm_dst_len = (unsigned char) (to.len * 8);
    route->rtm_table = RT_TABLE_UNSPEC;
    route->rtm_protocol = RTPROT_STATIC;
    route->rtm_scope = RT_SCOPE_LINK;
    route->rtm_type = RTN_UNICAST;
    mnl_attr_put(header, RTA_DST, to.len, to.data);
    mnl_attr_put(header, RTA_PREFSRC, from.len, from.data);
    mnl_attr_put_u32(header, RTA_OIF, if_index);
    mnl_attr_put_u32(header, RTA_TABLE, table_of(if_index));
    return netlink_ask(header, NULL, NULL);
}

/* To a table that no device has. */
static bool
is_stale(const RoutingRule *rule)
{
    unsigned if_index = rule->table & TABLE_MASK;
    char name[IF_NAMESIZE];

    return !rule->marked && rule->table == table_of(if_index) && !if_indextoname(if_index, name);
}

static void
remove_stale_rules(AddressFamily family)
{
    g_autoptr(GArray) rules = NULL;

    if (routing_rule_list(family, &rules) < 0)
        return;
    for (guint i = 0; i < rules->len; i++) {
        const RoutingRule *rule = &g_array_index(rules, RoutingRule, i);

        if (is_stale(rule))
            routing_rule_remove(rule);
    }
}

int
divert_begin(unsigned if_index, const IpAddress *local, const IpAddress *remote)
{
    RoutingRule rule = rule_of(if_index, remote);
    int r;

    remove_stale_rules(remote->family);
    r = add_route(if_index, local, remote);
    return r < 0 ? r : routing_rule_add(&rule);
}

void
divert_end(unsigned if_index, const IpAddress *remote)
{
    RoutingRule rule = rule_of(if_index, remote);

    routing_rule_remove(&rule);
}
