/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/engine.h"

#include "ike/internal.h"
#include "ike/limits.h"

IkeEngine *
ike_engine_new(const ConnectionConfig *config, const RandomSource *random)
{
    IkeEngine *engine = g_new0(IkeEngine, 1);

    engine->config = config;
    engine->random = random;
    engine->family = g_ptr_array_new();
    engine->graveyard = g_ptr_array_new_with_free_func((GDestroyNotify) ike_v1_free);
    engine->retry_at = IKE_TIME_NEVER;
    g_queue_init(&engine->actions.queue);
    return engine;
}

void
ike_engine_free(IkeEngine *engine)
{
    if (!engine)
        return;
    g_ptr_array_set_free_func(engine->family, (GDestroyNotify) ike_v1_free);
    g_ptr_array_unref(engine->family);
    g_ptr_array_unref(engine->graveyard);
    ike_heritage_clear(&engine->heritage);
    ike_actions_clear(&engine->actions);
    g_free(engine);
}

static void
bury(IkeEngine *engine, IkeV1 *v1)
{
    if (g_ptr_array_remove(engine->family, v1))
        g_ptr_array_add(engine->graveyard, v1);
}

/* One question at a time: a gateway that grew tired of waiting, and asks again through another IKE
 * SA, gets the answer to the first. */
static void
ask(IkeEngine *engine, IkeAction *action)
{
    if (engine->question_open)
        ike_action_clear(action);
    else
        ike_actions_push(&engine->actions, action);
    engine->question_open = true;
}

static void
take_action(IkeEngine *engine, IkeV1 *v1, IkeAction *action)
{
    switch (action->type) {
    case IKE_ACTION_ESTABLISHED:
        engine_on_established(engine, v1, action);
        break;
    case IKE_ACTION_CLOSED:
        bury(engine, v1);
        engine_on_closed(engine, v1, action->reason, g_steal_pointer(&action->detail));
        ike_action_clear(action);
        break;
    case IKE_ACTION_SEND:
    case IKE_ACTION_KEEPALIVE:
        if (engine->path_gone)
            ike_action_clear(action);
        else
            ike_actions_push(&engine->actions, action);
        break;
    case IKE_ACTION_ASK_SECRET:
        ask(engine, action);
        break;
    case IKE_ACTION_PATH_MTU:
        engine->heritage.path_mtu = action->mtu;
        ike_actions_push(&engine->actions, action);
        break;
    case IKE_ACTION_NONE:
    case IKE_ACTION_INSTALL_CHILD_SA:
    case IKE_ACTION_USE_CHILD_SA:
    case IKE_ACTION_REMOVE_CHILD_SA:
    case IKE_ACTION_RECONNECTING:
        ike_actions_push(&engine->actions, action);
        break;
    }
}

void
engine_take_actions(IkeEngine *engine, IkeV1 *v1)
{
    IkeAction action;

    while (ike_v1_next_action(v1, &action))
        take_action(engine, v1, &action);
}

IkeV1 *
engine_begin(IkeEngine *engine, bool gently)
{
    IkeV1 *v1 = ike_v1_new(engine->config, engine->random, engine->family);

    g_ptr_array_add(engine->family, v1);
    ike_v1_inherit(v1, &engine->heritage, gently);
    ike_v1_start(v1, &engine->path, engine->now);
    return v1;
}

void
engine_discard(IkeEngine *engine, IkeV1 *v1)
{
    if (!v1)
        return;
    if (engine->current == v1)
        engine->current = NULL;
    if (engine->successor == v1)
        engine->successor = NULL;
    ike_v1_stop(v1, engine->now);
    engine_take_actions(engine, v1);
}

void
engine_close(IkeEngine *engine, FailureReason reason, char *detail)
{
    if (engine->closed) {
        g_free(detail);
        return;
    }
    while (engine->family->len > 0)
        engine_discard(engine, engine->family->pdata[0]);
    ike_actions_closed(&engine->actions, reason, detail);
    engine->closed = true;
}

