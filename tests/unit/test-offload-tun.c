/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/gro-join.h"
#include "dataplane/gso-cut.h"
#include "lib/netns.h"
#include "lib/random-seeded.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Two kernels' worth of TCP over two TUN devices with all their offloads:
 *
 *   socket - TUN "one" = gso_cut, gro_join = TUN "two" - socket
 *
 * each device in a network namespace of its own. What is cut or joined wrongly, the receiving
 * kernel drops. */

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
    MTU = 1400,
    STREAM_LEN = 12 * 1024 * 1024,
    DATAGRAM_LEN = 500,
    DATAGRAMS = 40,
    PORT = 5000,
    PATIENCE = 20000, /* ms */
    SUPER_PACKET = VNET_HEADER_LEN + 65536 + 40,
};

/* How what was cut is written. */
typedef enum {
    ONE_BY_ONE,    /* the kernel looks at every checksum */
    SAID_TO_BE_OK, /* … or is told not to */
    JOINED,
} Mode;

typedef struct {
    int ns, fd;
    const char *address;
} Side;

typedef struct {
    Side sides[2];
    bool has_uso;
    Mode mode;
    size_t n_cut, n_joined; /* super-packets that were read, and written */
    GroTable table;
    uint8_t packet[SUPER_PACKET];
    uint8_t segments[GRO_MAX_PACKETS][MTU];
} Link;

static uint8_t *stream;

/* --- the link ------------------------------------------------------------------------------- */

static bool
tun_with_offloads(int *fd, bool *has_uso)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR, .ifr_name = "tun0"};
    unsigned offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;

    *fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (*fd < 0 || ioctl(*fd, TUNSETIFF, &request) < 0)
        return false;
    *has_uso = ioctl(*fd, TUNSETOFFLOAD, offloads | TUN_F_USO4 | TUN_F_USO6) == 0;
    return *has_uso || ioctl(*fd, TUNSETOFFLOAD, offloads) == 0;
}

static const char *
side_open(Side *side, const char *ipv4, const char *ipv6, bool *has_uso)
{
    const char *reason = netns_enter_new();

    if (reason)
        return reason;
    side->ns = netns_current();
    if (!tun_with_offloads(&side->fd, has_uso))
        return "no TUN device with segmentation offload here";
    netns_device_up("tun0");
    netns_device_mtu("tun0", MTU);
    netns_device_address("tun0", ipv4);
    netns_device_address("tun0", ipv6);
    return NULL;
}

static Link *
link_open(void)
{
    g_autofree Link *link = g_new0(Link, 1);
    const char *reason = side_open(&link->sides[0], "10.8.0.1/24", "fd08::1/64", &link->has_uso);

    if (!reason)
        reason = side_open(&link->sides[1], "10.8.0.2/24", "fd08::2/64", &link->has_uso);
    if (!reason)
        return g_steal_pointer(&link);
    g_test_skip(reason);
    return NULL;
}

static void
link_close(Link *link)
{
    for (int i = 0; i < 2; i++) {
        close(link->sides[i].fd);
        close(link->sides[i].ns);
    }
    g_free(link);
}

static void
write_one_by_one(const Link *link, int fd, size_t n, const size_t *lens)
{
    VnetHeader header = {.flags = link->mode == SAID_TO_BE_OK ? VIRTIO_NET_HDR_F_DATA_VALID : 0};

    for (size_t i = 0; i < n; i++) {
        struct iovec parts[] = {{&header, sizeof(header)}, {(void *) link->segments[i], lens[i]}};

        g_assert_cmpint(writev(fd, parts, 2), ==, lens[i] + sizeof(header));
    }
}

static void
write_joined(Link *link, int fd, size_t n, const size_t *lens)
{
    size_t n_items;

    gro_begin(&link->table, GRO_JOIN_TCP | (link->has_uso ? GRO_JOIN_UDP : 0));
    for (size_t i = 0; i < n; i++) {
        InnerPacket inner;

        g_assert_true(inner_packet_read(bytes_of(link->segments[i], lens[i]), &inner));
        gro_add(&link->table, link->segments[i], &inner);
    }
    n_items = gro_finish(&link->table);
    for (size_t i = 0; i < n_items; i++) {
        const GroItem *item = &link->table.items[i];

        g_assert_cmpint(writev(fd, item->parts, item->n_parts), >, 0);
        link->n_joined += item->n_packets > 1;
    }
}

