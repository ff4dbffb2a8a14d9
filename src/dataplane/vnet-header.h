/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/virtio_net.h>

/* Linux 6.2; the distribution's headers may be older than its kernel. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

/* What a TUN device with IFF_VNET_HDR puts before each packet, in the machine's byte order. */
typedef struct virtio_net_hdr VnetHeader;

enum { VNET_HEADER_LEN = sizeof(VnetHeader) };
