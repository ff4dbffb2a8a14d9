/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth-dialog/answer.h"
#include "auth-dialog/keyring.h"
#include "auth-dialog/prompt.h"
#include "auth-dialog/questions.h"
#include "base/secret.h"
#include "settings/vpn-type.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
    QUIT_PATIENCE = 20, /* seconds: then the desktop has died */
};

typedef struct {
    char *uuid;
    char *name;
    char *service;
    char **hints;
    gboolean allow_interaction;
    gboolean reprompt;
    gboolean external_ui;
} Arguments;

static void
arguments_clear(Arguments *arguments)
{
    g_free(arguments->uuid);
    g_free(arguments->name);
    g_free(arguments->service);
    g_strfreev(arguments->hints);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

static int
refuse(const char *sentence)
{
    fprintf(stderr, "nm-ike-auth-dialog: %s\n", sentence);
    return 1;
}

static bool
arguments_read(Arguments *a, int *argc, char ***argv)
{
    const GOptionEntry entries[] = {
        {"uuid", 'u', 0, G_OPTION_ARG_STRING, &a->uuid, N_("UUID of the connection"), "UUID"},
        {"name", 'n', 0, G_OPTION_ARG_STRING, &a->name, N_("Name of the connection"), "NAME"},
        {"service", 's', 0, G_OPTION_ARG_STRING, &a->service, N_("VPN service"), "SERVICE"},
        {"allow-interaction",
         'i',
         0,
         G_OPTION_ARG_NONE,
         &a->allow_interaction,
         N_("The user may be asked"),
         NULL},
        {"reprompt",
         'r',
         0,
         G_OPTION_ARG_NONE,
         &a->reprompt,
         N_("Ask again: what was given is wrong"),
         NULL},
        {"hint",
         't',
         0,
         G_OPTION_ARG_STRING_ARRAY,
         &a->hints,
         N_("What the VPN service asks for"),
         "HINT"},
        {"external-ui-mode",
         0,
         0,
         G_OPTION_ARG_NONE,
         &a->external_ui,
         N_("Describe the dialog instead of showing it"),
         NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(context, _("Asks for the secrets of an IKE VPN connection."));
    g_option_context_add_main_entries(context, entries, NULL);
    if (g_option_context_parse(context, argc, argv, &error))
        return true;
    refuse(error->message);
    return false;
}

static void
add_data(gpointer key, gpointer value, gpointer setting)
{
    if (*(const char *) key)
        nm_setting_vpn_add_data_item(setting, key, value);
}

static void
add_secret(gpointer key, gpointer value, gpointer setting)
{
    if (*(const char *) key)
        nm_setting_vpn_add_secret(setting, key, value);
}

/* The profile comes on standard input, up to DONE. NULL if there is none. */
static NMSettingVpn *
read_setting(void)
{
    g_autoptr(GHashTable) data = NULL;
    g_autoptr(GHashTable) secrets = NULL;
    NMSettingVpn *setting;

    if (!nm_vpn_service_plugin_read_vpn_details(STDIN_FILENO, &data, &secrets))
        return NULL;
    setting = NM_SETTING_VPN(nm_setting_vpn_new());
    g_hash_table_foreach(data, add_data, setting);
    g_hash_table_foreach(secrets, add_secret, setting);
    return setting;
}

static bool
write_answer(char *text)
{
    bool written = fputs(text, stdout) != EOF && fflush(stdout) == 0;

    secret_free_text(text);
    return written;
}

typedef struct {
    GMainLoop *loop; /* NULL: the window is open */
    GString *seen;
    guint source; /* 0: standard input is closed */
} QuitWatch;

/* The desktop says QUIT when it has read the answer, or wants none any more; if it goes away
 * without a word, that is the same. */
static gboolean
on_standard_input_cb(gint fd, GIOCondition condition, gpointer data)
{
    QuitWatch *watch = data;
    char buffer[64];
    ssize_t len = read(fd, buffer, sizeof(buffer));
    bool quit;

    if (len > 0 && watch->seen->len <= sizeof(buffer))
        g_string_append_len(watch->seen, buffer, len);
    quit = strstr(watch->seen->str, "QUIT") != NULL;
    if ((quit || len <= 0) && !watch->loop)
        exit(1);
    if (len > 0 && !quit)
        return G_SOURCE_CONTINUE;
    watch->source = 0;
    if (watch->loop)
        g_main_loop_quit(watch->loop);
    return G_SOURCE_REMOVE;
}

static void
quit_watch_start(QuitWatch *watch, GMainLoop *loop)
{
    *watch = (QuitWatch){.loop = loop, .seen = g_string_new(NULL)};
    watch->source = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_standard_input_cb, watch);
}

static void
quit_watch_end(QuitWatch *watch)
{
    g_clear_handle_id(&watch->source, g_source_remove);
    g_string_free(watch->seen, TRUE);
}

static gboolean
on_out_of_patience_cb(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_CONTINUE;
}

/* By the main loop, since a window may have been open. */
static void
wait_for_quit(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    guint timeout = g_timeout_add_seconds(QUIT_PATIENCE, on_out_of_patience_cb, loop);
    QuitWatch watch;

    quit_watch_start(&watch, loop);
    g_main_loop_run(loop);
    quit_watch_end(&watch);
    g_source_remove(timeout);
}

/* What both forms of the dialog say. */
static char *
title_of(const Arguments *arguments)
{
    return g_strdup_printf(_("Authenticate VPN %s"), arguments->name);
}

static char *
message_of(const Arguments *arguments, const QuestionRequest *request)
{
    char *message = questions_message(request);

    if (message && *message)
        return message;
    g_free(message);
    return g_strdup_printf(_("You need to authenticate to access the VPN “%s”."), arguments->name);
}

static int
describe(const Arguments *arguments, const QuestionRequest *request, const GPtrArray *questions)
{
    g_autofree char *title = title_of(arguments);
    g_autofree char *message = message_of(arguments, request);

    if (!write_answer(answer_for_external_ui(questions, title, message)))
        return refuse(_("The answer could not be written."));
    return 0;
}

static PromptResult
ask(const Arguments *arguments, const QuestionRequest *request, const GPtrArray *questions)
{
    g_autofree char *title = title_of(arguments);
    g_autofree char *message = message_of(arguments, request);
    PromptResult result;
    QuitWatch watch;

    quit_watch_start(&watch, NULL);
    result = prompt_ask(title, message, questions);
    quit_watch_end(&watch);
    return result;
}

static int
answer(const Arguments *arguments, const QuestionRequest *request, const GPtrArray *questions)
{
    if (questions_to_ask(questions)) {
        switch (ask(arguments, request, questions)) {
        case PROMPT_ANSWERED:
            break;
        case PROMPT_CANCELLED:
            return 1;
        case PROMPT_IMPOSSIBLE:
            return refuse(_("Somebody must be asked, and no window can be opened here: use an "
                            "agent that asks by itself (GNOME Shell, nmcli --ask)."));
        }
    }
    if (!write_answer(answer_lines(questions)))
        return refuse(_("The answer could not be written."));
    wait_for_quit();
    return 0;
}

static int
run(const Arguments *arguments)
{
    g_autoptr(NMSettingVpn) setting = NULL;
    g_autoptr(GPtrArray) questions = NULL;
    QuestionRequest request = {
        .hints = (const char *const *) arguments->hints,
        .allow_interaction = arguments->allow_interaction,
        .reprompt = arguments->reprompt,
    };
    Keyring keyring = {arguments->uuid, arguments->allow_interaction};

    if (!arguments->uuid || !arguments->name || !arguments->service)
        return refuse(_("The options --uuid, --name and --service are needed."));
    if (strcmp(arguments->service, NM_IKE_SERVICE) != 0)
        return refuse(
            _("This dialog is for the VPN service org.freedesktop.NetworkManager.ike only."));
    setting = read_setting();
    if (!setting)
        return refuse(_("The profile could not be read from standard input."));
    request.setting = setting;
    questions = questions_for(&request, keyring_lookup, &keyring);
    return arguments->external_ui ? describe(arguments, &request, questions)
                                  : answer(arguments, &request, questions);
}

int
main(int argc, char **argv)
{
    g_auto(Arguments) arguments = {0};

    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    /* Passwords are in our memory: no core file, no look from the user's other programs, and no
     * copy in a buffer that nobody wipes. */
    prctl(PR_SET_DUMPABLE, 0);
    setvbuf(stdout, NULL, _IONBF, 0);
    if (!arguments_read(&arguments, &argc, &argv))
        return 1;
    return run(&arguments);
}
