/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/ike-time.h"
#include "base/random.h"
#include "ike/failure.h"
#include "model/child-sa.h"
#include "model/connection-config.h"

/* IKE as a function from inputs to actions. It opens no socket, reads no clock, starts no timer,
 * and asks no generator but the one it was given. After every input the owner carries out what
 * ike_engine_next_action() gives until it gives nothing, and calls ike_engine_timeout() when
 * ike_engine_deadline() has come. */
typedef struct IkeEngine IkeEngine;

/* Addresses and ports that messages travel between. Each end has two ports: one where IKE is alone,
 * and one that it shares with ESP, with the non-ESP marker in front (RFC 3947, 4). The owner adds
 * and removes the marker. */
typedef struct {
    IpAddress local;
    IpAddress remote;
    uint16_t local_port;       /* 500 or whatever was free */
    uint16_t local_nat_t_port; /* 4500 or whatever was free */
    uint16_t remote_port;
    uint16_t remote_nat_t_port;
    uint32_t mtu; /* of the route, outer bytes; 0: not known, so nothing to verify */
} IkePath;

/* What the gateway assigned (Mode Config; IKEv2's CP payload). */
typedef struct {
    GArray *addresses;     /* of IpPrefix, the host's own address with the netmask's length; none in
                              transport mode; with addressing=none the one that we have outside */
    GArray *dns;           /* of IpAddress */
    GArray *nbns;          /* of IpAddress: WINS */
    GArray *split_include; /* of IpPrefix: what the tunnel is for; empty: everything */
    GPtrArray *domains;    /* of char *: default domain first, then those of split DNS */
    char *banner;          /* NULL: none */
    char *application_version; /* what the gateway says it is; NULL: nothing */
} IkeLease;

typedef enum {
    IKE_ACTION_NONE = 0,
    IKE_ACTION_SEND,             /* datagram, nat_t, dont_fragment */
    IKE_ACTION_KEEPALIVE,        /* one byte 0xff to the NAT-T port (RFC 3948, 2.3) */
    IKE_ACTION_INSTALL_CHILD_SA, /* child, outbound */
    IKE_ACTION_USE_CHILD_SA,     /* spi: outbound traffic takes it from now on */
    IKE_ACTION_REMOVE_CHILD_SA,  /* spi */
    IKE_ACTION_ASK_SECRET,       /* question: the engine waits for ike_engine_give_secret() */
    IKE_ACTION_ESTABLISHED,  /* lease, remote_ts: traffic can flow; again after RECONNECTING, and
                                when another IKE SA took over without an interruption: the lease
                                may be another one each time */
    IKE_ACTION_RECONNECTING, /* reason, detail: traffic waits for ESTABLISHED or CLOSED */
    IKE_ACTION_PATH_MTU,     /* mtu: the largest outer packet that was seen to get through; holds
                                until the next one, or the next path that the owner names */
    IKE_ACTION_CLOSED,       /* reason, detail: the last one; nothing follows */
} IkeActionType;

typedef enum {
    IKE_SECRET_USER,
    IKE_SECRET_PASSWORD,
    IKE_SECRET_ANSWER, /* to a question that comes after the password, as for a one-time code */
    IKE_SECRET_PSK,
    IKE_SECRET_N
} IkeSecretKind;

typedef struct {
    IkeActionType type;
    GBytes *datagram;
    bool nat_t;
    bool dont_fragment; /* a probe of the path: it must arrive whole or not at all (RFC 8899) */
    uint32_t mtu;
    ChildSa child;
    bool outbound;
    uint32_t spi; /* inbound, as in ChildSa */
    IkeSecretKind question;
    char *message;         /* the gateway's own words to the question, made safe; or NULL */
    const IkeLease *lease; /* lives until the engine's next input */
    GArray *remote_ts;     /* of TrafficSelector, of all Child SAs: what to route into the tunnel */
    FailureReason reason;
    char *detail; /* what the sentence leaves out: a notify's name, an address; or NULL */
} IkeAction;

void ike_action_clear(IkeAction *action);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(IkeAction, ike_action_clear)

/* config and random are borrowed and outlive the engine; so do the secrets in config, which are
 * needed for reconnecting. */
IkeEngine *ike_engine_new(const ConnectionConfig *config, const RandomSource *random);
void ike_engine_free(IkeEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IkeEngine, ike_engine_free)

void ike_engine_start(IkeEngine *engine, const IkePath *path, IkeTime now);

/* A datagram from the remote address; nat_t says on which socket, the marker is off. */
void ike_engine_receive(IkeEngine *engine, Bytes datagram, bool nat_t, IkeTime now);
void ike_engine_timeout(IkeEngine *engine, IkeTime now);

/* The answer to ASK_SECRET; NULL: the user gave none. */
void ike_engine_give_secret(IkeEngine *engine, IkeSecretKind kind, const char *answer, IkeTime now);

/* The data plane saw an authentic packet of this Child SA: first one (it is installed at the peer),
 * or any (the peer lives, RFC 3706, 5.5). May be called as seldom as once a second. */
void ike_engine_child_sa_used(IkeEngine *engine, uint32_t spi, IkeTime now);

/* The data plane wants it replaced: bytes or sequence numbers run out. */
void ike_engine_child_sa_expiring(IkeEngine *engine, uint32_t spi, IkeTime now);

/* The way to the gateway is another now (addresses, device, mtu), or there is none: NULL. The old
 * SAs are tried over the new path first; if the gateway does not answer there, a fresh IKE SA is
 * made, and the old ones carry what they can until its Child SAs are there. The owner moves its
 * data plane to the new path before it calls. The same path again says nothing new; with another
 * mtu only that is verified. With NULL the engine is silent until it gets a path. */
void ike_engine_path_changed(IkeEngine *engine, const IkePath *path, IkeTime now);

/* A packet between these addresses found no Child SA: one that is missing is made now, not later.
 */
void ike_engine_acquire(IkeEngine *engine,
                        const IpAddress *source,
                        const IpAddress *destination,
                        IkeTime now);

/* Ends cleanly: Delete for every SA, then CLOSED(FAIL_NONE). */
void ike_engine_stop(IkeEngine *engine, IkeTime now);

/* When to call ike_engine_timeout(); IKE_TIME_NEVER if nothing is waited for. */
IkeTime ike_engine_deadline(const IkeEngine *engine);

/* False when there is none left. */
bool ike_engine_next_action(IkeEngine *engine, IkeAction *out);
