/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dataplane/carrier.h"
#include "dataplane/gro-join.h"
#include "dataplane/userspace/reports.h"
#include "dataplane/userspace/sad.h"
#include "dataplane/userspace/train.h"
#include "dataplane/userspace/transport.h"
#include "dataplane/userspace/worker.h"
#include "platform/socket-address.h"
#include "platform/tun.h"

/* What the files of this folder share. Threads:
 *
 *   the owner's  control.c: the SAD, the device, calls into the workers, their reports
 *   sending      one for each queue of the device: TUN -> policy -> cut -> seal -> socket
 *   receiving    one: socket -> SPI -> open -> selectors -> join -> TUN
 *
 * With two processors or less the receiving thread sends, too: the other processor is the
 * programs'. */

enum { READ_ROOM = VNET_HEADER_LEN + PACKET_MAX_LEN + 1 };

/* Where a worker sends to, or takes from. */
typedef struct {
    Endpoint remote; /* its port is that of NAT traversal */
    SocketAddress address;
    SocketAddress esp_address; /* without a port */
    socklen_t address_len;
} Remote;

typedef struct {
    Worker worker; /* first: its calls are given it */
    Reports reports;
    DataPlaneCounters counters;
    Remote remote;
    uint32_t mtu; /* of the device */

    int tun_fd;
    bool has_header; /* as Tun's */
    int udp_fd;
    int esp_fd;           /* -1: no raw ESP */
    bool has_company;     /* other threads send for the same SAs */
    bool is_calm;         /* packets come one by one: the next does not wait for another */
    bool stalled;         /* the socket had no room for too long: others have their turn first */
    bool has_udp_segment; /* the kernel knows it and we may use it */
    bool udp_segment;     /* … and nothing on this path has refused it */
    OutboundTable table;
    Train train;
    uint32_t whole_len;      /* of a UDP payload that the path takes whole; 0: not known */
    int64_t too_big_said_at; /* seconds of the coarse clock; 0: not since the MTU was set */
    int64_t acquire_said_at; /* seconds of the coarse clock */
    uint8_t *packet;         /* READ_ROOM bytes: what was read last */
    uint8_t *segment;        /* READ_ROOM bytes: a packet of transport mode, with its header */
} Sender;

enum { RECEIVER_UDP, RECEIVER_ESP, RECEIVER_TUN }; /* places of the receiver's descriptors */

enum {
    RECEIVE_BUFFERS = 64,
    RECEIVE_BUFFERS_GRO = GRO_MAX_PACKETS / 64, /* each may have 64 datagrams */
    RECEIVE_ROOM = 65536,                       /* the largest datagram, or many in one */
    REBUILT_ROOM = RECEIVE_BUFFERS * RECEIVE_ROOM + GRO_MAX_PACKETS * TRANSPORT_MAX_HEADER,
};

typedef struct Incoming Incoming;

typedef struct {
    Worker worker;
    Reports reports;
    DataPlaneCounters counters;
    Remote remote;
    uint32_t mtu;

    int tun_fds[TUN_MAX_QUEUES];
    unsigned n_tun_fds;
    bool has_header;
    UdpSocket *nat_t;
    UdpSocket *esp; /* NULL: no raw ESP */
    bool gro;
    unsigned joins;   /* of GroJoin: what the device takes */
    Sender *sender;   /* works on this thread too; NULL: has one of its own */
    GHashTable *sad;  /* of SaHalf, by SPI */
    uint8_t *buffers; /* RECEIVE_BUFFERS of RECEIVE_ROOM; only those that are used become memory */
    Incoming *incoming;
    GroTable *table;
    uint8_t *rebuilt; /* REBUILT_ROOM bytes: packets of transport mode, with their headers */
    size_t rebuilt_len;
} Receiver;

typedef struct {
    DataPlane base;
    UdpSocket *nat_t;
    UdpSocket esp;  /* -1: none */
    UdpSocket *ike; /* NULL: none */
    Endpoint local;
    IpAddress diverted; /* whose traffic a rule sends into the device; FAMILY_NONE: nobody's */
    Tun tun;
    uint32_t mtu; /* of the device; 0: never set */
    Remote remote;
    DataPlaneEvents events;
    PacketCipherImplementation cipher;
    bool keeps_ipv6; /* DataPlaneSetup */
    GPtrArray *sad;  /* of SadEntry, oldest first */
    unsigned next_age;
    int bell; /* what the owner polls */
    bool failed;
    Sender *senders;
    unsigned n_senders;
    Receiver receiver;
} UserPlane;

/* sender.c */
bool sender_work(Worker *worker);

/* receiver.c */
bool receiver_work(Worker *worker);
void receiver_init(Receiver *receiver);
void receiver_clear(Receiver *receiver);

/* control.c: a call to sender i, on whatever thread it works */
void call_sender(UserPlane *plane, unsigned i, WorkerCall call, void *argument);

/* mtu.c; on the owner's thread */

/* Keeps the kernel from making super-packets that do not fit one send. */
void mtu_limit_segments(UserPlane *plane);

/* The path refused a packet as too big. Makes the device's MTU fit the path. */
void mtu_fit_path(UserPlane *plane);
int user_plane_set_mtu(DataPlane *base, uint32_t mtu);
uint32_t user_plane_device_mtu(const DataPlane *base, uint32_t mtu);

/* hosts.c: transport mode's Child SAs are between two hosts, whose traffic must come through the
 * device. -EOPNOTSUPP if the selectors are others'. */
int hosts_divert(UserPlane *plane, const ChildSa *child);
void hosts_let_go(UserPlane *plane);

/* Seconds of a clock that costs nothing to read, for "at most once a second". Never 0. */
int64_t coarse_seconds(void);

/* After packets went through a half: tells of a lifetime that runs out, once each. */
void report_age(Reports *reports, SaHalf *half, SaAge age);
