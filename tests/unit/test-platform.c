/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/netns.h"
#include "platform/device-route.h"
#include "platform/path-watch.h"
#include "platform/route.h"
#include "platform/tun.h"
#include "platform/udp-socket.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *no_namespace; /* why there is none; NULL: there is one */

static bool
skipped(void)
{
    if (no_namespace)
        g_test_skip(no_namespace);
    return no_namespace != NULL;
}

static IpAddress
address(const char *text)
{
    IpAddress parsed;

    g_assert_true(ip_address_from_text(text, &parsed));
    return parsed;
}

static Endpoint
endpoint(const char *text, uint16_t port)
{
    return (Endpoint){address(text), port};
}

static const char *
loopback(AddressFamily family)
{
    return family == FAMILY_IPV4 ? "127.0.0.1" : "::1";
}

static const AddressFamily families[] = {FAMILY_IPV4, FAMILY_IPV6};

/* Loopback delivers at once, but not before poll() says so. */
static bool
is_ready(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    return poll(&wait, 1, 1000) == 1;
}

static bool
is_ready_now(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    return poll(&wait, 1, 0) == 1;
}

static void
check_send_and_receive(AddressFamily family)
{
    UdpSocket a, b;
    uint8_t buffer[64];
    Endpoint to_b, from;

    g_assert_cmpint(udp_socket_open(&a, family, 0), ==, 0);
    g_assert_cmpint(udp_socket_open(&b, family, 0), ==, 0);
    g_assert_cmpuint(a.port, !=, 0);
    g_assert_cmpint(a.family, ==, family);
    to_b = endpoint(loopback(family), b.port);
    g_assert_cmpint(udp_socket_receive(&b, buffer, sizeof(buffer), &from), ==, -EAGAIN);
    g_assert_cmpint(udp_socket_send(&a, &to_b, bytes_of_text("hello")), ==, 5);
    g_assert_true(is_ready(b.fd));
    g_assert_cmpint(udp_socket_receive(&b, buffer, sizeof(buffer), &from), ==, 5);
    g_assert_cmpmem(buffer, 5, "hello", 5);
    g_assert_cmpuint(from.port, ==, a.port);
    g_assert_true(ip_address_equal(&from.address, &to_b.address));
    udp_socket_close(&a);
    udp_socket_close(&a);
    udp_socket_close(&b);
    g_assert_cmpint(a.fd, ==, -1);
}

static void
test_udp_send_and_receive(void)
{
    for (size_t i = 0; !skipped() && i < G_N_ELEMENTS(families); i++)
        check_send_and_receive(families[i]);
}

static void
test_udp_other_family_is_refused(void)
{
    UdpSocket socket;
    Endpoint to = endpoint("::1", 9);

    g_assert_cmpint(udp_socket_open(&socket, FAMILY_NONE, 0), ==, -EAFNOSUPPORT);
    if (skipped())
        return;
    g_assert_cmpint(udp_socket_open(&socket, FAMILY_IPV4, 0), ==, 0);
    g_assert_cmpint(udp_socket_send(&socket, &to, bytes_of_text("x")), ==, -EAFNOSUPPORT);
    udp_socket_close(&socket);
}

static void
test_udp_a_taken_port(void)
{
    for (size_t i = 0; !skipped() && i < G_N_ELEMENTS(families); i++) {
        UdpSocket first, second = {.fd = -1};
        bool taken = true;

        g_assert_cmpint(udp_socket_open_preferred(&first, families[i], 4500, &taken), ==, 0);
        g_assert_cmpuint(first.port, ==, 4500);
        g_assert_false(taken);
        g_assert_cmpint(udp_socket_open(&second, families[i], 4500), ==, -EADDRINUSE);
        g_assert_cmpint(second.fd, ==, -1);
        g_assert_cmpint(udp_socket_open_preferred(&second, families[i], 4500, &taken), ==, 0);
        g_assert_true(taken);
        g_assert_cmpuint(second.port, !=, 4500);
        udp_socket_close(&first);
        udp_socket_close(&second);
    }
}

