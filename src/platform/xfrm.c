/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/xfrm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EVENT_GROUPS = XFRMGRP_ACQUIRE | XFRMGRP_EXPIRE,
    STATISTICS_SIZE = 4096, /* of the file: some thirty short lines */
};

/* How the kernel says that it has no such protocol, algorithm or interface. */
static int
lacking(int r)
{
    switch (r) {
    case -EPROTONOSUPPORT:
    case -EAFNOSUPPORT:
    case -ENOSYS:
    case -ENOENT:
    case -ENOPROTOOPT:
        return -EOPNOTSUPP;
    }
    return r;
}

int
xfrm_open(Netlink *out)
{
    return lacking(netlink_open(out, NETLINK_XFRM));
}

int
xfrm_listen(Netlink *out)
{
    return lacking(netlink_listen(out, NETLINK_XFRM, EVENT_GROUPS));
}

int
xfrm_add_state(Netlink *netlink, const XfrmState *state)
{
    XfrmMessage message;

    xfrm_message_add_state(&message, state);
    return lacking(netlink_request(netlink, &message.header, NULL, NULL));
}

static int
on_state(const struct nlmsghdr *reply, void *data)
{
    xfrm_read_state(reply, data);
    return MNL_CB_OK;
}

int
xfrm_get_state(Netlink *netlink, const XfrmStateId *id, XfrmStateInfo *out)
{
    XfrmMessage message;

    *out = (XfrmStateInfo){0};
    xfrm_message_get_state(&message, id);
    return netlink_request(netlink, &message.header, on_state, out);
}

int
xfrm_remove_state(Netlink *netlink, const XfrmStateId *id)
{
    XfrmMessage message;

    xfrm_message_remove_state(&message, id);
    return netlink_request(netlink, &message.header, NULL, NULL);
}

int
xfrm_put_policy(Netlink *netlink, const XfrmPolicy *policy, bool replace)
{
    XfrmMessage message;

    xfrm_message_put_policy(&message, policy, replace);
    return lacking(netlink_request(netlink, &message.header, NULL, NULL));
}

int
xfrm_remove_policy(Netlink *netlink, const XfrmPolicy *policy)
{
    XfrmMessage message;

    xfrm_message_remove_policy(&message, policy);
    return netlink_request(netlink, &message.header, NULL, NULL);
}

/* clearing away: looked through first, removed afterwards */

typedef struct {
    XfrmOwned owned;
    void *data;
    GArray *found; /* of XfrmStateInfo, or of XfrmPolicyInfo */
} Sweep;

static bool
is_owned(const Sweep *sweep, uint32_t if_id, uint32_t reqid)
{
    return sweep->owned(if_id, sweep->data) || sweep->owned(reqid, sweep->data);
}

static int
collect_state(const struct nlmsghdr *reply, void *data)
{
    Sweep *sweep = data;
    XfrmStateInfo info;

    if (xfrm_read_state(reply, &info) && is_owned(sweep, info.if_id, info.reqid))
        g_array_append_val(sweep->found, info);
    return MNL_CB_OK;
}

/* A priority is anybody's word for something, but where there is no other for whose a policy is. */
static bool
is_owned_policy(const Sweep *sweep, const XfrmPolicyInfo *info)
{
    if (!info->has_template && info->if_id == 0)
        return sweep->owned(info->priority, sweep->data);
    return is_owned(sweep, info->if_id, info->reqid);
}

static int
collect_policy(const struct nlmsghdr *reply, void *data)
{
    Sweep *sweep = data;
    XfrmPolicyInfo info;

    if (xfrm_read_policy(reply, &info) && is_owned_policy(sweep, &info))
        g_array_append_val(sweep->found, info);
    return MNL_CB_OK;
}

static int
dump(uint16_t type, size_t header_len, mnl_cb_t on_reply, Sweep *sweep)
{
    XfrmMessage message;
    struct nlmsghdr *header = mnl_nlmsg_put_header(&message);

    header->nlmsg_type = type;
    header->nlmsg_flags |= NLM_F_DUMP;
    mnl_nlmsg_put_extra_header(header, header_len);
    return netlink_ask_bus(NETLINK_XFRM, header, on_reply, sweep);
}

