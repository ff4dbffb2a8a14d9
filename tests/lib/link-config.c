/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"

ConnectionConfig *
link_config(ExchangeMode mode, bool xauth)
{
    ConnectionConfig *config = connection_config_new();

    config->ike_version = IKE_VERSION_1;
    config->mode = mode;
    config->method = xauth ? METHOD_PSK_XAUTH : METHOD_PSK;
    config->psk = secret_of_text("the group's secret");
    g_array_unref(config->ike_proposals);
    g_array_unref(config->esp_proposals);
    config->ike_proposals = ike_proposals_from_text("aes128-aes256-sha256-ecp256", NULL);
    config->esp_proposals = esp_proposals_from_text("aes128gcm16,aes128-sha256", NULL);
    if (mode == EXCHANGE_MODE_AGGRESSIVE)
        g_assert_true(identity_from_text("keyid:office", &config->local_id));
    if (xauth) {
        config->user = g_strdup("alice");
        config->password = secret_of_text("correct horse");
    }
    return config;
}
