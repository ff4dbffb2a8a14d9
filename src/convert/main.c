/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/convert.h"
#include "formats/import.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <libintl.h>
#include <locale.h>
#include <string.h>

/* nm-ike-convert(1): asks NetworkManager for profiles, and gives it new ones. */

enum { EXIT_GOOD = 0, EXIT_SOME_FAILED = 1, EXIT_USAGE = 2 };

typedef struct {
    gboolean all, again, dry_run, without_l2tp, version;
    char **names;
} Options;

typedef struct {
    const Options *options;
    NMClient *client;
    GMainLoop *loop;
    GAsyncResult *result; /* of the request that the loop waits for */
} Converter;

static bool
read_options(int *argc, char ***argv, Options *options, GError **error)
{
    const GOptionEntry entries[] = {
        {"all", 'a', 0, G_OPTION_ARG_NONE, &options->all, N_("Convert all that are known"), NULL},
        {"again",
         0,
         0,
         G_OPTION_ARG_NONE,
         &options->again,
         N_("Convert what has been converted before, too"),
         NULL},
        {"dry-run",
         'n',
         0,
         G_OPTION_ARG_NONE,
         &options->dry_run,
         N_("Say what would be done, and do nothing"),
         NULL},
        {"without-l2tp",
         0,
         0,
         G_OPTION_ARG_NONE,
         &options->without_l2tp,
         N_("Make IPsec with XAuth of L2TP, for gateways that have both"),
         NULL},
        {"version",
         0,
         0,
         G_OPTION_ARG_NONE,
         &options->version,
         N_("Print the version and end"),
         NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->names, NULL, N_("UUID…")},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_add_main_entries(context, entries, GETTEXT_PACKAGE);
    g_option_context_set_summary(
        context,
        _("Makes IKE profiles of NetworkManager's VPN profiles of the types vpnc, libreswan, "
          "strongswan and l2tp. The old ones are kept."));
    if (!g_option_context_parse(context, argc, argv, error))
        return false;
    if (!options->version && (options->all != FALSE) == (options->names != NULL)) {
        g_set_error_literal(
            error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("Name profiles, or use --all."));
        return false;
    }
    return true;
}

static void
take_result(GObject *source, GAsyncResult *result, gpointer data)
{
    Converter *self = data;

    self->result = g_object_ref(result);
    g_main_loop_quit(self->loop);
}

/* What NetworkManager answers, owned by the caller. */
static GAsyncResult *
wait_for_result(Converter *self)
{
    g_main_loop_run(self->loop);
    return g_steal_pointer(&self->result);
}

/* A copy with the secrets that are stored with it: those of the user's keyring stay there, and are
 * asked for once more. */
static NMConnection *
with_secrets(Converter *self, NMRemoteConnection *remote)
{
    NMConnection *copy = nm_simple_connection_new_clone(NM_CONNECTION(remote));
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(GVariant) secrets = NULL;
    g_autoptr(GError) error = NULL;

    nm_remote_connection_get_secrets_async(
        remote, NM_SETTING_VPN_SETTING_NAME, NULL, take_result, self);
    result = wait_for_result(self);
    secrets = nm_remote_connection_get_secrets_finish(remote, result, &error);
    if (secrets)
        nm_connection_update_secrets(copy, NM_SETTING_VPN_SETTING_NAME, secrets, NULL);
    else
        g_print(_("  Its stored secrets could not be had (%s): they will be asked for.\n"),
                error->message);
    return copy;
}

/* The UUID of what it was made of; NULL: it was not converted. */
static const char *
converted_from(NMConnection *connection)
{
    NMSetting *setting = nm_connection_get_setting(connection, NM_TYPE_SETTING_USER);

    return setting ? nm_setting_user_get_data(NM_SETTING_USER(setting), CONVERT_FROM_KEY) : NULL;
}

/* NULL: it has not been converted. */
static NMConnection *
converted_before(const Converter *self, const char *uuid)
{
    const GPtrArray *all = nm_client_get_connections(self->client);

    for (guint i = 0; i < all->len; i++) {
        if (g_strcmp0(converted_from(all->pdata[i]), uuid) == 0)
            return all->pdata[i];
    }
    return NULL;
}

static bool
add(Converter *self, NMConnection *ours, GError **error)
{
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(NMRemoteConnection) added = NULL;

    nm_client_add_connection_async(self->client, ours, TRUE, NULL, take_result, self);
    result = wait_for_result(self);
    added = nm_client_add_connection_finish(self->client, result, error);
    return added != NULL;
}

static void
print_notes(NMConnection *ours)
{
    const char *notes = import_notes_of(ours);
    g_auto(GStrv) lines = g_strsplit(notes ? notes : "", "\n", -1);

    for (char **line = lines; *line; line++)
        g_print("  %s\n", *line);
}

static bool
refused(const char *name, const GError *error)
{
    if (g_error_matches(error, NM_SETTINGS_ERROR, NM_SETTINGS_ERROR_PERMISSION_DENIED)
        || g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
        g_printerr(_("%s: NetworkManager does not allow you to add profiles (%s). Run this as an "
                     "administrator.\n"),
                   name,
                   error->message);
    else
        g_printerr(_("%s was not converted: %s\n"), name, error->message);
    return false;
}

static bool
convert_one(Converter *self, NMRemoteConnection *remote)
{
    /* (It changes hands whenever NetworkManager says something of the profile.) */
    g_autofree char *name = g_strdup(nm_connection_get_id(NM_CONNECTION(remote)));
    NMConnection *before = converted_before(self, nm_connection_get_uuid(NM_CONNECTION(remote)));
    g_autoptr(NMConnection) old = NULL;
    g_autoptr(NMConnection) ours = NULL;
    g_autoptr(GError) error = NULL;

    if (before && !self->options->again) {
        g_print(_("%s was converted before: “%s”.\n"), name, nm_connection_get_id(before));
        return true;
    }
    old = convert_is_known(NM_CONNECTION(remote)) ? with_secrets(self, remote)
                                                  : g_object_ref(NM_CONNECTION(remote));
    ours = convert_connection(old, self->options->without_l2tp, &error);
    if (!ours || (!self->options->dry_run && !add(self, ours, &error)))
        return refused(name, error);
    if (self->options->dry_run)
        g_print(_("%s would become “%s”.\n"), name, nm_connection_get_id(ours));
    else
        g_print(_("%s: “%s” was made.\n"), name, nm_connection_get_id(ours));
    print_notes(ours);
    return true;
}

static bool
convert_all(Converter *self)
{
    g_autoptr(GPtrArray) old = g_ptr_array_new_with_free_func(g_object_unref);
    const GPtrArray *all = nm_client_get_connections(self->client);
    bool good = true;

    /* The list grows as we add to it. */
    for (guint i = 0; i < all->len; i++) {
        if (convert_is_known(all->pdata[i]))
            g_ptr_array_add(old, g_object_ref(all->pdata[i]));
    }
    for (guint i = 0; i < old->len; i++)
        good = convert_one(self, old->pdata[i]) && good;
    if (old->len == 0)
        g_print(_("There is no profile of the type vpnc, libreswan, strongswan or l2tp.\n"));
    return good;
}

static bool
convert_named(Converter *self)
{
    bool good = true;

    for (char **name = self->options->names; *name; name++) {
        NMRemoteConnection *found = nm_client_get_connection_by_uuid(self->client, *name);
        g_autoptr(NMRemoteConnection) remote = NULL;

        if (!found)
            found = nm_client_get_connection_by_id(self->client, *name);
        remote = found ? g_object_ref(found) : NULL;
        if (remote) {
            good = convert_one(self, remote) && good;
        } else {
            g_printerr(_("There is no profile with the UUID or name “%s”.\n"), *name);
            good = false;
        }
    }
    return good;
}

static int
run(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(NMClient) client = nm_client_new(NULL, &error);
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    Converter self = {options, client, loop, NULL};

    if (!client || !nm_client_get_nm_running(client)) {
        g_printerr(_("NetworkManager cannot be reached: %s\n"),
                   error ? error->message : _("it is not running."));
        return EXIT_SOME_FAILED;
    }
    return (options->all ? convert_all(&self) : convert_named(&self)) ? EXIT_GOOD
                                                                      : EXIT_SOME_FAILED;
}

int
main(int argc, char **argv)
{
    Options options = {FALSE};
    g_autoptr(GError) error = NULL;
    int status = EXIT_GOOD;

    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    if (!read_options(&argc, &argv, &options, &error)) {
        g_printerr("%s\n", error->message);
        status = EXIT_USAGE;
    } else if (options.version) {
        g_print("nm-ike-convert %s\n", NM_IKE_VERSION);
    } else {
        status = run(&options);
    }
    g_strfreev(options.names);
    return status;
}
