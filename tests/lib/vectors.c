/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/vectors.h"

#include <string.h>

typedef struct {
    char *name;
    char *value;
    GBytes *bytes;
    bool used;
} Attribute;

struct Vectors {
    char *file;
    char **lines;
    size_t next_line;
    unsigned block;
    GPtrArray *attributes;
};

static void
attribute_free(void *data)
{
    Attribute *attribute = data;

    g_free(attribute->name);
    g_free(attribute->value);
    g_bytes_unref(attribute->bytes);
    g_free(attribute);
}

Vectors *
vectors_open(const char *name)
{
    Vectors *vectors = g_new0(Vectors, 1);
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "vectors", name, NULL);
    g_autofree char *text = NULL;
    GError *error = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    vectors->file = g_strdup(name);
    vectors->lines = g_strsplit(text, "\n", -1);
    vectors->attributes = g_ptr_array_new_with_free_func(attribute_free);
    return vectors;
}

static Attribute *
find(const Vectors *vectors, const char *name)
{
    for (guint i = 0; i < vectors->attributes->len; i++) {
        Attribute *attribute = vectors->attributes->pdata[i];

        if (strcmp(attribute->name, name) == 0)
            return attribute;
    }
    return NULL;
}

static void
finish_block(Vectors *vectors)
{
    for (guint i = 0; i < vectors->attributes->len; i++) {
        const Attribute *attribute = vectors->attributes->pdata[i];

        if (!attribute->used)
            g_error("%s: block %u: nobody used %s", vectors->file, vectors->block, attribute->name);
    }
    g_ptr_array_set_size(vectors->attributes, 0);
}

static void
add_line(Vectors *vectors, const char *line)
{
    const char *equals = strstr(line, " = ");
    Attribute *attribute;

    if (!equals)
        g_error("%s: line %zu is not `Name = Value`", vectors->file, vectors->next_line);
    attribute = g_new0(Attribute, 1);
    attribute->name = g_strndup(line, (size_t) (equals - line));
    attribute->value = g_strdup(equals + 3);
    if (find(vectors, attribute->name))
        g_error("%s: line %zu: %s a second time", vectors->file, vectors->next_line, line);
    g_ptr_array_add(vectors->attributes, attribute);
}

bool
vectors_next(Vectors *vectors)
{
    finish_block(vectors);
    for (const char *line; (line = vectors->lines[vectors->next_line]); vectors->next_line++) {
        if (line[0] == '#')
            continue;
        if (line[0] != '\0')
            add_line(vectors, line);
        else if (vectors->attributes->len > 0)
            break;
    }
    vectors->block++;
    return vectors->attributes->len > 0;
}

static Attribute *
use(Vectors *vectors, const char *name)
{
    Attribute *attribute = find(vectors, name);

    if (!attribute)
        g_error("%s: block %u has no %s", vectors->file, vectors->block, name);
    attribute->used = true;
    return attribute;
}

const char *
vectors_text(Vectors *vectors, const char *name)
{
    return use(vectors, name)->value;
}

static GBytes *
bytes_of_hex(const Vectors *vectors, const char *hex)
{
    size_t len = strlen(hex) / 2;
    uint8_t *data = g_malloc(len);

    if (strlen(hex) % 2 != 0)
        g_error("%s: block %u: half a byte in %s", vectors->file, vectors->block, hex);
    for (size_t i = 0; i < len; i++) {
        if (!g_ascii_isxdigit(hex[2 * i]) || !g_ascii_isxdigit(hex[2 * i + 1]))
            g_error("%s: block %u: no hexadecimal: %s", vectors->file, vectors->block, hex);
        data[i] = (uint8_t) (g_ascii_xdigit_value(hex[2 * i]) << 4
                             | g_ascii_xdigit_value(hex[2 * i + 1]));
    }
    return g_bytes_new_take(data, len);
}

Bytes
vectors_bytes(Vectors *vectors, const char *name)
{
    Attribute *attribute = use(vectors, name);

    if (!attribute->bytes)
        attribute->bytes = bytes_of_hex(vectors, attribute->value);
    return bytes_of_gbytes(attribute->bytes);
}

unsigned
vectors_block(const Vectors *vectors)
{
    return vectors->block;
}

void
vectors_free(Vectors *vectors)
{
    g_strfreev(vectors->lines);
    g_ptr_array_unref(vectors->attributes);
    g_free(vectors->file);
    g_free(vectors);
}
