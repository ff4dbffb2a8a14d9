/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "crypto/random.h"
#include "dataplane/userspace/internal.h"
#include "platform/packet-socket.h"
#include "platform/route.h"

#include <errno.h>
#include <net/if.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { PROCESSORS_PER_SENDER = 2, MAX_SENDERS = 4 };

/* A call for a sender that works on the receiver's thread. */
typedef struct {
    Sender *sender;
    WorkerCall call;
    void *argument;
} Relayed;

static UserPlane *
of(const DataPlane *base)
{
    return (UserPlane *) base;
}

/* the end */

static void
close_workers(UserPlane *plane)
{
    worker_stop(&plane->receiver.worker);
    for (unsigned i = 0; i < plane->n_senders; i++) {
        Sender *sender = &plane->senders[i];

        worker_stop(&sender->worker);
        reports_clear(&sender->reports);
        outbound_table_clear(&sender->table);
        train_clear(&sender->train);
        g_free(sender->packet);
        g_free(sender->segment);
    }
    reports_clear(&plane->receiver.reports);
    receiver_clear(&plane->receiver);
}

static void
user_close(DataPlane *base)
{
    UserPlane *plane = of(base);

    close_workers(plane);
    hosts_let_go(plane);
    tun_close(&plane->tun);
    udp_socket_close(&plane->esp);
    close(plane->bell);
    g_ptr_array_unref(plane->sad);
    g_free(plane->senders);
    g_free(plane);
}

/* calls into the workers */

static void
relay(Worker *worker, void *argument)
{
    const Relayed *relayed = argument;

    relayed->call(&relayed->sender->worker, relayed->argument);
}

void
call_sender(UserPlane *plane, unsigned i, WorkerCall call, void *argument)
{
    Relayed relayed = {&plane->senders[i], call, argument};

    if (plane->receiver.sender)
        worker_call(&plane->receiver.worker, relay, &relayed);
    else
        worker_call(&plane->senders[i].worker, call, argument);
}

static void
call_senders(UserPlane *plane, WorkerCall call, void *argument)
{
    for (unsigned i = 0; i < plane->n_senders; i++)
        call_sender(plane, i, call, argument);
}

static void
set_sender_remote(Worker *worker, void *argument)
{
    Sender *sender = (Sender *) worker;

    sender->remote = *(const Remote *) argument;
    sender->udp_segment = sender->has_udp_segment;
    sender->too_big_said_at = 0;
}

static void
set_receiver_remote(Worker *worker, void *argument)
{
    ((Receiver *) worker)->remote = *(const Remote *) argument;
}

static void
add_inbound(Worker *worker, void *argument)
{
    SaHalf *half = argument;

    g_hash_table_insert(((Receiver *) worker)->sad, GUINT_TO_POINTER(half->name), half);
}

static void
remove_inbound(Worker *worker, void *argument)
{
    const SaHalf *half = argument;

    g_hash_table_remove(((Receiver *) worker)->sad, GUINT_TO_POINTER(half->name));
}

static void
add_outbound(Worker *worker, void *argument)
{
    outbound_table_add(&((Sender *) worker)->table, argument);
}

static void
remove_outbound(Worker *worker, void *argument)
{
    outbound_table_remove(&((Sender *) worker)->table, argument);
}

/* All are of one kind. */
static void
add_counters(DataPlaneCounters *sum, const DataPlaneCounters *counters)
{
    uint64_t *to = (uint64_t *) sum;
    const uint64_t *from = (const uint64_t *) counters;

    G_STATIC_ASSERT(sizeof(*sum) % sizeof(uint64_t) == 0);
    for (size_t i = 0; i < sizeof(*sum) / sizeof(uint64_t); i++)
        to[i] += from[i];
}

static void
add_sender_counters(Worker *worker, void *argument)
{
    add_counters(argument, &((const Sender *) worker)->counters);
}

static void
add_receiver_counters(Worker *worker, void *argument)
{
    add_counters(argument, &((const Receiver *) worker)->counters);
}

/* what the owner asks for */

static const char *
user_device(const DataPlane *base)
{
    return of(base)->tun.name;
}

/* (The NAT-T socket is the owner's, who does the same.) */
static int
route_esp(UserPlane *plane, const IpAddress *remote)
{
    unsigned by_device = 0;
    Route route;

    if (route_lookup_around(remote, if_nametoindex(plane->tun.name), &route) == 0
        && route.is_around)
        by_device = route.if_index;
    return udp_socket_set_device(&plane->esp, by_device);
}

