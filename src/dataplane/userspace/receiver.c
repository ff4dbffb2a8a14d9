/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/ecn.h"
#include "dataplane/mss.h"
#include "dataplane/policy.h"
#include "dataplane/userspace/receive.h"

#include <errno.h>
#include <string.h>

enum {
    MARKER_LEN = 4,          /* the non-ESP marker, where an SPI would be (RFC 3948, 2.2) */
    NAT_KEEPALIVE = 0xff,    /* RFC 3948, 2.3 */
    BATCHES_AT_ONCE = 4,     /* then calls have their turn */
    MAX_IKE_LEN = 32 * 1024, /* bytes: many certificates, and 256 of them still little memory */
};

/* ESP packets of one SA in a row. */
typedef struct {
    SaHalf *half;
    size_t n;
    Packet packets[PACKET_BATCH];
    uint8_t toses[PACKET_BATCH]; /* of their outer headers */
} Run;

static void
report_use(Receiver *receiver, SaHalf *half)
{
    const Report report = {.type = REPORT_USED, .spi = half->name};
    int64_t now = coarse_seconds();

    if (half->used_reported_at != now && reports_post(&receiver->reports, &report))
        half->used_reported_at = now;
}

/* Gives a packet of transport mode its header back; what was opened stands right behind another
 * packet, so it moves. */
static bool
rebuild(Receiver *receiver, const SaHalf *half, Packet *packet, uint8_t next_header, uint8_t tos)
{
    uint8_t *out = receiver->rebuilt + receiver->rebuilt_len;
    size_t header_len = transport_write_header(half, tos, next_header, packet->len, out);

    if (header_len == 0)
        return false;
    memcpy(out + header_len, packet_data(packet), packet->len);
    *packet = (Packet){.buffer = out, .len = header_len + packet->len};
    receiver->rebuilt_len += packet->len;
    return true;
}

/* RFC 4301, 5.2: what came through an SA must be what the SA is for. Cuts off padding behind the
 * inner packet. */
static bool
may_come_in(const SaHalf *half, Packet *packet, uint8_t next_header, InnerPacket *out_inner)
{
    if (!inner_packet_read(packet_view(packet), out_inner))
        return false;
    if (half->mode == IPSEC_MODE_TUNNEL
        && next_header != (out_inner->source.family == FAMILY_IPV4 ? IPPROTO_IPIP : IPPROTO_IPV6))
        return false;
    packet->len = out_inner->len;
    return policy_permits(&half->remote_ts, &half->local_ts, out_inner);
}

/* Kernels since Linux 6.9 join more than 64 datagrams. */
static void
make_room(Receiver *receiver)
{
    if (receiver->table->n_packets < GRO_MAX_PACKETS)
        return;
    receiver_write(receiver);
    gro_begin(receiver->table, receiver->joins);
}

static void
deliver(Receiver *receiver, const SaHalf *half, Packet *packet, uint8_t next_header, uint8_t tos)
{
    InnerPacket inner;

    if (half->mode == IPSEC_MODE_TRANSPORT && !rebuild(receiver, half, packet, next_header, tos)) {
        receiver->counters.drop_malformed++;
        return;
    }
    if (!may_come_in(half, packet, next_header, &inner)) {
        receiver->counters.drop_selectors++;
        return;
    }
    if (!ecn_decapsulate(packet_data(packet), packet->len, tos)) {
        receiver->counters.drop_ecn++;
        return;
    }
    if (inner.protocol == IPPROTO_TCP)
        mss_clamp(packet_data(packet), &inner, receiver->mtu);
    receiver->counters.in_packets++;
    receiver->counters.in_bytes += packet->len;
    make_room(receiver);
    gro_add(receiver->table, packet_data(packet), &inner);
}

static void
count_drop(DataPlaneCounters *counters, EspResult result)
{
    switch (result) {
    case ESP_DROP_DUMMY:
        break;
    case ESP_DROP_REPLAY:
        counters->drop_replay++;
        break;
    case ESP_DROP_ICV:
        counters->drop_icv++;
        break;
    default:
        counters->drop_malformed++;
        break;
    }
}

static void
open_run(Receiver *receiver, Run *run)
{
    SaHalf *half = run->half;
    EspResult results[PACKET_BATCH];
    uint8_t next_headers[PACKET_BATCH];
    uint64_t bytes = 0;
    size_t good = 0;

    esp_open(half->esp, run->packets, results, next_headers, run->n);
    for (size_t i = 0; i < run->n; i++) {
        if (results[i] != ESP_OK) {
            count_drop(&receiver->counters, results[i]);
            continue;
        }
        good++;
        bytes += run->packets[i].len;
        deliver(receiver, half, &run->packets[i], next_headers[i], run->toses[i]);
    }
    if (good > 0) {
        report_use(receiver, half);
        report_age(&receiver->reports, half, sa_half_count(half, bytes, good));
    }
    run->n = 0;
}

