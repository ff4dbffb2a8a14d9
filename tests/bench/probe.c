/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a data plane could reach at most: the way of ours, from a TUN device with its offloads to
 * UDP_SEGMENT and from UDP_GRO back, with no cryptography at all. One thread.
 *
 *     probe DEVICE LOCAL REMOTE            with every offload
 *     probe --plain DEVICE LOCAL REMOTE    with none: one read, one send for each packet
 *
 * Addresses are IPv4. Says "ready" when the device is there; ends with its process. */
#include "dataplane/gro-join.h"
#include "dataplane/gso-cut.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#define UDP_GRO 104
#endif

enum {
    PORT = 4600,
    MAX_DATAGRAM = 65507,
    MAX_SEGMENTS = 64,
    READS_AT_ONCE = 64,
    RECEIVES_AT_ONCE = 8,
    SOCKET_BUFFER = 4 * 1024 * 1024,
    SUPER_PACKET = VNET_HEADER_LEN + 65536 + 40,
};

/* Datagrams of one length, the last of them maybe shorter, that leave in one send. */
typedef struct {
    uint8_t bytes[MAX_DATAGRAM + SUPER_PACKET];
    size_t len, segment_len, n;
    bool closed;
} Train;

static int tun, udp;
static bool has_uso;
static Train train;
static GroTable table;

static void
fail(const char *what)
{
    perror(what);
    exit(1);
}

/* --- from the device to the socket ---------------------------------------------------------- */

static void
train_send(void)
{
    union {
        struct cmsghdr header;
        uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
    } control = {0};
    struct iovec part = {train.bytes, train.len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (train.n > 1) {
        uint16_t segment_len = (uint16_t) train.segment_len;

        message.msg_control = &control;
        message.msg_controllen = sizeof(control);
        control.header.cmsg_level = IPPROTO_UDP;
        control.header.cmsg_type = UDP_SEGMENT;
        control.header.cmsg_len = CMSG_LEN(sizeof(segment_len));
        memcpy(CMSG_DATA(&control.header), &segment_len, sizeof(segment_len));
    }
    if (train.n > 0)
        sendmsg(udp, &message, 0); /* a packet may be lost */
    train.len = train.n = 0;
    train.closed = false;
}

/* Where the next packet is written. */
static uint8_t *
train_room(size_t len)
{
    if (train.n > 0
        && (train.closed || len > train.segment_len || train.n == MAX_SEGMENTS
            || train.len + len > MAX_DATAGRAM))
        train_send();
    if (train.n == 0)
        train.segment_len = len;
    train.closed = len < train.segment_len;
    train.len += len;
    train.n++;
    return train.bytes + train.len - len;
}

static void
send_super_packet(const uint8_t *bytes, size_t len)
{
    VnetHeader header;
    GsoCut cut;

    memcpy(&header, bytes, sizeof(header));
    if (!gso_cut_begin(&cut, &header, bytes_of(bytes + sizeof(header), len - sizeof(header))))
        return;
    for (size_t i = 0; i < cut.n; i++)
        gso_cut_write(&cut, i, train_room(gso_cut_len(&cut, i)));
}

static void
tun_is_ready(void)
{
    static uint8_t packet[SUPER_PACKET];

    for (int i = 0; i < READS_AT_ONCE; i++) {
        ssize_t len = read(tun, packet, sizeof(packet));

        if (len <= VNET_HEADER_LEN)
            break;
        send_super_packet(packet, (size_t) len);
    }
    train_send();
}

/* --- from the socket to the device ---------------------------------------------------------- */

static void
write_items(void)
{
    size_t n = gro_finish(&table);

    for (size_t i = 0; i < n; i++)
        if (writev(tun, table.items[i].parts, table.items[i].n_parts) < 0 && errno == EBADFD)
            fail("writev");
    gro_begin(&table, GRO_JOIN_TCP | (has_uso ? GRO_JOIN_UDP : 0));
}

/* The length of each datagram of those that came at once. */
static size_t
segment_len_of(struct msghdr *message, size_t len)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        int segment_len;

        if (c->cmsg_level != IPPROTO_UDP || c->cmsg_type != UDP_GRO)
            continue;
        memcpy(&segment_len, CMSG_DATA(c), sizeof(segment_len));
        return segment_len > 0 ? (size_t) segment_len : len;
    }
    return len;
}

