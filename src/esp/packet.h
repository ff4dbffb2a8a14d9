/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

enum {
    PACKET_HEADROOM = 64,   /* ESP header and IV go in front of the inner packet */
    PACKET_TAILROOM = 128,  /* padding, trailer and ICV behind it */
    PACKET_MAX_LEN = 65535, /* one IP packet */
    PACKET_BATCH = 64,      /* packets handled in one step */
};

/* One packet in a buffer with room at both ends; every step works in place. */
typedef struct {
    uint8_t *buffer;
    size_t capacity;
    size_t start; /* where the packet begins now */
    size_t len;
} Packet;

static inline uint8_t *
packet_data(const Packet *packet)
{
    return packet->buffer + packet->start;
}

static inline Bytes
packet_view(const Packet *packet)
{
    return bytes_of(packet_data(packet), packet->len);
}
