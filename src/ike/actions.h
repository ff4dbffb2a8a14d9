/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/engine.h"

/* What the engine wants done, in order. Each function takes over what it is given as owned. */
typedef struct {
    GQueue queue; /* of IkeAction */
} IkeActions;

void ike_actions_clear(IkeActions *actions);
bool ike_actions_next(IkeActions *actions, IkeAction *out);
/* Takes over what the action owns. */
void ike_actions_push(IkeActions *actions, const IkeAction *action);

void ike_actions_send(IkeActions *actions, GBytes *datagram, bool nat_t);
/* A packet that must arrive whole or not at all. */
void ike_actions_send_whole(IkeActions *actions, GBytes *datagram, bool nat_t);
void ike_actions_keepalive(IkeActions *actions);
void ike_actions_install(IkeActions *actions, ChildSa child, bool outbound);
void ike_actions_use(IkeActions *actions, uint32_t spi);
void ike_actions_remove(IkeActions *actions, uint32_t spi);
void ike_actions_ask(IkeActions *actions, IkeSecretKind question, char *message);
void ike_actions_established(IkeActions *actions, const IkeLease *lease, GArray *remote_ts);
void ike_actions_reconnecting(IkeActions *actions, FailureReason reason, char *detail);
void ike_actions_path_mtu(IkeActions *actions, uint32_t mtu);
void ike_actions_closed(IkeActions *actions, FailureReason reason, char *detail);
