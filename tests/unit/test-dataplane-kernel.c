/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's data plane in one network namespace, `ip xfrm` in another. Where the machine's
 * kernel has no ESP only the refusal is tested; tests/vm/plane runs all of it. */
#include "crypto/packet-cipher.h"
#include "dataplane/dataplane.h"
#include "lib/netns.h"
#include "platform/udp-encap.h"

#include <errno.h>
#include <linux/udp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/socket-address.h"

enum { ECHO_PORT = 7, WAIT_MS = 3000, SILENCE_MS = 300 };

/* Ours is a, the peer's b. Each has addresses outside, and inside. */
static int ns_a = -1, ns_b = -1;
static const char *why_not; /* why the kernel cannot be tested; NULL: it can */

typedef struct {
    const char *local, *remote;             /* outside */
    const char *inner_local, *inner_remote; /* inside */
    const char *local_ts, *remote_ts;
} Place;

static const Place v4_in_v4 = {
    "10.1.0.1", "10.1.0.2", "10.7.0.1", "10.8.0.1", "10.7.0.1", "10.8.0.0/16"};
static const Place v6_in_v4 = {
    "10.1.0.1", "10.1.0.2", "fd07::1", "fd08::1", "fd07::1", "fd08::/64"};
static const Place v4_in_v6 = {
    "fd01::1", "fd01::2", "10.7.0.1", "10.8.0.1", "10.7.0.1", "10.8.0.0/16"};
static const Place v6_in_v6 = {"fd01::1", "fd01::2", "fd07::1", "fd08::1", "fd07::1", "fd08::/64"};

/* what the plane says */

typedef struct {
    guint n_used, n_expiring, n_expired, n_acquire, n_failed, n_ike;
    uint32_t spi; /* of the last event */
    char acquired[IP_TEXT_SIZE];
} Heard;

static Heard heard;

static void
on_used(void *owner, uint32_t spi)
{
    heard.n_used++;
    heard.spi = spi;
}

static void
on_expiring(void *owner, uint32_t spi)
{
    heard.n_expiring++;
    heard.spi = spi;
}

static void
on_expired(void *owner, uint32_t spi)
{
    heard.n_expired++;
    heard.spi = spi;
}

static void
on_acquire(void *owner, const IpAddress *source, const IpAddress *destination)
{
    heard.n_acquire++;
    ip_address_to_text(destination, heard.acquired);
}

static void
on_failed(void *owner, int error)
{
    g_assert_cmpint(error, ==, -ENODEV);
    heard.n_failed++;
}

static void
on_ike(void *owner, Bytes message, const Endpoint *from)
{
    g_assert_true(bytes_equal(message, bytes_of_text("an IKE message")));
    heard.n_ike++;
}

static const DataPlaneEvents events = {
    .ike_message = on_ike,
    .used = on_used,
    .expiring = on_expiring,
    .expired = on_expired,
    .acquire = on_acquire,
    .failed = on_failed,
};

/* commands */

static char *
run(int ns, const char *format, va_list arguments)
{
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    g_autofree char *output = NULL, *complaint = NULL;
    int status = 0;

    netns_enter(ns);
    if (!g_spawn_command_line_sync(line, &output, &complaint, &status, NULL) || status != 0)
        g_error("%s: %s", line, complaint);
    netns_enter(ns_a);
    return g_steal_pointer(&output);
}

