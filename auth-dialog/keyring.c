/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth-dialog/keyring.h"

#include <NetworkManager.h>
#include <libsecret/secret.h>

enum {
    PATIENCE = 5,              /* seconds, for a keyring that answers by itself */
    PATIENCE_WITH_A_USER = 60, /* seconds, for somebody who types its password */
};

/* What NetworkManager's agents store secrets under: network-manager-applet, GNOME Shell. */
static const SecretSchema schema = {
    "org.freedesktop.NetworkManager.Connection",
    SECRET_SCHEMA_DONT_MATCH_NAME,
    {
        {"connection-uuid", SECRET_SCHEMA_ATTRIBUTE_STRING},
        {"setting-name", SECRET_SCHEMA_ATTRIBUTE_STRING},
        {"setting-key", SECRET_SCHEMA_ATTRIBUTE_STRING},
        {NULL, 0},
    },
};

typedef struct {
    GMainLoop *loop;
    GCancellable *cancellable;
    char *found;
    bool failed; /* something may be there, and could not be read */
} Search;

/* Run by nmcli as root there is none, and asking for one could start one. */
static bool
has_session_bus(void)
{
    const char *runtime_dir = g_getenv("XDG_RUNTIME_DIR");
    g_autofree char *socket = NULL;

    if (g_getenv("DBUS_SESSION_BUS_ADDRESS"))
        return true;
    if (!runtime_dir)
        return false;
    socket = g_build_filename(runtime_dir, "bus", NULL);
    return g_file_test(socket, G_FILE_TEST_EXISTS);
}

static char *
secret_of_item(SecretRetrievable *item)
{
    g_autoptr(SecretValue) value = secret_retrievable_retrieve_secret_sync(item, NULL, NULL);

    return value ? g_strdup(secret_value_get_text(value)) : NULL;
}

static void
on_search_done_cb(GObject *source, GAsyncResult *result, gpointer data)
{
    Search *search = data;
    g_autoptr(GError) error = NULL;
    GList *items = secret_password_search_finish(result, &error);

    if (items)
        search->found = secret_of_item(items->data);
    search->failed = error || (items && !search->found);
    g_list_free_full(items, g_object_unref);
    g_main_loop_quit(search->loop);
}

static gboolean
on_out_of_patience_cb(gpointer data)
{
    Search *search = data;

    g_cancellable_cancel(search->cancellable);
    return G_SOURCE_CONTINUE;
}

char *
keyring_lookup(void *data, const char *key)
{
    Keyring *keyring = data;
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    Search search = {loop, cancellable, NULL, false};
    SecretSearchFlags flags = SECRET_SEARCH_LOAD_SECRETS;
    guint timeout;

    if (!has_session_bus() || !keyring->connection_uuid)
        return NULL;
    if (keyring->may_unlock)
        flags |= SECRET_SEARCH_UNLOCK;
    timeout = g_timeout_add_seconds(
        keyring->may_unlock ? PATIENCE_WITH_A_USER : PATIENCE, on_out_of_patience_cb, &search);
    secret_password_search(&schema,
                           flags,
                           cancellable,
                           on_search_done_cb,
                           &search,
                           "connection-uuid",
                           keyring->connection_uuid,
                           "setting-name",
                           NM_SETTING_VPN_SETTING_NAME,
                           "setting-key",
                           key,
                           NULL);
    g_main_loop_run(loop);
    g_source_remove(timeout);
    if (search.failed)
        keyring->may_unlock = false;
    return search.found;
}