/* An input comes: false if it comes too late. */
static bool
enter(IkeEngine *engine, IkeTime now)
{
    IkeTime deadline = ike_engine_deadline(engine);
    bool slept = deadline != IKE_TIME_NEVER && now - deadline > SLEPT;

    g_ptr_array_set_size(engine->graveyard, 0);
    engine->now = now;
    if (slept)
        engine_slept(engine);
    return !engine->closed;
}

/* What follows from an input to them all. (Some may be closed on the way, others made.) */
static void
leave(IkeEngine *engine)
{
    for (guint i = engine->family->len; i > 0; i--) {
        if (i <= engine->family->len)
            engine_take_actions(engine, engine->family->pdata[i - 1]);
    }
    engine_proceed(engine);
}

void
ike_engine_start(IkeEngine *engine, const IkePath *path, IkeTime now)
{
    engine->now = now;
    engine->path = *path;
    engine->current = engine_begin(engine, false);
    leave(engine);
}

/* Each knows by the cookies whether it is meant. */
void
ike_engine_receive(IkeEngine *engine, Bytes datagram, bool nat_t, IkeTime now)
{
    if (!enter(engine, now))
        return;
    for (guint i = 0; i < engine->family->len; i++)
        ike_v1_receive(engine->family->pdata[i], datagram, nat_t, now);
    leave(engine);
}

void
ike_engine_timeout(IkeEngine *engine, IkeTime now)
{
    if (!enter(engine, now))
        return;
    for (guint i = 0; i < engine->family->len; i++)
        ike_v1_timeout(engine->family->pdata[i], now);
    leave(engine);
}

/* (Who has not asked does not listen.) */
void
ike_engine_give_secret(IkeEngine *engine, IkeSecretKind kind, const char *answer, IkeTime now)
{
    if (!enter(engine, now))
        return;
    engine->question_open = false;
    for (guint i = 0; i < engine->family->len; i++)
        ike_v1_give_secret(engine->family->pdata[i], kind, answer, now);
    leave(engine);
}

void
ike_engine_child_sa_used(IkeEngine *engine, uint32_t spi, IkeTime now)
{
    if (!enter(engine, now))
        return;
    for (guint i = 0; i < engine->family->len; i++)
        ike_v1_child_sa_used(engine->family->pdata[i], spi, now);
    leave(engine);
}

void
ike_engine_child_sa_expiring(IkeEngine *engine, uint32_t spi, IkeTime now)
{
    if (!enter(engine, now))
        return;
    for (guint i = 0; i < engine->family->len; i++)
        ike_v1_child_sa_expiring(engine->family->pdata[i], spi, now);
    leave(engine);
}

void
ike_engine_path_changed(IkeEngine *engine, const IkePath *path, IkeTime now)
{
    if (!enter(engine, now))
        return;
    if (path)
        engine_path_found(engine, path);
    else
        engine_path_lost(engine);
    leave(engine);
}

void
ike_engine_acquire(IkeEngine *engine,
                   const IpAddress *source,
                   const IpAddress *destination,
                   IkeTime now)
{
    if (!enter(engine, now))
        return;
    if (engine->current)
        ike_v1_acquire(engine->current, source, destination, now);
    leave(engine);
}

void
ike_engine_stop(IkeEngine *engine, IkeTime now)
{
    if (enter(engine, now))
        engine_close(engine, FAIL_NONE, NULL);
}

IkeTime
ike_engine_deadline(const IkeEngine *engine)
{
    IkeTime deadline = engine_own_deadline(engine);

    for (guint i = 0; i < engine->family->len; i++)
        deadline = ike_time_min(deadline, ike_v1_deadline(engine->family->pdata[i]));
    return engine->closed ? IKE_TIME_NEVER : deadline;
}

bool
ike_engine_next_action(IkeEngine *engine, IkeAction *out)
{
    return ike_actions_next(&engine->actions, out);
}
