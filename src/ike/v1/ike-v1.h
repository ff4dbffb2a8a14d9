/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/actions.h"

/* IKEv1's side of ike/engine.h, function by function (RFC 2409 and its companions). */
typedef struct IkeV1 IkeV1;

IkeV1 *ike_v1_new(const ConnectionConfig *config, const RandomSource *random, IkeActions *actions);
void ike_v1_free(IkeV1 *v1);

void ike_v1_start(IkeV1 *v1, const IkePath *path, IkeTime now);
void ike_v1_receive(IkeV1 *v1, Bytes datagram, bool nat_t, IkeTime now);
void ike_v1_timeout(IkeV1 *v1, IkeTime now);
void ike_v1_give_secret(IkeV1 *v1, IkeSecretKind kind, const char *answer, IkeTime now);
void ike_v1_child_sa_used(IkeV1 *v1, uint32_t spi, IkeTime now);
void ike_v1_child_sa_expiring(IkeV1 *v1, uint32_t spi, IkeTime now);
void ike_v1_stop(IkeV1 *v1, IkeTime now);
IkeTime ike_v1_deadline(const IkeV1 *v1);
