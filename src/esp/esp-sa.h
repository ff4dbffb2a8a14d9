/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "crypto/packet-cipher.h"
#include "esp/packet.h"
#include "esp/replay-window.h"
#include "esp/sequence.h"

/* One direction of a Child SA in user space (RFC 4303). SPI and cipher never change; the window and
 * the cipher's state belong to the one thread that seals or opens with it. Several threads seal for
 * one SA with an EspSa each and a common SequenceCounter. */
typedef struct EspSa EspSa;

typedef struct {
    uint32_t spi; /* in host order */
    const EncryptionAlgorithm *encryption;
    const IntegrityAlgorithm *integrity; /* NULL with a combined mode */
    Bytes keymat;                        /* as packet_cipher_keymat_len() says */
    PacketCipherDirection direction;
    bool esn;                  /* sequence numbers of 64 bits, of which 32 are sent */
    bool transport;            /* what is inside is no IP packet but what an IP packet carries */
    SequenceCounter *sequence; /* outbound: outlives the SA; NULL: one of its own */
    PacketCipherImplementation implementation;
} EspSaParameters;

/* Why packets were dropped: each reason has a counter. */
typedef enum {
    ESP_OK = 0,
    ESP_DROP_MALFORMED, /* inbound: too short or long, not whole blocks; outbound: no IP packet,
                           or in transport mode nobody says what it is */
    ESP_DROP_REPLAY,
    ESP_DROP_ICV,
    ESP_DROP_PADDING,            /* of an authentic packet: padding or next header is nonsense */
    ESP_DROP_DUMMY,              /* next header 59 (RFC 4303, 2.6): silently */
    ESP_DROP_SEQUENCE_EXHAUSTED, /* outbound: the SA must be replaced first (RFC 4303, 3.3.3) */
    ESP_DROP_NO_ROOM,            /* outbound: the packet's buffer is too small, or IP itself */
    ESP_DROP_CIPHER,             /* outbound: the cipher failed */
    ESP_N_RESULTS,
} EspResult;

/* NULL as packet_cipher_new(). */
EspSa *esp_sa_new(const EspSaParameters *parameters);
void esp_sa_free(EspSa *sa);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EspSa, esp_sa_free)

uint32_t esp_sa_spi(const EspSa *sa);

/* Inner bytes and packets sealed or opened so far, and drops by reason: for any thread. */
uint64_t esp_sa_bytes(const EspSa *sa);
uint64_t esp_sa_packets(const EspSa *sa);
uint64_t esp_sa_drops(const EspSa *sa, EspResult reason);

/* Outbound: each packet becomes an ESP packet (SPI, sequence number, IV, ciphertext, ICV) in its
 * buffer; next_headers[i] says what packet i is. In tunnel mode next_headers may be NULL: inner IP
 * packets say it themselves. results[i] says what became of packet i; if the cipher fails all of
 * its batch are dropped. */
void
esp_seal(EspSa *sa, Packet *packets, const uint8_t *next_headers, EspResult *results, size_t n);

/* Inbound: each ESP packet (from its SPI on) becomes the inner packet, in place. next_headers[i] is
 * 4 or 41 in tunnel mode. Window asked, ICV checked, window moved, in this order (RFC 4303, 3.4.3).
 */
void esp_open(EspSa *sa, Packet *packets, EspResult *results, uint8_t *next_headers, size_t n);

/* What an inner packet of inner_len bytes becomes, from SPI to ICV; and the largest inner packet
 * whose ESP packet is at most esp_len bytes (0 if none is). */
size_t esp_sealed_len(const EncryptionAlgorithm *encryption,
                      const IntegrityAlgorithm *integrity,
                      size_t inner_len);
size_t esp_max_inner_len(const EncryptionAlgorithm *encryption,
                         const IntegrityAlgorithm *integrity,
                         size_t esp_len);
