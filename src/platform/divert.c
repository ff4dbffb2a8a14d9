/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/divert.h"

#include "platform/netlink.h"
#include "platform/socket-address.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

enum {
    REQUEST_SIZE = 256,
    MARK = 0x20000000,       /* one bit: others may mark our packets with theirs */
    TABLE_BASE = 0x40000000, /* and the device's index makes the table */
    TABLE_MASK = 0x3fffffff,
    PROTOCOL = 73,    /* by this, too, a rule is known as ours */
    PRIORITY = 31000, /* before the main table, after whatever an administrator has made */
    MAX_STALE = 64,   /* removed in one go */
};

typedef union {
    struct nlmsghdr header;
    char bytes[REQUEST_SIZE];
} Request;

typedef struct {
    IpAddress remote;
    unsigned if_index;
} Rule;

typedef struct {
    Rule rules[MAX_STALE];
    size_t n;
    AddressFamily family;
} Stale;

int
divert_exempt(UdpSocket *socket)
{
    const uint32_t mark = MARK;

    return setsockopt(socket->fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0 ? -errno : 0;
}

static uint32_t
table_of(unsigned if_index)
{
    return TABLE_BASE | (if_index & TABLE_MASK);
}

static int
ask_for_rule(uint16_t type, uint16_t flags, unsigned if_index, const IpAddress *remote)
{
    Bytes address = ip_address_view(remote);
    Request request;
    struct nlmsghdr *header = mnl_nlmsg_put_header(&request);
    struct fib_rule_hdr *rule;

    header->nlmsg_type = type;
    header->nlmsg_flags = flags;
    rule = mnl_nlmsg_put_extra_header(header, sizeof(*rule));
    rule->family = (uint8_t) socket_family(remote->family);
    rule->dst_len = (uint8_t) (address.len * 8);
    rule->action = FR_ACT_TO_TBL;
    mnl_attr_put(header, FRA_DST, address.len, address.data);
    mnl_attr_put_u32(header, FRA_PRIORITY, PRIORITY);
    mnl_attr_put_u32(header, FRA_FWMARK, 0);
    mnl_attr_put_u32(header, FRA_FWMASK, MARK);
    mnl_attr_put_u32(header, FRA_TABLE, table_of(if_index));
    mnl_attr_put_u8(header, FRA_PROTOCOL, PROTOCOL);
    return netlink_ask(header, NULL, NULL);
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

typedef struct {
    IpAddress remote;
    uint32_t table;
    uint8_t protocol;
} Found;

static int
on_rule_attribute(const struct nlattr *attribute, void *data)
{
    Found *found = data;

    switch (mnl_attr_get_type(attribute)) {
    case FRA_DST:
        found->remote = ip_address_of_bytes(
            bytes_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute)));
        break;
    case FRA_TABLE:
        if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
            found->table = mnl_attr_get_u32(attribute);
        break;
    case FRA_PROTOCOL:
        if (mnl_attr_validate(attribute, MNL_TYPE_U8) >= 0)
            found->protocol = mnl_attr_get_u8(attribute);
        break;
    }
    return MNL_CB_OK;
}

/* A rule of ours to a table that no device has. */
static int
on_rule(const struct nlmsghdr *reply, void *data)
{
    Stale *stale = data;
    Found found = {0};
    char name[IF_NAMESIZE];
    unsigned if_index;

    if (reply->nlmsg_type != RTM_NEWRULE || stale->n == MAX_STALE)
        return MNL_CB_OK;
    mnl_attr_parse(reply, sizeof(struct fib_rule_hdr), on_rule_attribute, &found);
    if_index = found.table & TABLE_MASK;
    if (found.protocol == PROTOCOL && found.table == table_of(if_index)
        && found.remote.family == stale->family && !if_indextoname(if_index, name))
        stale->rules[stale->n++] = (Rule){found.remote, if_index};
    return MNL_CB_OK;
}

static void
remove_stale_rules(AddressFamily family)
{
    Stale stale = {.family = family};
    Request request;
    struct nlmsghdr *header = mnl_nlmsg_put_header(&request);
    struct fib_rule_hdr *rule;

    header->nlmsg_type = RTM_GETRULE;
    header->nlmsg_flags = NLM_F_DUMP;
    rule = mnl_nlmsg_put_extra_header(header, sizeof(*rule));
    rule->family = (uint8_t) socket_family(family);
    if (netlink_ask(header, on_rule, &stale) < 0)
        return;
    for (size_t i = 0; i < stale.n; i++)
        divert_end(stale.rules[i].if_index, &stale.rules[i].remote);
}

int
divert_begin(unsigned if_index, const IpAddress *local, const IpAddress *remote)
{
    int r;

    remove_stale_rules(remote->family);
    r = add_route(if_index, local, remote);
    if (r == 0)
        r = ask_for_rule(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, if_index, remote);
    return r == -EEXIST ? 0 : r;
}

void
divert_end(unsigned if_index, const IpAddress *remote)
{
    ask_for_rule(RTM_DELRULE, 0, if_index, remote);
}
