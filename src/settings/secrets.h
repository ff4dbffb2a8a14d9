/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/connection-config.h"

#include <NetworkManager.h>

/* One thing that a person knows and a connection may need. Its sentences are English, marked for
 * translation: the service says them to NetworkManager, and the dialog, which knows the user's
 * language, translates what it is told. */
typedef struct {
    const char *key;                              /* in vpn.secrets */
    const char *label;                            /* for a dialog */
    bool is_secret;                               /* what is typed must not be seen */
    bool (*used)(const ConnectionConfig *config); /* NULL: when a gateway asks, and only then */
    const char *wanted;                           /* the gateway wants to know */
    const char *refused; /* … and did not take what it was told; NULL: there is no second try */
} SecretQuestion;

/* Instead of refused: what was given was refused before, and was not sent; and: the gateway does
 * not say which of password and answer it did not like. */
extern const char *const secret_refused_before;
extern const char *const secret_password_or_answer_refused;

/* In the order in which they are asked; NULL past the end. */
const SecretQuestion *secret_question_at(size_t index);

/* NULL if there is none of this name. */
const SecretQuestion *secret_question_by_key(const char *key);

/* Whether the profile's method uses it and vpn.data does not say it already; of a private key's
 * password, whether the key has one (key-file.h). Made for profiles that may have mistakes
 * elsewhere: the dialog asks, the service complains. */
bool secret_question_applies(const SecretQuestion *question, NMSettingVpn *setting);

/* Where the profile's private key is: a path or a pkcs11: URI; NULL: it has none. */
const char *secret_key_of(NMSettingVpn *setting);

/* The profile's flags for it; NM_SETTING_SECRET_FLAG_NONE if it says nothing. */
NMSettingSecretFlags secret_question_flags(const SecretQuestion *question, NMSettingVpn *setting);

/* Whether the answer to a question of the gateway's own can be asked for under the key: nobody
 * keeps it, and nobody drops it. NetworkManager knows no flags but the profile's. */
bool secret_question_keeps_nothing(const char *key, NMSettingVpn *setting);

/* For whoever writes a profile: says in vpn.data, if that is silent, that nobody keeps the answer
 * to a question of the gateway's own, where the method has a user. */
void secrets_keep_no_answer(NMSettingVpn *setting);

/* What applies, is not in the setting, and is not marked as not required: array of
 * SecretQuestion, NULL at its end, owned by the caller. */
const SecretQuestion **secrets_missing(NMSettingVpn *setting);

/* Puts vpn.secrets into config. False if one of them cannot be what it says. */
bool secrets_read(NMSettingVpn *setting, ConnectionConfig *config, GError **error);

/* The same of one secret that was typed later. */
bool secret_read(NMSettingVpn *setting, const char *key, Secret *out, GError **error);
