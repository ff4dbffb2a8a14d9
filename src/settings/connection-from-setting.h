/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/connection-config.h"

#include <NetworkManager.h>

/* Reads a profile: vpn.data through the option table, vpn.secrets, and checks across options. NULL,
 * with one sentence that names the key, the value and what would be right, if anything in it is
 * wrong, unknown or not supported yet. Secrets may be missing: secrets.h says which. */
ConnectionConfig *connection_config_from_setting(NMSettingVpn *setting, GError **error);
