/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/reason.h"

#include "properties/fault.h"
#include "properties/gtk-compat.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static char *
name_on(Form *const *pages, size_t n, const Option *option)
{
    char *name = NULL;

    for (size_t i = 0; i < n && !name; i++)
        name = form_label_of(pages[i], option);
    return name;
}

static void
show(GtkWidget *label, const char *reason, bool shout)
{
    if (shout)
        compat_add_class(label, "error");
    else
        compat_remove_class(label, "error");
    gtk_label_set_text(GTK_LABEL(label), reason ? reason : "");
    gtk_widget_set_visible(label, reason != NULL);
}

static char *
reason_for(const Option *option, const GError *fault, const char *name)
{
    g_autofree char *sentence = fault_sentence(fault, option->key);

    if (fault->code != SETTINGS_ERROR_MISSING)
        return g_strdup_printf("%s: %s", name, sentence);
    if (strcmp(option->key, "gateway") == 0)
        return NULL;
    /* Translators: %s is the name of a field: "Certificate is still missing" */
    return g_strdup_printf(_("%s is still missing"), name);
}

bool
reason_show(GtkWidget *label, const Draft *draft, Form *const *pages, size_t n)
{
    const Option *option;

    for (size_t i = 0; (option = draft_option_at(i)); i++) {
        const GError *fault = draft_fault(draft, option);
        g_autofree char *name = fault ? name_on(pages, n, option) : NULL;
        g_autofree char *reason = NULL;

        if (!name)
            continue;
        reason = reason_for(option, fault, name);
        show(label, reason, fault->code != SETTINGS_ERROR_MISSING);
        return false;
    }
    show(label, NULL, false);
    return true;
}

void
reason_show_elsewhere(GtkWidget *label, const Draft *draft)
{
    const GError *fault = draft_first_fault(draft);
    g_autofree char *reason =
        fault ? g_strdup_printf(_("In the advanced options: %s"), fault->message) : NULL;

    show(label, reason, true);
}
