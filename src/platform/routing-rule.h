/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/address.h"

/* Routing rules of ours. Each is about packets to one address: those that bear our mark, or all but
 * those, look into a table of ours before they look into the main one. Functions return 0 or a
 * negative errno; they need CAP_NET_ADMIN. */

enum { ROUTING_MARK = 0x20000000 }; /* one bit: others may mark our packets with theirs */

typedef struct {
    IpAddress remote;
    uint32_t table;
    bool marked; /* it takes what bears the mark; else what does not */
} RoutingRule;

/* Also if it is there already. */
int routing_rule_add(const RoutingRule *rule);
int routing_rule_remove(const RoutingRule *rule);

/* Every rule of ours in this family, in an array that the caller frees; of whatever process. */
int routing_rule_list(AddressFamily family, GArray **out);
