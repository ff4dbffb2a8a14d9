/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp/esp-sa.h"

#include "esp/internal.h"
#include <string.h>

struct EspSa {
    uint32_t spi;
    bool esn;
    bool transport;
    PacketCipher *cipher;
    size_t iv_len;
    size_t icv_len;
    size_t block_len;
    SequenceCounter own_sequence;
    SequenceCounter *sequence; /* outbound */

    /* of the one thread that seals or opens */
    ReplayWindow window; /* inbound */

    /* written by that thread, read by any */
    _Atomic uint64_t bytes;
    _Atomic uint64_t packets;
    _Atomic uint64_t drops[ESP_N_RESULTS];
};

/* The part of a batch that goes to the cipher: packets dropped before are left out. Not zeroed: the
 * first n are what it holds. */
typedef struct {
    PacketCipherItem items[PACKET_BATCH];
    size_t index[PACKET_BATCH];         /* of the item's packet */
    uint64_t seqs[PACKET_BATCH];        /* inbound */
    uint8_t next_headers[PACKET_BATCH]; /* outbound */
    size_t n;
} CipherBatch;

EspSa *
esp_sa_new(const EspSaParameters *parameters)
{
    const PacketCipherParameters cipher_parameters = {
        .encryption = parameters->encryption,
        .integrity = parameters->integrity,
        .keymat = parameters->keymat,
        .direction = parameters->direction,
        .esn = parameters->esn,
        .implementation = parameters->implementation,
    };
    PacketCipher *cipher = packet_cipher_new(&cipher_parameters);
    EspSa *sa;

    if (!cipher)
        return NULL;
    sa = g_new0(EspSa, 1);
    sa->spi = parameters->spi;
    sa->esn = parameters->esn;
    sa->transport = parameters->transport;
    sa->sequence = parameters->sequence ? parameters->sequence : &sa->own_sequence;
    sa->cipher = cipher;
    sa->iv_len = packet_cipher_iv_len(cipher);
    sa->icv_len = packet_cipher_icv_len(cipher);
    sa->block_len = packet_cipher_block_len(cipher);
    return sa;
}

void
esp_sa_free(EspSa *sa)
{
    if (!sa)
        return;
    packet_cipher_free(sa->cipher);
    g_free(sa);
}

uint32_t
esp_sa_spi(const EspSa *sa)
{
    return sa->spi;
}

/* Only one thread adds, so that no locked instruction is needed for it. */
static void
counter_add(_Atomic uint64_t *counter, uint64_t n)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);

    atomic_store_explicit(counter, value + n, memory_order_relaxed);
}

uint64_t
esp_sa_bytes(const EspSa *sa)
{
    return atomic_load_explicit(&sa->bytes, memory_order_relaxed);
}

uint64_t
esp_sa_packets(const EspSa *sa)
{
    return atomic_load_explicit(&sa->packets, memory_order_relaxed);
}

uint64_t
esp_sa_drops(const EspSa *sa, EspResult reason)
{
    return atomic_load_explicit(&sa->drops[reason], memory_order_relaxed);
}

static size_t
head_len(const EspSa *sa)
{
    return ESP_HEADER_LEN + sa->iv_len;
}

static PacketCipherItem
item_of(const EspSa *sa, const Packet *packet, uint64_t seq)
{
    return (PacketCipherItem){
        .packet = packet_data(packet),
        .text_len = packet->len - head_len(sa) - sa->icv_len,
        .iv = seq,
        .seq_high = (uint32_t) (seq >> 32),
    };
}

/* Adds what was delivered (bytes of inner packets) or dropped to the SA's counters. */
static void
count(EspSa *sa, const EspResult *results, size_t n, uint64_t bytes)
{
    uint64_t packets = 0;

    for (size_t i = 0; i < n; i++) {
        if (results[i] == ESP_OK)
            packets++;
        else
            counter_add(&sa->drops[results[i]], 1);
    }
    counter_add(&sa->packets, packets);
    counter_add(&sa->bytes, bytes);
}

