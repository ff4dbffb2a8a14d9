/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "crypto/packet-cipher.h"
#include "esp/packet.h"
#include "esp/replay-window.h"

/* One direction of a Child SA in user space (RFC 4303). SPI and cipher never change; the sequence
 * number, window and counters belong to the one thread that seals or opens with it. */
typedef struct EspSa EspSa;

/* Why packets were dropped: each reason has a counter. */
typedef enum {
    ESP_OK = 0,
    ESP_DROP_MALFORMED, /* inbound: too short, not whole blocks; outbound: no IP packet */
    ESP_DROP_REPLAY,
    ESP_DROP_ICV,
    ESP_DROP_PADDING,            /* of an authentic packet: padding or next header is nonsense */
    ESP_DROP_DUMMY,              /* next header 59 (RFC 4303, 2.6): silently */
    ESP_DROP_SEQUENCE_EXHAUSTED, /* outbound: the SA must be replaced first (RFC 4303, 3.3.3) */
    ESP_DROP_NO_ROOM,            /* outbound: the packet's buffer is too small */
    ESP_DROP_CIPHER,             /* outbound: OpenSSL failed */
    ESP_N_RESULTS,
} EspResult;

/* keymat as packet_cipher_keymat_len() says; NULL as packet_cipher_new(). spi in host order.
 * Sequence numbers of 32 bits. */
EspSa *esp_sa_new(uint32_t spi,
                  const EncryptionAlgorithm *encryption,
                  const IntegrityAlgorithm *integrity,
                  Bytes keymat);
void esp_sa_free(EspSa *sa);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EspSa, esp_sa_free)

uint32_t esp_sa_spi(const EspSa *sa);

/* Inner bytes and packets sealed or opened so far, and drops by reason. */
uint64_t esp_sa_bytes(const EspSa *sa);
uint64_t esp_sa_packets(const EspSa *sa);
uint64_t esp_sa_drops(const EspSa *sa, EspResult reason);

/* Tunnel mode, outbound: each inner IP packet becomes an ESP packet (SPI, sequence number, IV,
 * ciphertext, ICV) in its buffer. results[i] says what became of packet i; if OpenSSL fails all are
 * dropped. */
void esp_seal(EspSa *sa, Packet *packets, EspResult *results, size_t n);

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
