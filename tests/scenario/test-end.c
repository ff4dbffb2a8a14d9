/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"
#include "wire/v1/payload-notification.h"

/* How a connection lives on and how it ends: DPD, Delete in both directions, stop, lifetimes. */

static Link *
link_established(const ResponderConfig *gateway, ExchangeMode mode)
{
    Link *link = link_new(link_config(mode, false), gateway, 21);

    link_connect(link);
    link_assert_established(link, 1);
    return link;
}

static Link *
link_default(void)
{
    ResponderConfig gateway = responder_config_default();

    return link_established(&gateway, EXCHANGE_MODE_MAIN);
}

/* --- dead peer detection (RFC 3706) ------------------------------------------------------------
 */

/* R-U-THERE  -->  R-U-THERE-ACK, every dpd-delay */
static void
test_dpd_answered(void)
{
    g_autoptr(Link) link = link_default();

    link_run(link, 305 * IKE_SECOND);
    g_assert_false(link->closed);
    g_assert_cmpuint(responder_record(link->gateway)->probes, ==, 10);
}

/* Traffic is a sign of life too. */
static void
test_dpd_not_needed(void)
{
    g_autoptr(Link) link = link_default();

    link->traffic[TO_CLIENT] = true;
    link_run(link, 120 * IKE_SECOND);
    g_assert_cmpuint(responder_record(link->gateway)->probes, ==, 0);
}

/* dpd-delay 30, dpd-timeout 60: dead at the latest 30 + 60 and a little after the last word. */
static void
test_dpd_unanswered(void)
{
    g_autoptr(Link) link = link_default();
    IkeTime silent_since = link->now;

    link->cut = true;
    link_run(link, 60 * IKE_SECOND);
    g_assert_false(link->closed);
    link_run(link, 40 * IKE_SECOND);
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_PEER_DEAD);
    g_assert_cmpint(link->now - silent_since, <=, 105 * IKE_SECOND);
}

static void
test_dpd_gateway_ignores_probes(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.fault = FAULT_DPD_SILENT;
    link = link_established(&gateway, EXCHANGE_MODE_AGGRESSIVE);
    link_run(link, 120 * IKE_SECOND);
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_PEER_DEAD);
}

/* One that restarted knows nothing of us. */
static void
test_dpd_gateway_restarted(void)
{
    g_autoptr(Link) link = link_default();

    responder_forget(link->gateway);
    link_run(link, 120 * IKE_SECOND);
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_PEER_DEAD);
}

/* Lost probes and answers by the handful do no harm. */
static void
test_dpd_with_loss(void)
{
    g_autoptr(Link) link = link_default();

    link->loss_percent = 10;
    link_run(link, 1200 * IKE_SECOND);
    g_assert_false(link->closed);
    g_assert_cmpuint(responder_record(link->gateway)->probes, >, 25);
}

/* No vendor ID, no probes; and dpd-delay=0 switches it off. */
static void
test_dpd_off(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) without = NULL;
    g_autoptr(Link) off = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 22);

    gateway.no_dpd = true;
    without = link_established(&gateway, EXCHANGE_MODE_MAIN);
    link_run(without, 600 * IKE_SECOND);
    g_assert_cmpuint(responder_record(without->gateway)->probes, ==, 0);
    off->config->dpd_delay = 0;
    link_connect(off);
    link_assert_established(off, 1);
    link_run(off, 600 * IKE_SECOND);
    g_assert_cmpuint(responder_record(off->gateway)->probes, ==, 0);
}

/* <-- R-U-THERE, R-U-THERE-ACK -->; an older number is a replay: no answer. The same
 * again is not: some gateways count on only when they have our acknowledgement. */
static void
test_dpd_by_them(void)
{
    g_autoptr(Link) link = link_default();

    static const struct {
        uint32_t seq;
        unsigned answers;
    } probes[] = {{1000, 1}, {1001, 2}, {1001, 3}, {999, 3}, {1002, 4}, {1500, 5}};

    for (size_t i = 0; i < G_N_ELEMENTS(probes); i++) {
        responder_probe(link->gateway, probes[i].seq, link->now);
        link_flush(link);
        link_run(link, IKE_SECOND);
        g_assert_cmpuint(responder_record(link->gateway)->probe_answers, ==, probes[i].answers);
    }
}

