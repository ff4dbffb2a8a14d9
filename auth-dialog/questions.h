/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <NetworkManager.h>
#include <stdbool.h>

/* What NetworkManager wants from the user, through whoever started the dialog. */
typedef struct {
    NMSettingVpn *setting; /* the profile, and the secrets that are known */
    const char *const
        *hints; /* the service asks for these right now; and VPN_MESSAGE_HINT; or NULL */
    bool allow_interaction;
    bool reprompt; /* what was given is wrong */
} QuestionRequest;

#define VPN_MESSAGE_HINT "x-vpn-message:"

/* One line of the dialog. */
typedef struct {
    const char *key;
    char *label; /* in the user's language */
    bool is_secret;
    bool should_ask;
    char *value; /* NULL: not known */
} Question;

/* The secret that the user's keyring has for this key; NULL: none. Owned by the caller. */
typedef char *(*KeyringLookup)(void *keyring, const char *key);

/* Everything that the profile's method uses, in the order in which it is asked: with hints only
 * what they name is asked, else what is neither known nor declared unnecessary. Values of the
 * keyring and of the profile are filled in where the secret's flags let them be kept. Array of
 * Question, which wipes itself. */
GPtrArray *questions_for(const QuestionRequest *request, KeyringLookup lookup, void *keyring);

/* Whether there is anything to be asked. */
bool questions_to_ask(const GPtrArray *questions);

/* What the service says of the question. Its first line may be one of our sentences
 * (SecretQuestion), and is translated then; the gateway's own words stay as they are. NULL: it says
 * nothing. Owned by the caller. */
char *questions_message(const QuestionRequest *request);
