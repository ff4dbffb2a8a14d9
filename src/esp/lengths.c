/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp/internal.h"

/* What stands around the text: header, IV, ICV. */
static size_t
frame_len(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    return (size_t) ESP_HEADER_LEN + encryption->iv_len
           + (integrity ? integrity->icv_len : encryption->icv_len);
}

size_t
esp_sealed_len(const EncryptionAlgorithm *encryption,
               const IntegrityAlgorithm *integrity,
               size_t inner_len)
{
    return frame_len(encryption, integrity) + inner_len
           + esp_padding_len(inner_len, encryption->block_len) + ESP_TRAILER_LEN;
}

size_t
esp_max_inner_len(const EncryptionAlgorithm *encryption,
                  const IntegrityAlgorithm *integrity,
                  size_t esp_len)
{
    size_t frame = frame_len(encryption, integrity);
    size_t text_len;

    if (esp_len < frame)
        return 0;
    text_len = (esp_len - frame) / encryption->block_len * encryption->block_len;
    return text_len > ESP_TRAILER_LEN ? text_len - ESP_TRAILER_LEN : 0;
}
