/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/reader.h"
#include "esp/esp-sa.h"
#include "fuzz/fuzz.h"

#include <string.h>

/* An inbound SA and a network that sends it what it likes, together with a peer who has the key and
 * no manners. The first byte says what SA it is; then come packets: kind, length, bytes. */

unsigned fuzz_reached;

enum {
    SPI = 0xc0ffee01,
    AT_ONCE = 8, /* packets of one batch */
    KEYMAT_LEN = 128,

    OPTION_CBC = 1,
    OPTION_ESN = 2,
    OPTION_TRANSPORT = 4,
    OPTION_OPENSSL = 8,

    KIND_RAW = 1,  /* as the network brings it; else a text that the peer seals */
    KIND_SPI = 2,  /* raw: behind our SPI; sealed: spoiled afterwards */
    KIND_STEP = 4, /* the rest of kind: how many numbers the peer leaves out */
};

typedef struct {
    PacketCipher *peer;
    EspSa *in;
    bool transport;
    uint64_t seq; /* the peer's last */
    GHashTable *accepted;
    Packet packets[AT_ONCE];
    uint64_t seqs[AT_ONCE]; /* of what the peer sealed and nobody spoiled; 0: forged */
    size_t n;
} Fuzz;

static void
start(Fuzz *fuzz, unsigned options)
{
    static const uint8_t keymat[KEYMAT_LEN] = {1, 2, 3};
    bool cbc = options & OPTION_CBC;
    PacketCipherParameters peer = {
        .encryption = encryption_by_keyword(cbc ? "aes128" : "aes128gcm16"),
        .integrity = cbc ? integrity_by_keyword("sha256") : NULL,
        .esn = options & OPTION_ESN,
        .implementation = options & OPTION_OPENSSL ? PACKET_CIPHER_EVP : PACKET_CIPHER_FASTEST,
    };
    EspSaParameters in = {
        .spi = SPI,
        .encryption = peer.encryption,
        .integrity = peer.integrity,
        .direction = PACKET_CIPHER_OPEN,
        .esn = peer.esn,
        .transport = options & OPTION_TRANSPORT,
        .implementation = peer.implementation,
    };

    peer.keymat = in.keymat =
        bytes_of(keymat, packet_cipher_keymat_len(peer.encryption, peer.integrity));
    fuzz->peer = packet_cipher_new(&peer);
    fuzz->in = esp_sa_new(&in);
    fuzz->transport = in.transport;
    fuzz->seq = peer.esn ? UINT32_MAX - 200 : 0;
    fuzz->accepted = g_hash_table_new(g_int64_hash, g_int64_equal);
}

static void
write_header(uint8_t *out, uint64_t seq)
{
    const uint32_t header[] = {GUINT32_TO_BE((uint32_t) SPI), GUINT32_TO_BE((uint32_t) seq)};

    memcpy(out, header, sizeof(header));
}

static Packet
raw_packet(Bytes bytes, bool with_spi)
{
    Packet packet = {.capacity = bytes.len + 4, .len = bytes.len + 4};
    const uint32_t spi = GUINT32_TO_BE((uint32_t) SPI);

    packet.buffer = g_malloc(packet.capacity);
    memcpy(packet.buffer, &spi, sizeof(spi));
    if (bytes.len > 0)
        memcpy(packet.buffer + 4, bytes.data, bytes.len);
    if (!with_spi) {
        packet.start = 4;
        packet.len = bytes.len;
    }
    return packet;
}

/* The text as it is, zeros in front of it to fill the block. */
static Packet
sealed_packet(Fuzz *fuzz, Bytes text, bool spoil)
{
    size_t block = packet_cipher_block_len(fuzz->peer), iv_len = packet_cipher_iv_len(fuzz->peer);
    size_t blocks = MAX((text.len + block - 1) / block, 1);
    PacketCipherItem item = {.text_len = blocks * block, .iv = fuzz->seq};
    Packet packet = {0};

    packet.len = packet.capacity = (size_t) PACKET_CIPHER_HEADER_LEN + iv_len + item.text_len
                                   + packet_cipher_icv_len(fuzz->peer);
    packet.buffer = g_malloc0(packet.capacity);
    item.packet = packet.buffer;
    item.seq_high = (uint32_t) (fuzz->seq >> 32);
    write_header(packet.buffer, fuzz->seq);
    if (text.len > 0)
        memcpy(packet.buffer + PACKET_CIPHER_HEADER_LEN + iv_len + item.text_len - text.len,
               text.data,
               text.len);
    g_assert_true(packet_cipher_seal(fuzz->peer, &item, 1));
    if (spoil)
        packet.buffer[fuzz->seq % packet.len] ^= 0x20;
    return packet;
}

static void
check_packet(Fuzz *fuzz, size_t i, EspResult result, uint8_t next_header)
{
    const Packet *packet = &fuzz->packets[i];

    if (result == ESP_OK || result == ESP_DROP_PADDING || result == ESP_DROP_DUMMY) {
        g_assert_cmpuint(fuzz->seqs[i], !=, 0); /* authentic */
        g_assert_true(g_hash_table_add(fuzz->accepted, g_memdup2(&fuzz->seqs[i], 8)));
    }
    if (result != ESP_OK)
        return;
    g_assert_cmpuint(packet->start + packet->len, <=, packet->capacity);
    g_assert_true(fuzz->transport || next_header == 4 || next_header == 41);
    g_assert_cmpuint(next_header, !=, 59);
    fuzz_reached++;
}

static void
open_batch(Fuzz *fuzz)
{
    uint8_t next_headers[AT_ONCE];
    EspResult results[AT_ONCE];

    esp_open(fuzz->in, fuzz->packets, results, next_headers, fuzz->n);
    for (size_t i = 0; i < fuzz->n; i++) {
        check_packet(fuzz, i, results[i], next_headers[i]);
        g_free(fuzz->packets[i].buffer);
    }
    fuzz->n = 0;
}

static void
add_packet(Fuzz *fuzz, unsigned kind, Bytes bytes)
{
    if (kind & KIND_RAW) {
        fuzz->seqs[fuzz->n] = 0;
        fuzz->packets[fuzz->n++] = raw_packet(bytes, kind & KIND_SPI);
        return;
    }
    fuzz->seq += kind / KIND_STEP; /* 0: the last number once more */
    fuzz->seqs[fuzz->n] = kind & KIND_SPI ? 0 : fuzz->seq;
    fuzz->packets[fuzz->n++] = sealed_packet(fuzz, bytes, kind & KIND_SPI);
}

static void
clear(Fuzz *fuzz)
{
    GHashTableIter iter;
    gpointer seq;

    g_hash_table_iter_init(&iter, fuzz->accepted);
    while (g_hash_table_iter_next(&iter, &seq, NULL))
        g_free(seq);
    g_hash_table_unref(fuzz->accepted);
    packet_cipher_free(fuzz->peer);
    esp_sa_free(fuzz->in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool malformed = false;
    Reader r = reader_of(bytes_of(data, size), &malformed);
    Fuzz fuzz = {0};

    start(&fuzz, reader_u8(&r));
    while (reader_more(&r)) {
        unsigned kind = reader_u8(&r);
        size_t len = reader_u8(&r);

        add_packet(&fuzz, kind, reader_bytes(&r, MIN(len, r.rest.len)));
        if (fuzz.n == AT_ONCE)
            open_batch(&fuzz);
    }
    open_batch(&fuzz);
    clear(&fuzz);
    return 0;
}
