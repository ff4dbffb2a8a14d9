/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth-dialog/questions.h"

#include "base/secret.h"
#include "settings/key-file.h"
#include "settings/secrets.h"

#include <glib/gi18n.h>
#include <string.h>

static void
question_free(void *data)
{
    Question *question = data;

    secret_free_text(question->value);
    g_free(question->label);
    g_free(question);
}

static bool
is_message(const char *hint)
{
    return g_str_has_prefix(hint, VPN_MESSAGE_HINT);
}

static char *
translated(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", 2);

    /* (The empty text's translation is the catalogue's header.) */
    if (!lines[0] || !*lines[0])
        return g_strdup(text);
    return lines[1] ? g_strdup_printf("%s\n%s", gettext(lines[0]), lines[1])
                    : g_strdup(gettext(lines[0]));
}

char *
questions_message(const QuestionRequest *request)
{
    for (const char *const *hint = request->hints; hint && *hint; hint++) {
        if (is_message(*hint))
            return translated(*hint + strlen(VPN_MESSAGE_HINT));
    }
    return NULL;
}

static bool
is_hinted(const QuestionRequest *request, const char *key)
{
    for (const char *const *hint = request->hints; hint && *hint; hint++) {
        if (strcmp(*hint, key) == 0)
            return true;
    }
    return false;
}

static bool
has_hints(const QuestionRequest *request)
{
    for (const char *const *hint = request->hints; hint && *hint; hint++) {
        if (!is_message(*hint))
            return true;
    }
    return false;
}

/* (Neither a desktop nor our own window could show or say anything else.) */
static char *
text_or_nothing(char *value)
{
    if (!value || g_utf8_validate(value, -1, NULL))
        return value;
    secret_free_text(value);
    return NULL;
}

/* What is never kept is not known, whoever may still have it. */
static char *
known_value(const QuestionRequest *request,
            const SecretQuestion *secret,
            KeyringLookup lookup,
            void *keyring)
{
    NMSettingSecretFlags flags = secret_question_flags(secret, request->setting);
    const char *given = nm_setting_vpn_get_secret(request->setting, secret->key);

    if (flags & NM_SETTING_SECRET_FLAG_NOT_SAVED)
        return NULL;
    if (given && *given)
        return text_or_nothing(g_strdup(given));
    return flags & NM_SETTING_SECRET_FLAG_AGENT_OWNED
               ? text_or_nothing(lookup(keyring, secret->key))
               : NULL;
}

static bool
should_ask(const QuestionRequest *request, const SecretQuestion *secret, const char *value)
{
    NMSettingSecretFlags flags = secret_question_flags(secret, request->setting);

    if (!request->allow_interaction)
        return false;
    if (has_hints(request))
        return is_hinted(request, secret->key);
    if (flags & NM_SETTING_SECRET_FLAG_NOT_REQUIRED)
        return false;
    return request->reprompt || !value;
}

/* A token wants its PIN, and says its name, since there may be several. */
static char *
label_of(const SecretQuestion *secret, NMSettingVpn *setting)
{
    const char *key = secret_key_of(setting);
    g_autofree char *token = NULL;

    if (strcmp(secret->key, "key-password") != 0 || !key || !key_is_on_token(key))
        return g_strdup(_(secret->label));
    token = key_token_name(key);
    return token ? g_strdup_printf(_("PIN of %s"), token) : g_strdup(_("PIN of the token"));
}

static Question *
question_new(const QuestionRequest *request,
             const SecretQuestion *secret,
             KeyringLookup lookup,
             void *keyring)
{
    Question *question = g_new0(Question, 1);

    question->key = secret->key;
    question->label = label_of(secret, request->setting);
    question->is_secret = secret->is_secret;
    /* What a gateway asks for by name, it asks for anew: an old answer would be a wrong one. */
    if (!is_hinted(request, secret->key))
        question->value = known_value(request, secret, lookup, keyring);
    question->should_ask = should_ask(request, secret, question->value);
    return question;
}

GPtrArray *
questions_for(const QuestionRequest *request, KeyringLookup lookup, void *keyring)
{
    GPtrArray *questions = g_ptr_array_new_with_free_func(question_free);
    const SecretQuestion *secret;

    for (size_t i = 0; (secret = secret_question_at(i)); i++) {
        if (secret_question_applies(secret, request->setting) || is_hinted(request, secret->key))
            g_ptr_array_add(questions, question_new(request, secret, lookup, keyring));
    }
    return questions;
}

bool
questions_to_ask(const GPtrArray *questions)
{
    for (guint i = 0; i < questions->len; i++) {
        const Question *question = questions->pdata[i];

        if (question->should_ask)
            return true;
    }
    return false;
}
