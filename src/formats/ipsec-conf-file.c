/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/ipsec-conf.h"

#include "base/log.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    MAX_SECTIONS = 256, /* connections: a hub of many branches has as many */
    MAX_ENTRIES = 4096, /* settings of a file */
    MAX_ALSO = 8,       /* sections in one another by "also" */
    MAX_MERGED = 512,   /* settings of one connection; there are not so many keys */
};

static void
entry_free(void *data)
{
    IpsecEntry *entry = data;

    g_free(entry->key);
    g_free(entry->value);
    g_free(entry);
}

static void
section_free(void *data)
{
    IpsecSection *section = data;

    g_free(section->kind);
    g_free(section->name);
    g_ptr_array_unref(section->entries);
    g_free(section);
}

/* A '#' begins a comment, unless it is in quotes, or in a word such as an identity. */
static void
cut_comment(char *line)
{
    bool quoted = false;

    for (char *c = line; *c; c++) {
        if (*c == '"')
            quoted = !quoted;
        if (*c == '#' && !quoted && (c == line || g_ascii_isspace(c[-1]))) {
            *c = '\0';
            return;
        }
    }
}

static void
unquote(char *value)
{
    size_t len = strlen(value);

    if (len < 2 || value[0] != '"' || value[len - 1] != '"')
        return;
    value[len - 1] = '\0';
    memmove(value, value + 1, len - 1);
}

static bool
add_section(GPtrArray *sections, const char *line, Import *import)
{
    g_auto(GStrv) words = g_strsplit_set(line, " \t", 2);
    IpsecSection *section;

    if (strcmp(words[0], "version") == 0)
        return false;
    if (strcmp(words[0], "include") == 0 && words[1]) {
        g_autofree char *safe = log_safe_text(words[1], strlen(words[1]));

        import_note(import, _("“include %s” was not followed: import that file too."), safe);
        return false;
    }
    if (!words[1] || sections->len >= MAX_SECTIONS) {
        import_not_had(import, words[0], words[1]);
        return false;
    }
    section = g_new0(IpsecSection, 1);
    section->kind = g_strdup(words[0]);
    section->name = g_strdup(g_strstrip(words[1]));
    unquote(section->name);
    section->entries = g_ptr_array_new_with_free_func(entry_free);
    g_ptr_array_add(sections, section);
    return true;
}

static void
add_entry(IpsecSection *section, const char *line, Import *import)
{
    const char *equals = strchr(line, '=');
    IpsecEntry *entry;

    if (!equals || equals == line) {
        g_autofree char *word = g_strndup(line, strcspn(line, " \t="));

        /* What stands behind it may be a password. */
        import_not_had(import, word, NULL);
        return;
    }
    entry = g_new0(IpsecEntry, 1);
    entry->key = g_ascii_strdown(line, equals - line);
    g_strdelimit(g_strstrip(entry->key), "_", '-');
    entry->value = g_strstrip(g_strdup(equals + 1));
    unquote(entry->value);
    g_ptr_array_add(section->entries, entry);
}

GPtrArray *
ipsec_conf_sections(const char *text, Import *import)
{
    GPtrArray *sections = g_ptr_array_new_with_free_func(section_free);
    IpsecSection *section = NULL;
    unsigned n = 0;

    while (*text && n < MAX_ENTRIES) {
        size_t len = strcspn(text, "\n");
        g_autofree char *line = g_strndup(text, len);
        bool indented = *line == ' ' || *line == '\t';

        text += len + (text[len] == '\n');
        cut_comment(line);
        g_strstrip(line);
        if (!*line)
            continue;
        n++;
        if (!indented)
            section =
                add_section(sections, line, import) ? sections->pdata[sections->len - 1] : NULL;
        else if (section)
            add_entry(section, line, import);
    }
    if (*text)
        import_note(
            import, _("The file has more than %d settings: the rest was left out."), MAX_ENTRIES);
    return sections;
}

const IpsecSection *
ipsec_conf_find(const GPtrArray *sections, const char *kind, const char *name)
{
    for (guint i = 0; i < sections->len; i++) {
        const IpsecSection *section = sections->pdata[i];

        if (strcmp(section->kind, kind) == 0 && strcmp(section->name, name) == 0)
            return section;
    }
    return NULL;
}

const char *
ipsec_conf_value(const GPtrArray *entries, const char *key)
{
    for (guint i = 0; i < entries->len; i++) {
        const IpsecEntry *entry = entries->pdata[i];

        if (strcmp(entry->key, key) == 0)
            return entry->value;
    }
    return NULL;
}

typedef struct {
    const GPtrArray *sections;
    GPtrArray *entries;
    GPtrArray *merged; /* sections: each is merged once, whoever names it */
} Merge;

/* Of one section the last one counts, and of several the first section. */
static void
merge_section(Merge *merge, const IpsecSection *section, unsigned depth)
{
    if (!section || depth > MAX_ALSO || g_ptr_array_find(merge->merged, section, NULL))
        return;
    g_ptr_array_add(merge->merged, (gpointer) section);
    for (guint i = section->entries->len; i-- > 0;) {
        IpsecEntry *entry = section->entries->pdata[i];

        if (strcmp(entry->key, "also") != 0 && merge->entries->len < MAX_MERGED
            && !ipsec_conf_value(merge->entries, entry->key))
            g_ptr_array_add(merge->entries, entry);
    }
    for (guint i = 0; i < section->entries->len; i++) {
        const IpsecEntry *entry = section->entries->pdata[i];

        if (strcmp(entry->key, "also") == 0)
            merge_section(
                merge, ipsec_conf_find(merge->sections, section->kind, entry->value), depth + 1);
    }
}

static int
compare_keys(gconstpointer a, gconstpointer b)
{
    const IpsecEntry *const *first = a, *const *second = b;

    return strcmp((*first)->key, (*second)->key);
}

GPtrArray *
ipsec_conf_merged(const GPtrArray *sections, const IpsecSection *connection)
{
    g_autoptr(GPtrArray) seen = g_ptr_array_new();
    Merge merge = {sections, g_ptr_array_new(), seen};

    merge_section(&merge, connection, 0);
    merge_section(&merge, ipsec_conf_find(sections, "conn", "%default"), 0);
    /* So that notes come in an order that the user finds his way in. */
    g_ptr_array_sort(merge.entries, compare_keys);
    return merge.entries;
}
