/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"

#include <string.h>

/* Both modes, with and without XAUTH, on a network that loses nothing. */

static Link *
link_with(ExchangeMode mode, bool xauth)
{
    ResponderConfig gateway = responder_config_default();

    return link_new(link_config(mode, xauth), &gateway, 1);
}

static void
assert_messages(const Link *link, unsigned to_gateway, unsigned to_client)
{
    g_assert_cmpuint(link->sent[TO_GATEWAY], ==, to_gateway);
    g_assert_cmpuint(link->sent[TO_CLIENT], ==, to_client);
}

/* Main mode and a pre-shared key
 *
 *   SA, VIDs                      -->
 *                                 <--  SA, VIDs
 *   KE, Ni, NAT-D, NAT-D          -->
 *                                 <--  KE, Nr, NAT-D, NAT-D
 *   ID, HASH_I, INITIAL-CONTACT   -->
 *                                 <--  ID, HASH_R
 *   HASH, ATTR (REQUEST)          -->
 *                                 <--  HASH, ATTR (REPLY)
 *   HASH(1), SA, Ni, ID, ID       -->
 *                                 <--  HASH(2), SA, Nr, ID, ID
 *   HASH(3)                       -->
 */
static void
test_main_psk(void)
{
    g_autoptr(Link) link = link_with(EXCHANGE_MODE_MAIN, false);

    link_connect(link);
    link_assert_established(link, 1);
    g_assert_true(responder_record(link->gateway)->initial_contact);
    assert_messages(link, 6, 5);
}

/* … then, before the configuration
 *
 *                                 <--  HASH, ATTR (REQUEST: XAUTH_TYPE, USER_NAME, PASSWORD)
 *   HASH, ATTR (REPLY)            -->
 *                                 <--  HASH, ATTR (SET: XAUTH_STATUS)
 *   HASH, ATTR (ACK)              -->
 */
static void
test_main_xauth(void)
{
    g_autoptr(Link) link = link_with(EXCHANGE_MODE_MAIN, true);

    link_connect(link);
    link_assert_established(link, 1);
    g_assert_true(responder_record(link->gateway)->xauth_passed);
    assert_messages(link, 8, 7);
    g_assert_cmpuint(link->n_asked, ==, 0);
}

/* Aggressive mode and a pre-shared key
 *
 *   SA, KE, Ni, ID, VIDs                     -->
 *                                            <--  SA, KE, Nr, ID, HASH_R, VIDs, NAT-D, NAT-D
 *   HASH_I, NAT-D, NAT-D, INITIAL-CONTACT    -->
 */
static void
test_aggressive_psk(void)
{
    g_autoptr(Link) link = link_with(EXCHANGE_MODE_AGGRESSIVE, false);

    link_connect(link);
    link_assert_established(link, 1);
    g_assert_true(responder_record(link->gateway)->initial_contact);
    assert_messages(link, 5, 3);
}

static void
test_aggressive_xauth(void)
{
    g_autoptr(Link) link = link_with(EXCHANGE_MODE_AGGRESSIVE, true);

    link_connect(link);
    link_assert_established(link, 1);
    g_assert_true(responder_record(link->gateway)->xauth_passed);
    assert_messages(link, 7, 5);
}

/* Each algorithm of phase 1 with each other's keys: key lengths beyond one block of the prf too
 * (RFC 2409, appendix B). */
static void
test_phase1_algorithms(void)
{
    static const char *const proposals[] = {
        "aes128-sha1-ecp256",
        "aes192-sha1-ecp256",
        "aes256-sha1-ecp256",
        "3des-sha1-modp1024",
        "3des-sha512-ecp521",
        "aes256-sha256-ecp384",
        "aes192-sha384-modp2048",
        "aes256-sha512-modp1536",
        "aes128-sha256-modp3072",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(proposals); i++) {
        for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
            g_autoptr(Link) link = link_with(mode, false);

            g_array_unref(link->config->ike_proposals);
            link->config->ike_proposals = ike_proposals_from_text(proposals[i], NULL);
            link_connect(link);
            link_assert_established(link, 1);
        }
    }
}

