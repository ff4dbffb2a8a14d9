/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <nma-cert-chooser.h>
#include <nma-ui-utils.h>

/* What differs between GTK 3 and GTK 4 for host.c. */

#if GTK_CHECK_VERSION(4, 0, 0)

static inline void
compat_init(void)
{
    gtk_init();
}

static inline const char *
compat_id(GtkWidget *widget)
{
    return gtk_buildable_get_buildable_id(GTK_BUILDABLE(widget));
}

static inline GPtrArray *
compat_children(GtkWidget *widget)
{
    GPtrArray *children = g_ptr_array_new();

    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child))
        g_ptr_array_add(children, child);
    return children;
}

static inline const char *
compat_entry_get(GtkWidget *entry)
{
    return gtk_editable_get_text(GTK_EDITABLE(entry));
}

static inline void
compat_entry_set(GtkWidget *entry, const char *text)
{
    gtk_editable_set_text(GTK_EDITABLE(entry), text);
}

static inline gboolean
compat_check_get(GtkWidget *check)
{
    return gtk_check_button_get_active(GTK_CHECK_BUTTON(check));
}

static inline void
compat_check_set(GtkWidget *check, gboolean active)
{
    gtk_check_button_set_active(GTK_CHECK_BUTTON(check), active);
}

static inline GtkWidget *
compat_window_new(GtkWidget *child)
{
    GtkWidget *window = gtk_window_new();

    gtk_window_set_child(GTK_WINDOW(window), child);
    return window;
}

static inline void
compat_window_destroy(GtkWidget *window)
{
    gtk_window_destroy(GTK_WINDOW(window));
}

static inline GdkRectangle
compat_place(GtkWidget *widget, GtkWidget *window)
{
    graphene_rect_t bounds;

    if (!gtk_widget_compute_bounds(widget, window, &bounds))
        return (GdkRectangle){-1, -1, 0, 0};
    return (GdkRectangle){(int) bounds.origin.x,
                          (int) bounds.origin.y,
                          (int) bounds.size.width,
                          (int) bounds.size.height};
}

static inline int
compat_width(GtkWidget *window)
{
    return gtk_widget_get_width(window);
}

static inline int
compat_height(GtkWidget *window)
{
    return gtk_widget_get_height(window);
}

#else

static inline void
compat_init(void)
{
    gtk_init(NULL, NULL);
}

static inline const char *
compat_id(GtkWidget *widget)
{
    return gtk_buildable_get_name(GTK_BUILDABLE(widget));
}

static inline void
compat_add_child(GtkWidget *child, gpointer children)
{
    g_ptr_array_add(children, child);
}

static inline GPtrArray *
compat_children(GtkWidget *widget)
{
    GPtrArray *children = g_ptr_array_new();

    if (GTK_IS_CONTAINER(widget))
        gtk_container_forall(GTK_CONTAINER(widget), compat_add_child, children);
    return children;
}

static inline const char *
compat_entry_get(GtkWidget *entry)
{
    return gtk_entry_get_text(GTK_ENTRY(entry));
}

static inline void
compat_entry_set(GtkWidget *entry, const char *text)
{
    gtk_entry_set_text(GTK_ENTRY(entry), text);
}

static inline gboolean
compat_check_get(GtkWidget *check)
{
    return gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(check));
}

static inline void
compat_check_set(GtkWidget *check, gboolean active)
{
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(check), active);
}

static inline GtkWidget *
compat_window_new(GtkWidget *child)
{
    GtkWidget *window = gtk_window_new(GTK_WINDOW_TOPLEVEL);

    gtk_container_add(GTK_CONTAINER(window), child);
    return window;
}

static inline void
compat_window_destroy(GtkWidget *window)
{
    gtk_widget_destroy(window);
}

static inline GdkRectangle
compat_place(GtkWidget *widget, GtkWidget *window)
{
    GtkAllocation place;
    int x = 0, y = 0;

    gtk_widget_get_allocation(widget, &place);
    gtk_widget_translate_coordinates(widget, window, 0, 0, &x, &y);
    return (GdkRectangle){x, y, place.width, place.height};
}

static inline int
compat_width(GtkWidget *window)
{
    return gtk_widget_get_allocated_width(window);
}

static inline int
compat_height(GtkWidget *window)
{
    return gtk_widget_get_allocated_height(window);
}

#endif

/* The dialog that stands over the window, or NULL. */
static inline GtkWidget *
compat_dialog_over(GtkWidget *window)
{
    GList *windows = gtk_window_list_toplevels();
    GtkWidget *found = NULL;

    for (GList *link = windows; link; link = link->next) {
        if (GTK_IS_DIALOG(link->data)
            && gtk_window_get_transient_for(GTK_WINDOW(link->data)) == GTK_WINDOW(window))
            found = link->data;
    }
    g_list_free(windows);
    return found;
}
