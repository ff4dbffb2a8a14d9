/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"

/* A connection outlives what befalls it: another address, no network for a while, a gateway that
 * restarts, a machine that sleeps, an ISAKMP SA whose time is over. */

static const char other_address[] = "203.0.113.5";
static const char first_address[] = "192.0.2.7";

static Link *
link_of(ConnectionConfig *config, const ResponderConfig *gateway)
{
    Link *link = link_new(config, gateway, 51);

    link_connect(link);
    link_assert_established(link, 1);
    link->traffic[TO_GATEWAY] = link->traffic[TO_CLIENT] = true;
    link_run(link, 2 * IKE_SECOND);
    g_assert_cmpuint(link->lost, ==, 0);
    return link;
}

static ConnectionConfig *
persistent(ExchangeMode mode, bool xauth)
{
    ConnectionConfig *config = link_config(mode, xauth);

    config->persistent = true;
    config->encapsulation = ENCAPSULATION_FORCE;
    return config;
}

static Link *
link_persistent(const ResponderConfig *gateway)
{
    return link_of(persistent(EXCHANGE_MODE_MAIN, true), gateway);
}

/* Traffic flows both ways, and nothing is left of before. */
static void
assert_recovered(Link *link)
{
    g_assert_true(link->established && !link->closed);
    g_assert_false(link->reconnecting);
    link->lost = 0;
    link_run(link, 3 * IKE_SECOND);
    g_assert_cmpuint(link->lost, ==, 0);
    link_run(link, 10 * IKE_SECOND);
    link_assert_same(link, 1);
    g_assert_cmpuint(link->children->len, ==, 1);
    g_assert_cmpuint(responder_n_children(link->gateway), ==, 1);
}

/* --- another address ---------------------------------------------------------------------------
 */

/* R-U-THERE over the new path  -->  R-U-THERE-ACK: the same SAs go on. */
static void
test_address_followed(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);
    uint32_t spi = link_outbound(link)->sa.inbound_spi;

    link_move(link, other_address);
    link_run(link, 5 * IKE_SECOND);
    g_assert_cmpuint(link->n_reconnecting, ==, 0);
    g_assert_cmpuint(link->elders->len, ==, 0);
    g_assert_cmpuint(link_outbound(link)->sa.inbound_spi, ==, spi);
    assert_recovered(link);
}

/* It answers to where we were: a new IKE SA, within the time of the questions and a moment. */
static void
test_address_not_followed(void)
{
    for (int persistence = 0; persistence < 2; persistence++) {
        ResponderConfig gateway = responder_config_default();
        ConnectionConfig *config = persistent(EXCHANGE_MODE_MAIN, true);
        g_autoptr(Link) link = NULL;

        gateway.stays = true;
        config->persistent = persistence;
        link = link_of(config, &gateway);
        link_move(link, other_address);
        link_run(link, 5 * IKE_SECOND);
        g_assert_cmpuint(link->n_reconnecting, ==, 1);
        g_assert_cmpint(link->reconnect_reason, ==, FAIL_PATH_CHANGED);
        g_assert_cmpint(link->interrupted_for, <, IKE_SECOND);
        g_assert_true(responder_record(link->gateway)->initial_contact);
        g_assert_cmpstr(link->address, ==, "10.20.30.40/24");
        assert_recovered(link);
    }
}

/* Without ESP in UDP the SAs are bound to their addresses: no questions. */
static void
test_address_without_nat_t(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = persistent(EXCHANGE_MODE_MAIN, false);
    g_autoptr(Link) link = NULL;

    config->encapsulation = ENCAPSULATION_AUTO;
    link = link_of(config, &gateway);
    g_assert_false(link_outbound(link)->sa.udp_encap);
    link_move(link, other_address);
    link_run(link, IKE_SECOND / 2);
    g_assert_cmpuint(responder_record(link->elders->pdata[0])->probes, ==, 0);
    assert_recovered(link);
}

static void
test_address_without_dpd(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.no_dpd = true;
    link = link_persistent(&gateway);
    link_move(link, other_address);
    link_run(link, IKE_SECOND / 2);
    g_assert_cmpuint(link->n_established, ==, 2);
    assert_recovered(link);
}

