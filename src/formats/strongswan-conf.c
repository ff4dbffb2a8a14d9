/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/strongswan-conf.h"

#include "base/secret.h"
#include "formats/formats.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    MAX_DEPTH = 16,     /* sections in sections: real ones have four */
    MAX_NODES = 4096,   /* settings and sections: a large server's file has hundreds */
    MAX_REFERENCES = 8, /* of a section */
    MAX_NAMES = 64,     /* of sections that one refers to, known or not */
    MAX_LINEAGE = 32,   /* a section refers to one that refers to another … */
};

static const char own_mark[] = "# nm-ike ";

static void
entry_free(void *data)
{
    ConfEntry *entry = data;

    g_free(entry->key);
    secret_free_text(entry->value);
    g_free(entry);
}

static ConfSection *
section_new(const char *name)
{
    ConfSection *section = g_new0(ConfSection, 1);

    section->name = g_strdup(name);
    section->entries = g_ptr_array_new_with_free_func(entry_free);
    section->sections = g_ptr_array_new_with_free_func((GDestroyNotify) conf_section_free);
    section->own = g_ptr_array_new_with_free_func(entry_free);
    section->references = g_ptr_array_new();
    return section;
}

void
conf_section_free(ConfSection *section)
{
    if (!section)
        return;
    g_free(section->name);
    g_free(section->reference_names);
    g_ptr_array_unref(section->entries);
    g_ptr_array_unref(section->sections);
    g_ptr_array_unref(section->own);
    g_ptr_array_unref(section->references);
    g_free(section);
}

static ConfEntry *
find_entry(const GPtrArray *entries, const char *key)
{
    for (guint i = 0; i < entries->len; i++) {
        ConfEntry *entry = entries->pdata[i];

        if (strcmp(entry->key, key) == 0)
            return entry;
    }
    return NULL;
}

/* Takes key and value. */
static void
add_entry(GPtrArray *entries, char *key, char *value)
{
    ConfEntry *entry = find_entry(entries, key);

    if (entry) {
        g_free(key);
        secret_free_text(entry->value);
        entry->value = value;
        return;
    }
    entry = g_new0(ConfEntry, 1);
    *entry = (ConfEntry){key, value};
    g_ptr_array_add(entries, entry);
}

static ConfSection *
find_section(const ConfSection *in, const char *name)
{
    for (guint i = 0; i < in->sections->len; i++) {
        ConfSection *section = in->sections->pdata[i];

        if (strcmp(section->name, name) == 0)
            return section;
    }
    return NULL;
}

/* A file that is being read. */
typedef struct {
    const char *at;
    unsigned line;
    unsigned nodes;
    GPtrArray *include_names;
    GError **error;
} Parser;

static bool
refuse(const Parser *parser, const char *what)
{
    g_set_error(
        parser->error, FORMATS_ERROR, FORMATS_ERROR_BAD, _("line %u: %s"), parser->line, what);
    return false;
}

static void
skip_blanks(Parser *parser)
{
    parser->at += strspn(parser->at, " \t");
}

/* In a string "\n" is a line break; other characters after a backslash are themselves. */
static void
append_escaped(Parser *parser, GString *text)
{
    char c = *parser->at;

    if (c == '\n')
        parser->line++; /* the line goes on */
    else if (c == 'n' || c == 'r' || c == 't')
        g_string_append_c(text, c == 'n' ? '\n' : c == 'r' ? '\r' : '\t');
    else if (c)
        g_string_append_c(text, c);
    if (c)
        parser->at++;
}

static bool
read_string(Parser *parser, GString *text)
{
    for (parser->at++; *parser->at != '"';) {
        char c = *parser->at;

        if (!c)
            return refuse(parser, _("a quotation mark is not closed"));
        parser->at++;
        if (c == '\\') {
            append_escaped(parser, text);
            continue;
        }
        parser->line += c == '\n';
        g_string_append_c(text, c);
    }
    parser->at++;
    return true;
}

/* Words and strings to the end of the line, a comment or the section's end, a space between them.
 * NULL: an error. Wiped by the caller. */
static char *
read_value(Parser *parser)
{
    GString *text = g_string_new(NULL);
    bool good = true;

    skip_blanks(parser);
    while (good && *parser->at && !strchr("#}\n", *parser->at)) {
        if (text->len > 0)
            g_string_append_c(text, ' ');
        if (*parser->at == '"') {
            good = read_string(parser, text);
        } else {
            size_t len = strcspn(parser->at, "#}\"\n\t ");

            g_string_append_len(text, parser->at, (gssize) len);
            parser->at += len;
        }
        skip_blanks(parser);
    }
    if (good)
        return g_string_free(text, FALSE);
    secret_free_text(g_string_free(text, FALSE));
    return NULL;
}

