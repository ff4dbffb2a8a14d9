/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/plist-file.h"

#include <stdlib.h>
#include <string.h>

/* What libplist is kept from: each of these takes it minutes, all memory, or the stack. */

enum {
    FAR_TOO_DEEP = 300 * 1000, /* more than 8 MiB of stack have room for */
    DEEP_ENOUGH = 40,
    REF_SIZE = 3,
    OFFSET_SIZE = 4,
};

static void
append_number(GByteArray *bytes, uint64_t number, int size)
{
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
        uint8_t byte = (uint8_t) (number >> shift);

        g_byte_array_append(bytes, &byte, 1);
    }
}

/* A binary list of n lists, each of which refers width times to the next, and the last to an empty
 * one. */
static GByteArray *
chain(uint64_t n, unsigned width)
{
    GByteArray *file = g_byte_array_new();
    g_autoptr(GByteArray) offsets = g_byte_array_new();
    uint64_t table;

    g_byte_array_append(file, (const guint8 *) "bplist00", 8);
    for (uint64_t i = 0; i <= n; i++) {
        unsigned refs = i < n ? width : 0;

        append_number(offsets, file->len, OFFSET_SIZE);
        append_number(file, 0xa0 | refs, 1);
        for (unsigned r = 0; r < refs; r++)
            append_number(file, i + 1, REF_SIZE);
    }
    table = file->len;
    g_byte_array_append(file, offsets->data, offsets->len);
    append_number(file, 0, 6);
    append_number(file, OFFSET_SIZE, 1);
    append_number(file, REF_SIZE, 1);
    append_number(file, n + 1, 8);
    append_number(file, 0, 8);
    append_number(file, table, 8);
    return file;
}

static bool
is_read(const GByteArray *file)
{
    const char *why;
    plist_t plist = plist_file_read(bytes_of(file->data, file->len), NULL, &why);
    bool read = plist != NULL;

    if (plist)
        plist_free(plist);
    return read;
}

static void
test_binary_depth(void)
{
    g_autoptr(GByteArray) sensible = chain(DEEP_ENOUGH, 1);
    g_autoptr(GByteArray) deep = chain(FAR_TOO_DEEP, 1);

    g_assert_true(is_read(sensible));
    g_assert_false(is_read(deep));
}

/* Four references each, thirty deep: 4^30 values out of 500 bytes. */
static void
test_binary_growth(void)
{
    g_autoptr(GByteArray) sensible = chain(4, 4);
    g_autoptr(GByteArray) bomb = chain(30, 4);

    g_assert_true(is_read(sensible));
    g_assert_false(is_read(bomb));
}

static void
test_binary_loop(void)
{
    g_autoptr(GByteArray) loop = chain(2, 1);

    /* The second list refers to the first. */
    loop->data[8 + 1 + REF_SIZE + REF_SIZE] = 0;
    g_assert_false(is_read(loop));
}

/* A list of n references to one string of len characters, with two bytes each if they are UTF-16.
 */
static GByteArray *
repeated(unsigned n, unsigned len, bool utf16)
{
    GByteArray *file = g_byte_array_new();
    g_autoptr(GByteArray) offsets = g_byte_array_new();
    guint table, content_at;

    g_byte_array_append(file, (const guint8 *) "bplist00", 8);
    append_number(offsets, file->len, OFFSET_SIZE);
    append_number(file, 0xaf, 1);
    append_number(file, 0x12, 1);
    append_number(file, n, 4);
    for (unsigned i = 0; i < n; i++)
        append_number(file, 1, REF_SIZE);
    append_number(offsets, file->len, OFFSET_SIZE);
    append_number(file, utf16 ? 0x6f : 0x5f, 1);
    append_number(file, 0x12, 1);
    append_number(file, len, 4);
    content_at = file->len;
    g_byte_array_set_size(file, content_at + len * (utf16 ? 2 : 1));
    memset(file->data + content_at, 'a', file->len - content_at);
    table = file->len;
    g_byte_array_append(file, offsets->data, offsets->len);
    append_number(file, 0, 6);
    append_number(file, OFFSET_SIZE, 1);
    append_number(file, REF_SIZE, 1);
    append_number(file, 2, 8);
    append_number(file, 0, 8);
    append_number(file, table, 8);
    return file;
}

