/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "ike/internal.h"
#include "ike/limits.h"

/* What becomes of a connection whose IKE SA ends, or whose path to the gateway changes: a successor
 * is made, another IKE SA with Child SAs of its own, and when it is there it takes over.
 *
 *   established ── path changed ──> asked ── answer ──> established
 *                                     └──── silence ──> reconnecting
 *   established ── lost ──> reconnecting ── successor ──> established
 *                              │    └────── failed ──> waits, tries again
 *                              └─ path gone: waits for it
 *   established ── lifetime nearly over ──> successor beside it ──> established
 *
 * All of this but the answer to a changed path is for persistent connections; what is not, gets one
 * try after a change of path. */

static void
say_reconnecting(IkeEngine *engine, FailureReason reason, const char *detail)
{
    if (engine->reconnecting)
        return;
    engine->reconnecting = true;
    log_notice("reconnecting: %s", failure_sentence(reason));
    ike_actions_reconnecting(&engine->actions, reason, g_strdup(detail));
}

static bool
current_carries(const IkeEngine *engine)
{
    return engine->current && !engine->reconnecting && ike_v1_is_established(engine->current);
}

static void
begin_successor(IkeEngine *engine)
{
    engine->retry_at = IKE_TIME_NEVER;
    engine->tried_at = engine->now;
    engine->successor = engine_begin(engine, current_carries(engine));
    engine_take_actions(engine, engine->successor);
}

/* From the beginning of one try to that of the next: one that took long in vain need not wait. */
static void
schedule(IkeEngine *engine)
{
    IkeTime wait = RECONNECT_FIRST << MIN(engine->tries, 5);

    engine->tries++;
    engine->retry_at = MAX(engine->tried_at + ike_time_min(wait, RECONNECT_LONGEST),
                           engine->now + RECONNECT_FIRST);
}

/* The old IKE SA may be dead at the gateway or not: it carries what it can until another is there.
 */
static void
replace_current(IkeEngine *engine, FailureReason reason)
{
    say_reconnecting(engine, reason, NULL);
    ike_v1_suspend(engine->current, true);
    if (!engine->successor)
        begin_successor(engine);
}

/* The successor is there. If the old one carried the traffic until now, packets of it are under
 * way, and the gateway may not have the last message yet. */
static void
promote(IkeEngine *engine, const IkeAction *action)
{
    IkeV1 *old = engine->current;
    bool gently = current_carries(engine);

    engine->current = engine->successor;
    engine->successor = NULL;
    ike_actions_push(&engine->actions, action);
    if (!old)
        return;
    ike_v1_retire(old, gently ? RETIREMENT : 0, engine->now);
    ike_v1_timeout(old, engine->now);
    engine_take_actions(engine, old);
}

void
engine_on_established(IkeEngine *engine, IkeV1 *v1, const IkeAction *action)
{
    if (v1 == engine->successor)
        promote(engine, action);
    else
        ike_actions_push(&engine->actions, action);
    ike_v1_bequeath(engine->current, &engine->heritage);
    engine->established = true;
    engine->reconnecting = false;
    engine->established_at = engine->now;
    engine->given_up = FAIL_NONE;
    engine->refusals = engine->login_refusals = 0;
}

/* Whether another try makes sense; then it is counted. */
static bool
may_try_again(IkeEngine *engine, FailureReason reason)
{
    switch (failure_recovery(reason)) {
    case RECOVERY_NEVER:
        return false;
    case RECOVERY_LOGIN:
        return ++engine->login_refusals < MAX_LOGIN_REFUSALS;
    case RECOVERY_SOME:
        /* What was agreed upon before may not be what the gateway wants now. */
        engine->heritage.group_offer = engine->heritage.offer = 0;
        return ++engine->refusals < MAX_RECONNECT_REFUSALS;
    case RECOVERY_ALWAYS:
        engine->refusals = 0;
        return true;
    }
    return false;
}

static void
current_ended(IkeEngine *engine, FailureReason reason, const char *detail)
{
    bool again = engine->established && engine->config->persistent
                 && failure_recovery(reason) != RECOVERY_NEVER;

    if (engine->given_up != FAIL_NONE) {
        engine_close(engine, engine->given_up, NULL);
        return;
    }
    if (!again && !engine->successor) {
        engine_close(engine, reason, g_strdup(detail));
        return;
    }
    say_reconnecting(engine, reason, detail);
    if (engine->now - engine->established_at > RECONNECTED_FOR_GOOD)
        engine->tries = 0;
    if (!engine->successor && engine->retry_at == IKE_TIME_NEVER)
        schedule(engine);
}

static void
successor_failed(IkeEngine *engine, FailureReason reason, const char *detail)
{
    if (reason == FAIL_CANCELLED)
        reason = FAIL_NOT_ASKED_AGAIN;
    log_notice("reconnecting failed: %s%s%s",
               failure_sentence(reason),
               detail ? ": " : "",
               detail ? detail : "");
    if (engine->current) {
        ike_v1_carry_again(engine->current);
        engine_take_actions(engine, engine->current);
    }
    if (engine->config->persistent && may_try_again(engine, reason))
        schedule(engine);
    else if (current_carries(engine))
        engine->given_up = reason;
    else
        engine_close(engine, reason, g_strdup(detail));
}