/* Nobody listens: the ICMP error comes back once, and the descriptor is quiet afterwards. */
static void
test_udp_icmp_error_is_returned_once(void)
{
    for (size_t i = 0; !skipped() && i < G_N_ELEMENTS(families); i++) {
        Endpoint nobody = endpoint(loopback(families[i]), 9);
        Endpoint from;
        uint8_t buffer[16];
        UdpSocket socket;

        g_assert_cmpint(udp_socket_open(&socket, families[i], 0), ==, 0);
        g_assert_cmpint(udp_socket_send(&socket, &nobody, bytes_of_text("x")), ==, 1);
        g_assert_true(is_ready(socket.fd));
        g_assert_cmpint(
            udp_socket_receive(&socket, buffer, sizeof(buffer), &from), ==, -ECONNREFUSED);
        g_assert_cmpint(udp_socket_receive(&socket, buffer, sizeof(buffer), &from), ==, -EAGAIN);
        g_assert_false(is_ready_now(socket.fd));
        udp_socket_close(&socket);
    }
}

/* The error of one datagram must not keep the next from being sent, nor get lost by it. */
static void
test_udp_send_after_an_error(void)
{
    UdpSocket socket, peer;
    Endpoint nobody = endpoint("127.0.0.1", 9), to_peer, from;
    uint8_t buffer[16];

    if (skipped())
        return;
    g_assert_cmpint(udp_socket_open(&socket, FAMILY_IPV4, 0), ==, 0);
    g_assert_cmpint(udp_socket_open(&peer, FAMILY_IPV4, 0), ==, 0);
    to_peer = endpoint("127.0.0.1", peer.port);
    g_assert_cmpint(udp_socket_send(&socket, &nobody, bytes_of_text("x")), ==, 1);
    g_assert_true(is_ready(socket.fd));
    g_assert_cmpint(udp_socket_send(&socket, &to_peer, bytes_of_text("y")), ==, 1);
    g_assert_true(is_ready(peer.fd));
    g_assert_cmpint(udp_socket_receive(&peer, buffer, sizeof(buffer), &from), ==, 1);
    g_assert_cmpint(udp_socket_receive(&socket, buffer, sizeof(buffer), &from), ==, -ECONNREFUSED);
    g_assert_cmpint(udp_socket_take_error(&socket), ==, 0);
    udp_socket_close(&socket);
    udp_socket_close(&peer);
}

static void
test_udp_never_fragments_unless_told(void)
{
    static const uint8_t large[2000];

    for (size_t i = 0; !skipped() && i < G_N_ELEMENTS(families); i++) {
        UdpSocket socket, peer;
        Endpoint to, from;
        uint8_t buffer[4000];

        netns_device_mtu("lo", 1400);
        g_assert_cmpint(udp_socket_open(&socket, families[i], 0), ==, 0);
        g_assert_cmpint(udp_socket_open(&peer, families[i], 0), ==, 0);
        to = endpoint(loopback(families[i]), peer.port);
        g_assert_cmpint(udp_socket_send(&socket, &to, BYTES_OF_ARRAY(large)), ==, -EMSGSIZE);
        g_assert_true(udp_socket_dont_fragment(&socket));
        g_assert_cmpint(udp_socket_set_dont_fragment(&socket, false), ==, 0);
        g_assert_false(udp_socket_dont_fragment(&socket));
        g_assert_cmpint(udp_socket_send(&socket, &to, BYTES_OF_ARRAY(large)), ==, sizeof(large));
        g_assert_true(is_ready(peer.fd));
        g_assert_cmpint(
            udp_socket_receive(&peer, buffer, sizeof(buffer), &from), ==, sizeof(large));
        g_assert_cmpint(udp_socket_set_dont_fragment(&socket, true), ==, 0);
        g_assert_cmpint(udp_socket_send(&socket, &to, BYTES_OF_ARRAY(large)), ==, -EMSGSIZE);
        /* Who sent knows already. */
        g_assert_cmpint(udp_socket_receive(&socket, buffer, sizeof(buffer), &from), ==, -EAGAIN);
        udp_socket_close(&socket);
        udp_socket_close(&peer);
        netns_device_mtu("lo", 65536);
    }
}

