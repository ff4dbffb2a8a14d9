/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <NetworkManager.h>

/* A value of vpn.data, owned by the setting; NULL if it has none: an empty one says the same. */
static inline const char *
data_item(NMSettingVpn *setting, const char *key)
{
    const char *text = nm_setting_vpn_get_data_item(setting, key);

    return text && *text ? text : NULL;
}
