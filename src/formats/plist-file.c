/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/plist-file.h"

#include "base/reader.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    MAX_DEPTH = 64,        /* dictionaries in each other: real ones have below ten */
    MAX_CONTAINERS = 1024, /* dictionaries and lists in XML: as deep as these it can be at most */
    MAX_VALUES = 8192,     /* libplist looks through a dictionary for each key that it adds */
    MAX_TAGS = 4 * MAX_VALUES, /* a key and a value have two each */
    XML_BEGINS_WITHIN = 4096,  /* bytes: comments and a document type may stand before <plist> */
    MAGIC_LEN = 8,             /* "bplist00" */
    TRAILER_LEN = 32,
    MAX_OFFSET_SIZE = 8, /* bytes of a number in the table of offsets */
    MAX_REF_SIZE = 4,    /* … and of one that names an object: libplist reads 32 bits */
    SIZE_FOLLOWS = 0x0f,

    /* What a binary list says several times libplist copies as often. A real one is smaller than
     * the file, which has at most 4 MiB. */
    MAX_COPIED = 8 * 1024 * 1024,

    /* For each entity in a text ("&amp;") libplist moves what follows it in there: a second's work.
     */
    MAX_MOVED = 1024 * 1024 * 1024,
};

/* --- binary ---------------------------------------------------------------------------------- */

/* The first nibble of an object, where it is not a plain value. */
typedef enum {
    OBJECT_INTEGER = 0x1,
    OBJECT_DATA = 0x4,
    OBJECT_ASCII = 0x5,
    OBJECT_UTF16 = 0x6,
    OBJECT_ARRAY = 0xa,
    OBJECT_SET = 0xc,
    OBJECT_DICT = 0xd,
} ObjectType;

/* What is counted on a walk over a binary list: what libplist would make of it. */
typedef struct {
    Bytes file;
    Bytes offsets;
    unsigned offset_size, ref_size;
    uint64_t n_objects;
    unsigned n_values;
    uint64_t copied; /* bytes */
    bool excessive;  /* it would become too much */
} Walk;

static bool
is_excessive(Walk *walk)
{
    walk->excessive = true;
    return false;
}

static uint64_t
read_number(Reader *r, unsigned size)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < size; i++)
        number = number << 8 | reader_u8(r);
    return number;
}

/* The object's own bytes and what follows them, up to the offsets. */
static Reader
object_at(const Walk *walk, uint64_t index, bool *malformed)
{
    Reader offsets = reader_of(walk->offsets, malformed);
    size_t end = (size_t) (walk->offsets.data - walk->file.data);
    Reader object;
    uint64_t offset;

    reader_skip(&offsets, (size_t) index * walk->offset_size);
    offset = read_number(&offsets, walk->offset_size);
    object = reader_of(bytes_head(walk->file, end), malformed);
    if (offset >= end)
        reader_reject(&object);
    else
        reader_skip(&object, (size_t) offset);
    return object;
}

/* A number above what an object's first byte has room for stands in an integer after it. */
static uint64_t
object_size(Reader *object, uint8_t first)
{
    uint8_t next;

    if ((first & 0x0f) != SIZE_FOLLOWS)
        return first & 0x0f;
    next = reader_u8(object);
    if (next >> 4 != OBJECT_INTEGER || (next & 0x0f) > 3)
        reader_reject(object);
    return read_number(object, 1U << (next & 0x03));
}

static bool walk_object(Walk *walk, uint64_t index, unsigned depth);

static bool
walk_container(Walk *walk, Reader *object, uint8_t first, unsigned depth)
{
    uint64_t size = object_size(object, first);

    if (first >> 4 == OBJECT_DICT && size <= MAX_VALUES)
        size *= 2;
    if (size > MAX_VALUES)
        return is_excessive(walk);
    for (uint64_t i = 0; i < size && !*object->malformed; i++) {
        uint64_t child = read_number(object, walk->ref_size);

        if (*object->malformed || !walk_object(walk, child, depth + 1))
            return false;
    }
    return !*object->malformed;
}

/* It may be referred to any number of times. */
static bool
walk_bytes(Walk *walk, Reader *object, uint8_t first)
{
    uint64_t size = object_size(object, first);

    if (*object->malformed || size > walk->file.len)
        return false;
    walk->copied += first >> 4 == OBJECT_UTF16 ? 2 * size : size;
    return walk->copied <= MAX_COPIED || is_excessive(walk);
}