static void
remove_found_policy(Netlink *netlink, const XfrmPolicyInfo *info)
{
    XfrmMessage message;
    struct nlmsghdr *header = mnl_nlmsg_put_header(&message);
    struct xfrm_userpolicy_id *id;

    header->nlmsg_type = XFRM_MSG_DELPOLICY;
    id = mnl_nlmsg_put_extra_header(header, sizeof(*id));
    id->sel = info->selector;
    id->dir = (uint8_t) info->direction;
    if (info->if_id)
        mnl_attr_put_u32(header, XFRMA_IF_ID, info->if_id);
    netlink_request(netlink, header, NULL, NULL);
}

static int
sweep_policies(Netlink *netlink, XfrmOwned owned, void *data)
{
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(XfrmPolicyInfo));
    Sweep sweep = {owned, data, found};
    int r = dump(XFRM_MSG_GETPOLICY, sizeof(struct xfrm_userpolicy_id), collect_policy, &sweep);

    for (guint i = 0; i < found->len; i++)
        remove_found_policy(netlink, &g_array_index(found, XfrmPolicyInfo, i));
    return r;
}

static void
remove_found_state(Netlink *netlink, XfrmStateInfo *info)
{
    XfrmMessage message;

    if (info->id.spi == 0) {
        xfrm_message_name_wanted(&message, info);
        if (netlink_request(netlink, &message.header, on_state, info) < 0)
            return;
    }
    xfrm_remove_state(netlink, &info->id);
}

static int
sweep_states(Netlink *netlink, XfrmOwned owned, void *data)
{
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(XfrmStateInfo));
    Sweep sweep = {owned, data, found};
    int r = dump(XFRM_MSG_GETSA, sizeof(struct xfrm_usersa_id), collect_state, &sweep);

    for (guint i = 0; i < found->len; i++)
        remove_found_state(netlink, &g_array_index(found, XfrmStateInfo, i));
    return r;
}

int
xfrm_sweep(Netlink *netlink, XfrmOwned owned, void *data)
{
    int r = sweep_policies(netlink, owned, data);

    return r < 0 ? r : sweep_states(netlink, owned, data);
}

/* counters */

typedef struct {
    const char *name;
    size_t offset;
} Statistic;

/* clang-format off */
static const Statistic statistics[] = {
    {"XfrmInNoStates",          offsetof(XfrmStatistics, in_no_state)},
    {"XfrmInHdrError",          offsetof(XfrmStatistics, in_malformed)},
    {"XfrmInBufferError",       offsetof(XfrmStatistics, in_malformed)},
    {"XfrmInTmplMismatch",      offsetof(XfrmStatistics, in_selectors)},
    {"XfrmInNoPols",            offsetof(XfrmStatistics, in_selectors)},
    {"XfrmInPolBlock",          offsetof(XfrmStatistics, in_selectors)},
    {"XfrmInStateMismatch",     offsetof(XfrmStatistics, in_selectors)},
    {"XfrmOutNoStates",         offsetof(XfrmStatistics, out_no_state)},
    {"XfrmOutStateSeqError",    offsetof(XfrmStatistics, out_exhausted)},
    {"XfrmOutStateExpired",     offsetof(XfrmStatistics, out_exhausted)},
    {"XfrmOutError",            offsetof(XfrmStatistics, out_failed)},
    {"XfrmOutBundleGenError",   offsetof(XfrmStatistics, out_failed)},
    {"XfrmOutStateProtoError",  offsetof(XfrmStatistics, out_failed)},
};
/* clang-format on */

static void
add_line(XfrmStatistics *out, const char *line)
{
    for (size_t i = 0; i < G_N_ELEMENTS(statistics); i++) {
        size_t len = strlen(statistics[i].name);

        if (strncmp(line, statistics[i].name, len) == 0 && g_ascii_isspace(line[len]))
            *(uint64_t *) ((char *) out + statistics[i].offset) +=
                g_ascii_strtoull(line + len, NULL, 10);
    }
}

void
xfrm_statistics(XfrmStatistics *out)
{
    char text[STATISTICS_SIZE];
    int fd = open("/proc/net/xfrm_stat", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    *out = (XfrmStatistics){0};
    if (fd >= 0)
        close(fd);
    if (len <= 0)
        return;
    text[len] = '\0';
    for (const char *line = text; line; line = strchr(line, '\n')) {
        if (*line == '\n')
            line++;
        add_line(out, line);
    }
}
