/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"

/* Ways to carry packets: ESP alone or in UDP, tunnel or transport mode, an address of the gateway's
 * or our own. */

static Link *
link_of(ConnectionConfig *config, const ResponderConfig *gateway, bool nat)
{
    Link *link = link_new(config, gateway, 61);

    link->nat = nat;
    link_connect(link);
    return link;
}

static bool
any_on_nat_t_port(const Link *link)
{
    for (guint i = 0; i < link->messages->len; i++) {
        if (((const LinkMessage *) link->messages->pdata[i])->nat_t)
            return true;
    }
    return false;
}

/* --- encapsulation -----------------------------------------------------------------------------
 */

typedef struct {
    const char *name;
    Encapsulation encapsulation;
    bool nat, no_nat_t;
    bool udp;
    FailureReason reason; /* FAIL_NONE: it is established */
} Way;

static const Way ways[] = {
    {"auto", ENCAPSULATION_AUTO, false, false, false, FAIL_NONE},
    {"auto-nat", ENCAPSULATION_AUTO, true, false, true, FAIL_NONE},
    {"auto-unable", ENCAPSULATION_AUTO, false, true, false, FAIL_NONE},
    {"force", ENCAPSULATION_FORCE, false, false, true, FAIL_NONE},
    {"force-nat", ENCAPSULATION_FORCE, true, false, true, FAIL_NONE},
    {"force-unable", ENCAPSULATION_FORCE, false, true, false, FAIL_NO_NAT_T},
    {"off", ENCAPSULATION_OFF, false, false, false, FAIL_NONE},
    {"off-unable", ENCAPSULATION_OFF, false, true, false, FAIL_NONE},
};

static void
test_way(gconstpointer data)
{
    const Way *way = data;

    for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
        ResponderConfig gateway = responder_config_default();
        ConnectionConfig *config = link_config(mode, true);
        g_autoptr(Link) link = NULL;

        gateway.no_nat_t = way->no_nat_t;
        config->encapsulation = way->encapsulation;
        link = link_of(config, &gateway, way->nat);
        if (way->reason != FAIL_NONE) {
            link_assert_closed(link, way->reason, 5 * IKE_SECOND);
            continue;
        }
        link_assert_established(link, 1);
        g_assert_true(link_outbound(link)->sa.udp_encap == way->udp);
        g_assert_true(any_on_nat_t_port(link) == way->udp);
        if (way->encapsulation == ENCAPSULATION_OFF)
            g_assert_cmpuint(responder_record(link->gateway)->offered_nat_t, ==, 0);
        else
            g_assert_cmpuint(responder_record(link->gateway)->offered_nat_t, >, 0);
        link->traffic[TO_GATEWAY] = link->traffic[TO_CLIENT] = true;
        link_expire_child(link, link_outbound(link)->sa.inbound_spi);
        link_run(link, 20 * IKE_SECOND);
        responder_rekey(link->gateway, responder_child(link->gateway, 0), link->now);
        link_flush(link);
        link_run(link, 20 * IKE_SECOND);
        g_assert_cmpuint(link->lost, ==, 0);
        g_assert_cmpuint(link->n_installed, ==, 3);
        g_assert_true(link_outbound(link)->sa.udp_encap == way->udp);
    }
}

/* --- our own address ---------------------------------------------------------------------------
 */

/* A tunnel without an address of its own: local-ts is what we have outside. */
static void
test_own_address(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = link_config(EXCHANGE_MODE_MAIN, false);
    g_autoptr(Link) link = NULL;
    g_autofree char *ts = NULL;

    config->addressing = ADDRESSING_NONE;
    link = link_of(config, &gateway, false);
    link_assert_established(link, 1);
    ts = traffic_selector_to_text(&link_outbound(link)->sa.local_ts);
    g_assert_cmpstr(ts, ==, "192.0.2.7/32");
    g_assert_cmpstr(link->address, ==, "192.0.2.7/32");
    g_assert_cmpint(link_outbound(link)->sa.mode, ==, IPSEC_MODE_TUNNEL);
}

/* … and another address is another SA, even where ESP is in UDP. */
static void
test_own_address_changes(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = link_config(EXCHANGE_MODE_MAIN, false);
    g_autoptr(Link) link = NULL;

    config->addressing = ADDRESSING_NONE;
    config->encapsulation = ENCAPSULATION_FORCE;
    link = link_of(config, &gateway, false);
    link_move(link, "203.0.113.5");
    link_run(link, IKE_SECOND);
    g_assert_cmpuint(link->n_established, ==, 2);
    g_assert_cmpstr(link->address, ==, "203.0.113.5/32");
    link_run(link, 10 * IKE_SECOND);
    link_assert_same(link, 1);
}

