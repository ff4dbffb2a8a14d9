/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/settings-manual.h"

#include "settings/options.h"

#include <string.h>

/* Text as it is: roff takes a hyphen, a backslash, and a dot or an apostrophe that begins a line
 * for its own. */
static void
put_text(GString *page, const char *text)
{
    if (*text == '.' || *text == '\'')
        g_string_append(page, "\\&");
    for (; *text; text++) {
        if (*text == '-')
            g_string_append(page, "\\-");
        else if (*text == '\\')
            g_string_append(page, "\\e");
        else
            g_string_append_c(page, *text);
    }
}

static void
put_line(GString *page, const char *before, const char *text, const char *after)
{
    g_autofree char *line = g_strconcat(before, text, after, "\n", NULL);

    put_text(page, line);
}

/* The words that are refused so far, apart by commas; NULL: none. */
static char *
unsupported_words(const Option *option)
{
    g_autoptr(GString) words = g_string_new(NULL);

    for (const OptionChoice *choice = option->choices; choice && choice->keyword; choice++) {
        if (choice->unsupported)
            g_string_append_printf(words, "%s%s", words->len ? ", " : "", choice->keyword);
    }
    return words->len ? g_string_free(g_steal_pointer(&words), FALSE) : NULL;
}

static bool
default_is_supported(const Option *option)
{
    for (const OptionChoice *choice = option->choices; choice && choice->keyword; choice++) {
        if (choice->unsupported && strcmp(choice->keyword, option->default_text) == 0)
            return false;
    }
    return true;
}

/* A line of its own under the option. */
static void
put_fact(GString *page, const char *what, const char *text)
{
    g_string_append(page, ".br\n");
    put_line(page, what, text, ".");
}

static void
put_option(GString *page, const Option *option)
{
    g_autofree char *values = option_values_text(option);
    g_autofree char *unsupported = unsupported_words(option);

    g_string_append(page, ".TP\n.B ");
    put_line(page, option->key, "", "");
    put_line(page, option->sentence, "", "");
    put_fact(page, option->kind == OPTION_SECRET ? "A secret: " : "Values: ", values);
    if (option->default_text && default_is_supported(option))
        put_fact(page, "Default: ", option->default_text);
    if (option->default_text && !default_is_supported(option))
        put_fact(page, "Default, once it is supported: ", option->default_text);
    if (unsupported)
        put_fact(page, "Not supported yet: ", unsupported);
    if (option->unsupported)
        put_fact(page, "Not supported yet: a profile that has it is refused", "");
}

char *
settings_manual(const char *head, const char *tail)
{
    GString *page = g_string_new(head);
    const Option *option;

    for (OptionGroup group = 0; group < GROUP_N; group++) {
        g_string_append_printf(page, ".SS %s\n", option_group_title(group));
        for (size_t i = 0; (option = option_at(i)); i++) {
            if (option->group == group)
                put_option(page, option);
        }
    }
    g_string_append(page, tail);
    return g_string_free(page, FALSE);
}
