/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/child-sa.h"
#include "platform/udp-socket.h"

/* What carries Child SAs: user space over TUN here, the kernel's XFRM beside it later. One thread
 * calls it. */
typedef struct DataPlane DataPlane;

/* What the owner is told; any may be NULL. No function of the data plane may be called from within
 * but data_plane_set_outbound(). */
typedef struct {
    /* An IKE message arrived on the NAT-T socket; the non-ESP marker is already off. */
    void (*ike_message)(void *owner, Bytes message, const Endpoint *from);
    /* The first packet of this Child SA came in: the peer has installed it. */
    void (*first_inbound)(void *owner, uint32_t inbound_spi);
    /* soft_bytes went through, or sequence numbers run low: it should be rekeyed. Once. */
    void (*expiring)(void *owner, uint32_t inbound_spi);
    void *owner;
} DataPlaneEvents;

typedef struct {
    uint64_t in_packets, in_bytes, out_packets, out_bytes;
    uint64_t drop_foreign; /* in: not from the remote's address */
    uint64_t drop_unknown_spi;
    uint64_t drop_esp;       /* replayed, not authentic, malformed; out: sequence exhausted */
    uint64_t drop_selectors; /* in: not what the SA is for (RFC 4301, 5.2) */
    uint64_t drop_no_sa;     /* out: no Child SA takes it */
    uint64_t drop_too_big;   /* out: the path does not; the device's MTU was made to fit */
    uint64_t drop_send;      /* out: the socket could not */
    uint64_t drop_device;    /* in: the TUN device could not */
} DataPlaneCounters;

/* Opens the TUN device. nat_t is borrowed: the socket that ESP in UDP shares with IKE (RFC
 * 3948, 2.2); the data plane reads it from now on. 0 or a negative errno. */
int data_plane_open(DataPlane **out, UdpSocket *nat_t, const DataPlaneEvents *events);
void data_plane_close(DataPlane *plane);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DataPlane, data_plane_close)

/* "ike0"; lives as long as plane. */
const char *data_plane_device(const DataPlane *plane);

/* Also what it starts from when the path turns out smaller: then it shrinks by itself. */
int data_plane_set_mtu(DataPlane *plane, uint32_t mtu);

/* Where encapsulated packets go, and the only address from which they are taken. */
void data_plane_set_remote(DataPlane *plane, const Endpoint *remote);

/* Inbound is open from now on. outbound: whether new packets take it too; else it waits for
 * data_plane_set_outbound(). -EINVAL if the keys do not fit the algorithms, -EEXIST if the SPI is
 * there already, -EOPNOTSUPP if it is not to be encapsulated in UDP. */
int data_plane_install(DataPlane *plane, const ChildSa *child, bool outbound);

/* From now on packets that match its selectors take this Child SA instead of an older one. */
void data_plane_set_outbound(DataPlane *plane, uint32_t inbound_spi);
void data_plane_remove(DataPlane *plane, uint32_t inbound_spi);

DataPlaneCounters data_plane_counters(const DataPlane *plane);

/* The descriptors to be polled for reading, and what to call when one is readable. Handles a
 * bounded number of packets, so that nobody starves. data_plane_tun_ready() is 0, or a negative
 * errno when the device is gone (-EBADFD): then stop polling it. */
int data_plane_tun_fd(const DataPlane *plane);
int data_plane_tun_ready(DataPlane *plane);
void data_plane_socket_ready(DataPlane *plane);

/* The MTU of the inner device, so that a sealed packet with its UDP and outer IP header fits
 * outer_mtu (RFC 4303, 3.3.4). At least 576; where IPv6 goes inside, which needs 1280 (RFC 8200,
 * 5), the caller raises it, and outer packets may then be cut. */
uint32_t data_plane_inner_mtu(const EspProposal *proposal, AddressFamily outer, uint32_t outer_mtu);
