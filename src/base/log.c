/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

enum {
    MAX_SAFE_TEXT = 200, /* bytes: a line of a journal, not a page */
};

static LogWriter log_writer;

void
log_set_writer(LogWriter writer)
{
    log_writer = writer;
}

void
log_line(LogLevel level, const char *format, ...)
{
    g_autofree char *line = NULL;
    va_list args;

    if (!log_writer)
        return;
    va_start(args, format);
    line = g_strdup_vprintf(format, args);
    va_end(args);
    log_writer(level, line);
}

char *
log_safe_text(const void *data, size_t len)
{
    char *text = g_utf8_make_valid(data ? data : "", (gssize) MIN(len, MAX_SAFE_TEXT));

    for (char *c = text; *c; c++) {
        if (g_ascii_iscntrl(*c))
            *c = '?';
    }
    return text;
}
