/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"
#include "wire/v1/isakmp.h"

#include <string.h>

/* Every way to connect, over a network that loses, repeats, delays, swaps and changes messages:
 * first each single message in turn, then many by chance. */

enum { BITS_TRIED = 8 };

typedef struct {
    const char *name;
    ExchangeMode mode;
    bool xauth;
    bool pushes;
    bool nat;
    bool gateway_repeats;
} Way;

static const Way ways[] = {
    {"main-psk", EXCHANGE_MODE_MAIN, false, false, false, false},
    {"main-xauth", EXCHANGE_MODE_MAIN, true, false, true, false},
    {"aggressive-psk", EXCHANGE_MODE_AGGRESSIVE, false, false, true, false},
    {"aggressive-xauth", EXCHANGE_MODE_AGGRESSIVE, true, false, false, false},
    {"main-push", EXCHANGE_MODE_MAIN, false, true, false, true},
    {"aggressive-push", EXCHANGE_MODE_AGGRESSIVE, true, true, true, true},
    {"aggressive-psk-push", EXCHANGE_MODE_AGGRESSIVE, false, true, true, false},
};

static Link *
link_of(const Way *way, uint64_t seed)
{
    ConnectionConfig *config = link_config(way->mode, way->xauth);
    ResponderConfig gateway = responder_config_default();
    Link *link;

    config->addressing = way->pushes ? ADDRESSING_PUSH : ADDRESSING_PULL;
    gateway.pushes = way->pushes;
    gateway.repeats_phase_1 = way->gateway_repeats;
    link = link_new(config, &gateway, seed);
    link->nat = way->nat;
    return link;
}

/* How many messages go in a direction when nothing is in the way. */
static void
count_messages(const Way *way, unsigned *n)
{
    g_autoptr(Link) link = link_of(way, 1);

    link_connect(link);
    link_assert_established(link, 1);
    n[TO_GATEWAY] = link->sent[TO_GATEWAY];
    n[TO_CLIENT] = link->sent[TO_CLIENT];
}

/* Nothing is sent any more, and nothing is waited for but what is due in any connection. */
static void
assert_settled(Link *link)
{
    unsigned before = link->messages->len;

    g_assert_cmpuint(responder_n_pending(link->gateway), ==, 0);
    link_run(link, 10 * IKE_SECOND);
    g_assert_cmpuint(link->messages->len, ==, before);
}

static void
run_with_each(const Way *way, LinkFate fate)
{
    unsigned n[N_DIRECTIONS];

    count_messages(way, n);
    for (LinkDirection direction = TO_GATEWAY; direction < N_DIRECTIONS; direction++) {
        for (unsigned i = 0; i < n[direction]; i++) {
            g_autoptr(Link) link = link_of(way, 2 + i);

            if (g_test_verbose())
                g_test_message("%s: message %u %s",
                               way->name,
                               i,
                               direction == TO_GATEWAY ? "to the gateway" : "to the client");
            link_plan(link, direction, i, fate);
            link_connect(link);
            link_run(link, 15 * IKE_SECOND);
            link_assert_established(link, 1);
            g_assert_cmpint(link->now - LINK_BEGIN, <, 60 * IKE_SECOND);
            assert_settled(link);
        }
    }
}

static void
test_each_lost(gconstpointer way)
{
    run_with_each(way, FATE_DROP);
}

static void
test_each_duplicated(gconstpointer way)
{
    run_with_each(way, FATE_DUPLICATE);
}

static void
test_each_delayed(gconstpointer way)
{
    run_with_each(way, FATE_DELAY);
}

static void
test_each_swapped(gconstpointer way)
{
    run_with_each(way, FATE_SWAP);
}

/* Whether a message of phase 2: there every byte is vouched for. In phase 1 what a changed bit does
 * nobody can tell: the hashes find it out too late, or (vendor IDs, notifications) never. */
static bool
is_vouched_for(const Link *link, LinkDirection direction, unsigned n)
{
    for (guint i = 0; i < link->messages->len; i++) {
        const LinkMessage *message = link->messages->pdata[i];
        const uint8_t *bytes = g_bytes_get_data(message->bytes, NULL);

        if (message->direction == direction && n-- == 0)
            return bytes[18] != EXCHANGE_IDENTITY_PROTECTION && bytes[18] != EXCHANGE_AGGRESSIVE;
    }
    return false;
}

static void
test_each_corrupted(gconstpointer data)
{
    const Way *way = data;
    unsigned n[N_DIRECTIONS];
    unsigned n_vouched = 0;

    count_messages(way, n);
    for (LinkDirection direction = TO_GATEWAY; direction < N_DIRECTIONS; direction++) {
        for (unsigned i = 0; i < n[direction] * BITS_TRIED; i++) {
            g_autoptr(Link) link = link_of(way, 3 + i);

            link->corrupt_at = seeded_below(&link->chance, 100000);
            link_plan(link, direction, i / BITS_TRIED, FATE_CORRUPT);
            link_connect(link);
            link_run(link, 15 * IKE_SECOND);
            link_assert_decided(link);
            if (!is_vouched_for(link, direction, i / BITS_TRIED))
                continue;
            link_assert_established(link, 1);
            n_vouched++;
        }
    }
    g_assert_cmpuint(n_vouched, >=, 4 * BITS_TRIED);
}

