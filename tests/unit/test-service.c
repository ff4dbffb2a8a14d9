/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/asking-again.h"
#include "service/boottime-timer.h"
#include "service/failure.h"
#include "service/gateway-lookup.h"
#include "service/ike-sockets.h"
#include "service/ip-config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* A lease and what goes with it, from texts; lists are apart by spaces. */
typedef struct {
    const char *name;
    const char *addresses;
    const char *remote_ts;
    const char *split_include;
    const char *dns;
    const char *nbns;
    const char *domains;
    const char *banner;
    const char *ip4; /* the dictionaries as GVariant's text, NULL for none */
    const char *ip6;
    const char *routes;
} Row;

/* clang-format off */
static const Row rows[] = {
    {"full-tunnel", "10.1.2.3/32", "0.0.0.0/0", "", "10.1.0.1 10.1.0.2", "10.1.0.9", "corp.example lab.example", NULL,
     "{'address': <@10.1.2.3>, 'prefix': <uint32 32>, 'dns': <[@10.1.0.1, @10.1.0.2]>, 'nbns': <[@10.1.0.9]>, "
     "'domains': <['corp.example', 'lab.example']>, 'never-default': <false>}",
     NULL, "all IPv4"},
    {"netmask-inside-the-tunnel", "10.1.2.3/24", "0.0.0.0/0", "", "", "", "", NULL,
     "{'address': <@10.1.2.3>, 'prefix': <uint32 24>, 'never-default': <false>}",
     NULL, "all IPv4"},
    {"netmask-not-in-the-tunnel", "10.1.2.3/24", "10.99.0.0/16", "", "", "", "", NULL,
     "{'address': <@10.1.2.3>, 'prefix': <uint32 32>, 'routes': <[[@10.99.0.0, 16, 0, 0]]>, 'never-default': <true>}",
     NULL, "10.99.0.0/16"},
    {"split-include", "10.1.2.3/32", "0.0.0.0/0", "10.99.0.0/24 192.168.0.0/16", "", "", "", "Hello\nworld",
     "{'address': <@10.1.2.3>, 'prefix': <uint32 32>, 'routes': <[[@10.99.0.0, 24, 0, 0], [@192.168.0.0, 16, 0, 0]]>, "
     "'never-default': <true>}",
     NULL, "10.99.0.0/24, 192.168.0.0/16"},
    {"narrow-selectors-beat-split-include", "10.1.2.3/32", "10.99.0.0/24", "10.0.0.0/8", "", "", "", NULL,
     "{'address': <@10.1.2.3>, 'prefix': <uint32 32>, 'routes': <[[@10.99.0.0, 24, 0, 0]]>, 'never-default': <true>}",
     NULL, "10.99.0.0/24"},
    {"range", "10.1.2.3/32", "10.99.0.4-10.99.0.9", "", "", "", "", NULL,
     "{'address': <@10.1.2.3>, 'prefix': <uint32 32>, 'routes': <[[@10.99.0.4, 30, 0, 0], [@10.99.0.8, 31, 0, 0]]>, "
     "'never-default': <true>}",
     NULL, "10.99.0.4/30, 10.99.0.8/31"},
    {"both-families", "10.1.2.3/32 fd00::3/128", "0.0.0.0/0 fd01::/16", "", "10.1.0.1 fd00::1", "", "", NULL,
     "{'address': <@10.1.2.3>, 'prefix': <uint32 32>, 'dns': <[@10.1.0.1]>, 'never-default': <false>}",
     "{'address': <[byte 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03]>, "
     "'prefix': <uint32 128>, "
     "'dns': <[[byte 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01]]>, "
     "'routes': <[([byte 0xfd, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00], uint32 16, "
     "[byte 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00], uint32 0)]>, "
     "'never-default': <true>}",
     "all IPv4, fd01::/16"},
    {"address-without-selectors-of-its-family", "10.1.2.3/32 fd00::3/128", "10.99.0.0/24", "", "", "", "", NULL,
     "{'address': <@10.1.2.3>, 'prefix': <uint32 32>, 'routes': <[[@10.99.0.0, 24, 0, 0]]>, 'never-default': <true>}",
     "{'address': <[byte 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03]>, "
     "'prefix': <uint32 128>, 'never-default': <true>}",
     "10.99.0.0/24"},
};
/* clang-format on */

static guint32
ip4_number(const char *text)
{
    IpAddress address;
    guint32 number;

    g_assert_true(ip_address_from_text(text, &address));
    memcpy(&number, address.bytes, sizeof(number));
    return number;
}

