/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/swanctl.h"

#include "formats/ipsec-words.h"

#include <string.h>

/* "children.net.updown" */
char *
swanctl_name(const char *where, const char *key)
{
    return *where ? g_strconcat(where, ".", key, NULL) : g_strdup(key);
}

static const KeyReader *
find_reader(const KeyReader *readers, const char *key)
{
    while (readers->key && strcmp(readers->key, key) != 0)
        readers++;
    return readers->key ? readers : NULL;
}

/* Everything that a section says goes through a reader, or becomes a note. */
void
swanctl_read_keys(Swanctl *self,
                  const ConfSection *section,
                  const char *where,
                  const KeyReader *readers)
{
    g_autoptr(GPtrArray) entries = conf_entries(section);

    for (guint i = 0; i < entries->len; i++) {
        const ConfEntry *entry = entries->pdata[i];
        const KeyReader *reader = find_reader(readers, entry->key);
        g_autofree char *theirs = swanctl_name(where, entry->key);

        if (!*entry->value)
            continue;
        if (reader && reader->read)
            reader->read(self, entry->value, theirs);
        else if (!reader || g_strcmp0(reader->plain, entry->value) != 0)
            import_not_had(self->import, theirs, entry->value);
    }
}

/* --- the connection's own keys ---------------------------------------------------------------- */

/* swanctl keeps files in folders by their kind, beside swanctl.conf; a file that somebody passed on
 * has them beside itself. */
char *
swanctl_file(const Swanctl *self, const char *kind, const char *name)
{
    g_autofree char *in_kind = g_build_filename(self->base, kind, name, NULL);

    if (g_path_is_absolute(name) || g_str_has_prefix(name, "pkcs11:"))
        return g_strdup(name);
    if (strcmp(self->base, "/etc/swanctl") == 0 || g_file_test(in_kind, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&in_kind);
    return g_build_filename(self->base, name, NULL);
}

/* The first of a list, which is what one of our options has; the others are notes. */
void
swanctl_set_first_file(
    Swanctl *self, const char *key, const char *kind, const char *list, const char *theirs)
{
    g_auto(GStrv) names = g_strsplit(list, ",", SWANCTL_MAX_LIST);

    for (char **name = names; *name; name++) {
        g_autofree char *path = NULL;

        g_strstrip(*name);
        if (!**name)
            continue;
        if (import_get(self->import, key)) {
            import_not_had(self->import, theirs, *name);
            continue;
        }
        path = swanctl_file(self, kind, *name);
        import_set_file(self->import, key, path, theirs);
    }
}

/* A key or certificate on a token, as a URI (RFC 7512, 2.3); NULL: it has no handle. */
char *
swanctl_token_uri(const ConfSection *section)
{
    const char *handle = conf_value(section, "handle");
    const char *slot = conf_value(section, "slot");
    const char *module = conf_value(section, "module");
    g_autoptr(GString) uri = g_string_new("pkcs11:");
    size_t len = handle ? strlen(handle) : 0;

    if (len == 0 || len % 2 || strspn(handle, "0123456789abcdefABCDEF") != len)
        return NULL;
    g_string_append(uri, "id=");
    for (size_t i = 0; i < len; i += 2)
        g_string_append_printf(uri, "%%%.2s", handle + i);
    if (slot && strspn(slot, "0123456789") == strlen(slot) && *slot)
        g_string_append_printf(uri, ";slot-id=%s", slot);
    if (module && *module) {
        g_autofree char *escaped = g_uri_escape_string(module, NULL, FALSE);

        g_string_append_printf(uri, "?module-name=%s", escaped);
    }
    return g_string_free(g_steal_pointer(&uri), FALSE);
}

/* 0 if the section does not say it, or not so that it can be read. */
uint64_t
swanctl_seconds(const ConfSection *section, const char *key)
{
    const char *value = conf_value(section, key);
    uint64_t seconds = 0;

    return value && words_read_seconds(value, &seconds) ? seconds : 0;
}

void
swanctl_check_times(Swanctl *self,
                    const ConfSection *section,
                    const char *where,
                    const char *const *keys)
{
    for (; *keys; keys++) {
        const char *value = conf_value(section, *keys);
        g_autofree char *theirs = swanctl_name(where, *keys);
        uint64_t seconds;

        if (value && *value && !words_read_seconds(value, &seconds))
            import_not_had(self->import, theirs, value);
    }
}

void
swanctl_read_elsewhere(Swanctl *self, const char *value, const char *theirs)
{
}
