/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/failure.h"
#include "platform/route.h"

/* From the gateway as typed to an address that can be reached from here. */
typedef struct GatewayLookup GatewayLookup;

/* reason FAIL_NONE: remote can be reached by route. Else detail is what the system says of it; it
 * may be NULL. Called once, from the main loop. */
typedef void (*GatewayFound)(void *owner,
                             FailureReason reason,
                             const char *detail,
                             const IpAddress *remote,
                             const Route *route);

/* current: the address that is used now and does not do; of several the one after it is taken, in
 * turn. NULL: any. only: of this family, or FAMILY_NONE. own_device is no way to the gateway
 * (route_lookup_around()); 0: there is none.
 */
GatewayLookup *gateway_lookup_new(const char *gateway,
                                  const IpAddress *current,
                                  AddressFamily only,
                                  unsigned own_device,
                                  GatewayFound found,
                                  void *owner);

/* Freed before its time it never calls back. */
void gateway_lookup_free(GatewayLookup *lookup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GatewayLookup, gateway_lookup_free)
