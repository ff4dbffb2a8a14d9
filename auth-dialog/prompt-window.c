/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth-dialog/prompt.h"

#include "auth-dialog/questions.h"
#include "base/secret.h"

#include <gtk/gtk.h>
#include <nma-vpn-password-dialog.h>

/* For GTK 3 and for GTK 4: each makes a module of it. */

/* libnma's dialog has three fields, each with functions of its own. */
typedef struct {
    const char *entry; /* in its template */
    void (*show)(NMAVpnPasswordDialog *dialog, gboolean show);
    void (*set)(NMAVpnPasswordDialog *dialog, const char *text);
    void (*set_label)(NMAVpnPasswordDialog *dialog, const char *label);
    const char *(*get)(NMAVpnPasswordDialog *dialog);
} Field;

static const Field fields[] = {
    {
        "password_entry",
        nma_vpn_password_dialog_set_show_password,
        nma_vpn_password_dialog_set_password,
        nma_vpn_password_dialog_set_password_label,
        nma_vpn_password_dialog_get_password,
    },
    {
        "password_entry_secondary",
        nma_vpn_password_dialog_set_show_password_secondary,
        nma_vpn_password_dialog_set_password_secondary,
        nma_vpn_password_dialog_set_password_secondary_label,
        nma_vpn_password_dialog_get_password_secondary,
    },
    {
        "password_entry_tertiary",
        nma_vpn_password_dialog_set_show_password_ternary,
        nma_vpn_password_dialog_set_password_ternary,
        nma_vpn_password_dialog_set_password_ternary_label,
        nma_vpn_password_dialog_get_password_ternary,
    },
};

typedef struct {
    NMAVpnPasswordDialog *dialog;
    Question *asked[G_N_ELEMENTS(fields)]; /* NULL: not shown */
} Window;

static bool
toolkit_init(void)
{
#if GTK_CHECK_VERSION(4, 0, 0)
    return gtk_init_check();
#else
    return gtk_init_check(NULL, NULL);
#endif
}

static void
destroy(NMAVpnPasswordDialog *dialog)
{
#if GTK_CHECK_VERSION(4, 0, 0)
    gtk_window_destroy(GTK_WINDOW(dialog));
#else
    gtk_widget_destroy(GTK_WIDGET(dialog));
#endif
}

/* The newest on top of whatever started us, whose window we do not know. */
static void
present(NMAVpnPasswordDialog *dialog)
{
#if !GTK_CHECK_VERSION(4, 0, 0)
    gtk_window_set_keep_above(GTK_WINDOW(dialog), TRUE);
    gtk_window_set_position(GTK_WINDOW(dialog), GTK_WIN_POS_CENTER_ALWAYS);
#endif
    gtk_window_present(GTK_WINDOW(dialog));
}

static GtkEntry *
entry_of(const Window *window, size_t i)
{
    GObject *entry = gtk_widget_get_template_child(
        GTK_WIDGET(window->dialog), NMA_VPN_TYPE_PASSWORD_DIALOG, fields[i].entry);

    return GTK_IS_ENTRY(entry) ? GTK_ENTRY(entry) : NULL;
}

/* The dialog's "Show passwords" hides and shows all its fields. */
static void
on_visibility_cb(GtkEntry *entry, GParamSpec *property, gpointer data)
{
    if (!gtk_entry_get_visibility(entry))
        gtk_entry_set_visibility(entry, TRUE);
}

static bool
is_complete(const Window *window)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (window->asked[i] && !*fields[i].get(window->dialog))
            return false;
    }
    return true;
}

static void
on_changed_cb(GtkEditable *editable, gpointer data)
{
    const Window *window = data;

    gtk_dialog_set_response_sensitive(
        GTK_DIALOG(window->dialog), GTK_RESPONSE_OK, is_complete(window));
}

static void
fill_field(Window *window, size_t i)
{
    const Question *question = window->asked[i];
    GtkEntry *entry = entry_of(window, i);

    fields[i].show(window->dialog, question != NULL);
    if (!question)
        return;
    fields[i].set(window->dialog, question->value);
    fields[i].set_label(window->dialog, question->label);
    if (!entry)
        return;
    g_signal_connect(entry, "changed", G_CALLBACK(on_changed_cb), window);
    if (question->is_secret)
        return;
    gtk_entry_set_visibility(entry, TRUE);
    g_signal_connect(entry, "notify::visibility", G_CALLBACK(on_visibility_cb), NULL);
}

static void
take_answers(const Window *window)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        Question *question = window->asked[i];

        if (!question)
            continue;
        secret_free_text(question->value);
        question->value = g_strdup(fields[i].get(window->dialog));
        fields[i].set(window->dialog, NULL);
    }
}

/* (Enter in a field confirms, whatever the other fields say.) */
static bool
run(Window *window)
{
    do {
        present(window->dialog);
        if (!nma_vpn_password_dialog_run_and_block(window->dialog))
            return false;
    } while (!is_complete(window));
    return true;
}

PromptResult
nm_ike_prompt(const char *title, const char *message, const GPtrArray *questions)
{
    Window window = {0};
    size_t n = 0;
    bool answered;

    if (!toolkit_init())
        return PROMPT_IMPOSSIBLE;
    for (guint i = 0; i < questions->len && n < G_N_ELEMENTS(fields); i++) {
        Question *question = questions->pdata[i];

        if (question->should_ask)
            window.asked[n++] = question;
    }
    window.dialog = NMA_VPN_PASSWORD_DIALOG(nma_vpn_password_dialog_new(title, message, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        fill_field(&window, i);
    on_changed_cb(NULL, &window);
    answered = run(&window);
    if (answered)
        take_answers(&window);
    destroy(window.dialog);
    return answered ? PROMPT_ANSWERED : PROMPT_CANCELLED;
}
