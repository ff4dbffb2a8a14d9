/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

#include <glib.h>

/* The text of a file that any editor on any system may have written: UTF-8 with or without a byte
 * order mark, UTF-16 of either order, else Windows-1252; zeros at the end are none of it. Lines end
 * with '\n' (from "\r\n" and '\r'). NULL if it is no text: it has a zero byte, or its UTF-16 is
 * broken. Owned by the caller, who wipes it: there may be secrets in it. */
char *file_text(GBytes *bytes);

/* Text that stood in such a file hidden, so that it is still as the editor's system has it: UTF-8,
 * else Windows-1252. NULL if it has a zero byte. Owned by the caller, who wipes it. */
char *file_text_part(Bytes part);

/* The next line of such a text that says something, without what is blank around it: owned by the
 * caller, who wipes it; NULL at the end. A line that begins with comment says nothing ('\0': they
 * all do). */
char *file_text_next_line(const char **rest, char comment);