static void
end_run(Receiver *receiver, Run *run)
{
    if (run->n > 0)
        open_run(receiver, run);
}

static void
add_to_run(Receiver *receiver, Run *run, SaHalf *half, const Datagram *datagram)
{
    if (run->n == PACKET_BATCH || (run->n > 0 && run->half != half))
        end_run(receiver, run);
    run->half = half;
    run->toses[run->n] = datagram->tos;
    run->packets[run->n++] = (Packet){
        .buffer = datagram->data,
        .capacity = datagram->len,
        .len = datagram->len,
    };
}

static void
pass_to_ike(Receiver *receiver, const Datagram *datagram)
{
    const Report report = {
        .type = REPORT_IKE_MESSAGE,
        .message = g_bytes_new(datagram->data + MARKER_LEN, datagram->len - MARKER_LEN),
        .from = *datagram->from,
    };

    if (reports_post(&receiver->reports, &report))
        return;
    g_bytes_unref(report.message);
    receiver->counters.drop_ike++;
}

static SaHalf *
find_half(const Receiver *receiver, const Run *run, uint32_t spi)
{
    if (run->n > 0 && run->half->name == spi)
        return run->half;
    return g_hash_table_lookup(receiver->sad, GUINT_TO_POINTER(spi));
}

static void
refuse_spent(Receiver *receiver, SaHalf *half)
{
    receiver->counters.drop_sequence++;
    report_age(&receiver->reports, half, SA_EXPIRED);
}

/* RFC 3948, 2.2 and 2.3: what shares the port is told apart by its beginning. */
static void
sort(Receiver *receiver, Run *run, const Datagram *datagram)
{
    SaHalf *half;
    uint32_t spi = 0;

    if (datagram->len == 1 && datagram->data[0] == NAT_KEEPALIVE)
        return;
    if (datagram->len < sizeof(spi)) {
        receiver->counters.drop_malformed++;
        return;
    }
    memcpy(&spi, datagram->data, sizeof(spi));
    if (spi == 0 && datagram->in_udp && datagram->len > MAX_IKE_LEN) {
        receiver->counters.drop_ike++;
        return;
    }
    if (spi == 0 && datagram->in_udp) {
        pass_to_ike(receiver, datagram);
        return;
    }
    half = find_half(receiver, run, GUINT32_FROM_BE(spi));
    if (!half)
        receiver->counters.drop_unknown_spi++;
    else if (sa_half_is_spent(half))
        refuse_spent(receiver, half);
    else
        add_to_run(receiver, run, half, datagram);
}

/* The port is another after a NAT has lost its mapping: IKE will follow it. */
static bool
is_from_remote(const Receiver *receiver, const Datagram *datagram)
{
    return ip_address_equal(&datagram->from->address, &receiver->remote.remote.address);
}

static void
take_batch(Receiver *receiver, bool in_udp, size_t n)
{
    Run run = {.n = 0};
    Datagrams datagrams;
    Datagram datagram;

    gro_begin(receiver->table, receiver->joins);
    receiver->rebuilt_len = 0;
    datagrams_begin(&datagrams, receiver, in_udp, n);
    while (datagrams_next(&datagrams, &datagram)) {
        if (is_from_remote(receiver, &datagram))
            sort(receiver, &run, &datagram);
        else
            receiver->counters.drop_foreign++;
    }
    end_run(receiver, &run);
    receiver_write(receiver);
}

/* Place i of the worker's descriptors. Whether there is more: a batch that is not full was the
 * last.
 */
static bool
receive(Receiver *receiver, UdpSocket *socket, int i)
{
    bool in_udp = i == RECEIVER_UDP, full = (receiver->worker.ready & 1u << i) != 0;

    if (receiver->worker.failing & 1u << i)
        receiver_take_errors(receiver, socket);
    for (int k = 0; k < BATCHES_AT_ONCE && full; k++) {
        int n = receiver_receive(receiver, socket, in_udp);

        if (n < 0)
            return false;
        take_batch(receiver, in_udp, (size_t) n);
        full = n == receiver_room(receiver, in_udp);
    }
    return full;
}

/* The sending side, where it has no thread of its own. */
static bool
send_too(Receiver *receiver)
{
    Worker *sender = &receiver->sender->worker;
    bool more = sender_work(sender);

    receiver->worker.fds[RECEIVER_TUN] = sender->fds[0];
    return more;
}

bool
receiver_work(Worker *worker)
{
    Receiver *receiver = (Receiver *) worker;
    bool more = receive(receiver, receiver->nat_t, RECEIVER_UDP);

    if (receiver->esp)
        more |= receive(receiver, receiver->esp, RECEIVER_ESP);
    if (receiver->sender && (worker->ready & 1u << RECEIVER_TUN))
        more |= send_too(receiver);
    return more;
}
