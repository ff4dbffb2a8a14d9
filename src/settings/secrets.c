/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/secrets.h"

#include "settings/data-item.h"
#include "settings/key-file.h"
#include "settings/options.h"

#include <glib/gi18n.h>
#include <string.h>

enum {
    MAX_SECRET_LEN = 1024, /* bytes: passwords are typed, pre-shared keys at most pasted */
};

enum { QUESTION_PASSWORD = 1 };

/* What is typed most often comes first: a user changes the password, and never the group's key. */
static const SecretQuestion questions[] = {
    {
        .key = "user",
        .label = N_("User name"),
        .used = connection_config_uses_user,
        .wanted = N_("The gateway asks for the user name."),
    },
    [QUESTION_PASSWORD] =
        {
            .key = "password",
            .label = N_("Password"),
            .is_secret = true,
            .used = connection_config_uses_user,
            .wanted = N_("The gateway asks for the password."),
            .refused = N_("The gateway refused the user name or the password. Try again."),
        },
    {
        .key = "psk",
        .label = N_("Pre-shared key"),
        .is_secret = true,
        .used = connection_config_uses_psk,
        .wanted = N_("The pre-shared key is needed."),
        .refused = N_("The pre-shared key is not the gateway’s. Try again."),
    },
    {
        .key = "key-password",
        .label = N_("Key password"),
        .is_secret = true,
        .used = connection_config_uses_certificate,
        .wanted = N_("The private key is encrypted."),
    },
    {
        .key = "answer",
        .label = N_("Answer"),
        .is_secret = true,
        .wanted = N_("The gateway asks for something more, such as a one-time code."),
        .refused = N_("The gateway refused the answer. Try again."),
    },
};

const char *const secret_refused_before = N_("That is what was refused before.");
const char *const secret_password_or_answer_refused =
    N_("The gateway refused the answer, or the password. Try again.");

const SecretQuestion *
secret_question_at(size_t index)
{
    return index < G_N_ELEMENTS(questions) ? &questions[index] : NULL;
}

const SecretQuestion *
secret_question_by_key(const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++) {
        if (strcmp(questions[i].key, key) == 0)
            return &questions[i];
    }
    return NULL;
}

static bool
read_choice_of(NMSettingVpn *setting, const char *key, ConnectionConfig *config)
{
    const char *text = data_item(setting, key);

    return text && option_parse(option_by_key(key), text, config, NULL);
}

/* A method that cannot be read counts as the one that has the most questions. */
static AuthMethod
method_of(NMSettingVpn *setting)
{
    g_autoptr(ConnectionConfig) config = connection_config_new();

    if (read_choice_of(setting, "method", config))
        return config->method;
    read_choice_of(setting, "ike-version", config);
    if (!data_item(setting, "method") && config->ike_version == IKE_VERSION_2)
        return METHOD_EAP;
    return METHOD_PSK_XAUTH;
}

static bool
has_user(const ConnectionConfig *config, NMSettingVpn *setting)
{
    return !connection_config_uses_eap(config)
           || option_eap_tls(data_item(setting, "eap")) != EAP_TLS_ALONE;
}

/* Without a key of its own, the certificate's file has it (PKCS#12, or PEM with both). */
const char *
secret_key_of(NMSettingVpn *setting)
{
    const char *key = data_item(setting, "key");

    return key ? key : data_item(setting, "cert");
}

static bool
key_is_locked(NMSettingVpn *setting)
{
    const char *key = secret_key_of(setting);

    return key && key_needs_password(key);
}

bool
secret_question_applies(const SecretQuestion *question, NMSettingVpn *setting)
{
    const ConnectionConfig config = {.method = method_of(setting)};

    if (!question->used || !question->used(&config))
        return false;
    if (!question->is_secret && data_item(setting, question->key))
        return false;
    if (question->used == connection_config_uses_user)
        return has_user(&config, setting);
    return question->used != connection_config_uses_certificate || key_is_locked(setting);
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

bool
secret_question_keeps_nothing(const char *key, NMSettingVpn *setting)
{
    const SecretQuestion *question = secret_question_by_key(key);

    return secret_question_flags(question, setting) & NM_SETTING_SECRET_FLAG_NOT_SAVED;
}

void
secrets_keep_no_answer(NMSettingVpn *setting)
{
    const ConnectionConfig config = {.method = method_of(setting)};

    if (connection_config_uses_user(&config) && !data_item(setting, "answer-flags"))
        nm_setting_vpn_add_data_item(setting, "answer-flags", "2");
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

bool
secret_read(NMSettingVpn *setting, const char *key, Secret *out, GError **error)
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
    return secret_read(setting, "psk", &config->psk, error)
           && secret_read(setting, "password", &config->password, error);
}
