/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/settings-manual.h"
#include "settings/options.h"

#include <string.h>

static void
test_every_option_is_there(void)
{
    g_autofree char *page = settings_manual("", "");
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        g_auto(GStrv) words = g_strsplit(option->key, "-", -1);
        g_autofree char *escaped = g_strjoinv("\\-", words);
        g_autofree char *entry = g_strconcat(".TP\n.B ", escaped, "\n", NULL);

        if (!strstr(page, entry))
            g_test_message("%s is not in the manual", option->key);
        g_assert_nonnull(strstr(page, entry));
    }
}

static void
test_every_group_is_there_once(void)
{
    g_autofree char *page = settings_manual("", "");

    for (OptionGroup group = 0; group < GROUP_N; group++) {
        g_autofree char *heading = g_strdup_printf(".SS %s\n", option_group_title(group));
        const char *found = strstr(page, heading);

        g_assert_nonnull(found);
        g_assert_null(strstr(found + 1, heading));
    }
}

static void
test_what_is_not_supported_is_said(void)
{
    g_autofree char *page = settings_manual("", "");

    g_assert_nonnull(
        strstr(page, "Values: psk or psk\\-xauth.\n.br\nNot supported yet: eap, cert, "));
    g_assert_nonnull(
        strstr(page, "Default, once it is supported: yes.\n.br\nNot supported yet: yes."));
    g_assert_nonnull(strstr(page, "Not supported yet: a profile that has it is refused.\n"));
}

static void
test_frame_and_escapes(void)
{
    g_autofree char *page = settings_manual("HEAD\n", "TAIL\n");

    g_assert_true(g_str_has_prefix(page, "HEAD\n.SS "));
    g_assert_true(g_str_has_suffix(page, "\nTAIL\n"));
    /* Every line that begins with a dot is one of our requests. */
    for (const char *line = page; line; line = strchr(line + 1, '\n')) {
        const char *start = *line == '\n' ? line + 1 : line;

        if (*start == '.')
            g_assert_true(g_str_has_prefix(start, ".SS ") || g_str_has_prefix(start, ".TP\n")
                          || g_str_has_prefix(start, ".B ") || g_str_has_prefix(start, ".br\n"));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/manual/options", test_every_option_is_there);
    g_test_add_func("/manual/groups", test_every_group_is_there_once);
    g_test_add_func("/manual/unsupported", test_what_is_not_supported_is_said);
    g_test_add_func("/manual/escapes", test_frame_and_escapes);
    return g_test_run();
}
