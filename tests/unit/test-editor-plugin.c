/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/vpn-type.h"

#include <NetworkManager.h>
#include <glib/gstdio.h>
#include <string.h>

/* The plugin as NetworkManager's programs load it, EDITOR_PLUGIN, without a display. */

static NMVpnEditorPlugin *
load(void)
{
    g_autoptr(GError) error = NULL;
    NMVpnEditorPlugin *plugin =
        nm_vpn_editor_plugin_load(g_getenv("EDITOR_PLUGIN"), NM_IKE_SERVICE, &error);

    g_assert_no_error(error);
    return plugin;
}

static void
test_properties(void)
{
    g_autoptr(NMVpnEditorPlugin) plugin = load();
    g_autofree char *name = NULL, *description = NULL, *service = NULL;

    g_object_get(plugin,
                 NM_VPN_EDITOR_PLUGIN_NAME,
                 &name,
                 NM_VPN_EDITOR_PLUGIN_DESCRIPTION,
                 &description,
                 NM_VPN_EDITOR_PLUGIN_SERVICE,
                 &service,
                 NULL);
    g_assert_nonnull(strstr(name, "IPsec"));
    g_assert_true(g_str_has_suffix(description, "."));
    g_assert_cmpstr(service, ==, NM_IKE_SERVICE);
    g_assert_cmpuint(nm_vpn_editor_plugin_get_capabilities(plugin),
                     ==,
                     NM_VPN_EDITOR_PLUGIN_CAPABILITY_IPV6 | NM_VPN_EDITOR_PLUGIN_CAPABILITY_IMPORT
                         | NM_VPN_EDITOR_PLUGIN_CAPABILITY_EXPORT);
}

static void
write_file(const char *path, const char *text)
{
    g_autoptr(GError) error = NULL;

    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
}

/* What no format of ours is leaves other plugins their chance: an error, and no connection. */
static void
test_foreign_file(void)
{
    g_autoptr(NMVpnEditorPlugin) plugin = load();
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "editor-plugin-test.ovpn", NULL);
    g_autoptr(GError) error = NULL;

    write_file(path, "client\nremote vpn.example.org\n");
    g_assert_null(nm_vpn_editor_plugin_import(plugin, path, &error));
    g_assert_nonnull(error);
    g_unlink(path);
}

static NMConnection *
connection_of_ours(void)
{
    NMConnection *connection = nm_simple_connection_new();
    NMSetting *setting = nm_setting_connection_new();
    NMSettingVpn *vpn = NM_SETTING_VPN(nm_setting_vpn_new());

    g_object_set(setting,
                 NM_SETTING_CONNECTION_ID,
                 "Office",
                 NM_SETTING_CONNECTION_UUID,
                 "8f0a5b9e-8ac4-4c41-9a57-2f5c2d7b1f0a",
                 NM_SETTING_CONNECTION_TYPE,
                 NM_SETTING_VPN_SETTING_NAME,
                 NULL);
    nm_connection_add_setting(connection, setting);
    g_object_set(vpn, NM_SETTING_VPN_SERVICE_TYPE, NM_IKE_SERVICE, NULL);
    nm_setting_vpn_add_data_item(vpn, "gateway", "vpn.example.org");
    nm_connection_add_setting(connection, NM_SETTING(vpn));
    return connection;
}

static void
test_suggested_name(void)
{
    g_autoptr(NMVpnEditorPlugin) plugin = load();
    g_autoptr(NMConnection) connection = connection_of_ours();
    g_autofree char *name = nm_vpn_editor_plugin_get_suggested_filename(plugin, connection);

    g_assert_true(g_str_has_prefix(name, "Office."));
}

/* No GTK in this process, and no display: a sentence, not a crash. */
static void
test_no_toolkit(void)
{
    g_autoptr(NMVpnEditorPlugin) plugin = load();
    g_autoptr(NMConnection) connection = connection_of_ours();
    g_autoptr(GError) error = NULL;

    g_assert_null(nm_vpn_editor_plugin_get_editor(plugin, connection, &error));
    g_assert_nonnull(error);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/editor-plugin/properties", test_properties);
    g_test_add_func("/editor-plugin/foreign-file", test_foreign_file);
    g_test_add_func("/editor-plugin/suggested-name", test_suggested_name);
    g_test_add_func("/editor-plugin/no-toolkit", test_no_toolkit);
    return g_test_run();
}
