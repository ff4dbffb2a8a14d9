/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "crypto/key-exchange.h"
#include "ike/lease.h"
#include "ike/limits.h"
#include "ike/v1/ike-v1.h"
#include "ike/v1/keys.h"
#include "ike/v1/probes.h"
#include "wire/v1/composition.h"
#include "wire/v1/isakmp.h"
#include "wire/v1/payload-attributes.h"

/* What the files of this folder share. The connection is one ISAKMP SA and what was made through
 * it. */

enum {
    NONCE_LEN = 32,
    MAX_BLOCK_LEN = 16,
    DIGEST_LEN = 32,
    QUICK_FIRST_SPI = 256,          /* RFC 4303, 2.1: those below are reserved */
    TRANSFORM_ATTRIBUTES_SIZE = 64, /* bytes: of one transform of ours */
    OUTGOING_SIZE = 16 * 1024,      /* bytes: the largest message of ours */
};

/* Where an exchange stands: what its next message from the gateway means. */
typedef enum {
    STATE_NEW, /* the gateway begins it */
    STATE_MAIN_SA_SENT,
    STATE_MAIN_KE_SENT,
    STATE_MAIN_ID_SENT,
    STATE_AGGRESSIVE_SENT,
    STATE_XAUTH_ASKED, /* a person is typing */
    STATE_CONFIG_REQUESTED,
    STATE_QUICK_SENT,
    STATE_QUICK_ANSWERED,
    STATE_DONE, /* remembered, so that repetitions are answered */
} ExchangeState;

/* One Child SA in the making (RFC 2409, 5.5). */
typedef struct {
    unsigned slot;
    bool ours; /* we are the initiator */
    uint32_t inbound_spi;
    uint32_t outbound_spi;
    EspProposal proposal;
    uint32_t lifetime;  /* seconds */
    uint64_t lifebytes; /* 0: no limit */
    TrafficSelector local_ts;
    TrafficSelector remote_ts;
    unsigned offer;  /* which of the groups was offered: group_of_offer() */
    KeyExchange *ke; /* NULL without PFS */
    GBytes *nonce_i;
    GBytes *nonce_r;
} QuickMode;

typedef struct {
    ExchangeType type;
    uint32_t message_id; /* 0 in phase 1 */
    ExchangeState state;
    uint8_t iv[MAX_BLOCK_LEN];    /* the last cipher block, either way */
    GBytes *sent;                 /* our last message, to be repeated; NULL once it was answered */
    bool whole;                   /* its messages must not be cut on the way */
    unsigned n_sent;              /* messages of ours so far, repetitions aside */
    uint8_t received[DIGEST_LEN]; /* of the gateway's last message, to know a repetition */
    bool any_received;
    IkeTime answered_at;
    unsigned tries;        /* how often sent was repeated */
    IkeTime retransmit_at; /* NEVER: no answer is waited for */
    IkeTime forget_at;     /* NEVER: not done */
    QuickMode *quick;
} Exchange;

/* What an XAUTH request asks for. */
typedef struct {
    uint16_t identifier;
    bool type;
    bool user;
    bool password;
    bool domain;
    char *message; /* the gateway's words, made safe; NULL: none */
} XauthRequest;

/* A pair of selectors that one Child SA after the other serves. */
typedef struct {
    TrafficSelector local_ts;
    TrafficSelector remote_ts; /* as offered, then as the gateway narrowed it */
    bool established;          /* had a Child SA */
    bool refused;              /* the gateway will not have it */
    bool theirs; /* the gateway's wish, beside a wider one of ours: it goes when its SA does */
    IkeTime unserved_since; /* NEVER, or since when no SA carries it */
    unsigned short_lives;   /* SAs in a row that the gateway deleted soon after they were made */
    IkeTime renegotiate_at; /* NEVER, or when to try again for a new one */
    IkeTime acquired_at;    /* when a packet last made us try at once */
} Slot;

/* A Child SA that is installed. */
typedef struct {
    unsigned slot;
    uint32_t inbound_spi;
    uint32_t outbound_spi;
    bool outbound;      /* new packets take it */
    bool superseded;    /* a newer one is outbound */
    bool deleted;       /* Delete was sent or received */
    IkeTime switch_at;  /* NEVER, or when it becomes outbound without proof that the peer has it */
    IkeTime confirm_at; /* NEVER, or when HASH(3) goes out again, for want of that proof */
    unsigned confirmations; /* how often it went out again */
    IkeTime rekey_at;
    IkeTime delete_at; /* NEVER, or when we send Delete */
    IkeTime installed_at;
    IkeTime remove_at; /* when it is gone for good */
} Child;

/* RFC 3947, or one of its drafts: what was agreed by vendor IDs. */
typedef struct {
    bool agreed;
    uint8_t nat_d_payload;
    uint8_t nat_oa_payload;
    uint16_t udp_tunnel; /* its values of the attribute "encapsulation mode" */
    uint16_t udp_transport;
} NatTraversal;

typedef enum {
    PHASE_1,
    PHASE_XAUTH,
    PHASE_CONFIG,
    PHASE_QUICK,
    PHASE_ESTABLISHED,
    PHASE_CLOSED,
} ConnectionPhase;

