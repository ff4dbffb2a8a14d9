/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/file-text.h"

#include "base/secret.h"

#include <stdbool.h>
#include <string.h>

static char *
utf8_from(const char *data, gsize len, const char *charset, gsize *out_len)
{
    bool wide = g_str_has_prefix(charset, "UTF-16");

    while (wide && len >= 2 && !data[len - 1] && !data[len - 2])
        len -= 2;
    return g_convert(data, (gssize) len, "UTF-8", charset, NULL, out_len, NULL);
}

static bool
begins_with(const char *data, gsize len, const char *mark, gsize mark_len)
{
    return len >= mark_len && strncmp(data, mark, mark_len) == 0;
}

/* Of a text that begins with two characters of ASCII, as all that we read do. */
static bool
is_utf16(const char *data, gsize len, bool big)
{
    return len >= 4 && len % 2 == 0 && !data[big ? 0 : 1] && !data[big ? 2 : 3] && data[big ? 1 : 0]
           && data[big ? 3 : 2];
}

static char *
decode_bytes(const char *data, gsize len, gsize *out_len)
{
    char *text;

    if (len == 0 || g_utf8_validate_len(data, len, NULL)) {
        *out_len = len;
        return g_strndup(len > 0 ? data : "", len);
    }
    text = utf8_from(data, len, "WINDOWS-1252", out_len);
    return text ? text : utf8_from(data, len, "ISO-8859-1", out_len);
}

static char *
decode(const char *data, gsize len, gsize *out_len)
{
    if (begins_with(data, len, "\xff\xfe", 2))
        return utf8_from(data + 2, len - 2, "UTF-16LE", out_len);
    if (begins_with(data, len, "\xfe\xff", 2))
        return utf8_from(data + 2, len - 2, "UTF-16BE", out_len);
    if (is_utf16(data, len, false) || is_utf16(data, len, true))
        return utf8_from(data, len, data[0] ? "UTF-16LE" : "UTF-16BE", out_len);
    while (len > 0 && data[len - 1] == '\0')
        len--;
    if (begins_with(data, len, "\xef\xbb\xbf", 3)) {
        data += 3;
        len -= 3;
    }
    return decode_bytes(data, len, out_len);
}

/* In place: "\r\n" and a lone '\r' end a line as '\n' does. */
static void
unify_line_ends(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        if (*from == '\r' && from[1] == '\n')
            continue;
        *to++ = *from == '\r' ? '\n' : *from;
    }
    secret_wipe(to, strlen(to));
}

/* Of len bytes, or none: it would end at the zero byte that it has. */
static char *
unless_cut(char *text, gsize len)
{
    if (!text || strlen(text) == len)
        return text;
    secret_wipe(text, len);
    g_free(text);
    return NULL;
}

char *
file_text_part(Bytes part)
{
    gsize len = 0;
    char *text = decode_bytes((const char *) part.data, part.len, &len);

    return unless_cut(text, len);
}

char *
file_text(GBytes *bytes)
{
    gsize len, text_len = 0;
    const char *data = g_bytes_get_data(bytes, &len);
    char *text = data ? decode(data, len, &text_len) : g_strdup("");

    text = unless_cut(text, text_len);
    if (text)
        unify_line_ends(text);
    return text;
}

char *
file_text_next_line(const char **rest, char comment)
{
    static const char blanks[] = " \t\n\v\f\r";
    const char *at = *rest + strspn(*rest, blanks);
    size_t len;

    while (comment && *at == comment) {
        at += strcspn(at, "\n");
        at += strspn(at, blanks);
    }
    len = strcspn(at, "\n");
    *rest = at + len;
    return len > 0 ? g_strchomp(g_strndup(at, len)) : NULL;
}
