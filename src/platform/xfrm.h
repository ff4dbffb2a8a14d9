/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "platform/netlink.h"
#include "platform/xfrm-message.h"

/* The kernel's IPsec, asked. Needs CAP_NET_ADMIN. Functions return 0 or a negative errno; one that
 * says that the kernel lacks something (a protocol, an algorithm) is -EOPNOTSUPP. */

/* For the requests below. */
int xfrm_open(Netlink *out);

/* For expire and acquire events. */
int xfrm_listen(Netlink *out);

/* -EEXIST if the SPI is there for this destination. */
int xfrm_add_state(Netlink *netlink, const XfrmState *state);
int xfrm_get_state(Netlink *netlink, const XfrmStateId *id, XfrmStateInfo *out);
int xfrm_remove_state(Netlink *netlink, const XfrmStateId *id);

/* -EEXIST without replace if there is one for the same flows, of whomever. */
int xfrm_put_policy(Netlink *netlink, const XfrmPolicy *policy, bool replace);
int xfrm_remove_policy(Netlink *netlink, const XfrmPolicy *policy);

/* Removes every state and policy whose if_id or reqid the function says yes to, or of a policy that
 * has neither (no template) the priority. */
typedef bool (*XfrmOwned)(uint32_t number, void *data);
int xfrm_sweep(Netlink *netlink, XfrmOwned owned, void *data);

/* The namespace's counters (/proc/net/xfrm_stat; Documentation/networking/xfrm_proc.rst). */
typedef struct {
    uint64_t in_no_state;   /* XfrmInNoStates: an SPI that is none */
    uint64_t in_malformed;  /* …InHdrError, InBufferError */
    uint64_t in_selectors;  /* …InTmplMismatch, InNoPols, InPolBlock, InStateMismatch */
    uint64_t out_no_state;  /* …OutNoStates */
    uint64_t out_exhausted; /* …OutStateSeqError, OutStateExpired */
    uint64_t out_failed;    /* …OutError, OutBundleGenError, OutStateProtoError */
} XfrmStatistics;

/* All zero where the kernel keeps none. */
void xfrm_statistics(XfrmStatistics *out);
