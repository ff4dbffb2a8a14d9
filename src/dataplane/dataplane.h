/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "crypto/packet-cipher.h"
#include "model/child-sa.h"
#include "model/connection-config.h"
#include "platform/udp-socket.h"

/* What carries Child SAs: the kernel's XFRM, or threads of our own between a TUN device and the
 * sockets. All functions are called from one thread, the owner's. */
typedef struct DataPlane DataPlane;

/* What the owner is told, from within data_plane_dispatch() only; any may be NULL. The owner may
 * call every function of the data plane from there but data_plane_close(). */
typedef struct {
    /* An IKE message arrived on the NAT-T socket; the non-ESP marker is already off. */
    void (*ike_message)(void *owner, Bytes message, const Endpoint *from);
    /* Authentic packets of this Child SA came in: at once after the first one (the peer has
     * installed it), then at most once a second. */
    void (*used)(void *owner, uint32_t inbound_spi);
    /* soft_bytes went through, or sequence numbers run low: it should be rekeyed. Once. */
    void (*expiring)(void *owner, uint32_t inbound_spi);
    /* hard_bytes went through, or there are no more sequence numbers: it carries nothing any more.
     * Once. */
    void (*expired)(void *owner, uint32_t inbound_spi);
    /* A packet of ours finds no Child SA. At most once a second. */
    void (*acquire)(void *owner, const IpAddress *source, const IpAddress *destination);
    /* The device is gone, or threads cannot go on: a negative errno. Once. */
    void (*failed)(void *owner, int error);
    void *owner;
} DataPlaneEvents;

/* What the machine may do for us. Those it cannot are found out, and not used. */
typedef enum {
    OFFLOAD_TUN_SEGMENTS = 1 << 0, /* super-packets from and to the TUN device, its checksums */
    OFFLOAD_UDP_SEGMENT = 1 << 1,  /* UDP_SEGMENT: many datagrams in one send */
    OFFLOAD_UDP_GRO = 1 << 2,      /* UDP_GRO: many datagrams in one receive */
    OFFLOADS_ALL = (1 << 3) - 1,
} DataPlaneOffloads;

typedef struct {
    DataPlaneChoice choice; /* auto: the kernel if it can, else user space */
    UdpSocket *nat_t;   /* borrowed: ESP in UDP shares it with IKE (RFC 3948, 2.2); the data plane
                         * reads it from now on */
    UdpSocket *ike;     /* borrowed: what it sends goes past the Child SAs of transport mode; NULL:
                         * there is none */
    const char *device; /* a pattern such as "ike%d" */
    bool raw_esp;       /* user space: Child SAs may come without UDP encapsulation */
    bool keeps_ipv6;    /* the device has IPv6 though no Child SA may carry it: see the MTU below */
    unsigned offloads;  /* DataPlaneOffloads, user space */
    unsigned n_threads; /* user space: 1 does everything, more are one that receives and those that
                         * send; 0: as the processors suggest */
    PacketCipherImplementation cipher; /* user space */
} DataPlaneSetup;

typedef struct {
    uint64_t in_packets, in_bytes, out_packets, out_bytes;
    uint64_t drop_foreign; /* in: not from the remote's address */
    uint64_t drop_unknown_spi;
    uint64_t drop_replay;    /* in */
    uint64_t drop_icv;       /* in: not authentic */
    uint64_t drop_malformed; /* in: truncated, nonsense inside */
    uint64_t drop_selectors; /* in: not what the SA is for (RFC 4301, 5.2) */
    uint64_t drop_ecn;       /* in: marked on the way although not capable (RFC 6040, 4.2) */
    uint64_t drop_no_sa;     /* out: no Child SA takes it */
    uint64_t drop_sequence;  /* out: no numbers left, or its bytes are used up */
    uint64_t drop_too_big;   /* out: the path does not; the device's MTU was made to fit */
    uint64_t drop_ike;       /* in: an IKE message, of too many at once */
    uint64_t drop_send;      /* out: the socket could not */
    uint64_t drop_device;    /* in: the device could not; out: a packet from it that is none */
} DataPlaneCounters;

/* "12 packets in, 13 out; dropped: 1 replayed": for people, without what did not happen. Owned by
 * the caller. */
char *data_plane_counters_to_text(const DataPlaneCounters *counters);

/* Makes the device. 0 or a negative errno: -ENOENT if there is no TUN driver, -EPERM without
 * CAP_NET_ADMIN, and if the kernel is insisted on -EOPNOTSUPP where it has no ESP or no XFRM
 * interfaces. */
int data_plane_open(DataPlane **out, const DataPlaneSetup *setup, const DataPlaneEvents *events);
void data_plane_close(DataPlane *plane);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DataPlane, data_plane_close)

/* "ike0"; lives as long as plane. */
const char *data_plane_device(const DataPlane *plane);
bool data_plane_is_kernel(const DataPlane *plane);

/* Also what it starts from when the path turns out smaller: then it shrinks by itself. */
int data_plane_set_mtu(DataPlane *plane, uint32_t mtu);

/* What the device has after that, for who configures it: in transport mode user space's takes
 * packets of every size (RFC 4303, 3.3.4: they are sealed whole, and cut afterwards). */
uint32_t data_plane_device_mtu(const DataPlane *plane, uint32_t mtu);

/* Between which addresses encapsulated packets go; only the remote's are taken. Ports are those of
 * NAT traversal. Child SAs that are there move along. Into the other address family: the owner has
 * replaced the sockets behind their descriptors before (udp_socket_replace()); user space only. */
int data_plane_set_path(DataPlane *plane, const Endpoint *local, const Endpoint *remote);

/* Inbound is open when it returns. outbound: whether new packets take it too; else it waits for
 * data_plane_set_outbound(). -EINVAL if the keys do not fit the algorithms, -EEXIST if the SPI is
 * there already, -EOPNOTSUPP if this carrier cannot do what the Child SA asks for. */
int data_plane_install(DataPlane *plane, const ChildSa *child, bool outbound);

/* From now on packets that match its selectors take this Child SA instead of an older one. */
void data_plane_set_outbound(DataPlane *plane, uint32_t inbound_spi);
void data_plane_remove(DataPlane *plane, uint32_t inbound_spi);

/* Looks whether Child SAs were used since, where nobody tells by himself (the kernel): may call
 * events.used. To be called before the engine judges whether the peer lives. */
void data_plane_refresh(DataPlane *plane);

DataPlaneCounters data_plane_counters(DataPlane *plane);

/* To be polled for reading; data_plane_dispatch() when it is readable. */
int data_plane_fd(const DataPlane *plane);
void data_plane_dispatch(DataPlane *plane);

/* The MTU of the inner device, so that a sealed packet with its UDP, if it is encapsulated, and
 * outer IP header fits outer_mtu (RFC 4303, 3.3.4). At least 576; where IPv6 goes inside, which
 * needs 1280 (RFC 8200, 5), the caller raises it, and outer packets may then be cut. */
uint32_t data_plane_inner_mtu(const EspProposal *proposal,
                              AddressFamily outer,
                              bool udp_encap,
                              uint32_t outer_mtu);
