/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp/esp-sa.h"

#include "esp/internal.h"
#include "esp/sequence.h"

#include <string.h>

struct EspSa {
    uint32_t spi;
    PacketCipher *cipher;
    size_t iv_len;
    size_t icv_len;
    size_t block_len;

    /* of the one thread that seals or opens */
    SequenceCounter sequence; /* outbound */
    ReplayWindow window;      /* inbound */
    uint64_t bytes;
    uint64_t packets;
    uint64_t drops[ESP_N_RESULTS];
};

/* The part of a batch that goes to the cipher: packets dropped before are left out. */
typedef struct {
    PacketCipherItem items[PACKET_BATCH];
    uint64_t seqs[PACKET_BATCH];
    size_t index[PACKET_BATCH]; /* of the item's packet */
    size_t n;
} CipherBatch;

EspSa *
esp_sa_new(uint32_t spi,
           const EncryptionAlgorithm *encryption,
           const IntegrityAlgorithm *integrity,
           Bytes keymat)
{
    PacketCipher *cipher = packet_cipher_new(encryption, integrity, keymat);
    EspSa *sa;

    if (!cipher)
        return NULL;
    sa = g_new0(EspSa, 1);
    sa->spi = spi;
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

uint64_t
esp_sa_bytes(const EspSa *sa)
{
    return sa->bytes;
}

uint64_t
esp_sa_packets(const EspSa *sa)
{
    return sa->packets;
}

uint64_t
esp_sa_drops(const EspSa *sa, EspResult reason)
{
    return sa->drops[reason];
}

static size_t
head_len(const EspSa *sa)
{
    return ESP_HEADER_LEN + sa->iv_len;
}

static void
add_item(CipherBatch *batch, const EspSa *sa, const Packet *packet, size_t index, uint32_t seq)
{
    batch->items[batch->n] = (PacketCipherItem){
        .aad = packet_data(packet),
        .aad_len = ESP_HEADER_LEN,
        .text_len = packet->len - head_len(sa) - sa->icv_len,
    };
    batch->seqs[batch->n] = seq;
    batch->index[batch->n] = index;
    batch->n++;
}

/* Adds what was delivered or dropped to the SA's counters. */
static void
count(EspSa *sa, const EspResult *results, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (results[i] == ESP_OK)
            sa->packets++;
        else
            sa->drops[results[i]]++;
    }
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

/* Puts header and trailer around the inner packet and leaves room for IV and ICV. */
static EspResult
frame_packet(EspSa *sa, Packet *packet, uint32_t *out_seq)
{
    uint8_t next_header = next_header_of(packet);
    size_t padding_len = esp_padding_len(packet->len, sa->block_len);
    size_t behind = padding_len + ESP_TRAILER_LEN + sa->icv_len;

    if (next_header == 0)
        return ESP_DROP_MALFORMED;
    if (packet->start < head_len(sa) || packet->capacity - packet->start < packet->len + behind)
        return ESP_DROP_NO_ROOM;
    if (!sequence_next(&sa->sequence, out_seq))
        return ESP_DROP_SEQUENCE_EXHAUSTED;
    sa->bytes += packet->len;
    esp_trailer_write(packet_data(packet) + packet->len, padding_len, next_header);
    packet->start -= head_len(sa);
    packet->len += head_len(sa) + behind;
    write_u32(packet_data(packet), sa->spi);
    write_u32(packet_data(packet) + 4, *out_seq);
    return ESP_OK;
}

static void
seal_batch(EspSa *sa, Packet *packets, EspResult *results, size_t n)
{
    CipherBatch batch = {.n = 0};

    for (size_t i = 0; i < n; i++) {
        uint32_t seq = 0;

        results[i] = frame_packet(sa, &packets[i], &seq);
        if (results[i] == ESP_OK)
            add_item(&batch, sa, &packets[i], i, seq);
    }
    if (!packet_cipher_seal(sa->cipher, batch.items, batch.seqs, batch.n)) {
        for (size_t i = 0; i < batch.n; i++)
            results[batch.index[i]] = ESP_DROP_CIPHER;
    }
    count(sa, results, n);
}

void
esp_seal(EspSa *sa, Packet *packets, EspResult *results, size_t n)
{
    for (size_t done = 0; done < n; done += PACKET_BATCH)
        seal_batch(sa, packets + done, results + done, MIN(n - done, PACKET_BATCH));
}

/* RFC 4303, 3.4.3: a number that cannot be new costs no cryptography. */
static EspResult
check_frame(const EspSa *sa, const Packet *packet, uint32_t *out_seq)
{
    size_t around = head_len(sa) + sa->icv_len;

    if (packet->len < around + sa->block_len || (packet->len - around) % sa->block_len != 0)
        return ESP_DROP_MALFORMED;
    if (read_u32(packet_data(packet)) != sa->spi)
        return ESP_DROP_MALFORMED;
    *out_seq = read_u32(packet_data(packet) + 4);
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
    result = esp_trailer_remove(text, &inner_len, next);
    if (result != ESP_OK)
        return result;
    packet->start += head_len(sa);
    packet->len = inner_len;
    sa->bytes += inner_len;
    return ESP_OK;
}

static void
open_batch(EspSa *sa, Packet *packets, EspResult *results, uint8_t *next_headers, size_t n)
{
    CipherBatch batch = {.n = 0};

    for (size_t i = 0; i < n; i++) {
        uint32_t seq = 0;

        next_headers[i] = 0;
        results[i] = check_frame(sa, &packets[i], &seq);
        if (results[i] == ESP_OK)
            add_item(&batch, sa, &packets[i], i, seq);
    }
    packet_cipher_open(sa->cipher, batch.items, batch.n);
    for (size_t i = 0; i < batch.n; i++) {
        size_t at = batch.index[i];

        results[at] =
            unframe_packet(sa, &packets[at], &batch.items[i], batch.seqs[i], &next_headers[at]);
    }
    count(sa, results, n);
}

void
esp_open(EspSa *sa, Packet *packets, EspResult *results, uint8_t *next_headers, size_t n)
{
    for (size_t done = 0; done < n; done += PACKET_BATCH) {
        open_batch(
            sa, packets + done, results + done, next_headers + done, MIN(n - done, PACKET_BATCH));
    }
}
