/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/convert.h"

#include "convert/internal.h"

#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK(nm_ike_convert_error, convert_error)

static const Conversion *const conversions[] = {
    &convert_from_vpnc,
    &convert_from_libreswan,
    &convert_from_openswan,
    &convert_from_strongswan,
    &convert_from_l2tp,
};

static const Conversion *
conversion_for(NMConnection *connection)
{
    NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);
    const char *service = vpn ? nm_setting_vpn_get_service_type(vpn) : NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(conversions); i++) {
        if (g_strcmp0(service, conversions[i]->service) == 0)
            return conversions[i];
    }
    return NULL;
}

bool
convert_is_known(NMConnection *connection)
{
    return conversion_for(connection) != NULL;
}

/* Names, permissions, zone and what else NetworkManager has for every connection. */
static void
carry_general(NMConnection *old, NMConnection *ours, const char *name)
{
    NMSettingConnection *setting = NM_SETTING_CONNECTION(
        nm_setting_duplicate(NM_SETTING(nm_connection_get_setting_connection(old))));
    g_autofree char *uuid = nm_utils_uuid_generate();

    /* Both would come up by themselves, and both take the same traffic. */
    g_object_set(setting,
                 NM_SETTING_CONNECTION_ID,
                 name,
                 NM_SETTING_CONNECTION_UUID,
                 uuid,
                 NM_SETTING_CONNECTION_AUTOCONNECT,
                 FALSE,
                 NM_SETTING_CONNECTION_TIMESTAMP,
                 (guint64) 0,
                 NM_SETTING_CONNECTION_INTERFACE_NAME,
                 NULL,
                 NULL);
    nm_connection_add_setting(ours, NM_SETTING(setting));
}

static void
carry_setting(NMConnection *old, NMConnection *ours, GType type)
{
    NMSetting *setting = nm_connection_get_setting(old, type);

    if (setting)
        nm_connection_add_setting(ours, nm_setting_duplicate(setting));
}

static void
carry_vpn(NMConnection *old, NMConnection *ours)
{
    NMSettingVpn *before = nm_connection_get_setting_vpn(old);
    NMSettingVpn *after = nm_connection_get_setting_vpn(ours);

    g_object_set(after,
                 NM_SETTING_VPN_PERSISTENT,
                 nm_setting_vpn_get_persistent(before),
                 NM_SETTING_VPN_TIMEOUT,
                 nm_setting_vpn_get_timeout(before),
                 NULL);
}

/* What others keep there, and where it comes from, so that it is not converted twice. */
static void
carry_user_data(NMConnection *old, NMConnection *ours)
{
    g_autofree char *notes = g_strdup(import_notes_of(ours));
    NMSetting *before = nm_connection_get_setting(old, NM_TYPE_SETTING_USER);
    NMSetting *after = before ? nm_setting_duplicate(before) : nm_setting_user_new();

    nm_setting_user_set_data(
        NM_SETTING_USER(after), CONVERT_FROM_KEY, nm_connection_get_uuid(old), NULL);
    nm_setting_user_set_data(NM_SETTING_USER(after), IMPORT_NOTES_KEY, NULL, NULL);
    nm_connection_add_setting(ours, after);
    if (notes)
        import_add_notes(ours, notes);
}

/* What had to be passed over on the way is said, but for secrets, which went another way. */
static void
note_unwritable(NMSettingVpn *old, const char *unwritable, NMConnection *ours)
{
    g_autoptr(Import) import = import_new("/");
    g_autofree const char **keys = nm_setting_vpn_get_data_keys(old, NULL);

    for (const char **key = keys; key && *key; key++) {
        if (strpbrk(nm_setting_vpn_get_data_item(old, *key), unwritable))
            import_not_had(import, *key, NULL);
    }
    import_add_notes(ours, import_notes(import));
}

NMConnection *
convert_connection(NMConnection *old, bool without_l2tp, GError **error)
{
    const Conversion *conversion = conversion_for(old);
    g_autofree char *name = g_strconcat(nm_connection_get_id(old), " (IKE)", NULL);
    NMConnection *ours;

    if (!conversion) {
        g_set_error_literal(error,
                            CONVERT_ERROR,
                            CONVERT_ERROR_OTHER_TYPE,
                            _("it is no VPN of the type vpnc, libreswan, strongswan or l2tp."));
        return NULL;
    }
    if (conversion->is_l2tp && !without_l2tp) {
        g_set_error_literal(error,
                            CONVERT_ERROR,
                            CONVERT_ERROR_UNSUPPORTED,
                            _("it is L2TP, which is not supported. If the gateway has IPsec with "
                              "XAuth too, as many have, try --without-l2tp."));
        return NULL;
    }
    ours = conversion->to_ours(nm_connection_get_setting_vpn(old), name, error);
    if (!ours)
        return NULL;
    carry_general(old, ours, name);
    carry_setting(old, ours, NM_TYPE_SETTING_IP4_CONFIG);
    carry_setting(old, ours, NM_TYPE_SETTING_IP6_CONFIG);
    carry_setting(old, ours, NM_TYPE_SETTING_PROXY);
    carry_vpn(old, ours);
    if (conversion->unwritable)
        note_unwritable(nm_connection_get_setting_vpn(old), conversion->unwritable, ours);
    carry_user_data(old, ours);
    return ours;
}
