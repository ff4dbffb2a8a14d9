/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/fault.h"

#include <string.h>

/* Of "KEY=VALUE: SENTENCE" and "KEY: SENTENCE" the sentence, of "KEY=WORD: SENTENCE" with one word
 * of several what is behind KEY=; else all of it. value NULL: it is the default's. */
static const char *
without_key(const char *message, const char *key, const char *value)
{
    size_t key_len = strlen(key), value_len = value ? strlen(value) : 0;
    const char *rest = message + key_len;

    if (strncmp(message, key, key_len) != 0)
        return message;
    if (strncmp(rest, ": ", 2) == 0)
        return rest + 2;
    if (*rest++ != '=')
        return message;
    if (value && strncmp(rest, value, value_len) == 0 && strncmp(rest + value_len, ": ", 2) == 0)
        return rest + value_len + 2;
    if (rest[strcspn(rest, ": ")] != ':')
        return message;
    return value ? rest : strchr(rest, ':') + strlen(": ");
}

char *
fault_sentence(const GError *fault, const char *key, const char *value)
{
    const char *rest = without_key(fault->message, key, value);
    g_autofree char *first = NULL;

    /* A word that is shown as it was typed begins no sentence. */
    if (rest == fault->message || rest[-1] != ' ' || !g_utf8_validate(rest, -1, NULL))
        return g_strdup(rest);
    first = g_utf8_strup(rest, g_utf8_next_char(rest) - rest);
    return g_strconcat(first, g_utf8_next_char(rest), NULL);
}
