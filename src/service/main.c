/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/log-output.h"
#include "service/plugin.h"
#include "settings/vpn-type.h"

#include <glib-unix.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

typedef struct {
    char *bus_name;
    gboolean persist;
    gboolean debug;
    gboolean version;
} Arguments;

static bool
arguments_read(Arguments *arguments, int *argc, char ***argv)
{
    const GOptionEntry entries[] = {
        {"bus-name", 0, 0, G_OPTION_ARG_STRING, &arguments->bus_name, "Name on the bus", "NAME"},
        {"persist", 0, 0, G_OPTION_ARG_NONE, &arguments->persist, "Stay when it is over", NULL},
        {"debug", 0, 0, G_OPTION_ARG_NONE, &arguments->debug, "Log all to standard error", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &arguments->version, "Print the version", NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(context,
                                 "The VPN service for IKE and IPsec that NetworkManager starts.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (g_option_context_parse(context, argc, argv, &error))
        return true;
    fprintf(stderr, "nm-ike-service: %s\n", error->message);
    return false;
}

/* Keys and passwords are in our memory: nothing may write that to a file. */
static void
forbid_core_files(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

/* GIO's loadable modules (proxies, remote files, settings) are for desktop programs; the bus and
 * the resolver need none, and without them we start faster and are smaller. */
static void
forbid_gio_modules(void)
{
    g_setenv("GIO_MODULE_DIR", "/nonexistent", TRUE);
    g_setenv("GIO_USE_VFS", "local", TRUE);
}

typedef struct {
    GMainLoop *loop;
    NmIkePlugin *plugin;
} Service;

static gboolean
on_signal_cb(gpointer data)
{
    Service *service = data;

    nm_vpn_service_plugin_disconnect(NM_VPN_SERVICE_PLUGIN(service->plugin), NULL);
    g_main_loop_quit(service->loop);
    return G_SOURCE_CONTINUE;
}

static void
serve(NmIkePlugin *plugin)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GDBusConnection) bus =
        nm_vpn_service_plugin_get_connection(NM_VPN_SERVICE_PLUGIN(plugin));
    Service service = {loop, plugin};

    /* After the plugin was made: its base class installs handlers of its own. */
    g_unix_signal_add(SIGTERM, on_signal_cb, &service);
    g_unix_signal_add(SIGINT, on_signal_cb, &service);
    g_signal_connect_swapped(plugin, "quit", G_CALLBACK(g_main_loop_quit), loop);
    g_main_loop_run(loop);
    /* Else the last signals, which say why, may be lost with the process. */
    g_dbus_connection_flush_sync(bus, NULL, NULL);
}

static int
run(const Arguments *arguments)
{
    const char *bus_name = arguments->bus_name ? arguments->bus_name : NM_IKE_SERVICE;
    g_autoptr(NmIkePlugin) plugin = NULL;
    g_autoptr(GError) error = NULL;

    forbid_core_files();
    forbid_gio_modules();
    log_output_init(arguments->debug);
    if (!g_dbus_is_name(bus_name) || g_dbus_is_unique_name(bus_name)) {
        log_error("--bus-name: this is no name on a bus");
        return 1;
    }
    plugin = nm_ike_plugin_new(bus_name, arguments->persist, &error);
    if (!plugin) {
        log_error("no place on the system bus: %s", error->message);
        return 1;
    }
    serve(plugin);
    return 0;
}

int
main(int argc, char **argv)
{
    Arguments arguments = {0};
    int status = 1;

    if (arguments_read(&arguments, &argc, &argv)) {
        if (arguments.version)
            status = printf("nm-ike-service %s\n", NM_IKE_VERSION) < 0;
        else
            status = run(&arguments);
    }
    g_free(arguments.bus_name);
    return status;
}