static void
test_route_without_any(void)
{
    const char *const unreachable[] = {"192.0.2.1", "2001:db8::1"};
    IpAddress none = {0};
    Route route = {.mtu = 7};

    g_assert_cmpint(route_lookup(&none, &route), ==, -EAFNOSUPPORT);
    for (size_t i = 0; !skipped() && i < G_N_ELEMENTS(unreachable); i++) {
        IpAddress destination = address(unreachable[i]);

        g_assert_cmpint(route_lookup(&destination, &route), ==, -ENETUNREACH);
    }
    g_assert_cmpuint(route.mtu, ==, 7);
}

/* The kernel takes a moment before it uses a new IPv6 address as a source (RFC 4862, 5.4). */
static void
look_up_with_source(const IpAddress *destination, const IpAddress *source, Route *out)
{
    gint64 give_up = g_get_monotonic_time() + 3 * G_USEC_PER_SEC;

    do {
        g_assert_cmpint(route_lookup(destination, out), ==, 0);
        if (ip_address_equal(&out->source, source))
            return;
        g_usleep(1000);
    } while (g_get_monotonic_time() < give_up);
    g_test_fail_printf("the route never had the source address expected");
}

static void
check_route(const char *destination_text, const char *source_text, const char *device, uint32_t mtu)
{
    IpAddress destination = address(destination_text);
    IpAddress source = address(source_text);
    Route route;

    look_up_with_source(&destination, &source, &route);
    g_assert_cmpuint(route.if_index, ==, if_nametoindex(device));
    g_assert_cmpuint(route.mtu, ==, mtu);
}

static int
tun_read(Tun *tun, uint8_t *buffer, size_t size)
{
    ssize_t len = read(tun->fds[0], buffer, size);

    return len < 0 ? -errno : (int) len;
}

static bool
can_open_tun(Tun *tun)
{
    int r =
        skipped() ? -EPERM : tun_open(tun, &(const TunSetup){.pattern = "test%d", .n_queues = 1});

    if (r == -ENOENT)
        g_test_skip("the kernel has no TUN driver (/dev/net/tun)");
    else if (r != 0 && !no_namespace)
        g_test_skip("no TUN device may be made here");
    return r == 0;
}

static void
test_route_over_a_device(void)
{
    g_autofree char *command = NULL;
    Tun tun;
    int status = -1;

    if (!can_open_tun(&tun))
        return;
    check_route("127.0.0.1", "127.0.0.1", "lo", 65536);
    check_route("::1", "::1", "lo", 65536);
    g_assert_cmpint(tun_set_mtu(&tun, 1380), ==, 0);
    netns_device_address(tun.name, "10.5.0.1/24");
    netns_device_address(tun.name, "fd05::1/64");
    netns_device_up(tun.name);
    check_route("10.5.0.77", "10.5.0.1", tun.name, 1380);
    check_route("fd05::77", "fd05::1", tun.name, 1380);
    command = g_strdup_printf("ip route add 192.0.2.0/24 dev %s mtu 1234", tun.name);
    if (g_spawn_command_line_sync(command, NULL, NULL, &status, NULL) && status == 0)
        check_route("192.0.2.9", "10.5.0.1", tun.name, 1234);
    else
        g_test_message("not tried, no ip command: the MTU of a route");
    tun_close(&tun);
}

static bool
run_ip(const char *format, const char *device)
{
    g_autofree char *arguments = g_strdup_printf(format, device);
    g_autofree char *command = g_strdup_printf("ip %s", arguments);
    int status = -1;

    if (g_spawn_command_line_sync(command, NULL, NULL, &status, NULL))
        return status == 0;
    g_test_skip("no ip command");
    return false;
}

/* Two uplinks and a tunnel that takes everything. */
typedef struct {
    Tun uplink, other, tunnel;
} Desk;

static bool
desk_open(Desk *desk)
{
    if (!can_open_tun(&desk->uplink))
        return false;
    g_assert_cmpint(
        tun_open(&desk->other, &(const TunSetup){.pattern = "test%d", .n_queues = 1}), ==, 0);
    g_assert_cmpint(
        tun_open(&desk->tunnel, &(const TunSetup){.pattern = "test%d", .n_queues = 1}), ==, 0);
    g_assert_cmpint(tun_set_mtu(&desk->uplink, 1400), ==, 0);
    netns_device_address(desk->uplink.name, "10.7.0.1/24");
    netns_device_up(desk->uplink.name);
    netns_device_address(desk->other.name, "10.8.0.1/24");
    netns_device_up(desk->other.name);
    netns_device_address(desk->tunnel.name, "10.9.0.1/32");
    return device_set_up(if_nametoindex(desk->tunnel.name)) == 0;
}

