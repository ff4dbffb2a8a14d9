/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/train.h"

#include <string.h>

void
train_init(Train *train)
{
    train->buffer = g_malloc(TRAIN_ROOM);
    train_empty(train);
}

void
train_clear(Train *train)
{
    g_clear_pointer(&train->buffer, g_free);
}

void
train_empty(Train *train)
{
    train->n = 0;
    train->len = 0;
    train->closed = false;
    train->last_half = NULL;
}

/* Most packets of a train have the same length. */
static size_t
sealed_len(Train *train, const SaHalf *half, size_t len)
{
    if (train->last_half != half || train->last_inner_len != len) {
        train->last_half = half;
        train->last_inner_len = len;
        train->last_sealed_len =
            esp_sealed_len(half->proposal.encryption, half->proposal.integrity, len);
    }
    return train->last_sealed_len;
}

static bool
takes(const Train *train, const SaHalf *half, uint8_t tos, size_t sealed)
{
    if (train->n == 0)
        return true;
    return !train->closed && train->half == half && train->tos == tos && sealed <= train->stride
           && train->n < TRAIN_MAX_PACKETS && train->len + sealed <= TRAIN_MAX_LEN;
}

uint8_t *
train_place(Train *train, SaHalf *half, uint8_t tos, size_t len)
{
    size_t sealed = sealed_len(train, half, len);
    Packet *packet = &train->packets[train->n];

    if (!takes(train, half, tos, sealed))
        return NULL;
    if (train->n == 0) {
        train->half = half;
        train->tos = tos;
        train->stride = sealed;
    }
    *packet = (Packet){
        .buffer = train->buffer,
        .capacity = TRAIN_ROOM,
        .start = train->len + PACKET_CIPHER_HEADER_LEN + half->proposal.encryption->iv_len,
        .len = len,
    };
    train->inner_lens[train->n++] = len;
    train->len += sealed;
    train->closed = sealed < train->stride;
    return packet_data(packet);
}

void
train_set_next_header(Train *train, uint8_t next_header)
{
    train->next_headers[train->n - 1] = next_header;
}

/* What fails, fails from some packet on: numbers run out, or the cipher gives up. (What could fail
 * by itself is not placed.) */
size_t
train_seal(Train *train)
{
    const SaHalf *half = train->half;
    size_t good = 0;

    esp_seal(half->esp,
             train->packets,
             half->mode == IPSEC_MODE_TRANSPORT ? train->next_headers : NULL,
             train->results,
             train->n);
    while (good < train->n && train->results[good] == ESP_OK)
        good++;
    return good;
}

uint64_t
train_inner_bytes(const Train *train, size_t first, size_t n)
{
    uint64_t bytes = 0;

    for (size_t i = first; i < first + n; i++)
        bytes += train->inner_lens[i];
    return bytes;
}

uint32_t
train_number(const Train *train, size_t i)
{
    uint32_t number;

    memcpy(&number, packet_data(&train->packets[i]) + sizeof(number), sizeof(number));
    return GUINT32_FROM_BE(number);
}
