/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/gtk-compat.h"
#include "properties/internal.h"

#include <glib/gi18n-lib.h>
#include <nma-cert-chooser.h>
#include <string.h>

/* A certificate by libnma's chooser, which knows files and tokens; ours comes with its private key
 * and what that is encrypted with. The .ui file has an empty box in its place. */

/* The rows of the chooser's grid. Its labels name all certificates alike, with the same mnemonics,
 * so ours take their place; a token has one PIN, that of the key. */
enum { ROW_CERT, ROW_CERT_PASSWORD, ROW_KEY, ROW_KEY_PASSWORD, MOST_ROWS = 10 };
enum { COLUMN_LABEL, COLUMN_WIDGET, COLUMN_REMOVE };
enum {
    COLUMN_SPACING = 12,
    TOKEN_PATIENCE = 60, /* seconds: a reader that takes longer is broken */
};

static GtkWidget *
cell(const Binding *binding, int column, int row)
{
    return gtk_grid_get_child_at(GTK_GRID(binding->chooser), column, row);
}

static void
set_label(const Binding *binding, int row, const char *text)
{
    GtkWidget *label = cell(binding, COLUMN_LABEL, row);

    if (GTK_IS_LABEL(label))
        gtk_label_set_text_with_mnemonic(GTK_LABEL(label), text);
}

static void
set_help(const Binding *binding, int row, const char *text)
{
    GtkWidget *widget = cell(binding, COLUMN_WIDGET, row);

    if (widget)
        gtk_widget_set_tooltip_text(widget, text);
}

static void
hide_row(const Binding *binding, int row)
{
    for (int column = COLUMN_LABEL; column <= COLUMN_WIDGET; column++) {
        GtkWidget *widget = cell(binding, column, row);

        if (widget)
            gtk_widget_set_visible(widget, FALSE);
    }
}

/* The chooser's own, which there is one of for the whole page already. */
static GtkWidget *
show_passwords(const Binding *binding)
{
    for (int row = 0; row < MOST_ROWS; row++) {
        GtkWidget *widget = cell(binding, COLUMN_WIDGET, row);

        if (GTK_IS_CHECK_BUTTON(widget))
            return widget;
    }
    return NULL;
}

static bool
has_key(const Binding *binding)
{
    return strcmp(binding->option->key, "cert") == 0;
}

static const char *
key_of_row(const Binding *binding, int row)
{
    return row == ROW_KEY ? "key" : binding->option->key;
}

/* The chooser can take another one, but not none. */
static void
add_remove_button(Binding *binding, int row, const char *name, GCallback clicked)
{
    GtkWidget *button = compat_icon_button_new("edit-clear-symbolic", name);

    gtk_grid_attach(GTK_GRID(binding->chooser), button, COLUMN_REMOVE, row, 1, 1);
    g_signal_connect_swapped(button, "clicked", clicked, binding);
}

/* A key is of no use without its certificate. */
static void
remove_key(Binding *binding)
{
    const Option *password = draft_option_by_key("key-password");

    draft_set(binding->draft, draft_option_by_key("key"), NULL);
    draft_set_secret(
        binding->draft, password, NULL, draft_get_secret_flags(binding->draft, password));
}

static void
remove_row(Binding *binding, int row)
{
    draft_set(binding->draft, draft_option_by_key(key_of_row(binding, row)), NULL);
    if (row == ROW_CERT && has_key(binding))
        remove_key(binding);
    binding->changed(binding, binding->data);
}

static void
on_remove_cert_clicked_cb(Binding *binding)
{
    remove_row(binding, ROW_CERT);
}

static void
on_remove_key_clicked_cb(Binding *binding)
{
    remove_row(binding, ROW_KEY);
}

static void
show_remove_button(const Binding *binding, int row)
{
    GtkWidget *button = cell(binding, COLUMN_REMOVE, row);
    const Option *option = draft_option_by_key(key_of_row(binding, row));

    if (button)
        gtk_widget_set_visible(button, draft_get(binding->draft, option) != NULL);
}

