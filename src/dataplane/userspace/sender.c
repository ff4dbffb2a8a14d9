/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/ecn.h"
#include "dataplane/gso-cut.h"
#include "dataplane/mss.h"
#include "dataplane/userspace/send.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { READS_AT_ONCE = 64 /* then calls have their turn */ };

/* What was placed and could not be sealed. */
static void
count_unsealed(Sender *sender, size_t n)
{
    Train *train = &sender->train;

    if (train->results[train->n - 1] == ESP_DROP_SEQUENCE_EXHAUSTED) {
        sender->counters.drop_sequence += n;
        report_age(&sender->reports, train->half, SA_EXPIRED);
    } else {
        sender->counters.drop_send += n;
    }
}

static void
leave(Sender *sender)
{
    Train *train = &sender->train;
    SaHalf *half = train->half;
    size_t n;

    if (train->n == 0)
        return;
    n = train_seal(train);
    if (n < train->n)
        count_unsealed(sender, train->n - n);
    if (n > 0) {
        if (sender->has_company)
            sa_half_wait_for_turn(half, train_number(train, 0));
        sender_send(sender, n);
        if (sender->has_company)
            sa_half_has_departed(half, train_number(train, n - 1));
        report_age(&sender->reports, half, sa_half_count(half, train_inner_bytes(train, 0, n), n));
    }
    train_empty(train);
}

/* At most once a second: who waits for a Child SA asks again. */
static void
ask_for_sa(Sender *sender, const InnerPacket *inner)
{
    const Report report = {
        .type = REPORT_ACQUIRE,
        .source = inner->source,
        .destination = inner->destination,
    };
    int64_t now = coarse_seconds();

    sender->counters.drop_no_sa++;
    if (sender->acquire_said_at != now && reports_post(&sender->reports, &report))
        sender->acquire_said_at = now;
}

static uint8_t *
place(Sender *sender, SaHalf *half, uint8_t tos, size_t len)
{
    uint8_t *out = train_place(&sender->train, half, tos, len);

    if (out)
        return out;
    leave(sender);
    return train_place(&sender->train, half, tos, len);
}

/* Each segment is written to where it will be sealed and sent from. */
static void
load(Sender *sender, SaHalf *half, const GsoCut *cut, const InnerPacket *inner)
{
    uint8_t tos = ecn_outer_tos(cut->packet);

    for (size_t i = 0; i < cut->n; i++) {
        uint8_t *out = place(sender, half, tos, gso_cut_len(cut, i));

        gso_cut_write(cut, i, out);
        if (cut->n == 1 && inner->protocol == IPPROTO_TCP)
            mss_clamp(out, inner, sender->mtu);
    }
}

/* Without their headers, so they are written elsewhere first. */
static void
load_texts(Sender *sender, SaHalf *half, const GsoCut *cut, const InnerPacket *inner)
{
    uint8_t tos = ecn_outer_tos(cut->packet);
    uint8_t next_header;
    size_t offset;

    if (!transport_text(cut->packet, inner, &offset, &next_header)) {
        sender->counters.drop_device += cut->n;
        return;
    }
    for (size_t i = 0; i < cut->n; i++) {
        size_t len = gso_cut_len(cut, i);

        gso_cut_write(cut, i, sender->segment);
        if (cut->n == 1 && inner->protocol == IPPROTO_TCP)
            mss_clamp(sender->segment, inner, sender->mtu);
        memcpy(place(sender, half, tos, len - offset), sender->segment + offset, len - offset);
        train_set_next_header(&sender->train, next_header);
    }
}

static void
refuse_spent(Sender *sender, SaHalf *half, size_t n)
{
    sender->counters.drop_sequence += n;
    report_age(&sender->reports, half, SA_EXPIRED);
}

static void
take_packet(Sender *sender, const VnetHeader *header, Bytes packet)
{
    InnerPacket inner;
    GsoCut cut;
    SaHalf *half;

    if (!inner_packet_read(packet, &inner) || !gso_cut_begin(&cut, header, packet)) {
        sender->counters.drop_device++;
        return;
    }
    half = outbound_table_find(&sender->table, &inner);
    if (!half)
        ask_for_sa(sender, &inner);
    else if (sa_half_is_spent(half))
        refuse_spent(sender, half, cut.n);
    else if (!half->udp_encap && sender->esp_fd < 0)
        sender->counters.drop_send += cut.n;
    else if (half->mode == IPSEC_MODE_TRANSPORT)
        load_texts(sender, half, &cut, &inner);
    else
        load(sender, half, &cut, &inner);
}

/* One packet, behind its header if the device gives one. 0, or a negative errno. (One buffer for
 * both: a small packet would notice two.) */
static int
read_packet(Sender *sender, VnetHeader *header, Bytes *out)
{
    size_t skip = sender->has_header ? sizeof(*header) : 0;
    ssize_t len = read(sender->tun_fd, sender->packet, READ_ROOM);

    if (len < 0)
        return -errno;
    if ((size_t) len < skip)
        skip = (size_t) len;
    else
        memcpy(header, sender->packet, skip);
    *out = bytes_of(sender->packet + skip, (size_t) len - skip);
    return 0;
}

/* The device is gone, or of no use. The worker goes on serving calls. */
static void
give_up(Sender *sender, int error)
{
    const Report report = {.type = REPORT_FAILED, .error = error};

    if (reports_post(&sender->reports, &report))
        sender->worker.fds[0] = -1;
}

bool
sender_work(Worker *worker)
{
    Sender *sender = (Sender *) worker;
    int r = -EAGAIN, n = 0;

    if (worker->fds[0] < 0)
        return false;
    sender->stalled = false;
    for (int i = 0; i < READS_AT_ONCE && !sender->stalled && !worker_is_called(worker); i++) {
        VnetHeader header = {0};
        Bytes packet;

        r = read_packet(sender, &header, &packet);
        if (r < 0)
            break;
        take_packet(sender, &header, packet);
        n++;
        if (sender->is_calm)
            leave(sender);
        sender->is_calm = false;
    }
    leave(sender);
    sender->is_calm = n == 1;
    if (r < 0 && r != -EAGAIN && r != -EINTR)
        give_up(sender, r);
    return r == 0;
}
