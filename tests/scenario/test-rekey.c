/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"
#include "wire/v1/payload-notification.h"

/* New IPsec SAs in the place of old ones, while packets go both ways all the time: not one of them
 * may be lost, whatever happens to the messages. */

enum { SHORT_LIFETIME = 300 };

typedef enum { BY_US, BY_THEM, BY_BOTH } Who;

typedef struct {
    const char *name;
    Who who;
    bool to_gateway, to_client; /* where packets go */
    bool gateway_keeps_old;
    bool pfs;
} Case;

static const Case cases[] = {
    {"by-us", BY_US, true, true, false, false},
    {"by-us-upload", BY_US, true, false, true, false},
    {"by-us-upload-dropped", BY_US, true, false, false, false},
    {"by-us-download", BY_US, false, true, false, true},
    {"by-us-kept", BY_US, true, true, true, false},
    {"by-them", BY_THEM, true, true, false, false},
    {"by-them-upload", BY_THEM, true, false, false, true},
    {"by-them-download", BY_THEM, false, true, true, false},
    {"by-both", BY_BOTH, true, true, false, false},
    {"by-both-upload", BY_BOTH, true, false, true, false},
    {"by-both-kept", BY_BOTH, true, true, true, false},
};

static Link *
link_of(const Case *which)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = link_config(EXCHANGE_MODE_MAIN, false);
    Link *link;

    gateway.keeps_old_sas = which->gateway_keeps_old;
    if (which->pfs) {
        g_array_unref(config->esp_proposals);
        config->esp_proposals = esp_proposals_from_text("aes128gcm16-ecp256", NULL);
    }
    link = link_new(config, &gateway, 11);
    link_connect(link);
    link_assert_established(link, 1);
    link->traffic[TO_GATEWAY] = which->to_gateway;
    link->traffic[TO_CLIENT] = which->to_client;
    link_run(link, IKE_SECOND);
    return link;
}

static void
rekey(Link *link, Who who)
{
    if (who != BY_THEM)
        link_expire_child(link, link_outbound(link)->sa.inbound_spi);
    if (who != BY_US)
        responder_rekey(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
}

static void
assert_rekeyed(Link *link, uint32_t old_spi)
{
    g_assert_true(link->established && !link->closed);
    g_assert_cmpuint(link->lost, ==, 0);
    g_assert_cmpuint(link->packets, >, 500);
    link_assert_same(link, 1);
    g_assert_cmpuint(link_outbound(link)->sa.inbound_spi, !=, old_spi);
    g_assert_null(link_child_by_spi(link, old_spi));
    /* the old one, and of two new ones at most one, are gone */
    g_assert_cmpuint(link->children->len, ==, 1);
    g_assert_cmpuint(responder_n_children(link->gateway), ==, 1);
    g_assert_cmpuint(responder_n_pending(link->gateway), ==, 0);
}

/* HASH(1), SA, Ni, ID, ID  -->  HASH(2), …  -->  HASH(3), Delete of the old one */
static void
test_rekey(gconstpointer data)
{
    const Case *which = data;
    g_autoptr(Link) link = link_of(which);
    uint32_t old_spi = link_outbound(link)->sa.inbound_spi;

    rekey(link, which->who);
    link_run(link, 40 * IKE_SECOND);
    assert_rekeyed(link, old_spi);
}

/* How many messages one rekey takes, both directions, from the first on. */
static void
count_messages(const Case *which, unsigned *first, unsigned *end)
{
    g_autoptr(Link) link = link_of(which);

    first[TO_GATEWAY] = link->sent[TO_GATEWAY];
    first[TO_CLIENT] = link->sent[TO_CLIENT];
    rekey(link, which->who);
    link_run(link, 20 * IKE_SECOND);
    end[TO_GATEWAY] = link->sent[TO_GATEWAY];
    end[TO_CLIENT] = link->sent[TO_CLIENT];
}

static void
run_with_each(const Case *which, LinkFate fate)
{
    unsigned first[N_DIRECTIONS], end[N_DIRECTIONS];

    count_messages(which, first, end);
    g_assert_cmpuint(end[TO_GATEWAY] - first[TO_GATEWAY], >=, 1);
    g_assert_cmpuint(end[TO_CLIENT] - first[TO_CLIENT], >=, 1);
    for (LinkDirection direction = TO_GATEWAY; direction < N_DIRECTIONS; direction++) {
        for (unsigned i = first[direction]; i < end[direction]; i++) {
            g_autoptr(Link) link = link_of(which);
            uint32_t old_spi = link_outbound(link)->sa.inbound_spi;

            if (g_test_verbose())
                g_test_message("message %u of direction %d", i - first[direction], direction);
            link->corrupt_at = seeded_below(&link->chance, 100000) + 64 * i;
            link_plan(link, direction, i, fate);
            rekey(link, which->who);
            link_run(link, 60 * IKE_SECOND);
            g_assert_cmpuint(link->lost, ==, 0);
            g_assert_true(link->established && !link->closed);
            g_assert_null(link_child_by_spi(link, old_spi));
            link_assert_same(link, 1);
        }
    }
}

static void
test_each_lost(gconstpointer which)
{
    run_with_each(which, FATE_DROP);
}

static void
test_each_duplicated(gconstpointer which)
{
    run_with_each(which, FATE_DUPLICATE);
}

static void
test_each_delayed(gconstpointer which)
{
    run_with_each(which, FATE_DELAY);
}

static void
test_each_swapped(gconstpointer which)
{
    run_with_each(which, FATE_SWAP);
}

static void
test_each_corrupted(gconstpointer which)
{
    run_with_each(which, FATE_CORRUPT);
}

/* A HASH(3) that is not right confirms nothing: what we send takes the old SA until the true one
 * has come. */
static void
test_wrong_hash_3(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 19);
    uint32_t old_spi;

    link_connect(link);
    link_assert_established(link, 1);
    old_spi = link_outbound(link)->sa.inbound_spi;
    link->corrupt_at = 8 * (28 + 16 + 8); /* in the second block: the hash, not its header */
    link_plan(link, TO_CLIENT, link->sent[TO_CLIENT] + 1, FATE_CORRUPT);
    responder_rekey(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, IKE_SECOND / 2);
    g_assert_cmpuint(link->n_installed, ==, 2);
    g_assert_cmpuint(link_outbound(link)->sa.inbound_spi, ==, old_spi);
    link_run(link, 2 * IKE_SECOND);
    g_assert_cmpuint(link_outbound(link)->sa.inbound_spi, !=, old_spi);
}