static void on(int ns, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
on(int ns, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_free(run(ns, format, arguments));
    va_end(arguments);
}

static char *output_of(int ns, const char *format, ...) G_GNUC_PRINTF(2, 3);

static char *
output_of(int ns, const char *format, ...)
{
    va_list arguments;
    char *output;

    va_start(arguments, format);
    output = run(ns, format, arguments);
    va_end(arguments);
    return output;
}

static void
must_be_empty(const char *command)
{
    g_autofree char *output = output_of(ns_a, "%s", command);

    g_assert_cmpstr(output, ==, "");
}

/* Nothing of ours in the kernel. */
static guint
count(const char *command, const char *word)
{
    g_autofree char *output = output_of(ns_a, "%s", command);
    guint n = 0;

    for (const char *at = output; (at = strstr(at, word)) != NULL; at++)
        n++;
    return n;
}

static void
must_be_clean(void)
{
    must_be_empty("ip xfrm state");
    must_be_empty("ip xfrm policy");
    must_be_empty("ip -o link show type xfrm");
    g_assert_cmpuint(count("ip -4 rule", "fwmark"), ==, 0);
    g_assert_cmpuint(count("ip -6 rule", "fwmark"), ==, 0);
}

/* addresses and keys */

static IpAddress
address(const char *text)
{
    IpAddress parsed;

    g_assert_true(ip_address_from_text(text, &parsed));
    return parsed;
}

static TrafficSelector
selector(const char *text)
{
    TrafficSelector parsed;

    g_assert_true(traffic_selector_from_text(text, &parsed));
    return parsed;
}

static EspProposal
proposal(const char *text)
{
    g_autoptr(GArray) all = esp_proposals_from_text(text, NULL);

    g_assert_nonnull(all);
    return g_array_index(all, EspProposal, 0);
}

static Secret
keymat(const EspProposal *chosen, uint8_t seed)
{
    Secret key = secret_alloc(packet_cipher_keymat_len(chosen->encryption, chosen->integrity));

    for (size_t i = 0; i < key.len; i++)
        key.data[i] = (uint8_t) (seed + i);
    return key;
}

static char *
hex(Bytes bytes)
{
    GString *text = g_string_new("0x");

    for (size_t i = 0; i < bytes.len; i++)
        g_string_append_printf(text, "%02x", bytes.data[i]);
    return g_string_free(text, FALSE);
}

/* one connection */

typedef struct {
    const Place *place;
    UdpSocket nat_t, peer_nat_t;
    DataPlane *plane;
    int echo;   /* the peer's socket inside */
    int socket; /* ours */
} Fixture;

static int
bound_socket(int ns, const char *text, uint16_t port)
{
    Endpoint local = {address(text), port};
    SocketAddress native;
    socklen_t len = socket_address_of(&local, &native);
    int fd, one = 1;

    netns_enter(ns);
    fd = socket(native.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    netns_enter(ns_a);
    g_assert_no_errno(setsockopt(fd,
                                 local.address.family == FAMILY_IPV6 ? IPPROTO_IPV6 : IPPROTO_IP,
                                 local.address.family == FAMILY_IPV6 ? IPV6_FREEBIND : IP_FREEBIND,
                                 &one,
                                 sizeof(one)));
    g_assert_no_errno(bind(fd, &native.any, len));
    return fd;
}

static void
send_to(int fd, const char *text, size_t len)
{
    Endpoint remote = {address(text), ECHO_PORT};
    SocketAddress native;
    socklen_t native_len = socket_address_of(&remote, &native);
    static const uint8_t data[2000] = "a packet";

    /* (An error of the packet before is none of this one's.) */
    if (sendto(fd, data, len, 0, &native.any, native_len) < 0)
        sendto(fd, data, len, 0, &native.any, native_len);
}

static bool
arrives(int fd, int timeout_ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    uint8_t buffer[2048];

    return poll(&wait, 1, timeout_ms) == 1 && (wait.revents & POLLIN)
           && recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0;
}

static void
must_exchange(Fixture *f)
{
    send_to(f->socket, f->place->inner_remote, 100);
    g_assert_true(arrives(f->echo, WAIT_MS));
    send_to(f->echo, f->place->inner_local, 1000);
    g_assert_true(arrives(f->socket, WAIT_MS));
}

static void
dispatch_for(DataPlane *plane, int milliseconds, const guint *until)
{
    gint64 end = g_get_monotonic_time() + milliseconds * 1000;

    while (*until == 0 && g_get_monotonic_time() < end) {
        struct pollfd wait = {.fd = data_plane_fd(plane), .events = POLLIN};

        if (poll(&wait, 1, 20) == 1)
            data_plane_dispatch(plane);
    }
}

static const DataPlaneSetup *
setup_of(UdpSocket *nat_t)
{
    static DataPlaneSetup setup;

    setup = (DataPlaneSetup){.choice = DATA_PLANE_KERNEL, .nat_t = nat_t, .device = "ike%d"};
    return &setup;
}

static void
set_path(Fixture *f, const char *local)
{
    Endpoint here = {address(local), 4500}, there = {address(f->place->remote), 4500};

    g_assert_cmpint(data_plane_set_path(f->plane, &here, &there), ==, 0);
}

static void
route_inside(const Fixture *f)
{
    bool v6 = strchr(f->place->inner_local, ':') != NULL;

    on(ns_a, "ip link set %s up", data_plane_device(f->plane));
    on(ns_a,
       "ip %s route replace %s dev %s src %s",
       v6 ? "-6" : "-4",
       f->place->remote_ts,
       data_plane_device(f->plane),
       f->place->inner_local);
}

static void
begin(Fixture *f, const Place *place)
{
    AddressFamily family = address(place->local).family;

    heard = (Heard){0};
    *f = (Fixture){.place = place};
    netns_enter(ns_b);
    g_assert_cmpint(udp_socket_open(&f->peer_nat_t, family, 4500), ==, 0);
    g_assert_cmpint(udp_encap_set(&f->peer_nat_t, true), ==, 0);
    netns_enter(ns_a);
    g_assert_cmpint(udp_socket_open(&f->nat_t, family, 4500), ==, 0);
    g_assert_cmpint(data_plane_open(&f->plane, setup_of(&f->nat_t), &events), ==, 0);
    g_assert_true(data_plane_is_kernel(f->plane));
    set_path(f, place->local);
    if (strcmp(place->local, place->inner_local) != 0)
        route_inside(f);
    f->socket = bound_socket(ns_a, place->inner_local, ECHO_PORT);
    f->echo = bound_socket(ns_b, place->inner_remote, ECHO_PORT);
}

static void
end(Fixture *f)
{
    data_plane_close(f->plane);
    close(f->socket);
    close(f->echo);
    udp_socket_close(&f->nat_t);
    udp_socket_close(&f->peer_nat_t);
    on(ns_b, "ip xfrm policy flush");
    on(ns_b, "ip xfrm state flush");
    must_be_clean();
}

/* a Child SA on both sides */

typedef struct {
    const char *proposal;
    uint32_t spi; /* ours; the peer's is the next one */
    bool udp_encap, esn;
    IpsecMode mode;
    uint64_t soft_bytes, hard_bytes;
    bool waits; /* does not take outbound packets yet */
} Wish;

static char *
algorithms_text(const EspProposal *chosen, Bytes key)
{
    size_t cipher_len = chosen->encryption->key_bits / 8U + chosen->encryption->salt_len;
    g_autofree char *cipher = hex(bytes_head(key, cipher_len));
    g_autofree char *auth = hex(bytes_of(key.data + cipher_len, key.len - cipher_len));

    if (!chosen->integrity)
        return g_strdup_printf("aead %s %s 128", chosen->encryption->xfrm, cipher);
    return g_strdup_printf("enc %s %s auth-trunc %s %s %u",
                           chosen->encryption->xfrm,
                           cipher,
                           chosen->integrity->xfrm,
                           auth,
                           chosen->integrity->icv_len * 8U);
}

static void
peer_state(const Fixture *f, const Wish *wish, bool from_peer, Bytes key)
{
    EspProposal chosen = proposal(wish->proposal);
    g_autofree char *algorithms = algorithms_text(&chosen, key);

    on(ns_b,
       "ip xfrm state add src %s dst %s proto esp spi %u mode %s %s %s %s %s",
       from_peer ? f->place->remote : f->place->local,
       from_peer ? f->place->local : f->place->remote,
       from_peer ? wish->spi : wish->spi + 1,
       wish->mode == IPSEC_MODE_TRANSPORT ? "transport" : "tunnel",
       wish->esn ? "replay-window 64 flag esn" : "replay-window 32",
       wish->mode == IPSEC_MODE_TRANSPORT || wish->esn ? "" : "flag af-unspec",
       algorithms,
       wish->udp_encap ? "encap espinudp 4500 4500 0.0.0.0" : "");
}

static void
peer_policy(const Fixture *f, const Wish *wish, const char *command)
{
    const Place *p = f->place;
    bool tunnel = wish->mode == IPSEC_MODE_TUNNEL;

    on(ns_b,
       "ip xfrm policy %s src %s dst %s dir out priority 9 tmpl src %s dst %s proto esp spi %u "
       "mode "
       "%s",
       command,
       p->remote_ts,
       p->local_ts,
       p->remote,
       p->local,
       wish->spi,
       tunnel ? "tunnel" : "transport");
    on(ns_b,
       "ip xfrm policy %s src %s dst %s dir in priority 9 tmpl src %s dst %s proto esp mode %s",
       command,
       p->local_ts,
       p->remote_ts,
       p->local,
       p->remote,
       tunnel ? "tunnel" : "transport");
}

static ChildSa
child_of(const Fixture *f, const Wish *wish)
{
    EspProposal chosen = proposal(wish->proposal);

    return (ChildSa){
        .inbound_spi = wish->spi,
        .outbound_spi = wish->spi + 1,
        .proposal = chosen,
        .inbound_keymat = keymat(&chosen, (uint8_t) wish->spi),
        .outbound_keymat = keymat(&chosen, (uint8_t) (wish->spi + 1)),
        .local_ts = selector(f->place->local_ts),
        .remote_ts = selector(f->place->remote_ts),
        .mode = wish->mode,
        .udp_encap = wish->udp_encap,
        .esn = wish->esn,
        .soft_bytes = wish->soft_bytes,
        .hard_bytes = wish->hard_bytes,
    };
}

static void
install_ours(Fixture *f, const Wish *wish)
{
    g_auto(ChildSa) child = child_of(f, wish);

    g_assert_cmpint(data_plane_install(f->plane, &child, !wish->waits), ==, 0);
}

static void
install_peers(Fixture *f, const Wish *wish)
{
    g_auto(ChildSa) child = child_of(f, wish);

    peer_state(f, wish, true, secret_view(&child.inbound_keymat));
    peer_state(f, wish, false, secret_view(&child.outbound_keymat));
}

static void
install(Fixture *f, const Wish *wish)
{
    install_ours(f, wish);
    install_peers(f, wish);
    peer_policy(f, wish, "update");
}

static bool
skipped(void)
{
    if (why_not)
        g_test_skip(why_not);
    return why_not != NULL;
}

/* tests */

static void
test_refusal(void)
{
    DataPlane *plane = NULL;
    UdpSocket nat_t;
    int encap = -1;
    socklen_t len = sizeof(encap);

    if (!why_not || ns_a < 0) {
        g_test_skip("this kernel has what the data plane needs, or there are no namespaces here");
        return;
    }
    g_assert_cmpint(udp_socket_open(&nat_t, FAMILY_IPV4, 0), ==, 0);
    g_assert_cmpint(data_plane_open(&plane, setup_of(&nat_t), &events), ==, -EOPNOTSUPP);
    g_assert_null(plane);
    g_assert_no_errno(getsockopt(nat_t.fd, IPPROTO_UDP, UDP_ENCAP, &encap, &len));
    g_assert_cmpint(encap, ==, 0);
    must_be_empty("ip -o link show type xfrm");
    g_assert_cmpuint(count("ip -4 rule", "fwmark"), ==, 0);
    g_assert_cmpuint(count("ip -6 rule", "fwmark"), ==, 0);
    udp_socket_close(&nat_t);
}

/* Without being insisted on it gives way to user space, if that can. */
static void
test_automatic(void)
{
    DataPlaneSetup setup = {.choice = DATA_PLANE_AUTO, .device = "ike%d"};
    DataPlane *plane = NULL;
    UdpSocket nat_t;
    int r;

    if (ns_a < 0) {
        g_test_skip(why_not);
        return;
    }
    g_assert_cmpint(udp_socket_open(&nat_t, FAMILY_IPV4, 0), ==, 0);
    setup.nat_t = &nat_t;
    r = data_plane_open(&plane, &setup, &events);
    g_assert_true(r == 0 || r == -ENOENT || r == -EPERM);
    if (r == 0)
        g_assert_true(data_plane_is_kernel(plane) == (why_not == NULL));
    data_plane_close(plane);
    udp_socket_close(&nat_t);
}

static void
test_algorithms(void)
{
    static const char *const all[] = {"aes128gcm16",
                                      "aes192gcm16",
                                      "aes256gcm16",
                                      "aes128-sha1",
                                      "aes192-sha384",
                                      "aes256-sha256",
                                      "aes256-sha512",
                                      "3des-sha1"};

    if (skipped())
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        Fixture f;

        g_test_message("%s", all[i]);
        begin(&f, &v4_in_v4);
        install(&f, &(Wish){all[i], .spi = 0x1000, .udp_encap = i % 2 == 0});
        must_exchange(&f);
        end(&f);
    }
}

static void
test_families(void)
{
    static const Place *const all[] = {&v6_in_v4, &v4_in_v6, &v6_in_v6};

    if (skipped())
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        for (unsigned udp_encap = 0; udp_encap <= 1; udp_encap++) {
            Fixture f;

            g_test_message("%s in %s", all[i]->inner_local, all[i]->local);
            begin(&f, all[i]);
            install(&f, &(Wish){"aes128gcm16", .spi = 0x1000, .udp_encap = udp_encap});
            must_exchange(&f);
            end(&f);
        }
    }
}

