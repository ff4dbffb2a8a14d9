/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"

/* Gateways that do what the RFCs do not quite forbid. */

static Link *
link_established(void)
{
    ResponderConfig gateway = responder_config_default();
    Link *link = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 11);

    link_connect(link);
    link_assert_established(link, 1);
    return link;
}

/* The gateway rekeys, and its HASH(3) never comes: its packets in the new SA are proof enough, and
 * what carries the traffic is not taken down when the exchange is given up. */
static void
test_every_hash_3_lost(void)
{
    g_autoptr(Link) link = link_established();
    unsigned sent = link->sent[TO_CLIENT];

    link->traffic[TO_GATEWAY] = link->traffic[TO_CLIENT] = true;
    link_run(link, IKE_SECOND);
    for (unsigned i = 1; i <= 12; i++)
        link_plan(link, TO_CLIENT, sent + i, FATE_DROP);
    responder_rekey(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, 90 * IKE_SECOND);
    g_assert_false(link->closed);
    g_assert_nonnull(link_outbound(link));
    g_assert_cmpuint(link->lost, ==, 0);
}

/* Ours is the last message of quick mode. A gateway that waits for it gets it again soon, and not
 * only when it asks (after 4 s): until then what we send would go nowhere. */
static void
test_our_hash_3_lost(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) model = link_established();
    g_autoptr(Link) link = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 12);
    unsigned last = model->sent[TO_GATEWAY] - 1;

    for (unsigned i = 0; i < 2; i++)
        link_plan(link, TO_GATEWAY, last + i, FATE_DROP);
    link_connect(link);
    g_assert_true(link->established);
    g_assert_cmpuint(responder_n_children(link->gateway), ==, 0);
    link_run(link, 2 * IKE_SECOND);
    g_assert_cmpuint(responder_n_children(link->gateway), ==, 1);
    link_assert_same(link, 1);
}

/* It goes out again a few times if nothing comes, and not at all once something has come. */
static void
test_hash_3_again(void)
{
    const unsigned again[] = {3, 0};

    for (unsigned traffic = 0; traffic < G_N_ELEMENTS(again); traffic++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 13);
        unsigned sent;

        link_connect(link);
        sent = link->sent[TO_GATEWAY];
        link->traffic[TO_CLIENT] = traffic;
        link_run(link, 10 * IKE_SECOND);
        g_assert_cmpuint(link->sent[TO_GATEWAY] - sent, ==, again[traffic]);
        link_assert_same(link, 1);
    }
}

/* The gateway begins to rekey and goes no further: what is in use stays in use. */
static void
test_rekey_abandoned(void)
{
    g_autoptr(Link) link = link_established();
    uint32_t spi = link_outbound(link)->sa.inbound_spi;
    unsigned sent = link->sent[TO_CLIENT];

    link->traffic[TO_GATEWAY] = true;
    for (unsigned i = 1; i <= 12; i++)
        link_plan(link, TO_CLIENT, sent + i, FATE_DROP);
    responder_rekey(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, 25 * IKE_SECOND);
    g_assert_cmpuint(link_outbound(link)->sa.inbound_spi, ==, spi);
    link_run(link, 30 * IKE_SECOND);
    g_assert_false(link->closed);
    g_assert_cmpuint(link->children->len, ==, 1);
    g_assert_cmpuint(link_outbound(link)->sa.inbound_spi, ==, spi);
}

/* It deletes the only IPsec SA and refuses every new one: that is no connection any more. */
static void
test_deletes_and_refuses(void)
{
    g_autoptr(Link) link = link_established();
    IkeTime begin = link->now;

    responder_set_fault(link->gateway, FAULT_ESP_REFUSED);
    responder_delete_child(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, 120 * IKE_SECOND);
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_REKEY);
    g_assert_cmpint(link->now - begin, <=, 120 * IKE_SECOND);
}

/* It deletes each IPsec SA as soon as it is there: not for ever, and ever more slowly. */
static void
test_deletes_every_one(void)
{
    g_autoptr(Link) link = link_established();

    for (unsigned i = 0; i < 300 && !link->closed; i++) {
        if (responder_n_children(link->gateway) > 0) {
            responder_delete_child(link->gateway, responder_child(link->gateway, 0), link->now);
            link_flush(link);
        }
        link_run(link, IKE_SECOND);
    }
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_DELETED_BY_PEER);
    g_assert_cmpuint(link->n_installed, <, 12);
}

static ResponderChild
narrower(Link *link, const char *network)
{
    ResponderChild wish = *responder_child(link->gateway, 0);

    g_assert_true(traffic_selector_from_text(network, &wish.sa.local_ts));
    return wish;
}

