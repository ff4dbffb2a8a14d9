/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/scratch.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>

static char *data_home;

static void remove_tree(const char *path);

static void
remove_content(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        remove_tree(child);
    }
    g_clear_pointer(&dir, g_dir_close);
}

/* A link is removed, not followed. */
static void
remove_tree(const char *path)
{
    if (g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
        remove_content(path);
    g_remove(path);
}

static void
on_exit_remove(void)
{
    remove_tree(data_home);
    g_free(data_home);
}

void
scratch_data_home(void)
{
    data_home = g_dir_make_tmp("nm-ike-test-XXXXXX", NULL);
    g_assert_nonnull(data_home);
    g_setenv("XDG_DATA_HOME", data_home, TRUE);
    atexit(on_exit_remove);
}

void
scratch_empty(void)
{
    remove_content(data_home);
}
