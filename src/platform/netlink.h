/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libmnl/libmnl.h>

/* Functions return 0 or a negative errno. */

/* Sends one rtnetlink request and hands the answer to on_reply. Sets sequence number and flags of
 * the request. A list (NLM_F_DUMP) that changes while it is told is asked for again: on_reply then
 * hears of the same things twice. */
int netlink_ask(struct nlmsghdr *request, mnl_cb_t on_reply, void *data);

/* The same on another bus: NETLINK_XFRM. */
int netlink_ask_bus(int bus, struct nlmsghdr *request, mnl_cb_t on_reply, void *data);

/* A socket for many requests, one after the other, or for what the kernel tells by itself. */
typedef struct {
    struct mnl_socket *socket; /* NULL: closed */
    unsigned sequence;
} Netlink;

int netlink_open(Netlink *out, int bus);

/* As netlink_ask(); not for dumps, which may end early and leave their rest behind. What a request
 * or an answer holds of keys is wiped when it returns. */
int netlink_request(Netlink *netlink, struct nlmsghdr *request, mnl_cb_t on_reply, void *data);

/* groups: a mask such as RTMGRP_LINK. The descriptor is non-blocking. */
int netlink_listen(Netlink *out, int bus, unsigned groups);
int netlink_fd(const Netlink *netlink);

/* Hands every message that waits to on_event. -ENOBUFS once after messages were lost. */
int netlink_take_events(Netlink *netlink, mnl_cb_t on_event, void *data);

/* Closing twice is fine. */
void netlink_close(Netlink *netlink);
