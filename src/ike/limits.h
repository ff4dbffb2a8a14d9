/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/ike-time.h"

/* What a peer can make us do or keep, and how long we wait for it. */

enum {
    MAX_EXCHANGES = 256,     /* in flight or remembered */
    MAX_PEER_EXCHANGES = 16, /* that the gateway began and did not end: more are not heard */
    MAX_QUICK_MODES = 8,     /* that we begin at once: some gateways answer one after the other */
    MAX_MESSAGE_IDS = 16384, /* remembered; at twice as many the older half goes */
    MAX_CHILD_SAS =
        64, /* one for each pair of selectors, twice while rekeying, and what a gateway adds */
    MAX_NONCE_LEN = 256, /* RFC 2409, 5: 8 to 256 bytes */
    MIN_NONCE_LEN = 8,
    MAX_XAUTH_ROUNDS = 8,      /* questions in a row before we believe that it never ends */
    MAX_XAUTH_REPETITIONS = 1, /* of one question, answered alike: more might lock the account */
    MAX_SHORT_LIVES = 6, /* IPsec SAs in a row that the gateway deletes as soon as they are there */
    MAX_IGNORED_LOGGED = 10, /* messages a minute */
    MAX_LEASE_ITEMS = 64,    /* of one kind: addresses of servers, networks, domains */
    MAX_BANNER_LEN = 4096,   /* bytes */
    RENEWAL_SHARE = 10,      /* the last tenth of an ISAKMP SA's life is for making its successor */
    MAX_PATH_MTU = 9000,     /* outer bytes: larger packets are not looked for */
    PATH_MTU_TRIES = 3,      /* of one size (RFC 8899, 5.1.2: MAX_PROBES) */
    VERIFY_TRIES = 4,        /* questions before the gateway counts as gone: 2.8 s in all */
    MAX_RECONNECT_REFUSALS = 10, /* in a row, before we believe that the gateway means it */
    MAX_LOGIN_REFUSALS = 2,      /* … of credentials: more might lock the account */
    RETRANSMIT_TRIES = 5,        /* after the first: at 1, 3, 7, 15 and 23 s; given up at 31 s */
    CONFIRM_TRIES = 3,           /* HASH(3) after the first: at 0.5, 1.5 and 3.5 s */
};

#define RETRANSMIT_FIRST (1 * IKE_SECOND)
#define RETRANSMIT_LONGEST (8 * IKE_SECOND)

/* How soon a repeated message of the peer's is answered again at the earliest. */
#define ANSWER_AGAIN_INTERVAL (200 * IKE_MILLISECOND)

/* A gateway that asks anew sooner than that after its last question has not waited for a reply that
 * was lost: it has read ours. (libreswan begins with 500 ms.) */
#define XAUTH_REPEATED_AFTER (400 * IKE_MILLISECOND)

/* A finished exchange is remembered, so that a late repetition is answered and not taken for new.
 */
#define EXCHANGE_MEMORY (60 * IKE_SECOND)

/* For the gateway's first word after phase 1, where it has the next word (XAUTH, pushed
 * configuration). */
#define PEER_REQUEST_WAIT (25 * IKE_SECOND)

/* For a person to type a password or a code: what gateways give at the most. */
#define SECRET_WAIT (120 * IKE_SECOND)

/* After the gateway deleted the last IPsec SA: time for it to delete the ISAKMP SA too, or to
 * rekey. */
#define RENEGOTIATE_DELAY (1 * IKE_SECOND)

/* An IPsec SA that lives longer was wanted, whatever ended it. */
#define SHORT_LIFE (60 * IKE_SECOND)

/* So long a network may be without an SA, because the gateway refuses every one, before the
 * connection ends. */
#define UNSERVED_LIMIT (60 * IKE_SECOND)

/* After user name and password went out: for a server behind the gateway, or a person with a
 * telephone, to agree. NetworkManager waits for 60 s in all. */
#define VERDICT_WAIT (45 * IKE_SECOND)

/* Between two tries to rekey, if the first was refused or not answered. */
#define REKEY_RETRY_DELAY (5 * IKE_SECOND)

/* New outbound SA is used at the latest after this time if no packet proved that the peer has it.
 */
#define SWITCH_DELAY (3 * IKE_SECOND)

/* HASH(3) is the last message and nobody acknowledges it: it is repeated after this time, then
 * after twice that …, until a packet proves that the gateway has it. */
#define CONFIRM_AGAIN_DELAY (500 * IKE_MILLISECOND)

/* A gateway that names a shorter lifetime would have us rekey all the time. */
#define SHORTEST_LIFETIME_SECONDS 10u

/* The old SA stays for packets under way. */
#define OLD_SA_LINGER (5 * IKE_SECOND)

/* An old IKE SA whose successor is there: until the new Child SAs carry the traffic, and then as
 * above. */
#define RETIREMENT (SWITCH_DELAY + OLD_SA_LINGER)

/* Between two tries to reconnect, from the beginning of one to that of the next: doubled each time,
 * so that a gateway that refuses is not hammered. */
#define RECONNECT_FIRST (1 * IKE_SECOND)
#define RECONNECT_LONGEST (30 * IKE_SECOND)

/* A connection that lasted so long was a success: after it the counting begins anew. */
#define RECONNECTED_FOR_GOOD (60 * IKE_SECOND)

/* The questions whether the gateway is still there: one each interval. Two round trips over a
 * satellite fit. */
#define VERIFY_INTERVAL (700 * IKE_MILLISECOND)

/* Unprotected claims that the gateway does not know us make us ask, but not more often. */
#define DOUBT_INTERVAL (10 * IKE_SECOND)

/* A packet that has no answer after this time was too large for the path, or lost (RFC 8899, 5.1.1:
 * PROBE_TIMER). */
#define PATH_MTU_INTERVAL (1 * IKE_SECOND)

/* Paths change behind our back: the search begins anew (RFC 8899, 5.1.1: PMTU_RAISE_TIMER). */
#define PATH_MTU_AGAIN (600 * IKE_SECOND)

/* A deadline missed by so much: the machine or this program slept. */
#define SLEPT (10 * IKE_SECOND)

/* A packet may make us negotiate a missing SA at once, but not more often for one network. */
#define ACQUIRE_INTERVAL (5 * IKE_SECOND)