static void
test_esp_algorithms(void)
{
    for (size_t e = 0; encryption_at(e); e++) {
        for (size_t i = 0; integrity_at(i); i++) {
            g_autoptr(Link) link = link_with(EXCHANGE_MODE_AGGRESSIVE, false);
            g_autofree char *both =
                encryption_at(e)->icv_len
                    ? g_strdup(encryption_at(e)->keyword)
                    : g_strdup_printf("%s-%s", encryption_at(e)->keyword, integrity_at(i)->keyword);

            g_array_unref(link->config->esp_proposals);
            link->config->esp_proposals = esp_proposals_from_text(both, NULL);
            link_connect(link);
            link_assert_established(link, 1);
            g_assert_true(link_outbound(link)->sa.proposal.encryption == encryption_at(e));
        }
    }
}

/* The gateway's wish decides: the last one of ours. */
static void
test_the_gateway_chooses(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.ike_proposals = "aes256-sha256-ecp256";
    gateway.esp_proposals = "aes128-sha256";
    link = link_new(link_config(EXCHANGE_MODE_MAIN, true), &gateway, 4);
    link_connect(link);
    link_assert_established(link, 1);
    g_assert_cmpint(link_outbound(link)->sa.proposal.encryption->id, ==, ENCR_AES_CBC);
    g_assert_cmpint(link_outbound(link)->sa.proposal.integrity->id, ==, AUTH_HMAC_SHA2_256_128);
}

/* Perfect forward secrecy: KE in quick mode. */
static void
test_pfs(void)
{
    static const char *const groups[] = {"ecp256", "ecp521", "modp1024", "modp2048"};

    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
        g_autoptr(Link) link = link_with(EXCHANGE_MODE_MAIN, false);
        g_autofree char *text = g_strdup_printf("aes256-sha512-%s", groups[i]);

        g_array_unref(link->config->esp_proposals);
        link->config->esp_proposals = esp_proposals_from_text(text, NULL);
        link_connect(link);
        link_assert_established(link, 1);
    }
}

/* Left open, it is tried without, then with phase 1's group. */
static void
test_pfs_wanted_by_the_gateway(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.esp_proposals = "aes128gcm16-ecp256";
    link = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 4);
    link_connect(link);
    link_assert_established(link, 1);
}

/* Aggressive mode sends its KE with the offer, so one group goes out after the other (RFC
 * 2409, 5.4): the gateway refuses until it is its own; also when one of the messages is lost. */
static void
test_aggressive_groups(void)
{
    for (unsigned lost = 0; lost < 5; lost++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;

        gateway.ike_proposals = "aes128-sha256-ecp384";
        link = link_new(link_config(EXCHANGE_MODE_AGGRESSIVE, true), &gateway, 5 + lost);
        g_array_unref(link->config->ike_proposals);
        link->config->ike_proposals =
            ike_proposals_from_text("aes128-sha256-ecp256-ecp384-ecp521", NULL);
        if (lost < 4)
            link_plan(link, lost % 2, lost / 2, FATE_DROP);
        link_connect(link);
        link_assert_established(link, 1);
    }
}

/* … and none of them is. */
static void
test_aggressive_groups_refused(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.ike_proposals = "aes128-sha256-modp2048";
    link = link_new(link_config(EXCHANGE_MODE_AGGRESSIVE, true), &gateway, 5);
    g_array_unref(link->config->ike_proposals);
    link->config->ike_proposals = ike_proposals_from_text("aes128-sha256-ecp256-ecp384", NULL);
    link_connect(link);
    link_assert_closed(link, FAIL_NO_PROPOSAL_IKE, 35 * IKE_SECOND);
}

/* --- NAT traversal -----------------------------------------------------------------------------
 */

