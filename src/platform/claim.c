/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform/claim.h"

#include <errno.h>
#include <glib.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
claim_take(uint32_t number)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int len, fd;

    if (number >> CLAIM_RANDOM_BITS != CLAIM_PREFIX)
        return -EINVAL;
    /* A zero in front makes the name abstract (unix(7)). */
    len = g_snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "nm-ike/%u", number);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (bind(fd,
             (const struct sockaddr *) &address,
             (socklen_t) (offsetof(struct sockaddr_un, sun_path) + 1 + (size_t) len))
        < 0) {
        int r = -errno;

        close(fd);
        return r;
    }
    return fd;
}

int
claim_new(uint32_t *out_number)
{
    int r = -EADDRINUSE;

    for (int i = 0; r == -EADDRINUSE && i < CLAIM_TRIES; i++) {
        uint32_t number;

        if (getrandom(&number, sizeof(number), 0) != sizeof(number))
            return -EIO;
        number = (uint32_t) CLAIM_PREFIX << CLAIM_RANDOM_BITS | number >> (32 - CLAIM_RANDOM_BITS);
        r = claim_take(number);
        if (r >= 0)
            *out_number = number;
    }
    return r;
}
