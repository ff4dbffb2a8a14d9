/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/settings-manual.h"

#include <glib.h>
#include <stdio.h>

/* make-settings-manual HEAD TAIL: the page, on standard output. */
int
main(int argc, char **argv)
{
    g_autofree char *head = NULL;
    g_autofree char *tail = NULL;
    g_autofree char *page = NULL;
    g_autoptr(GError) error = NULL;

    if (argc != 3)
        return 2;
    if (!g_file_get_contents(argv[1], &head, NULL, &error)
        || !g_file_get_contents(argv[2], &tail, NULL, &error)) {
        fprintf(stderr, "make-settings-manual: %s\n", error->message);
        return 1;
    }
    page = settings_manual(head, tail);
    return fputs(page, stdout) == EOF;
}
