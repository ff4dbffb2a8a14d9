/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/routing-rule.h"

#include "platform/netlink.h"
#include "platform/socket-address.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <sys/socket.h>

enum {
    REQUEST_SIZE = 256,
    PROTOCOL = 73,    /* by this, too, a rule is known as ours */
    PRIORITY = 31000, /* before the main table, after whatever an administrator has made */
    MAX_RULES = 4096, /* others could make rules that look like ours */
};

typedef union {
    struct nlmsghdr header;
    char bytes[REQUEST_SIZE];
} Request;

static struct fib_rule_hdr *
begin(Request *request, uint16_t type, uint16_t flags, AddressFamily family)
{
    struct nlmsghdr *header = mnl_nlmsg_put_header(request);
    struct fib_rule_hdr *rule;

    header->nlmsg_type = type;
    header->nlmsg_flags = flags;
    rule = mnl_nlmsg_put_extra_header(header, sizeof(*rule));
    rule->family = (uint8_t) socket_family(family);
    return rule;
}

static int
ask_for_rule(uint16_t type, uint16_t flags, const RoutingRule *wanted)
{
    Bytes address = ip_address_view(&wanted->remote);
    Request request;
    struct fib_rule_hdr *rule = begin(&request, type, flags, wanted->remote.family);
    struct nlmsghdr *header = &request.header;

    rule->dst_len = (uint8_t) (address.len * 8);
    rule->action = FR_ACT_TO_TBL;
    mnl_attr_put(header, FRA_DST, address.len, address.data);
    mnl_attr_put_u32(header, FRA_PRIORITY, PRIORITY);
    mnl_attr_put_u32(header, FRA_FWMARK, wanted->marked ? ROUTING_MARK : 0);
    mnl_attr_put_u32(header, FRA_FWMASK, ROUTING_MARK);
    mnl_attr_put_u32(header, FRA_TABLE, wanted->table);
    mnl_attr_put_u8(header, FRA_PROTOCOL, PROTOCOL);
    return netlink_ask(header, NULL, NULL);
}

int
routing_rule_add(const RoutingRule *rule)
{
    int r = ask_for_rule(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule);

    return r == -EEXIST ? 0 : r;
}

int
routing_rule_remove(const RoutingRule *rule)
{
    return ask_for_rule(RTM_DELRULE, 0, rule);
}

/* what there is */

typedef struct {
    RoutingRule rule;
    uint8_t protocol;
} Found;

static int
on_attribute(const struct nlattr *attribute, void *data)
{
    Found *found = data;

    switch (mnl_attr_get_type(attribute)) {
    case FRA_DST:
        found->rule.remote = ip_address_of_bytes(
            bytes_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute)));
        break;
    case FRA_FWMARK:
        if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
            found->rule.marked = mnl_attr_get_u32(attribute) == ROUTING_MARK;
        break;
    case FRA_TABLE:
        if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
            found->rule.table = mnl_attr_get_u32(attribute);
        break;
    case FRA_PROTOCOL:
        if (mnl_attr_validate(attribute, MNL_TYPE_U8) >= 0)
            found->protocol = mnl_attr_get_u8(attribute);
        break;
    }
    return MNL_CB_OK;
}

typedef struct {
    GArray *rules;
    AddressFamily family;
} List;

static int
on_rule(const struct nlmsghdr *reply, void *data)
{
    List *list = data;
    Found found = {0};

    if (reply->nlmsg_type != RTM_NEWRULE || list->rules->len == MAX_RULES)
        return MNL_CB_OK;
    mnl_attr_parse(reply, sizeof(struct fib_rule_hdr), on_attribute, &found);
    if (found.protocol == PROTOCOL && found.rule.remote.family == list->family)
        g_array_append_val(list->rules, found.rule);
    return MNL_CB_OK;
}

int
routing_rule_list(AddressFamily family, GArray **out)
{
    List list = {g_array_new(FALSE, FALSE, sizeof(RoutingRule)), family};
    Request request;
    int r;

    begin(&request, RTM_GETRULE, NLM_F_DUMP, family);
    r = netlink_ask(&request.header, on_rule, &list);
    if (r < 0)
        g_array_unref(list.rules);
    else
        *out = list.rules;
    return r;
}