/* The same ends again say nothing new. */
static void
test_same_path_again(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);
    unsigned sent = link->sent[TO_GATEWAY];

    for (unsigned i = 0; i < 20; i++)
        link_move(link, first_address);
    link_run(link, IKE_SECOND);
    g_assert_cmpuint(link->sent[TO_GATEWAY], ==, sent);
    g_assert_cmpuint(link->lost, ==, 0);
}

/* Again and again, before anything is settled; then it rests. */
static void
test_address_restless(void)
{
    for (int stays = 0; stays < 2; stays++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;

        gateway.stays = stays;
        link = link_persistent(&gateway);
        for (unsigned i = 0; i < 40; i++) {
            g_autofree char *address = g_strdup_printf("203.0.113.%u", 1 + i);

            link_move(link, i % 7 == 3 ? NULL : address);
            link_run(link, seeded_below(&link->chance, 5000) * IKE_MILLISECOND);
        }
        link_run(link, 10 * IKE_SECOND);
        assert_recovered(link);
    }
}

/* While the first connection is being made: it begins anew, and nothing is said about it. */
static void
test_address_while_connecting(void)
{
    for (IkeTime at = 0; at < 200 * IKE_MILLISECOND; at += 10 * IKE_MILLISECOND) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = link_new(persistent(EXCHANGE_MODE_MAIN, true), &gateway, 52);

        gateway.stays = true;
        ike_engine_start(link->engine, &link->path, link->now);
        link_flush(link);
        link_run(link, at);
        if (link->established)
            break;
        link_move(link, NULL);
        link_run(link, 5 * IKE_SECOND);
        link_move(link, other_address);
        link_run(link, 5 * IKE_SECOND);
        g_assert_cmpuint(link->n_reconnecting, ==, 0);
        g_assert_cmpuint(link->n_established, ==, 1);
        link_assert_same(link, 1);
    }
}

/* --- no path ------------------------------------------------------------------------------------
 */

/* Gone for minutes: quiet (link.c checks it), and back within a moment. */
static void
test_path_gone(gconstpointer address)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);
    uint32_t spi = link_outbound(link)->sa.inbound_spi;

    link_move(link, NULL);
    g_assert_true(link->reconnecting);
    g_assert_cmpint(link->reconnect_reason, ==, FAIL_NO_ROUTE);
    link_move(link, NULL);
    link_run(link, 300 * IKE_SECOND); /* nobody counts as dead for it */
    g_assert_cmpuint(link->n_reconnecting, ==, 1);
    link_move(link, address);
    link_run(link, IKE_SECOND / 2);
    g_assert_false(link->reconnecting);
    g_assert_cmpuint(link->n_established, ==, 2);
    g_assert_cmpuint(link_outbound(link)->sa.inbound_spi, ==, spi);
    assert_recovered(link);
}

/* For so long that all SAs are over: then a new one. */
static void
test_path_gone_too_long(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);

    link_move(link, NULL);
    link_run(link, 20 * 3600 * IKE_SECOND);
    g_assert_cmpuint(link->children->len, ==, 0);
    g_assert_false(link->closed);
    link_move(link, other_address);
    link_run(link, IKE_SECOND / 2);
    assert_recovered(link);
}

/* Nobody waits for ever without being persistent. */
static void
test_path_gone_not_persistent(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = persistent(EXCHANGE_MODE_MAIN, true);
    g_autoptr(Link) link = NULL;

    config->persistent = false;
    link = link_of(config, &gateway);
    link_move(link, NULL);
    link_run(link, 20 * 3600 * IKE_SECOND);
    g_assert_true(link->closed);
}

/* --- the gateway --------------------------------------------------------------------------------
 */

/* It restarts and remembers nothing. With INVALID-COOKIE it is asked at once. */
static void
test_restarted(gconstpointer complains)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;
    IkeTime began;

    gateway.complains = GPOINTER_TO_INT(complains);
    link = link_persistent(&gateway);
    link_restart_gateway(link);
    began = link->now;
    while (link->n_established < 2 && link->now < began + 200 * IKE_SECOND)
        link_run(link, IKE_SECOND / 10);
    g_assert_cmpint(link->now - began, <, (gateway.complains ? 40 : 100) * IKE_SECOND);
    g_assert_cmpint(link->reconnect_reason, ==, FAIL_PEER_DEAD);
    assert_recovered(link);
}

