/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dataplane/carrier.h"
#include "dataplane/inner-packet.h"
#include "dataplane/policy.h"
#include "esp/esp-sa.h"
#include "platform/socket-address.h"
#include "platform/tun.h"

enum {
    /* Room for the largest packet; only the pages that packets touch become real memory. */
    BUFFER_SIZE = PACKET_HEADROOM + PACKET_MAX_LEN + 1 + PACKET_TAILROOM,
    BATCHES_AT_ONCE = 4, /* in one call, so that nobody starves */
};

/* A Child SA that the data plane carries: its SAD entries and its policy. */
typedef struct {
    uint32_t inbound_spi;
    EspSa *inbound;
    EspSa *outbound;
    EspProposal proposal;
    TrafficSelector local_ts;
    TrafficSelector remote_ts;
    uint64_t soft_bytes;
    bool takes_outbound;
    bool reported_first_inbound;
    bool reported_expiring;
} SadEntry;

/* The packets of one step; entries[i] is what carries packets[i]. */
typedef struct {
    Packet packets[PACKET_BATCH];
    SadEntry *entries[PACKET_BATCH];
    size_t inner_lens[PACKET_BATCH];
    EspResult results[PACKET_BATCH];
    size_t n;
} Batch;

typedef struct {
    DataPlane base;
    int epoll;
    UdpSocket *nat_t;
    Tun tun;
    DataPlaneEvents events;
    Endpoint remote;
    SocketAddress remote_address;
    socklen_t remote_address_len;
    GPtrArray *sad; /* of SadEntry, oldest first */
    uint32_t mtu;   /* of the TUN device; 0: never set */
    DataPlaneCounters counters;
    uint8_t *buffers; /* PACKET_BATCH of BUFFER_SIZE: a batch is done before the next begins */
    Batch batch;
} UserPlane;

int user_plane_tun_ready(UserPlane *plane);
void user_plane_socket_ready(UserPlane *plane);
int user_plane_set_mtu(DataPlane *base, uint32_t mtu);

/* sad.c */
SadEntry *sad_entry_new(const ChildSa *child);
void sad_entry_free(SadEntry *entry);
SadEntry *sad_find(const UserPlane *plane, uint32_t inbound_spi);
/* The newest that takes outbound packets and whose selectors match; NULL if there is none. */
SadEntry *sad_find_outbound(const UserPlane *plane, const InnerPacket *packet);
/* Tells the owner, once each, of a first packet and of a lifetime that runs out. */
void sad_entry_report(UserPlane *plane, SadEntry *entry);

/* The number of packets from first on that one SA carries. */
size_t batch_run(const Batch *batch, size_t first);

/* A fresh packet in buffer number i, starting behind the headroom; room for PACKET_MAX_LEN. */
Packet plane_packet(const UserPlane *plane, size_t i, size_t len);

/* mtu.c: the path refused a packet as too big. Makes the device's MTU fit the path. */
void mtu_fit_path(UserPlane *plane);
