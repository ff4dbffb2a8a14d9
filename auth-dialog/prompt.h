/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* A window of our own, for those who start the dialog and draw none. GTK is large, and most of the
 * time nobody needs it: so it is in a module that is loaded when a question is open. */

typedef enum {
    PROMPT_ANSWERED,
    PROMPT_CANCELLED,
    PROMPT_IMPOSSIBLE, /* no module, no GTK, or no display */
} PromptResult;

/* Asks the questions that should be asked, three at the most, and puts what was typed into them. */
PromptResult prompt_ask(const char *title, const char *message, const GPtrArray *questions);

/* The same, as each of the modules has it. */
typedef PromptResult (*PromptFunction)(const char *title,
                                       const char *message,
                                       const GPtrArray *questions);
#define PROMPT_FUNCTION "nm_ike_prompt"
PromptResult nm_ike_prompt(const char *title, const char *message, const GPtrArray *questions);
