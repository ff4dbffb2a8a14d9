/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/internal.h"
#include "formats/formats.h"
#include "model/address.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* NetworkManager-libreswan (and -openswan before): vpn.data has settings of an ipsec.conf, which
 * the plugin completes to a client's, unless nm-auto-defaults=no is among them: then they go to
 * libreswan as they are (nm-settings-libreswan(5)). So is it done here, and the result is read as
 * an ipsec.conf. */

/* Words of the plugin's own. */
static const char *const not_settings[] = {"pskvalue",
                                           "pskinputmodes",
                                           "xauthpassword",
                                           "xauthpasswordinputmodes",
                                           "vendor",
                                           "nm-auto-defaults",
                                           NULL};

/* What it does not pass on as it is. */
static const char *const completed[] = {
    "leftid", "leftxauthusername", "leftusername", "ikev2", NULL};

/* NetworkManager's words for false; anything else is the default. */
static bool
has_defaults(NMSettingVpn *old)
{
    static const char *const no[] = {"no", "false", "off", "0"};
    const char *said = data_item(old, "nm-auto-defaults");

    for (size_t i = 0; said && i < G_N_ELEMENTS(no); i++) {
        if (g_ascii_strcasecmp(said, no[i]) == 0)
            return false;
    }
    return true;
}

static void
append(GString *text, const char *key, const char *value)
{
    if (value && !strpbrk(key, "\r\n= \t") && !strpbrk(value, "\r\n\""))
        g_string_append_printf(text, "\t%s=\"%s\"\n", key, value);
}

static void
append_item(const char *key, const char *value, gpointer data)
{
    if (!g_strv_contains(not_settings, key) && !g_strv_contains(completed, key)
        && !g_str_has_suffix(key, "-flags"))
        append(data, key, value);
}

static void
append_default(NMSettingVpn *old, GString *text, const char *key, const char *value)
{
    if (!data_item(old, key))
        append(text, key, value);
}

static bool
is_v2(NMSettingVpn *old)
{
    return old_says(old, "ikev2", "insist") || old_says(old, "ikev2", "yes")
           || old_says(old, "ikev2", "propose");
}

/* A plain name is a group's, and says that the gateway is one with aggressive mode. */
static void
append_left_id(NMSettingVpn *old, GString *text)
{
    const char *id = data_item(old, "leftid");
    g_autofree char *group = id ? g_strconcat("@", id, NULL) : NULL;

    if (!id)
        return;
    append(text, "leftid", strpbrk(id, "@%=") || is_v2(old) ? id : group);
    if (!is_v2(old))
        append_default(old, text, "aggressive", "yes");
}

/* What the plugin adds for IKEv1: a gateway as Cisco's, with XAuth. */
static void
append_v1(NMSettingVpn *old, GString *text)
{
    bool certificate = data_item(old, "leftcert") || data_item(old, "leftrsasigkey");

    append(text, "ikev2", "never");
    append_default(old, text, "authby", certificate ? "rsasig" : "secret");
    append(text, "leftxauthclient", "yes");
    append_default(old, text, "leftmodecfgclient", "yes");
    append_default(old, text, "modecfgpull", "yes");
    append_default(old, text, "remote-peer-type", "cisco");
    if (old_says(old, "vendor", "Cisco"))
        append(text, "cisco-unity", "yes");
    append_default(old, text, "ikelifetime", "24h");
    append_default(old, text, "salifetime", "24h");
    if (data_item(old, "leftid")) {
        append_default(old, text, "ike", "aes256-sha1;modp1536");
        append_default(old, text, "esp", "aes256-sha1");
    }
    append(text,
           "leftusername",
           old_user(old, data_item(old, "leftusername") ? "leftusername" : "leftxauthusername"));
}

static void
append_v2(NMSettingVpn *old, GString *text)
{
    bool secret = !data_item(old, "leftcert") && !data_item(old, "leftrsasigkey");

    append(text, "ikev2", "insist");
    append_default(old, text, "authby", secret ? "secret" : "rsasig");
    append_default(old, text, "leftmodecfgclient", "yes");
}

static const char *
all_networks(NMSettingVpn *old)
{
    const char *ours = data_item(old, "leftsubnet");
    IpPrefix prefix;
    bool ipv6 =
        old_says(old, "clientaddrfamily", "ipv6")
        || (ours && ip_prefix_from_text(ours, &prefix) && prefix.address.family == FAMILY_IPV6);

    return ipv6 ? "::/0" : "0.0.0.0/0";
}

static void
append_defaults(NMSettingVpn *old, GString *text)
{
    append_default(old, text, "left", "%defaultroute");
    if (!data_item(old, "rightsubnets"))
        append_default(old, text, "rightsubnet", all_networks(old));
    append_left_id(old, text);
    if (is_v2(old))
        append_v2(old, text);
    else
        append_v1(old, text);
}

/* Where no network is said, libreswan means the other host alone (ipsec.conf(5), leftsubnet). One
 * that has a name gets the reader's note; in transport mode nothing else can be meant. */
static void
append_their_host(NMSettingVpn *old, GString *text)
{
    const char *host = data_item(old, "right");
    g_autofree char *network = NULL;
    IpAddress address;

    if (data_item(old, "rightsubnets") || old_says(old, "type", "transport") || !host
        || !ip_address_from_text(host, &address))
        return;
    network = g_strdup_printf("%s/%d", host, address.family == FAMILY_IPV6 ? 128 : 32);
    append_default(old, text, "rightsubnet", network);
}

/* IKEv2 is what libreswan 4 and later do unasked; the plugin's word is younger than they. */
static void
append_as_said(NMSettingVpn *old, GString *text)
{
    for (const char *const *key = completed; *key; key++)
        append(text, *key, data_item(old, *key));
    append_default(old, text, "ikev2", "insist");
    append_their_host(old, text);
}

static char *
ipsec_conf(NMSettingVpn *old, const char *name)
{
    GString *text = g_string_new(NULL);
    g_autofree char *safe = g_strdup(name);

    g_strdelimit(safe, "\r\n\"", ' ');
    g_string_append_printf(text, "conn \"%s\"\n", safe);
    nm_setting_vpn_foreach_data_item(old, append_item, text);
    if (has_defaults(old))
        append_defaults(old, text);
    else
        append_as_said(old, text);
    return g_string_free(text, FALSE);
}

static NMConnection *
from_libreswan(NMSettingVpn *old, const char *name, GError **error)
{
    g_autofree char *text = ipsec_conf(old, name);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    NMConnection *ours = NULL;

    if (!data_item(old, "right"))
        g_set_error_literal(
            error, CONVERT_ERROR, CONVERT_ERROR_UNSUPPORTED, _("it names no gateway (“right”)."));
    else
        ours = formats_import_bytes("ipsec.conf", "/", bytes, error);
    if (ours) {
        carry_secret(old, "pskvalue", "pskinputmodes", ours, "psk");
        carry_secret(old, "xauthpassword", "xauthpasswordinputmodes", ours, "password");
    }
    return ours;
}

const Conversion convert_from_libreswan = {
    "org.freedesktop.NetworkManager.libreswan", from_libreswan, .unwritable = "\r\n\""};
const Conversion convert_from_openswan = {
    "org.freedesktop.NetworkManager.openswan", from_libreswan, .unwritable = "\r\n\""};
