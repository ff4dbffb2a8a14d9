/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host-compat.h"

#include <NetworkManager.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The plugin's editor in a bare window, and a person's hands in words: the tests of all options and
 * of all pages. Built for GTK 3 and for GTK 4.
 *
 *   host PLUGIN.so    reads commands from standard input, answers each with lines and an empty one
 *
 *   open FILE         the editor of that profile (a key file), in a window
 *   set KEY VALUE     the widget whose id is KEY, wherever it is; FLAGS of a secret: the icon's
 * menu get KEY           what it shows save FILE         what a host would save now page NAME
 * first-page, or a page of the advanced options: brought to the front check             what does
 * not fit on the page that is shown close             the window */

enum { BURIED_AFTER = 2000 }; /* milliseconds */

#define ADVANCED_BUTTON "advanced"
#define COMMAND_FAILED "failed: "

typedef struct {
    NMVpnEditorPlugin *plugin;
    NMConnection *connection;
    NMVpnEditor *editor;
    GtkWidget *window;
    GtkWidget *root; /* the editor's */
    GMainLoop *loop;
} Host;

static void
answer(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* --- widgets ------------------------------------------------------------------------------- */

static GtkWidget *
widget_below(GtkWidget *widget, const char *id)
{
    g_autoptr(GPtrArray) children = compat_children(widget);

    if (g_strcmp0(compat_id(widget), id) == 0)
        return widget;
    for (guint i = 0; i < children->len; i++) {
        GtkWidget *found = widget_below(children->pdata[i], id);

        if (found)
            return found;
    }
    return NULL;
}

/* The first of its kind: a box has a chooser in it. */
static GtkWidget *
chooser_below(GtkWidget *widget)
{
    g_autoptr(GPtrArray) children = compat_children(widget);

    if (NMA_IS_CERT_CHOOSER(widget))
        return widget;
    for (guint i = 0; i < children->len; i++) {
        GtkWidget *found = chooser_below(children->pdata[i]);

        if (found)
            return found;
    }
    return NULL;
}

static void
settle(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

/* The dialog of the advanced options; opened, if it is not. */
static GtkWidget *
advanced_dialog(Host *host, gboolean open)
{
    GtkWidget *dialog = host->window ? compat_dialog_over(host->window) : NULL;

    if (dialog || !open)
        return dialog;
    g_signal_emit_by_name(widget_below(host->root, ADVANCED_BUTTON), "clicked");
    settle();
    return compat_dialog_over(host->window);
}

static void
close_advanced(Host *host, int response)
{
    GtkWidget *dialog = advanced_dialog(host, FALSE);

    if (dialog)
        gtk_dialog_response(GTK_DIALOG(dialog), response);
    settle();
}

static GtkWidget *
widget_of(Host *host, const char *id)
{
    GtkWidget *widget = widget_below(host->root, id);

    return widget ? widget : widget_below(advanced_dialog(host, TRUE), id);
}

/* --- options ------------------------------------------------------------------------------- */

static char *
uri_of(const char *text)
{
    return *text == '/' ? g_filename_to_uri(text, NULL, NULL) : g_strdup(text);
}

/* A user's own certificate has its key in the same chooser. */
static GtkWidget *
pair_chooser(Host *host)
{
    return chooser_below(widget_of(host, "cert"));
}

static void
set_in_chooser(GtkWidget *chooser, const char *key, const char *value)
{
    g_autofree char *uri = uri_of(value);

    if (strcmp(key, "key") == 0)
        nma_cert_chooser_set_key_uri(NMA_CERT_CHOOSER(chooser), uri);
    else if (strcmp(key, "key-password") == 0)
        nma_cert_chooser_set_key_password(NMA_CERT_CHOOSER(chooser), value);
    else
        nma_cert_chooser_set_cert_uri(NMA_CERT_CHOOSER(chooser), uri);
    g_signal_emit_by_name(chooser, "changed");
}

static char *
get_from_chooser(GtkWidget *chooser, const char *key)
{
    NMACertChooser *c = NMA_CERT_CHOOSER(chooser);

    if (strcmp(key, "key") == 0)
        return nma_cert_chooser_get_key(c, NULL);
    if (strcmp(key, "key-password") == 0)
        return g_strdup(nma_cert_chooser_get_key_password(c));
    return nma_cert_chooser_get_cert(c, NULL);
}

static gboolean
set_widget(GtkWidget *widget, const char *value)
{
    if (GTK_IS_COMBO_BOX(widget))
        return gtk_combo_box_set_active_id(GTK_COMBO_BOX(widget), value);
    if (GTK_IS_CHECK_BUTTON(widget))
        compat_check_set(widget, strcmp(value, "yes") == 0);
    else
        compat_entry_set(widget, value);
    return TRUE;
}

static char *
get_widget(GtkWidget *widget)
{
    if (GTK_IS_COMBO_BOX(widget))
        return g_strdup(gtk_combo_box_get_active_id(GTK_COMBO_BOX(widget)));
    if (GTK_IS_CHECK_BUTTON(widget))
        return g_strdup(compat_check_get(widget) ? "yes" : "no");
    return g_strdup(compat_entry_get(widget));
}

/* Who keeps a secret is chosen in the menu behind the icon of its entry: libnma has a function that
 * does the same and tells nobody, so the entry tells it. */
static void
set_flags(GtkWidget *entry, const char *value)
{
    nma_utils_update_password_storage(
        entry, (NMSettingSecretFlags) strtoul(value, NULL, 10), NULL, NULL);
    g_signal_emit_by_name(entry, "changed");
}

static gboolean
in_pair(const char *key)
{
    return strcmp(key, "key") == 0 || g_str_has_prefix(key, "key-password");
}

/* The entry that a key such as password-flags is about; NULL: it has a widget of its own, or is
 * none. */
static GtkWidget *
secret_entry(Host *host, const char *key)
{
    g_autofree char *secret = NULL;
    GtkWidget *entry;

    if (!g_str_has_suffix(key, "-flags") || in_pair(key) || strcmp(key, "user-flags") == 0)
        return NULL;
    secret = g_strndup(key, strlen(key) - strlen("-flags"));
    entry = widget_below(host->root, secret);
    return entry && GTK_IS_ENTRY(entry) ? entry : NULL;
}

static const char key_password_flags[] = "key-password-flags";

static void
set_pair_flags(GtkWidget *chooser, const char *value)
{
    nma_cert_chooser_update_key_password_storage(
        NMA_CERT_CHOOSER(chooser), (NMSettingSecretFlags) strtoul(value, NULL, 10), NULL, NULL);
    g_signal_emit_by_name(chooser, "changed");
}

static void
set_option(Host *host, const char *key, const char *value)
{
    GtkWidget *secret = secret_entry(host, key);
    GtkWidget *widget = in_pair(key) ? pair_chooser(host) : secret ? secret : widget_of(host, key);

    if (!widget)
        answer(COMMAND_FAILED "no widget %s", key);
    else if (secret)
        set_flags(secret, value);
    else if (strcmp(key, key_password_flags) == 0)
        set_pair_flags(widget, value);
    else if (chooser_below(widget))
        set_in_chooser(chooser_below(widget), key, value);
    else if (!set_widget(widget, value))
        answer(COMMAND_FAILED "%s does not offer %s", key, value);
    settle();
    close_advanced(host, GTK_RESPONSE_APPLY);
}

static void
get_option(Host *host, const char *key)
{
    GtkWidget *secret = secret_entry(host, key);
    GtkWidget *widget = in_pair(key) ? pair_chooser(host) : secret ? secret : widget_of(host, key);
    g_autofree char *value = NULL;

    if (!widget)
        answer(COMMAND_FAILED "no widget %s", key);
    else if (secret)
        value = g_strdup_printf("%u", nma_utils_menu_to_secret_flags(secret));
    else if (strcmp(key, key_password_flags) == 0)
        value = g_strdup_printf("%u",
                                nma_cert_chooser_get_key_password_flags(NMA_CERT_CHOOSER(widget)));
    else if (chooser_below(widget))
        value = get_from_chooser(chooser_below(widget), key);
    else
        value = get_widget(widget);
    if (widget)
        answer("shown %s", value ? value : "");
    close_advanced(host, GTK_RESPONSE_CANCEL);
}

/* --- profiles ------------------------------------------------------------------------------ */

static NMConnection *
read_profile(const char *path, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *folder = g_path_get_dirname(path);

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, error))
        return NULL;
    return nm_keyfile_read(file, folder, NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL, error);
}