/* One that is never shown must not make the column wider either. */
static void
set_up_authority(Binding *binding)
{
    set_label(binding, ROW_KEY, "");
    set_label(binding, ROW_KEY_PASSWORD, "");
    add_remove_button(
        binding, ROW_CERT, _("Remove the CA certificate"), G_CALLBACK(on_remove_cert_clicked_cb));
    set_label(binding, ROW_CERT, _("CA certi_ficate"));
    set_help(binding, ROW_CERT, binding->help);
}

static void
set_up_pair(Binding *binding)
{
    const Option *password = draft_option_by_key("key-password");

    set_label(binding, ROW_CERT, _("Cert_ificate"));
    set_label(binding, ROW_KEY, _("Private ke_y"));
    set_label(binding, ROW_KEY_PASSWORD, _("Key pass_word"));
    add_remove_button(
        binding, ROW_CERT, _("Remove the certificate"), G_CALLBACK(on_remove_cert_clicked_cb));
    add_remove_button(
        binding, ROW_KEY, _("Remove the private key"), G_CALLBACK(on_remove_key_clicked_cb));
    set_help(binding, ROW_CERT, binding->help);
    set_help(binding, ROW_KEY, _("The private key that belongs to the certificate"));
    set_help(binding,
             ROW_KEY_PASSWORD,
             _("What the private key is encrypted with, or the PIN of the smart card"));
    nma_cert_chooser_setup_key_password_storage(NMA_CERT_CHOOSER(binding->chooser),
                                                draft_get_secret_flags(binding->draft, password),
                                                NULL,
                                                NULL,
                                                TRUE,
                                                FALSE);
}

static gboolean
release_cb(gpointer widgets)
{
    g_ptr_array_unref(widgets);
    return G_SOURCE_REMOVE;
}

/* libnma 1.10 looks for tokens in the background and, when it has them, goes to its button whether
 * that still lives or not. Who closes the window at once must not end the program. */
static void
keep_alive(const Binding *binding)
{
    GPtrArray *widgets = g_ptr_array_new_with_free_func(g_object_unref);

    for (int row = 0; row < MOST_ROWS; row++) {
        GtkWidget *button = cell(binding, COLUMN_WIDGET, row);

        if (!button || !GTK_IS_BOX(button))
            continue;
        g_ptr_array_add(widgets, g_object_ref(button));
        if (compat_first_child(button))
            g_ptr_array_add(widgets, g_object_ref(compat_first_child(button)));
    }
    g_timeout_add_seconds(TOKEN_PATIENCE, release_cb, widgets);
}

static void
set_up(Binding *binding)
{
    NMACertChooserFlags flags =
        has_key(binding) ? NMA_CERT_CHOOSER_FLAG_NONE
                         : NMA_CERT_CHOOSER_FLAG_CERT | NMA_CERT_CHOOSER_FLAG_NO_PASSWORDS;
    const char *title = has_key(binding) ? _("User") : _("CA");

    binding->chooser = g_object_ref_sink(nma_cert_chooser_new(title, flags));
    gtk_widget_set_hexpand(binding->chooser, TRUE);
    gtk_widget_set_visible(binding->chooser, TRUE);
    gtk_grid_set_column_spacing(GTK_GRID(binding->chooser), COLUMN_SPACING);
    compat_box_append(binding->widget, binding->chooser);
    gtk_widget_set_tooltip_text(binding->widget, NULL);
    set_label(binding, ROW_CERT_PASSWORD, "");
    keep_alive(binding);
    if (has_key(binding))
        set_up_pair(binding);
    else
        set_up_authority(binding);
    g_signal_connect_swapped(binding->chooser, "changed", G_CALLBACK(binding_take), binding);
}

/* Of a file's name or a token's URI. The chooser shows what it is given, and decodes it when it is
 * asked: only what would suffer from that is encoded. */
static char *
uri_of(const char *text)
{
    if (!text || g_str_has_prefix(text, NM_SETTING_802_1X_CERT_SCHEME_PREFIX_PKCS11))
        return g_strdup(text);
    if (strchr(text, '%'))
        return g_filename_to_uri(text, NULL, NULL);
    return g_strconcat(NM_SETTING_802_1X_CERT_SCHEME_PREFIX_PATH, text, NULL);
}