static gboolean
put_number(const GMatchInfo *match, GString *out, gpointer data)
{
    g_autofree char *address = g_match_info_fetch(match, 1);

    g_string_append_printf(out, "uint32 %u", ip4_number(address));
    return FALSE;
}

/* "@10.0.0.1" becomes the number that has these bytes in memory, so that rows can be read. */
static GVariant *
variant_of(const char *text)
{
    g_autoptr(GRegex) regex = g_regex_new("@([0-9.]+)", 0, 0, NULL);
    g_autofree char *numbers = g_regex_replace_eval(regex, text, -1, 0, 0, put_number, NULL, NULL);
    g_autoptr(GError) error = NULL;
    GVariant *variant = g_variant_parse(G_VARIANT_TYPE_VARDICT, numbers, NULL, NULL, &error);

    g_assert_no_error(error);
    return variant;
}

static void
add_prefixes(GArray *list, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (char **word = words; *word; word++) {
        g_auto(GStrv) parts = g_strsplit(*word, "/", 2);
        IpPrefix prefix;

        if (!**word)
            continue;
        g_assert_true(ip_address_from_text(parts[0], &prefix.address));
        prefix.len = (uint8_t) g_ascii_strtoull(parts[1], NULL, 10);
        g_array_append_val(list, prefix);
    }
}

static void
add_addresses(GArray *list, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (char **word = words; *word; word++) {
        IpAddress address;

        if (ip_address_from_text(*word, &address))
            g_array_append_val(list, address);
    }
}

static void
add_selectors(GArray *list, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (char **word = words; *word; word++) {
        TrafficSelector ts;

        if (traffic_selector_from_text(*word, &ts))
            g_array_append_val(list, ts);
    }
}

typedef struct {
    IkeLease lease;
    GArray *remote_ts;
    IpConfig config;
} Fixture;

static void
fixture_init(Fixture *f, const Row *row)
{
    g_auto(GStrv) domains = g_strsplit(row->domains, " ", -1);

    f->lease = (IkeLease){
        .addresses = g_array_new(FALSE, FALSE, sizeof(IpPrefix)),
        .dns = g_array_new(FALSE, FALSE, sizeof(IpAddress)),
        .nbns = g_array_new(FALSE, FALSE, sizeof(IpAddress)),
        .split_include = g_array_new(FALSE, FALSE, sizeof(IpPrefix)),
        .domains = g_ptr_array_new_with_free_func(g_free),
        .banner = g_strdup(row->banner),
    };
    f->remote_ts = g_array_new(FALSE, FALSE, sizeof(TrafficSelector));
    add_addresses(f->lease.dns, row->dns);
    add_addresses(f->lease.nbns, row->nbns);
    add_prefixes(f->lease.split_include, row->split_include);
    add_prefixes(f->lease.addresses, row->addresses);
    add_selectors(f->remote_ts, row->remote_ts);
    for (char **domain = domains; *domain; domain++)
        g_ptr_array_add(f->lease.domains, g_strdup(*domain));
    f->config = (IpConfig){
        .device = "ike0",
        .mtu = 1400,
        .remote_ts = f->remote_ts,
        .lease = &f->lease,
    };
    ip_address_from_text("198.51.100.1", &f->config.gateway);
}

static void
fixture_clear(Fixture *f)
{
    g_array_unref(f->lease.addresses);
    g_array_unref(f->lease.dns);
    g_array_unref(f->lease.nbns);
    g_array_unref(f->lease.split_include);
    g_ptr_array_unref(f->lease.domains);
    g_free(f->lease.banner);
    g_array_unref(f->remote_ts);
}

static void
assert_dictionary(GVariant *dictionary, const char *expected)
{
    g_autoptr(GVariant) actual = dictionary ? g_variant_ref_sink(dictionary) : NULL;
    g_autoptr(GVariant) wanted = expected ? variant_of(expected) : NULL;
    g_autofree char *actual_text = actual ? g_variant_print(actual, TRUE) : NULL;
    g_autofree char *wanted_text = wanted ? g_variant_print(wanted, TRUE) : NULL;

    g_assert_cmpstr(actual_text, ==, wanted_text);
}

