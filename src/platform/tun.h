/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

/* A layer 3 TUN device that vanishes with its file descriptor. */
typedef struct {
    int fd; /* -1: closed */
    char name[16];
} Tun;

/* Makes a device named by the pattern ("ike%d"), non-blocking, close-on-exec. 0 or a negative
 * errno: -ENOENT if the kernel has no TUN driver (/dev/net/tun), -EPERM without CAP_NET_ADMIN. */
int tun_open(Tun *tun, const char *pattern);
int tun_set_mtu(Tun *tun, uint32_t mtu);

/* One packet each; bytes, or a negative errno, -EAGAIN if there is none. */
int tun_read(Tun *tun, uint8_t *buffer, size_t size);
int tun_write(Tun *tun, Bytes packet);
void tun_close(Tun *tun);
