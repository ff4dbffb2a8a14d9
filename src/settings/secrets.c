/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/secrets.h"

#include "settings/options.h"

#include <glib/gi18n.h>
#include <string.h>

enum {
    MAX_SECRET_LEN = 1024, /* bytes: passwords are typed, pre-shared keys at most pasted */
};

enum { QUESTION_PASSWORD = 1 };

/* What is typed most often comes first: a user changes the password, and never the group's key. */
static const SecretQuestion questions[] = {
    {"user", N_("User name"), false, connection_config_uses_xauth},
    [QUESTION_PASSWORD] = {"password", N_("Password"), true, connection_config_uses_xauth},
    {"psk", N_("Pre-shared key"), true, connection_config_uses_psk},
};

const SecretQuestion *
secret_question_at(size_t index)
{
    return index < G_N_ELEMENTS(questions) ? &questions[index] : NULL;
}

/* A method that cannot be read counts as the one that has the most questions. */
static AuthMethod
method_of(NMSettingVpn *setting)
{
    g_autoptr(ConnectionConfig) config = connection_config_new();
    const char *text = nm_setting_vpn_get_data_item(setting, "method");

    if (text && *text && option_read(option_by_key("method"), text, config, NULL))
        return config->method;
    return METHOD_PSK_XAUTH;
}

bool
secret_question_applies(const SecretQuestion *question, NMSettingVpn *setting)
{
    const ConnectionConfig config = {.method = method_of(setting)};
    const char *said =
        question->is_secret ? NULL : nm_setting_vpn_get_data_item(setting, question->key);

    return question->used(&config) && !(said && *said);
}

NMSettingSecretFlags
secret_question_flags(const SecretQuestion *question, NMSettingVpn *setting)
{
    g_autofree char *key = g_strconcat(question->key, "-flags", NULL);
    const char *text = nm_setting_vpn_get_data_item(setting, key);
    guint64 flags = 0;

    if (text)
        g_ascii_string_to_unsigned(text, 10, 0, 7, &flags, NULL);
    return (NMSettingSecretFlags) flags;
}

static const char *
secret_item(NMSettingVpn *setting, const char *key)
{
    const char *text = nm_setting_vpn_get_secret(setting, key);

    return text && *text ? text : NULL;
}

const SecretQuestion **
secrets_missing(NMSettingVpn *setting)
{
    GPtrArray *missing = g_ptr_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++) {
        const SecretQuestion *question = &questions[i];

        if (!secret_question_applies(question, setting) || secret_item(setting, question->key))
            continue;
        if (!(secret_question_flags(question, setting) & NM_SETTING_SECRET_FLAG_NOT_REQUIRED))
            g_ptr_array_add(missing, (gpointer) question);
    }
    g_ptr_array_add(missing, NULL);
    return (const SecretQuestion **) g_ptr_array_free(missing, FALSE);
}

static bool
read_secret(NMSettingVpn *setting, const char *key, Secret *out, GError **error)
{
    const char *text = secret_item(setting, key);

    if (text && strlen(text) > MAX_SECRET_LEN) {
        g_set_error(error,
                    SETTINGS_ERROR,
                    SETTINGS_ERROR_BAD_VALUE,
                    "the secret %s is longer than %d bytes",
                    key,
                    MAX_SECRET_LEN);
        return false;
    }
    secret_clear(out);
    *out = secret_of_text(text);
    return true;
}

bool
secrets_read(NMSettingVpn *setting, ConnectionConfig *config, GError **error)
{
    const char *user = secret_item(setting, "user");
    const NMSettingSecretFlags flags =
        secret_question_flags(&questions[QUESTION_PASSWORD], setting);

    config->password_once = (flags & NM_SETTING_SECRET_FLAG_NOT_SAVED) != 0;
    if (user && !config->user && !option_read(option_by_key("user"), user, config, error))
        return false;
    return read_secret(setting, "psk", &config->psk, error)
           && read_secret(setting, "password", &config->password, error);
}