static void
test_ip_config(gconstpointer data)
{
    const Row *row = data;
    g_autofree char *routes = NULL;
    Fixture f;

    fixture_init(&f, row);
    assert_dictionary(ip_config_ip4(&f.config), row->ip4);
    assert_dictionary(ip_config_ip6(&f.config), row->ip6);
    routes = ip_config_routes_text(&f.config);
    g_assert_cmpstr(routes, ==, row->routes);
    fixture_clear(&f);
}

static void
test_generic_config(void)
{
    Fixture f;

    fixture_init(&f, &rows[3]);
    assert_dictionary(ip_config_generic(&f.config),
                      "{'tundev': <'ike0'>, 'gateway': <@198.51.100.1>, 'can-persist': <true>, "
                      "'mtu': <uint32 1400>, "
                      "'has-ip4': <true>, 'has-ip6': <false>, 'banner': <'Hello\\nworld'>}");
    fixture_clear(&f);
}

static void
test_generic_config_of_an_ipv6_gateway(void)
{
    Fixture f;

    fixture_init(&f, &rows[6]);
    ip_address_from_text("2001:db8::1", &f.config.gateway);
    assert_dictionary(
        ip_config_generic(&f.config),
        "{'tundev': <'ike0'>, 'gateway': <[byte 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, "
        "0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01]>, 'can-persist': <true>, 'mtu': <uint32 "
        "1400>, "
        "'has-ip4': <true>, 'has-ip6': <true>}");
    fixture_clear(&f);
}

/* The last of its routes is this one more than it had. */
static void
assert_has_own_route(GVariant *config, const char *route)
{
    g_autoptr(GVariant) dict = g_variant_ref_sink(ip_config_with_own_route(config));
    g_autoptr(GVariant) former = g_variant_lookup_value(config, "routes", NULL);
    g_autoptr(GVariant) routes = g_variant_lookup_value(dict, "routes", NULL);
    gsize n = g_variant_n_children(routes);
    g_autoptr(GVariant) last = g_variant_get_child_value(routes, n - 1);
    g_autofree char *text = g_variant_print(last, FALSE);

    g_assert_cmpuint(n, ==, former ? g_variant_n_children(former) + 1 : 1);
    g_assert_cmpstr(text, ==, route);
    g_assert_false(ip_config_same_routes(config, dict));
    g_assert_true(ip_config_same_routes(config, config));
    g_assert_false(ip_config_same_routes(config, NULL));
}

static void
test_own_route(void)
{
    g_autofree char *route = g_strdup_printf("[%u, 32, 0, 0]", ip4_number("10.1.2.3"));

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GVariant) ip4 = NULL;
        Fixture f;

        fixture_init(&f, &rows[i]);
        ip4 = g_variant_ref_sink(ip_config_ip4(&f.config));
        assert_has_own_route(ip4, route);
        fixture_clear(&f);
    }
    g_assert_null(ip_config_with_own_route(NULL));
    g_assert_true(ip_config_same_routes(NULL, NULL));
}

static void
test_own_route_ipv6(void)
{
    g_autoptr(GVariant) ip6 = NULL;
    Fixture f;

    fixture_init(&f, &rows[6]);
    ip6 = g_variant_ref_sink(ip_config_ip6(&f.config));
    assert_has_own_route(
        ip6,
        "([0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, "
        "0x00, 0x03], 128, [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, "
        "0x00, 0x00, 0x00, 0x00, 0x00], 0)");
    fixture_clear(&f);
}

/* Name servers and domains alone are gone, and it has the same routes. */
static void
test_config_without_names(void)
{
    g_autoptr(GVariant) ip4 = NULL, dict = NULL;
    Fixture f;

    fixture_init(&f, &rows[0]);
    ip4 = g_variant_ref_sink(ip_config_ip4(&f.config));
    dict = g_variant_ref_sink(ip_config_without_names(ip4));
    g_assert_true(ip_config_same_routes(ip4, dict));
    g_assert_cmpuint(g_variant_n_children(dict), ==, g_variant_n_children(ip4) - 3);
    g_assert_null(ip_config_without_names(NULL));
    fixture_clear(&f);
}

