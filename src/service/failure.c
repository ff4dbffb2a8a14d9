/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/failure.h"

NMVpnPluginFailure
failure_for_nm(FailureReason reason)
{
    if (failure_is_login(reason))
        return NM_VPN_PLUGIN_FAILURE_LOGIN_FAILED;
    if (reason == FAIL_NO_ADDRESS)
        return NM_VPN_PLUGIN_FAILURE_BAD_IP_CONFIG;
    return NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED;
}

IkeSecretKind
failure_secret(FailureReason reason, const ConnectionConfig *config)
{
    if (reason == FAIL_XAUTH_REFUSED)
        return IKE_SECRET_PASSWORD;
    /* In aggressive mode a HASH_R that is wrong says so. In main mode it is our guess at a silence,
     * or at something that we cannot decrypt. */
    if (reason == FAIL_WRONG_PSK && config->mode == EXCHANGE_MODE_AGGRESSIVE)
        return IKE_SECRET_PSK;
    return IKE_SECRET_N;
}