static gboolean
write_profile(NMConnection *connection, const char *path, GError **error)
{
    g_autoptr(GKeyFile) file =
        nm_keyfile_write(connection, NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL, error);

    return file && g_key_file_save_to_file(file, path, error);
}

typedef struct {
    GtkWidget *window;
    NMVpnEditor *editor;
} Grave;

static gboolean
on_buried_cb(gpointer data)
{
    Grave *grave = data;

    compat_window_destroy(grave->window);
    g_object_unref(grave->editor);
    g_free(grave);
    return G_SOURCE_REMOVE;
}

/* libnma 1.10 starts to load PKCS#11 modules when a chooser is made, and comes back to it when they
 * are there, whether it still is or not. A person does not close an editor as fast as this program.
 */
static void
close_window(Host *host)
{
    Grave *grave;

    close_advanced(host, GTK_RESPONSE_CANCEL);
    if (host->window) {
        grave = g_new0(Grave, 1);
        *grave = (Grave){g_steal_pointer(&host->window), g_steal_pointer(&host->editor)};
        gtk_widget_set_visible(grave->window, FALSE);
        g_timeout_add(BURIED_AFTER, on_buried_cb, grave);
    }
    g_clear_object(&host->connection);
    settle();
}

static gboolean
open_profile(Host *host, const char *path, GError **error)
{
    close_window(host);
    host->connection = read_profile(path, error);
    if (!host->connection)
        return FALSE;
    host->editor = nm_vpn_editor_plugin_get_editor(host->plugin, host->connection, error);
    if (!host->editor)
        return FALSE;
    host->root = GTK_WIDGET(nm_vpn_editor_get_widget(host->editor));
    host->window = compat_window_new(host->root);
    gtk_window_set_title(GTK_WINDOW(host->window), "Editor");
    gtk_window_present(GTK_WINDOW(host->window));
    settle();
    return TRUE;
}