static void
test_failures(void)
{
    g_assert_cmpint(failure_for_nm(FAIL_XAUTH_REFUSED), ==, NM_VPN_PLUGIN_FAILURE_LOGIN_FAILED);
    g_assert_cmpint(failure_for_nm(FAIL_WRONG_PSK), ==, NM_VPN_PLUGIN_FAILURE_LOGIN_FAILED);
    g_assert_cmpint(failure_for_nm(FAIL_CANCELLED), ==, NM_VPN_PLUGIN_FAILURE_LOGIN_FAILED);
    g_assert_cmpint(failure_for_nm(FAIL_NO_ADDRESS), ==, NM_VPN_PLUGIN_FAILURE_BAD_IP_CONFIG);
    g_assert_cmpint(failure_for_nm(FAIL_NO_ANSWER), ==, NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED);
    g_assert_cmpint(failure_for_nm(FAIL_NO_TUN), ==, NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED);
    g_assert_cmpint(failure_for_nm(FAIL_PEER_DEAD), ==, NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED);
}

/* Which secret is asked for again: only where it is certain that it was the wrong one. */
static void
test_failure_secrets(void)
{
    ConnectionConfig config = {.mode = EXCHANGE_MODE_MAIN};

    g_assert_cmpint(failure_secret(FAIL_XAUTH_REFUSED, &config), ==, IKE_SECRET_PASSWORD);
    g_assert_cmpint(failure_secret(FAIL_WRONG_PSK, &config), ==, IKE_SECRET_N);
    g_assert_cmpint(failure_secret(FAIL_AUTHENTICATION, &config), ==, IKE_SECRET_N);
    g_assert_cmpint(failure_secret(FAIL_CANCELLED, &config), ==, IKE_SECRET_N);
    config.mode = EXCHANGE_MODE_AGGRESSIVE;
    g_assert_cmpint(failure_secret(FAIL_WRONG_PSK, &config), ==, IKE_SECRET_PSK);
    g_assert_cmpint(failure_secret(FAIL_NO_ANSWER, &config), ==, IKE_SECRET_N);
}

static void
must_judge(const AskingAgain *asking, IkeSecretKind refused, IkeSecretKind wanted)
{
    Refusal refusal = asking_again_judge(asking, FAIL_XAUTH_REFUSED, NULL);

    g_assert_cmpint(refusal.refused, ==, refused);
    g_assert_cmpint(refusal.wanted, ==, wanted);
}

/* User name and password are one thing: the same pair is not sent again. */
static void
test_asking_again_password(void)
{
    g_autoptr(ConnectionConfig) config = connection_config_new();
    AskingAgain asking;

    config->user = g_strdup("alice");
    config->password = secret_of_text("old");
    asking_again_init(&asking, config);
    asking_again_begin(&asking);
    must_judge(&asking, IKE_SECRET_PASSWORD, IKE_SECRET_PASSWORD);
    g_assert_true(asking_again_note_failure(&asking, FAIL_XAUTH_REFUSED, "words"));
    g_assert_false(asking_again_take(&asking, IKE_SECRET_PASSWORD, "old", NULL));
    g_assert_false(asking_again_take(&asking, IKE_SECRET_PASSWORD, "old", "alice"));
    g_assert_true(asking_again_take(&asking, IKE_SECRET_PASSWORD, "old", "bob"));
    g_assert_cmpstr(config->user, ==, "bob");
    g_assert_true(asking_again_take(&asking, IKE_SECRET_PASSWORD, "new", NULL));
    g_assert_true(bytes_equal(secret_view(&config->password), bytes_of_text("new")));
    g_assert_cmpstr(config->user, ==, "bob");
    g_assert_false(asking_again_note_failure(&asking, FAIL_NO_ANSWER, NULL));
    asking_again_clear(&asking);
}

/* A refused answer blames the password only if that was for one time. */
static void
test_asking_again_answer(void)
{
    for (int once = 0; once <= 1; once++) {
        g_autoptr(ConnectionConfig) config = connection_config_new();
        AskingAgain asking;

        config->password_once = once;
        asking_again_init(&asking, config);
        asking_again_begin(&asking);
        g_assert_true(asking_again_note_answer(&asking, IKE_SECRET_PASSWORD, "right"));
        g_assert_cmpuint(config->password.len, ==, once ? 0 : 5);
        g_assert_true(asking_again_note_answer(&asking, IKE_SECRET_ANSWER, "135791"));
        must_judge(&asking, IKE_SECRET_ANSWER, once ? IKE_SECRET_PASSWORD : IKE_SECRET_ANSWER);
        g_assert_true(asking_again_note_failure(&asking, FAIL_XAUTH_REFUSED, NULL));
        g_assert_true(asking_again_take(&asking, IKE_SECRET_PASSWORD, "right", NULL));
        asking_again_begin(&asking);
        g_assert_false(asking_again_note_answer(&asking, IKE_SECRET_ANSWER, "135791"));
        g_assert_true(asking_again_note_answer(&asking, IKE_SECRET_ANSWER, "246810"));
        asking_again_note_success(&asking);
        g_assert_true(asking_again_note_answer(&asking, IKE_SECRET_ANSWER, "135791"));
        asking_again_clear(&asking);
    }
}