/* Away for ten minutes: it is tried now and then, not all the time, and found when it is back. */
static void
test_gateway_down(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);
    unsigned sent = link->sent[TO_GATEWAY];

    link->gateway_down = true;
    link_run(link, 600 * IKE_SECOND);
    g_assert_true(link->reconnecting && !link->closed);
    g_assert_cmpuint(link->sent[TO_GATEWAY] - sent, <, 150);
    link_restart_gateway(link);
    link->gateway_down = false;
    link_run(link, 40 * IKE_SECOND);
    assert_recovered(link);
}

/* It deletes the connection as soon as it is there, each time. */
static void
test_deleted_each_time(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);
    IkeTime end = link->now + 600 * IKE_SECOND;

    while (link->now < end && !link->closed) {
        if (!link->reconnecting) {
            responder_delete_isakmp(link->gateway, link->now);
            link_flush(link);
        }
        link_run(link, IKE_SECOND / 4);
    }
    g_assert_false(link->closed);
    g_assert_cmpint(link->reconnect_reason, ==, FAIL_DELETED_BY_PEER);
    g_assert_cmpuint(link->n_established, >=, 10);
    g_assert_cmpuint(link->n_established, <, 40);
    link_run(link, 35 * IKE_SECOND);
    assert_recovered(link);
}

/* Only who is persistent comes again. */
static void
test_deleted_not_persistent(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = persistent(EXCHANGE_MODE_MAIN, true);
    g_autoptr(Link) link = NULL;

    config->persistent = false;
    link = link_of(config, &gateway);
    responder_delete_isakmp(link->gateway, link->now);
    link_flush(link);
    link_run(link, IKE_SECOND);
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_DELETED_BY_PEER);
}

/* Anybody can say INVALID-COOKIE: the gateway is asked, answers, and that was it. */
static void
test_forged_complaints(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);
    const LinkMessage *last = link->messages->pdata[link->messages->len - 1];
    g_autoptr(GBytes) forged = responder_complaint(bytes_of_gbytes(last->bytes));
    unsigned sent = link->sent[TO_GATEWAY];

    for (unsigned i = 0; i < 300; i++) {
        link_inject(link, TO_CLIENT, bytes_of_gbytes(forged), last->nat_t);
        link_run(link, IKE_SECOND / 10);
    }
    g_assert_cmpuint(link->n_reconnecting, ==, 0);
    g_assert_cmpuint(link->lost, ==, 0);
    g_assert_cmpuint(link->sent[TO_GATEWAY] - sent, <=, 4);
    assert_recovered(link);
}

/* Its new pool gives another address: ESTABLISHED says which. */
static void
test_another_lease(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);
    char wanted[IP_TEXT_SIZE];

    g_assert_cmpint(responder_record(link->gateway)->wanted.family, ==, FAMILY_NONE);
    link->gateway_config.lease = "10.20.30.99";
    responder_delete_isakmp(link->gateway, link->now);
    link_flush(link);
    link_run(link, 3 * IKE_SECOND);
    g_assert_cmpuint(link->n_established, ==, 2);
    g_assert_cmpstr(link->address, ==, "10.20.30.99/24");
    g_assert_cmpstr(
        ip_address_to_text(&responder_record(link->gateway)->wanted, wanted), ==, "10.20.30.40");
    assert_recovered(link);
}

/* The gateway sees another port of the NAT from now on: what we send tells it so. */
static void
test_nat_rebinding(gconstpointer stays)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = persistent(EXCHANGE_MODE_MAIN, true);
    g_autoptr(Link) link = link_new(config, &gateway, 53);

    config->encapsulation = ENCAPSULATION_AUTO;
    link->gateway_config.stays = GPOINTER_TO_INT(stays);
    responder_free(link->gateway);
    link->gateway = responder_new(&link->gateway_config, &link->gateway_random);
    link->nat = true;
    link_connect(link);
    link_assert_established(link, 1);
    link->traffic[TO_GATEWAY] = link->traffic[TO_CLIENT] = true;
    link_run(link, IKE_SECOND);
    link->nat_mapping++;
    link_run(link, 120 * IKE_SECOND);
    assert_recovered(link);
}

/* --- credentials --------------------------------------------------------------------------------
 */

