/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "platform/netlink.h"

#include <stdbool.h>
#include <stdint.h>

/* XFRM interfaces: a packet that is routed to one meets the policies with its if_id, and what
 * states with that if_id have opened comes in through it. Functions return 0 or a negative errno.
 */

typedef struct {
    int index;
    char name[16];
    uint32_t if_id;
} XfrmLink;

/* Named by the pattern ("ike%d"), down, without an address of its own. -EOPNOTSUPP if the kernel
 * has no such interfaces, -EPERM without CAP_NET_ADMIN. */
int link_add_xfrm(XfrmLink *out, const char *pattern, uint32_t if_id);
int link_set_mtu(int index, uint32_t mtu);
int link_remove(int index);

/* -ENODEV if there is none with this index. */
int link_probe(int index);

/* Every XFRM interface of the namespace. */
typedef void (*XfrmLinkFound)(const XfrmLink *link, void *data);
int link_list_xfrm(XfrmLinkFound found, void *data);

/* For netlink_listen(); and whether an event says that this interface is no more. */
enum { LINK_EVENT_GROUPS = 1 }; /* RTMGRP_LINK */
bool link_event_is_removal(const struct nlmsghdr *event, int index);