/* The same datagram again is not answered, however often it comes. */
static void
test_dpd_probe_replayed(void)
{
    g_autoptr(Link) link = link_default();
    const LinkMessage *probe;
    unsigned sent;

    responder_probe(link->gateway, 7, link->now);
    link_flush(link);
    probe = link->messages->pdata[link->messages->len - 1];
    g_assert_cmpint(probe->direction, ==, TO_CLIENT);
    link_run(link, IKE_SECOND);
    sent = link->sent[TO_GATEWAY];
    for (unsigned i = 0; i < 20; i++) {
        link_inject(link, TO_CLIENT, bytes_of_gbytes(probe->bytes), probe->nat_t);
        link_run(link, IKE_SECOND);
    }
    g_assert_cmpuint(link->sent[TO_GATEWAY], ==, sent);
}

/* --- Delete by them ----------------------------------------------------------------------------
 */

static void
test_isakmp_sa_deleted(void)
{
    g_autoptr(Link) link = link_default();

    responder_delete_isakmp(link->gateway, link->now);
    link_flush(link);
    link_run(link, IKE_SECOND);
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_DELETED_BY_PEER);
}

/* The only IPsec SA: a new one is negotiated. */
static void
test_child_deleted(void)
{
    g_autoptr(Link) link = link_default();
    uint32_t old_spi = link_outbound(link)->sa.inbound_spi;

    responder_delete_child(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, 10 * IKE_SECOND);
    link_assert_established(link, 1);
    g_assert_null(link_child_by_spi(link, old_spi));
}

/* Child SA, then the ISAKMP SA in the next moment: the gateway ends it all (strongSwan's way). */
static void
test_child_and_isakmp_deleted(void)
{
    g_autoptr(Link) link = link_default();
    unsigned installed = link->n_installed;

    responder_delete_child(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, IKE_SECOND / 10);
    responder_delete_isakmp(link->gateway, link->now);
    link_flush(link);
    link_run(link, 10 * IKE_SECOND);
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_DELETED_BY_PEER);
    g_assert_cmpuint(link->n_installed, ==, installed);
}

/* A new one is there, then the old one goes (an impatient gateway). */
static void
test_child_deleted_with_replacement(void)
{
    g_autoptr(Link) link = link_default();

    link->traffic[TO_GATEWAY] = link->traffic[TO_CLIENT] = true;
    responder_rekey(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, IKE_SECOND);
    responder_delete_child(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, 20 * IKE_SECOND);
    link_assert_established(link, 1);
    g_assert_cmpuint(link->lost, ==, 0);
    g_assert_cmpuint(link->n_installed, ==, 2);
}

/* Of an SPI that is not ours: nothing happens. */
static void
test_unknown_child_deleted(void)
{
    g_autoptr(Link) link = link_default();
    ResponderChild unknown = {.sa.inbound_spi = 0x12345678};

    responder_delete_child(link->gateway, &unknown, link->now);
    link_flush(link);
    link_run(link, 10 * IKE_SECOND);
    link_assert_established(link, 1);
    g_assert_cmpuint(link->n_installed, ==, 1);
}

/* By our own SPI, as strongSwan does where it could not install its end: what it means is clear. */
static void
test_child_deleted_by_our_spi(void)
{
    g_autoptr(Link) link = link_default();
    ResponderChild other_end = {.sa.inbound_spi = link_outbound(link)->sa.inbound_spi};

    responder_delete_child(link->gateway, &other_end, link->now);
    link_flush(link);
    link_run(link, 10 * IKE_SECOND);
    g_assert_cmpuint(link->n_installed, ==, 2);
    g_assert_null(link_child_by_spi(link, other_end.sa.inbound_spi));
    link_assert_established(link, 1);
}

/* An error notify that nothing is under way for. */
static void
test_error_out_of_the_blue(void)
{
    g_autoptr(Link) link = link_default();

    responder_send_error(link->gateway, NOTIFY_INVALID_SPI, link->now);
    responder_send_error(link->gateway, NOTIFY_NO_PROPOSAL_CHOSEN, link->now);
    link_flush(link);
    link_run(link, 10 * IKE_SECOND);
    link_assert_established(link, 1);
}

/* --- stop by us --------------------------------------------------------------------------------
 */

/* Delete for the IPsec SA and the ISAKMP SA  --> */
static void
test_stop(void)
{
    g_autoptr(Link) link = link_default();
    unsigned sent = link->sent[TO_GATEWAY];

    link_stop(link);
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_NONE);
    g_assert_cmpuint(link->sent[TO_GATEWAY], ==, sent + 2);
    link_run(link, IKE_SECOND);
    g_assert_cmpuint(responder_record(link->gateway)->child_deletes, ==, 1);
    g_assert_true(responder_record(link->gateway)->deleted_by_client);
    g_assert_cmpuint(responder_n_children(link->gateway), ==, 0);
}

