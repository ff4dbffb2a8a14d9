/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/gtk-compat.h"
#include "properties/internal.h"

/* A text or a number. Empty means the default, which stands there in grey. */

static void
set_up(Binding *binding)
{
    const char *grey = gtk_entry_get_placeholder_text(GTK_ENTRY(binding->widget));

    if (!grey && binding->option->default_text)
        gtk_entry_set_placeholder_text(GTK_ENTRY(binding->widget), binding->option->default_text);
    g_signal_connect_swapped(binding->widget, "changed", G_CALLBACK(binding_take), binding);
}

/* Blanks at the ends come with what is pasted. */
static char *
text_of(const Binding *binding)
{
    return g_strstrip(g_strdup(compat_entry_get_text(binding->widget)));
}

/* A default that was typed is not written; it does not vanish from under the cursor either. */
static void
load(Binding *binding)
{
    const char *text = draft_get(binding->draft, binding->option);
    g_autofree char *shown = text_of(binding);

    if (!text && g_strcmp0(shown, binding->option->default_text) == 0)
        return;
    if (g_strcmp0(shown, text ? text : "") != 0)
        compat_entry_set_text(binding->widget, text ? text : "");
}

static void
save(Binding *binding)
{
    g_autofree char *text = text_of(binding);

    draft_set(binding->draft, binding->option, text);
}

const BindingKind binding_entry = {
    .set_up = set_up,
    .load = load,
    .save = save,
    .has_error_icon = true,
};
