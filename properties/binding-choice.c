/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/internal.h"

/* One of several, in a combo box whose rows stand in the .ui file: the keyword and its name for
 * people. */

typedef struct {
    char *keyword;
    char *name;
} Choice;

static void
choice_free(Choice *choice)
{
    g_free(choice->keyword);
    g_free(choice->name);
    g_free(choice);
}

static void
collect_choices(Binding *binding)
{
    GtkTreeModel *model = gtk_combo_box_get_model(GTK_COMBO_BOX(binding->widget));
    int keyword_column = gtk_combo_box_get_id_column(GTK_COMBO_BOX(binding->widget));
    int name_column = gtk_combo_box_get_entry_text_column(GTK_COMBO_BOX(binding->widget));
    GtkTreeIter row;

    binding->choices = g_ptr_array_new_with_free_func((GDestroyNotify) choice_free);
    for (gboolean more = gtk_tree_model_get_iter_first(model, &row); more;
         more = gtk_tree_model_iter_next(model, &row)) {
        Choice *choice = g_new0(Choice, 1);

        gtk_tree_model_get(
            model, &row, keyword_column, &choice->keyword, name_column, &choice->name, -1);
        g_ptr_array_add(binding->choices, choice);
    }
}

static void
set_up(Binding *binding)
{
    collect_choices(binding);
    g_signal_connect_swapped(binding->widget, "changed", G_CALLBACK(binding_take), binding);
}

static void
append(Binding *binding, const char *keyword)
{
    GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT(binding->widget);

    for (guint i = 0; i < binding->choices->len; i++) {
        const Choice *choice = binding->choices->pdata[i];

        if (g_strcmp0(choice->keyword, keyword) == 0) {
            gtk_combo_box_text_append(combo, keyword, choice->name);
            return;
        }
    }
    gtk_combo_box_text_append(combo, keyword, keyword);
}

/* The rows that fit the rest of the draft. */
static void
offer_choices(Binding *binding)
{
    const char *const *choices = draft_choices(binding->draft, binding->option);

    if (!choices || choices == binding->shown_choices)
        return;
    gtk_combo_box_text_remove_all(GTK_COMBO_BOX_TEXT(binding->widget));
    for (const char *const *keyword = choices; *keyword; keyword++)
        append(binding, *keyword);
    binding->shown_choices = choices;
}

/* What another program or a newer version has written is shown as it is, and stays. */
static void
load(Binding *binding)
{
    const char *text = draft_get(binding->draft, binding->option);
    const char *default_text = binding->option->default_text;

    offer_choices(binding);
    if (!text && binding->shown_choices)
        default_text = binding->shown_choices[0];
    if (!text)
        text = default_text;
    if (text && gtk_combo_box_set_active_id(GTK_COMBO_BOX(binding->widget), text))
        return;
    if (!text) {
        gtk_combo_box_set_active(GTK_COMBO_BOX(binding->widget), 0);
        return;
    }
    append(binding, text);
    gtk_combo_box_set_active_id(GTK_COMBO_BOX(binding->widget), text);
}

static void
save(Binding *binding)
{
    const char *keyword = gtk_combo_box_get_active_id(GTK_COMBO_BOX(binding->widget));

    if (keyword)
        draft_set(binding->draft, binding->option, keyword);
}

const BindingKind binding_choice = {.set_up = set_up, .load = load, .save = save};
