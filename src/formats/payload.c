/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/payload.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_FLAG_TEXT = 5, /* "false" */
};

Payload
payload_of(plist_t node)
{
    return (Payload){
        node && plist_get_node_type(node) == PLIST_DICT ? node : NULL,
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
}

void
payload_clear(Payload *payload)
{
    g_clear_pointer(&payload->read, g_hash_table_unref);
    payload->node = NULL;
}

static plist_t
item(Payload *payload, const char *key)
{
    return payload->node ? plist_dict_get_item(payload->node, key) : NULL;
}

static void
mark_read(Payload *payload, const char *key)
{
    g_hash_table_add(payload->read, g_strdup(key));
}

static plist_t
item_of_type(Payload *payload, const char *key, plist_type type)
{
    plist_t node = item(payload, key);

    if (!node || plist_get_node_type(node) != type)
        return NULL;
    mark_read(payload, key);
    return node;
}

/* libplist keeps the length of what was in the file, and there a text may have a zero byte in it,
 * or be no UTF-8. */
static const char *
text_of(plist_t node)
{
    uint64_t len = 0;
    const char *text = plist_get_string_ptr(node, &len);

    return text && strlen(text) == len && g_utf8_validate(text, -1, NULL) ? text : NULL;
}

const char *
payload_text(Payload *payload, const char *key)
{
    plist_t node = item(payload, key);
    const char *text = node && plist_get_node_type(node) == PLIST_STRING ? text_of(node) : NULL;

    if (text)
        mark_read(payload, key);
    return text;
}

/* -1: it is none. */
static int
flag_of(plist_t node)
{
    uint8_t boolean = 0;
    uint64_t number = 0;
    const char *text;

    switch (plist_get_node_type(node)) {
    case PLIST_BOOLEAN:
        plist_get_bool_val(node, &boolean);
        return boolean != 0;
    case PLIST_UINT:
        plist_get_uint_val(node, &number);
        return number != 0;
    case PLIST_STRING:
        text = text_of(node);
        if (!text || strlen(text) > MAX_FLAG_TEXT)
            return -1;
        if (strcmp(text, "1") == 0 || g_ascii_strcasecmp(text, "true") == 0)
            return 1;
        return strcmp(text, "0") == 0 || g_ascii_strcasecmp(text, "false") == 0 ? 0 : -1;
    default:
        return -1;
    }
}

bool
payload_flag(Payload *payload, const char *key, bool if_missing)
{
    plist_t node = item(payload, key);
    int flag = node ? flag_of(node) : -1;

    if (flag < 0)
        return if_missing;
    mark_read(payload, key);
    return flag != 0;
}

bool
payload_number(Payload *payload, const char *key, uint64_t *out)
{
    plist_t node = item(payload, key);
    const char *text;
    guint64 number;

    if (node && plist_get_node_type(node) == PLIST_UINT) {
        plist_get_uint_val(node, out);
        mark_read(payload, key);
        return true;
    }
    text = node && plist_get_node_type(node) == PLIST_STRING ? text_of(node) : NULL;
    if (!text || !g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &number, NULL))
        return false;
    *out = number;
    mark_read(payload, key);
    return true;
}

Bytes
payload_bytes(Payload *payload, const char *key)
{
    plist_t node = item_of_type(payload, key, PLIST_DATA);
    uint64_t len = 0;
    const char *data;

    if (!node)
        return bytes_of_text(payload_text(payload, key));
    data = plist_get_data_ptr(node, &len);
    return data ? bytes_of(data, len) : bytes_of_text(NULL);
}

plist_t
payload_dict(Payload *payload, const char *key)
{
    return item_of_type(payload, key, PLIST_DICT);
}

plist_t
payload_list(Payload *payload, const char *key)
{
    return item_of_type(payload, key, PLIST_ARRAY);
}

const char *
payload_list_text(plist_t list, uint32_t i)
{
    plist_t node = plist_array_get_item(list, i);

    return node && plist_get_node_type(node) == PLIST_STRING ? text_of(node) : NULL;
}

void
payload_pass_over(Payload *payload, const char *const *keys)
{
    for (; *keys; keys++)
        mark_read(payload, *keys);
}

void
payload_pass_over_if(Payload *payload, const char *key, bool value)
{
    plist_t node = item(payload, key);

    if (node && flag_of(node) == (value ? 1 : 0))
        mark_read(payload, key);
}

static void
report(const char *key, plist_t node, Import *import)
{
    uint64_t number = 0;
    g_autofree char *digits = NULL;
    const char *value = NULL;

    switch (plist_get_node_type(node)) {
    case PLIST_STRING:
        value = text_of(node);
        if (value && !*value)
            return;
        break;
    case PLIST_BOOLEAN:
        value = flag_of(node) == 1 ? "true" : "false";
        break;
    case PLIST_UINT:
        plist_get_uint_val(node, &number);
        value = digits = g_strdup_printf("%" G_GUINT64_FORMAT, number);
        break;
    default:
        break;
    }
    import_not_had(import, key, value);
}

void
payload_report(Payload *payload, Import *import)
{
    plist_dict_iter iter = NULL;
    plist_t node = NULL;

    if (!payload->node)
        return;
    plist_dict_new_iter(payload->node, &iter);
    do {
        char *key = NULL;

        plist_dict_next_item(payload->node, iter, &key, &node);
        if (node && key && !g_hash_table_contains(payload->read, key))
            report(key, node, import);
        free(key);
    } while (node);
    free(iter);
}
