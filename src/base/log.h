/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

typedef enum {
    LOG_LEVEL_ERROR,  /* the user must act */
    LOG_LEVEL_NOTICE, /* the state of the connection changed */
    LOG_LEVEL_INFO,   /* a step was taken */
    LOG_LEVEL_DEBUG,  /* one message came or went */
} LogLevel;

/* Set once, by the program or the test; unset, nothing is logged. line has no newline at its end.
 */
typedef void (*LogWriter)(LogLevel level, const char *line);
void log_set_writer(LogWriter writer);

/* Never with a secret, never with bytes of a payload, never per packet. */
void log_line(LogLevel level, const char *format, ...) G_GNUC_PRINTF(2, 3);

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_notice(...) log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* What a peer or a file chose, made fit to be printed: at most 200 bytes, valid UTF-8, control
 * characters replaced. */
char *log_safe_text(const void *data, size_t len);
