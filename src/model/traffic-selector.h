/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/address.h"

/* Which packets a Child SA may carry, one end's half: an address range, a protocol, a port range
 * (RFC 7296, 3.13; IKEv1's ID payloads of quick mode, RFC 2407, 4.6.2, say the same with less). */
typedef struct {
    IpAddress first; /* of one family with last, first <= last */
    IpAddress last;
    uint8_t protocol;    /* 0: any */
    uint16_t first_port; /* 0 to 65535: any */
    uint16_t last_port;
} TrafficSelector;

/* Every address of the family, every protocol and port. */
TrafficSelector traffic_selector_everything(AddressFamily family);

TrafficSelector traffic_selector_of_prefix(const IpPrefix *prefix);

/* "10.0.0.0/8", "10.1.2.3", "10.0.0.0/8[tcp/443]", "fd00::/8[udp]", "10.0.0.0/8[6/80-90]",
 * "10.0.0.5-10.0.0.9". */
bool traffic_selector_from_text(const char *text, TrafficSelector *out);

/* Owned by the caller; the same form. */
char *traffic_selector_to_text(const TrafficSelector *ts);

bool traffic_selector_equal(const TrafficSelector *a, const TrafficSelector *b);

bool traffic_selector_covers_address(const TrafficSelector *ts, const IpAddress *address);

/* Whether all that inner selects is selected by outer too. */
bool traffic_selector_covers(const TrafficSelector *outer, const TrafficSelector *inner);

/* The smallest list of networks that is exactly the range: GArray of IpPrefix. */
GArray *traffic_selector_to_prefixes(const TrafficSelector *ts);
