/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dataplane/inner-packet.h"
#include "model/traffic-selector.h"

/* Whether a packet from source to destination may take a Child SA with these selectors: addresses,
 * protocol and, where the selectors name some, ports. */
bool policy_permits(const TrafficSelector *source,
                    const TrafficSelector *destination,
                    const InnerPacket *packet);