static unsigned
count_on_nat_t(const Link *link, LinkDirection direction)
{
    unsigned n = 0;

    for (guint i = 0; i < link->messages->len; i++) {
        const LinkMessage *message = link->messages->pdata[i];

        n += message->direction == direction && message->nat_t;
    }
    return n;
}

/* Nobody translates: port 500 throughout, ESP without UDP, no keepalives. */
static void
test_no_nat(void)
{
    g_autoptr(Link) link = link_with(EXCHANGE_MODE_MAIN, true);

    link_connect(link);
    link_assert_established(link, 1);
    g_assert_false(link_outbound(link)->sa.udp_encap);
    g_assert_cmpuint(count_on_nat_t(link, TO_GATEWAY), ==, 0);
    link_run(link, 100 * IKE_SECOND);
    g_assert_cmpuint(link->n_keepalives, ==, 0);
}

/* RFC 3947, 4: main mode changes ports with its fifth message, aggressive mode with its third. */
static void
test_nat(void)
{
    for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
        g_autoptr(Link) link = link_with(mode, true);
        unsigned in_the_clear = mode == EXCHANGE_MODE_MAIN ? 2 : 1;

        link->nat = true;
        link_connect(link);
        link_assert_established(link, 1);
        g_assert_true(responder_record(link->gateway)->client_behind_nat);
        g_assert_true(link_outbound(link)->sa.udp_encap);
        g_assert_cmpuint(
            link->sent[TO_GATEWAY] - count_on_nat_t(link, TO_GATEWAY), ==, in_the_clear);
        link_run(link, 100 * IKE_SECOND);
        g_assert_cmpuint(link->n_keepalives, ==, 5); /* every 20 s */
    }
}

/* encapsulation=force: the gateway is made to see a NAT. */
static void
test_forced_encapsulation(void)
{
    for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
        g_autoptr(Link) link = link_with(mode, false);

        link->config->encapsulation = ENCAPSULATION_FORCE;
        link_connect(link);
        link_assert_established(link, 1);
        g_assert_true(link_outbound(link)->sa.udp_encap);
        g_assert_true(responder_record(link->gateway)->udp_encap);
    }
}

static void
test_forced_without_nat_t(void)
{
    for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;

        gateway.no_nat_t = true;
        link = link_new(link_config(mode, false), &gateway, 1);
        link->config->encapsulation = ENCAPSULATION_FORCE;
        link_connect(link);
        link_assert_closed(link, FAIL_NO_NAT_T, 35 * IKE_SECOND);
    }
}

/* --- configuration -----------------------------------------------------------------------------
 */

/* ESTABLISHED brings what the gateway assigned. */
static void
test_lease(void)
{
    g_autoptr(Link) link = link_with(EXCHANGE_MODE_AGGRESSIVE, true);
    g_autofree char *local = NULL;
    g_autofree char *remote = NULL;

    link_connect(link);
    link_assert_established(link, 1);
    local = traffic_selector_to_text(&link_outbound(link)->sa.local_ts);
    remote = traffic_selector_to_text(&link_outbound(link)->sa.remote_ts);
    g_assert_cmpstr(local, ==, "10.20.30.40/32");
    g_assert_cmpstr(remote, ==, "0.0.0.0/0");
    g_assert_cmpstr(link->address, ==, "10.20.30.40/24");
    g_assert_cmpstr(link->dns, ==, "10.20.30.1");
    g_assert_cmpstr(link->domain, ==, "example.org");
}

static void
test_pushed_configuration(void)
{
    for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
        for (int xauth = 0; xauth < 2; xauth++) {
            ResponderConfig gateway = responder_config_default();
            g_autoptr(Link) link = NULL;

            gateway.pushes = true;
            link = link_new(link_config(mode, xauth), &gateway, 1);
            link->config->addressing = ADDRESSING_PUSH;
            link_connect(link);
            link_assert_established(link, 1);
            g_assert_cmpuint(responder_record(link->gateway)->config_acks, ==, 1);
            g_assert_cmpstr(link->address, ==, "10.20.30.40/24");
        }
    }
}

