/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/connection-config.h"

/* The one table of what a profile may say in vpn.data: the service, the man page, the editor,
 * import and export all read it. */

#define SETTINGS_ERROR (settings_error_quark())
GQuark settings_error_quark(void);
typedef enum {
    SETTINGS_ERROR_UNKNOWN_KEY,
    SETTINGS_ERROR_BAD_VALUE,
    SETTINGS_ERROR_UNSUPPORTED, /* known, and not built yet */
    SETTINGS_ERROR_MISSING,
} SettingsError;

/* A word that an option takes. */
typedef struct {
    const char *keyword; /* NULL ends the list */
    int value;
    bool unsupported;
    const char *called; /* in a sentence, where key=value is not what people say */
} OptionChoice;

typedef enum {
    OPTION_CHOICE, /* one of the choices */
    OPTION_NUMBER, /* from least to most, or one of the choices */
    OPTION_TEXT,   /* read by a function of its own */
    OPTION_SECRET, /* stands in vpn.secrets; in vpn.data it is refused */
} OptionKind;

typedef enum {
    GROUP_GATEWAY,
    GROUP_AUTHENTICATION,
    GROUP_SECRETS,
    GROUP_PROPOSALS,
    GROUP_NETWORK,
    GROUP_TRANSPORT,
    GROUP_N,
} OptionGroup;

typedef struct Option Option;

/* Reads text into the field of config that the option names. */
typedef bool (*OptionReader)(const Option *option,
                             const char *text,
                             ConnectionConfig *config,
                             GError **error);

struct Option {
    const char *key;
    OptionGroup group;
    OptionKind kind;
    OptionReader read;
    size_t field; /* offset in ConnectionConfig, for readers that serve several options */
    const char *default_text;
    const OptionChoice *choices;
    uint64_t least, most;
    const char *values;   /* in words, where choices and bounds do not say it; or the unit */
    const char *sentence; /* what it does, for the man page */
    /* Whether version and method of config have a use for it; NULL: all of them. */
    bool (*applies)(const ConnectionConfig *config);
    bool unsupported; /* whatever it says */
    /* Whether a good value is of what there is; NULL: choices say it. */
    bool (*supports)(const char *text, GError **error);
};

/* In the order of the man page; NULL past the end. */
const Option *option_at(size_t index);

/* NULL if there is none of this name. */
const Option *option_by_key(const char *key);

/* The key that a wrong one was most probably meant to be; NULL if none is near. */
const char *option_nearest_key(const char *key);

/* "Gateway": the heading over a group. */
const char *option_group_title(OptionGroup group);

/* What the option takes, for people: "main or aggressive", "0 to 86400 seconds". Owned by the
 * caller. */
char *option_values_text(const Option *option);

/* Whether version and method of config have a use for the option. */
bool option_applies(const Option *option, const ConnectionConfig *config);

/* What a value of the option eap (or NULL) says of EAP-TLS (RFC 5216). Alone, a certificate says
 * who the user is, and no password does. */
typedef enum { EAP_TLS_NOT_NAMED, EAP_TLS_NAMED, EAP_TLS_ALONE } EapTls;
EapTls option_eap_tls(const char *eap);

/* Checks one value and puts it into config. False, with an error that names key, value and what
 * would be right, if it is bad. What is known and not supported yet is good: an editor may write
 * it, and a profile of another program may ask for it. */
bool option_parse(const Option *option, const char *text, ConnectionConfig *config, GError **error);

/* What option_parse() said of text, without the option's key and the value before it, for a place
 * where neither tells the user anything; the whole message if it has no such beginning. It is part
 * of error. */
const char *option_reason(const Option *option, const char *text, const GError *error);

/* Whether the service can do what a good value says; else an error that names it. */
bool option_supports(const Option *option, const char *text, GError **error);

/* Both: what the service does with a value. */
bool option_read(const Option *option, const char *text, ConnectionConfig *config, GError **error);
