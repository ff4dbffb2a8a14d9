/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/key-values.h"

#include "base/log.h"
#include "base/secret.h"
#include "formats/lossless.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    MAX_VALUES = 4096, /* lines: the largest real files have a few hundred, most of them networks */
};

typedef struct {
    char *key;         /* as the file writes it */
    GPtrArray *values; /* NULL at the end */
    bool looked_at;
} Entry;

struct KeyValues {
    GPtrArray *entries;  /* in the file's order */
    GHashTable *by_name; /* lower case */
    unsigned n_values;
};

static void
entry_free(void *data)
{
    Entry *entry = data;

    g_free(entry->key);
    g_ptr_array_unref(entry->values);
    g_free(entry);
}

static void
wipe_and_free(void *text)
{
    secret_free_text(text);
}

KeyValues *
key_values_new(void)
{
    KeyValues *keys = g_new0(KeyValues, 1);

    keys->entries = g_ptr_array_new_with_free_func(entry_free);
    keys->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return keys;
}

void
key_values_free(KeyValues *keys)
{
    if (!keys)
        return;
    g_hash_table_unref(keys->by_name);
    g_ptr_array_unref(keys->entries);
    g_free(keys);
}

static Entry *
find(KeyValues *keys, const char *key)
{
    g_autofree char *lower = g_ascii_strdown(key, -1);

    return g_hash_table_lookup(keys->by_name, lower);
}

static Entry *
entry_new(KeyValues *keys, const char *key)
{
    Entry *entry = g_new0(Entry, 1);

    entry->key = g_strdup(key);
    entry->values = g_ptr_array_new_with_free_func(wipe_and_free);
    g_ptr_array_add(entry->values, NULL);
    g_ptr_array_add(keys->entries, entry);
    g_hash_table_insert(keys->by_name, g_ascii_strdown(key, -1), entry);
    return entry;
}

bool
key_values_add(KeyValues *keys, const char *key, const char *value)
{
    Entry *entry = find(keys, key);

    if (keys->n_values >= MAX_VALUES)
        return false;
    keys->n_values++;
    if (!entry)
        entry = entry_new(keys, key);
    g_ptr_array_insert(entry->values, (gint) entry->values->len - 1, g_strdup(value));
    return true;
}

const char *const *
key_values_all(KeyValues *keys, const char *key)
{
    static const char *const none[] = {NULL};
    Entry *entry = find(keys, key);

    if (!entry)
        return none;
    entry->looked_at = true;
    return (const char *const *) entry->values->pdata;
}

static const char *
unless_empty(const char *value)
{
    return value && *value ? value : NULL;
}

const char *
key_values_first(KeyValues *keys, const char *key)
{
    return unless_empty(key_values_all(keys, key)[0]);
}

const char *
key_values_last(KeyValues *keys, const char *key)
{
    const char *const *values = key_values_all(keys, key);
    const char *last = NULL;

    for (; *values; values++)
        last = *values;
    return unless_empty(last);
}

static bool
is_repeated(const Entry *entry)
{
    for (guint i = 1; i + 1 < entry->values->len; i++) {
        if (strcmp(entry->values->pdata[i], entry->values->pdata[0]) != 0)
            return true;
    }
    return false;
}

void
key_values_note_repeated(KeyValues *keys, Import *import)
{
    for (guint i = 0; i < keys->entries->len; i++) {
        const Entry *entry = keys->entries->pdata[i];
        g_autofree char *safe = log_safe_text(entry->key, strlen(entry->key));

        if (is_repeated(entry))
            import_note(import,
                        _("“%s” stands in the file more than once: what it says first was taken."),
                        safe);
    }
}

static void
read_own(Import *import, const char *key, const char *text)
{
    char *value = own_value_unquoted(text ? text : "");

    if (strcmp(key, "psk") == 0)
        import_set_secret(import, "psk", value);
    else if (*value)
        import_set_own(import, key, value);
    else
        import_unset(import, key);
    secret_free_text(value);
}

void
key_values_read_own(KeyValues *keys, const char *prefix, Import *import)
{
    size_t len = strlen(prefix);

    for (guint i = 0; i < keys->entries->len; i++) {
        Entry *entry = keys->entries->pdata[i];
        g_autofree char *own = NULL;

        if (g_ascii_strncasecmp(entry->key, prefix, len) != 0 || entry->looked_at)
            continue;
        own = g_ascii_strdown(entry->key + len, -1);
        read_own(import, own, key_values_last(keys, entry->key));
    }
}

void
key_values_note_rest(KeyValues *keys, Import *import)
{
    for (guint i = 0; i < keys->entries->len; i++) {
        Entry *entry = keys->entries->pdata[i];
        const char *value = entry->values->pdata[0];

        if (!entry->looked_at && unless_empty(value))
            import_not_had(import, entry->key, value);
        entry->looked_at = true;
    }
}

unsigned
key_values_number(KeyValues *keys, Import *import, const char *key, unsigned absent)
{
    const char *text = key_values_first(keys, key);
    guint64 number;

    if (!text)
        return absent;
    if (g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &number, NULL))
        return (unsigned) number;
    import_not_had(import, key, text);
    return absent;
}
