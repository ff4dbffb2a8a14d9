/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

/* All that differs between GTK 3 and GTK 4 for the editor. Under GTK 4's names where there is one
 * of the same meaning, else as compat_…(). */

#if GTK_CHECK_VERSION(4, 0, 0)

static inline const char *
compat_entry_get_text(GtkWidget *entry)
{
    return gtk_editable_get_text(GTK_EDITABLE(entry));
}

static inline void
compat_entry_set_text(GtkWidget *entry, const char *text)
{
    gtk_editable_set_text(GTK_EDITABLE(entry), text);
}

static inline bool
compat_check_get_active(GtkWidget *check)
{
    return gtk_check_button_get_active(GTK_CHECK_BUTTON(check));
}

static inline void
compat_check_set_active(GtkWidget *check, bool active)
{
    gtk_check_button_set_active(GTK_CHECK_BUTTON(check), active);
}

static inline void
compat_add_class(GtkWidget *widget, const char *name)
{
    gtk_widget_add_css_class(widget, name);
}

static inline void
compat_remove_class(GtkWidget *widget, const char *name)
{
    gtk_widget_remove_css_class(widget, name);
}

/* GTK 4.8 reads out the underline of a check button's mnemonic as well. */
static inline void
compat_name_check(GtkWidget *check)
{
    g_auto(GStrv) parts = g_strsplit(gtk_check_button_get_label(GTK_CHECK_BUTTON(check)), "_", -1);
    g_autofree char *name = g_strjoinv("", parts);

    gtk_accessible_update_property(GTK_ACCESSIBLE(check), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* What a screen reader says of a widget after its name; and whether its value is wrong. */
static inline void
compat_describe(GtkWidget *widget, const char *text, bool invalid)
{
    GtkAccessible *accessible = GTK_ACCESSIBLE(widget);

    gtk_accessible_update_property(
        accessible, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text ? text : "", -1);
    gtk_accessible_update_state(accessible,
                                GTK_ACCESSIBLE_STATE_INVALID,
                                invalid ? GTK_ACCESSIBLE_INVALID_TRUE
                                        : GTK_ACCESSIBLE_INVALID_FALSE,
                                -1);
}

static inline void
compat_box_append(GtkWidget *box, GtkWidget *child)
{
    gtk_box_append(GTK_BOX(box), child);
}

static inline GtkWidget *
compat_icon_new(const char *name)
{
    return gtk_image_new_from_icon_name(name);
}

static inline GtkWidget *
compat_first_child(GtkWidget *box)
{
    return gtk_widget_get_first_child(box);
}

static inline GtkWidget *
compat_icon_button_new(const char *icon, const char *name)
{
    GtkWidget *button = gtk_button_new_from_icon_name(icon);

    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
    gtk_widget_set_tooltip_text(button, name);
    return button;
}

static inline GtkWindow *
compat_window_of(GtkWidget *widget)
{
    GtkRoot *root = gtk_widget_get_root(widget);

    return GTK_IS_WINDOW(root) ? GTK_WINDOW(root) : NULL;
}

static inline void
compat_window_destroy(GtkWidget *window)
{
    gtk_window_destroy(GTK_WINDOW(window));
}

#else

static inline const char *
compat_entry_get_text(GtkWidget *entry)
{
    return gtk_entry_get_text(GTK_ENTRY(entry));
}

static inline void
compat_entry_set_text(GtkWidget *entry, const char *text)
{
    gtk_entry_set_text(GTK_ENTRY(entry), text);
}

static inline bool
compat_check_get_active(GtkWidget *check)
{
    return gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(check));
}

static inline void
compat_check_set_active(GtkWidget *check, bool active)
{
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(check), active);
}

static inline void
compat_add_class(GtkWidget *widget, const char *name)
{
    gtk_style_context_add_class(gtk_widget_get_style_context(widget), name);
}

static inline void
compat_remove_class(GtkWidget *widget, const char *name)
{
    gtk_style_context_remove_class(gtk_widget_get_style_context(widget), name);
}

static inline void
compat_name_check(GtkWidget *check)
{
}

static inline void
compat_describe(GtkWidget *widget, const char *text, bool invalid)
{
    AtkObject *accessible = gtk_widget_get_accessible(widget);

    atk_object_set_description(accessible, text ? text : "");
    atk_object_notify_state_change(accessible, ATK_STATE_INVALID_ENTRY, invalid);
}

static inline void
compat_box_append(GtkWidget *box, GtkWidget *child)
{
    gtk_box_pack_start(GTK_BOX(box), child, FALSE, TRUE, 0);
}

static inline GtkWidget *
compat_icon_new(const char *name)
{
    return gtk_image_new_from_icon_name(name, GTK_ICON_SIZE_BUTTON);
}

static inline GtkWidget *
compat_first_child(GtkWidget *box)
{
    g_autoptr(GList) children = gtk_container_get_children(GTK_CONTAINER(box));

    return children ? children->data : NULL;
}

static inline GtkWidget *
compat_icon_button_new(const char *icon, const char *name)
{
    GtkWidget *button = gtk_button_new_from_icon_name(icon, GTK_ICON_SIZE_BUTTON);

    atk_object_set_name(gtk_widget_get_accessible(button), name);
    gtk_widget_set_tooltip_text(button, name);
    return button;
}

static inline GtkWindow *
compat_window_of(GtkWidget *widget)
{
    GtkWidget *top = gtk_widget_get_toplevel(widget);

    return GTK_IS_WINDOW(top) ? GTK_WINDOW(top) : NULL;
}

static inline void
compat_window_destroy(GtkWidget *window)
{
    gtk_widget_destroy(window);
}

#endif
