/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

enum {
    MARKER_LEN = 4,       /* the non-ESP marker, where an SPI would be (RFC 3948, 2.2) */
    NAT_KEEPALIVE = 0xff, /* RFC 3948, 2.3 */
    MAX_ERRORS = 64,      /* taken off the error queue in one go */
};

/* The messages of one recvmmsg(). */
typedef struct {
    struct mmsghdr messages[PACKET_BATCH];
    struct iovec parts[PACKET_BATCH];
    SocketAddress from[PACKET_BATCH];
} Incoming;

/* The number of datagrams, or a negative errno. */
static int
receive_batch(UserPlane *plane, Incoming *in)
{
    int n;

    for (size_t i = 0; i < PACKET_BATCH; i++) {
        Packet packet = plane_packet(plane, i, 0);

        in->parts[i] = (struct iovec){packet_data(&packet), PACKET_MAX_LEN};
        in->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &in->from[i],
            .msg_namelen = sizeof(in->from[i]),
            .msg_iov = &in->parts[i],
            .msg_iovlen = 1,
        };
    }
    n = recvmmsg(plane->nat_t->fd, in->messages, PACKET_BATCH, MSG_DONTWAIT, NULL);
    return n < 0 ? -errno : n;
}

static bool
is_ike(Bytes datagram)
{
    static const uint8_t marker[MARKER_LEN];

    return bytes_equal(bytes_head(datagram, MARKER_LEN), BYTES_OF_ARRAY(marker));
}

static uint32_t
spi_of(Bytes datagram)
{
    uint32_t spi;

    memcpy(&spi, datagram.data, sizeof(spi));
    return GUINT32_FROM_BE(spi);
}

static void
pass_to_ike(UserPlane *plane, Bytes datagram, const Endpoint *from)
{
    Bytes message = bytes_of(datagram.data + MARKER_LEN, datagram.len - MARKER_LEN);

    if (plane->events.ike_message)
        plane->events.ike_message(plane->events.owner, message, from);
}

/* The SA whose packet the datagram is; NULL if it is something else, which is then dealt with. */
static SadEntry *
sort(UserPlane *plane, Bytes datagram, const Endpoint *from)
{
    SadEntry *entry;

    /* The port is another after a NAT has lost its mapping: IKE will follow it. */
    if (!ip_address_equal(&from->address, &plane->remote.address)) {
        plane->counters.drop_foreign++;
        return NULL;
    }
    if (datagram.len == 1 && datagram.data[0] == NAT_KEEPALIVE)
        return NULL;
    if (datagram.len < MARKER_LEN) {
        plane->counters.drop_malformed++;
        return NULL;
    }
    if (is_ike(datagram)) {
        pass_to_ike(plane, datagram, from);
        return NULL;
    }
    entry = sad_find(plane, spi_of(datagram));
    if (!entry)
        plane->counters.drop_unknown_spi++;
    return entry;
}

/* Leaves in the batch what is ESP of ours. */
static void
sort_batch(UserPlane *plane, const Incoming *in, size_t n, Batch *batch)
{
    batch->n = 0;
    for (size_t i = 0; i < n; i++) {
        Packet packet = plane_packet(plane, i, in->messages[i].msg_len);
        Endpoint from = endpoint_of_socket_address(&in->from[i]);
        SadEntry *entry = sort(plane, packet_view(&packet), &from);

        if (!entry)
            continue;
        batch->entries[batch->n] = entry;
        batch->packets[batch->n] = packet;
        batch->n++;
    }
}

/* RFC 4301, 5.2: what came through an SA must be what the SA is for. Cuts off padding behind the
 * inner packet. */
static bool
may_come_in(const SadEntry *entry, Packet *packet, uint8_t next_header)
{
    InnerPacket inner;

    if (!inner_packet_read(packet_view(packet), &inner))
        return false;
    if (next_header != (inner.source.family == FAMILY_IPV4 ? IPPROTO_IPIP : IPPROTO_IPV6))
        return false;
    packet->len = inner.len;
    return policy_permits(&entry->remote_ts, &entry->local_ts, &inner);
}

static void
deliver(UserPlane *plane, const SadEntry *entry, Packet *packet, uint8_t next_header)
{
    if (!may_come_in(entry, packet, next_header)) {
        plane->counters.drop_selectors++;
        return;
    }
    if (tun_write(&plane->tun, packet_view(packet)) < 0) {
        plane->counters.drop_device++;
        return;
    }
    plane->counters.in_packets++;
    plane->counters.in_bytes += packet->len;
}

static void
open_run(UserPlane *plane, Batch *batch, size_t first, size_t n)
{
    SadEntry *entry = batch->entries[first];
    EspResult *results = &batch->results[first];
    uint8_t next_headers[PACKET_BATCH];

    esp_open(entry->inbound, &batch->packets[first], results, next_headers, n);
    for (size_t i = 0; i < n; i++) {
        if (results[i] == ESP_OK)
            deliver(plane, entry, &batch->packets[first + i], next_headers[i]);
        else if (results[i] != ESP_DROP_DUMMY)
            plane->counters.drop_malformed++;
    }
    sad_entry_report(plane, entry);
}

static void
open_batch(UserPlane *plane, Batch *batch)
{
    for (size_t i = 0, run; i < batch->n; i += run) {
        run = batch_run(batch, i);
        open_run(plane, batch, i, run);
    }
}

/* ICMP errors keep the descriptor ready until they are taken. Liveness is IKE's to judge: anybody
 * can forge them. */
static void
drop_errors(UserPlane *plane)
{
    for (int i = 0; i < MAX_ERRORS && udp_socket_take_error(plane->nat_t) < 0; i++)
        ;
}

void
user_plane_socket_ready(UserPlane *plane)
{
    Incoming in;

    for (int i = 0; i < BATCHES_AT_ONCE; i++) {
        int n = receive_batch(plane, &in);

        if (n < 0) {
            drop_errors(plane);
            return;
        }
        sort_batch(plane, &in, (size_t) n, &plane->batch);
        open_batch(plane, &plane->batch);
        if (n < PACKET_BATCH)
            return;
    }
}