/* Passes over a comment, but for ours. */
static bool
read_comment(Parser *parser, ConfSection *in)
{
    const char *end = parser->at + strcspn(parser->at, "\n");

    if (g_str_has_prefix(parser->at, own_mark)) {
        const char *key = parser->at + strlen(own_mark);
        size_t len = strcspn(key, "=\n");
        char *value;

        if (key[len] != '=' || ++parser->nodes > MAX_NODES) {
            parser->at = end;
            return true;
        }
        parser->at = key + len + 1;
        value = read_value(parser);
        if (!value)
            return false;
        add_entry(in->own, g_strndup(key, len), value);
        end = parser->at + strcspn(parser->at, "\n");
    }
    parser->at = end;
    return true;
}

/* To the next word or brace. */
static bool
skip_to_statement(Parser *parser, ConfSection *in)
{
    for (;;) {
        skip_blanks(parser);
        if (*parser->at == '#') {
            if (!read_comment(parser, in))
                return false;
        } else if (*parser->at == '\n') {
            parser->line++;
            parser->at++;
        } else {
            return true;
        }
    }
}

static void
note_include(Parser *parser)
{
    size_t len = strcspn(parser->at, "\n#}");
    char *name = g_strstrip(g_strndup(parser->at, len));

    parser->at += len;
    if (++parser->nodes <= MAX_NODES)
        g_ptr_array_add(parser->include_names, name);
    else
        g_free(name);
}

static bool read_section(Parser *parser, ConfSection *section, unsigned depth);

/* What follows NAME and, if it has some, ": PARENT, PARENT": the section's content. One of the same
 * name goes on. */
static bool
open_section(Parser *parser, ConfSection *in, const char *name, unsigned depth)
{
    ConfSection *section = find_section(in, name);
    size_t len;

    if (!section) {
        section = section_new(name);
        g_ptr_array_add(in->sections, section);
    }
    if (*parser->at == ':') {
        len = strcspn(parser->at, "{}=#\"");
        g_free(section->reference_names);
        section->reference_names = g_strndup(parser->at + 1, len - 1);
        for (const char *c = section->reference_names; *c; c++)
            parser->line += *c == '\n';
        parser->at += len;
    }
    if (!skip_to_statement(parser, section))
        return false;
    if (*parser->at != '{')
        return refuse(parser, _("there is a name without “=” or “{” after it"));
    parser->at++;
    if (depth >= MAX_DEPTH)
        return refuse(parser, _("there are more than 16 sections in one another"));
    return read_section(parser, section, depth + 1);
}

static bool
read_statement(Parser *parser, ConfSection *in, unsigned depth)
{
    size_t len = strcspn(parser->at, "#{}=\":,\n\t ");
    g_autofree char *name = g_strndup(parser->at, len);
    char *value;

    if (len == 0)
        return refuse(parser, _("this is no setting and no section"));
    if (++parser->nodes > MAX_NODES)
        return refuse(parser, _("there are more than 4096 settings"));
    parser->at += len;
    skip_blanks(parser);
    if (strcmp(name, "include") == 0 && *parser->at != '=') {
        note_include(parser);
        return true;
    }
    if (*parser->at != '=')
        return open_section(parser, in, name, depth);
    parser->at++;
    value = read_value(parser);
    if (!value)
        return false;
    add_entry(in->entries, g_steal_pointer(&name), value);
    return true;
}

static bool
read_section(Parser *parser, ConfSection *section, unsigned depth)
{
    for (;;) {
        if (!skip_to_statement(parser, section))
            return false;
        if (!*parser->at)
            return depth == 0
                   || refuse(parser,
                             _("the file ends, and a section is still open: a “}” is missing"));
        if (*parser->at == '}') {
            parser->at++;
            return depth > 0 || refuse(parser, _("there is one “}” too many"));
        }
        if (!read_statement(parser, section, depth))
            return false;
    }
}

/* "connections.base": from the top of the file. */
static ConfSection *
section_at(ConfSection *root, const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, ".", MAX_DEPTH);
    ConfSection *section = root;

    for (char **name = names; *name && section; name++)
        section = find_section(section, *name);
    return section;
}

