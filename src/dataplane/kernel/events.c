/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/kernel/internal.h"

#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    MARKER_LEN = 4,             /* the non-ESP marker, where an SPI would be (RFC 3948, 2.2) */
    NAT_KEEPALIVE = 0xff,       /* RFC 3948, 2.3 */
    MAX_DATAGRAMS_AT_ONCE = 32, /* then others have their turn */
    N_SOURCES = 4,
};

/* The kernel does not tell that a state was used first, so a new one is looked at: this often, and
 * for as long as the engine waits for it. */
static const IkeTime first_packet_interval = 100 * IKE_MILLISECOND;
static const IkeTime first_packet_wait = 12 * IKE_SECOND;

/* What is said at most once in a while is said this often. */
static const IkeTime report_interval = IKE_SECOND;

typedef void (*Source)(KernelPlane *plane);

IkeTime
kernel_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * IKE_SECOND + now.tv_nsec / 1000;
}

/* IKE */

static void
take_datagram(KernelPlane *plane, Bytes datagram, const Endpoint *from)
{
    static const uint8_t marker[MARKER_LEN];
    const DataPlaneEvents *events = &plane->events;

    if (!ip_address_equal(&from->address, &plane->remote.address)) {
        plane->own.drop_foreign++;
        return;
    }
    if (datagram.len == 1 && datagram.data[0] == NAT_KEEPALIVE)
        return;
    if (!bytes_equal(bytes_head(datagram, MARKER_LEN), BYTES_OF_ARRAY(marker))) {
        plane->own.drop_malformed++;
        return;
    }
    if (events->ike_message)
        events->ike_message(
            events->owner, bytes_of(datagram.data + MARKER_LEN, datagram.len - MARKER_LEN), from);
}

/* An ICMP error counts as a datagram: IKE repeats what it lost. */
static void
on_nat_t(KernelPlane *plane)
{
    static uint8_t buffer[UDP_MAX_DATAGRAM];
    Endpoint from;

    for (int i = 0; i < MAX_DATAGRAMS_AT_ONCE; i++) {
        int r = udp_socket_receive(plane->nat_t, buffer, sizeof(buffer), &from);

        if (r == -EAGAIN)
            return;
        if (r >= 0)
            take_datagram(plane, bytes_of(buffer, (size_t) r), &from);
    }
}

/* a Child SA's life */

static void
report_used(KernelPlane *plane, KernelChild *child, IkeTime now)
{
    const DataPlaneEvents *events = &plane->events;

    child->used_at = now;
    child->had_first = true;
    if (events->used)
        events->used(events->owner, child->sa.inbound_spi);
}

static void
report_expiring(KernelPlane *plane, KernelChild *child)
{
    const DataPlaneEvents *events = &plane->events;

    if (child->reported_expiring)
        return;
    child->reported_expiring = true;
    if (events->expiring)
        events->expiring(events->owner, child->sa.inbound_spi);
}

/* One direction that is used up ends both. */
static void
report_expired(KernelPlane *plane, KernelChild *child)
{
    const DataPlaneEvents *events = &plane->events;

    if (child->reported_expired)
        return;
    child->reported_expired = true;
    kernel_half_remove(plane, child, &child->in);
    kernel_half_remove(plane, child, &child->out);
    if (events->expired)
        events->expired(events->owner, child->sa.inbound_spi);
}

static bool
is_half(const KernelChild *child, const KernelHalf *half, const XfrmStateId *id)
{
    XfrmStateId own = kernel_half_id(child, half);

    return own.spi == id->spi && ip_address_equal(&own.destination, &id->destination);
}

static KernelChild *
find_by_state(const KernelPlane *plane, const XfrmStateId *id)
{
    for (guint i = 0; i < plane->children->len; i++) {
        KernelChild *child = plane->children->pdata[i];

        if (is_half(child, &child->in, id) || is_half(child, &child->out, id))
            return child;
    }
    return NULL;
}