static gboolean
save_profile(Host *host, const char *path, GError **error)
{
    g_autoptr(NMConnection) copy = nm_simple_connection_new_clone(host->connection);

    return nm_vpn_editor_update_connection(host->editor, copy, error)
           && write_profile(copy, path, error);
}

/* --- pages --------------------------------------------------------------------------------- */

static GtkWidget *
notebook_below(GtkWidget *widget)
{
    g_autoptr(GPtrArray) children = compat_children(widget);

    if (GTK_IS_NOTEBOOK(widget))
        return widget;
    for (guint i = 0; i < children->len; i++) {
        GtkWidget *found = notebook_below(children->pdata[i]);

        if (found)
            return found;
    }
    return NULL;
}

static void
show_page(Host *host, const char *name)
{
    GtkWidget *notebook, *page;

    if (strcmp(name, "first-page") == 0) {
        close_advanced(host, GTK_RESPONSE_CANCEL);
        return;
    }
    notebook = notebook_below(advanced_dialog(host, TRUE));
    page = notebook ? widget_below(notebook, name) : NULL;
    if (!page) {
        answer(COMMAND_FAILED "no page %s", name);
        return;
    }
    gtk_notebook_set_current_page(GTK_NOTEBOOK(notebook),
                                  gtk_notebook_page_num(GTK_NOTEBOOK(notebook), page));
    settle();
}

/* What is seen as a thing of its own. */
static gboolean
is_thing(GtkWidget *widget)
{
    return GTK_IS_LABEL(widget) || GTK_IS_ENTRY(widget) || GTK_IS_BUTTON(widget)
           || GTK_IS_CHECK_BUTTON(widget) || GTK_IS_COMBO_BOX(widget);
}

static void
collect_things(GtkWidget *widget, GPtrArray *things)
{
    g_autoptr(GPtrArray) children = compat_children(widget);

    if (!gtk_widget_get_mapped(widget))
        return;
    if (is_thing(widget))
        g_ptr_array_add(things, widget);
    if (is_thing(widget) && !GTK_IS_LABEL(widget)) {
        /* What is inside of a button or an entry is its own affair, but for cut words. */
        for (guint i = 0; i < children->len; i++) {
            if (GTK_IS_LABEL(children->pdata[i]))
                g_ptr_array_add(things, children->pdata[i]);
        }
        return;
    }
    for (guint i = 0; i < children->len; i++)
        collect_things(children->pdata[i], things);
}

static const char *
words_of(GtkWidget *widget)
{
    const char *id = compat_id(widget);

    if (GTK_IS_LABEL(widget))
        return gtk_label_get_text(GTK_LABEL(widget));
    return id ? id : G_OBJECT_TYPE_NAME(widget);
}