static void
desk_close(Desk *desk)
{
    tun_close(&desk->uplink);
    tun_close(&desk->other);
    tun_close(&desk->tunnel);
}

static void
check_around(const Desk *desk, const char *source, const Tun *device)
{
    unsigned own = if_nametoindex(desk->tunnel.name);
    IpAddress gateway = address("192.0.2.1"), expected = address(source);
    Route route;

    g_assert_cmpint(route_lookup(&gateway, &route), ==, 0);
    g_assert_cmpuint(route.if_index, ==, own);
    g_assert_cmpint(route_lookup_around(&gateway, own, &route), ==, 0);
    g_assert_cmpuint(route.if_index, ==, if_nametoindex(device->name));
    g_assert_true(ip_address_equal(&route.source, &expected));
    g_assert_true(route.is_around);
}

/* The tunnel takes everything, the way to its gateway too; that must not be taken for one. */
static void
test_route_around_a_tunnel(void)
{
    IpAddress gateway = address("192.0.2.1"), next_door = address("10.7.0.9");
    unsigned own;
    Route route;
    Desk desk;

    if (!desk_open(&desk))
        return;
    own = if_nametoindex(desk.tunnel.name);
    g_assert_cmpint(route_lookup_around(&gateway, own, &route), ==, -ENETUNREACH);
    g_assert_cmpint(device_route_everything(own, FAMILY_IPV4), ==, 0);
    g_assert_cmpint(device_route_everything(own, FAMILY_IPV4), ==, 0);
    g_assert_cmpint(route_lookup_around(&gateway, own, &route), ==, -ENETUNREACH);
    if (run_ip("route add default dev %s metric 100", desk.uplink.name)
        && run_ip("route add default dev %s metric 20", desk.other.name)) {
        check_around(&desk, "10.8.0.1", &desk.other);
        g_assert_true(run_ip("route add 192.0.2.0/25 dev %s metric 999 table 7", desk.uplink.name));
        check_around(&desk, "10.8.0.1", &desk.other);
        g_assert_true(run_ip("route add 192.0.2.1 dev %s metric 9", desk.tunnel.name));
        g_assert_true(run_ip("route add 192.0.0.0/8 dev %s metric 999", desk.uplink.name));
        check_around(&desk, "10.7.0.1", &desk.uplink);
        g_assert_true(run_ip("route add 192.0.2.1 dev %s", desk.other.name));
        g_assert_cmpint(route_lookup_around(&gateway, own, &route), ==, 0);
        g_assert_cmpuint(route.if_index, ==, if_nametoindex(desk.other.name));
        g_assert_false(route.is_around);
    }
    g_assert_cmpint(route_lookup_around(&next_door, own, &route), ==, 0);
    g_assert_false(route.is_around);
    desk_close(&desk);
}

/* A way over several next hops is one: by the first that is up. */
static void
test_route_around_by_many_hops(void)
{
    g_autofree char *hops = NULL;
    Desk desk;

    if (!desk_open(&desk))
        return;
    g_assert_cmpint(device_route_everything(if_nametoindex(desk.tunnel.name), FAMILY_IPV4), ==, 0);
    hops = g_strdup_printf("route add default metric 20 nexthop dev %s nexthop dev %%s",
                           desk.other.name);
    if (run_ip("route add default dev %s metric 100", desk.uplink.name)) {
        g_assert_true(run_ip(hops, desk.uplink.name));
        check_around(&desk, "10.8.0.1", &desk.other);
        g_assert_true(run_ip("link set %s down", desk.other.name));
        check_around(&desk, "10.7.0.1", &desk.uplink);
    }
    desk_close(&desk);
}