void
engine_on_closed(IkeEngine *engine, IkeV1 *v1, FailureReason reason, char *detail)
{
    g_autofree char *owned = detail;

    if (v1 == engine->successor) {
        engine->successor = NULL;
        successor_failed(engine, reason, owned);
    } else if (v1 == engine->current) {
        engine->current = NULL;
        current_ended(engine, reason, owned);
    } else if (engine->current) {
        /* One that had retired: what it carried until now goes through its successor. */
        ike_v1_use_all(engine->current, engine->now);
        engine_take_actions(engine, engine->current);
    }
}

/* the path */

void
engine_path_lost(IkeEngine *engine)
{
    if (engine->path_gone)
        return;
    engine->path_gone = true;
    log_notice("there is no way to the gateway: waiting for one");
    engine_discard(engine, engine->successor);
    if (!engine->established)
        engine_discard(engine, engine->current);
    else
        say_reconnecting(engine, FAIL_NO_ROUTE, NULL);
    if (engine->current)
        ike_v1_suspend(engine->current, true);
}

static bool
same_ends(const IkePath *a, const IkePath *b)
{
    return ip_address_equal(&a->local, &b->local) && ip_address_equal(&a->remote, &b->remote)
           && a->local_port == b->local_port && a->local_nat_t_port == b->local_nat_t_port
           && a->remote_port == b->remote_port && a->remote_nat_t_port == b->remote_nat_t_port;
}

static void
log_path(const IkePath *path)
{
    char local[IP_TEXT_SIZE], remote[IP_TEXT_SIZE];

    log_notice("the way to the gateway is now from %s to %s",
               ip_address_to_text(&path->local, local),
               ip_address_to_text(&path->remote, remote));
}

/* The gateway goes on, over the path that there is. */
static void
current_is_alive(IkeEngine *engine)
{
    log_info("the gateway answers, all goes on");
    if (engine->reconnecting)
        ike_v1_say_established(engine->current);
}

static void
ask_current(IkeEngine *engine, FailureReason suspicion)
{
    engine->suspicion = suspicion;
    ike_v1_suspend(engine->current, false);
    if (ike_v1_can_verify(engine->current))
        ike_v1_verify(engine->current, engine->now);
    else
        current_is_alive(engine);
}

static void
follow_path(IkeEngine *engine, bool current_follows)
{
    if (!engine->established) {
        engine_discard(engine, engine->current);
        engine->current = engine_begin(engine, false);
    } else if (current_follows) {
        ask_current(engine, FAIL_PATH_CHANGED);
    } else if (engine->current) {
        replace_current(engine, FAIL_PATH_CHANGED);
    } else {
        begin_successor(engine);
    }
}

void
engine_path_found(IkeEngine *engine, const IkePath *path)
{
    bool same = !engine->path_gone && same_ends(&engine->path, path);
    bool follows = engine->current && ike_v1_can_follow(engine->current, path);

    engine->path_gone = false;
    if (same && engine->path.mtu == path->mtu) {
        /* The owner has gone back to what the route says, and need not find out anew. */
        if (engine->heritage.path_mtu)
            ike_actions_path_mtu(&engine->actions, engine->heritage.path_mtu);
        return;
    }
    engine->path = *path;
    engine->heritage.path_mtu = 0;
    if (same) {
        for (guint i = 0; i < engine->family->len; i++)
            ike_v1_change_mtu(engine->family->pdata[i], path->mtu, engine->now);
        return;
    }
    log_path(path);
    engine_discard(engine, engine->successor);
    for (guint i = 0; i < engine->family->len; i++)
        ike_v1_change_path(engine->family->pdata[i], path, engine->now);
    follow_path(engine, follows);
}

/* time */

void
engine_slept(IkeEngine *engine)
{
    if (!current_carries(engine) || engine->path_gone)
        return;
    log_info("this machine or program slept");
    ike_v1_wake(engine->current, engine->now);
    if (ike_v1_can_verify(engine->current))
        ask_current(engine, FAIL_PEER_DEAD);
}

/* Without persistence a silent gateway is dead peer detection's business. */
static void
take_verdict(IkeEngine *engine)
{
    IkeVerdict verdict = ike_v1_take_verdict(engine->current);

    if (verdict == VERDICT_ALIVE)
        current_is_alive(engine);
    else if (verdict == VERDICT_SILENT
             && (engine->config->persistent || engine->suspicion == FAIL_PATH_CHANGED))
        replace_current(engine, engine->suspicion);
}

static IkeTime
renew_at(const IkeEngine *engine)
{
    bool possible = engine->config->persistent && current_carries(engine) && !engine->successor
                    && !engine->path_gone && engine->given_up == FAIL_NONE
                    && engine->retry_at == IKE_TIME_NEVER;

    if (!possible)
        return IKE_TIME_NEVER;
    /* (A gateway may name a lifetime of seconds.) */
    return MAX(ike_v1_renew_at(engine->current), engine->tried_at + RECONNECT_LONGEST);
}

void
engine_proceed(IkeEngine *engine)
{
    if (engine->closed)
        return;
    if (engine->current) {
        take_verdict(engine);
        if (ike_v1_take_doubt(engine->current) && current_carries(engine)
            && ike_v1_can_verify(engine->current))
            ask_current(engine, FAIL_PEER_DEAD);
        engine_take_actions(engine, engine->current);
    }
    if (engine->closed || engine->path_gone || engine->successor)
        return;
    if (engine->retry_at <= engine->now || renew_at(engine) <= engine->now)
        begin_successor(engine);
}

IkeTime
engine_own_deadline(const IkeEngine *engine)
{
    if (engine->path_gone || engine->successor)
        return IKE_TIME_NEVER;
    return ike_time_min(engine->retry_at, renew_at(engine));
}