/* By its lifetime: before it ends, again and again. */
static void
test_by_lifetime(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_new(link_config(EXCHANGE_MODE_AGGRESSIVE, true), &gateway, 12);
    unsigned n;

    link->config->esp_lifetime = SHORT_LIFETIME;
    link_connect(link);
    link_assert_established(link, 1);
    n = link->n_installed;
    link->traffic[TO_GATEWAY] = link->traffic[TO_CLIENT] = true;
    for (unsigned i = 1; i <= 4; i++) {
        link_run(link, SHORT_LIFETIME * IKE_SECOND);
        g_assert_cmpuint(link->n_installed, >=, n + i);
        g_assert_cmpuint(link->lost, ==, 0);
    }
    link_assert_same(link, 1);
    g_assert_cmpuint(link->n_installed, <=, n + 6);
}

/* The gateway says that its own lifetime is shorter (RFC 2407, 4.6.3.1). */
static void
test_responder_lifetime(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.esp_lifetime = 100;
    link = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 13);
    link_connect(link);
    link_assert_established(link, 1);
    link_run(link, 95 * IKE_SECOND);
    g_assert_cmpuint(link->n_installed, ==, 2);
}

/* Every one of several networks, at its own time. */
static void
test_several_networks(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.split_include = "10.1.0.0/16,10.2.0.0/16,10.3.0.0/16,10.4.0.0/16";
    link = link_new(link_config(EXCHANGE_MODE_MAIN, true), &gateway, 14);
    link->config->esp_lifetime = SHORT_LIFETIME;
    link_connect(link);
    link_assert_established(link, 4);
    link->traffic[TO_GATEWAY] = link->traffic[TO_CLIENT] = true;
    link_run(link, 3 * SHORT_LIFETIME * IKE_SECOND);
    g_assert_cmpuint(link->lost, ==, 0);
    g_assert_cmpuint(link->n_installed, >=, 12);
    link_assert_same(link, 4);
}

/* A gateway that refuses is asked again, and at the end of the lifetime that was it. */
static void
test_refused(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.fault = FAULT_REKEY_REFUSED;
    link = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 15);
    link->config->esp_lifetime = SHORT_LIFETIME;
    link_connect(link);
    link_assert_established(link, 1);
    link_run(link, (SHORT_LIFETIME - 5) * IKE_SECOND);
    g_assert_false(link->closed);
    link_run(link, 10 * IKE_SECOND);
    link_assert_closed(link, FAIL_REKEY, (SHORT_LIFETIME + 10) * IKE_SECOND);
    link_run(link, IKE_SECOND);
    g_assert_true(responder_record(link->gateway)->deleted_by_client);
}

/* One that refuses for a while (a policy that is being loaded) and then takes what it always took:
 * the offers of other groups in between are not the last word. */
static void
test_refused_for_a_while(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.esp_proposals = "aes128gcm16";
    link = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 17);
    link->config->esp_lifetime = SHORT_LIFETIME;
    link_connect(link);
    link_assert_established(link, 1);
    responder_set_fault(link->gateway, FAULT_REKEY_REFUSED);
    link_run(link, (SHORT_LIFETIME - 20) * IKE_SECOND);
    responder_set_fault(link->gateway, FAULT_NONE);
    link_run(link, 60 * IKE_SECOND);
    g_assert_false(link->closed);
    link_assert_same(link, 1);
}

