/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"
#include "dataplane/vnet-header.h"

/* Cuts what a TUN device with segmentation offload gives into the packets it stands for: TCP over
 * IPv4 and IPv6, UDP (VIRTIO_NET_HDR_GSO_UDP_L4); and completes checksums. A view of the packet,
 * which must outlive it. */
typedef struct {
    Bytes packet;
    size_t n;            /* segments, at least 1 */
    size_t headers_len;  /* IP's and the upper protocol's, with which each begins */
    size_t upper_offset; /* where TCP or UDP begins */
    size_t segment_len;  /* of data, in each but the last */
    size_t checksum_offset;
    uint8_t protocol;
    bool completes; /* a single packet has a checksum to be completed */
} GsoCut;

/* False if header and packet contradict each other: the packet is to be dropped. A packet that is
 * no super-packet gives one segment, with its checksum completed where the header asks for it; it
 * is then only looked into as far as that needs. */
bool gso_cut_begin(GsoCut *cut, const VnetHeader *header, Bytes packet);

/* The length of segment i < n. None is longer than the first. */
size_t gso_cut_len(const GsoCut *cut, size_t i);

/* Writes segment i, all its gso_cut_len() bytes: a whole IP packet with every length, number, flag
 * and checksum right. out must not overlap the packet. */
void gso_cut_write(const GsoCut *cut, size_t i, uint8_t *out);