static int
replace_esp_socket(UserPlane *plane, AddressFamily family)
{
    UdpSocket another;
    int r = esp_socket_open(&another, family);

    if (r == 0)
        r = udp_socket_replace(&plane->esp, &another);
    if (r == 0)
        packet_socket_prepare(plane->esp.fd, family);
    return r;
}

/* The NAT-T socket is a new one, and knows nothing of what was asked of the former. */
static int
follow_family(UserPlane *plane, AddressFamily family)
{
    packet_socket_prepare(plane->nat_t->fd, family);
    if (plane->receiver.gro)
        packet_socket_enable_gro(plane->nat_t->fd);
    return plane->esp.fd >= 0 ? replace_esp_socket(plane, family) : 0;
}

static int
user_set_path(DataPlane *base, const Endpoint *local, const Endpoint *remote)
{
    const Endpoint without_port = {.address = remote->address};
    UserPlane *plane = of(base);
    AddressFamily former = plane->remote.remote.address.family;
    int r = 0;

    if (former != FAMILY_NONE && former != remote->address.family)
        r = follow_family(plane, remote->address.family);
    plane->local = *local;
    plane->remote.remote = *remote;
    plane->remote.address_len = socket_address_of(remote, &plane->remote.address);
    socket_address_of(&without_port, &plane->remote.esp_address);
    if (r == 0 && plane->esp.fd >= 0)
        r = route_esp(plane, &remote->address);
    call_senders(plane, set_sender_remote, &plane->remote);
    worker_call(&plane->receiver.worker, set_receiver_remote, &plane->remote);
    return r;
}

static SadEntry *
find_entry(const UserPlane *plane, uint32_t name)
{
    for (guint i = plane->sad->len; i > 0; i--) {
        SadEntry *entry = plane->sad->pdata[i - 1];

        if (entry->name == name)
            return entry;
    }
    return NULL;
}

static void
take_outbound(UserPlane *plane, SadEntry *entry)
{
    if (entry->takes_outbound)
        return;
    entry->takes_outbound = true;
    for (unsigned i = 0; i < plane->n_senders; i++)
        call_sender(plane, i, add_outbound, entry->outbound[i]);
}

static int
user_install(DataPlane *base, const ChildSa *child, bool outbound)
{
    UserPlane *plane = of(base);
    SadEntry *entry;
    int r;

    if (!child->udp_encap && plane->esp.fd < 0)
        return -EOPNOTSUPP;
    if (find_entry(plane, child->inbound_spi))
        return -EEXIST;
    entry = sad_entry_new(child, plane->next_age++, plane->n_senders, plane->cipher);
    if (!entry)
        return -EINVAL;
    r = child->mode == IPSEC_MODE_TRANSPORT ? hosts_divert(plane, child) : 0;
    if (r < 0) {
        sad_entry_free(entry);
        return r;
    }
    g_ptr_array_add(plane->sad, entry);
    worker_call(&plane->receiver.worker, add_inbound, entry->inbound);
    if (outbound)
        take_outbound(plane, entry);
    mtu_limit_segments(plane);
    return 0;
}

static void
user_set_outbound(DataPlane *base, uint32_t inbound_spi)
{
    SadEntry *entry = find_entry(of(base), inbound_spi);

    if (entry)
        take_outbound(of(base), entry);
}

static void
user_remove(DataPlane *base, uint32_t inbound_spi)
{
    UserPlane *plane = of(base);
    SadEntry *entry = find_entry(plane, inbound_spi);

    if (!entry)
        return;
    for (unsigned i = 0; i < plane->n_senders && entry->takes_outbound; i++)
        call_sender(plane, i, remove_outbound, entry->outbound[i]);
    worker_call(&plane->receiver.worker, remove_inbound, entry->inbound);
    g_ptr_array_remove(plane->sad, entry);
}

/* The workers tell by themselves. */
static void
user_refresh(DataPlane *base)
{
}

static DataPlaneCounters
user_counters(DataPlane *base)
{
    UserPlane *plane = of(base);
    DataPlaneCounters sum = {0};

    call_senders(plane, add_sender_counters, &sum);
    worker_call(&plane->receiver.worker, add_receiver_counters, &sum);
    return sum;
}

