/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/child-sa.h"

#include <libmnl/libmnl.h>
#include <linux/xfrm.h>

/* What the kernel's IPsec is told and says, built and read without talking to it. XFRM's words: a
 * state is an SA of one direction, a policy says which packets need one, and its template, which.
 */

enum {
    XFRM_MESSAGE_SIZE = 2048,
    XFRM_REPLAY_WINDOW = 1024, /* packets; as large as user space has */
    XFRM_REPLAY_WORDS = XFRM_REPLAY_WINDOW / 32,
};

/* A request in the making; it may hold keys. */
typedef union {
    struct nlmsghdr header;
    uint64_t alignment; /* of what follows the header */
    char bytes[XFRM_MESSAGE_SIZE];
} XfrmMessage;

/* The flows that are meant; addresses of family none: all of them. A port counts where its mask has
 * a one. */
typedef struct {
    IpPrefix source;
    IpPrefix destination;
    uint8_t protocol; /* 0: any */
    uint16_t source_port, source_port_mask;
    uint16_t destination_port, destination_port_mask;
} XfrmFlows;

/* Sequence numbers: the last sent, the highest received, and which below that one came. */
typedef struct {
    uint64_t sent;
    uint64_t received;
    uint32_t bitmap[XFRM_REPLAY_WORDS];
} XfrmReplay;

/* Each 0: none. */
typedef struct {
    uint64_t soft_bytes, hard_bytes;
    uint64_t soft_packets, hard_packets;
} XfrmLimits;

/* What names a state: nothing else is needed to find it. */
typedef struct {
    uint32_t spi; /* host order */
    IpAddress destination;
} XfrmStateId;

typedef struct {
    XfrmStateId id;
    IpAddress source;
    IpsecMode mode;
    const EncryptionAlgorithm *encryption;
    const IntegrityAlgorithm *integrity; /* NULL with a combined mode */
    Bytes keymat;                        /* as long as the algorithms say */
    XfrmFlows flows;                     /* nothing else may come in */
    uint32_t reqid;
    uint32_t if_id; /* 0: none */
    uint32_t mark;  /* bits that the packets get that it has sealed; 0: none */
    bool udp_encap; /* RFC 3948 */
    uint16_t source_port, destination_port;
    bool esn;
    bool inbound; /* has a replay window */
    XfrmReplay replay;
    XfrmLimits limits;
} XfrmState;

typedef enum { XFRM_TEMPLATE_NONE = 0, XFRM_TEMPLATE_ESP } XfrmTemplate;

typedef struct {
    unsigned direction; /* XFRM_POLICY_IN, _OUT, _FWD */
    XfrmFlows flows;
    uint32_t priority; /* the smaller one goes first */
    uint32_t if_id;
    XfrmTemplate template; /* none: passes as it is */
    IpsecMode mode;
    AddressFamily outer;
    IpAddress source, destination; /* of family none: any */
    uint32_t spi;                  /* 0: any */
    uint32_t reqid;                /* 0: any */
} XfrmPolicy;

typedef struct {
    XfrmStateId id; /* SPI 0: the kernel's own mark that one is wanted (an acquire) */
    IpAddress source;
    IpsecMode mode;
    uint32_t reqid;
    uint32_t if_id;
    uint64_t bytes, packets;
    uint32_t replayed;      /* packets that came again, or too late */
    uint32_t not_authentic; /* packets whose ICV was wrong */
    XfrmReplay replay;
} XfrmStateInfo;

/* Each builds a whole request. */
void xfrm_message_add_state(XfrmMessage *message, const XfrmState *state);
void xfrm_message_remove_state(XfrmMessage *message, const XfrmStateId *id);
void xfrm_message_get_state(XfrmMessage *message, const XfrmStateId *id);

/* Gives the kernel's mark that a state is wanted an SPI, so that it can be removed like others. */
void xfrm_message_name_wanted(XfrmMessage *message, const XfrmStateInfo *wanted);

/* replace: in the place of one with the same direction, flows and if_id, at one stroke. */
void xfrm_message_put_policy(XfrmMessage *message, const XfrmPolicy *policy, bool replace);
void xfrm_message_remove_policy(XfrmMessage *message, const XfrmPolicy *policy);

typedef struct {
    unsigned direction;
    uint32_t priority;
    uint32_t if_id;
    bool has_template;
    uint32_t reqid; /* of its first template */
    struct xfrm_selector selector;
} XfrmPolicyInfo;

typedef enum {
    XFRM_EVENT_OTHER = 0,
    XFRM_EVENT_EXPIRING, /* id, if_id, reqid */
    XFRM_EVENT_EXPIRED,  /* the same */
    XFRM_EVENT_ACQUIRE,  /* source, destination, if_id, reqid */
} XfrmEventType;

typedef struct {
    XfrmEventType type;
    XfrmStateId id;
    uint32_t if_id;
    uint32_t reqid;
    IpAddress source, destination; /* of the packet that found no state */
} XfrmEvent;

/* False if the message is another, or too short for what it says it is. */
bool xfrm_read_state(const struct nlmsghdr *message, XfrmStateInfo *out);
bool xfrm_read_policy(const struct nlmsghdr *message, XfrmPolicyInfo *out);
bool xfrm_read_event(const struct nlmsghdr *message, XfrmEvent *out);