static void
test_esn(void)
{
    Fixture f;

    if (skipped())
        return;
    begin(&f, &v4_in_v4);
    install(&f, &(Wish){"aes256-sha256", .spi = 0x1000, .esn = true});
    must_exchange(&f);
    end(&f);
}

/* IKE comes to us, without its marker; ESP does not. */
static void
test_nat_t_socket(void)
{
    static const uint8_t message[] = "\0\0\0\0an IKE message";
    Fixture f;
    Endpoint there;

    if (skipped())
        return;
    begin(&f, &v4_in_v4);
    install(&f, &(Wish){"aes128gcm16", .spi = 0x1000, .udp_encap = true});
    there = (Endpoint){address("10.1.0.1"), 4500};
    g_assert_cmpint(
        udp_socket_send(&f.peer_nat_t, &there, bytes_of(message, sizeof(message) - 1)), >, 0);
    must_exchange(&f);
    dispatch_for(f.plane, WAIT_MS, &heard.n_ike);
    g_assert_cmpuint(heard.n_ike, ==, 1);
    g_assert_cmpuint(data_plane_counters(f.plane).drop_malformed, ==, 0);
    end(&f);
}

static void
test_used_and_counters(void)
{
    Fixture f;
    DataPlaneCounters counters;

    if (skipped())
        return;
    begin(&f, &v4_in_v4);
    install(&f, &(Wish){"aes128gcm16", .spi = 0x1000});
    dispatch_for(f.plane, SILENCE_MS, &heard.n_used);
    g_assert_cmpuint(heard.n_used, ==, 0);
    must_exchange(&f);
    dispatch_for(f.plane, SILENCE_MS, &heard.n_used);
    g_assert_cmpuint(heard.n_used, ==, 1);
    g_assert_cmpuint(heard.spi, ==, 0x1000);
    /* Afterwards only who asks is told, and not within the same second. */
    must_exchange(&f);
    g_usleep(1100 * 1000);
    data_plane_refresh(f.plane);
    g_assert_cmpuint(heard.n_used, ==, 2);
    must_exchange(&f);
    data_plane_refresh(f.plane);
    g_assert_cmpuint(heard.n_used, ==, 2);
    counters = data_plane_counters(f.plane);
    g_assert_cmpuint(counters.in_packets, ==, 3);
    g_assert_cmpuint(counters.out_packets, ==, 3);
    g_assert_cmpuint(counters.in_bytes, >=, 3 * 1028);
    data_plane_remove(f.plane, 0x1000);
    g_assert_cmpuint(data_plane_counters(f.plane).in_packets, ==, 3);
    end(&f);
}

