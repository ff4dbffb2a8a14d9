/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/engine.h"
#include "lib/random-seeded.h"
#include "lib/responder-v1.h"

/* Two ends in one process: the engine, the gateway of responder-v1.h, and between them a network
 * and a clock that the test owns. It carries out the engine's actions into a record, and checks on
 * the way what must hold at any time: no action after CLOSED, no deadline in the past after a
 * time-out, no SA used or removed that is not installed, nothing left installed at the end, and not
 * one message more than makes sense. */

typedef enum { TO_GATEWAY, TO_CLIENT, N_DIRECTIONS } LinkDirection;

typedef enum {
    FATE_DELIVER,
    FATE_DROP,
    FATE_DUPLICATE, /* the second one comes 300 ms later */
    FATE_DELAY,     /* by LINK_DELAY, past the first retransmission */
    FATE_CORRUPT,   /* one bit, at Link.corrupt_at, is turned */
    FATE_SWAP,      /* arrives behind its successor */
} LinkFate;

#define LINK_LATENCY (10 * IKE_MILLISECOND)
#define LINK_DELAY (1700 * IKE_MILLISECOND)

/* One IPsec SA pair that the engine had installed. */
typedef struct {
    ChildSa sa;
    bool outbound; /* carries what the client sends */
    bool heard;    /* a packet came through it */
} LinkChild;

/* One message, when it was sent. */
typedef struct {
    LinkDirection direction;
    GBytes *bytes;
    bool nat_t;
    IkeTime at;
} LinkMessage;

typedef struct Link Link;

struct Link {
    IkeEngine *engine;
    Responder *gateway; /* the newest of its IKE SAs */
    GPtrArray *elders;  /* of Responder: older ones, the newest of them last */
    ResponderConfig gateway_config;
    ConnectionConfig *config;
    SeededRandom engine_chance, gateway_chance, chance;
    RandomSource engine_random, gateway_random;
    IkePath path;
    IkeTime now;

    /* the network, to be set by the test */
    unsigned loss_percent;
    bool nat;                       /* the client's address and port are rewritten on the way */
    unsigned nat_mapping;           /* counts up: the NAT takes another port from now on */
    uint32_t narrow;                /* larger outer packets disappear; 0: none */
    bool no_path;                   /* the engine was told that there is none: it must be quiet */
    unsigned corrupt_at;            /* which bit, modulo the message's length */
    bool cut;                       /* nothing passes any more */
    bool traffic[N_DIRECTIONS];     /* packets of data, one each LINK_PACKET_EVERY */
    void (*on_message)(Link *link); /* after each message is sent, to add others */
    const char *secret_user, *secret_password; /* what the user types; NULL: nothing yet */

    /* the record */
    GPtrArray *messages; /* of LinkMessage, both directions */
    unsigned sent[N_DIRECTIONS];
    bool established, closed;
    bool reconnecting; /* RECONNECTING came, and nothing since */
    unsigned n_established, n_reconnecting;
    FailureReason reconnect_reason; /* of the last RECONNECTING */
    IkeTime interrupted_for;        /* the longest time from RECONNECTING to ESTABLISHED */
    IkeTime reconnecting_since;
    uint32_t path_mtu; /* what the engine found; 0: nothing */
    unsigned n_path_mtu, n_too_big;
    FailureReason reason;
    char *detail;
    GArray *remote_ts;
    char *address, *dns, *domain; /* the first of each in the lease, as text; NULL: none */
    unsigned n_split;             /* networks in the lease */
    unsigned n_asked, n_keepalives;
    IkeSecretKind asked;
    char *asked_message;
    GPtrArray *children; /* of LinkChild */
    unsigned n_installed;
    unsigned packets, lost; /* data */
    bool gateway_down;      /* restarting: hears nothing */

    /* its own */
    GQueue under_way;
    GArray *plans;
    IkeTime next_packet;
    bool question_open;
    uint64_t order;
};

#define LINK_PACKET_EVERY (25 * IKE_MILLISECOND)

/* A profile for tests: psk "the group's secret", ecp256 and AES-128 (fast), pull. */
ConnectionConfig *link_config(ExchangeMode mode, bool xauth);

/* Takes over config. gateway->xauth is set as the profile says. */
Link *link_new(ConnectionConfig *config, const ResponderConfig *gateway, uint64_t seed);
void link_free(Link *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Link, link_free)

/* What happens to the n-th message (from 0) of a direction. */
void link_plan(Link *link, LinkDirection direction, unsigned n, LinkFate fate);

/* Puts a datagram on the way, as if the other end had sent it; it is not recorded. */
void link_inject(Link *link, LinkDirection direction, Bytes datagram, bool nat_t);

/* Starts the engine; runs until it is established or closed, at the longest 5 minutes. */
void link_connect(Link *link);

/* Lets so much time pass; ends early only when nothing can happen any more. */
void link_run(Link *link, IkeTime span);

/* The engine's inputs and the gateway's wishes, with what follows from them carried out. */
void link_stop(Link *link);
/* The client has this address from now on and tells the engine; NULL: there is no path any more. */
void link_move(Link *link, const char *address);
/* It restarts: knows nothing of what was. */
void link_restart_gateway(Link *link);
/* The clock jumps, and nobody was there to see it; what was under way is lost. */
void link_sleep(Link *link, IkeTime span);
void link_expire_child(Link *link, uint32_t spi);
/* A packet of data in each of its newest SAs, as a name server's answer is. */
void link_gateway_sends_one(Link *link);
void link_give_secret(Link *link, IkeSecretKind kind, const char *answer);
void link_flush(Link *link); /* after a responder_…() that sends something */

/* The client's SA that carries what it sends; NULL if there is none, of several the first. */
LinkChild *link_outbound(Link *link);
LinkChild *link_child_by_spi(Link *link, uint32_t inbound_spi);

/* Every SA that the client sends on is one that the gateway has too, with the same keys,
 * algorithms and networks, and the other way round; there are n of them. */
void link_assert_same(Link *link, unsigned n);

/* Established, with n SAs that both ends agree on. */
void link_assert_established(Link *link, unsigned n);

/* CLOSED came, for this reason, at the latest `within` after the start. */
void link_assert_closed(Link *link, FailureReason reason, IkeTime within);

/* Either established or closed, nothing between. */
void link_assert_decided(Link *link);

/* When the clock starts. */
#define LINK_BEGIN (1000 * IKE_SECOND)