/* What a socket sends by one device's routes does not go into the tunnel. */
static void
test_udp_by_a_device(void)
{
    Endpoint gateway = endpoint("192.0.2.1", 4500);
    uint8_t packet[2048];
    UdpSocket socket;
    Desk desk;

    if (!desk_open(&desk))
        return;
    g_assert_cmpint(device_route_everything(if_nametoindex(desk.tunnel.name), FAMILY_IPV4), ==, 0);
    if (run_ip("route add default dev %s metric 100", desk.uplink.name)) {
        while (tun_read(&desk.uplink, packet, sizeof(packet)) > 0)
            ;
        g_assert_cmpint(udp_socket_open(&socket, FAMILY_IPV4, 0), ==, 0);
        g_assert_cmpint(udp_socket_set_device(&socket, if_nametoindex(desk.uplink.name)), ==, 0);
        g_assert_cmpint(udp_socket_send(&socket, &gateway, bytes_of_text("x")), ==, 1);
        g_assert_cmpint(tun_read(&desk.uplink, packet, sizeof(packet)), ==, 20 + 8 + 1);
        g_assert_cmpmem(&packet[12], 4, ((uint8_t[]){10, 7, 0, 1}), 4);
        g_assert_cmpint(udp_socket_set_device(&socket, 0), ==, 0);
        g_assert_cmpint(udp_socket_send(&socket, &gateway, bytes_of_text("x")), ==, 1);
        g_assert_cmpint(tun_read(&desk.uplink, packet, sizeof(packet)), ==, -EAGAIN);
        udp_socket_close(&socket);
    }
    desk_close(&desk);
}

static void
test_device_takes_everything(void)
{
    IpAddress anywhere = address("2001:db8::1"), far = address("fe00::1");
    Route route;
    Tun tun;
    unsigned if_index;

    if (!can_open_tun(&tun))
        return;
    if_index = if_nametoindex(tun.name);
    g_assert_cmpint(device_route_everything(if_index, FAMILY_IPV4), ==, -ENETDOWN);
    g_assert_cmpint(device_set_up(if_index), ==, 0);
    if (device_route_everything(if_index, FAMILY_IPV6) == 0) {
        g_assert_cmpint(route_lookup(&anywhere, &route), ==, 0);
        g_assert_cmpuint(route.if_index, ==, if_index);
        g_assert_cmpint(route_lookup(&far, &route), ==, 0);
        g_assert_cmpuint(route.if_index, ==, if_index);
    } else {
        g_test_message("not tried, no IPv6 here: IPv6 into a device");
    }
    tun_close(&tun);
    g_assert_cmpint(route_lookup(&anywhere, &route), ==, -ENETUNREACH);
    g_assert_cmpint(device_set_up(if_index), ==, -ENODEV);
}

/* (Afterwards it may be ready again: a new device goes on talking, about IPv6.) */
static void
assert_noticed(PathWatch *watch)
{
    g_assert_true(is_ready(watch->fd));
    g_assert_true(path_watch_changed(watch));
}

static void
test_path_watch(void)
{
    static const char *const changes[] = {
        "link set %s mtu 1333",
        "route add 192.0.2.0/24 dev %s",
        "route del 192.0.2.0/24 dev %s",
        "-6 route add 2001:db8::/32 dev %s",
        "rule add iif %s lookup 7",
        "-6 rule add iif %s lookup 7",
        "addr flush dev %s",
        "link set %s down",
    };
    PathWatch watch;
    Tun tun;

    if (!can_open_tun(&tun))
        return;
    g_assert_cmpint(path_watch_open(&watch), ==, 0);
    g_assert_false(path_watch_changed(&watch));
    netns_device_address(tun.name, "10.3.0.1/24");
    assert_noticed(&watch);
    g_assert_false(path_watch_changed(&watch));
    g_assert_false(is_ready_now(watch.fd));
    netns_device_up(tun.name);
    assert_noticed(&watch);
    for (size_t i = 0; i < G_N_ELEMENTS(changes) && run_ip(changes[i], tun.name); i++) {
        g_test_message("%s", changes[i]);
        assert_noticed(&watch);
    }
    tun_close(&tun);
    assert_noticed(&watch);
    path_watch_close(&watch);
    path_watch_close(&watch);
    g_assert_cmpint(watch.fd, ==, -1);
}

