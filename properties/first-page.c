/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/first-page.h"

#include "properties/advanced.h"
#include "properties/form.h"
#include "properties/gtk-compat.h"
#include "properties/reason.h"

struct FirstPage {
    Draft *draft;
    Form *form;
    GtkWidget *reason;
    GtkWidget *advanced; /* the dialog, while it is open */
    FirstPageChanged changed;
    void *data;
};

/* Another kind of identity has no group name, and is not to be overwritten by one. */
static void
show_group_name(FirstPage *page)
{
    bool taken = draft_get(page->draft, draft_option_by_key("local-id"))
                 && !draft_get(page->draft, draft_option_by_key("group-name"));

    gtk_widget_set_sensitive(form_widget(page->form, "group-name"), !taken);
}

static bool
has_secrets(const Draft *draft)
{
    static const char *const secrets[] = {"password", "psk", "key-password"};

    for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++) {
        if (draft_applies(draft, draft_option_by_key(secrets[i])))
            return true;
    }
    return false;
}

static void
show_draft(FirstPage *page)
{
    form_show(page->form, page->draft);
    show_group_name(page);
    gtk_widget_set_visible(form_widget(page->form, "show-passwords"), has_secrets(page->draft));
    if (reason_show(page->reason, page->draft, &page->form, 1))
        reason_show_elsewhere(page->reason, page->draft);
}

static void
on_changed_cb(void *data)
{
    FirstPage *page = data;

    show_draft(page);
    page->changed(page->data);
}

static void
on_show_passwords_toggled_cb(GtkWidget *check, FirstPage *page)
{
    form_set_visibility(page->form, compat_check_get_active(check));
}

static void
on_applied_cb(Draft *draft, void *data)
{
    FirstPage *page = data;

    draft_free(page->draft);
    page->draft = draft;
    on_changed_cb(page);
}

static void
on_advanced_clicked_cb(GtkWidget *button, FirstPage *page)
{
    if (page->advanced)
        return;
    page->advanced =
        advanced_dialog_show(compat_window_of(button), page->draft, on_applied_cb, page);
    g_object_add_weak_pointer(G_OBJECT(page->advanced), (gpointer *) &page->advanced);
}

static void
show_notes(FirstPage *page, const char *notes)
{
    GtkWidget *label = form_widget(page->form, "notes");

    if (!notes || !g_utf8_validate(notes, -1, NULL))
        return;
    gtk_label_set_text(GTK_LABEL(label), notes);
    gtk_widget_set_visible(form_widget(page->form, "notes-bar"), TRUE);
}

FirstPage *
first_page_new(NMSettingVpn *setting, const char *notes, FirstPageChanged changed, void *data)
{
    FirstPage *page = g_new0(FirstPage, 1);

    page->draft = draft_new(setting);
    page->changed = changed;
    page->data = data;
    page->form = form_new("first-page", on_changed_cb, page);
    page->reason = form_widget(page->form, "reason");
    reason_init(page->reason, false);
    g_signal_connect(form_widget(page->form, "show-passwords"),
                     "toggled",
                     G_CALLBACK(on_show_passwords_toggled_cb),
                     page);
    g_signal_connect(
        form_widget(page->form, "advanced"), "clicked", G_CALLBACK(on_advanced_clicked_cb), page);
    compat_name_check(form_widget(page->form, "show-passwords"));
    show_notes(page, notes);
    show_draft(page);
    form_align_labels(page->form);
    return page;
}

void
first_page_free(FirstPage *page)
{
    if (page->advanced) {
        g_object_remove_weak_pointer(G_OBJECT(page->advanced), (gpointer *) &page->advanced);
        compat_window_destroy(page->advanced);
    }
    g_signal_handlers_disconnect_by_data(form_widget(page->form, "show-passwords"), page);
    g_signal_handlers_disconnect_by_data(form_widget(page->form, "advanced"), page);
    form_free(page->form);
    draft_free(page->draft);
    g_free(page);
}

GtkWidget *
first_page_widget(FirstPage *page)
{
    return form_root(page->form);
}

const Draft *
first_page_draft(const FirstPage *page)
{
    return page->draft;
}
