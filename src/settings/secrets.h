/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/connection-config.h"

#include <NetworkManager.h>

/* One thing that a person knows and a connection may need. */
typedef struct {
    const char *key;   /* in vpn.secrets */
    const char *label; /* for a dialog; marked for translation */
    bool is_secret;    /* what is typed must not be seen */
    bool (*used)(const ConnectionConfig *config);
} SecretQuestion;

/* In the order in which they are asked; NULL past the end. */
const SecretQuestion *secret_question_at(size_t index);

/* Whether the profile's method uses it and vpn.data does not say it already. Made for profiles that
 * may have mistakes elsewhere: the dialog asks, the service complains. */
bool secret_question_applies(const SecretQuestion *question, NMSettingVpn *setting);

/* The profile's flags for it; NM_SETTING_SECRET_FLAG_NONE if it says nothing. */
NMSettingSecretFlags secret_question_flags(const SecretQuestion *question, NMSettingVpn *setting);

/* What applies, is not in the setting, and is not marked as not required: array of
 * SecretQuestion, NULL at its end, owned by the caller. */
const SecretQuestion **secrets_missing(NMSettingVpn *setting);

/* Puts vpn.secrets into config. False if one of them cannot be what it says. */
bool secrets_read(NMSettingVpn *setting, ConnectionConfig *config, GError **error);