static void
join_datagrams(uint8_t *bytes, size_t len, size_t segment_len)
{
    for (size_t at = 0; at < len; at += segment_len) {
        Bytes packet = bytes_of(bytes + at, MIN(segment_len, len - at));
        InnerPacket inner;

        if (table.n_packets == GRO_MAX_PACKETS)
            write_items();
        if (inner_packet_read(packet, &inner))
            gro_add(&table, bytes + at, &inner);
    }
}

static void
socket_is_ready(void)
{
    static uint8_t buffers[RECEIVES_AT_ONCE][65536];

    for (int i = 0; i < RECEIVES_AT_ONCE; i++) {
        uint8_t control[64];
        struct iovec part = {buffers[i], sizeof(buffers[i])};
        struct msghdr message = {
            .msg_iov = &part,
            .msg_iovlen = 1,
            .msg_control = control,
            .msg_controllen = sizeof(control),
        };
        ssize_t len = recvmsg(udp, &message, 0);

        if (len <= 0)
            break;
        join_datagrams(buffers[i], (size_t) len, segment_len_of(&message, (size_t) len));
    }
    write_items();
}

/* --- one by one ----------------------------------------------------------------------------- */

/* A packet that cannot be sent or written is lost, as on any network. */
static void
carry_plain(int from, int to)
{
    uint8_t packet[65536];

    for (int i = 0; i < READS_AT_ONCE; i++) {
        ssize_t len = read(from, packet, sizeof(packet));

        if (len <= 0)
            return;
        if (write(to, packet, (size_t) len) < 0 && errno == EBADFD)
            fail("write");
    }
}

/* -------------------------------------------------------------------------------------------- */

static void
open_tun(const char *device, bool plain)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | (plain ? 0 : IFF_VNET_HDR)};
    unsigned offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;

    tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    g_strlcpy(request.ifr_name, device, sizeof(request.ifr_name));
    if (tun < 0 || ioctl(tun, TUNSETIFF, &request) < 0)
        fail(device);
    if (plain)
        return;
    has_uso = ioctl(tun, TUNSETOFFLOAD, offloads | TUN_F_USO4 | TUN_F_USO6) == 0;
    if (!has_uso && ioctl(tun, TUNSETOFFLOAD, offloads) < 0)
        fail("TUNSETOFFLOAD");
}

static struct sockaddr_in
address_of(const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};

    if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
        fail(text);
    return address;
}

static void
open_udp(const char *local, const char *remote, bool plain)
{
    struct sockaddr_in from = address_of(local), to = address_of(remote);
    int on = 1, size = SOCKET_BUFFER;

    udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (udp < 0 || bind(udp, (struct sockaddr *) &from, sizeof(from)) < 0
        || connect(udp, (struct sockaddr *) &to, sizeof(to)) < 0)
        fail("socket");
    setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
    setsockopt(udp, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
    if (!plain && setsockopt(udp, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)) < 0)
        fail("UDP_GRO");
}

int
main(int argc, char **argv)
{
    bool plain = argc == 5 && strcmp(argv[1], "--plain") == 0;
    char **names = argv + (plain ? 2 : 1);

    if (argc != (plain ? 5 : 4)) {
        fprintf(stderr, "usage: probe [--plain] DEVICE LOCAL REMOTE\n");
        return 2;
    }
    open_tun(names[0], plain);
    open_udp(names[1], names[2], plain);
    gro_begin(&table, GRO_JOIN_TCP | (has_uso ? GRO_JOIN_UDP : 0));
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        struct pollfd waits[] = {{.fd = tun, .events = POLLIN}, {.fd = udp, .events = POLLIN}};

        if (poll(waits, 2, -1) < 0 && errno != EINTR)
            fail("poll");
        if (waits[0].revents && plain)
            carry_plain(tun, udp);
        else if (waits[0].revents)
            tun_is_ready();
        if (waits[1].revents && plain)
            carry_plain(udp, tun);
        else if (waits[1].revents)
            socket_is_ready();
    }
}
