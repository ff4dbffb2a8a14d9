/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/reader.h"
#include "fuzz/engine-config.h"
#include "fuzz/fuzz.h"
#include "ike/engine.h"
#include "lib/random-seeded.h"

/* The whole engine: a profile, then datagrams, time steps and what else its owner may do, out of
 * the input. tests/lib/crypto-null.c stands in the place of src/crypto, so that any bytes pass for
 * authentic ones. What must hold at any time is checked here too. */

unsigned fuzz_reached;

enum {
    MAX_STEPS = 200,
    MAX_ACTIONS = 200, /* of one step: 64 IPsec SAs deleted and removed */
    MAX_SPIS = 256,
};

typedef struct {
    IkeEngine *engine;
    IkePath path;
    bool no_path;
    IkeTime now;
    bool established, reconnecting, closed;
    uint32_t spis[MAX_SPIS]; /* of every SA that was installed */
    bool installed[MAX_SPIS];
    size_t n_spis;
} Run;

static size_t
find_spi(const Run *run, uint32_t spi)
{
    size_t i = 0;

    while (i < run->n_spis && !(run->installed[i] && run->spis[i] == spi))
        i++;
    return i;
}

static void
check_action(Run *run, const IkeAction *action)
{
    size_t at = find_spi(run, action->spi);

    g_assert_false(run->closed);
    switch (action->type) {
    case IKE_ACTION_INSTALL_CHILD_SA:
        g_assert_cmpuint(at, ==, run->n_spis);
        g_assert_cmpuint(action->child.outbound_spi, >=, 256);
        g_assert_cmpuint(action->child.inbound_keymat.len, >, 0);
        if (run->n_spis < MAX_SPIS) {
            run->spis[run->n_spis] = action->spi;
            run->installed[run->n_spis++] = true;
        }
        break;
    case IKE_ACTION_USE_CHILD_SA:
        g_assert_cmpuint(at, <, run->n_spis);
        break;
    case IKE_ACTION_REMOVE_CHILD_SA:
        g_assert_cmpuint(at, <, run->n_spis);
        run->installed[at] = false;
        break;
    case IKE_ACTION_ESTABLISHED:
        run->established = true;
        run->reconnecting = false;
        fuzz_reached++;
        break;
    case IKE_ACTION_RECONNECTING:
        g_assert_true(run->established && !run->reconnecting);
        run->reconnecting = true;
        break;
    case IKE_ACTION_CLOSED:
        run->closed = true;
        for (size_t i = 0; i < run->n_spis; i++)
            g_assert_false(run->installed[i]);
        break;
    case IKE_ACTION_SEND:
        g_assert_cmpuint(g_bytes_get_size(action->datagram), >=, 28);
        g_assert_false(run->no_path);
        break;
    case IKE_ACTION_NONE:
    case IKE_ACTION_KEEPALIVE:
    case IKE_ACTION_ASK_SECRET:
    case IKE_ACTION_PATH_MTU:
        break;
    }
}

static void
drain(Run *run)
{
    IkeAction action;
    unsigned n = 0;

    while (ike_engine_next_action(run->engine, &action)) {
        g_assert_cmpuint(++n, <=, MAX_ACTIONS);
        check_action(run, &action);
        ike_action_clear(&action);
    }
}

static void
pass_time(Run *run, IkeTime until)
{
    if (until == IKE_TIME_NEVER)
        return;
    run->now = MAX(run->now, until);
    if (ike_engine_deadline(run->engine) > run->now)
        return;
    ike_engine_timeout(run->engine, run->now);
    drain(run);
    g_assert_cmpint(ike_engine_deadline(run->engine), >, run->now);
}

static void
give_secret(Run *run, Reader *r)
{
    IkeSecretKind kind = reader_u8(r) % IKE_SECRET_N;
    size_t len = reader_u8(r);
    Bytes text = reader_bytes(r, MIN(len, r->rest.len));
    g_autofree char *answer = text.len ? g_strndup((const char *) text.data, text.len) : NULL;

    ike_engine_give_secret(run->engine, kind, answer, run->now);
}

static void
take_datagram(Run *run, Reader *r)
{
    bool nat_t = reader_u8(r) & 1;
    size_t len = reader_u16(r);
    Bytes datagram = reader_bytes(r, MIN(len, r->rest.len));
    g_autofree uint8_t *exact = g_memdup2(datagram.data, datagram.len);

    ike_engine_receive(run->engine, bytes_of(exact, datagram.len), nat_t, run->now);
}

static uint32_t
some_spi(const Run *run, Reader *r)
{
    size_t at = reader_u8(r);

    return at < run->n_spis ? run->spis[at] : (uint32_t) at;
}

static void
change_path(Run *run, Reader *r)
{
    uint8_t last = reader_u8(r);

    run->path.local.bytes[3] = last;
    run->path.mtu = reader_u16(r);
    run->no_path = last == 0;
    ike_engine_path_changed(run->engine, last ? &run->path : NULL, run->now);
}

static void
acquire(Run *run, Reader *r)
{
    IpAddress source, destination;

    ip_address_from_text("10.20.30.40", &source);
    ip_address_from_text("10.1.2.3", &destination);
    source.bytes[3] = reader_u8(r);
    destination.bytes[3] = reader_u8(r);
    ike_engine_acquire(run->engine, &source, &destination, run->now);
}

static void
step(Run *run, Reader *r)
{
    switch (reader_u8(r) % ENGINE_N_STEPS) {
    case ENGINE_DATAGRAM:
        take_datagram(run, r);
        break;
    case ENGINE_TIME:
        pass_time(run, run->now + reader_u16(r) * 100 * IKE_MILLISECOND);
        break;
    case ENGINE_TO_DEADLINE:
        pass_time(run, ike_engine_deadline(run->engine));
        break;
    case ENGINE_SECRET:
        give_secret(run, r);
        break;
    case ENGINE_USED:
        ike_engine_child_sa_used(run->engine, some_spi(run, r), run->now);
        break;
    case ENGINE_EXPIRING:
        ike_engine_child_sa_expiring(run->engine, some_spi(run, r), run->now);
        break;
    case ENGINE_PATH:
        change_path(run, r);
        break;
    case ENGINE_ACQUIRE:
        acquire(run, r);
        break;
    case ENGINE_STOP:
        ike_engine_stop(run->engine, run->now);
        break;
    }
    drain(run);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool malformed = false;
    Reader r = reader_of(bytes_of(data, size), &malformed);
    g_autoptr(ConnectionConfig) config = engine_config(reader_u8(&r));
    SeededRandom seeded;
    RandomSource random = random_seeded(&seeded, ENGINE_SEED);
    Run run = {.engine = ike_engine_new(config, &random),
               .now = 1000 * IKE_SECOND,
               .path = {.local_port = 500,
                        .remote_port = 500,
                        .local_nat_t_port = 4500,
                        .remote_nat_t_port = 4500}};

    ip_address_from_text("192.0.2.7", &run.path.local);
    ip_address_from_text("198.51.100.1", &run.path.remote);
    ike_engine_start(run.engine, &run.path, run.now);
    drain(&run);
    for (unsigned i = 0; i < MAX_STEPS && reader_more(&r); i++)
        step(&run, &r);
    /* whatever it was, it can be ended */
    if (!run.closed) {
        ike_engine_stop(run.engine, run.now);
        drain(&run);
    }
    g_assert_true(run.closed);
    g_assert_cmpint(ike_engine_deadline(run.engine), ==, IKE_TIME_NEVER);
    ike_engine_free(run.engine);
    return 0;
}
