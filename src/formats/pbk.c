/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/pbk.h"

#include "base/log.h"
#include "formats/formats.h"
#include "formats/internal.h"
#include "formats/windows.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Windows' phone books (rasphone.pbk): a section for each connection, lines of key and value.
 * Inside of a section a line such as MEDIA=… or DEVICE=… begins what is said of the one device. */

enum {
    MAX_ENTRIES = 256, /* connections of one computer */
    MAX_NAMED = 8,     /* in one sentence */
    MAX_KEYS = 512,    /* of one entry: Windows writes 140, and some for each route */
};

/* --- the file's form ------------------------------------------------------------------------- */

typedef struct {
    char *name;
    GHashTable *values; /* the first one of each key counts */
} Entry;

static void
entry_free(void *data)
{
    Entry *entry = data;

    g_free(entry->name);
    g_hash_table_unref(entry->values);
    g_free(entry);
}

/* "[Name]", and the name may have brackets itself. */
static Entry *
new_entry(const char *line)
{
    size_t len = strlen(line);
    Entry *entry;

    if (line[0] != '[' || len < 3 || line[len - 1] != ']')
        return NULL;
    entry = g_new0(Entry, 1);
    entry->name = g_strndup(line + 1, len - 2);
    entry->values =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) secret_free_text);
    return entry;
}

static void
add_value(Entry *entry, char *line)
{
    char *equals = strchr(line, '=');
    const char *key;

    if (!equals || g_hash_table_size(entry->values) >= MAX_KEYS)
        return;
    *equals = '\0';
    key = g_strstrip(line);
    if (!g_hash_table_contains(entry->values, key))
        g_hash_table_insert(entry->values, g_strdup(key), g_strdup(g_strstrip(equals + 1)));
}

static GPtrArray *
read_entries(const char *text)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
    char **lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line && entries->len < MAX_ENTRIES; line++) {
        Entry *entry = new_entry(g_strstrip(*line));

        if (entry)
            g_ptr_array_add(entries, entry);
        else if (entries->len > 0)
            add_value(entries->pdata[entries->len - 1], *line);
    }
    for (char **line = lines; *line; line++)
        secret_free_text(*line);
    g_free(lines);
    return entries;
}

static const char *
value_of(const Entry *entry, const char *key)
{
    const char *value = g_hash_table_lookup(entry->values, key);

    return value ? value : "";
}

static bool
recognises(const FormatFile *file)
{
    const char *start = file->text ? file->text + strspn(file->text, " \t\n") : "";

    return *start == '[' && strstr(start, "\nPhoneNumber=")
           && (strstr(start, "\nMEDIA=") || strstr(start, "\nDEVICE=")
               || strstr(start, "\nVpnStrategy="));
}

/* --- which entry ----------------------------------------------------------------------------- */

/* VpnStrategy, as RASENTRY has it. */
static const struct {
    const char *number;
    const char *called;
    enum { NEVER_IKEV2, MAYBE_IKEV2, FIRST_IKEV2 } ikev2;
} strategies[] = {
    {"0", "automatic", MAYBE_IKEV2},
    {"1", "PPTP", NEVER_IKEV2},
    {"2", "PPTP", NEVER_IKEV2},
    {"3", "L2TP", NEVER_IKEV2},
    {"4", "L2TP", NEVER_IKEV2},
    {"5", "SSTP", NEVER_IKEV2},
    {"6", "SSTP", NEVER_IKEV2},
    {"7", "IKEv2", FIRST_IKEV2},
    {"8", "IKEv2", FIRST_IKEV2},
    {"9", "GRE", NEVER_IKEV2},
    {"12", "PPTP", NEVER_IKEV2},
    {"13", "L2TP", NEVER_IKEV2},
    {"14", "IKEv2", FIRST_IKEV2},
    {"15", "automatic", MAYBE_IKEV2},
};

/* G_N_ELEMENTS if it is none that we know. */
static size_t
strategy_of(const Entry *entry)
{
    size_t i = 0;

    while (i < G_N_ELEMENTS(strategies)
           && strcmp(strategies[i].number, value_of(entry, "VpnStrategy")) != 0)
        i++;
    return i;
}

/* Type 2 is a VPN; 1 is a telephone, 5 a line with PPPoE. */
static int
fitness_of(const Entry *entry)
{
    size_t strategy = strategy_of(entry);
    const char *type = value_of(entry, "Type");

    if ((*type && strcmp(type, "2") != 0 && g_ascii_strcasecmp(type, "IKEv2") != 0)
        || strategy >= G_N_ELEMENTS(strategies))
        return NEVER_IKEV2;
    return (int) strategies[strategy].ikev2;
}

/* The first one that is for IKEv2, else the first that may be; NULL: none is. */
static const Entry *
choose_entry(const GPtrArray *entries)
{
    for (int fitness = FIRST_IKEV2; fitness >= MAYBE_IKEV2; fitness--) {
        for (guint i = 0; i < entries->len; i++) {
            if (fitness_of(entries->pdata[i]) == fitness)
                return entries->pdata[i];
        }
    }
    return NULL;
}

static bool
refuse_all(const GPtrArray *entries, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < entries->len && i < MAX_NAMED; i++) {
        const Entry *entry = entries->pdata[i];
        size_t strategy = strategy_of(entry);
        bool is_vpn = *value_of(entry, "VpnStrategy") && strategy < G_N_ELEMENTS(strategies);
        g_autofree char *name = log_safe_text(entry->name, strlen(entry->name));

        g_string_append_printf(names,
                               "%s%s (%s)",
                               i > 0 ? ", " : "",
                               name,
                               is_vpn ? strategies[strategy].called : _("no VPN"));
    }
    if (entries->len > MAX_NAMED)
        g_string_append(names, ", …");
    g_set_error(error,
                FORMATS_ERROR,
                FORMATS_ERROR_UNSUPPORTED,
                _("none of its connections is for IKEv2: %s."),
                names->str);
    return false;
}

static void
note_others(const GPtrArray *entries, const Entry *chosen, Import *import)
{
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = entries->pdata[i];
        g_autofree char *name = log_safe_text(entry->name, strlen(entry->name));

        if (entry != chosen)
            import_note(import,
                        _("The phone book has another connection, “%s”, which was left out: one "
                          "is taken at a time."),
                        name);
    }
}

static bool
read_file(const FormatFile *file, Import *import, GError **error)
{
    g_autoptr(GPtrArray) entries = read_entries(file->text);
    const Entry *chosen = choose_entry(entries);

    if (!chosen)
        return refuse_all(entries, error);
    import_set_name(import, chosen->name);
    if (fitness_of(chosen) == MAYBE_IKEV2)
        import_note(import,
                    _("Windows would try several protocols. This connection is IKEv2 only: ask "
                      "whether the gateway has it."));
    pbk_read_entry(chosen->values, import);
    note_others(entries, chosen, import);
    return true;
}

const Format format_pbk = {
    .name = N_("a phone book of Windows"),
    .suffix = ".pbk",
    .recognises = recognises,
    .read = read_file,
};