static void
test_rekey(void)
{
    static const Wish old = {"aes128gcm16", .spi = 0x1000};
    static const Wish new = {"aes128gcm16", .spi = 0x2000, .waits = true};
    Fixture f;

    if (skipped())
        return;
    begin(&f, &v4_in_v4);
    install(&f, &old);
    must_exchange(&f);
    /* The new one is open inbound before the peer has it. */
    install_ours(&f, &new);
    must_exchange(&f);
    install_peers(&f, &new);
    peer_policy(&f, &new, "update");
    must_exchange(&f);
    data_plane_set_outbound(f.plane, new.spi);
    on(ns_b, "ip xfrm state delete src 10.1.0.1 dst 10.1.0.2 proto esp spi %u", old.spi + 1);
    must_exchange(&f);
    data_plane_remove(f.plane, old.spi);
    must_exchange(&f);
    g_assert_cmpuint(data_plane_counters(f.plane).out_packets, ==, 5);
    end(&f);
}

/* The peer sends from inside what the SA is not for: the kernel takes the packet, and drops it. */
static void
test_selectors(void)
{
    Fixture f;
    int stranger;

    if (skipped())
        return;
    begin(&f, &v4_in_v4);
    install(&f, &(Wish){"aes128gcm16", .spi = 0x1000});
    on(ns_b,
       "ip xfrm policy update src 10.9.0.1 dst 10.7.0.1 dir out tmpl src 10.1.0.2 dst 10.1.0.1 "
       "proto esp spi 4096 mode tunnel");
    stranger = bound_socket(ns_b, "10.9.0.1", ECHO_PORT);
    send_to(stranger, "10.7.0.1", 100);
    g_assert_false(arrives(f.socket, SILENCE_MS));
    g_assert_cmpuint(data_plane_counters(f.plane).drop_selectors, ==, 1);
    must_exchange(&f);
    close(stranger);
    end(&f);
}

static void
test_ranges(void)
{
    static const Place ranges = {
        "10.1.0.1", "10.1.0.2", "10.7.0.1", "10.8.0.1", "10.7.0.1", "10.8.0.0/16"};
    g_auto(ChildSa) child = {0};
    Fixture f;

    if (skipped())
        return;
    begin(&f, &ranges);
    child = child_of(&f, &(Wish){"aes128gcm16", .spi = 0x1000});
    child.remote_ts = selector("10.8.0.1-10.8.0.6");
    g_assert_cmpint(data_plane_install(f.plane, &child, true), ==, 0);
    install_peers(&f, &(Wish){"aes128gcm16", .spi = 0x1000});
    peer_policy(&f, &(Wish){"aes128gcm16", .spi = 0x1000}, "update");
    must_exchange(&f);
    /* 10.8.0.7 is in the smallest prefix that covers the range, and not in the range. */
    send_to(f.socket, "10.8.0.7", 100);
    dispatch_for(f.plane, WAIT_MS, &heard.n_acquire);
    g_assert_cmpstr(heard.acquired, ==, "10.8.0.7");
    end(&f);
}

