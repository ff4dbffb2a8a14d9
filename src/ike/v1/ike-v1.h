/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/actions.h"

/* One ISAKMP SA and what is made through it: IKEv1's side of ike/engine.h, function by function
 * (RFC 2409 and its companions). The engine has several while one takes another's place. */
typedef struct IkeV1 IkeV1;

/* family: the engine's IkeV1s, this one among them, whose SPIs must differ from each other's. */
IkeV1 *
ike_v1_new(const ConnectionConfig *config, const RandomSource *random, const GPtrArray *family);
void ike_v1_free(IkeV1 *v1);
bool ike_v1_next_action(IkeV1 *v1, IkeAction *out);

void ike_v1_start(IkeV1 *v1, const IkePath *path, IkeTime now);
void ike_v1_receive(IkeV1 *v1, Bytes datagram, bool nat_t, IkeTime now);
void ike_v1_timeout(IkeV1 *v1, IkeTime now);
void ike_v1_give_secret(IkeV1 *v1, IkeSecretKind kind, const char *answer, IkeTime now);
void ike_v1_child_sa_used(IkeV1 *v1, uint32_t spi, IkeTime now);
void ike_v1_child_sa_expiring(IkeV1 *v1, uint32_t spi, IkeTime now);
void ike_v1_acquire(IkeV1 *v1, const IpAddress *source, const IpAddress *destination, IkeTime now);
void ike_v1_stop(IkeV1 *v1, IkeTime now);
IkeTime ike_v1_deadline(const IkeV1 *v1);

/* What one IKE SA leaves to the next. A password is not in it: it may be good for one time only. */
typedef struct {
    bool proven;          /* both ends know each other's secrets: silence is the network's */
    IpAddress address;    /* to ask for again; FAMILY_NONE: none was assigned */
    Secret user;          /* typed */
    unsigned group_offer; /* what the gateway took of what we can offer only one by one */
    unsigned offer;
    uint32_t path_mtu; /* the last that was said of this path; 0: none */
} IkeHeritage;

void ike_heritage_clear(IkeHeritage *heritage);
/* What *heritage has no more than the defaults of stays. */
void ike_v1_bequeath(const IkeV1 *v1, IkeHeritage *heritage);
/* Before the start. gently: the predecessor carries the traffic until the gateway has shown that it
 * has the new Child SAs, so it is not told to forget all others (INITIAL-CONTACT). */
void ike_v1_inherit(IkeV1 *v1, const IkeHeritage *heritage, bool gently);

bool ike_v1_is_established(const IkeV1 *v1);
/* Its Child SAs carry outbound packets: says so again, after a successor has come to nothing. */
void ike_v1_carry_again(IkeV1 *v1);
/* Nothing else carries outbound packets any more: what waits for proof does it now. */
void ike_v1_use_all(IkeV1 *v1, IkeTime now);
/* ESTABLISHED once more. */
void ike_v1_say_established(IkeV1 *v1);
/* When a successor should be begun, so that it is there before the lifetime ends. */
IkeTime ike_v1_renew_at(const IkeV1 *v1);

/* Messages go over this path from now on, and how large they may be is found out anew. */
void ike_v1_change_path(IkeV1 *v1, const IkePath *path, IkeTime now);
/* The same path takes packets of another size. */
void ike_v1_change_mtu(IkeV1 *v1, uint32_t mtu, IkeTime now);
/* After a sleep: silence until now was our own. */
void ike_v1_wake(IkeV1 *v1, IkeTime now);
/* Whether its Child SAs may live on over this path, if the gateway goes along (RFC 3947, 6: with
 * ESP in UDP it may; else they are bound to their addresses). */
bool ike_v1_can_follow(const IkeV1 *v1, const IkePath *path);

/* Asks the gateway now, and a few times within a moment, whether it is there (RFC 3706). */
void ike_v1_verify(IkeV1 *v1, IkeTime now);
typedef enum { VERDICT_NONE, VERDICT_ALIVE, VERDICT_SILENT } IkeVerdict;
/* Given once. A gateway without DPD gets none: VERDICT_NONE for ever. */
IkeVerdict ike_v1_take_verdict(IkeV1 *v1);
bool ike_v1_can_verify(const IkeV1 *v1);
/* An unprotected message says that the gateway does not know us; given once. */
bool ike_v1_take_doubt(IkeV1 *v1);

/* While suspended nothing is sent and nobody is given up; only lifetimes end. */
void ike_v1_suspend(IkeV1 *v1, bool suspended);
/* Another takes its place: packets under way are still taken for so long, then it ends with
 * Deletes and CLOSED(FAIL_NONE). */
void ike_v1_retire(IkeV1 *v1, IkeTime linger, IkeTime now);
