/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth-dialog/prompt.h"

#include <dlfcn.h>

/* The newer toolkit first; a machine may have one of them. */
static const char *const modules[] = {
    PRIVATE_LIBDIR "/libnm-ike-prompt-gtk4.so",
    PRIVATE_LIBDIR "/libnm-ike-prompt-gtk3.so",
};

PromptResult
prompt_ask(const char *title, const char *message, const GPtrArray *questions)
{
    for (size_t i = 0; i < G_N_ELEMENTS(modules); i++) {
        /* (Never unloaded: GTK cannot be.) */
        void *module = dlopen(modules[i], RTLD_NOW | RTLD_LOCAL);
        PromptFunction ask = module ? (PromptFunction) dlsym(module, PROMPT_FUNCTION) : NULL;

        if (ask)
            return ask(title, message, questions);
    }
    return PROMPT_IMPOSSIBLE;
}