static int
install_between(Fixture *f, const Wish *wish, const char *local_ts, const char *remote_ts)
{
    g_auto(ChildSa) child = child_of(f, wish);

    child.local_ts = selector(local_ts);
    child.remote_ts = selector(remote_ts);
    return data_plane_install(f->plane, &child, !wish->waits);
}

/* The Child SA is for what else the catch-all takes, and gives it back. */
static void
test_everything(void)
{
    static const Wish v4 = {"aes128gcm16", .spi = 0x1000}, v6 = {"aes128gcm16", .spi = 0x2000};
    static const Wish new = {"aes128gcm16", .spi = 0x3000};
    Fixture f;

    if (skipped())
        return;
    begin(&f, &v4_in_v4);
    g_assert_cmpint(install_between(&f, &v4, "0.0.0.0/0", "0.0.0.0/0"), ==, 0);
    g_assert_cmpint(install_between(&f, &v6, "::/0", "::/0"), ==, 0);
    install_peers(&f, &v4);
    peer_policy(&f, &v4, "update");
    must_exchange(&f);
    /* After a change of the path too. */
    set_path(&f, "10.1.0.3");
    set_path(&f, "10.1.0.1");
    must_exchange(&f);
    g_assert_cmpint(install_between(&f, &new, "0.0.0.0/0", "0.0.0.0/0"), ==, 0);
    install_peers(&f, &new);
    peer_policy(&f, &new, "update");
    data_plane_remove(f.plane, v4.spi);
    must_exchange(&f);
    data_plane_remove(f.plane, new.spi);
    data_plane_remove(f.plane, v6.spi);
    /* Two are left, whose reqid is nobody's: 0xce......, which is printed as 34......... */
    g_assert_cmpuint(count("ip xfrm policy", "tmpl"), ==, 2);
    g_assert_cmpuint(count("ip xfrm policy", "reqid 1 "), ==, 0);
    g_assert_cmpuint(count("ip xfrm policy", "reqid 34"), ==, 2);
    send_to(f.socket, f.place->inner_remote, 100);
    dispatch_for(f.plane, WAIT_MS, &heard.n_acquire);
    g_assert_cmpstr(heard.acquired, ==, "10.8.0.1");
    end(&f);
}

/* Selectors that differ and have a prefix in common. */
static void
test_shared_prefix(void)
{
    static const Wish one = {"aes128gcm16", .spi = 0x1000}, more = {"aes128gcm16", .spi = 0x2000};
    static const Wish again = {"aes128gcm16", .spi = 0x3000};
    Fixture f;

    if (skipped())
        return;
    begin(&f, &v4_in_v4);
    install(&f, &one);
    must_exchange(&f);
    g_assert_cmpint(install_between(&f, &more, "10.7.0.1", "10.8.0.0-10.9.0.0"), ==, 0);
    install_peers(&f, &more);
    must_exchange(&f);
    data_plane_remove(f.plane, more.spi);
    must_exchange(&f);
    g_assert_cmpint(install_between(&f, &again, "10.7.0.1", "10.8.0.0-10.9.0.0"), ==, 0);
    install_peers(&f, &again);
    peer_policy(&f, &again, "update");
    data_plane_remove(f.plane, one.spi);
    must_exchange(&f);
    end(&f);
}

static void
test_lifetime(void)
{
    Fixture f;

    if (skipped())
        return;
    begin(&f, &v4_in_v4);
    install(&f, &(Wish){"aes128gcm16", .spi = 0x1000, .soft_bytes = 5000, .hard_bytes = 20000});
    for (int i = 0; i < 4; i++)
        must_exchange(&f);
    dispatch_for(f.plane, SILENCE_MS, &heard.n_expiring);
    g_assert_cmpuint(heard.n_expiring, ==, 0);
    for (int i = 0; i < 6; i++)
        must_exchange(&f);
    dispatch_for(f.plane, WAIT_MS, &heard.n_expiring);
    g_assert_cmpuint(heard.n_expiring, ==, 1);
    for (int i = 0; i < 20; i++)
        send_to(f.echo, f.place->inner_local, 1500);
    dispatch_for(f.plane, WAIT_MS, &heard.n_expired);
    g_assert_cmpuint(heard.n_expired, ==, 1);
    g_assert_cmpuint(heard.n_expiring, ==, 1);
    while (arrives(f.socket, SILENCE_MS))
        ;
    send_to(f.socket, f.place->inner_remote, 100);
    g_assert_false(arrives(f.echo, SILENCE_MS));
    end(&f);
}

static void
test_acquire(void)
{
    Fixture f;

    if (skipped())
        return;
    begin(&f, &v4_in_v4);
    install(&f, &(Wish){"aes128gcm16", .spi = 0x1000});
    data_plane_remove(f.plane, 0x1000);
    for (int i = 0; i < 5; i++)
        send_to(f.socket, f.place->inner_remote, 100);
    dispatch_for(f.plane, WAIT_MS, &heard.n_acquire);
    g_assert_cmpuint(heard.n_acquire, ==, 1);
    g_assert_cmpstr(heard.acquired, ==, "10.8.0.1");
    /* The kernel's mark does not stand in the way of the new one. */
    on(ns_b, "ip xfrm state flush");
    install(&f, &(Wish){"aes128gcm16", .spi = 0x3000});
    must_exchange(&f);
    end(&f);
}

