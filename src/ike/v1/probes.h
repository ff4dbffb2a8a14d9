/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/limits.h"
#include "ike/v1/ike-v1.h"

/* Questions to the gateway beside those of dead peer detection: whether it is there, now, and how
 * large a packet gets there. */

/* Is the gateway still there? Asked at once, where dead peer detection has time. */
typedef struct {
    IkeTime at; /* NEVER, or when to ask next, or to judge */
    unsigned tries;
    uint32_t first; /* sequence number of the first question */
    IkeVerdict verdict;
} Verification;

/* The search for the largest packet that the path takes (RFC 8899). */
typedef struct {
    IkeTime at; /* NEVER, or when the packet that is out counts as lost, or it begins anew */
    bool searching;
    uint32_t base;      /* the route's own */
    uint32_t passed;    /* the largest that came through in this search; 0: none */
    uint32_t size;      /* of the packet that is out */
    unsigned low, high; /* the steps that are left: from low to before high */
    unsigned tries;
    uint32_t seqs[PATH_MTU_TRIES]; /* of the packets of this size */
    uint32_t said;                 /* what the owner knows; 0: nothing, so the route's */
} PathMtu;

/* path-mtu.c. After the connection is there, and when the gateway has answered on another path. */
void path_mtu_start(IkeV1 *v1);
void path_mtu_timeout(IkeV1 *v1);
void path_mtu_take_ack(IkeV1 *v1, uint32_t seq);
IkeTime path_mtu_deadline(const IkeV1 *v1);
