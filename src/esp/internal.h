/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "esp/esp-sa.h"

enum {
    ESP_HEADER_LEN = PACKET_CIPHER_HEADER_LEN,
    ESP_TRAILER_LEN = 2, /* Pad Length, Next Header */

    /* What IPv4 carries behind its header; and the multi-buffer library counts in 16 bits. */
    ESP_MAX_LEN = 65535 - 20,

    NEXT_HEADER_IPV4 = 4,
    NEXT_HEADER_IPV6 = 41,
    NEXT_HEADER_NONE = 59,
};

/* Padding that makes inner_len bytes, padding and trailer whole blocks (RFC 4303, 2.4); block_len
 * is at least 4, so that the ICV is aligned too. */
size_t esp_padding_len(size_t inner_len, size_t block_len);

/* Writes padding of 1, 2, 3, … and the trailer to out. */
void esp_trailer_write(uint8_t *out, size_t padding_len, uint8_t next_header);

/* Takes the trailer and padding off an authentic text; ESP_OK, or why it is dropped. In tunnel mode
 * what is inside must be IP. */
EspResult
esp_trailer_remove(Bytes text, bool transport, size_t *out_inner_len, uint8_t *out_next_header);
