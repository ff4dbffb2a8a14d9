/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/gtk-compat.h"
#include "properties/internal.h"

/* Yes or no. */

static void
set_up(Binding *binding)
{
    compat_name_check(binding->widget);
    g_signal_connect_swapped(binding->widget, "toggled", G_CALLBACK(binding_take), binding);
}

static void
load(Binding *binding)
{
    const char *text = draft_get(binding->draft, binding->option);

    if (!text)
        text = binding->option->default_text;
    compat_check_set_active(binding->widget, g_strcmp0(text, "yes") == 0);
}

static void
save(Binding *binding)
{
    bool active = compat_check_get_active(binding->widget);

    draft_set(binding->draft, binding->option, active ? "yes" : "no");
}

const BindingKind binding_check = {.set_up = set_up, .load = load, .save = save};
