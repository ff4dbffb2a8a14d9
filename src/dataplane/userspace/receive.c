/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/receive.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

enum {
    MAX_ERRORS = 64, /* taken off the error queue in one go */
    IPV4_LENGTH_UNIT = 4,
};

/* UDP_GRO's length and the TOS. */
typedef union {
    char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
} Control;

struct Incoming {
    struct mmsghdr messages[RECEIVE_BUFFERS];
    struct iovec parts[RECEIVE_BUFFERS];
    SocketAddress from[RECEIVE_BUFFERS];
    Control controls[RECEIVE_BUFFERS];
};

void
receiver_init(Receiver *receiver)
{
    receiver->sad = g_hash_table_new(NULL, NULL);
    receiver->buffers = g_malloc_n(RECEIVE_BUFFERS, RECEIVE_ROOM);
    receiver->incoming = g_new0(Incoming, 1);
    receiver->table = g_new0(GroTable, 1);
    receiver->rebuilt = g_malloc(REBUILT_ROOM);
}

void
receiver_clear(Receiver *receiver)
{
    g_clear_pointer(&receiver->sad, g_hash_table_unref);
    g_clear_pointer(&receiver->buffers, g_free);
    g_clear_pointer(&receiver->incoming, g_free);
    g_clear_pointer(&receiver->table, g_free);
    g_clear_pointer(&receiver->rebuilt, g_free);
}

int
receiver_room(const Receiver *receiver, bool in_udp)
{
    return in_udp && receiver->gro ? RECEIVE_BUFFERS_GRO : RECEIVE_BUFFERS;
}

static void
prepare(Receiver *receiver, int n)
{
    Incoming *in = receiver->incoming;

    for (int i = 0; i < n; i++) {
        in->parts[i] = (struct iovec){receiver->buffers + (size_t) i * RECEIVE_ROOM, RECEIVE_ROOM};
        in->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &in->from[i],
            .msg_namelen = sizeof(in->from[i]),
            .msg_iov = &in->parts[i],
            .msg_iovlen = 1,
            .msg_control = &in->controls[i],
            .msg_controllen = sizeof(in->controls[i]),
        };
    }
}

/* ICMP errors keep the descriptor ready until they are taken. Liveness is IKE's to judge: anybody
 * can forge them; the kernel has judged whether to believe in a smaller path. */
void
receiver_take_errors(Receiver *receiver, UdpSocket *socket)
{
    const Report too_big = {.type = REPORT_TOO_BIG};
    bool any_too_big = false;
    int r = -1;

    for (int i = 0; i < MAX_ERRORS && r < 0; i++) {
        r = udp_socket_take_error(socket);
        any_too_big |= r == -EMSGSIZE;
    }
    if (any_too_big)
        reports_post(&receiver->reports, &too_big);
}

int
receiver_receive(Receiver *receiver, UdpSocket *socket, bool in_udp)
{
    int room = receiver_room(receiver, in_udp);
    int n;

    prepare(receiver, room);
    n = recvmmsg(socket->fd, receiver->incoming->messages, (unsigned) room, MSG_DONTWAIT, NULL);
    if (n >= 0)
        return n;
    n = -errno;
    if (n != -EAGAIN)
        receiver_take_errors(receiver, socket);
    return n;
}

void
datagrams_begin(Datagrams *datagrams, const Receiver *receiver, bool in_udp, size_t n)
{
    *datagrams = (Datagrams){.receiver = receiver, .in_udp = in_udp, .n = n};
}

/* What the kernel says beside the bytes. */
static void
read_control(Datagrams *datagrams, struct msghdr *message)
{
    int value;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
            datagrams->tos = *CMSG_DATA(c);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
            memcpy(&value, CMSG_DATA(c), sizeof(value));
            datagrams->tos = (uint8_t) value;
        } else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            memcpy(&value, CMSG_DATA(c), sizeof(value));
            datagrams->stride = value > 0 ? (size_t) value : datagrams->stride;
        }
    }
}

/* A raw socket gives IPv4's header too. */
static void
skip_ip_header(Datagrams *datagrams)
{
    size_t len = datagrams->rest > 0 ? (size_t) (datagrams->data[0] & 0x0f) * IPV4_LENGTH_UNIT : 0;

    if (datagrams->in_udp || datagrams->from.address.family != FAMILY_IPV4)
        return;
    len = MIN(len, datagrams->rest);
    datagrams->data += len;
    datagrams->rest -= len;
}

static void
next_message(Datagrams *datagrams)
{
    const Incoming *in = datagrams->receiver->incoming;
    size_t i = datagrams->i++;
    struct msghdr message = in->messages[i].msg_hdr;

    datagrams->data = in->parts[i].iov_base;
    datagrams->rest = in->messages[i].msg_len;
    datagrams->from = endpoint_of_socket_address(&in->from[i]);
    datagrams->tos = 0;
    skip_ip_header(datagrams);
    datagrams->stride = MAX(datagrams->rest, 1);
    read_control(datagrams, &message);
}

bool
datagrams_next(Datagrams *datagrams, Datagram *out)
{
    size_t len;

    if (datagrams->rest == 0) {
        if (datagrams->i == datagrams->n)
            return false;
        next_message(datagrams);
    }
    len = MIN(datagrams->rest, datagrams->stride);
    *out = (Datagram){
        .data = datagrams->data,
        .len = len,
        .from = &datagrams->from,
        .tos = datagrams->tos,
        .in_udp = datagrams->in_udp,
    };
    datagrams->data += len;
    datagrams->rest -= len;
    return true;
}

static void
withdraw(Receiver *receiver)
{
    const Report report = {.type = REPORT_WITHDRAWN, .offload = OFFLOAD_TUN_SEGMENTS};

    receiver->joins = GRO_JOIN_NONE;
    reports_post(&receiver->reports, &report);
}

/* A flow's packets all go through one queue: the kernel then answers through it too, so that the
 * flows stay spread over the sending threads. */
static int
queue_of(const Receiver *receiver, const GroItem *item)
{
    return receiver->tun_fds[item->flow % receiver->n_tun_fds];
}

static void
write_item(Receiver *receiver, const GroItem *item)
{
    int skip = receiver->has_header ? 0 : 1; /* the header is the first part */

    if (writev(queue_of(receiver, item), item->parts + skip, item->n_parts - skip) >= 0)
        return;
    receiver->counters.drop_device += item->n_packets;
    if (item->n_packets > 1 && errno == EINVAL)
        withdraw(receiver);
}

void
receiver_write(Receiver *receiver)
{
    size_t n = gro_finish(receiver->table);

    for (size_t i = 0; i < n; i++)
        write_item(receiver, &receiver->table->items[i]);
}