/* Takes one packet across, cut and maybe joined. False if there was none. */
static bool
link_carry(Link *link, const Side *from, const Side *to)
{
    ssize_t len = read(from->fd, link->packet, sizeof(link->packet));
    size_t lens[GRO_MAX_PACKETS];
    VnetHeader header;
    GsoCut cut;

    if (len < 0)
        return false;
    memcpy(&header, link->packet, sizeof(header));
    g_assert_true(gso_cut_begin(
        &cut, &header, bytes_of(link->packet + sizeof(header), (size_t) len - sizeof(header))));
    g_assert_cmpuint(cut.n, <=, GRO_MAX_PACKETS);
    link->n_cut += cut.n > 1;
    for (size_t i = 0; i < cut.n; i++) {
        lens[i] = gso_cut_len(&cut, i);
        g_assert_cmpuint(lens[i], <=, MTU);
        gso_cut_write(&cut, i, link->segments[i]);
    }
    if (link->mode == JOINED)
        write_joined(link, to->fd, cut.n, lens);
    else
        write_one_by_one(link, to->fd, cut.n, lens);
    return true;
}

static void
link_carry_all(Link *link)
{
    while (link_carry(link, &link->sides[0], &link->sides[1])
           || link_carry(link, &link->sides[1], &link->sides[0]))
        ;
}

/* --- sockets -------------------------------------------------------------------------------- */

static socklen_t
address_of(int family, int side, struct sockaddr_storage *out)
{
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};

    ipv4.sin_addr.s_addr = htonl(0x0a080001 + (uint32_t) side);
    ipv6.sin6_addr.s6_addr[0] = 0xfd;
    ipv6.sin6_addr.s6_addr[1] = 8;
    ipv6.sin6_addr.s6_addr[15] = (uint8_t) (1 + side);
    if (family == AF_INET)
        memcpy(out, &ipv4, sizeof(ipv4));
    else
        memcpy(out, &ipv6, sizeof(ipv6));
    return family == AF_INET ? sizeof(ipv4) : sizeof(ipv6);
}

/* A socket in the namespace of side, bound there; an IPv6 address may take a moment to be usable.
 */
static int
bound_socket(Link *link, int family, int type, int side)
{
    struct sockaddr_storage address;
    socklen_t len = address_of(family, side, &address);
    int fd, r = -1;

    netns_enter(link->sides[side].ns);
    fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    for (int i = 0; i < 500 && r < 0; i++) {
        r = bind(fd, (struct sockaddr *) &address, len);
        if (r < 0) {
            g_assert_cmpint(errno, ==, EADDRNOTAVAIL);
            g_usleep(10000);
        }
    }
    g_assert_no_errno(r);
    return fd;
}

static void
wait_for(Link *link, int a, int b)
{
    struct pollfd waits[] = {
        {.fd = link->sides[0].fd, .events = POLLIN},
        {.fd = link->sides[1].fd, .events = POLLIN},
        {.fd = a, .events = POLLIN},
        {.fd = b, .events = POLLIN},
    };

    g_assert_cmpint(poll(waits, G_N_ELEMENTS(waits), PATIENCE), >, 0);
}

/* Connects from side 0 to side 1. */
static void
tcp_connect(Link *link, int family, int *client, int *server)
{
    struct sockaddr_storage address;
    socklen_t len = address_of(family, 1, &address);
    int listener = bound_socket(link, family, SOCK_STREAM, 1);

    g_assert_no_errno(listen(listener, 1));
    *client = bound_socket(link, family, SOCK_STREAM, 0);
    g_assert_cmpint(connect(*client, (struct sockaddr *) &address, len), ==, -1);
    g_assert_cmpint(errno, ==, EINPROGRESS);
    while ((*server = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0) {
        wait_for(link, listener, -1);
        link_carry_all(link);
    }
    link_carry_all(link);
    close(listener);
}

/* Sends the stream from one socket to the other, in pieces of odd sizes, and compares. */
static void
check_stream(Link *link, int from, int to)
{
    static uint8_t received[65536];
    size_t sent = 0, arrived = 0;

    while (arrived < STREAM_LEN) {
        size_t piece = MIN(STREAM_LEN - sent, 100001);
        ssize_t n = sent < STREAM_LEN ? send(from, stream + sent, piece, MSG_NOSIGNAL) : 0;

        sent += n > 0 ? (size_t) n : 0;
        link_carry_all(link);
        while ((n = recv(to, received, sizeof(received), 0)) > 0) {
            g_assert_cmpmem(received, n, stream + arrived, n);
            arrived += (size_t) n;
        }
        if (arrived < STREAM_LEN && sent == STREAM_LEN)
            wait_for(link, to, from);
    }
    g_assert_cmpuint(sent, ==, arrived);
}

/* The field of a protocol in /proc/net/snmp: a line of names, then one of numbers. */
static guint64
snmp(const Side *side, const char *protocol, const char *field)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    guint64 value = G_MAXUINT64;

    netns_enter(side->ns);
    g_assert_true(g_file_get_contents("/proc/thread-self/net/snmp", &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] && lines[i + 1]; i++) {
        g_auto(GStrv) names = g_strsplit(lines[i], " ", -1);
        g_auto(GStrv) values = g_strsplit(lines[i + 1], " ", -1);

        if (g_strcmp0(names[0], protocol) != 0 || g_strcmp0(values[0], protocol) != 0)
            continue;
        for (size_t k = 1; names[k] && values[k]; k++)
            if (strcmp(names[k], field) == 0)
                value = g_ascii_strtoull(values[k], NULL, 10);
    }
    g_assert_cmpuint(value, !=, G_MAXUINT64);
    return value;
}

