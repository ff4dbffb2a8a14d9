/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dataplane/userspace/sad.h"

/* Packets of one SA that leave together: they are laid out one behind the other just as
 * UDP_SEGMENT wants them, all of one sealed length but the last, and sealed where they stand. */

enum {
    TRAIN_MAX_PACKETS = PACKET_BATCH, /* also the kernel's UDP_MAX_SEGMENTS before Linux 6.9 */
    TRAIN_MAX_LEN = 65507,            /* of one UDP datagram over IPv4 */
    TRAIN_ROOM = PACKET_HEADROOM + PACKET_MAX_LEN + PACKET_TAILROOM + TRAIN_MAX_LEN,
};

typedef struct {
    uint8_t *buffer; /* TRAIN_ROOM bytes */
    SaHalf *half;
    uint8_t tos;
    size_t len;
    size_t stride; /* the sealed length of each but the last */
    bool closed;   /* a shorter one stands at the end */
    size_t n;
    size_t last_inner_len;  /* whose sealed length was computed last, and that */
    size_t last_sealed_len; /* (for last_half) */
    const SaHalf *last_half;
    Packet packets[TRAIN_MAX_PACKETS];
    size_t inner_lens[TRAIN_MAX_PACKETS];
    uint8_t next_headers[TRAIN_MAX_PACKETS]; /* in transport mode */
    EspResult results[TRAIN_MAX_PACKETS];
} Train;

void train_init(Train *train);
void train_clear(Train *train);

/* Where the next inner packet, of len bytes, is to be written; NULL if this train cannot take it:
 * then it must leave first. An empty one takes every packet. */
uint8_t *train_place(Train *train, SaHalf *half, uint8_t tos, size_t len);

/* In transport mode: what the packet placed last is. */
void train_set_next_header(Train *train, uint8_t next_header);

/* Seals all. Returns how many there are to send, from the first on; the rest was dropped. */
size_t train_seal(Train *train);

/* The sequence number, its low half, of a packet that was sealed. */
uint32_t train_number(const Train *train, size_t i);

/* Inner bytes of n packets from first on. */
uint64_t train_inner_bytes(const Train *train, size_t first, size_t n);
void train_empty(Train *train);