static void
check_place(GtkWidget *thing, GtkWidget *window)
{
    GdkRectangle place = compat_place(thing, window);
    int width = compat_width(window), height = compat_height(window);

    if (place.x < 0 || place.y < 0 || place.x + place.width > width
        || place.y + place.height > height)
        answer("outside: %s (%d,%d %dx%d in %dx%d)",
               words_of(thing),
               place.x,
               place.y,
               place.width,
               place.height,
               width,
               height);
}

static void
check_words(GtkWidget *thing)
{
    PangoLayout *layout;

    if (!GTK_IS_LABEL(thing) || !*gtk_label_get_text(GTK_LABEL(thing)))
        return;
    layout = gtk_label_get_layout(GTK_LABEL(thing));
    if (pango_layout_is_ellipsized(layout))
        answer("cut: %s", words_of(thing));
}

static void
check_overlap(GtkWidget *one, GtkWidget *other, GtkWidget *window)
{
    GdkRectangle a = compat_place(one, window), b = compat_place(other, window), both;

    if (gtk_widget_is_ancestor(one, other) || gtk_widget_is_ancestor(other, one))
        return;
    if (gdk_rectangle_intersect(&a, &b, &both) && both.width > 1 && both.height > 1)
        answer("overlap: %s and %s", words_of(one), words_of(other));
}

static void
check_page(Host *host)
{
    GtkWidget *dialog = advanced_dialog(host, FALSE);
    GtkWidget *window = dialog ? dialog : host->window;
    g_autoptr(GPtrArray) things = g_ptr_array_new();

    collect_things(window, things);
    if (things->len < 3)
        answer(COMMAND_FAILED "only %u things are on this page", things->len);
    for (guint i = 0; i < things->len; i++) {
        check_place(things->pdata[i], window);
        check_words(things->pdata[i]);
        for (guint j = i + 1; j < things->len; j++)
            check_overlap(things->pdata[i], things->pdata[j], window);
    }
}

/* --- commands ------------------------------------------------------------------------------ */

static void
obey(Host *host, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 3);
    g_autoptr(GError) error = NULL;
    const char *verb = words[0], *first = verb && words[1] ? words[1] : "";

    if (g_strcmp0(verb, "open") == 0)
        open_profile(host, first, &error);
    else if (g_strcmp0(verb, "set") == 0)
        set_option(host, first, words[1] && words[2] ? words[2] : "");
    else if (g_strcmp0(verb, "get") == 0)
        get_option(host, first);
    else if (g_strcmp0(verb, "save") == 0)
        save_profile(host, first, &error);
    else if (g_strcmp0(verb, "page") == 0)
        show_page(host, first);
    else if (g_strcmp0(verb, "check") == 0)
        check_page(host);
    else if (g_strcmp0(verb, "say") == 0)
        answer("%s", line + strlen("say "));
    else if (g_strcmp0(verb, "close") == 0)
        close_window(host);
    else
        answer(COMMAND_FAILED "unknown command %s", line);
    if (error)
        answer(COMMAND_FAILED "%s", error->message);
    answer("");
    fflush(stdout);
}

static gboolean
on_line_cb(GIOChannel *channel, GIOCondition condition, gpointer data)
{
    Host *host = data;
    g_autofree char *line = NULL;

    if (g_io_channel_read_line(channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
        g_main_loop_quit(host->loop);
        return G_SOURCE_REMOVE;
    }
    obey(host, g_strchomp(line));
    return G_SOURCE_CONTINUE;
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GIOChannel) in = g_io_channel_unix_new(0);
    Host host = {0};

    /* By which a screen reader finds it; GTK 4 does not look by itself. */
    g_set_prgname(strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0]);
    compat_init();
    if (argc != 2) {
        fprintf(stderr, "host PLUGIN.so\n");
        return 2;
    }
    host.plugin = nm_vpn_editor_plugin_load_from_file(
        argv[1], "org.freedesktop.NetworkManager.ike", -1, NULL, NULL, &error);
    if (!host.plugin) {
        fprintf(stderr, "host: %s\n", error->message);
        return 1;
    }
    host.loop = g_main_loop_new(NULL, FALSE);
    g_io_add_watch(in, G_IO_IN | G_IO_HUP, on_line_cb, &host);
    g_main_loop_run(host.loop);
    close_window(&host);
    g_object_unref(host.plugin);
    g_main_loop_unref(host.loop);
    return 0;
}