/* Sequence numbers go on: else the peer would drop them as replayed. */
static void
test_move(void)
{
    static const Wish wish = {"aes256-sha256", .spi = 0x1000, .udp_encap = true};
    static const Place moved = {
        "10.1.0.3", "10.1.0.2", "10.7.0.1", "10.8.0.1", "10.7.0.1", "10.8.0.0/16"};
    Fixture f;
    DataPlaneCounters counters;

    if (skipped())
        return;
    begin(&f, &v4_in_v4);
    install(&f, &wish);
    for (int i = 0; i < 50; i++)
        must_exchange(&f);
    set_path(&f, moved.local);
    /* The peer learns of it as a responder does, and keeps the numbers it has seen. */
    on(ns_b, "ip xfrm state delete src 10.1.0.2 dst 10.1.0.1 proto esp spi %u", wish.spi);
    f.place = &moved;
    {
        g_auto(ChildSa) child = child_of(&f, &wish);

        peer_state(&f, &wish, true, secret_view(&child.inbound_keymat));
    }
    peer_policy(&f, &wish, "update");
    on(ns_b,
       "ip xfrm policy update src 10.7.0.1 dst 10.8.0.0/16 dir in tmpl proto esp mode tunnel");
    send_to(f.socket, f.place->inner_remote, 100);
    g_assert_true(arrives(f.echo, WAIT_MS));
    /* The peer's new state begins at one again: that was had before. */
    for (int i = 0; i < 50; i++) {
        send_to(f.echo, f.place->inner_local, 100);
        g_assert_false(arrives(f.socket, 10));
    }
    send_to(f.echo, f.place->inner_local, 100);
    g_assert_true(arrives(f.socket, WAIT_MS));
    counters = data_plane_counters(f.plane);
    g_assert_cmpuint(counters.in_packets, ==, 51);
    g_assert_cmpuint(counters.out_packets, ==, 51);
    g_assert_cmpuint(counters.drop_replay, ==, 50);
    end(&f);
}

static uint32_t
number_of_plane(void)
{
    g_autofree char *states = output_of(ns_a, "ip xfrm state");
    const char *reqid = strstr(states, "reqid ");

    g_assert_nonnull(reqid);
    return (uint32_t) g_ascii_strtoull(reqid + strlen("reqid "), NULL, 10);
}

/* As what the kernel makes when a packet finds a policy that names a state, and no state. (It lets
 * nobody else make one whose SPI is there with another destination.) */
static void
mark_as_wanted(uint32_t number, uint32_t spi)
{
    on(ns_a,
       "ip xfrm state add src 10.1.0.3 dst 10.1.0.4 proto esp spi %u mode tunnel reqid %u "
       "aead rfc4106(gcm(aes)) 0x0102030405060708090a0b0c0d0e0f1011121314 128 "
       "limit time-hard 1",
       spi,
       number);
}

/* Packets race with a move: one has left the kernel's mark that a state is wanted, which ends
 * under the state's name, and another does when the state comes. */
static void
test_move_race(void)
{
    static const Wish wish = {"aes128gcm16", .spi = 0x1000};
    static const Place moved = {
        "10.1.0.3", "10.1.0.4", "10.7.0.1", "10.8.0.1", "10.7.0.1", "10.8.0.0/16"};
    Fixture f;
    uint32_t number;

    if (skipped())
        return;
    on(ns_b, "ip addr add 10.1.0.4/24 dev vb");
    begin(&f, &v4_in_v4);
    install(&f, &wish);
    must_exchange(&f);
    number = number_of_plane();
    mark_as_wanted(number, wish.spi + 1);
    while (count("ip xfrm state", "dst 10.1.0.4") > 0)
        g_usleep(100 * 1000);
    mark_as_wanted(number, wish.spi + 1);
    f.place = &moved;
    {
        Endpoint here = {address(moved.local), 4500}, there = {address(moved.remote), 4500};

        g_assert_cmpint(data_plane_set_path(f.plane, &here, &there), ==, 0);
    }
    install_peers(&f, &wish);
    peer_policy(&f, &wish, "update");
    dispatch_for(f.plane, 1500, &heard.n_expired);
    g_assert_cmpuint(heard.n_expired, ==, 0);
    on(ns_b,
       "ip xfrm policy update src 10.7.0.1 dst 10.8.0.0/16 dir in tmpl proto esp mode tunnel");
    send_to(f.socket, f.place->inner_remote, 100);
    g_assert_true(arrives(f.echo, WAIT_MS));
    on(ns_b, "ip addr del 10.1.0.4/24 dev vb");
    end(&f);
}

static void
must_have_rules(const char *ip, guint n)
{
    g_autofree char *rules = g_strdup_printf("ip %s rule", ip);

    g_assert_cmpuint(count(rules, "fwmark"), ==, n);
}

/* A route that takes all of it, also what is sealed, into the device. */
static void
must_go_around(const Place *place, const char *ip, bool udp_encap)
{
    const char *device;
    Fixture f;

    begin(&f, place);
    device = data_plane_device(f.plane);
    install(&f, &(Wish){"aes128gcm16", .spi = 0x1000, .udp_encap = udp_encap});
    must_exchange(&f);
    must_have_rules(ip, 0);
    for (int i = 0; i < 2; i++) {
        on(ns_a, "ip %s route add %s dev %s", ip, place->remote, device);
        set_path(&f, place->local);
        set_path(&f, place->local);
        must_exchange(&f);
        must_have_rules(ip, 1);
        if (i == 1)
            break;
        on(ns_a, "ip %s route del %s dev %s", ip, place->remote, device);
        set_path(&f, place->local);
        must_exchange(&f);
        must_have_rules(ip, 0);
    }
    end(&f);
    must_have_rules(ip, 0);
}

static void
test_around(void)
{
    if (skipped())
        return;
    must_go_around(&v4_in_v4, "-4", false);
    must_go_around(&v4_in_v4, "-4", true);
    must_go_around(&v4_in_v6, "-6", false);
    must_go_around(&v6_in_v6, "-6", true);
}

static const Place host_to_host = {
    "10.1.0.1", "10.1.0.2", "10.1.0.1", "10.1.0.2", "10.1.0.1", "10.1.0.2"};
static const Place host_to_host_6 = {
    "fd01::1", "fd01::2", "fd01::1", "fd01::2", "fd01::1", "fd01::2"};

