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
