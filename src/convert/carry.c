/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/internal.h"

#include <string.h>

bool
old_says(NMSettingVpn *old, const char *key, const char *value)
{
    const char *said = data_item(old, key);

    return said && strcmp(said, value) == 0;
}

const char *
old_user(NMSettingVpn *old, const char *key)
{
    const char *user = data_item(old, key);
    const char *property = nm_setting_vpn_get_user_name(old);

    return user ? user : property && *property ? property : NULL;
}

/* Before NetworkManager had flags, each plugin had its own words for the same. */
static bool
flags_of_mode(const char *mode, NMSettingSecretFlags *out)
{
    static const struct {
        const char *mode;
        NMSettingSecretFlags flags;
    } modes[] = {
        {"save", NM_SETTING_SECRET_FLAG_AGENT_OWNED},
        {"ask", NM_SETTING_SECRET_FLAG_NOT_SAVED},
        {"unused", NM_SETTING_SECRET_FLAG_NOT_REQUIRED},
    };

    for (size_t i = 0; mode && i < G_N_ELEMENTS(modes); i++) {
        if (strcmp(modes[i].mode, mode) == 0) {
            *out = modes[i].flags;
            return true;
        }
    }
    return false;
}

static bool
old_flags(NMSettingVpn *old, const char *key, const char *mode_key, NMSettingSecretFlags *out)
{
    g_autofree char *flags_key = g_strconcat(key, "-flags", NULL);
    const char *text = data_item(old, flags_key);
    guint64 flags;

    if (text && g_ascii_string_to_unsigned(text, 10, 0, 7, &flags, NULL)) {
        *out = (NMSettingSecretFlags) flags;
        return true;
    }
    return mode_key && flags_of_mode(data_item(old, mode_key), out);
}

/* One that is stored with the old profile and could not be had is asked for: the new profile's
 * default. */
void
carry_secret_text(NMSettingVpn *old,
                  const char *old_key,
                  const char *mode_key,
                  const char *text,
                  NMConnection *ours,
                  const char *key)
{
    NMSettingVpn *vpn = nm_connection_get_setting_vpn(ours);
    NMSettingSecretFlags flags = NM_SETTING_SECRET_FLAG_NONE;
    bool said = old_flags(old, old_key, mode_key, &flags);

    if (text && *text) {
        nm_setting_vpn_add_secret(vpn, key, text);
        nm_setting_set_secret_flags(NM_SETTING(vpn), key, flags, NULL);
    } else if (said && flags != NM_SETTING_SECRET_FLAG_NONE) {
        nm_setting_set_secret_flags(NM_SETTING(vpn), key, flags, NULL);
    }
}

void
carry_secret(NMSettingVpn *old,
             const char *old_key,
             const char *mode_key,
             NMConnection *ours,
             const char *key)
{
    carry_secret_text(old, old_key, mode_key, nm_setting_vpn_get_secret(old, old_key), ours, key);
}

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

void
note_rest(NMSettingVpn *old, const char *const *known, Import *import)
{
    guint n;
    g_autofree const char **keys = nm_setting_vpn_get_data_keys(old, &n);

    if (!keys)
        return;
    qsort(keys, n, sizeof(*keys), compare_texts);
    for (const char **key = keys; *key; key++) {
        if (!g_strv_contains(known, *key) && !g_str_has_suffix(*key, "-flags")
            && data_item(old, *key))
            import_not_had(import, *key, data_item(old, *key));
    }
}