static int
user_fd(const DataPlane *base)
{
    return of(base)->bell;
}

/* what the workers tell */

static void
take_ike_message(UserPlane *plane, const Report *report)
{
    if (plane->events.ike_message)
        plane->events.ike_message(
            plane->events.owner, bytes_of_gbytes(report->message), &report->from);
    g_bytes_unref(report->message);
}

static void
tell_of_sa(UserPlane *plane, void (*event)(void *, uint32_t), uint32_t spi)
{
    if (event && find_entry(plane, spi))
        event(plane->events.owner, spi);
}

static void
tell_of_failure(UserPlane *plane, int error)
{
    if (plane->failed)
        return;
    plane->failed = true;
    if (plane->events.failed)
        plane->events.failed(plane->events.owner, error);
}

static void
take_report(UserPlane *plane, const Report *report)
{
    const DataPlaneEvents *events = &plane->events;

    switch (report->type) {
    case REPORT_IKE_MESSAGE:
        take_ike_message(plane, report);
        break;
    case REPORT_USED:
        tell_of_sa(plane, events->used, report->spi);
        break;
    case REPORT_EXPIRING:
        tell_of_sa(plane, events->expiring, report->spi);
        break;
    case REPORT_EXPIRED:
        tell_of_sa(plane, events->expired, report->spi);
        break;
    case REPORT_ACQUIRE:
        if (events->acquire)
            events->acquire(events->owner, &report->source, &report->destination);
        break;
    case REPORT_TOO_BIG:
        mtu_fit_path(plane);
        break;
    case REPORT_WITHDRAWN:
        log_info("the kernel refuses to %s; doing without",
                 report->offload == OFFLOAD_UDP_SEGMENT ? "cut datagrams (UDP_SEGMENT)"
                                                        : "take joined packets from us");
        break;
    case REPORT_FAILED:
        tell_of_failure(plane, report->error);
        break;
    }
}

/* No more than fit at once, so that others have their turn. Whether there may be more. */
static bool
take_reports(UserPlane *plane, Reports *reports)
{
    Report report;

    for (int i = 0; i < REPORTS_MAX; i++) {
        if (!reports_take(reports, &report))
            return false;
        take_report(plane, &report);
    }
    return true;
}

static void
user_dispatch(DataPlane *base)
{
    UserPlane *plane = of(base);
    uint64_t count;
    bool more;

    if (read(plane->bell, &count, sizeof(count)) < 0)
        return;
    more = take_reports(plane, &plane->receiver.reports);
    for (unsigned i = 0; i < plane->n_senders; i++)
        more |= take_reports(plane, &plane->senders[i].reports);
    if (more)
        reports_ring(plane->bell);
}

/* the beginning */

static const DataPlaneOperations operations = {
    .close = user_close,
    .device = user_device,
    .set_mtu = user_plane_set_mtu,
    .device_mtu = user_plane_device_mtu,
    .set_path = user_set_path,
    .install = user_install,
    .set_outbound = user_set_outbound,
    .remove = user_remove,
    .refresh = user_refresh,
    .counters = user_counters,
    .fd = user_fd,
    .dispatch = user_dispatch,
};

/* Of the receiving one and those that send; 1: it does both. */
static unsigned
choose_n_threads(const DataPlaneSetup *setup)
{
    unsigned n_processors = g_get_num_processors();

    if (setup->n_threads > 0)
        return MIN(setup->n_threads, 1 + TUN_MAX_QUEUES);
    if (n_processors <= PROCESSORS_PER_SENDER)
        return 1;
    return 1 + MIN(n_processors / PROCESSORS_PER_SENDER, MAX_SENDERS);
}

static int
start_sender(UserPlane *plane, unsigned i, const DataPlaneSetup *setup)
{
    Sender *sender = &plane->senders[i];
    uint64_t seed;

    random_fill(&random_system, &seed, sizeof(seed));
    sender->tun_fd = plane->tun.fds[i];
    sender->has_header = plane->tun.has_header;
    sender->udp_fd = plane->nat_t->fd;
    sender->esp_fd = plane->esp.fd;
    sender->has_company = plane->tun.n_queues > 1;
    sender->has_udp_segment =
        (setup->offloads & OFFLOAD_UDP_SEGMENT) != 0 && packet_socket_has_segment(plane->nat_t->fd);
    sender->udp_segment = sender->has_udp_segment;
    sender->reports.bell = plane->bell;
    sender->packet = g_malloc(READ_ROOM);
    sender->segment = g_malloc(READ_ROOM);
    outbound_table_init(&sender->table, seed);
    train_init(&sender->train);
    sender->worker.work = sender_work;
    sender->worker.fds[0] = sender->tun_fd;
    sender->worker.fds[1] = sender->worker.fds[2] = -1;
    return plane->receiver.sender ? 0 : worker_start(&sender->worker, "esp-out");
}

