/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/reason.h"

#include "properties/fault.h"
#include "properties/gtk-compat.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LABEL "reason-label"
#define KEEPS_ROOM "reason-keeps-room"

enum { WIDTH = 60 /* characters */ };

static char *
name_on(Form *const *pages, size_t n, const Option *option)
{
    char *name = NULL;

    for (size_t i = 0; i < n && !name; i++)
        name = form_label_of(pages[i], option);
    return name;
}

void
reason_init(GtkWidget *line, bool keeps_room)
{
    GtkWidget *icon = compat_icon_new("dialog-error-symbolic");
    GtkWidget *label = gtk_label_new(NULL);

    g_object_set(
        label, "wrap", TRUE, "xalign", 0.0, "max-width-chars", WIDTH, "hexpand", TRUE, NULL);
    gtk_widget_set_visible(icon, TRUE);
    gtk_widget_set_visible(label, TRUE);
    gtk_widget_set_valign(icon, GTK_ALIGN_START);
    compat_box_append(line, icon);
    compat_box_append(line, label);
    g_object_set_data(G_OBJECT(line), LABEL, label);
    g_object_set_data(G_OBJECT(line), KEEPS_ROOM, GINT_TO_POINTER(keeps_room));
}

static void
show(GtkWidget *line, const char *reason)
{
    gpointer label = g_object_get_data(G_OBJECT(line), LABEL);
    bool keeps_room = g_object_get_data(G_OBJECT(line), KEEPS_ROOM) != NULL;

    gtk_label_set_text(GTK_LABEL(label), reason ? reason : "");
    gtk_widget_set_opacity(line, reason ? 1 : 0);
    gtk_widget_set_visible(line, reason || keeps_room);
}

static char *
reason_for(const Draft *draft, const Option *option, const char *name)
{
    const GError *fault = draft_fault(draft, option);
    g_autofree char *sentence = fault_sentence(fault, option->key, draft_get(draft, option));

    if (fault->code != SETTINGS_ERROR_MISSING)
        /* TRANSLATORS: the name of a field, and what is wrong with what is in it */
        return g_strdup_printf(_("%s: %s"), name, sentence);
    if (strcmp(option->key, "gateway") == 0)
        return NULL;
    /* TRANSLATORS: %s is the name of a field: "Certificate is still missing" */
    return g_strdup_printf(_("%s is still missing"), name);
}

bool
reason_show(GtkWidget *line, const Draft *draft, Form *const *pages, size_t n)
{
    const Option *option;

    for (size_t i = 0; (option = draft_option_at(i)); i++) {
        const GError *fault = draft_fault(draft, option);
        g_autofree char *name = fault ? name_on(pages, n, option) : NULL;
        g_autofree char *reason = NULL;

        if (!name)
            continue;
        reason = reason_for(draft, option, name);
        show(line, reason);
        return false;
    }
    show(line, NULL);
    return true;
}

void
reason_show_elsewhere(GtkWidget *line, const Draft *draft)
{
    const GError *fault = draft_first_fault(draft);
    g_autofree char *reason =
        fault ? g_strdup_printf(_("In the advanced options: %s"), fault->message) : NULL;

    show(line, reason);
}