/* At every moment of the negotiation: after each message of either side. Deletes go out once the
 * gateway may have something of us, and nothing comes after CLOSED (link.c checks it). */
static void
test_stop_at_any_time(void)
{
    for (int xauth = 0; xauth < 2; xauth++) {
        for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
            for (IkeTime at = 0; at < 200 * IKE_MILLISECOND; at += 5 * IKE_MILLISECOND) {
                ResponderConfig gateway = responder_config_default();
                g_autoptr(Link) link = link_new(link_config(mode, xauth), &gateway, 23);
                unsigned sent;

                ike_engine_start(link->engine, &link->path, link->now);
                link_flush(link);
                link_run(link, at);
                sent = link->sent[TO_GATEWAY];
                link_stop(link);
                g_assert_true(link->closed);
                g_assert_cmpint(link->reason, ==, FAIL_NONE);
                link_run(link, 30 * IKE_SECOND);
                /* What the gateway believes to have, it was told to forget. */
                if (responder_record(link->gateway)->authenticated
                    && mode == EXCHANGE_MODE_AGGRESSIVE)
                    g_assert_true(responder_record(link->gateway)->deleted_by_client);
                g_assert_cmpuint(link->sent[TO_GATEWAY], <=, sent + 2);
            }
        }
    }
}

static void
test_stop_twice(void)
{
    g_autoptr(Link) link = link_default();

    link_stop(link);
    link_stop(link);
    link_give_secret(link, IKE_SECRET_PASSWORD, "late");
    link_expire_child(link, 1);
    ike_engine_child_sa_used(link->engine, 1, link->now);
    ike_engine_timeout(link->engine, link->now);
    link_run(link, 10 * IKE_SECOND);
}

/* --- lifetimes ---------------------------------------------------------------------------------
 */

static void
test_isakmp_lifetime(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_new(link_config(EXCHANGE_MODE_MAIN, true), &gateway, 24);

    link->config->ike_lifetime = 900;
    link_connect(link);
    link_assert_established(link, 1);
    link_run(link, 890 * IKE_SECOND);
    g_assert_false(link->closed);
    link_run(link, 12 * IKE_SECOND);
    link_assert_closed(link, FAIL_LIFETIME, 910 * IKE_SECOND);
    g_assert_true(responder_record(link->gateway)->deleted_by_client);
}

/* The gateway's, if it is the shorter one. */
static void
test_isakmp_lifetime_of_the_gateway(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.ike_lifetime = 600;
    link = link_established(&gateway, EXCHANGE_MODE_AGGRESSIVE);
    link_run(link, 590 * IKE_SECOND);
    g_assert_false(link->closed);
    link_run(link, 15 * IKE_SECOND);
    link_assert_closed(link, FAIL_LIFETIME, 610 * IKE_SECOND);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/end/dpd/answered", test_dpd_answered);
    g_test_add_func("/end/dpd/not-needed", test_dpd_not_needed);
    g_test_add_func("/end/dpd/unanswered", test_dpd_unanswered);
    g_test_add_func("/end/dpd/gateway-ignores-probes", test_dpd_gateway_ignores_probes);
    g_test_add_func("/end/dpd/gateway-restarted", test_dpd_gateway_restarted);
    g_test_add_func("/end/dpd/with-loss", test_dpd_with_loss);
    g_test_add_func("/end/dpd/off", test_dpd_off);
    g_test_add_func("/end/dpd/by-them", test_dpd_by_them);
    g_test_add_func("/end/dpd/probe-replayed", test_dpd_probe_replayed);
    g_test_add_func("/end/deleted/isakmp-sa", test_isakmp_sa_deleted);
    g_test_add_func("/end/deleted/child", test_child_deleted);
    g_test_add_func("/end/deleted/child-and-isakmp-sa", test_child_and_isakmp_deleted);
    g_test_add_func("/end/deleted/child-with-replacement", test_child_deleted_with_replacement);
    g_test_add_func("/end/deleted/unknown-child", test_unknown_child_deleted);
    g_test_add_func("/end/deleted/child-by-our-spi", test_child_deleted_by_our_spi);
    g_test_add_func("/end/error-out-of-the-blue", test_error_out_of_the_blue);
    g_test_add_func("/end/stop/established", test_stop);
    g_test_add_func("/end/stop/at-any-time", test_stop_at_any_time);
    g_test_add_func("/end/stop/twice", test_stop_twice);
    g_test_add_func("/end/lifetime/isakmp-sa", test_isakmp_lifetime);
    g_test_add_func("/end/lifetime/of-the-gateway", test_isakmp_lifetime_of_the_gateway);
    return g_test_run();
}
