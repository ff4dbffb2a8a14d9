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
    bool has_more;      /* keys than are read */
} Entry;

/* What is left out of a file is told. */
typedef struct {
    GPtrArray *entries;
    bool has_more;  /* entries than are read */
    bool has_other; /* lines that are neither a key with a value nor an entry's name */
} Book;

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
book_clear(Book *book)
{
    g_clear_pointer(&book->entries, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Book, book_clear)

/* False: it is none. */
static bool
add_value(Entry *entry, char *line)
{
    char *equals = strchr(line, '=');
    const char *key;

    if (!equals)
        return false;
    *equals = '\0';
    key = g_strstrip(line);
    if (g_hash_table_contains(entry->values, key))
        return true;
    if (g_hash_table_size(entry->values) >= MAX_KEYS)
        entry->has_more = true;
    else
        g_hash_table_insert(entry->values, g_strdup(key), g_strdup(g_strstrip(equals + 1)));
    return true;
}

static void
add_line(Book *book, char *line)
{
    Entry *entry = new_entry(line);
    Entry *last = book->entries->len > 0 ? book->entries->pdata[book->entries->len - 1] : NULL;

    if (entry && book->entries->len >= MAX_ENTRIES) {
        book->has_more = true;
        entry_free(entry);
    } else if (entry) {
        g_ptr_array_add(book->entries, entry);
    } else if (*line && (!last || !add_value(last, line))) {
        book->has_other = true;
    }
}

static Book
read_book(const char *text)
{
    Book book = {.entries = g_ptr_array_new_with_free_func(entry_free)};

    for (size_t len; *text && !book.has_more; text += len + (text[len] == '\n')) {
        char *line;

        len = strcspn(text, "\n");
        line = g_strndup(text, len);
        add_line(&book, g_strstrip(line));
        secret_wipe(line, len);
        g_free(line);
    }
    return book;
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

static void
note_unread(const Book *book, const Entry *chosen, Import *import)
{
    if (book->has_more)
        import_note(import,
                    _("The phone book has more than %d connections: the others were left out."),
                    MAX_ENTRIES);
    if (chosen->has_more)
        import_note(
            import, _("The connection has more than %d keys: the others were left out."), MAX_KEYS);
    if (book->has_other)
        import_note(import,
                    _("Lines of the phone book that are no key with a value were left out."));
}

static bool
read_file(const FormatFile *file, Import *import, GError **error)
{
    g_auto(Book) book = read_book(file->text);
    const Entry *chosen = choose_entry(book.entries);

    if (!chosen)
        return refuse_all(book.entries, error);
    import_set_name(import, chosen->name);
    if (fitness_of(chosen) == MAYBE_IKEV2)
        import_note(import,
                    _("Windows would try several protocols. This connection is IKEv2 only: ask "
                      "whether the gateway has it."));
    pbk_read_entry(chosen->values, import);
    note_unread(&book, chosen, import);
    note_others(book.entries, chosen, import);
    return true;
}

const Format format_pbk = {
    .name = N_("a phone book of Windows"),
    .suffix = ".pbk",
    .recognises = recognises,
    .read = read_file,
};