/* What the gateway asks for in a quick mode of its own, and we do not have: said, and no harm done.
 */
static void
test_wishes_of_the_gateway(void)
{
    static const struct {
        const char *network, *esp;
        unsigned error; /* 0: taken */
    } wishes[] = {
        {"0.0.0.0/0", "aes128gcm16", 0},
        {"10.0.0.0/8", "aes128gcm16", 0},
        {"10.0.0.0/8", "aes128-sha256-modp2048", 0},
        {"::/0", "aes128gcm16", NOTIFY_INVALID_ID_INFORMATION},
        {"0.0.0.0/0", "3des-sha1", NOTIFY_NO_PROPOSAL_CHOSEN},
        {"0.0.0.0/0", "aes256gcm16", NOTIFY_NO_PROPOSAL_CHOSEN},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(wishes); i++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 18);
        g_autoptr(GArray) esp = esp_proposals_from_text(wishes[i].esp, NULL);
        ResponderChild wish;

        link_connect(link);
        link_assert_established(link, 1);
        wish = *responder_child(link->gateway, 0);
        g_assert_true(traffic_selector_from_text(wishes[i].network, &wish.sa.local_ts));
        wish.sa.proposal = g_array_index(esp, EspProposal, 0);
        responder_rekey(link->gateway, &wish, link->now);
        link_flush(link);
        link_run(link, IKE_SECOND);
        g_assert_cmpuint(responder_record(link->gateway)->last_error, ==, wishes[i].error);
        g_assert_cmpuint(link->n_installed, ==, wishes[i].error ? 1 : 2);
        link_run(link, 40 * IKE_SECOND);
        g_assert_false(link->closed);
    }
}

/* With packets lost by chance on top: it lasts. */
static void
test_random_loss(void)
{
    for (unsigned seed = 0; seed < 40; seed++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link =
            link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 100 + seed);

        link->config->esp_lifetime = SHORT_LIFETIME;
        link_connect(link);
        link_assert_established(link, 1);
        link->loss_percent = 20;
        for (unsigned i = 0; i < 4 && !link->closed; i++) {
            link_run(link, SHORT_LIFETIME * IKE_SECOND / 2);
            if (!link->closed && responder_n_children(link->gateway) > 0)
                responder_rekey(link->gateway, responder_child(link->gateway, 0), link->now);
        }
        link->loss_percent = 0;
        link_run(link, 40 * IKE_SECOND);
        g_assert_false(link->closed);
        link_assert_same(link, 1);
    }
}

/* A day: the ISAKMP SA lives on, SAs come and go, nothing piles up. */
static void
test_a_day(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_new(link_config(EXCHANGE_MODE_MAIN, true), &gateway, 16);

    link->config->ike_lifetime = 100000;
    link->config->esp_lifetime = 3600;
    link->nat = true;
    link_connect(link);
    link_assert_established(link, 1);
    for (unsigned hour = 0; hour < 24; hour++) {
        link_run(link, 3600 * IKE_SECOND);
        g_assert_false(link->closed);
        g_assert_cmpuint(link->children->len, <=, 2);
        g_assert_cmpuint(responder_n_children(link->gateway), <=, 2);
    }
    link_assert_same(link, 1);
    g_assert_cmpuint(link->n_installed, >=, 24);
    g_assert_cmpuint(link->n_installed, <=, 32);
    g_assert_cmpuint(link->messages->len, <, 8000); /* DPD, mostly */
}

static void
add(const char *what, GTestDataFunc test)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/rekey/%s/%s", cases[i].name, what);

        g_test_add_data_func(path, &cases[i], test);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("undisturbed", test_rekey);
    add("each-lost", test_each_lost);
    add("each-duplicated", test_each_duplicated);
    add("each-delayed", test_each_delayed);
    add("each-swapped", test_each_swapped);
    add("each-corrupted", test_each_corrupted);
    g_test_add_func("/rekey/wrong-hash-3", test_wrong_hash_3);
    g_test_add_func("/rekey/by-lifetime", test_by_lifetime);
    g_test_add_func("/rekey/responder-lifetime", test_responder_lifetime);
    g_test_add_func("/rekey/several-networks", test_several_networks);
    g_test_add_func("/rekey/refused", test_refused);
    g_test_add_func("/rekey/refused-for-a-while", test_refused_for_a_while);
    g_test_add_func("/rekey/wishes-of-the-gateway", test_wishes_of_the_gateway);
    g_test_add_func("/rekey/random-loss", test_random_loss);
    g_test_add_func("/rekey/a-day", test_a_day);
    return g_test_run();
}
