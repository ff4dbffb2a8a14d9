/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/connection-config.h"

#include <NetworkManager.h>

/* Reads a profile: vpn.data through the option table, vpn.secrets, and checks across options. NULL,
 * with one sentence that names the key, the value and what would be right, if anything in it is
 * wrong, unknown or not supported yet. Secrets may be missing: secrets.h says which. */
ConnectionConfig *connection_config_from_setting(NMSettingVpn *setting, GError **error);

/* The same, of a profile that somebody is still writing: what is known and not supported yet is
 * good, secrets are not looked at, and *out_key names the option that error is about; NULL: an
 * unknown key. out_key and error may be NULL. */
bool profile_check(NMSettingVpn *setting, const char **out_key, GError **error);