/* The user was thrown out: two tries, no more, or the account would be locked. */
static void
test_refused(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);

    link->gateway_config.password = "another one";
    responder_delete_isakmp(link->gateway, link->now);
    link_flush(link);
    link_run(link, 120 * IKE_SECOND);
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_XAUTH_REFUSED);
    g_assert_cmpuint(link->elders->len, ==, 2);
}

/* A gateway that is not ready yet refuses the proposals for a while. */
static void
test_refused_for_a_while(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);

    link->gateway_config.fault = FAULT_IKE_REFUSED;
    link_restart_gateway(link);
    link_run(link, 130 * IKE_SECOND);
    g_assert_true(link->reconnecting);
    link->gateway_config.fault = FAULT_NONE;
    responder_set_fault(link->gateway, FAULT_NONE);
    link_run(link, 40 * IKE_SECOND);
    assert_recovered(link);
}

/* It falls silent where another key would make it so; but ours was right before. */
static void
test_silent_at_the_key(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);

    link->gateway_config.silent_after = 2;
    link_restart_gateway(link);
    link_run(link, 1200 * IKE_SECOND);
    g_assert_true(link->reconnecting && !link->closed);
    link->gateway_config.silent_after = 0;
    link_run(link, 80 * IKE_SECOND);
    assert_recovered(link);
}

static void
test_refused_for_good(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);

    link->gateway_config.fault = FAULT_IKE_REFUSED;
    link_restart_gateway(link);
    link_run(link, 900 * IKE_SECOND);
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_NO_PROPOSAL_IKE);
}

static Link *
link_with_typed_password(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = persistent(EXCHANGE_MODE_MAIN, true);
    Link *link = link_new(config, &gateway, 54);

    secret_clear(&config->password);
    link->secret_password = "correct horse";
    link_connect(link);
    link_assert_established(link, 1);
    g_assert_cmpuint(link->n_asked, ==, 1);
    link->traffic[TO_GATEWAY] = link->traffic[TO_CLIENT] = true;
    return link;
}

/* A password that was typed may be good for one time: it is asked for again. */
static void
test_typed_password(void)
{
    g_autoptr(Link) link = link_with_typed_password();

    responder_delete_isakmp(link->gateway, link->now);
    link_flush(link);
    link_run(link, 5 * IKE_SECOND);
    g_assert_cmpuint(link->n_asked, ==, 2);
    g_assert_cmpint(link->asked, ==, IKE_SECRET_PASSWORD);
    assert_recovered(link);
}

/* … and one that stands in the profile's place but was typed for this connection, too. */
static void
test_password_for_once(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = persistent(EXCHANGE_MODE_MAIN, true);
    g_autoptr(Link) link = NULL;

    config->password_once = true;
    link = link_of(config, &gateway);
    g_assert_cmpuint(link->n_asked, ==, 0);
    link->secret_password = "correct horse";
    responder_delete_isakmp(link->gateway, link->now);
    link_flush(link);
    link_run(link, 5 * IKE_SECOND);
    g_assert_cmpuint(link->n_asked, ==, 1);
    assert_recovered(link);
}

/* The gateway does not wait for slow people; they are asked once, and their answer is good. */
static void
test_slow_typist(void)
{
    g_autoptr(Link) link = link_with_typed_password();

    link->secret_password = NULL;
    for (unsigned i = 0; i < 5; i++) {
        responder_delete_isakmp(link->gateway, link->now);
        link_flush(link);
        link_run(link, 20 * IKE_SECOND);
    }
    g_assert_cmpuint(link->n_asked, ==, 2);
    g_assert_true(link->reconnecting);
    link_give_secret(link, IKE_SECRET_PASSWORD, "correct horse");
    link_run(link, 40 * IKE_SECOND);
    g_assert_cmpuint(link->n_established, ==, 2);
    assert_recovered(link);
}

static void
test_nobody_types(void)
{
    g_autoptr(Link) link = link_with_typed_password();

    link->secret_password = NULL;
    responder_delete_isakmp(link->gateway, link->now);
    link_flush(link);
    link_run(link, 5 * IKE_SECOND);
    g_assert_cmpuint(link->n_asked, ==, 2);
    link_give_secret(link, IKE_SECRET_PASSWORD, NULL);
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_NOT_ASKED_AGAIN);
}

/* --- time ---------------------------------------------------------------------------------------
 */

