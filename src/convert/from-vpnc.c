/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/internal.h"
#include "formats/formats.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* NetworkManager-vpnc: vpn.data has the words of vpnc's configuration, so that it is read as one.
 */

/* Words of the plugin's own, beside vpnc's. */
static bool
is_about_secrets(const char *key)
{
    return g_str_has_suffix(key, "-flags") || g_str_has_suffix(key, "-type")
           || strcmp(key, "IPSec secret") == 0 || strcmp(key, "Xauth password") == 0;
}

static void
append_item(const char *key, const char *value, gpointer data)
{
    GString *text = data;

    if (!is_about_secrets(key) && !strpbrk(key, "\r\n") && !strpbrk(value, "\r\n"))
        g_string_append_printf(text, "%s %s\n", key, value);
}

static NMConnection *
from_vpnc(NMSettingVpn *old, const char *name, GError **error)
{
    g_autofree char *file = g_strconcat(name, ".conf", NULL);
    GString *text = g_string_new(NULL);
    g_autoptr(GBytes) bytes = NULL;
    NMConnection *ours;

    nm_setting_vpn_foreach_data_item(old, append_item, text);
    if (!data_item(old, "Xauth username") && old_user(old, "Xauth username"))
        append_item("Xauth username", old_user(old, "Xauth username"), text);
    bytes = g_string_free_to_bytes(text);
    ours = formats_import_bytes(file, "/", bytes, error);
    if (ours) {
        carry_secret(old, "IPSec secret", "ipsec-secret-type", ours, "psk");
        carry_secret(old, "Xauth password", "xauth-password-type", ours, "password");
    }
    return ours;
}

const Conversion convert_from_vpnc = {
    "org.freedesktop.NetworkManager.vpnc", from_vpnc, .unwritable = "\r\n"};