/* Ours, and a peer on the loopback device. */
static void
open_pair(IkeSockets *sockets, UdpSocket *peer, IkePath *path)
{
    *sockets = IKE_SOCKETS_CLOSED;
    g_assert_cmpint(udp_socket_open(peer, FAMILY_IPV4, 0), ==, 0);
    g_assert_cmpint(ike_sockets_open(sockets, FAMILY_IPV4, 0), ==, 0);
    *path = (IkePath){.remote_port = peer->port, .remote_nat_t_port = peer->port};
    ip_address_from_text("127.0.0.1", &path->remote);
}

static Bytes
receive(UdpSocket *socket, uint8_t *buffer, size_t size, uint16_t from_port)
{
    struct pollfd in = {.fd = socket->fd, .events = POLLIN};
    Endpoint from;
    int r;

    g_assert_cmpint(poll(&in, 1, 5000), ==, 1);
    r = udp_socket_receive(socket, buffer, size, &from);
    g_assert_cmpint(r, >=, 0);
    g_assert_cmpuint(from.port, ==, from_port);
    return bytes_of(buffer, (size_t) r);
}

static void
test_sockets_mark_what_shares_a_port_with_esp(void)
{
    static const uint8_t message[] = {1, 2, 3};
    static const uint8_t marked[] = {0, 0, 0, 0, 1, 2, 3};
    uint8_t buffer[64];
    IkeSockets sockets;
    UdpSocket peer;
    IkePath path;
    Bytes got;

    open_pair(&sockets, &peer, &path);
    g_assert_cmpint(
        ike_sockets_send(&sockets, &path, (IkeSending){0}, BYTES_OF_ARRAY(message)), >=, 0);
    got = receive(&peer, buffer, sizeof(buffer), sockets.ike.port);
    g_assert_cmpmem(got.data, got.len, message, sizeof(message));
    g_assert_cmpint(
        ike_sockets_send(&sockets, &path, (IkeSending){.nat_t = true}, BYTES_OF_ARRAY(message)),
        >=,
        0);
    got = receive(&peer, buffer, sizeof(buffer), sockets.nat_t.port);
    g_assert_cmpmem(got.data, got.len, marked, sizeof(marked));
    g_assert_cmpint(ike_sockets_send_keepalive(&sockets, &path), >=, 0);
    got = receive(&peer, buffer, sizeof(buffer), sockets.nat_t.port);
    g_assert_cmpmem(got.data, got.len, "\xff", 1);
    ike_sockets_close(&sockets);
    udp_socket_close(&peer);
}

static void
test_sockets_take_the_port_that_was_asked_for_or_none(void)
{
    IkeSockets sockets = IKE_SOCKETS_CLOSED;
    UdpSocket other;

    g_assert_cmpint(udp_socket_open(&other, FAMILY_IPV4, 0), ==, 0);
    g_assert_cmpint(ike_sockets_open(&sockets, FAMILY_IPV4, other.port), ==, -EADDRINUSE);
    g_assert_cmpint(sockets.ike.fd, ==, -1);
    g_assert_cmpint(sockets.nat_t.fd, ==, -1);
    udp_socket_close(&other);
}

static bool
is_ready(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    return poll(&wait, 1, 5000) == 1;
}

/* Whoever has the descriptors hears of the new family. */
static void
test_sockets_change_family(void)
{
    IkeSockets sockets = IKE_SOCKETS_CLOSED;
    uint8_t buffer[64];
    UdpSocket peer;
    Endpoint to, from;
    int fd;

    g_assert_cmpint(ike_sockets_open(&sockets, FAMILY_IPV4, 0), ==, 0);
    fd = sockets.nat_t.fd;
    if (udp_socket_open(&peer, FAMILY_IPV6, 0) < 0) {
        g_test_skip("no IPv6 here");
        ike_sockets_close(&sockets);
        return;
    }
    g_assert_cmpint(ike_sockets_change_family(&sockets, FAMILY_IPV6, 0), ==, 0);
    g_assert_cmpint(sockets.nat_t.fd, ==, fd);
    g_assert_cmpint(sockets.nat_t.family, ==, FAMILY_IPV6);
    to.port = sockets.nat_t.port;
    g_assert_true(ip_address_from_text("::1", &to.address));
    g_assert_cmpint(udp_socket_send(&peer, &to, bytes_of_text("hello")), ==, 5);
    g_assert_true(is_ready(fd));
    g_assert_cmpint(udp_socket_receive(&sockets.nat_t, buffer, sizeof(buffer), &from), ==, 5);
    g_assert_cmpuint(from.port, ==, peer.port);
    ike_sockets_close(&sockets);
    udp_socket_close(&peer);
}

