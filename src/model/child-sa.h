/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/secret.h"
#include "model/proposal.h"
#include "model/traffic-selector.h"

/* RFC 4301, 3.2: around whole packets, or in them between their two ends. */
typedef enum { IPSEC_MODE_TUNNEL = 0, IPSEC_MODE_TRANSPORT } IpsecMode;

/* What the engine negotiated and a data plane carries: a pair of ESP SAs and what may go through
 * them. */
typedef struct {
    uint32_t inbound_spi; /* ours, names the Child SA everywhere; host order */
    uint32_t outbound_spi;
    EspProposal proposal;
    Secret inbound_keymat; /* as packet_cipher_keymat_len() says */
    Secret outbound_keymat;
    TrafficSelector local_ts; /* one of each: IKEv1 has no more (RFC 2409, 5.5) */
    TrafficSelector remote_ts;
    IpsecMode mode;
    bool udp_encap;      /* ESP in UDP, RFC 3948 */
    bool esn;            /* sequence numbers of 64 bits (RFC 4303, 2.2.1) */
    uint64_t soft_bytes; /* report when so many inner bytes went through in a direction; 0: never */
    uint64_t hard_bytes; /* … and carry nothing after so many (RFC 4301, 4.4.2.1); 0: no limit */
} ChildSa;

void child_sa_clear(ChildSa *child);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ChildSa, child_sa_clear)
