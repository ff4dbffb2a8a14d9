/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/binding.h"

#include "properties/fault.h"
#include "properties/gtk-compat.h"
#include "properties/internal.h"

#include <string.h>

static const BindingKind *
kind_for(const Option *option, GtkWidget *widget)
{
    if (option->kind == OPTION_SECRET)
        return &binding_secret;
    if (GTK_IS_COMBO_BOX_TEXT(widget))
        return &binding_choice;
    if (GTK_IS_CHECK_BUTTON(widget))
        return &binding_check;
    return GTK_IS_ENTRY(widget) ? &binding_entry : &binding_certificate;
}

Binding *
binding_new(const Option *option, GtkBuilder *builder, BindingChanged changed, void *data)
{
    GObject *widget = gtk_builder_get_object(builder, option->key);
    Binding *binding;

    if (!widget)
        return NULL;
    binding = g_new0(Binding, 1);
    binding->option = option;
    binding->widget = g_object_ref(GTK_WIDGET(widget));
    binding->kind = kind_for(option, binding->widget);
    g_object_get(widget, "tooltip-text", &binding->help, NULL);
    binding->changed = changed;
    binding->data = data;
    return binding;
}

/* The host may keep the widgets for longer than us, or destroy them before. */
void
binding_free(Binding *binding)
{
    g_signal_handlers_disconnect_by_data(binding->widget, binding);
    if (binding->chooser)
        g_signal_handlers_disconnect_by_data(binding->chooser, binding);
    g_clear_object(&binding->chooser);
    g_clear_pointer(&binding->choices, g_ptr_array_unref);
    g_object_unref(binding->widget);
    g_free(binding->help);
    g_free(binding);
}

const Option *
binding_option(const Binding *binding)
{
    return binding->option;
}

void
binding_set_draft(Binding *binding, Draft *draft)
{
    bool first = !binding->draft;

    binding->draft = draft;
    if (first)
        binding->kind->set_up(binding);
}

void
binding_take(Binding *binding)
{
    if (binding->loading)
        return;
    binding->kind->save(binding);
    binding->changed(binding, binding->data);
}

char *
binding_label(const Binding *binding)
{
    g_autoptr(GList) labels = NULL;

    if (binding->kind->label)
        return binding->kind->label(binding);
    labels = gtk_widget_list_mnemonic_labels(binding->widget);
    return g_strdup(labels ? gtk_label_get_text(labels->data) : binding->option->key);
}

static void
set_shown(Binding *binding, bool shown)
{
    g_autoptr(GList) labels = gtk_widget_list_mnemonic_labels(binding->widget);

    gtk_widget_set_visible(binding->widget, shown);
    for (GList *label = labels; label; label = label->next)
        gtk_widget_set_visible(label->data, shown);
}

static void
show_error_icon(GtkEntry *entry, const char *sentence)
{
    gtk_entry_set_icon_from_icon_name(
        entry, GTK_ENTRY_ICON_SECONDARY, sentence ? "dialog-error-symbolic" : NULL);
    gtk_entry_set_icon_activatable(entry, GTK_ENTRY_ICON_SECONDARY, FALSE);
    gtk_entry_set_icon_tooltip_text(entry, GTK_ENTRY_ICON_SECONDARY, sentence);
}

/* What is still empty is no mistake, only not done yet. */
static void
show_fault(Binding *binding)
{
    const GError *fault = draft_fault(binding->draft, binding->option);
    const char *value = draft_get(binding->draft, binding->option);
    bool shout = fault && fault->code != SETTINGS_ERROR_MISSING;
    g_autofree char *sentence = shout ? fault_sentence(fault, binding->option->key, value) : NULL;

    if (shout)
        compat_add_class(binding->widget, "error");
    else
        compat_remove_class(binding->widget, "error");
    if (binding->kind->has_error_icon)
        show_error_icon(GTK_ENTRY(binding->widget), sentence);
    else
        gtk_widget_set_tooltip_text(binding->widget, sentence ? sentence : binding->help);
    compat_describe(binding->widget, sentence ? sentence : binding->help, shout);
}

void
binding_show(Binding *binding, Draft *draft)
{
    bool shown = draft_applies(draft, binding->option) || draft_fault(draft, binding->option);

    binding->loading = true;
    binding_set_draft(binding, draft);
    binding->kind->load(binding);
    set_shown(binding, shown);
    show_fault(binding);
    binding->loading = false;
}

void
binding_set_visibility(Binding *binding, bool visible)
{
    if (binding->kind->set_visibility)
        binding->kind->set_visibility(binding, visible);
}

void
binding_align(Binding *binding, GtkSizeGroup *labels)
{
    g_autoptr(GList) own = gtk_widget_list_mnemonic_labels(binding->widget);

    for (GList *label = own; label; label = label->next)
        gtk_size_group_add_widget(labels, label->data);
    if (binding->kind->align)
        binding->kind->align(binding, labels);
}
