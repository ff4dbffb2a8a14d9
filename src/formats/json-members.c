/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/json-members.h"

#include <string.h>

enum {
    MAX_BRACKETS =
        256, /* lists and objects: a profile has below ten, and each may be in the last */
};

/* Those of strings, such as a password's, open nothing. Where the text is no plain JSON, whose
 * parser may see comments, each counts: a string that begins in one of them is none. */
static unsigned
count_brackets(const char *text)
{
    unsigned all = 0, outside = 0;
    bool in_string = false, plain = true;

    for (const char *c = text; *c; c++) {
        bool bracket = *c == '{' || *c == '[';

        all += bracket;
        outside += bracket && !in_string;
        plain &= in_string || !strchr("/#'", *c);
        if (in_string && *c == '\\' && c[1] && c[1] != '{' && c[1] != '[')
            c++;
        else if (*c == '"')
            in_string = !in_string;
    }
    return plain ? outside : all;
}

JsonNode *
json_object_from_text(const char *text)
{
    g_autoptr(JsonParser) parser = NULL;
    JsonNode *root;

    if (count_brackets(text) > MAX_BRACKETS)
        return NULL;
    parser = json_parser_new();
    if (!json_parser_load_from_data(parser, text, -1, NULL))
        return NULL;
    root = json_parser_get_root(parser);
    return root && JSON_NODE_HOLDS_OBJECT(root) ? json_parser_steal_root(parser) : NULL;
}

Members
members_of(JsonObject *object, const char *prefix)
{
    return (Members){object, prefix, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
}

void
members_clear(Members *members)
{
    g_clear_pointer(&members->read, g_hash_table_unref);
    members->object = NULL;
}

static JsonNode *
member(Members *members, const char *name)
{
    return members->object ? json_object_get_member(members->object, name) : NULL;
}

void
members_pass_over(Members *members, const char *name)
{
    g_hash_table_add(members->read, g_strdup(name));
}

static const char *
text_of(JsonNode *node)
{
    const char *text = NULL;

    if (node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING)
        text = json_node_get_string(node);
    return text && g_utf8_validate(text, -1, NULL) ? text : NULL;
}

const char *
members_text(Members *members, const char *name)
{
    const char *text = text_of(member(members, name));

    if (text)
        members_pass_over(members, name);
    return text;
}

bool
members_flag(Members *members, const char *name, bool if_missing)
{
    JsonNode *node = member(members, name);

    if (!node || !JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_BOOLEAN)
        return if_missing;
    members_pass_over(members, name);
    return json_node_get_boolean(node);
}

bool
members_number(Members *members, const char *name, uint64_t *out)
{
    JsonNode *node = member(members, name);
    const char *text = text_of(node);
    guint64 number;

    if (text) {
        if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &number, NULL))
            return false;
    } else {
        if (!node || !JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64
            || json_node_get_int(node) < 0)
            return false;
        number = (guint64) json_node_get_int(node);
    }
    *out = number;
    members_pass_over(members, name);
    return true;
}

JsonObject *
members_object(Members *members, const char *name)
{
    JsonNode *node = member(members, name);

    if (!node || !JSON_NODE_HOLDS_OBJECT(node))
        return NULL;
    members_pass_over(members, name);
    return json_node_get_object(node);
}

static void
add_words(GPtrArray *words, const char *text)
{
    g_auto(GStrv) parts = g_strsplit_set(text, " ,\t\n", -1);

    for (char **part = parts; *part; part++) {
        if (**part)
            g_ptr_array_add(words, g_strdup(*part));
    }
}

GStrv
members_words(Members *members, const char *name)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    JsonNode *node = member(members, name);
    JsonArray *list = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    guint n = list ? json_array_get_length(list) : 0;

    for (guint i = 0; i < n; i++) {
        const char *text = text_of(json_array_get_element(list, i));

        if (text)
            add_words(words, text);
    }
    if (text_of(node))
        add_words(words, text_of(node));
    if (list || text_of(node))
        members_pass_over(members, name);
    g_ptr_array_add(words, NULL);
    return (GStrv) g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

static char *
value_text(JsonNode *node)
{
    if (text_of(node))
        return g_strdup(text_of(node));
    if (!JSON_NODE_HOLDS_VALUE(node))
        return NULL;
    if (json_node_get_value_type(node) == G_TYPE_BOOLEAN)
        return g_strdup(json_node_get_boolean(node) ? "true" : "false");
    if (json_node_get_value_type(node) == G_TYPE_INT64)
        return g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(node));
    return NULL;
}

void
members_report(Members *members, Import *import)
{
    JsonObjectIter iter;
    const char *name;
    JsonNode *node;

    if (!members->object)
        return;
    json_object_iter_init_ordered(&iter, members->object);
    while (json_object_iter_next_ordered(&iter, &name, &node)) {
        g_autofree char *whole = g_strconcat(members->prefix, name, NULL);
        g_autofree char *value = value_text(node);

        if (!g_hash_table_contains(members->read, name) && g_utf8_validate(name, -1, NULL))
            import_not_had(import, whole, value);
    }
}