/* 8,000 copies of a string of 2 MB: 16 GB out of a file of 2 MB. */
static void
test_binary_copies(void)
{
    for (unsigned utf16 = 0; utf16 < 2; utf16++) {
        g_autoptr(GByteArray) sensible = repeated(4, 1000 * 1000, utf16);
        g_autoptr(GByteArray) bomb = repeated(8000, 1000 * 1000, utf16);

        g_assert_true(is_read(sensible));
        g_assert_false(is_read(bomb));
    }
}

static char *
nested(unsigned depth)
{
    GString *text = g_string_new("<plist version=\"1.0\">");

    for (unsigned i = 0; i < depth; i++)
        g_string_append(text, "<array>");
    for (unsigned i = 0; i < depth; i++)
        g_string_append(text, "</array>");
    g_string_append(text, "</plist>");
    return g_string_free(text, FALSE);
}

static bool
text_is_read(const char *text)
{
    const char *why;
    plist_t plist = plist_file_read(bytes_of_text(text), text, &why);
    bool read = plist != NULL;

    if (plist)
        plist_free(plist);
    return read;
}

static void
test_xml_depth(void)
{
    g_autofree char *sensible = nested(DEEP_ENOUGH);
    g_autofree char *deep = nested(FAR_TOO_DEEP);

    g_assert_true(text_is_read(sensible));
    g_assert_false(text_is_read(deep));
}

/* What looks like the end of an array in a comment is none. */
static void
test_xml_comments(void)
{
    g_autoptr(GString) text = g_string_new("<plist version=\"1.0\">");

    for (unsigned i = 0; i < FAR_TOO_DEEP; i++)
        g_string_append(text, "<array><!--</array>-->");
    g_assert_false(text_is_read(text->str));
}

static char *
entities(unsigned n)
{
    GString *text = g_string_new("<plist version=\"1.0\"><string>");

    for (unsigned i = 0; i < n; i++)
        g_string_append(text, "&amp;");
    g_string_append(text, "</string></plist>");
    return g_string_free(text, FALSE);
}

/* 800,000 of them are a file of 4 MB, over which libplist goes once for each. */
static void
test_xml_entities(void)
{
    g_autofree char *sensible = entities(5000);
    g_autofree char *slow = entities(800 * 1000);

    g_assert_true(text_is_read(sensible));
    g_assert_false(text_is_read(slow));
}

/* Each truncation, and each byte as some others: a list or none, and nothing that a sanitizer sees.
 */
static void
test_damage(void)
{
    g_autoptr(GByteArray) good = chain(3, 2);
    g_autofree uint8_t *copy = NULL;

    for (guint len = 0; len < good->len; len++) {
        const char *why;
        plist_t plist;

        copy = g_memdup2(good->data, len);
        plist = plist_file_read(bytes_of(copy, len), NULL, &why);
        g_assert_null(plist);
        g_clear_pointer(&copy, g_free);
    }
    copy = g_memdup2(good->data, good->len);
    for (guint at = 8; at < good->len; at++) {
        for (unsigned value = 0; value < 256; value += 15) {
            const char *why;
            plist_t plist;

            copy[at] = (uint8_t) value;
            plist = plist_file_read(bytes_of(copy, good->len), NULL, &why);
            if (plist)
                plist_free(plist);
        }
        copy[at] = good->data[at];
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plist-file/binary-depth", test_binary_depth);
    g_test_add_func("/plist-file/binary-growth", test_binary_growth);
    g_test_add_func("/plist-file/binary-loop", test_binary_loop);
    g_test_add_func("/plist-file/binary-copies", test_binary_copies);
    g_test_add_func("/plist-file/xml-depth", test_xml_depth);
    g_test_add_func("/plist-file/xml-comments", test_xml_comments);
    g_test_add_func("/plist-file/xml-entities", test_xml_entities);
    g_test_add_func("/plist-file/damage", test_damage);
    return g_test_run();
}