typedef struct {
    GMainLoop *loop;
    int times;
    FailureReason reason;
    IpAddress remote;
} Heard;

static void
on_expired(void *owner)
{
    Heard *heard = owner;

    heard->times++;
    g_main_loop_quit(heard->loop);
}

static void
test_timer(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    Heard heard = {.loop = loop};
    BoottimeTimer timer = {.fd = -1};
    IkeTime begin = boottime_now();

    g_assert_cmpint(boottime_timer_open(&timer, on_expired, &heard), ==, 0);
    boottime_timer_set(&timer, begin + 20 * IKE_MILLISECOND);
    g_main_loop_run(loop);
    g_assert_cmpint(boottime_now() - begin, >=, 20 * IKE_MILLISECOND);
    boottime_timer_set(&timer, 0);
    g_main_loop_run(loop);
    g_assert_cmpint(heard.times, ==, 2);
    boottime_timer_set(&timer, boottime_now());
    boottime_timer_set(&timer, IKE_TIME_NEVER);
    g_assert_false(g_main_context_iteration(NULL, FALSE));
    boottime_timer_close(&timer);
    boottime_timer_close(&timer);
}

static void
on_found(void *owner,
         FailureReason reason,
         const char *detail,
         const IpAddress *remote,
         const Route *route)
{
    Heard *heard = owner;

    heard->times++;
    heard->reason = reason;
    if (remote)
        heard->remote = *remote;
    g_main_loop_quit(heard->loop);
}

static void
test_lookup_of_an_address(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    Heard heard = {.loop = loop};
    GatewayLookup *lookup = gateway_lookup_new("127.0.0.1", NULL, FAMILY_NONE, 0, on_found, &heard);
    char text[IP_TEXT_SIZE];

    g_assert_cmpint(heard.times, ==, 0);
    g_main_loop_run(loop);
    gateway_lookup_free(lookup);
    g_assert_cmpint(heard.reason, ==, FAIL_NONE);
    g_assert_cmpstr(ip_address_to_text(&heard.remote, text), ==, "127.0.0.1");
}

static void
test_lookup_freed_early_never_calls(void)
{
    Heard heard = {0};

    gateway_lookup_free(gateway_lookup_new("127.0.0.1", NULL, FAMILY_NONE, 0, on_found, &heard));
    gateway_lookup_free(gateway_lookup_new("localhost", NULL, FAMILY_NONE, 0, on_found, &heard));
    for (int i = 0; i < 20; i++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    g_assert_cmpint(heard.times, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/service/ip-config/", rows[i].name, NULL);

        g_test_add_data_func(path, &rows[i], test_ip_config);
    }
    g_test_add_func("/service/generic-config", test_generic_config);
    g_test_add_func("/service/generic-config-ipv6", test_generic_config_of_an_ipv6_gateway);
    g_test_add_func("/service/config-without-names", test_config_without_names);
    g_test_add_func("/service/own-route", test_own_route);
    g_test_add_func("/service/own-route-ipv6", test_own_route_ipv6);
    g_test_add_func("/service/failures", test_failures);
    g_test_add_func("/service/failure-secrets", test_failure_secrets);
    g_test_add_func("/service/asking-again-password", test_asking_again_password);
    g_test_add_func("/service/asking-again-answer", test_asking_again_answer);
    g_test_add_func("/service/sockets/marker", test_sockets_mark_what_shares_a_port_with_esp);
    g_test_add_func("/service/sockets/port", test_sockets_take_the_port_that_was_asked_for_or_none);
    g_test_add_func("/service/sockets/family", test_sockets_change_family);
    g_test_add_func("/service/timer", test_timer);
    g_test_add_func("/service/lookup/address", test_lookup_of_an_address);
    g_test_add_func("/service/lookup/freed", test_lookup_freed_early_never_calls);
    return g_test_run();
}