struct IkeV1 {
    const ConnectionConfig *config;
    const RandomSource *random;
    IkeActions *actions; /* own_actions */
    IkeActions own_actions;
    const GPtrArray *family; /* of IkeV1: the engine's */
    IkeTime now;
    IkePath path;
    char peer[IP_TEXT_SIZE]; /* for the log */
    ConnectionPhase phase;
    bool closing; /* the last Deletes are going out */
    bool proven;  /* IkeHeritage's */
    bool gentle;  /* a predecessor still carries the traffic */
    bool suspended;
    bool doubted; /* somebody says that the gateway does not know us */
    IkeTime doubted_at;
    IkeTime retire_at;    /* NEVER, or retired until then */
    bool nat_t;           /* floated to the NAT-T ports */
    bool behind_nat;      /* somebody translates our address */
    bool peer_behind_nat; /* … or the gateway's */
    bool udp_encap;       /* ESP goes in UDP */
    bool peer_confirmed;  /* the gateway has sent something protected after phase 1 */

    /* phase 1 */
    uint8_t cookie_i[ISAKMP_COOKIE_LEN];
    uint8_t cookie_r[ISAKMP_COOKIE_LEN];
    unsigned group_offer; /* aggressive mode: which of the groups, those before were refused */
    bool group_doubted;   /* … and this one, once */
    IkeProposal proposal; /* chosen */
    uint32_t lifetime;    /* seconds: ours, or less if the gateway says so */
    KeyExchange *ke;
    GBytes *peer_public;
    GBytes *nonce_i;
    GBytes *nonce_r;
    GBytes *sa_i; /* body of our SA payload */
    GBytes *id_i; /* body of our ID payload */
    Phase1Keys keys;
    bool have_keys;
    uint8_t last_block[MAX_BLOCK_LEN]; /* of phase 1: where the IVs of phase 2 begin */
    NatTraversal nat_traversal;
    bool peer_dpd;
    bool peer_unity;
    FailureReason hint; /* what an unprotected message claims; FAIL_NONE: nothing */
    char *hint_detail;

    /* XAUTH */
    bool xauth_done;
    bool xauth_answered;   /* the last question was */
    bool password_refused; /* the gateway asks anew: what was given is not what it wants */
    bool password_spent;   /* the profile's was typed for one connection, and that was another */
    unsigned xauth_rounds; /* questions answered */
    unsigned xauth_repetitions; /* of one question */
    IkeTime xauth_asked_at;     /* the last one came */
    bool password_is_answer;    /* … to a question that came after the password */
    Secret user;                /* typed during the connection */
    Secret password;
    XauthRequest xauth_request; /* the question that is open */
    Exchange *xauth_exchange;   /* … in which a person is asked; NULL: nobody is */

    IpAddress wanted; /* the address to ask for; FAMILY_NONE: any */
    IkeLease lease;
    unsigned offer;          /* the group that quick mode offers now: those before were refused */
    GArray *slots;           /* of Slot */
    GPtrArray *children;     /* of Child */
    GPtrArray *exchanges;    /* of Exchange */
    GHashTable *message_ids; /* of exchanges so far: none may come twice */
    GHashTable *message_ids_before; /* … and of before, so that they do not grow without end */
    unsigned n_ignored;             /* messages since ignored_since, for the log's sake */
    IkeTime ignored_since;

    IkeTime wait_until; /* NEVER, or when the phase's own patience ends */
    IkeTime expires_at; /* of the ISAKMP SA */
    IkeTime keepalive_at;
    IkeTime heard_at;      /* the last authentic sign of life */
    IkeTime probe_at;      /* next R-U-THERE */
    IkeTime probing_since; /* NEVER: not probing */
    Verification verification;
    PathMtu path_mtu;
    uint32_t dpd_seq;
    uint32_t peer_dpd_seq;
    bool peer_dpd_seen;

    uint8_t *outgoing; /* OUTGOING_SIZE bytes: the message being built */
};

typedef struct {
    IsakmpHeader header;
    IsakmpPayloads payloads;
    bool encrypted;
    Bytes datagram; /* as it came */
} Message;

typedef enum {
    OUTCOME_NEXT,    /* go on to the row's next state */
    OUTCOME_STAY,    /* taken, but the state remains */
    OUTCOME_IGNORED, /* as if it had not come */
    OUTCOME_FORGET,  /* the exchange is over, without success */
    OUTCOME_CLOSED,  /* the connection is over */
} Outcome;

/* log_info() with the gateway's address in front. */
void v1_info(const IkeV1 *v1, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The connection as a whole. Closing sends Deletes for what the gateway has of us; CLOSED comes
 * last. detail is taken over. */
Outcome v1_close(IkeV1 *v1, FailureReason reason, char *detail);
/* Nobody vouches for the message that says so: ignored, and believed only if no better one comes.
 */
Outcome v1_doubt(IkeV1 *v1, FailureReason reason, char *detail);
void v1_phase1_ends(IkeV1 *v1, const Exchange *exchange);
void v1_phase1_done(IkeV1 *v1, const Exchange *exchange);
void v1_advance(IkeV1 *v1);
void v1_heard(IkeV1 *v1);

/* CKY-I | CKY-R: the ISAKMP SA's SPI, and a part of its keys. */
enum { COOKIES_LEN = 2 * ISAKMP_COOKIE_LEN };
void v1_cookies(const IkeV1 *v1, uint8_t out[static COOKIES_LEN]);