static void
check_tcp(Mode mode, int family)
{
    Link *link = link_open();
    int client, server;

    if (!link)
        return;
    link->mode = mode;
    tcp_connect(link, family, &client, &server);
    check_stream(link, client, server);
    check_stream(link, server, client);
    g_assert_cmpuint(link->n_cut, >, 100);
    g_assert_cmpint(link->n_joined > 100, ==, mode == JOINED);
    for (int i = 0; i < 2; i++)
        g_assert_cmpuint(snmp(&link->sides[i], "Tcp:", "InCsumErrors"), ==, 0);
    close(client);
    close(server);
    link_close(link);
}

static void
test_tcp(gconstpointer data)
{
    Mode mode = (Mode) GPOINTER_TO_INT(data);
    int ns = netns_current();

    check_tcp(mode, AF_INET);
    check_tcp(mode, AF_INET6);
    netns_enter(ns);
    close(ns);
}

/* One send of many datagrams; the kernel hands it over whole where the device takes USO. */
static void
send_datagrams(int fd, int family)
{
    struct sockaddr_storage address;
    socklen_t len = address_of(family, 1, &address);
    int segment = DATAGRAM_LEN;

    g_assert_no_errno(setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)));
    g_assert_cmpint(
        sendto(fd, stream, DATAGRAMS * DATAGRAM_LEN - 7, 0, (struct sockaddr *) &address, len),
        ==,
        DATAGRAMS * DATAGRAM_LEN - 7);
}

static void
check_udp(Mode mode, int family)
{
    Link *link = link_open();
    uint8_t received[2000];
    int from, to;

    if (!link)
        return;
    link->mode = mode;
    to = bound_socket(link, family, SOCK_DGRAM, 1);
    from = bound_socket(link, family, SOCK_DGRAM, 0);
    send_datagrams(from, family);
    for (size_t i = 0; i < DATAGRAMS; i++) {
        size_t expected = i + 1 < DATAGRAMS ? DATAGRAM_LEN : DATAGRAM_LEN - 7;
        ssize_t n;

        while ((n = recv(to, received, sizeof(received), 0)) < 0) {
            wait_for(link, to, -1);
            link_carry_all(link);
        }
        g_assert_cmpmem(received, n, stream + i * DATAGRAM_LEN, expected);
    }
    if (link->has_uso) {
        g_assert_cmpuint(link->n_cut, >=, 1);
        g_assert_cmpint(link->n_joined >= 1, ==, mode == JOINED);
    } else {
        g_test_message("the device takes no USO: the kernel cuts, and nothing is joined");
    }
    close(from);
    close(to);
    link_close(link);
}

static void
test_udp(gconstpointer data)
{
    Mode mode = (Mode) GPOINTER_TO_INT(data);
    int ns = netns_current();

    check_udp(mode, AF_INET);
    check_udp(mode, AF_INET6);
    netns_enter(ns);
    close(ns);
}

int
main(int argc, char **argv)
{
    SeededRandom chance;
    RandomSource source = random_seeded(&chance, 22);
    int r;

    stream = g_malloc(STREAM_LEN);
    random_fill(&source, stream, STREAM_LEN);
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/tun/tcp/one-by-one", GINT_TO_POINTER(ONE_BY_ONE), test_tcp);
    g_test_add_data_func("/tun/tcp/said-to-be-ok", GINT_TO_POINTER(SAID_TO_BE_OK), test_tcp);
    g_test_add_data_func("/tun/tcp/joined", GINT_TO_POINTER(JOINED), test_tcp);
    g_test_add_data_func("/tun/udp/one-by-one", GINT_TO_POINTER(ONE_BY_ONE), test_udp);
    g_test_add_data_func("/tun/udp/joined", GINT_TO_POINTER(JOINED), test_udp);
    r = g_test_run();
    g_free(stream);
    return r;
}