/* --- transport mode ----------------------------------------------------------------------------
 */

static ConnectionConfig *
transport_config(ExchangeMode mode)
{
    ConnectionConfig *config = link_config(mode, false);

    config->ipsec_mode = IPSEC_MODE_TRANSPORT;
    config->addressing = ADDRESSING_NONE;
    return config;
}

static void
assert_between_hosts(Link *link, const char *local, const char *remote)
{
    const ChildSa *sa = &link_outbound(link)->sa;
    g_autofree char *local_ts = traffic_selector_to_text(&sa->local_ts);
    g_autofree char *remote_ts = traffic_selector_to_text(&sa->remote_ts);

    g_assert_cmpint(sa->mode, ==, IPSEC_MODE_TRANSPORT);
    g_assert_cmpstr(local_ts, ==, local);
    g_assert_cmpstr(remote_ts, ==, remote);
    g_assert_null(link->address);
    g_assert_cmpuint(link->remote_ts->len, ==, 1);
}

static void
test_transport(void)
{
    for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;

        gateway.transport = true;
        link = link_of(transport_config(mode), &gateway, false);
        link_assert_established(link, 1);
        assert_between_hosts(link, "192.0.2.7/32", "198.51.100.1/32");
        g_assert_false(link_outbound(link)->sa.udp_encap);
        g_assert_cmpuint(responder_record(link->gateway)->nat_oa, ==, 0);
        link->traffic[TO_GATEWAY] = link->traffic[TO_CLIENT] = true;
        link_expire_child(link, link_outbound(link)->sa.inbound_spi);
        link_run(link, 20 * IKE_SECOND);
        responder_rekey(link->gateway, responder_child(link->gateway, 0), link->now);
        link_flush(link);
        link_run(link, 20 * IKE_SECOND);
        g_assert_cmpuint(link->lost, ==, 0);
        assert_between_hosts(link, "192.0.2.7/32", "198.51.100.1/32");
    }
}

/* One protocol and port only, of whatever address the profile says that covers the host. */
static void
test_transport_of_a_port(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = transport_config(EXCHANGE_MODE_MAIN);
    TrafficSelector local, remote;
    g_autoptr(Link) link = NULL;

    g_assert_true(traffic_selector_from_text("0.0.0.0/0[tcp]", &local));
    g_assert_true(traffic_selector_from_text("198.51.100.1[tcp/443]", &remote));
    g_array_append_val(config->local_ts, local);
    g_array_append_val(config->remote_ts, remote);
    gateway.transport = true;
    link = link_of(config, &gateway, false);
    link_assert_established(link, 1);
    assert_between_hosts(link, "192.0.2.7/32[tcp]", "198.51.100.1/32[tcp/443]");
}

static void
test_transport_to_others(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = transport_config(EXCHANGE_MODE_MAIN);
    TrafficSelector remote;
    g_autoptr(Link) link = NULL;

    g_assert_true(traffic_selector_from_text("10.0.0.0/8", &remote));
    g_array_append_val(config->remote_ts, remote);
    gateway.transport = true;
    link = link_of(config, &gateway, false);
    link_assert_closed(link, FAIL_SELECTORS, 5 * IKE_SECOND);
}

static void
test_transport_and_nat(void)
{
    for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;

        gateway.transport = true;
        link = link_of(transport_config(mode), &gateway, true);
        link_assert_closed(link, FAIL_TRANSPORT_NAT, 5 * IKE_SECOND);
    }
}

/* In UDP because we want it so; both ends' true addresses go along (RFC 3947, 5.2). */
static void
test_transport_in_udp(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = transport_config(EXCHANGE_MODE_MAIN);
    g_autoptr(Link) link = NULL;

    gateway.transport = true;
    config->encapsulation = ENCAPSULATION_FORCE;
    link = link_of(config, &gateway, false);
    link_assert_established(link, 1);
    assert_between_hosts(link, "192.0.2.7/32", "198.51.100.1/32");
    g_assert_true(link_outbound(link)->sa.udp_encap);
    g_assert_cmpuint(responder_record(link->gateway)->nat_oa, ==, 2);
}

/* A gateway that has tunnels only says so. */
static void
test_transport_refused(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_of(transport_config(EXCHANGE_MODE_MAIN), &gateway, false);

    link_assert_closed(link, FAIL_NO_PROPOSAL_ESP, 10 * IKE_SECOND);
}

