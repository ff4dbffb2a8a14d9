/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/internal.h"

#include <errno.h>
#include <poll.h>
#include <sys/uio.h>

enum {
    SEND_PATIENCE = 20 /* ms that a full socket may take to drain before packets are dropped */
};

/* The messages of one sendmmsg(). */
typedef struct {
    struct mmsghdr messages[PACKET_BATCH];
    struct iovec parts[PACKET_BATCH];
    size_t inner_lens[PACKET_BATCH];
    unsigned n;
} Outgoing;

/* 0 if there may be more, -EAGAIN if there is nothing more now, or why the device is of no use. */
static int
read_batch(UserPlane *plane, Batch *batch)
{
    for (batch->n = 0; batch->n < PACKET_BATCH; batch->n++) {
        Packet packet = plane_packet(plane, batch->n, 0);
        int r = tun_read(&plane->tun, packet_data(&packet), PACKET_MAX_LEN);

        if (r < 0)
            return r;
        packet.len = (size_t) r;
        batch->packets[batch->n] = packet;
    }
    return 0;
}

/* Keeps of the batch what a Child SA takes. */
static void
choose_sas(UserPlane *plane, Batch *batch)
{
    size_t kept = 0;

    for (size_t i = 0; i < batch->n; i++) {
        InnerPacket inner;
        SadEntry *entry = NULL;

        if (inner_packet_read(packet_view(&batch->packets[i]), &inner))
            entry = sad_find_outbound(plane, &inner);
        if (!entry) {
            plane->counters.drop_no_sa++;
            continue;
        }
        batch->entries[kept] = entry;
        batch->inner_lens[kept] = batch->packets[i].len;
        batch->packets[kept++] = batch->packets[i];
    }
    batch->n = kept;
}

static void
seal(UserPlane *plane, Batch *batch)
{
    for (size_t i = 0, run; i < batch->n; i += run) {
        run = batch_run(batch, i);
        esp_seal(batch->entries[i]->outbound, &batch->packets[i], NULL, &batch->results[i], run);
        sad_entry_report(plane, batch->entries[i]);
    }
}

static void
address_packets(UserPlane *plane, Batch *batch, Outgoing *out)
{
    out->n = 0;
    for (size_t i = 0; i < batch->n; i++) {
        const Packet *packet = &batch->packets[i];

        if (batch->results[i] != ESP_OK) {
            plane->counters.drop_sequence++;
            continue;
        }
        out->parts[out->n] = (struct iovec){packet_data(packet), packet->len};
        out->messages[out->n].msg_hdr = (struct msghdr){
            .msg_name = &plane->remote_address,
            .msg_namelen = plane->remote_address_len,
            .msg_iov = &out->parts[out->n],
            .msg_iovlen = 1,
        };
        out->inner_lens[out->n] = batch->inner_lens[i];
        out->n++;
    }
}

static void
count_sent(UserPlane *plane, const size_t *inner_lens, size_t n)
{
    for (size_t i = 0; i < n; i++)
        plane->counters.out_bytes += inner_lens[i];
    plane->counters.out_packets += n;
}

static bool
becomes_writable(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};

    return poll(&wait, 1, SEND_PATIENCE) > 0;
}

static void
count_unsent(UserPlane *plane, int error)
{
    if (error == EMSGSIZE) {
        plane->counters.drop_too_big++;
        mtu_fit_path(plane);
    } else {
        plane->counters.drop_send++;
    }
}

/* sendmmsg() reports an error of its first message only, and the error may be an ICMP's that an
 * earlier datagram caused: so a message is given up when it fails twice. */
static void
send_all(UserPlane *plane, Outgoing *out)
{
    unsigned done = 0;
    int failures = 0;

    while (done < out->n) {
        int sent = sendmmsg(plane->nat_t->fd, &out->messages[done], out->n - done, 0);

        if (sent > 0) {
            count_sent(plane, &out->inner_lens[done], (size_t) sent);
            done += (unsigned) sent;
            failures = 0;
        } else if (errno == EAGAIN && !becomes_writable(plane->nat_t->fd)) {
            plane->counters.drop_send += out->n - done;
            return;
        } else if (errno != EAGAIN && ++failures == 2) {
            count_unsent(plane, errno);
            done++;
            failures = 0;
        }
    }
}

int
user_plane_tun_ready(UserPlane *plane)
{
    Batch *batch = &plane->batch;
    Outgoing out;

    for (int i = 0; i < BATCHES_AT_ONCE; i++) {
        int r = read_batch(plane, batch);

        choose_sas(plane, batch);
        seal(plane, batch);
        address_packets(plane, batch, &out);
        send_all(plane, &out);
        if (r < 0)
            return r == -EAGAIN || r == -EINTR ? 0 : r;
    }
    return 0;
}