/* Nothing is pushed: bounded, with the reason. */
static void
test_push_that_does_not_come(void)
{
    g_autoptr(Link) link = link_with(EXCHANGE_MODE_MAIN, false);

    link->config->addressing = ADDRESSING_PUSH;
    link_connect(link);
    link_assert_closed(link, FAIL_NO_ADDRESS, 35 * IKE_SECOND);
    link_run(link, IKE_SECOND);
    g_assert_true(responder_record(link->gateway)->deleted_by_client);
}

/* A push long after: acknowledged, and what we have stays. */
static void
test_push_while_established(void)
{
    g_autoptr(Link) link = link_with(EXCHANGE_MODE_MAIN, false);

    link_connect(link);
    link_assert_established(link, 1);
    responder_push(link->gateway, link->now);
    link_flush(link);
    link_run(link, IKE_SECOND);
    g_assert_cmpuint(responder_record(link->gateway)->config_acks, ==, 1);
    link_assert_established(link, 1);
}

static void
test_static_address(void)
{
    g_autoptr(Link) link = link_with(EXCHANGE_MODE_MAIN, false);
    IpPrefix address;

    g_assert_true(ip_prefix_from_text("10.9.9.9/32", &address));
    link->config->addressing = ADDRESSING_STATIC;
    g_array_append_val(link->config->addresses, address);
    link_connect(link);
    link_assert_established(link, 1);
    g_assert_cmpstr(link->address, ==, "10.9.9.9/32");
    assert_messages(link, 5, 4); /* no transaction */
}

/* --- several networks --------------------------------------------------------------------------
 */

/* The gateway pushes three networks: each gets its own SA. */
static void
test_split_networks(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.split_include = "10.1.0.0/16,10.2.0.0/16,172.16.0.0/12";
    link = link_new(link_config(EXCHANGE_MODE_MAIN, true), &gateway, 1);
    link->config->policy_level = POLICY_UNIQUE;
    link_connect(link);
    link_assert_established(link, 3);
    g_assert_cmpuint(link->remote_ts->len, ==, 3);
}

/* More networks than IPsec SAs are allowed: as many as fit, and the gateway is still heard. */
static void
test_many_networks(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(GString) networks = g_string_new("10.0.0.0/24");
    g_autoptr(Link) link = NULL;

    for (unsigned i = 1; i < 45; i++)
        g_string_append_printf(networks, ",10.0.%u.0/24", i);
    gateway.split_include = networks->str;
    link = link_new(link_config(EXCHANGE_MODE_MAIN, true), &gateway, 1);
    link_connect(link);
    g_assert_true(link->established);
    link_run(link, IKE_SECOND);
    g_assert_cmpuint(link->children->len, >, 30);
    link_assert_same(link, link->children->len);
    responder_probe(link->gateway, 1, link->now);
    link_flush(link);
    link_run(link, IKE_SECOND);
    g_assert_cmpuint(responder_record(link->gateway)->probe_answers, ==, 1);
}

/* A gateway of the Cisco kind wants one SA for all, and splits by routes. */
static void
test_split_networks_of_unity(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.split_include = "10.1.0.0/16,10.2.0.0/16";
    gateway.unity = true;
    link = link_new(link_config(EXCHANGE_MODE_AGGRESSIVE, true), &gateway, 1);
    link_connect(link);
    link_assert_established(link, 1);
    g_assert_cmpuint(link->remote_ts->len, ==, 1);
    g_assert_cmpuint(link->n_split, ==, 2);
}

static void
test_remote_ts(void)
{
    static const char *const texts[] = {"10.1.0.0/16", "10.2.0.5-10.2.0.9", "10.3.0.1[tcp/443]"};
    g_autoptr(Link) link = link_with(EXCHANGE_MODE_MAIN, false);

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        TrafficSelector ts;

        g_assert_true(traffic_selector_from_text(texts[i], &ts));
        g_array_append_val(link->config->remote_ts, ts);
    }
    link_connect(link);
    link_assert_established(link, 3);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        const LinkChild *child = link->children->pdata[i];
        g_autofree char *text = traffic_selector_to_text(&child->sa.remote_ts);

        g_assert_nonnull(strstr("10.1.0.0/16 10.2.0.5-10.2.0.9 10.3.0.1/32[tcp/443]", text));
    }
}