/* Neighbours and groups of the link itself are not what a tunnel is for. */
static bool
is_for_the_link(const IpAddress *destination)
{
    const uint8_t *b = destination->bytes;

    if (destination->family == FAMILY_IPV6)
        return b[0] == 0xff || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
    return b[0] >= 224;
}

static void
report_acquire(KernelPlane *plane, const XfrmEvent *event)
{
    const DataPlaneEvents *events = &plane->events;
    IkeTime now = kernel_now();

    if (is_for_the_link(&event->destination) || now - plane->acquired_at < report_interval)
        return;
    plane->acquired_at = now;
    if (events->acquire)
        events->acquire(events->owner, &event->source, &event->destination);
}

static bool
is_ours(const KernelPlane *plane, const XfrmEvent *event)
{
    return event->if_id == plane->number || event->reqid == plane->number;
}

/* The kernel tells of a state's end when it has taken it away. What ends under the same name while
 * ours is there is its mark that one was wanted, when ours was between two paths. */
static bool
is_there(KernelPlane *plane, const XfrmStateId *id)
{
    XfrmStateInfo info;

    return xfrm_get_state(&plane->requests, id, &info) != -ESRCH;
}

static int
on_xfrm_event(const struct nlmsghdr *message, void *data)
{
    KernelPlane *plane = data;
    KernelChild *child;
    XfrmEvent event;

    if (!xfrm_read_event(message, &event) || !is_ours(plane, &event))
        return MNL_CB_OK;
    if (event.type == XFRM_EVENT_ACQUIRE) {
        report_acquire(plane, &event);
        return MNL_CB_OK;
    }
    child = find_by_state(plane, &event.id);
    if (!child)
        return MNL_CB_OK;
    if (event.type == XFRM_EVENT_EXPIRING)
        report_expiring(plane, child);
    else if (!is_there(plane, &event.id))
        report_expired(plane, child);
    return MNL_CB_OK;
}

static bool
is_past(uint64_t limit, uint64_t value)
{
    return limit != 0 && value >= limit;
}

/* Everything that there is to know about a Child SA without being told. False: it may be gone now,
 * since the owner was called. */
static void
look_at(KernelPlane *plane, uint32_t inbound_spi, IkeTime now)
{
    KernelChild *child = kernel_child_find(plane, inbound_spi);
    KernelCounts in, out;
    bool used;
    int r;

    if (!child || child->reported_expired)
        return;
    r = kernel_half_look(plane, child, &child->in, &in);
    if (r == 0)
        r = kernel_half_look(plane, child, &child->out, &out);
    if (r == -ESRCH)
        report_expired(plane, child);
    if (r < 0)
        return;
    used = in.packets != child->seen_packets;
    child->seen_packets = in.packets;
    if (is_past(child->sa.soft_bytes, in.bytes) || is_past(child->sa.soft_bytes, out.bytes))
        report_expiring(plane, child);
    child = kernel_child_find(plane, inbound_spi);
    if (child && used && (!child->had_first || now - child->used_at >= report_interval))
        report_used(plane, child, now);
}

/* By their SPIs, since the owner may install and remove meanwhile. */
static void
look_at_all(KernelPlane *plane, bool new_ones_only)
{
    g_autofree uint32_t *spis = g_new(uint32_t, plane->children->len);
    IkeTime now = kernel_now();
    guint n = 0;

    for (guint i = 0; i < plane->children->len; i++) {
        const KernelChild *child = plane->children->pdata[i];

        if (!new_ones_only || (!child->had_first && now - child->installed_at < first_packet_wait))
            spis[n++] = child->sa.inbound_spi;
    }
    for (guint i = 0; i < n; i++)
        look_at(plane, spis[i], now);
}

/* Lost events are found out by looking. */
static void
on_xfrm_events(KernelPlane *plane)
{
    if (netlink_take_events(&plane->xfrm_events, on_xfrm_event, plane) == -ENOBUFS)
        look_at_all(plane, false);
}