/* What our side does by itself. */
static void
peer_bypasses_neighbour_discovery(const Place *place)
{
    for (int type = 135; strchr(place->local, ':') && type <= 136; type++) {
        on(ns_b,
           "ip xfrm policy update src %s dst %s proto ipv6-icmp type %d dir in",
           place->local,
           place->remote,
           type);
        on(ns_b,
           "ip xfrm policy update src %s dst %s proto ipv6-icmp type %d dir out",
           place->remote,
           place->local,
           type);
    }
}

static void
transport(const Place *place, bool udp_encap)
{
    const Wish wish = {
        "aes128gcm16", .spi = 0x1000, .mode = IPSEC_MODE_TRANSPORT, .udp_encap = udp_encap};
    Fixture f;

    begin(&f, place);
    netns_enter(ns_b);
    g_assert_cmpint(udp_encap_bypass_policies(&f.peer_nat_t), ==, 0);
    netns_enter(ns_a);
    install(&f, &wish);
    peer_bypasses_neighbour_discovery(place);
    must_exchange(&f);
    on(ns_a, "ip neigh flush dev va");
    on(ns_b, "ip neigh flush dev vb");
    must_exchange(&f);
    g_assert_cmpuint(data_plane_counters(f.plane).in_packets, ==, 2);
    g_assert_cmpuint(data_plane_counters(f.plane).out_packets, ==, 2);
    /* In the clear nothing comes in, nothing goes out. */
    on(ns_b, "ip xfrm policy flush");
    send_to(f.echo, place->inner_local, 100);
    g_assert_false(arrives(f.socket, SILENCE_MS));
    data_plane_remove(f.plane, wish.spi);
    send_to(f.socket, place->inner_remote, 100);
    g_assert_false(arrives(f.echo, SILENCE_MS));
    end(&f);
}

static void
test_transport(void)
{
    if (skipped())
        return;
    transport(&host_to_host, false);
    transport(&host_to_host, true);
    transport(&host_to_host_6, false);
}

/* Another program has a policy of the same name: it keeps it, and has it alone. */
static void
transport_conflict(const char *foreign)
{
    const Wish wish = {"aes128gcm16", .spi = 0x1000, .mode = IPSEC_MODE_TRANSPORT};
    Fixture f;

    g_test_message("%s", foreign);
    begin(&f, &host_to_host);
    on(ns_a, "ip xfrm policy add %s priority 77", foreign);
    g_assert_cmpint(install_between(&f, &wish, "10.1.0.1", "10.1.0.2"), ==, -EEXIST);
    g_assert_cmpuint(count("ip xfrm policy", "dir "), ==, 1);
    g_assert_cmpuint(count("ip xfrm policy", "priority 77"), ==, 1);
    must_be_empty("ip xfrm state");
    on(ns_a, "ip xfrm policy delete %s", foreign);
    /* And then it is our turn. */
    g_assert_cmpint(install_between(&f, &wish, "10.1.0.1", "10.1.0.2"), ==, 0);
    end(&f);
}

static void
test_conflicts(void)
{
    if (skipped())
        return;
    transport_conflict("src 10.1.0.2 dst 10.1.0.1 dir in");
    transport_conflict("src 10.1.0.2 dst 10.1.0.1 dir fwd");
    transport_conflict("src 10.1.0.1 dst 10.1.0.2 dir out");
}

static void
test_foreign_bypass(void)
{
    static const char bypass[] = "src fd01::1 dst fd01::2 proto ipv6-icmp type 135 dir out";
    const Wish wish = {"aes128gcm16", .spi = 0x1000, .mode = IPSEC_MODE_TRANSPORT};
    Fixture f;

    if (skipped())
        return;
    begin(&f, &host_to_host_6);
    on(ns_a, "ip xfrm policy add %s priority 77", bypass);
    install_ours(&f, &wish);
    g_assert_cmpuint(count("ip xfrm policy", "priority 77"), ==, 1);
    data_plane_remove(f.plane, wish.spi);
    data_plane_close(f.plane);
    f.plane = NULL;
    g_assert_cmpuint(count("ip xfrm policy", "priority 77"), ==, 1);
    on(ns_a, "ip xfrm policy delete %s", bypass);
    end(&f);
}

/* Its end may be among what the kernel could not tell any more. */
static void
test_device_gone_unheard(void)
{
    Fixture f;

    if (skipped())
        return;
    begin(&f, &v4_in_v4);
    for (int i = 0; i < 1000; i++)
        netns_device_mtu("va", i % 2 ? 1500 : 1499);
    on(ns_a, "ip link delete %s", data_plane_device(f.plane));
    dispatch_for(f.plane, WAIT_MS, &heard.n_failed);
    g_assert_cmpuint(heard.n_failed, ==, 1);
    end(&f);
}

static void
test_device_gone(void)
{
    Fixture f;

    if (skipped())
        return;
    begin(&f, &v4_in_v4);
    on(ns_a, "ip link delete %s", data_plane_device(f.plane));
    dispatch_for(f.plane, WAIT_MS, &heard.n_failed);
    g_assert_cmpuint(heard.n_failed, ==, 1);
    end(&f);
}

/* A process that has all of it, and waits to be killed. */
static pid_t
start_other_service(const Place *place, uint32_t spi)
{
    int pipes[2];
    char ready;
    pid_t pid;

    g_assert_no_errno(pipe(pipes));
    pid = fork();
    if (pid == 0) {
        const Wish wish = {"aes128gcm16", .spi = spi};
        Fixture f = {.place = place};

        if (udp_socket_open(&f.nat_t, FAMILY_IPV4, 0) != 0
            || data_plane_open(&f.plane, setup_of(&f.nat_t), &events) != 0)
            _exit(1);
        set_path(&f, place->local);
        install_ours(&f, &wish);
        on(ns_a, "ip link set %s up", data_plane_device(f.plane));
        on(ns_a, "ip route add %s dev %s", place->remote, data_plane_device(f.plane));
        set_path(&f, place->local);
        on(ns_a, "ip route del %s dev %s", place->remote, data_plane_device(f.plane));
        if (write(pipes[1], "", 1) == 1)
            pause();
        _exit(0);
    }
    close(pipes[1]);
    g_assert_cmpint(read(pipes[0], &ready, 1), ==, 1);
    close(pipes[0]);
    return pid;
}

