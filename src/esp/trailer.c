/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp/internal.h"

size_t
esp_padding_len(size_t inner_len, size_t block_len)
{
    size_t over = (inner_len + ESP_TRAILER_LEN) % block_len;

    return over == 0 ? 0 : block_len - over;
}

void
esp_trailer_write(uint8_t *out, size_t padding_len, uint8_t next_header)
{
    for (size_t i = 0; i < padding_len; i++)
        out[i] = (uint8_t) (i + 1);
    out[padding_len] = (uint8_t) padding_len;
    out[padding_len + 1] = next_header;
}

static bool
is_our_padding(Bytes padding)
{
    for (size_t i = 0; i < padding.len; i++) {
        if (padding.data[i] != (uint8_t) (i + 1))
            return false;
    }
    return true;
}

static EspResult
check_next_header(uint8_t next_header, bool transport)
{
    if (next_header == NEXT_HEADER_NONE)
        return ESP_DROP_DUMMY;
    if (!transport && next_header != NEXT_HEADER_IPV4 && next_header != NEXT_HEADER_IPV6)
        return ESP_DROP_PADDING;
    return ESP_OK;
}

/* The sender is authentic, so nothing here can be an oracle for others. A dummy packet may hold
 * anything (RFC 4303, 2.6), but its padding is like any other's. */
EspResult
esp_trailer_remove(Bytes text, bool transport, size_t *out_inner_len, uint8_t *out_next_header)
{
    size_t padding_len, inner_len;
    uint8_t next_header;
    EspResult result;

    if (text.len < ESP_TRAILER_LEN)
        return ESP_DROP_PADDING;
    padding_len = text.data[text.len - 2];
    next_header = text.data[text.len - 1];
    if (padding_len > text.len - ESP_TRAILER_LEN)
        return ESP_DROP_PADDING;
    inner_len = text.len - ESP_TRAILER_LEN - padding_len;
    if (!is_our_padding(bytes_of(text.data + inner_len, padding_len)))
        return ESP_DROP_PADDING;
    result = check_next_header(next_header, transport);
    if (result != ESP_OK)
        return result;
    *out_inner_len = inner_len;
    *out_next_header = next_header;
    return ESP_OK;
}
