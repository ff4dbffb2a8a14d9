/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/export.h"

#include "formats/formats.h"
#include "formats/network-keys.h"
#include "settings/options.h"
#include "settings/vpn-type.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct Export {
    NMConnection *connection;
    NMSettingVpn *vpn;
    GHashTable *taken;
    GPtrArray *rest;
    GHashTable *network; /* key of network-keys.h to its text */
};

/* It would be a line of its own in the file, with whatever it says. */
static void
find_line_break(const char *key, const char *value, gpointer data)
{
    const char **found = data;

    if (strpbrk(value, "\r\n"))
        *found = key;
}

static GHashTable *
network_texts(NMConnection *connection)
{
    NMSettingConnection *general = nm_connection_get_setting_connection(connection);
    const NetworkSettings network = {nm_connection_get_setting_vpn(connection),
                                     {nm_connection_get_setting_ip4_config(connection),
                                      nm_connection_get_setting_ip6_config(connection)},
                                     general && nm_setting_connection_get_autoconnect(general)};
    GHashTable *texts = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    const char *key;

    for (size_t i = 0; (key = network_key_at(i)); i++)
        g_hash_table_insert(texts, (gpointer) key, network_key_text(&network, key));
    return texts;
}

static bool
is_writable(NMSettingVpn *vpn, GHashTable *network, GError **error)
{
    const char *found = NULL;
    GHashTableIter iter;
    gpointer key, text;

    nm_setting_vpn_foreach_data_item(vpn, find_line_break, &found);
    nm_setting_vpn_foreach_secret(vpn, find_line_break, &found);
    g_hash_table_iter_init(&iter, network);
    while (g_hash_table_iter_next(&iter, &key, &text))
        find_line_break(key, text, &found);
    if (!found)
        return true;
    g_set_error(error,
                FORMATS_ERROR,
                FORMATS_ERROR_BAD,
                _("“%s” has a line break in it, which no profile can have."),
                found);
    return false;
}

Export *
export_new(NMConnection *connection, GError **error)
{
    NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);
    g_autoptr(GHashTable) network = NULL;
    Export *export;

    if (!vpn || g_strcmp0(nm_setting_vpn_get_service_type(vpn), NM_IKE_SERVICE) != 0) {
        g_set_error_literal(error,
                            FORMATS_ERROR,
                            FORMATS_ERROR_UNSUPPORTED,
                            _("This connection is not an IKE VPN."));
        return NULL;
    }
    network = network_texts(connection);
    if (!is_writable(vpn, network, error))
        return NULL;
    export = g_new0(Export, 1);
    export->connection = g_object_ref(connection);
    export->vpn = g_object_ref(vpn);
    export->taken = g_hash_table_new(g_str_hash, g_str_equal);
    export->rest = g_ptr_array_new();
    export->network = g_steal_pointer(&network);
    return export;
}

void
export_free(Export *export)
{
    if (!export)
        return;
    g_object_unref(export->connection);
    g_object_unref(export->vpn);
    g_hash_table_unref(export->taken);
    g_ptr_array_unref(export->rest);
    g_hash_table_unref(export->network);
    g_free(export);
}

const char *
export_name(const Export *export)
{
    const char *name = nm_connection_get_id(export->connection);

    return name && *name ? name : "VPN";
}

const char *
export_uuid(const Export *export)
{
    return nm_connection_get_uuid(export->connection);
}

const char *
export_get(const Export *export, const char *key)
{
    const char *network = g_hash_table_lookup(export->network, key);
    const char *value = network ? network : nm_setting_vpn_get_data_item(export->vpn, key);

    return value && *value ? value : NULL;
}

const char *
export_get_or_default(const Export *export, const char *key)
{
    const char *value = export_get(export, key);

    return value ? value : option_by_key(key)->default_text;
}

void
export_taken(Export *export, const char *key)
{
    g_hash_table_add(export->taken, (gpointer) option_by_key(key)->key);
}

const char *
export_take(Export *export, const char *key)
{
    export_taken(export, key);
    return export_get(export, key);
}

const char *
export_secret(const Export *export, const char *key)
{
    const char *text = nm_setting_vpn_get_secret(export->vpn, key);

    return strcmp(key, "psk") == 0 && text && *text ? text : NULL;
}

const char *const *
export_rest(Export *export)
{
    const Option *option;

    g_ptr_array_set_size(export->rest, 0);
    for (size_t i = 0; (option = option_at(i)); i++) {
        if (option->kind != OPTION_SECRET && export_get(export, option->key)
            && !g_hash_table_contains(export->taken, option->key))
            g_ptr_array_add(export->rest, (gpointer) option->key);
    }
    g_ptr_array_add(export->rest, NULL);
    return (const char *const *) export->rest->pdata;
}

bool
export_is_persistent(const Export *export)
{
    return nm_setting_vpn_get_persistent(export->vpn);
}

NMSettingIPConfig *
export_ip(const Export *export, bool ipv6)
{
    return ipv6 ? nm_connection_get_setting_ip6_config(export->connection)
                : nm_connection_get_setting_ip4_config(export->connection);
}