/* Asleep for two minutes: the gateway still knows us, or it does not. */
static void
test_slept_shortly(void)
{
    for (int forgot = 0; forgot < 2; forgot++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = link_persistent(&gateway);

        if (forgot)
            link_restart_gateway(link);
        link_sleep(link, 120 * IKE_SECOND);
        link_run(link, 4 * IKE_SECOND);
        g_assert_cmpuint(link->n_established, ==, 1 + forgot);
        assert_recovered(link);
    }
}

/* For ten hours: everything is over. */
static void
test_slept_long(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_persistent(&gateway);

    link_restart_gateway(link);
    link_sleep(link, 36000 * IKE_SECOND);
    link_run(link, 2 * IKE_SECOND);
    assert_recovered(link);
}

/* The ISAKMP SA's time is over, again and again: its successor is there before, and no packet is
 * lost. */
static void
test_lifetime(void)
{
    for (int xauth = 0; xauth < 2; xauth++) {
        for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
            ResponderConfig gateway = responder_config_default();
            ConnectionConfig *config = persistent(mode, xauth);
            g_autoptr(Link) link = NULL;

            config->ike_lifetime = 600;
            link = link_of(config, &gateway);
            link_run(link, 2000 * IKE_SECOND);
            g_assert_cmpuint(link->lost, ==, 0);
            g_assert_cmpuint(link->n_reconnecting, ==, 0);
            g_assert_cmpuint(link->n_established, ==, 4);
            g_assert_false(responder_record(link->gateway)->initial_contact);
            g_assert_true(responder_is_dead(link->elders->pdata[0]));
            assert_recovered(link);
        }
    }
}

/* A gateway whose IKE SAs live for seconds is not hammered, and nothing piles up. */
static void
test_lifetime_of_seconds(void)
{
    static const uint32_t lifetimes[] = {1, 5, 29, 35};

    for (size_t i = 0; i < G_N_ELEMENTS(lifetimes); i++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;

        gateway.ike_lifetime = lifetimes[i];
        link = link_new(persistent(EXCHANGE_MODE_MAIN, true), &gateway, 55);
        link_connect(link);
        link_run(link, 600 * IKE_SECOND);
        g_assert_false(link->closed);
        g_assert_cmpuint(link->n_established, >=, 15);
        g_assert_cmpuint(link->n_established, <=, 30);
        g_assert_cmpuint(link->children->len, <=, 3);
    }
}

/* … with each message of it lost once, none of the packets is. */
static void
test_lifetime_each_lost(void)
{
    unsigned n = 0;

    for (LinkDirection direction = TO_GATEWAY; direction < N_DIRECTIONS; direction++) {
        for (unsigned i = 0; i < 14; i++) {
            ResponderConfig gateway = responder_config_default();
            ConnectionConfig *config = persistent(EXCHANGE_MODE_MAIN, true);
            g_autoptr(Link) link = NULL;

            config->ike_lifetime = 600;
            link = link_of(config, &gateway);
            link_run(link, 535 * IKE_SECOND);
            g_assert_cmpuint(link->elders->len, ==, 0);
            link_plan(link, direction, link->sent[direction] + i, FATE_DROP);
            n = link->sent[direction];
            link_run(link, 60 * IKE_SECOND);
            n = link->sent[direction] - n;
            g_assert_cmpuint(link->lost, ==, 0);
            g_assert_cmpuint(link->n_established, ==, 2);
            assert_recovered(link);
        }
        g_assert_cmpuint(n, <=, 15);
    }
}

/* A gateway that has one IKE SA for each client deletes the old one at once: what it no longer
 * takes goes through the new one at once. */
static void
test_lifetime_replaced(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = persistent(EXCHANGE_MODE_MAIN, true);
    g_autoptr(Link) link = NULL;

    gateway.one_only = true;
    config->ike_lifetime = 600;
    link = link_of(config, &gateway);
    link->traffic[TO_CLIENT] = false; /* which would prove that the new one is there */
    link_run(link, 2000 * IKE_SECOND);
    g_assert_cmpuint(link->lost, ==, 0);
    g_assert_cmpuint(link->n_reconnecting, ==, 0);
    g_assert_cmpuint(link->n_established, ==, 4);
    assert_recovered(link);
}