/* --- identities --------------------------------------------------------------------------------
 */

static void
test_identities(void)
{
    static const char *const identities[] = {
        "192.0.2.7",
        "client.example.org",
        "alice@example.org",
        "keyid:office",
        "@#0badc0de",
        "C=CH, O=Example, CN=client",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(identities); i++) {
        for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
            g_autoptr(Link) link = link_with(mode, false);

            identity_clear(&link->config->local_id);
            g_assert_true(identity_from_text(identities[i], &link->config->local_id));
            link_connect(link);
            link_assert_established(link, 1);
        }
    }
}

static void
test_remote_identity(void)
{
    g_autoptr(Link) right = link_with(EXCHANGE_MODE_MAIN, false);
    g_autoptr(Link) wrong = link_with(EXCHANGE_MODE_MAIN, false);
    g_autoptr(Link) wrong_aggressive = link_with(EXCHANGE_MODE_AGGRESSIVE, false);

    g_assert_true(identity_from_text("VPN.example.org", &right->config->remote_id));
    link_connect(right);
    link_assert_established(right, 1);
    g_assert_true(identity_from_text("other.example.org", &wrong->config->remote_id));
    link_connect(wrong);
    link_assert_closed(wrong, FAIL_WRONG_REMOTE_ID, IKE_SECOND);
    g_assert_nonnull(strstr(wrong->detail, "vpn.example.org"));
    g_assert_true(identity_from_text("192.0.2.1", &wrong_aggressive->config->remote_id));
    link_connect(wrong_aggressive);
    link_assert_closed(wrong_aggressive, FAIL_WRONG_REMOTE_ID, IKE_SECOND);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connect/main-psk", test_main_psk);
    g_test_add_func("/connect/main-xauth", test_main_xauth);
    g_test_add_func("/connect/aggressive-psk", test_aggressive_psk);
    g_test_add_func("/connect/aggressive-xauth", test_aggressive_xauth);
    g_test_add_func("/connect/phase1-algorithms", test_phase1_algorithms);
    g_test_add_func("/connect/esp-algorithms", test_esp_algorithms);
    g_test_add_func("/connect/gateway-chooses", test_the_gateway_chooses);
    g_test_add_func("/connect/pfs", test_pfs);
    g_test_add_func("/connect/pfs-wanted-by-gateway", test_pfs_wanted_by_the_gateway);
    g_test_add_func("/connect/aggressive-groups", test_aggressive_groups);
    g_test_add_func("/connect/aggressive-groups-refused", test_aggressive_groups_refused);
    g_test_add_func("/connect/no-nat", test_no_nat);
    g_test_add_func("/connect/nat", test_nat);
    g_test_add_func("/connect/forced-encapsulation", test_forced_encapsulation);
    g_test_add_func("/connect/forced-without-nat-t", test_forced_without_nat_t);
    g_test_add_func("/connect/lease", test_lease);
    g_test_add_func("/connect/pushed", test_pushed_configuration);
    g_test_add_func("/connect/push-does-not-come", test_push_that_does_not_come);
    g_test_add_func("/connect/push-while-established", test_push_while_established);
    g_test_add_func("/connect/static-address", test_static_address);
    g_test_add_func("/connect/split-networks", test_split_networks);
    g_test_add_func("/connect/many-networks", test_many_networks);
    g_test_add_func("/connect/split-networks-of-unity", test_split_networks_of_unity);
    g_test_add_func("/connect/remote-ts", test_remote_ts);
    g_test_add_func("/connect/identities", test_identities);
    g_test_add_func("/connect/remote-identity", test_remote_identity);
    return g_test_run();
}
