/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/form.h"

#define RESOURCE_PATH "/org/freedesktop/NetworkManager/ike/"

struct Form {
    GtkBuilder *builder;
    GtkWidget *root;
    GPtrArray *bindings;
    Draft *draft;
    FormChanged changed;
    void *data;
};

static void
on_binding_changed_cb(Binding *binding, void *data)
{
    Form *form = data;

    form_show(form, form->draft);
    form->changed(form->data);
}

static void
bind_widgets(Form *form)
{
    const Option *option;

    for (size_t i = 0; (option = draft_option_at(i)); i++) {
        Binding *binding = binding_new(option, form->builder, on_binding_changed_cb, form);

        if (binding)
            g_ptr_array_add(form->bindings, binding);
    }
}

Form *
form_new(const char *name, FormChanged changed, void *data)
{
    Form *form = g_new0(Form, 1);
    g_autofree char *path = g_strconcat(RESOURCE_PATH, name, ".ui", NULL);

    form->builder = gtk_builder_new();
    gtk_builder_add_from_resource(form->builder, path, NULL);
    form->root = g_object_ref(form_widget(form, name));
    form->bindings = g_ptr_array_new_with_free_func((GDestroyNotify) binding_free);
    form->changed = changed;
    form->data = data;
    bind_widgets(form);
    return form;
}

void
form_free(Form *form)
{
    if (!form)
        return;
    g_ptr_array_unref(form->bindings);
    g_object_unref(form->root);
    g_object_unref(form->builder);
    g_free(form);
}

GtkWidget *
form_widget(Form *form, const char *name)
{
    return GTK_WIDGET(gtk_builder_get_object(form->builder, name));
}

GtkWidget *
form_root(Form *form)
{
    return form->root;
}

void
form_show(Form *form, Draft *draft)
{
    form->draft = draft;
    for (guint i = 0; i < form->bindings->len; i++)
        binding_show(form->bindings->pdata[i], draft);
}

void
form_set_visibility(Form *form, bool visible)
{
    for (guint i = 0; i < form->bindings->len; i++)
        binding_set_visibility(form->bindings->pdata[i], visible);
}

char *
form_label_of(const Form *form, const Option *option)
{
    for (guint i = 0; i < form->bindings->len; i++) {
        if (binding_option(form->bindings->pdata[i]) == option)
            return binding_label(form->bindings->pdata[i]);
    }
    return NULL;
}

void
form_align_labels(Form *form)
{
    g_autoptr(GtkSizeGroup) labels = gtk_size_group_new(GTK_SIZE_GROUP_HORIZONTAL);

    for (guint i = 0; i < form->bindings->len; i++)
        binding_align(form->bindings->pdata[i], labels);
}