void
kernel_refresh(DataPlane *base)
{
    KernelPlane *plane = kernel_plane_of(base);
    IkeTime now = kernel_now();

    if (now - plane->refreshed_at < report_interval)
        return;
    plane->refreshed_at = now;
    look_at_all(plane, false);
}

/* first packets */

static void
set_timer(KernelPlane *plane, IkeTime interval)
{
    const struct timespec time = {
        .tv_sec = interval / IKE_SECOND,
        .tv_nsec = interval % IKE_SECOND * 1000,
    };
    const struct itimerspec spec = {.it_interval = time, .it_value = time};

    timerfd_settime(plane->timer, 0, &spec, NULL);
}

void
kernel_events_await_first(KernelPlane *plane)
{
    set_timer(plane, first_packet_interval);
}

static bool
awaits_first(const KernelPlane *plane)
{
    IkeTime now = kernel_now();

    for (guint i = 0; i < plane->children->len; i++) {
        const KernelChild *child = plane->children->pdata[i];

        if (!child->had_first && now - child->installed_at < first_packet_wait)
            return true;
    }
    return false;
}

static void
on_timer(KernelPlane *plane)
{
    uint64_t ticks;

    if (read(plane->timer, &ticks, sizeof(ticks)) != sizeof(ticks))
        return;
    look_at_all(plane, true);
    if (!awaits_first(plane))
        set_timer(plane, 0);
}

/* the interface */

static void
report_failed(KernelPlane *plane, int error)
{
    const DataPlaneEvents *events = &plane->events;

    if (plane->has_failed)
        return;
    plane->has_failed = true;
    if (events->failed)
        events->failed(events->owner, error);
}

static int
on_link_event(const struct nlmsghdr *message, void *data)
{
    KernelPlane *plane = data;

    if (link_event_is_removal(message, plane->link.index))
        report_failed(plane, -ENODEV);
    return MNL_CB_OK;
}

/* Where events are lost, its end may be among them. */
static void
on_link_events(KernelPlane *plane)
{
    int r = netlink_take_events(&plane->link_events, on_link_event, plane);

    if (r == -ENOBUFS && link_probe(plane->link.index) == -ENODEV)
        report_failed(plane, -ENODEV);
}

/* all of it behind one descriptor */

static const Source sources[N_SOURCES] = {on_nat_t, on_xfrm_events, on_link_events, on_timer};

static int
add_source(KernelPlane *plane, uint32_t index, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};

    return epoll_ctl(plane->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int
add_sources(KernelPlane *plane)
{
    const int fds[N_SOURCES] = {
        plane->nat_t->fd,
        netlink_fd(&plane->xfrm_events),
        netlink_fd(&plane->link_events),
        plane->timer,
    };
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < N_SOURCES; i++)
        r = add_source(plane, i, fds[i]);
    return r;
}

int
kernel_events_open(KernelPlane *plane)
{
    int r = xfrm_listen(&plane->xfrm_events);

    if (r == 0)
        r = netlink_listen(&plane->link_events, NETLINK_ROUTE, LINK_EVENT_GROUPS);
    if (r < 0)
        return r;
    plane->timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    plane->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (plane->timer < 0 || plane->epoll < 0)
        return -errno;
    return add_sources(plane);
}

void
kernel_events_close(KernelPlane *plane)
{
    netlink_close(&plane->xfrm_events);
    netlink_close(&plane->link_events);
    if (plane->timer >= 0)
        close(plane->timer);
    if (plane->epoll >= 0)
        close(plane->epoll);
}

void
kernel_dispatch(DataPlane *base)
{
    KernelPlane *plane = kernel_plane_of(base);
    struct epoll_event ready[N_SOURCES];
    int n = epoll_wait(plane->epoll, ready, N_SOURCES, 0);

    for (int i = 0; i < n; i++)
        sources[ready[i].data.u32](plane);
}
