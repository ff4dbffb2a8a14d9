/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/link.h"

#include <errno.h>
#include <glib.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

G_STATIC_ASSERT(LINK_EVENT_GROUPS == RTMGRP_LINK);

enum { REQUEST_SIZE = 512 };

static const char xfrm_kind[] = "xfrm";

typedef union {
    struct nlmsghdr header;
    char bytes[REQUEST_SIZE];
} Request;

static struct nlmsghdr *
link_request(Request *request, uint16_t type, int index)
{
    struct nlmsghdr *header = mnl_nlmsg_put_header(request);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

    header->nlmsg_type = type;
    info->ifi_family = AF_UNSPEC;
    info->ifi_index = index;
    return header;
}

/* what there is */

typedef struct {
    XfrmLinkFound found;
    void *data;
} Listing;

static int
on_kind_attribute(const struct nlattr *attribute, void *data)
{
    XfrmLink *link = data;

    if (mnl_attr_get_type(attribute) == IFLA_XFRM_IF_ID
        && mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
        link->if_id = mnl_attr_get_u32(attribute);
    return MNL_CB_OK;
}

/* The kind comes before its data. */
static int
on_info_attribute(const struct nlattr *attribute, void *data)
{
    switch (mnl_attr_get_type(attribute)) {
    case IFLA_INFO_KIND:
        if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0
            || strcmp(mnl_attr_get_str(attribute), xfrm_kind) != 0)
            return MNL_CB_STOP;
        break;
    case IFLA_INFO_DATA:
        return mnl_attr_parse_nested(attribute, on_kind_attribute, data);
    }
    return MNL_CB_OK;
}

static int
on_link_attribute(const struct nlattr *attribute, void *data)
{
    XfrmLink *link = data;

    switch (mnl_attr_get_type(attribute)) {
    case IFLA_IFNAME:
        if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
            g_strlcpy(link->name, mnl_attr_get_str(attribute), sizeof(link->name));
        break;
    case IFLA_LINKINFO:
        mnl_attr_parse_nested(attribute, on_info_attribute, link);
        break;
    }
    return MNL_CB_OK;
}

static int
on_link(const struct nlmsghdr *reply, void *data)
{
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(reply);
    const Listing *listing = data;
    XfrmLink link = {0};

    if (reply->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(reply) < sizeof(*info))
        return MNL_CB_OK;
    link.index = info->ifi_index;
    mnl_attr_parse(reply, sizeof(*info), on_link_attribute, &link);
    if (link.if_id)
        listing->found(&link, listing->data);
    return MNL_CB_OK;
}

int
link_list_xfrm(XfrmLinkFound found, void *data)
{
    Listing listing = {found, data};
    Request request;
    struct nlmsghdr *header = link_request(&request, RTM_GETLINK, 0);

    header->nlmsg_flags |= NLM_F_DUMP;
    return netlink_ask(header, on_link, &listing);
}

/* a new one */

/* Else the kernel gives it a link-local address, and from it come packets that nobody sent. Not
 * taken together with the request that makes the device; refused where there is no IPv6. */
static void
set_no_address(int index)
{
    Request request;
    struct nlmsghdr *header = link_request(&request, RTM_NEWLINK, index);
    struct nlattr *spec = mnl_attr_nest_start(header, IFLA_AF_SPEC);
    struct nlattr *ipv6 = mnl_attr_nest_start(header, AF_INET6);

    mnl_attr_put_u8(header, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    mnl_attr_nest_end(header, ipv6);
    mnl_attr_nest_end(header, spec);
    netlink_ask(header, NULL, NULL);
}

static void
put_xfrm_kind(struct nlmsghdr *header, uint32_t if_id)
{
    struct nlattr *info = mnl_attr_nest_start(header, IFLA_LINKINFO);
    struct nlattr *data;

    mnl_attr_put_strz(header, IFLA_INFO_KIND, xfrm_kind);
    data = mnl_attr_nest_start(header, IFLA_INFO_DATA);
    mnl_attr_put_u32(header, IFLA_XFRM_IF_ID, if_id);
    mnl_attr_nest_end(header, data);
    mnl_attr_nest_end(header, info);
}

static void
keep_if_same(const XfrmLink *link, void *data)
{
    XfrmLink *wanted = data;

    if (link->if_id == wanted->if_id)
        *wanted = *link;
}

static void
remove_by_if_id(uint32_t if_id)
{
    XfrmLink link = {.if_id = if_id};

    link_list_xfrm(keep_if_same, &link);
    if (link.index)
        link_remove(link.index);
}

/* The kernel's answer does not say which name it became. What was found needs no end of the list;
 * what was made and is not found goes away by its if_id. */
int
link_add_xfrm(XfrmLink *out, const char *pattern, uint32_t if_id)
{
    XfrmLink added = {.if_id = if_id};
    Request request;
    struct nlmsghdr *header = link_request(&request, RTM_NEWLINK, 0);
    int r;

    header->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
    mnl_attr_put_strz(header, IFLA_IFNAME, pattern);
    put_xfrm_kind(header, if_id);
    r = netlink_ask(header, NULL, NULL);
    if (r < 0)
        return r;
    r = link_list_xfrm(keep_if_same, &added);
    if (added.index == 0) {
        remove_by_if_id(if_id);
        return r < 0 ? r : -ENODEV;
    }
    set_no_address(added.index);
    *out = added;
    return 0;
}

int
link_set_mtu(int index, uint32_t mtu)
{
    Request request;
    struct nlmsghdr *header = link_request(&request, RTM_NEWLINK, index);

    mnl_attr_put_u32(header, IFLA_MTU, mtu);
    return netlink_ask(header, NULL, NULL);
}

int
link_remove(int index)
{
    Request request;

    return netlink_ask(link_request(&request, RTM_DELLINK, index), NULL, NULL);
}

int
link_probe(int index)
{
    Request request;

    return netlink_ask(link_request(&request, RTM_GETLINK, index), NULL, NULL);
}

bool
link_event_is_removal(const struct nlmsghdr *event, int index)
{
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(event);

    return event->nlmsg_type == RTM_DELLINK && mnl_nlmsg_get_payload_len(event) >= sizeof(*info)
           && info->ifi_index == index && info->ifi_family == AF_UNSPEC;
}
