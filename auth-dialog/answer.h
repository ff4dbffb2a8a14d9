/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* What the dialog writes to its standard output. Both contain secrets: wipe with
 * secret_free_text(). */

/* For a desktop that draws the dialog itself (--external-ui-mode): a key file. */
char *
answer_for_external_ui(const GPtrArray *questions, const char *title, const char *description);

/* Else: key and value, a line each, of what is known, and two empty lines. A value with a line
 * break cannot be said and is left out. */
char *answer_lines(const GPtrArray *questions);