static void
test_transport_moves(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = transport_config(EXCHANGE_MODE_MAIN);
    g_autoptr(Link) link = NULL;

    gateway.transport = true;
    config->persistent = true;
    link = link_of(config, &gateway, false);
    link_move(link, "203.0.113.5");
    link_run(link, IKE_SECOND);
    g_assert_cmpuint(link->n_established, ==, 2);
    assert_between_hosts(link, "203.0.113.5/32", "198.51.100.1/32");
    link_run(link, 10 * IKE_SECOND);
    g_assert_cmpuint(link->children->len, ==, 1);
    link_assert_same(link, 1);
}

/* --- volume ------------------------------------------------------------------------------------
 */

/* What both agreed upon is the end; nine tenths of it the time to think of another. */
static void
test_volume(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = link_config(EXCHANGE_MODE_MAIN, false);
    g_autoptr(Link) link = NULL;

    config->esp_lifebytes = 10 * 1024 * 1024;
    link = link_of(config, &gateway, false);
    link_assert_established(link, 1);
    g_assert_cmpuint(link_outbound(link)->sa.hard_bytes, ==, 10 * 1024 * 1024);
    g_assert_cmpuint(link_outbound(link)->sa.soft_bytes, <, 10 * 1024 * 1024);
    g_assert_cmpuint(link_outbound(link)->sa.soft_bytes, >, 9 * 1024 * 1024 - 100);
    g_assert_false(link_outbound(link)->sa.esn);
}

/* --- packets that find no SA --------------------------------------------------------------------
 */

/* The gateway refuses for a while: a packet makes us ask at once, but not for each packet. */
static void
test_acquire(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_of(link_config(EXCHANGE_MODE_MAIN, false), &gateway, false);
    IpAddress ours, theirs, stranger;
    unsigned sent;

    link_assert_established(link, 1);
    ip_address_from_text("10.20.30.40", &ours);
    ip_address_from_text("10.1.2.3", &theirs);
    ip_address_from_text("10.99.0.1", &stranger);
    for (unsigned i = 0; i < 100; i++) /* with an SA there is nothing to do */
        ike_engine_acquire(link->engine, &ours, &theirs, link->now);
    link_flush(link);
    responder_set_fault(link->gateway, FAULT_ESP_REFUSED);
    responder_delete_child(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, 3 * IKE_SECOND); /* refused, and waits */
    sent = link->sent[TO_GATEWAY];
    responder_set_fault(link->gateway, FAULT_NONE);
    ike_engine_acquire(link->engine, &stranger, &theirs, link->now);
    link_flush(link);
    g_assert_cmpuint(link->sent[TO_GATEWAY], ==, sent);
    ike_engine_acquire(link->engine, &ours, &theirs, link->now);
    link_flush(link);
    g_assert_cmpuint(link->sent[TO_GATEWAY], ==, sent + 1);
    link_run(link, IKE_SECOND / 10);
    link_assert_same(link, 1);
}

/* A stream of them against a gateway that refuses each time. */
static void
test_acquire_flood(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_of(link_config(EXCHANGE_MODE_MAIN, false), &gateway, false);
    IpAddress ours, theirs;
    unsigned sent;

    link_assert_established(link, 1);
    ip_address_from_text("10.20.30.40", &ours);
    ip_address_from_text("10.1.2.3", &theirs);
    responder_set_fault(link->gateway, FAULT_ESP_REFUSED);
    responder_delete_child(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, 3 * IKE_SECOND);
    sent = link->sent[TO_GATEWAY];
    for (unsigned i = 0; i < 2000; i++) {
        ike_engine_acquire(link->engine, &ours, &theirs, link->now);
        link_flush(link);
        link_run(link, 10 * IKE_MILLISECOND);
    }
    g_assert_cmpuint(link->sent[TO_GATEWAY] - sent, <, 20);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_strdup_printf("/modes/encapsulation/%s", ways[i].name);

        g_test_add_data_func(path, &ways[i], test_way);
    }
    g_test_add_func("/modes/own-address/kept", test_own_address);
    g_test_add_func("/modes/own-address/changes", test_own_address_changes);
    g_test_add_func("/modes/transport/hosts", test_transport);
    g_test_add_func("/modes/transport/a-port", test_transport_of_a_port);
    g_test_add_func("/modes/transport/to-others", test_transport_to_others);
    g_test_add_func("/modes/transport/nat", test_transport_and_nat);
    g_test_add_func("/modes/transport/in-udp", test_transport_in_udp);
    g_test_add_func("/modes/transport/refused", test_transport_refused);
    g_test_add_func("/modes/transport/moves", test_transport_moves);
    g_test_add_func("/modes/volume", test_volume);
    g_test_add_func("/modes/acquire/waiting", test_acquire);
    g_test_add_func("/modes/acquire/flood", test_acquire_flood);
    return g_test_run();
}