static void
load_one(Binding *binding,
         const char *key,
         char *(*get)(NMACertChooser *, NMSetting8021xCKScheme *),
         void (*set)(NMACertChooser *, const char *))
{
    const char *text = draft_get(binding->draft, draft_option_by_key(key));
    g_autofree char *shown = get(NMA_CERT_CHOOSER(binding->chooser), NULL);
    g_autofree char *uri = uri_of(text);

    if (g_strcmp0(shown, text) != 0)
        set(NMA_CERT_CHOOSER(binding->chooser), uri);
}

static void
load_password(Binding *binding)
{
    NMACertChooser *chooser = NMA_CERT_CHOOSER(binding->chooser);
    const char *text = draft_get(binding->draft, draft_option_by_key("key-password"));

    if (g_strcmp0(nma_cert_chooser_get_key_password(chooser), text) != 0)
        nma_cert_chooser_set_key_password(chooser, text ? text : "");
}

/* A file may hold both, so a key's password is asked for without a key's file. */
static void
allow_password(const Binding *binding)
{
    bool useful = draft_get(binding->draft, draft_option_by_key("cert")) != NULL;

    for (int column = COLUMN_LABEL; column <= COLUMN_WIDGET; column++) {
        GtkWidget *password = cell(binding, column, ROW_KEY_PASSWORD);
        GtkWidget *key = cell(binding, column, ROW_KEY);

        if (password)
            gtk_widget_set_sensitive(password, useful);
        if (key)
            gtk_widget_set_sensitive(key, useful);
    }
}

static void
load(Binding *binding)
{
    load_one(
        binding, binding->option->key, nma_cert_chooser_get_cert, nma_cert_chooser_set_cert_uri);
    if (has_key(binding)) {
        load_one(binding, "key", nma_cert_chooser_get_key, nma_cert_chooser_set_key_uri);
        load_password(binding);
        allow_password(binding);
        if (show_passwords(binding))
            gtk_widget_set_visible(show_passwords(binding), FALSE);
    }
    show_remove_button(binding, ROW_CERT);
    show_remove_button(binding, ROW_KEY);
    hide_row(binding, ROW_CERT_PASSWORD);
}

/* Remembering a token's PIN is the chooser's own offer; it ends up in one of two places. */
static const char *
password_of(NMACertChooser *chooser)
{
    const char *password = nma_cert_chooser_get_key_password(chooser);

    return password ? password : nma_cert_chooser_get_cert_password(chooser);
}

static void
save(Binding *binding)
{
    NMACertChooser *chooser = NMA_CERT_CHOOSER(binding->chooser);
    g_autofree char *cert = nma_cert_chooser_get_cert(chooser, NULL);
    g_autofree char *key = NULL;

    draft_set(binding->draft, binding->option, cert);
    if (!has_key(binding))
        return;
    key = nma_cert_chooser_get_key(chooser, NULL);
    draft_set(binding->draft, draft_option_by_key("key"), key);
    draft_set_secret(binding->draft,
                     draft_option_by_key("key-password"),
                     password_of(chooser),
                     nma_cert_chooser_get_key_password_flags(chooser));
    binding->loading = true;
    load(binding);
    binding->loading = false;
}

static void
set_visibility(Binding *binding, bool visible)
{
    GtkWidget *check = show_passwords(binding);

    if (check)
        compat_check_set_active(check, visible);
}

static void
align(Binding *binding, GtkSizeGroup *labels)
{
    nma_cert_chooser_add_to_size_group(NMA_CERT_CHOOSER(binding->chooser), labels);
}

static char *
label(const Binding *binding)
{
    return g_strdup(gtk_label_get_text(GTK_LABEL(cell(binding, COLUMN_LABEL, ROW_CERT))));
}

const BindingKind binding_certificate = {
    .set_up = set_up,
    .load = load,
    .save = save,
    .set_visibility = set_visibility,
    .align = align,
    .label = label,
};