/* The successor is deleted when one of its two networks carries traffic already: the old SAs take
 * over again. */
static void
test_lifetime_successor_deleted(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = persistent(EXCHANGE_MODE_MAIN, true);
    g_autoptr(Link) link = NULL;

    gateway.split_include = "10.1.0.0/16,10.2.0.0/16";
    config->ike_lifetime = 600;
    link = link_new(config, &gateway, 56);
    link_connect(link);
    link_assert_established(link, 2);
    link->gateway_config.silent_after = 7; /* … of the two quick modes it hears one */
    link_run(link, 535 * IKE_SECOND);
    while (link->elders->len == 0)
        link_run(link, IKE_SECOND);
    link_run(link, 5 * IKE_SECOND);
    g_assert_cmpuint(link->n_installed, ==, 3);
    g_assert_cmpuint(link->n_established, ==, 1);
    responder_delete_isakmp(link->gateway, link->now);
    link_flush(link);
    link_run(link, IKE_SECOND / 10);
    g_assert_cmpuint(link->children->len, ==, 2);
    for (guint i = 0; i < link->children->len; i++)
        g_assert_true(((const LinkChild *) link->children->pdata[i])->outbound);
    link->gateway_config.silent_after = 0;
    link->traffic[TO_GATEWAY] = link->traffic[TO_CLIENT] = true;
    link_run(link, 55 * IKE_SECOND);
    g_assert_cmpuint(link->lost, ==, 0);
    g_assert_cmpuint(link->n_reconnecting, ==, 0);
    g_assert_cmpuint(link->n_established, ==, 2);
    link_assert_same(link, 2);
}

/* A gateway that cannot be reached just then: the old one serves to its end, then we reconnect. */
static void
test_lifetime_refused(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = persistent(EXCHANGE_MODE_MAIN, true);
    g_autoptr(Link) link = NULL;

    config->ike_lifetime = 600;
    link = link_of(config, &gateway);
    link->gateway_config.fault = FAULT_ESP_REFUSED;
    link_run(link, 580 * IKE_SECOND);
    g_assert_cmpuint(link->elders->len, >, 0);
    g_assert_cmpuint(link->lost, ==, 0);
    g_assert_cmpuint(link->n_reconnecting, ==, 0);
    responder_set_fault(link->gateway, FAULT_NONE);
    link->gateway_config.fault = FAULT_NONE;
    link_run(link, 60 * IKE_SECOND);
    assert_recovered(link);
}

/* --- every message of a reconnect ---------------------------------------------------------------
 */

static void
run_with_each(ExchangeMode mode, LinkFate fate)
{
    for (LinkDirection direction = TO_GATEWAY; direction < N_DIRECTIONS; direction++) {
        for (unsigned i = 0; i < 12; i++) {
            ResponderConfig gateway = responder_config_default();
            g_autoptr(Link) link = link_of(persistent(mode, true), &gateway);

            link->corrupt_at = seeded_below(&link->chance, 100000) + 64 * i;
            link_plan(link, direction, link->sent[direction] + i, fate);
            link_restart_gateway(link);
            link_sleep(link, 60 * IKE_SECOND);
            link_run(link, 90 * IKE_SECOND);
            assert_recovered(link);
        }
    }
}

static void
test_each(gconstpointer fate)
{
    run_with_each(EXCHANGE_MODE_MAIN, GPOINTER_TO_INT(fate));
    run_with_each(EXCHANGE_MODE_AGGRESSIVE, GPOINTER_TO_INT(fate));
}

/* A fifth of all messages is lost, and the address changes every few minutes. */
static void
test_random_loss(void)
{
    for (unsigned seed = 0; seed < 30; seed++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;

        gateway.stays = seed % 2;
        link = link_persistent(&gateway);
        random_seeded(&link->chance, 900 + seed);
        link->loss_percent = 20;
        for (unsigned i = 0; i < 5; i++) {
            g_autofree char *address = g_strdup_printf("203.0.113.%u", 1 + i);

            link_move(link, address);
            link_run(link, 100 * IKE_SECOND);
            if (i % 2)
                link_restart_gateway(link);
            link_run(link, 100 * IKE_SECOND);
        }
        link->loss_percent = 0;
        link_run(link, 120 * IKE_SECOND);
        assert_recovered(link);
    }
}

