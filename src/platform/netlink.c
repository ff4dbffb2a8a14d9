/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/netlink.h"

#include "base/secret.h"

#include <errno.h>
#include <glib.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>

enum {
    REPLY_SIZE = 32 * 1024, /* a link with all its attributes is the largest answer */
    MAX_EVENT_READS = 64,   /* then others have their turn */
    MAX_DUMPS = 10,         /* of a list that changes while it is told */
};

/* Of an answer before: it ended in an error, and its rest came later. One datagram is of one
 * answer. */
static bool
is_stale(const char *reply, size_t len, unsigned sequence)
{
    const struct nlmsghdr *first = (const struct nlmsghdr *) reply;

    return sequence && len >= sizeof(*first) && (int32_t) (first->nlmsg_seq - sequence) < 0;
}

/* Sequence 0: what nobody asked for. */
static int
receive(Netlink *netlink, unsigned sequence, mnl_cb_t on_message, void *data)
{
    unsigned port = sequence ? mnl_socket_get_portid(netlink->socket) : 0;
    _Alignas(struct nlmsghdr) char reply[REPLY_SIZE];
    ssize_t len;
    int r = MNL_CB_OK;

    do
        len = mnl_socket_recvfrom(netlink->socket, reply, sizeof(reply));
    while (len < 0 && errno == EINTR);
    if (len < 0)
        return -errno;
    if (!is_stale(reply, (size_t) len, sequence))
        r = mnl_cb_run(reply, (size_t) len, sequence, port, on_message, data);
    if (r < 0)
        r = -errno;
    /* States come with their keys. */
    secret_wipe(reply, (size_t) len);
    return r;
}

/* An acknowledgement is always asked for, so that the end of the answer is certain. */
int
netlink_request(Netlink *netlink, struct nlmsghdr *request, mnl_cb_t on_reply, void *data)
{
    size_t len = request->nlmsg_len;
    ssize_t sent;
    int r;

    request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    request->nlmsg_seq = ++netlink->sequence;
    sent = mnl_socket_sendto(netlink->socket, request, len);
    r = sent < 0 ? -errno : MNL_CB_OK;
    secret_wipe(request, len);
    while (r > MNL_CB_STOP)
        r = receive(netlink, netlink->sequence, on_reply, data);
    return r;
}

static int
open_socket(Netlink *out, int bus, int flags, unsigned groups)
{
    Netlink opened = {.socket = mnl_socket_open2(bus, SOCK_CLOEXEC | flags)};
    int r;

    if (!opened.socket)
        return -errno;
    r = mnl_socket_bind(opened.socket, groups, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
    if (r < 0)
        netlink_close(&opened);
    else
        *out = opened;
    return r;
}

int
netlink_open(Netlink *out, int bus)
{
    return open_socket(out, bus, 0, 0);
}

int
netlink_listen(Netlink *out, int bus, unsigned groups)
{
    return open_socket(out, bus, SOCK_NONBLOCK, groups);
}

int
netlink_fd(const Netlink *netlink)
{
    return mnl_socket_get_fd(netlink->socket);
}

int
netlink_take_events(Netlink *netlink, mnl_cb_t on_event, void *data)
{
    for (int i = 0; i < MAX_EVENT_READS; i++) {
        int r = receive(netlink, 0, on_event, data);

        if (r < 0)
            return r == -EAGAIN ? 0 : r;
    }
    return 0;
}

static int
ask_once(int bus, struct nlmsghdr *request, mnl_cb_t on_reply, void *data)
{
    Netlink netlink;
    int r = netlink_open(&netlink, bus);

    if (r < 0)
        return r;
    r = netlink_request(&netlink, request, on_reply, data);
    netlink_close(&netlink);
    return r;
}

/* A list that changed meanwhile is marked so (NLM_F_DUMP_INTR), and libmnl says EINTR. */
static int
ask_for_list(int bus, const struct nlmsghdr *request, mnl_cb_t on_reply, void *data)
{
    int r = -EINTR;

    for (int i = 0; r == -EINTR && i < MAX_DUMPS; i++) {
        g_autofree struct nlmsghdr *copy = g_memdup2(request, request->nlmsg_len);

        r = ask_once(bus, copy, on_reply, data);
    }
    return r;
}

int
netlink_ask_bus(int bus, struct nlmsghdr *request, mnl_cb_t on_reply, void *data)
{
    if ((request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP)
        return ask_for_list(bus, request, on_reply, data);
    return ask_once(bus, request, on_reply, data);
}

int
netlink_ask(struct nlmsghdr *request, mnl_cb_t on_reply, void *data)
{
    return netlink_ask_bus(NETLINK_ROUTE, request, on_reply, data);
}

void
netlink_close(Netlink *netlink)
{
    if (netlink->socket)
        mnl_socket_close(netlink->socket);
    netlink->socket = NULL;
}