static void
refer(ConfSection *section, ConfSection *to)
{
    if (to && to != section && section->references->len < MAX_REFERENCES)
        g_ptr_array_add(section->references, to);
}

/* A section of a name that its parent's reference has too goes on from there. */
static void
resolve_references(ConfSection *root, ConfSection *section)
{
    g_auto(GStrv) names = g_strsplit_set(
        section->reference_names ? section->reference_names : "", ", \t\n", MAX_NAMES);

    for (char **name = names; *name; name++) {
        if (**name)
            refer(section, section_at(root, *name));
    }
    for (guint i = 0; i < section->sections->len; i++) {
        ConfSection *child = section->sections->pdata[i];

        for (guint j = 0; j < section->references->len; j++)
            refer(child, find_section(section->references->pdata[j], child->name));
        resolve_references(root, child);
    }
}

ConfSection *
conf_parse(const char *text, GPtrArray *include_names, GError **error)
{
    Parser parser = {text, 1, 0, include_names, error};
    g_autoptr(ConfSection) root = section_new("");

    if (!read_section(&parser, root, 0))
        return NULL;
    resolve_references(root, root);
    return g_steal_pointer(&root);
}

/* section, then what it refers to, each once. */
static void
collect_lineage(const ConfSection *section, GPtrArray *lineage)
{
    if (lineage->len >= MAX_LINEAGE || g_ptr_array_find(lineage, section, NULL))
        return;
    g_ptr_array_add(lineage, (gpointer) section);
    for (guint i = 0; i < section->references->len; i++)
        collect_lineage(section->references->pdata[i], lineage);
}

GPtrArray *
conf_entries(const ConfSection *section)
{
    g_autoptr(GPtrArray) lineage = g_ptr_array_new();
    GPtrArray *found = g_ptr_array_new();

    collect_lineage(section, lineage);
    for (guint i = 0; i < lineage->len; i++) {
        const GPtrArray *entries = ((const ConfSection *) lineage->pdata[i])->entries;

        for (guint j = 0; j < entries->len; j++) {
            ConfEntry *entry = entries->pdata[j];

            if (i == 0 || !find_entry(found, entry->key))
                g_ptr_array_add(found, entry);
        }
    }
    return found;
}

GPtrArray *
conf_children(const ConfSection *section)
{
    g_autoptr(GPtrArray) lineage = g_ptr_array_new();
    const ConfSection found = {.sections = g_ptr_array_new()};

    collect_lineage(section, lineage);
    for (guint i = 0; i < lineage->len; i++) {
        const GPtrArray *sections = ((const ConfSection *) lineage->pdata[i])->sections;

        for (guint j = 0; j < sections->len; j++) {
            ConfSection *child = sections->pdata[j];

            if (i == 0 || !find_section(&found, child->name))
                g_ptr_array_add(found.sections, child);
        }
    }
    return found.sections;
}

const char *
conf_value(const ConfSection *section, const char *key)
{
    g_autoptr(GPtrArray) lineage = g_ptr_array_new();
    const ConfEntry *entry = NULL;

    collect_lineage(section, lineage);
    for (guint i = 0; i < lineage->len && !entry; i++)
        entry = find_entry(((const ConfSection *) lineage->pdata[i])->entries, key);
    return entry ? entry->value : NULL;
}

const ConfSection *
conf_child(const ConfSection *section, const char *name)
{
    g_autoptr(GPtrArray) lineage = g_ptr_array_new();
    const ConfSection *child = NULL;

    collect_lineage(section, lineage);
    for (guint i = 0; i < lineage->len && !child; i++)
        child = find_section(lineage->pdata[i], name);
    return child;
}

const char *
conf_own(const ConfSection *section, const char *key)
{
    const ConfEntry *entry = find_entry(section->own, key);

    return entry ? entry->value : NULL;
}

char *
conf_quoted(const char *value)
{
    GString *text;

    if (*value && !strpbrk(value, " \t\r\n#{}\"\\=:,"))
        return g_strdup(value);
    text = g_string_new("\"");
    for (const char *c = value; *c; c++) {
        if (*c == '\n' || *c == '\r' || *c == '\t')
            g_string_append(text, *c == '\n' ? "\\n" : *c == '\r' ? "\\r" : "\\t");
        else if (*c == '"' || *c == '\\')
            g_string_append_printf(text, "\\%c", *c);
        else
            g_string_append_c(text, *c);
    }
    g_string_append_c(text, '"');
    return g_string_free(text, FALSE);
}
