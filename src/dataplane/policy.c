/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/policy.h"

/* A packet whose ports cannot be seen matches only a selector that does not ask for them. */
static bool
half_matches(const TrafficSelector *ts,
             const IpAddress *address,
             const InnerPacket *packet,
             uint16_t port)
{
    if (ts->protocol != 0 && ts->protocol != packet->protocol)
        return false;
    if (ts->first_port != 0 || ts->last_port != UINT16_MAX) {
        if (!packet->has_ports || port < ts->first_port || port > ts->last_port)
            return false;
    }
    return traffic_selector_covers_address(ts, address);
}

bool
policy_permits(const TrafficSelector *source,
               const TrafficSelector *destination,
               const InnerPacket *packet)
{
    return half_matches(source, &packet->source, packet, packet->source_port)
           && half_matches(destination, &packet->destination, packet, packet->destination_port);
}