static void
write_u32(uint8_t *out, uint32_t value)
{
    value = GUINT32_TO_BE(value);
    memcpy(out, &value, sizeof(value));
}

static uint32_t
read_u32(const uint8_t *in)
{
    uint32_t value;

    memcpy(&value, in, sizeof(value));
    return GUINT32_FROM_BE(value);
}

/* The inner packet says itself what it is (RFC 4303, 2.6: 4 or 41 in tunnel mode). */
static uint8_t
next_header_of(const Packet *packet)
{
    switch (packet->len > 0 ? packet_data(packet)[0] >> 4 : 0) {
    case 4:
        return NEXT_HEADER_IPV4;
    case 6:
        return NEXT_HEADER_IPV6;
    default:
        return 0;
    }
}

static size_t
padding_len_of(const EspSa *sa, const Packet *packet)
{
    return esp_padding_len(packet->len, sa->block_len);
}

/* Whether the packet can become one of ESP; asked before it is given a number. */
static EspResult
check_inner(const EspSa *sa, const Packet *packet, uint8_t next_header)
{
    size_t behind = padding_len_of(sa, packet) + ESP_TRAILER_LEN + sa->icv_len;

    if (next_header == 0)
        return ESP_DROP_MALFORMED;
    if (packet->start < head_len(sa) || packet->capacity - packet->start < packet->len + behind)
        return ESP_DROP_NO_ROOM;
    return head_len(sa) + packet->len + behind <= ESP_MAX_LEN ? ESP_OK : ESP_DROP_NO_ROOM;
}

/* Puts header and trailer around the inner packet and leaves room for IV and ICV. */
static void
frame_packet(const EspSa *sa, Packet *packet, uint8_t next_header, uint64_t seq)
{
    size_t padding_len = padding_len_of(sa, packet);

    esp_trailer_write(packet_data(packet) + packet->len, padding_len, next_header);
    packet->start -= head_len(sa);
    packet->len += head_len(sa) + padding_len + ESP_TRAILER_LEN + sa->icv_len;
    write_u32(packet_data(packet), sa->spi);
    write_u32(packet_data(packet) + 4, (uint32_t) seq);
}

/* 0, IPv6's hop-by-hop options, stands in front of ESP and never behind it (RFC 4303, 3.1.1), so it
 * says that nobody knows. */
static uint8_t
next_header_at(const EspSa *sa, const Packet *packets, const uint8_t *next_headers, size_t i)
{
    if (next_headers)
        return next_headers[i];
    return sa->transport ? 0 : next_header_of(&packets[i]);
}

/* Leaves in the batch what can be sealed. */
static void
choose_packets(const EspSa *sa,
               const Packet *packets,
               const uint8_t *next_headers,
               EspResult *results,
               size_t n,
               CipherBatch *batch)
{
    batch->n = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t next_header = next_header_at(sa, packets, next_headers, i);

        results[i] = check_inner(sa, &packets[i], next_header);
        if (results[i] != ESP_OK)
            continue;
        batch->next_headers[batch->n] = next_header;
        batch->index[batch->n++] = i;
    }
}

/* Takes numbers for the whole batch in one go and cuts off what gets none. Returns the number of
 * inner bytes. */
static uint64_t
frame_batch(EspSa *sa, Packet *packets, EspResult *results, CipherBatch *batch)
{
    uint64_t first, bytes = 0;
    size_t taken = sequence_take(sa->sequence, sequence_end(sa->esn), batch->n, &first);

    for (size_t i = taken; i < batch->n; i++)
        results[batch->index[i]] = ESP_DROP_SEQUENCE_EXHAUSTED;
    batch->n = taken;
    for (size_t i = 0; i < taken; i++) {
        Packet *packet = &packets[batch->index[i]];

        bytes += packet->len;
        frame_packet(sa, packet, batch->next_headers[i], first + i);
        batch->items[i] = item_of(sa, packet, first + i);
    }
    return bytes;
}