/* 20 % are lost: it works, or it ends in the end, with the reason that silence has. */
static void
test_random_loss(void)
{
    unsigned n_established = 0;

    for (unsigned seed = 0; seed < 200; seed++) {
        g_autoptr(Link) link = link_of(&ways[seed % G_N_ELEMENTS(ways)], seed);

        link->loss_percent = 20;
        link_connect(link);
        link_assert_decided(link);
        n_established += link->established;
        link->loss_percent = 0;
        link_run(link, 30 * IKE_SECOND);
        if (link->established && !link->closed)
            link_assert_same(link, 1);
    }
    g_assert_cmpuint(n_established, >, 180);
}

/* The worst that still passes: half of them. */
static void
test_heavy_loss(void)
{
    unsigned n_established = 0;

    for (unsigned seed = 0; seed < 60; seed++) {
        g_autoptr(Link) link = link_of(&ways[seed % G_N_ELEMENTS(ways)], seed);

        link->loss_percent = 50;
        link_connect(link);
        link_assert_decided(link);
        n_established += link->established;
    }
    g_assert_cmpuint(n_established, >, 20);
}

/* --- what somebody between the two may send --------------------------------------------------- */

static unsigned injected;

static void
inject_garbage(Link *link)
{
    const LinkMessage *last = link->messages->pdata[link->messages->len - 1];
    Bytes bytes = bytes_of_gbytes(last->bytes);
    g_autofree uint8_t *copy = g_memdup2(bytes.data, bytes.len);
    uint8_t noise[200];

    injected++;
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (uint8_t) seeded_below(&link->chance, 256);
    for (LinkDirection direction = TO_GATEWAY; direction < N_DIRECTIONS; direction++) {
        /* nothing, noise, a header alone, a message cut short, and one with another body */
        link_inject(link, direction, (Bytes){0}, last->nat_t);
        link_inject(link, direction, BYTES_OF_ARRAY(noise), last->nat_t);
        link_inject(link, direction, bytes_head(bytes, 28), last->nat_t);
        link_inject(link, direction, bytes_head(bytes, bytes.len - 1), last->nat_t);
        memcpy(copy + 28, noise, MIN(bytes.len - 28, sizeof(noise)));
        if (last->direction == direction && bytes.data[19] & 1)
            link_inject(link, direction, bytes_of(copy, bytes.len), last->nat_t);
    }
}

static void
test_garbage_between(gconstpointer data)
{
    g_autoptr(Link) link = link_of(data, 5);

    injected = 0;
    link->on_message = inject_garbage;
    link_connect(link);
    link_assert_established(link, 1);
    g_assert_cmpuint(injected, >, 5);
    assert_settled(link);
}

/* Every message so far once more, and the gateway's and the client's own back to themselves. */
static void
replay_all(Link *link)
{
    guint n = link->messages->len;

    if (n > 40)
        return;
    for (guint i = 0; i < n; i++) {
        const LinkMessage *message = link->messages->pdata[i];
        Bytes bytes = bytes_of_gbytes(message->bytes);

        link_inject(link, TO_GATEWAY, bytes, message->nat_t);
        link_inject(link, TO_CLIENT, bytes, message->nat_t);
    }
}

static void
test_replays_between(gconstpointer data)
{
    unsigned n[N_DIRECTIONS];
    g_autoptr(Link) link = link_of(data, 6);

    count_messages(data, n);
    link->on_message = replay_all;
    link_connect(link);
    link_assert_established(link, 1);
    link->on_message = NULL;
    link_run(link, 10 * IKE_SECOND);
    /* Repetitions are answered, but seldom: no storm. */
    g_assert_cmpuint(link->sent[TO_GATEWAY], <=, 2 * n[TO_GATEWAY]);
    assert_settled(link);
}

/* An offer of one transform alone looks like an answer, when it comes back. */
static void
test_reflected_offer(gconstpointer data)
{
    g_autoptr(Link) link = link_of(data, 8);

    g_array_set_size(link->config->ike_proposals, 1);
    link->on_message = replay_all;
    link_connect(link);
    link_assert_established(link, 1);
}

/* Hours later, all of it once more: nothing is installed again, nothing ends. */
static void
test_replays_afterwards(gconstpointer data)
{
    g_autoptr(Link) link = link_of(data, 7);
    unsigned n_installed;
    guint n;

    link->config->esp_lifetime = 100000;
    link->config->ike_lifetime = 100000;
    link_connect(link);
    link_assert_established(link, 1);
    link_run(link, 7200 * IKE_SECOND);
    n_installed = link->n_installed;
    n = link->messages->len;
    for (guint i = 0; i < n; i++) {
        const LinkMessage *message = link->messages->pdata[i];

        if (message->direction == TO_CLIENT)
            link_inject(link, TO_CLIENT, bytes_of_gbytes(message->bytes), message->nat_t);
    }
    link_run(link, 29 * IKE_SECOND);
    g_assert_cmpuint(link->n_installed, ==, n_installed);
    link_assert_established(link, 1);
    g_assert_cmpuint(link->messages->len, <=, n + 6); /* DPD goes on */
}

static void
add(const char *what, GTestDataFunc test)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_strdup_printf("/disturbed/%s/%s", ways[i].name, what);

        g_test_add_data_func(path, &ways[i], test);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("each-lost", test_each_lost);
    add("each-duplicated", test_each_duplicated);
    add("each-delayed", test_each_delayed);
    add("each-swapped", test_each_swapped);
    add("each-corrupted", test_each_corrupted);
    add("garbage-between", test_garbage_between);
    add("replays-between", test_replays_between);
    add("reflected-offer", test_reflected_offer);
    add("replays-afterwards", test_replays_afterwards);
    g_test_add_func("/disturbed/random-loss", test_random_loss);
    g_test_add_func("/disturbed/heavy-loss", test_heavy_loss);
    return g_test_run();
}
