/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libmnl/libmnl.h>

/* Sends one rtnetlink request and hands the answer to on_reply. Sets sequence number and flags of
 * the request. 0, or the kernel's negative errno. */
int netlink_ask(struct nlmsghdr *request, mnl_cb_t on_reply, void *data);
