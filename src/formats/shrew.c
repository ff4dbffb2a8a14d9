/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/shrew.h"

#include "base/secret.h"
#include "formats/file-text.h"
#include "formats/formats.h"
#include "formats/internal.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    MAX_LINES_TO_TELL = 16, /* lines that are looked at to tell whose file it is */
};

static char *
typed(char type, const char *key)
{
    return g_strdup_printf("%c:%s", type, key);
}

/* Repeated, the client joins them with commas and looks at what stands before the first one. */
const char *
shrew_text(ShrewSite *site, const char *key)
{
    g_autofree char *typed_key = typed('s', key);
    const char *const *values = key_values_all(site->keys, typed_key);

    if (values[0] && values[1] && strcmp(values[0], values[1]) != 0)
        import_note(site->import,
                    _("“%s” stands in the file more than once: what it says first was taken."),
                    key);
    return key_values_first(site->keys, typed_key);
}

const char *
shrew_base64(ShrewSite *site, const char *key)
{
    g_autofree char *typed_key = typed('b', key);

    return key_values_last(site->keys, typed_key);
}

int64_t
shrew_number(ShrewSite *site, const char *key, int64_t absent)
{
    g_autofree char *typed_key = typed('n', key);
    const char *text = key_values_last(site->keys, typed_key);
    gint64 number;

    if (!text)
        return absent;
    if (g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &number, NULL))
        return number;
    import_not_had(site->import, key, text);
    return absent;
}

uint64_t
shrew_amount(ShrewSite *site, const char *key, uint64_t most)
{
    int64_t number = shrew_number(site, key, 0);
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, number);

    if (number >= 0 && (uint64_t) number <= most)
        return (uint64_t) number;
    import_not_had(site->import, key, text);
    return 0;
}

char **
shrew_list(ShrewSite *site, const char *key)
{
    g_autofree char *typed_key = typed('s', key);
    const char *const *values = key_values_all(site->keys, typed_key);
    g_autofree char *joined = g_strjoinv(",", (char **) values);

    return g_strsplit(joined, ",", -1);
}

bool
shrew_says(ShrewSite *site, const char *key, const char *value)
{
    return g_strcmp0(shrew_text(site, key), value) == 0;
}

void
shrew_not_had(ShrewSite *site, const char *key)
{
    const char *value = shrew_text(site, key);

    if (value)
        import_not_had(site->import, key, value);
}

void
shrew_pass_over(ShrewSite *site, const char *const *keys)
{
    for (; *keys; keys++)
        key_values_all(site->keys, *keys);
}

void
shrew_map(ShrewSite *site, const char *key, const char *option, const ShrewWord *words)
{
    const char *value = shrew_text(site, key);

    if (!value)
        return;
    while (words->theirs && strcmp(words->theirs, value) != 0)
        words++;
    if (words->ours)
        import_set(site->import, option, words->ours, key);
    else
        import_not_had(site->import, key, value);
}

/* "s:KEY:VALUE" in place as "s:KEY" and VALUE; NULL: another kind of line. */
static const char *
split_line(char *line)
{
    char *colon = *line && strchr("nsbNSB", *line) && line[1] == ':' ? strchr(line + 2, ':') : NULL;

    if (!colon || colon == line + 2)
        return NULL;
    *colon = '\0';
    g_strchomp(line);
    return g_strchug(colon + 1);
}

static bool
is_of_a_site(const char *typed_key)
{
    static const char *const beginnings[] = {
        "version", "network-", "client-", "auth-", "ident-", "phase1-", "phase2-", "policy-"};

    for (size_t i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        if (g_ascii_strncasecmp(typed_key + 2, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    }
    return false;
}

/* The first line is one, and most that follow look like it. */
static bool
shrew_recognises(const FormatFile *file)
{
    const char *rest = file->text ? file->text : "";
    int n_alike = 0, n_lines = 0;
    bool is_site = true;
    char *line;

    while (is_site && n_lines < MAX_LINES_TO_TELL && (line = file_text_next_line(&rest, '\0'))) {
        n_alike += split_line(line) != NULL;
        is_site = n_alike > 0 && (n_lines > 0 || is_of_a_site(line));
        n_lines++;
        secret_free_text(line);
    }
    return is_site && 2 * n_alike > n_lines;
}

static void
note_unknown(Import *import, const char *line)
{
    g_autofree char *begin = g_strndup(line, strcspn(line, ":= \t"));
    g_autofree char *shown = g_strconcat(begin, *begin ? " …" : "…", NULL);

    import_not_had(import, shown, NULL);
}

static bool
read_lines(ShrewSite *site, const char *text, GError **error)
{
    bool good = true;
    char *line;

    while (good && (line = file_text_next_line(&text, '\0'))) {
        const char *value = split_line(line);

        if (value)
            good = key_values_add(site->keys, line, value);
        else
            note_unknown(site->import, line);
        secret_free_text(line);
    }
    if (!good)
        g_set_error_literal(
            error, FORMATS_ERROR, FORMATS_ERROR_BAD, _("it has more lines than any such file."));
    return good;
}

bool
shrew_read(const FormatFile *file, Import *import, GError **error)
{
    g_autoptr(KeyValues) keys = key_values_new();
    ShrewSite site = {keys, import};

    if (!read_lines(&site, file->text, error))
        return false;
    import_set(import, "ike-version", "1", "version");
    shrew_number(&site, "version", 0);
    shrew_read_network(&site);
    shrew_read_identity(&site);
    shrew_read_proposals(&site);
    shrew_read_policy(&site);
    key_values_read_own(keys, SHREW_OWN_PREFIX, import);
    key_values_note_rest(keys, import);
    return true;
}

const Format format_shrew = {
    .name = N_("a site of Shrew Soft's VPN client"),
    .suffix = ".vpn",
    .recognises = shrew_recognises,
    .read = shrew_read,
    .write = shrew_write,
};