static void
kill_service(pid_t pid)
{
    kill(pid, SIGKILL);
    g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
}

/* What a killed service left is removed by the next one; what a living one has stays. */
static void
test_leftovers(void)
{
    static const Place other = {
        "10.1.0.1", "10.1.0.2", "10.7.0.1", "10.8.0.1", "10.7.0.1", "10.20.0.0/16"};
    Fixture f;
    pid_t killed, alive;

    if (skipped())
        return;
    killed = start_other_service(&other, 0x5000);
    alive = start_other_service(&other, 0x6000);
    g_assert_cmpuint(count("ip xfrm state", "proto esp"), ==, 4);
    kill_service(killed);
    g_assert_cmpuint(count("ip xfrm state", "proto esp"), ==, 4);
    g_assert_cmpuint(count("ip rule", "fwmark"), ==, 2);
    begin(&f, &v4_in_v4);
    g_assert_cmpuint(count("ip xfrm state", "proto esp"), ==, 2);
    g_assert_cmpuint(count("ip xfrm state", "spi 0x00006000"), ==, 1);
    g_assert_cmpuint(count("ip rule", "fwmark"), ==, 1);
    g_assert_cmpuint(count("ip -o link show type xfrm", "ike"), ==, 2);
    install(&f, &(Wish){"aes128gcm16", .spi = 0x1000});
    must_exchange(&f);
    kill_service(alive);
    data_plane_close(f.plane);
    g_assert_cmpint(data_plane_open(&f.plane, setup_of(&f.nat_t), &events), ==, 0);
    end(&f);
}

/* two namespaces */

static void
make_namespaces(void)
{
    netns_enter(ns_a);
    netns_device_up("lo");
    on(ns_a, "ip link add va type veth peer name vb netns /proc/%d/fd/%d", getpid(), ns_b);
    for (int i = 0; i < 2; i++) {
        int ns = i ? ns_b : ns_a;
        const char *device = i ? "vb" : "va";

        on(ns, "ip link set lo up");
        on(ns, "ip addr add 10.1.0.%d/24 dev %s", i + 1, device);
        on(ns, "ip addr add fd01::%d/64 dev %s nodad", i + 1, device);
        on(ns, "ip addr add 10.%d.0.1/32 dev lo", i + 7);
        on(ns, "ip addr add fd0%d::1/128 dev lo", i + 7);
        on(ns, "ip link set %s up", device);
    }
    on(ns_a, "ip addr add 10.1.0.3/24 dev va");
    on(ns_b, "ip addr add 10.9.0.1/32 dev lo");
    on(ns_b, "ip route add 10.7.0.0/16 via 10.1.0.1 src 10.8.0.1");
    on(ns_b, "ip route add fd07::/64 via fd01::1 src fd08::1");
}

static const char *
why_no_kernel(void)
{
    DataPlane *plane = NULL;
    UdpSocket nat_t;
    int r;

    g_assert_cmpint(udp_socket_open(&nat_t, FAMILY_IPV4, 0), ==, 0);
    r = data_plane_open(&plane, setup_of(&nat_t), &events);
    data_plane_close(plane);
    udp_socket_close(&nat_t);
    if (r == 0)
        return NULL;
    return r == -EOPNOTSUPP ? "this kernel has no ESP or no XFRM interfaces"
                            : "this process may not configure the network";
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    why_not = netns_enter_new();
    if (!why_not) {
        ns_b = netns_current();
        g_assert_null(netns_enter_new());
        ns_a = netns_current();
        why_not = why_no_kernel();
        if (!why_not)
            make_namespaces();
    }
    g_test_add_func("/dataplane/kernel/refusal", test_refusal);
    g_test_add_func("/dataplane/kernel/automatic", test_automatic);
    g_test_add_func("/dataplane/kernel/algorithms", test_algorithms);
    g_test_add_func("/dataplane/kernel/families", test_families);
    g_test_add_func("/dataplane/kernel/esn", test_esn);
    g_test_add_func("/dataplane/kernel/nat-t-socket", test_nat_t_socket);
    g_test_add_func("/dataplane/kernel/used-and-counters", test_used_and_counters);
    g_test_add_func("/dataplane/kernel/rekey", test_rekey);
    g_test_add_func("/dataplane/kernel/selectors", test_selectors);
    g_test_add_func("/dataplane/kernel/ranges", test_ranges);
    g_test_add_func("/dataplane/kernel/everything", test_everything);
    g_test_add_func("/dataplane/kernel/shared-prefix", test_shared_prefix);
    g_test_add_func("/dataplane/kernel/lifetime", test_lifetime);
    g_test_add_func("/dataplane/kernel/acquire", test_acquire);
    g_test_add_func("/dataplane/kernel/move", test_move);
    g_test_add_func("/dataplane/kernel/move-race", test_move_race);
    g_test_add_func("/dataplane/kernel/around", test_around);
    g_test_add_func("/dataplane/kernel/transport", test_transport);
    g_test_add_func("/dataplane/kernel/conflicts", test_conflicts);
    g_test_add_func("/dataplane/kernel/foreign-bypass", test_foreign_bypass);
    g_test_add_func("/dataplane/kernel/device-gone", test_device_gone);
    g_test_add_func("/dataplane/kernel/device-gone-unheard", test_device_gone_unheard);
    g_test_add_func("/dataplane/kernel/leftovers", test_leftovers);
    return g_test_run();
}
