/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/gateway-path.h"

#include "base/log.h"
#include "platform/path-watch.h"
#include "service/gateway-lookup.h"

#include <glib-unix.h>

enum {
    SETTLE = 100, /* ms: a new network comes with a burst of changes, and each costs a question */
    /* Seconds between two looks at the name: without a way, since the name server may be known
     * later than the route; with one, so long that a gateway can have been restarted. */
    NAME_AGAIN_WITHOUT_PATH = 5,
    NAME_AGAIN_WHEN_SILENT = 30,
};

/* A question that is younger is waited for; an older one may have gone to a name server of the
 * network before. */
#define NAME_PATIENCE (2 * G_USEC_PER_SEC)

struct GatewayPath {
    char *gateway;
    IpAddress remote;
    Route route;
    bool has_route;
    bool silent;
    bool unsettled;
    unsigned own_device;
    AddressFamily only; /* of the gateway's addresses; FAMILY_NONE: any */
    PathWatch watch;
    GatewayLookup *lookup;
    gint64 asked_at; /* 0: no lookup is under way */
    guint watch_source, settle_source, name_source;
    GatewayPathEvents events;
};

static bool
is_name(const GatewayPath *path)
{
    IpAddress address;

    return !ip_address_from_text(path->gateway, &address);
}

static bool
same_route(const Route *a, const Route *b)
{
    return ip_address_equal(&a->source, &b->source) && a->if_index == b->if_index
           && a->mtu == b->mtu && a->is_around == b->is_around
           && ip_address_equal(&a->next_hop, &b->next_hop);
}

static gboolean on_name_again_cb(gpointer data);

/* One timer for both reasons to ask again; none without a reason, or without a name. */
static void
schedule_name(GatewayPath *path)
{
    g_clear_handle_id(&path->name_source, g_source_remove);
    if (!is_name(path) || (path->has_route && !path->silent))
        return;
    path->name_source = g_timeout_add_seconds(
        path->has_route ? NAME_AGAIN_WHEN_SILENT : NAME_AGAIN_WITHOUT_PATH, on_name_again_cb, path);
}

static void
take(GatewayPath *path, const IpAddress *remote, const Route *route)
{
    path->remote = *remote;
    path->route = *route;
    path->has_route = true;
    schedule_name(path);
    path->events.changed(path->events.owner, &path->remote, &path->route);
}

static void
on_name_found(void *owner,
              FailureReason reason,
              const char *detail,
              const IpAddress *remote,
              const Route *route)
{
    GatewayPath *path = owner;
    bool is_new = reason == FAIL_NONE
                  && (!path->has_route || !ip_address_equal(remote, &path->remote)
                      || !same_route(route, &path->route));

    path->asked_at = 0;
    /* The answer is late: the way came back meanwhile, and the gateway there knows us. */
    if (path->has_route && !path->silent)
        return;
    if (reason != FAIL_NONE)
        log_debug("%s: %s (%s)", path->gateway, failure_sentence(reason), detail ? detail : "");
    if (is_new)
        take(path, remote, route);
    else
        schedule_name(path);
}

static void
look_up_name(GatewayPath *path)
{
    gint64 now = g_get_monotonic_time();

    if (path->asked_at && now - path->asked_at < NAME_PATIENCE)
        return;
    path->asked_at = now;
    g_clear_pointer(&path->lookup, gateway_lookup_free);
    path->lookup = gateway_lookup_new(
        path->gateway, &path->remote, path->only, path->own_device, on_name_found, path);
}

static gboolean
on_name_again_cb(gpointer data)
{
    GatewayPath *path = data;

    path->name_source = 0;
    look_up_name(path);
    return G_SOURCE_REMOVE;
}

static void
lose(GatewayPath *path)
{
    bool had_route = path->has_route;

    path->has_route = false;
    /* There may be a way to another of its addresses, such as one inside this network. */
    if (is_name(path))
        look_up_name(path);
    if (had_route)
        path->events.changed(path->events.owner, &path->remote, NULL);
}

static void
set_unsettled(GatewayPath *path, bool unsettled)
{
    if (path->unsettled == unsettled)
        return;
    path->unsettled = unsettled;
    path->events.unsettled(path->events.owner, unsettled);
}

static gboolean
on_settled_cb(gpointer data)
{
    GatewayPath *path = data;
    Route route;
    int r = route_lookup_around(&path->remote, path->own_device, &route);

    path->settle_source = 0;
    if (r < 0)
        lose(path);
    else if (!path->has_route || !same_route(&route, &path->route))
        take(path, &path->remote, &route);
    set_unsettled(path, false);
    return G_SOURCE_REMOVE;
}

void
gateway_path_look(GatewayPath *path)
{
    if (path->settle_source == 0)
        path->settle_source = g_timeout_add(SETTLE, on_settled_cb, path);
}

/* With each notice, until it is known. */
static void
look_at_once(GatewayPath *path)
{
    Route route;
    int r;

    if (!path->has_route || path->unsettled)
        return;
    r = route_lookup_around(&path->remote, path->own_device, &route);
    if (r < 0 || !same_route(&route, &path->route))
        set_unsettled(path, true);
}

static gboolean
on_watch_ready_cb(gint fd, GIOCondition condition, gpointer data)
{
    GatewayPath *path = data;

    if (!path_watch_changed(&path->watch))
        return G_SOURCE_CONTINUE;
    look_at_once(path);
    gateway_path_look(path);
    return G_SOURCE_CONTINUE;
}

void
gateway_path_set_silent(GatewayPath *path, bool silent)
{
    if (path->silent == silent)
        return;
    path->silent = silent;
    schedule_name(path);
}

GatewayPath *
gateway_path_new(const GatewayPathSetup *setup, const GatewayPathEvents *events, int *out_error)
{
    PathWatch watch;
    GatewayPath *path;
    int r = path_watch_open(&watch);

    if (r < 0) {
        *out_error = r;
        return NULL;
    }
    path = g_new0(GatewayPath, 1);
    path->gateway = g_strdup(setup->gateway);
    path->remote = setup->remote;
    path->route = setup->route;
    path->has_route = true;
    path->own_device = setup->own_device;
    path->only = setup->follows_family ? FAMILY_NONE : setup->remote.family;
    path->watch = watch;
    path->events = *events;
    path->watch_source = g_unix_fd_add(watch.fd, G_IO_IN, on_watch_ready_cb, path);
    /* What changed between the lookup and now was not seen. */
    gateway_path_look(path);
    return path;
}

void
gateway_path_free(GatewayPath *path)
{
    if (!path)
        return;
    g_clear_handle_id(&path->watch_source, g_source_remove);
    g_clear_handle_id(&path->settle_source, g_source_remove);
    g_clear_handle_id(&path->name_source, g_source_remove);
    gateway_lookup_free(path->lookup);
    path_watch_close(&path->watch);
    g_free(path->gateway);
    g_free(path);
}
