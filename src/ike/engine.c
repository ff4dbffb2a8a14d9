/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/engine.h"

#include "ike/actions.h"
#include "ike/v1/ike-v1.h"

struct IkeEngine {
    IkeActions actions;
    IkeV1 *v1;
};

IkeEngine *
ike_engine_new(const ConnectionConfig *config, const RandomSource *random)
{
    IkeEngine *engine = g_new0(IkeEngine, 1);

    g_queue_init(&engine->actions.queue);
    engine->v1 = ike_v1_new(config, random, &engine->actions);
    return engine;
}

void
ike_engine_free(IkeEngine *engine)
{
    if (!engine)
        return;
    ike_v1_free(engine->v1);
    ike_actions_clear(&engine->actions);
    g_free(engine);
}

void
ike_engine_start(IkeEngine *engine, const IkePath *path, IkeTime now)
{
    ike_v1_start(engine->v1, path, now);
}

void
ike_engine_receive(IkeEngine *engine, Bytes datagram, bool nat_t, IkeTime now)
{
    ike_v1_receive(engine->v1, datagram, nat_t, now);
}

void
ike_engine_timeout(IkeEngine *engine, IkeTime now)
{
    ike_v1_timeout(engine->v1, now);
}

void
ike_engine_give_secret(IkeEngine *engine, IkeSecretKind kind, const char *answer, IkeTime now)
{
    ike_v1_give_secret(engine->v1, kind, answer, now);
}

void
ike_engine_child_sa_used(IkeEngine *engine, uint32_t spi, IkeTime now)
{
    ike_v1_child_sa_used(engine->v1, spi, now);
}

void
ike_engine_child_sa_expiring(IkeEngine *engine, uint32_t spi, IkeTime now)
{
    ike_v1_child_sa_expiring(engine->v1, spi, now);
}

void
ike_engine_stop(IkeEngine *engine, IkeTime now)
{
    ike_v1_stop(engine->v1, now);
}

IkeTime
ike_engine_deadline(const IkeEngine *engine)
{
    return ike_v1_deadline(engine->v1);
}

bool
ike_engine_next_action(IkeEngine *engine, IkeAction *out)
{
    return ike_actions_next(&engine->actions, out);
}