static bool
walk_object(Walk *walk, uint64_t index, unsigned depth)
{
    bool malformed = false;
    Reader object;
    uint8_t first;

    if (index >= walk->n_objects)
        return false;
    if (depth > MAX_DEPTH || ++walk->n_values > MAX_VALUES)
        return is_excessive(walk);
    object = object_at(walk, index, &malformed);
    first = reader_u8(&object);
    switch (first >> 4) {
    case OBJECT_INTEGER:
        return !malformed && (first & 0x0f) <= 4;
    case OBJECT_DATA:
    case OBJECT_ASCII:
    case OBJECT_UTF16:
        return walk_bytes(walk, &object, first);
    case OBJECT_ARRAY:
    case OBJECT_SET:
    case OBJECT_DICT:
        return walk_container(walk, &object, first, depth);
    default:
        return !malformed;
    }
}

static bool
binary_is_sensible(Bytes file, bool *excessive)
{
    Walk walk = {.file = file};
    bool sensible;
    bool malformed = false;
    Reader trailer;
    uint64_t root, offset;

    if (file.len < MAGIC_LEN + TRAILER_LEN)
        return false;
    trailer = reader_of(bytes_of(file.data + file.len - TRAILER_LEN, TRAILER_LEN), &malformed);
    reader_skip(&trailer, 6);
    walk.offset_size = reader_u8(&trailer);
    walk.ref_size = reader_u8(&trailer);
    walk.n_objects = reader_u64(&trailer);
    root = reader_u64(&trailer);
    offset = reader_u64(&trailer);
    if (walk.offset_size == 0 || walk.offset_size > MAX_OFFSET_SIZE || walk.ref_size == 0
        || walk.ref_size > MAX_REF_SIZE || walk.n_objects > file.len || offset < MAGIC_LEN
        || offset > file.len - TRAILER_LEN
        || walk.n_objects * walk.offset_size > file.len - TRAILER_LEN - offset)
        return false;
    walk.offsets = bytes_of(file.data + offset, (size_t) walk.n_objects * walk.offset_size);
    sensible = walk_object(&walk, root, 0);
    *excessive = walk.excessive;
    return sensible;
}

/* --- XML ------------------------------------------------------------------------------------- */

/* Entities in what stands before the next '<', each as costly as if it were the first. */
static uint64_t
count_moved(const char *text)
{
    size_t len = strcspn(text, "<");
    uint64_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += text[i] == '&';
    return n * len;
}

/* Wherever they stand, in a comment too: this may count too many, never too few. */
static bool
xml_is_sensible(const char *text)
{
    unsigned containers = 0;
    unsigned tags = 0;
    uint64_t moved = 0;

    for (const char *at = strchr(text, '<'); at; at = strchr(at + 1, '<')) {
        containers += g_str_has_prefix(at, "<dict") || g_str_has_prefix(at, "<array");
        moved += count_moved(at + 1);
        if (containers > MAX_CONTAINERS || ++tags > MAX_TAGS || moved > MAX_MOVED)
            return false;
    }
    return true;
}

static bool
is_binary(Bytes bytes)
{
    return bytes_equal(bytes_head(bytes, MAGIC_LEN), bytes_of_text("bplist00"));
}

bool
plist_file_looks_like_one(Bytes bytes, const char *text)
{
    const char *start = text ? text + strspn(text, " \t\n") : "";

    return is_binary(bytes) || (*start == '<' && g_strstr_len(start, XML_BEGINS_WITHIN, "<plist"));
}

plist_t
plist_file_read(Bytes bytes, const char *text, const char **out_why)
{
    plist_t plist = NULL;
    bool excessive = false;

    if (is_binary(bytes)) {
        if (binary_is_sensible(bytes, &excessive))
            plist_from_bin((const char *) bytes.data, (uint32_t) bytes.len, &plist);
    } else if (text) {
        excessive = !xml_is_sensible(text);
        if (!excessive)
            plist_from_xml(text, (uint32_t) strlen(text), &plist);
    }
    *out_why = excessive ? _("it has more in it than any profile has.")
                         : _("it is damaged: it is no property list that could be read.");
    return plist;
}