static void
seal_batch(EspSa *sa, Packet *packets, const uint8_t *next_headers, EspResult *results, size_t n)
{
    CipherBatch batch;
    uint64_t bytes;

    choose_packets(sa, packets, next_headers, results, n, &batch);
    bytes = frame_batch(sa, packets, results, &batch);
    if (!packet_cipher_seal(sa->cipher, batch.items, batch.n)) {
        for (size_t i = 0; i < batch.n; i++)
            results[batch.index[i]] = ESP_DROP_CIPHER;
        bytes = 0;
    }
    count(sa, results, n, bytes);
}

void
esp_seal(EspSa *sa, Packet *packets, const uint8_t *next_headers, EspResult *results, size_t n)
{
    for (size_t done = 0; done < n; done += PACKET_BATCH) {
        seal_batch(sa,
                   packets + done,
                   next_headers ? next_headers + done : NULL,
                   results + done,
                   MIN(n - done, PACKET_BATCH));
    }
}

/* RFC 4303, 3.4.3: a number that cannot be new costs no cryptography. */
static EspResult
check_frame(const EspSa *sa, const Packet *packet, uint64_t *out_seq)
{
    size_t around = head_len(sa) + sa->icv_len;
    uint32_t low;

    if (packet->len < around + sa->block_len || (packet->len - around) % sa->block_len != 0)
        return ESP_DROP_MALFORMED;
    if (packet->len > ESP_MAX_LEN || read_u32(packet_data(packet)) != sa->spi)
        return ESP_DROP_MALFORMED;
    low = read_u32(packet_data(packet) + 4);
    *out_seq = sa->esn ? replay_window_infer(&sa->window, low) : low;
    return replay_window_may_accept(&sa->window, *out_seq) ? ESP_OK : ESP_DROP_REPLAY;
}

/* An ICV was checked: moves the window, takes off what stands around the inner packet. The window
 * is asked again, since the same number may be in one batch twice. */
static EspResult
unframe_packet(EspSa *sa, Packet *packet, const PacketCipherItem *item, uint64_t seq, uint8_t *next)
{
    Bytes text = bytes_of(packet_data(packet) + head_len(sa), item->text_len);
    size_t inner_len;
    EspResult result;

    if (!item->ok)
        return ESP_DROP_ICV;
    if (!replay_window_accept(&sa->window, seq))
        return ESP_DROP_REPLAY;
    result = esp_trailer_remove(text, sa->transport, &inner_len, next);
    if (result != ESP_OK)
        return result;
    packet->start += head_len(sa);
    packet->len = inner_len;
    return ESP_OK;
}

static void
check_batch(EspSa *sa, const Packet *packets, EspResult *results, size_t n, CipherBatch *batch)
{
    batch->n = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t seq = 0;

        results[i] = check_frame(sa, &packets[i], &seq);
        if (results[i] != ESP_OK)
            continue;
        batch->items[batch->n] = item_of(sa, &packets[i], seq);
        batch->seqs[batch->n] = seq;
        batch->index[batch->n++] = i;
    }
}

static void
open_batch(EspSa *sa, Packet *packets, EspResult *results, uint8_t *next_headers, size_t n)
{
    CipherBatch batch;
    uint64_t bytes = 0;

    memset(next_headers, 0, n);
    check_batch(sa, packets, results, n, &batch);
    packet_cipher_open(sa->cipher, batch.items, batch.n);
    for (size_t i = 0; i < batch.n; i++) {
        size_t at = batch.index[i];

        results[at] =
            unframe_packet(sa, &packets[at], &batch.items[i], batch.seqs[i], &next_headers[at]);
        if (results[at] == ESP_OK)
            bytes += packets[at].len;
    }
    count(sa, results, n, bytes);
}

void
esp_open(EspSa *sa, Packet *packets, EspResult *results, uint8_t *next_headers, size_t n)
{
    for (size_t done = 0; done < n; done += PACKET_BATCH) {
        open_batch(
            sa, packets + done, results + done, next_headers + done, MIN(n - done, PACKET_BATCH));
    }
}
