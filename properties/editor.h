/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <NetworkManager.h>

/* The one function that an editor module exports, and the name under which the plugin looks for
 * it. */
#define EDITOR_NEW_SYMBOL "nm_ike_editor_new"
typedef NMVpnEditor *(*EditorNew)(NMConnection *connection, GError **error);

G_MODULE_EXPORT NMVpnEditor *nm_ike_editor_new(NMConnection *connection, GError **error);
