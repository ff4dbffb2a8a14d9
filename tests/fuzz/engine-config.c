/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz/engine-config.h"

#include "lib/link.h"

ConnectionConfig *
engine_config(uint8_t bits)
{
    ConnectionConfig *config =
        link_config(bits & ENGINE_AGGRESSIVE ? EXCHANGE_MODE_AGGRESSIVE : EXCHANGE_MODE_MAIN,
                    bits & ENGINE_XAUTH);

    if (bits & ENGINE_PUSH)
        config->addressing = ADDRESSING_PUSH;
    if (bits & ENGINE_FORCED)
        config->encapsulation = ENCAPSULATION_FORCE;
    if (bits & ENGINE_PFS) {
        g_array_unref(config->esp_proposals);
        config->esp_proposals = esp_proposals_from_text("aes128gcm16-ecp256", NULL);
    }
    if (bits & ENGINE_ASK) {
        g_clear_pointer(&config->user, g_free);
        secret_clear(&config->password);
    }
    if (bits & ENGINE_SHORT) {
        config->ike_lifetime = 900;
        config->esp_lifetime = 120;
    }
    config->persistent = (bits & ENGINE_PERSISTENT) != 0;
    return config;
}