static unsigned
joins_of(const Tun *tun)
{
    return (tun->segments & TUN_SEGMENTS_TCP ? GRO_JOIN_TCP : 0u)
           | (tun->segments & TUN_SEGMENTS_UDP ? GRO_JOIN_UDP : 0u);
}

static int
start_receiver(UserPlane *plane, const DataPlaneSetup *setup)
{
    Receiver *receiver = &plane->receiver;

    for (unsigned i = 0; i < plane->tun.n_queues; i++)
        receiver->tun_fds[i] = plane->tun.fds[i];
    receiver->n_tun_fds = plane->tun.n_queues;
    receiver->has_header = plane->tun.has_header;
    receiver->nat_t = plane->nat_t;
    receiver->esp = plane->esp.fd >= 0 ? &plane->esp : NULL;
    receiver->gro =
        (setup->offloads & OFFLOAD_UDP_GRO) != 0 && packet_socket_enable_gro(plane->nat_t->fd) == 0;
    receiver->joins = joins_of(&plane->tun);
    receiver->reports.bell = plane->bell;
    receiver_init(receiver);
    receiver->worker.work = receiver_work;
    receiver->worker.fds[0] = plane->nat_t->fd;
    receiver->worker.fds[1] = plane->esp.fd;
    receiver->worker.fds[RECEIVER_TUN] = receiver->sender ? plane->tun.fds[0] : -1;
    return worker_start(&receiver->worker, receiver->sender ? "esp" : "esp-in");
}

/* Where it is not allowed, what is encapsulated goes all the same. */
static void
open_esp_socket(UserPlane *plane)
{
    int r = esp_socket_open(&plane->esp, plane->nat_t->family);

    if (r < 0) {
        plane->esp.fd = -1;
        log_notice("ESP without UDP cannot be sent or received: %s", g_strerror(-r));
    } else {
        packet_socket_prepare(plane->esp.fd, plane->esp.family);
    }
}

static int
start(UserPlane *plane, const DataPlaneSetup *setup)
{
    unsigned n_threads = choose_n_threads(setup);
    const TunSetup tun = {
        .pattern = setup->device,
        .wants_segments = (setup->offloads & OFFLOAD_TUN_SEGMENTS) != 0,
        .n_queues = MAX(n_threads - 1, 1),
    };
    int r = tun_open(&plane->tun, &tun);

    if (r < 0)
        return r;
    packet_socket_prepare(plane->nat_t->fd, plane->nat_t->family);
    if (setup->raw_esp)
        open_esp_socket(plane);
    plane->senders = g_new0(Sender, plane->tun.n_queues);
    if (n_threads == 1)
        plane->receiver.sender = &plane->senders[0];
    while (r == 0 && plane->n_senders < plane->tun.n_queues)
        r = start_sender(plane, plane->n_senders++, setup);
    return r == 0 ? start_receiver(plane, setup) : r;
}

static void
free_entry(void *entry)
{
    sad_entry_free(entry);
}

int
user_plane_open(DataPlane **out, const DataPlaneSetup *setup, const DataPlaneEvents *events)
{
    UserPlane *plane = g_new0(UserPlane, 1);
    int r;

    plane->base.operations = &operations;
    plane->nat_t = setup->nat_t;
    plane->esp.fd = -1;
    plane->ike = setup->ike;
    plane->tun = TUN_CLOSED;
    plane->events = *events;
    plane->cipher = setup->cipher;
    plane->keeps_ipv6 = setup->keeps_ipv6;
    plane->sad = g_ptr_array_new_with_free_func(free_entry);
    plane->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r = plane->bell < 0 ? -errno : start(plane, setup);
    if (r < 0)
        user_close(&plane->base);
    else
        *out = &plane->base;
    return r;
}
