/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/v1/ike-v1.h"

/* The engine and the IKE SAs in it. Each is a function from inputs to actions like the engine
 * itself; the engine passes their actions on, and takes ESTABLISHED and CLOSED as its own inputs.
 */

struct IkeEngine {
    const ConnectionConfig *config;
    const RandomSource *random;
    IkeActions actions;
    IkeTime now;
    IkePath path;
    bool path_gone;

    GPtrArray *family;    /* of IkeV1: all that live, those that retire among them */
    GPtrArray *graveyard; /* of IkeV1: closed; an action may still name their lease */
    IkeV1 *current;       /* the connection, being made or made; NULL: lost */
    IkeV1 *successor;     /* being made to take its place; NULL: none */
    IkeHeritage heritage;
    bool question_open; /* a person is asked already */

    bool established;  /* was it ever */
    bool reconnecting; /* RECONNECTING was said, and nothing since */
    bool closed;       /* CLOSED was */
    IkeTime established_at;
    IkeTime tried_at;        /* when the last successor was begun */
    IkeTime retry_at;        /* NEVER, or when the next one is */
    unsigned tries;          /* … since the connection last was a success */
    unsigned refusals;       /* of them, in a row */
    unsigned login_refusals; /* … of credentials */
    FailureReason given_up;  /* no successor any more, for this reason; FAIL_NONE: go on */
    FailureReason suspicion; /* why the gateway is asked whether it is there */
};

/* Carries on what v1 wants done. */
void engine_take_actions(IkeEngine *engine, IkeV1 *v1);
/* Makes an IKE SA and starts it. */
IkeV1 *engine_begin(IkeEngine *engine, bool gently);
/* It ends without anybody being told but the gateway. */
void engine_discard(IkeEngine *engine, IkeV1 *v1);
/* Everything ends; CLOSED is the last action. detail is taken over. */
void engine_close(IkeEngine *engine, FailureReason reason, char *detail);

/* reconnect.c: what follows from what happened to the current IKE SA and to its successor */
void engine_on_established(IkeEngine *engine, IkeV1 *v1, const IkeAction *action);
void engine_on_closed(IkeEngine *engine, IkeV1 *v1, FailureReason reason, char *detail);
void engine_path_lost(IkeEngine *engine);
void engine_path_found(IkeEngine *engine, const IkePath *path);
/* The clock jumped: much may have happened that nobody told us. */
void engine_slept(IkeEngine *engine);
/* After each input: what the IKE SAs found out, and what is due. */
void engine_proceed(IkeEngine *engine);
IkeTime engine_own_deadline(const IkeEngine *engine);
