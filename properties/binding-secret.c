/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/gtk-compat.h"
#include "properties/internal.h"

#include <nma-ui-utils.h>

/* A secret, with NetworkManager's icon for who keeps it. libnm's and GTK's own copies, which both
 * wipe, are the only ones. */

static void
set_up(Binding *binding)
{
    NMSettingSecretFlags flags = draft_get_secret_flags(binding->draft, binding->option);

    nma_utils_setup_password_storage(binding->widget, flags, NULL, NULL, TRUE, FALSE);
    g_signal_connect_swapped(binding->widget, "changed", G_CALLBACK(binding_take), binding);
}

static void
load(Binding *binding)
{
    const char *text = draft_get(binding->draft, binding->option);

    if (g_strcmp0(compat_entry_get_text(binding->widget), text ? text : "") != 0)
        compat_entry_set_text(binding->widget, text ? text : "");
}

static void
save(Binding *binding)
{
    draft_set_secret(binding->draft,
                     binding->option,
                     compat_entry_get_text(binding->widget),
                     nma_utils_menu_to_secret_flags(binding->widget));
}

static void
set_visibility(Binding *binding, bool visible)
{
    gtk_entry_set_visibility(GTK_ENTRY(binding->widget), visible);
}

const BindingKind binding_secret = {
    .set_up = set_up,
    .load = load,
    .save = save,
    .set_visibility = set_visibility,
};
