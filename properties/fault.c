/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/fault.h"

#include <string.h>

/* The part after "KEY=VALUE: " or "KEY: "; all of it if the sentence begins otherwise. */
static const char *
without_key(const char *message, const char *key)
{
    size_t len = strlen(key);
    const char *colon;

    if (strncmp(message, key, len) != 0 || !strchr("=:", message[len]))
        return message;
    colon = strstr(message + len, ": ");
    return colon ? colon + 2 : message;
}

char *
fault_sentence(const GError *fault, const char *key)
{
    const char *rest = without_key(fault->message, key);
    g_autofree char *first = NULL;

    if (!*rest || !g_utf8_validate(rest, -1, NULL))
        return g_strdup(fault->message);
    first = g_utf8_strup(rest, g_utf8_next_char(rest) - rest);
    return g_strconcat(first, g_utf8_next_char(rest), NULL);
}
