/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <NetworkManager.h>
#include <stdbool.h>

/* The service on the bus: NetworkManager's five requests, and one activation at most. */
#define NM_TYPE_IKE_PLUGIN (nm_ike_plugin_get_type())
G_DECLARE_FINAL_TYPE(NmIkePlugin, nm_ike_plugin, NM, IKE_PLUGIN, NMVpnServicePlugin)

/* persist: it stays when its connection is over or NetworkManager is gone. */
NmIkePlugin *nm_ike_plugin_new(const char *bus_name, bool persist, GError **error);