/* More than the socket can keep: that something changed is not lost. */
static void
test_path_watch_flooded(void)
{
    PathWatch watch;
    int least = 1;

    if (skipped())
        return;
    g_assert_cmpint(path_watch_open(&watch), ==, 0);
    g_assert_no_errno(setsockopt(watch.fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)));
    for (int mtu = 1300; mtu < 1400; mtu++)
        netns_device_mtu("lo", mtu);
    netns_device_mtu("lo", 65536);
    assert_noticed(&watch);
    path_watch_close(&watch);
}

static void
test_tun_carries_packets(void)
{
    Tun tun, other;
    UdpSocket socket;
    Endpoint to = endpoint("10.6.0.2", 7777), from;
    uint8_t packet[2048], answer[64];
    int len;

    if (!can_open_tun(&tun))
        return;
    g_assert_true(g_str_has_prefix(tun.name, "test"));
    g_assert_cmpint(tun_open(&other, &(const TunSetup){.pattern = "test%d", .n_queues = 1}), ==, 0);
    g_assert_cmpstr(other.name, !=, tun.name);
    netns_device_address(tun.name, "10.6.0.1/24");
    netns_device_up(tun.name);
    g_assert_cmpint(tun_set_mtu(&tun, 1300), ==, 0);
    g_assert_cmpint(netns_device_get_mtu(tun.name), ==, 1300);
    g_assert_cmpint(tun_read(&other, packet, sizeof(packet)), ==, -EAGAIN);
    while (tun_read(&tun, packet, sizeof(packet)) > 0)
        ;

    g_assert_cmpint(udp_socket_open(&socket, FAMILY_IPV4, 7777), ==, 0);
    g_assert_cmpint(udp_socket_send(&socket, &to, bytes_of_text("ping")), ==, 4);
    do {
        len = tun_read(&tun, packet, sizeof(packet));
        g_assert_cmpint(len, >, 0);
    } while (packet[0] >> 4 != 4);
    g_assert_cmpint(len, ==, 20 + 8 + 4);

    /* Back to the sender: addresses are exchanged, which no checksum notices. */
    for (int i = 0; i < 4; i++) {
        uint8_t swap = packet[12 + i];

        packet[12 + i] = packet[16 + i];
        packet[16 + i] = swap;
    }
    g_assert_cmpint(write(tun.fds[0], packet, (size_t) len), ==, len);
    g_assert_true(is_ready(socket.fd));
    g_assert_cmpint(udp_socket_receive(&socket, answer, sizeof(answer), &from), ==, 4);
    g_assert_true(ip_address_equal(&from.address, &to.address));
    udp_socket_close(&socket);
    tun_close(&other);
    tun_close(&tun);
    tun_close(&tun);
    g_assert_cmpuint(if_nametoindex(tun.name), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    no_namespace = netns_enter_new();
    if (!no_namespace)
        netns_device_up("lo");
    g_test_add_func("/platform/udp/send-receive", test_udp_send_and_receive);
    g_test_add_func("/platform/udp/family", test_udp_other_family_is_refused);
    g_test_add_func("/platform/udp/taken", test_udp_a_taken_port);
    g_test_add_func("/platform/udp/icmp", test_udp_icmp_error_is_returned_once);
    g_test_add_func("/platform/udp/send-after-error", test_udp_send_after_an_error);
    g_test_add_func("/platform/udp/fragments", test_udp_never_fragments_unless_told);
    g_test_add_func("/platform/route/none", test_route_without_any);
    g_test_add_func("/platform/route/device", test_route_over_a_device);
    g_test_add_func("/platform/route/around", test_route_around_a_tunnel);
    g_test_add_func("/platform/route/around/many-hops", test_route_around_by_many_hops);
    g_test_add_func("/platform/udp/by-device", test_udp_by_a_device);
    g_test_add_func("/platform/device-route/everything", test_device_takes_everything);
    g_test_add_func("/platform/path-watch/changes", test_path_watch);
    g_test_add_func("/platform/path-watch/flooded", test_path_watch_flooded);
    g_test_add_func("/platform/tun/packets", test_tun_carries_packets);
    return g_test_run();
}
