/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/connection-config.h"

/* What a profile that says nothing gets. The lifetimes are those that most gateways have, so that
 * ours are not the shorter ones by much (RFC 2407, 4.5.4, lets each side keep its own). */
enum {
    DEFAULT_IKE_LIFETIME = 8 * 60 * 60,
    DEFAULT_ESP_LIFETIME = 60 * 60,
    DEFAULT_NAT_KEEPALIVE = 20, /* RFC 3948, 4 */
    DEFAULT_DPD_DELAY = 30,
    DEFAULT_DPD_TIMEOUT = 60,
};

ConnectionConfig *
connection_config_new(void)
{
    ConnectionConfig *config = g_new0(ConnectionConfig, 1);

    config->ike_lifetime = DEFAULT_IKE_LIFETIME;
    config->esp_lifetime = DEFAULT_ESP_LIFETIME;
    config->nat_keepalive = DEFAULT_NAT_KEEPALIVE;
    config->dpd_delay = DEFAULT_DPD_DELAY;
    config->dpd_timeout = DEFAULT_DPD_TIMEOUT;
    config->ike_proposals = ike_proposals_default(false, false);
    config->esp_proposals = esp_proposals_default(false);
    config->addresses = g_array_new(FALSE, FALSE, sizeof(IpPrefix));
    config->local_ts = g_array_new(FALSE, FALSE, sizeof(TrafficSelector));
    config->remote_ts = g_array_new(FALSE, FALSE, sizeof(TrafficSelector));
    return config;
}

void
connection_config_free(ConnectionConfig *config)
{
    if (!config)
        return;
    g_free(config->gateway);
    g_free(config->user);
    identity_clear(&config->local_id);
    identity_clear(&config->remote_id);
    secret_clear(&config->psk);
    secret_clear(&config->password);
    g_clear_pointer(&config->ike_proposals, g_array_unref);
    g_clear_pointer(&config->esp_proposals, g_array_unref);
    g_clear_pointer(&config->addresses, g_array_unref);
    g_clear_pointer(&config->local_ts, g_array_unref);
    g_clear_pointer(&config->remote_ts, g_array_unref);
    g_free(config);
}

AuthMethod
connection_config_default_method(const ConnectionConfig *config)
{
    return connection_config_is_v1(config) ? METHOD_PSK_XAUTH : METHOD_EAP;
}

bool
connection_config_is_by_certificate(const ConnectionConfig *config)
{
    return config->method == METHOD_CERT || config->method == METHOD_CERT_XAUTH
           || config->method == METHOD_CERT_EAP;
}

bool
connection_config_uses_xauth(const ConnectionConfig *config)
{
    return config->method == METHOD_PSK_XAUTH || config->method == METHOD_CERT_XAUTH
           || config->method == METHOD_HYBRID_XAUTH;
}

bool
connection_config_uses_psk(const ConnectionConfig *config)
{
    return config->method == METHOD_PSK || config->method == METHOD_PSK_XAUTH
           || config->method == METHOD_PSK_EAP;
}

bool
connection_config_uses_eap(const ConnectionConfig *config)
{
    return config->method == METHOD_EAP || config->method == METHOD_CERT_EAP
           || config->method == METHOD_PSK_EAP;
}

bool
connection_config_uses_user(const ConnectionConfig *config)
{
    return connection_config_uses_xauth(config) || connection_config_uses_eap(config);
}

bool
connection_config_uses_certificate(const ConnectionConfig *config)
{
    return connection_config_is_by_certificate(config) || connection_config_uses_eap(config);
}

/* Where no pre-shared key says who the gateway is, its certificate does. */
bool
connection_config_checks_certificate(const ConnectionConfig *config)
{
    return !connection_config_uses_psk(config);
}

bool
connection_config_is_v1(const ConnectionConfig *config)
{
    return config->ike_version == IKE_VERSION_1;
}

bool
connection_config_is_v2(const ConnectionConfig *config)
{
    return config->ike_version == IKE_VERSION_2;
}