/* An SA for a part of what ours covers stands beside it: ours goes on, and many may come and go. */
static void
test_narrower_ones_come_and_go(void)
{
    g_autoptr(Link) link = link_established();
    uint32_t ours = link_outbound(link)->sa.inbound_spi;

    for (unsigned i = 1; i <= 40; i++) {
        g_autofree char *network = g_strdup_printf("10.1.2.%u/32", i);
        ResponderChild wish = narrower(link, network);
        size_t n;

        responder_rekey(link->gateway, &wish, link->now);
        link_flush(link);
        link_run(link, IKE_SECOND);
        g_assert_cmpuint(responder_record(link->gateway)->last_error, ==, 0);
        n = responder_n_children(link->gateway);
        g_assert_cmpuint(n, ==, 2);
        g_assert_cmpuint(link_outbound(link)->sa.inbound_spi, ==, ours);
        responder_delete_child(link->gateway, responder_child(link->gateway, n - 1), link->now);
        link_flush(link);
        link_run(link, 8 * IKE_SECOND);
    }
    g_assert_cmpuint(link->children->len, ==, 1);
}

/* What was the gateway's wish is the gateway's to renew. */
static void
test_narrower_one_is_not_ours_to_renew(void)
{
    g_autoptr(Link) link = link_established();
    ResponderChild wish = narrower(link, "10.0.0.0/8");
    unsigned sent;

    responder_rekey(link->gateway, &wish, link->now);
    link_flush(link);
    link_run(link, 2 * IKE_SECOND);
    g_assert_cmpuint(link->children->len, ==, 2);
    sent = link->sent[TO_GATEWAY];
    link_expire_child(link, ((LinkChild *) link->children->pdata[1])->sa.inbound_spi);
    link_run(link, 10 * IKE_SECOND);
    g_assert_cmpuint(link->sent[TO_GATEWAY], ==, sent);
}

/* In aggressive mode one group after the other is offered: HDR, SA, KE (ecp256), … -->
 * N(NO-PROPOSAL-CHOSEN); HDR, SA, KE (ecp384), … --> HDR, SA, KE, … */
static void
test_aggressive_mode_second_group(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = link_config(EXCHANGE_MODE_AGGRESSIVE, false);
    g_autoptr(Link) link = NULL;

    g_array_unref(config->ike_proposals);
    config->ike_proposals = ike_proposals_from_text("aes128-sha256-ecp256-ecp384", NULL);
    gateway.ike_proposals = "aes128-sha256-ecp384";
    link = link_new(config, &gateway, 12);
    link_connect(link);
    link_assert_established(link, 1);
}

/* … and when all were refused, that is the reason. */
static void
test_aggressive_mode_no_group(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = link_config(EXCHANGE_MODE_AGGRESSIVE, false);
    g_autoptr(Link) link = NULL;

    g_array_unref(config->ike_proposals);
    config->ike_proposals = ike_proposals_from_text("aes128-sha256-ecp256-ecp384", NULL);
    gateway.fault = FAULT_IKE_REFUSED;
    link = link_new(config, &gateway, 13);
    link_connect(link);
    link_assert_closed(link, FAIL_NO_PROPOSAL_IKE, 10 * IKE_SECOND);
}

/* It pushes the configuration while we are asking for it: taken, and the question is not waited
 * for. */
static void
test_push_while_we_pull(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.pushes = true;
    link = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 14);
    link_connect(link);
    link_assert_established(link, 1);
    link_run(link, 120 * IKE_SECOND);
    g_assert_false(link->closed);
}

/* A distinguished name that is none never gets to the gateway. */
static void
test_bad_distinguished_name(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = link_config(EXCHANGE_MODE_MAIN, false);
    g_autoptr(Link) link = NULL;

    identity_clear(&config->local_id);
    g_assert_true(identity_from_text("group=sales", &config->local_id));
    link = link_new(config, &gateway, 15);
    link_connect(link);
    link_assert_closed(link, FAIL_BAD_IDENTITY, IKE_SECOND);
    g_assert_cmpuint(link->sent[TO_GATEWAY], ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peculiar/every-hash-3-lost", test_every_hash_3_lost);
    g_test_add_func("/peculiar/our-hash-3-lost", test_our_hash_3_lost);
    g_test_add_func("/peculiar/hash-3-again", test_hash_3_again);
    g_test_add_func("/peculiar/rekey-abandoned", test_rekey_abandoned);
    g_test_add_func("/peculiar/deletes-and-refuses", test_deletes_and_refuses);
    g_test_add_func("/peculiar/deletes-every-one", test_deletes_every_one);
    g_test_add_func("/peculiar/narrower-ones", test_narrower_ones_come_and_go);
    g_test_add_func("/peculiar/narrower-not-renewed", test_narrower_one_is_not_ours_to_renew);
    g_test_add_func("/peculiar/aggressive-second-group", test_aggressive_mode_second_group);
    g_test_add_func("/peculiar/aggressive-no-group", test_aggressive_mode_no_group);
    g_test_add_func("/peculiar/push-while-we-pull", test_push_while_we_pull);
    g_test_add_func("/peculiar/bad-distinguished-name", test_bad_distinguished_name);
    return g_test_run();
}
