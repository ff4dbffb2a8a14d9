/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/lossless.h"

#include "formats/network-keys.h"
#include "settings/options.h"

#include <string.h>

char *
own_value_quoted(const char *value)
{
    size_t len = strlen(value);
    bool plain = len == 0
                 || (!g_ascii_isspace(value[0]) && !g_ascii_isspace(value[len - 1])
                     && (value[0] != '"' || value[len - 1] != '"'));

    return plain ? g_strdup(value) : g_strconcat("\"", value, "\"", NULL);
}

char *
own_value_unquoted(const char *text)
{
    size_t len = strlen(text);

    if (len < 2 || text[0] != '"' || text[len - 1] != '"')
        return g_strdup(text);
    return g_strndup(text + 1, len - 2);
}

GPtrArray *
keys_that_are_lost(const Export *export,
                   bool (*read)(const FormatFile *, Import *, GError **),
                   const char *text)
{
    g_autoptr(Import) import = import_new("/");
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
    const FormatFile file = {"export", "/", bytes, text};
    GPtrArray *lost = g_ptr_array_new();
    const Option *option;
    const char *key;

    /* What it refuses it has not set, and then everything is among what is lost. */
    read(&file, import, NULL);
    for (size_t i = 0; (option = option_at(i)); i++) {
        if (option->kind != OPTION_SECRET
            && g_strcmp0(export_get(export, option->key), import_get(import, option->key)) != 0)
            g_ptr_array_add(lost, (gpointer) option->key);
    }
    for (size_t i = 0; (key = network_key_at(i)); i++) {
        g_autofree char *after = import_network_text(import, key);
        const char *before = export_get(export, key);

        if (strcmp(before ? before : "", after) != 0)
            g_ptr_array_add(lost, (gpointer) key);
    }
    return lost;
}

void
append_what_is_lost(const Export *export,
                    bool (*read)(const FormatFile *, Import *, GError **),
                    AppendOwn append,
                    GString *text)
{
    g_autoptr(GPtrArray) lost = keys_that_are_lost(export, read, text->str);

    for (guint i = 0; i < lost->len; i++) {
        const char *value = export_get(export, lost->pdata[i]);
        g_autofree char *quoted = own_value_quoted(value ? value : "");

        append(text, lost->pdata[i], quoted);
    }
}
