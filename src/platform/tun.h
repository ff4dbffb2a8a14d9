/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

enum { TUN_MAX_QUEUES = 8 };

/* What the device does with super-packets. */
typedef enum {
    TUN_SEGMENTS_TCP = 1 << 0, /* TCP's, and checksums */
    TUN_SEGMENTS_UDP = 1 << 1, /* UDP's: Linux 6.2 */
} TunSegments;

typedef struct {
    const char *pattern; /* "ike%d" */
    bool wants_segments; /* … if the kernel has them */
    unsigned n_queues;   /* 1 to TUN_MAX_QUEUES */
} TunSetup;

/* A layer 3 TUN device that vanishes with its file descriptors. */
typedef struct {
    int fds[TUN_MAX_QUEUES]; /* one for each queue; -1: closed */
    unsigned n_queues;
    char name[16];
    bool has_header;   /* a virtio_net_hdr stands before each packet, both ways */
    unsigned segments; /* TunSegments */
} Tun;

#define TUN_CLOSED ((Tun){.n_queues = 0})

/* Makes a device, non-blocking, close-on-exec. 0 or a negative errno: -ENOENT if the kernel has no
 * TUN driver (/dev/net/tun), -EPERM without CAP_NET_ADMIN. */
int tun_open(Tun *tun, const TunSetup *setup);
int tun_set_mtu(Tun *tun, uint32_t mtu);

/* From now on the kernel makes no super-packet of more segments. 0 or a negative errno: an old
 * kernel cannot. */
int tun_limit_segments(Tun *tun, uint32_t max_segments);

void tun_close(Tun *tun);
