/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/v1/internal.h"

/* Which pairs of selectors there are, and the IPsec SAs that serve them. */

/* False, and closed, if there is none. */
bool slots_make(IkeV1 *v1);
/* Each is established, or the gateway will not have it. */
bool slots_all_settled(const IkeV1 *v1);
bool slots_any_left(const IkeV1 *v1);
/* Begins quick mode for those that have none yet, not too many at once. */
void slots_negotiate(IkeV1 *v1);
/* Its index, or -1 if there is no more room. */
int slots_add_of_peer(IkeV1 *v1, const TrafficSelector *local, const TrafficSelector *remote);
GArray *slots_remote_ts(const IkeV1 *v1);
Slot *slot_at(IkeV1 *v1, unsigned index);
Child *child_add(IkeV1 *v1, const QuickMode *quick, bool outbound);
Child *child_by_inbound_spi(IkeV1 *v1, uint32_t spi);
Child *child_by_outbound_spi(IkeV1 *v1, uint32_t spi);
Child *child_outbound(IkeV1 *v1, unsigned slot);
bool child_any(const IkeV1 *v1, unsigned slot);
void child_use(IkeV1 *v1, Child *child);
void child_remove(IkeV1 *v1, Child *child);
void child_deleted_by_peer(IkeV1 *v1, Child *child);
/* Nothing renews the slot any more: what was to do it has come to nothing. */
void child_renew_if_due(IkeV1 *v1, unsigned slot);
uint32_t child_new_spi(IkeV1 *v1);
void children_timeout(IkeV1 *v1);
IkeTime children_deadline(const IkeV1 *v1);
void children_delete_all(IkeV1 *v1);
