/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/advanced.h"

#include "properties/form.h"
#include "properties/gtk-compat.h"
#include "properties/reason.h"

#include <glib/gi18n-lib.h>

static const struct {
    const char *name;
    const char *title;
} pages[] = {
    {"identity", N_("Identity")},
    {"network", N_("Gateway and Network")},
    {"algorithms", N_("Algorithms")},
    {"connection", N_("Connection")},
};

typedef struct {
    Draft *draft;
    Form *forms[G_N_ELEMENTS(pages)];
    GtkWidget *dialog;
    GtkWidget *reason;
    AdvancedApplied applied;
    void *data;
} Advanced;

static void
advanced_free(Advanced *self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++)
        form_free(self->forms[i]);
    draft_free(self->draft);
    g_free(self);
}

static void
show_draft(Advanced *self)
{
    bool good;

    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++)
        form_show(self->forms[i], self->draft);
    good = reason_show(self->reason, self->draft, self->forms, G_N_ELEMENTS(pages));
    gtk_dialog_set_response_sensitive(GTK_DIALOG(self->dialog), GTK_RESPONSE_APPLY, good);
}

static void
on_changed_cb(void *data)
{
    show_draft(data);
}

static void
on_response_cb(GtkDialog *dialog, int response, Advanced *self)
{
    if (response == GTK_RESPONSE_APPLY)
        self->applied(draft_copy(self->draft), self->data);
    compat_window_destroy(GTK_WIDGET(dialog));
}

enum {
    PAGE_WIDTH = 540, /* room for a list of networks or proposals */
    MARGIN = 12,
    SPACING = 6,
};

/* GNOME has its buttons in the header, others have them below. */
static bool
uses_header(void)
{
    gboolean header = FALSE;

    g_object_get(gtk_settings_get_default(), "gtk-dialogs-use-header", &header, NULL);
    return header;
}

static void
set_margins(GtkWidget *widget, int margin)
{
    gtk_widget_set_margin_start(widget, margin);
    gtk_widget_set_margin_end(widget, margin);
    gtk_widget_set_margin_top(widget, margin);
    gtk_widget_set_margin_bottom(widget, margin);
}

static GtkWidget *
dialog_new(GtkWindow *parent)
{
    GtkWidget *dialog;

    dialog = gtk_dialog_new_with_buttons(
        _("Advanced IPsec Options"),
        parent,
        GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT
            | (uses_header() ? GTK_DIALOG_USE_HEADER_BAR : (GtkDialogFlags) 0),
        _("_Cancel"),
        GTK_RESPONSE_CANCEL,
        _("_Apply"),
        GTK_RESPONSE_APPLY,
        NULL);
    gtk_dialog_set_default_response(GTK_DIALOG(dialog), GTK_RESPONSE_APPLY);
    gtk_window_set_resizable(GTK_WINDOW(dialog), FALSE);
    if (!uses_header())
        set_margins(gtk_widget_get_parent(
                        gtk_dialog_get_widget_for_response(GTK_DIALOG(dialog), GTK_RESPONSE_APPLY)),
                    MARGIN);
    return dialog;
}

static GtkWidget *
tab_new(const char *title)
{
    GtkWidget *label = gtk_label_new(title);

    gtk_widget_set_visible(label, TRUE);
    return label;
}

static void
fill_dialog(Advanced *self)
{
    GtkWidget *content = gtk_dialog_get_content_area(GTK_DIALOG(self->dialog));
    GtkWidget *notebook = gtk_notebook_new();

    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
        self->forms[i] = form_new(pages[i].name, on_changed_cb, self);
        gtk_notebook_append_page(
            GTK_NOTEBOOK(notebook), form_root(self->forms[i]), tab_new(_(pages[i].title)));
    }
    self->reason = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, SPACING);
    reason_init(self->reason, true);
    set_margins(self->reason, MARGIN);
    compat_box_append(content, notebook);
    compat_box_append(content, self->reason);
    gtk_widget_set_size_request(notebook, PAGE_WIDTH, -1);
    gtk_notebook_set_show_border(GTK_NOTEBOOK(notebook), !uses_header());
    if (!uses_header())
        set_margins(notebook, MARGIN);
    gtk_widget_set_visible(notebook, TRUE);
}

GtkWidget *
advanced_dialog_show(GtkWindow *parent, const Draft *draft, AdvancedApplied applied, void *data)
{
    Advanced *self = g_new0(Advanced, 1);

    self->draft = draft_copy(draft);
    self->applied = applied;
    self->data = data;
    self->dialog = dialog_new(parent);
    g_object_set_data_full(
        G_OBJECT(self->dialog), "advanced", self, (GDestroyNotify) advanced_free);
    fill_dialog(self);
    g_signal_connect(self->dialog, "response", G_CALLBACK(on_response_cb), self);
    show_draft(self);
    gtk_window_present(GTK_WINDOW(self->dialog));
    return self->dialog;
}
