/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>

enum {
    REPLY_SIZE = 32 * 1024, /* a link with all its attributes is the largest answer */
    SEQUENCE = 1,           /* a socket asks one question */
};

/* An acknowledgement is always asked for, so that the end of the answer is certain. */
static int
ask(struct mnl_socket *socket, struct nlmsghdr *request, mnl_cb_t on_reply, void *data)
{
    unsigned port = mnl_socket_get_portid(socket);
    char reply[REPLY_SIZE];
    int r = MNL_CB_OK;

    request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    request->nlmsg_seq = SEQUENCE;
    if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
        return -errno;
    while (r > MNL_CB_STOP) {
        ssize_t len = mnl_socket_recvfrom(socket, reply, sizeof(reply));

        if (len < 0)
            return -errno;
        r = mnl_cb_run(reply, (size_t) len, SEQUENCE, port, on_reply, data);
    }
    return r < 0 ? -errno : 0;
}

int
netlink_ask(struct nlmsghdr *request, mnl_cb_t on_reply, void *data)
{
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    int r;

    if (!socket)
        return -errno;
    if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
        r = -errno;
    else
        r = ask(socket, request, on_reply, data);
    mnl_socket_close(socket);
    return r;
}