/* At any moment of it the user may have enough. */
static void
test_stop_at_any_time(void)
{
    for (IkeTime at = 0; at < 6 * IKE_SECOND; at += 37 * IKE_MILLISECOND) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;

        gateway.stays = true;
        link = link_persistent(&gateway);
        link_move(link, other_address);
        link_run(link, at);
        link_stop(link);
        g_assert_true(link->closed);
        g_assert_cmpint(link->reason, ==, FAIL_NONE);
        link_run(link, 60 * IKE_SECOND);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reconnect/address/followed", test_address_followed);
    g_test_add_func("/reconnect/address/not-followed", test_address_not_followed);
    g_test_add_func("/reconnect/address/without-nat-t", test_address_without_nat_t);
    g_test_add_func("/reconnect/address/without-dpd", test_address_without_dpd);
    g_test_add_func("/reconnect/address/same-again", test_same_path_again);
    g_test_add_func("/reconnect/address/restless", test_address_restless);
    g_test_add_func("/reconnect/address/while-connecting", test_address_while_connecting);
    g_test_add_data_func("/reconnect/path-gone/same-address", first_address, test_path_gone);
    g_test_add_data_func("/reconnect/path-gone/other-address", other_address, test_path_gone);
    g_test_add_func("/reconnect/path-gone/too-long", test_path_gone_too_long);
    g_test_add_func("/reconnect/path-gone/not-persistent", test_path_gone_not_persistent);
    g_test_add_data_func("/reconnect/restarted/silent", GINT_TO_POINTER(0), test_restarted);
    g_test_add_data_func("/reconnect/restarted/complains", GINT_TO_POINTER(1), test_restarted);
    g_test_add_func("/reconnect/gateway-down", test_gateway_down);
    g_test_add_func("/reconnect/deleted/each-time", test_deleted_each_time);
    g_test_add_func("/reconnect/deleted/not-persistent", test_deleted_not_persistent);
    g_test_add_func("/reconnect/forged-complaints", test_forged_complaints);
    g_test_add_func("/reconnect/another-lease", test_another_lease);
    g_test_add_data_func(
        "/reconnect/nat-rebinding/followed", GINT_TO_POINTER(0), test_nat_rebinding);
    g_test_add_func("/reconnect/refused/login", test_refused);
    g_test_add_func("/reconnect/refused/for-a-while", test_refused_for_a_while);
    g_test_add_func("/reconnect/refused/silent-at-the-key", test_silent_at_the_key);
    g_test_add_func("/reconnect/refused/for-good", test_refused_for_good);
    g_test_add_func("/reconnect/password/typed", test_typed_password);
    g_test_add_func("/reconnect/password/for-once", test_password_for_once);
    g_test_add_func("/reconnect/password/slow-typist", test_slow_typist);
    g_test_add_func("/reconnect/password/nobody-types", test_nobody_types);
    g_test_add_func("/reconnect/slept/shortly", test_slept_shortly);
    g_test_add_func("/reconnect/slept/long", test_slept_long);
    g_test_add_func("/reconnect/lifetime/no-packet-lost", test_lifetime);
    g_test_add_func("/reconnect/lifetime/of-seconds", test_lifetime_of_seconds);
    g_test_add_func("/reconnect/lifetime/each-lost", test_lifetime_each_lost);
    g_test_add_func("/reconnect/lifetime/replaced", test_lifetime_replaced);
    g_test_add_func("/reconnect/lifetime/successor-deleted", test_lifetime_successor_deleted);
    g_test_add_func("/reconnect/lifetime/refused", test_lifetime_refused);
    g_test_add_data_func("/reconnect/each/lost", GINT_TO_POINTER(FATE_DROP), test_each);
    g_test_add_data_func("/reconnect/each/duplicated", GINT_TO_POINTER(FATE_DUPLICATE), test_each);
    g_test_add_data_func("/reconnect/each/delayed", GINT_TO_POINTER(FATE_DELAY), test_each);
    g_test_add_data_func("/reconnect/each/corrupted", GINT_TO_POINTER(FATE_CORRUPT), test_each);
    g_test_add_func("/reconnect/random-loss", test_random_loss);
    g_test_add_func("/reconnect/stop-at-any-time", test_stop_at_any_time);
    return g_test_run();
}
