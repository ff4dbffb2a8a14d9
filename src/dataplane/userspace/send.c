/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/send.h"

#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>

enum {
    SEND_PATIENCE = 20, /* ms that a full socket may take to drain before packets are dropped */
    TRIES = 2,          /* the first error may be an ICMP's that an earlier datagram caused */
};

/* UDP_SEGMENT's length and the TOS. */
typedef union {
    char bytes[CMSG_SPACE(sizeof(uint16_t)) + CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
} Control;

static void
put_control(struct msghdr *message, int level, int type, const void *value, size_t len)
{
    struct cmsghdr *c =
        (struct cmsghdr *) ((uint8_t *) message->msg_control + message->msg_controllen);

    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(c), value, len);
    message->msg_controllen += CMSG_SPACE(len);
}

static void
put_tos(const Sender *sender, struct msghdr *message)
{
    int tos = sender->train.tos;

    if (tos == 0)
        return;
    if (sender->remote.remote.address.family == FAMILY_IPV6)
        put_control(message, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
    else
        put_control(message, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
}

/* A raw socket would take the port for the protocol. */
static void
put_address(Sender *sender, struct msghdr *message)
{
    bool in_udp = sender->train.half->udp_encap;

    message->msg_name = in_udp ? &sender->remote.address : &sender->remote.esp_address;
    message->msg_namelen = sender->remote.address_len;
}

static int
socket_of(const Sender *sender)
{
    return sender->train.half->udp_encap ? sender->udp_fd : sender->esp_fd;
}

/* (An ICMP error that waits for the receiver is not room.) */
static bool
becomes_writable(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};

    return poll(&wait, 1, SEND_PATIENCE) > 0 && (wait.revents & POLLOUT) != 0;
}

static void
count_sent(Sender *sender, size_t first, size_t n)
{
    sender->counters.out_packets += n;
    sender->counters.out_bytes += train_inner_bytes(&sender->train, first, n);
}

/* Once a second, until the MTU has been set. */
static void
say_too_big(Sender *sender)
{
    const Report too_big = {.type = REPORT_TOO_BIG};
    int64_t now = coarse_seconds();

    if (sender->too_big_said_at != now && reports_post(&sender->reports, &too_big))
        sender->too_big_said_at = now;
}

static void
count_unsent(Sender *sender, size_t n, int error)
{
    if (error == EMSGSIZE) {
        sender->counters.drop_too_big += n;
        say_too_big(sender);
    } else {
        sender->counters.drop_send += n;
    }
    sender->stalled |= error == EAGAIN;
}

/* The error may be an ICMP's that an earlier datagram caused; then the next try tells of this one.
 * A queue that is full is not to be pressed. */
static bool
may_try_again(int error, int *tries)
{
    return error != ENOBUFS && ++*tries < TRIES;
}

/* One datagram, or one packet, each. Returns how many went. */
static size_t
send_each(Sender *sender, size_t n)
{
    const Train *train = &sender->train;
    struct mmsghdr messages[TRAIN_MAX_PACKETS];
    struct iovec parts[TRAIN_MAX_PACKETS];
    Control control;
    size_t done = 0, went = 0;
    int tries = 0;

    for (size_t i = 0; i < n; i++) {
        parts[i] = (struct iovec){packet_data(&train->packets[i]), train->packets[i].len};
        messages[i].msg_hdr =
            (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1, .msg_control = &control};
        put_address(sender, &messages[i].msg_hdr);
        put_tos(sender, &messages[i].msg_hdr);
    }
    while (done < n) {
        int sent = sendmmsg(socket_of(sender), &messages[done], (unsigned) (n - done), 0);
        int error = errno;

        if (sent > 0) {
            count_sent(sender, done, (size_t) sent);
            done += (size_t) sent;
            went += (size_t) sent;
            tries = 0;
        } else if (error == EAGAIN && !becomes_writable(socket_of(sender))) {
            count_unsent(sender, n - done, EAGAIN);
            break;
        } else if (error != EAGAIN && !may_try_again(error, &tries)) {
            count_unsent(sender, 1, error);
            done++;
            tries = 0;
        }
    }
    return went;
}

/* (Most have nothing to say beside the packet, which is cheaper.) */
static ssize_t
send_one(Sender *sender, const struct msghdr *message)
{
    const struct iovec *part = message->msg_iov;

    if (message->msg_controllen > 0)
        return sendmsg(socket_of(sender), message, 0);
    return sendto(socket_of(sender),
                  part->iov_base,
                  part->iov_len,
                  0,
                  message->msg_name,
                  message->msg_namelen);
}

/* All in one send, or in none: 0 or an errno. */
static int
send_at_once(Sender *sender, size_t n)
{
    const Train *train = &sender->train;
    const uint16_t segment = (uint16_t) train->stride;
    size_t len = (n - 1) * train->stride + train->packets[n - 1].len;
    struct iovec part = {train->buffer, len};
    Control control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control};
    int tries = 0;

    put_address(sender, &message);
    put_tos(sender, &message);
    if (n > 1)
        put_control(&message, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment));
    for (;;) {
        int error = send_one(sender, &message) >= 0 ? 0 : errno;

        if (error == 0)
            return 0;
        if (error == EAGAIN ? !becomes_writable(socket_of(sender)) : !may_try_again(error, &tries))
            return error;
    }
}

/* The device, or the way to it, may be unable to cut: the kernel says so with one of these. So may
 * a segment that is too long; then it is EMSGSIZE without the offload. */
static bool
is_refusal_to_cut(int error)
{
    return error == EINVAL || error == EIO || error == EMSGSIZE || error == EOPNOTSUPP
           || error == ENOPROTOOPT;
}

static void
withdraw(Sender *sender)
{
    const Report report = {.type = REPORT_WITHDRAWN, .offload = OFFLOAD_UDP_SEGMENT};

    sender->udp_segment = false;
    reports_post(&sender->reports, &report);
}

/* The kernel cuts nothing that it would have to fragment. */
static bool
may_be_cut(const Sender *sender)
{
    const Train *train = &sender->train;

    return sender->udp_segment && train->half->udp_encap
           && (sender->whole_len == 0 || train->stride <= sender->whole_len);
}

void
sender_send(Sender *sender, size_t n)
{
    bool cut = n > 1 && may_be_cut(sender);
    int error;

    if (!cut && n > 1) {
        send_each(sender, n);
        return;
    }
    error = send_at_once(sender, n);
    if (error == 0)
        count_sent(sender, 0, n);
    else if (!cut || !is_refusal_to_cut(error))
        count_unsent(sender, n, error);
    else if (send_each(sender, n) == n)
        withdraw(sender);
}
