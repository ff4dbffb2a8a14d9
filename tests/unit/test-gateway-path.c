/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/netns.h"
#include "platform/tun.h"
#include "service/gateway-lookup.h"
#include "service/gateway-path.h"

#include <gio/gio.h>
#include <net/if.h>
#include <string.h>

/* A name server that knows one name. */
static const char *name_has = ""; /* addresses, apart by spaces */
static int n_asked;

#define TYPE_NAME_SERVER (name_server_get_type())
G_DECLARE_FINAL_TYPE(NameServer, name_server, NAME, SERVER, GResolver)

struct _NameServer {
    GResolver parent;
};

G_DEFINE_TYPE(NameServer, name_server, G_TYPE_RESOLVER)

static void
lookup_by_name_async(GResolver *resolver,
                     const char *hostname,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer data)
{
    g_autoptr(GTask) task = g_task_new(resolver, cancellable, callback, data);

    n_asked++;
    if (*name_has)
        g_task_return_pointer(task, g_strdup(name_has), g_free);
    else
        g_task_return_new_error(task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "unknown");
}

static GList *
lookup_by_name_finish(GResolver *resolver, GAsyncResult *result, GError **error)
{
    g_autofree char *text = g_task_propagate_pointer(G_TASK(result), error);
    g_auto(GStrv) words = g_strsplit(text ? text : "", " ", -1);
    GList *list = NULL;

    for (char **word = words; text && *word; word++)
        list = g_list_append(list, g_inet_address_new_from_string(*word));
    return list;
}

static void
name_server_class_init(NameServerClass *class)
{
    GResolverClass *resolver = G_RESOLVER_CLASS(class);

    resolver->lookup_by_name_async = lookup_by_name_async;
    resolver->lookup_by_name_finish = lookup_by_name_finish;
}

static void
name_server_init(NameServer *self)
{
}

/* A desk with two networks: 10.1.0.0/24 with an MTU of 1400, and 10.2.0.0/24. */
typedef struct {
    Tun first, second;
    GatewayPath *path;
    char remote[IP_TEXT_SIZE]; /* what was heard last; "" no way */
    char source[IP_TEXT_SIZE];
    uint32_t mtu;
    int n_heard;
    bool unsettled;
    int n_unsettled;
    bool follows_family;
} Desk;

static int
open_device(Tun *tun)
{
    return tun_open(tun, &(const TunSetup){.pattern = "test%d", .n_queues = 1});
}

static void
attach(Tun *tun, const char *address)
{
    g_assert_cmpint(open_device(tun), ==, 0);
    netns_device_address(tun->name, address);
    netns_device_up(tun->name);
}

static bool
desk_open(Desk *desk)
{
    *desk = (Desk){.first = TUN_CLOSED, .second = TUN_CLOSED};
    n_asked = 0;
    name_has = "";
    if (open_device(&desk->first) < 0) {
        g_test_skip("no TUN device may be made here");
        return false;
    }
    g_assert_cmpint(tun_set_mtu(&desk->first, 1400), ==, 0);
    netns_device_address(desk->first.name, "10.1.0.1/24");
    netns_device_up(desk->first.name);
    attach(&desk->second, "10.2.0.1/24");
    return true;
}

static void
desk_close(Desk *desk)
{
    gateway_path_free(desk->path);
    tun_close(&desk->first);
    tun_close(&desk->second);
}

static void
on_changed(void *owner, const IpAddress *remote, const Route *route)
{
    Desk *desk = owner;

    desk->n_heard++;
    desk->remote[0] = '\0';
    if (!route)
        return;
    ip_address_to_text(remote, desk->remote);
    ip_address_to_text(&route->source, desk->source);
    desk->mtu = route->mtu;
}

static void
on_unsettled(void *owner, bool unsettled)
{
    Desk *desk = owner;

    g_assert_true(desk->unsettled != unsettled);
    desk->unsettled = unsettled;
    desk->n_unsettled += unsettled;
}

static void
watch(Desk *desk, const char *gateway, const char *now)
{
    const GatewayPathEvents events = {on_changed, on_unsettled, desk};
    GatewayPathSetup setup = {.gateway = gateway, .follows_family = desk->follows_family};
    int error = 0;

    g_assert_true(ip_address_from_text(now, &setup.remote));
    g_assert_cmpint(route_lookup(&setup.remote, &setup.route), ==, 0);
    desk->path = gateway_path_new(&setup, &events, &error);
    g_assert_nonnull(desk->path);
}

static gboolean
on_time_cb(gpointer data)
{
    *(bool *) data = true;
    return G_SOURCE_REMOVE;
}

/* Runs until n times was heard of a change, or, with too_often, for as long as it takes to be sure.
 */
static void
run(const Desk *desk, int n, guint ms)
{
    bool over = false;
    guint source = g_timeout_add(ms, on_time_cb, &over);

    while (!over && (desk->n_heard < n || n == 0))
        g_main_context_iteration(NULL, TRUE);
    if (!over)
        g_source_remove(source);
}

static void
assert_hears(Desk *desk, int n, const char *remote, const char *source)
{
    run(desk, n, 5000);
    g_assert_cmpint(desk->n_heard, ==, n);
    g_assert_cmpstr(desk->remote, ==, remote);
    if (*remote)
        g_assert_cmpstr(desk->source, ==, source);
}

static void
assert_hears_nothing(Desk *desk)
{
    int before = desk->n_heard;

    run(desk, 0, 400);
    g_assert_cmpint(desk->n_heard, ==, before);
}

static void
test_address_comes_and_goes(void)
{
    Desk desk;

    if (!desk_open(&desk))
        return;
    watch(&desk, "10.1.0.9", "10.1.0.9");
    assert_hears_nothing(&desk);
    tun_close(&desk.first);
    assert_hears(&desk, 1, "", NULL);
    attach(&desk.first, "10.1.0.77/24");
    assert_hears(&desk, 2, "10.1.0.9", "10.1.0.77");
    g_assert_cmpint(n_asked, ==, 0);
    desk_close(&desk);
}

/* Of what does not concern the gateway nothing is heard, and of a burst once. */
static void
test_once_and_only_what_matters(void)
{
    Desk desk;

    if (!desk_open(&desk))
        return;
    watch(&desk, "10.1.0.9", "10.1.0.9");
    netns_device_mtu(desk.second.name, 1300);
    assert_hears_nothing(&desk);
    for (int mtu = 1399; mtu > 1380; mtu--)
        netns_device_mtu(desk.first.name, mtu);
    assert_hears(&desk, 1, "10.1.0.9", "10.1.0.1");
    g_assert_cmpuint(desk.mtu, ==, 1381);
    assert_hears_nothing(&desk);
    desk_close(&desk);
}

/* What is known at once is that the way is not what it was. */
static void
test_unsettled_at_once(void)
{
    gint64 begin;
    Desk desk;

    if (!desk_open(&desk))
        return;
    watch(&desk, "10.1.0.9", "10.1.0.9");
    assert_hears_nothing(&desk);
    g_assert_cmpint(desk.n_unsettled, ==, 0);
    netns_device_mtu(desk.first.name, 1300);
    begin = g_get_monotonic_time();
    while (!desk.unsettled)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpint(g_get_monotonic_time() - begin, <, 90000);
    netns_device_mtu(desk.first.name, 1400);
    assert_hears_nothing(&desk);
    g_assert_false(desk.unsettled);
    g_assert_cmpint(desk.n_unsettled, ==, 1);
    tun_close(&desk.first);
    assert_hears(&desk, 1, "", NULL);
    g_assert_cmpint(desk.n_unsettled, ==, 2);
    desk_close(&desk);
}

static void
test_name_has_another_address_here(void)
{
    Desk desk;

    if (!desk_open(&desk))
        return;
    watch(&desk, "gateway.test", "10.1.0.9");
    name_has = "10.1.0.9 10.3.0.9 10.2.0.9";
    tun_close(&desk.first);
    run(&desk, 2, 5000);
    assert_hears(&desk, 2, "10.2.0.9", "10.2.0.1");
    g_assert_cmpint(n_asked, ==, 1);
    assert_hears_nothing(&desk);
    desk_close(&desk);
}

static void
check_other_family(bool follows)
{
    Desk desk;

    if (!desk_open(&desk))
        return;
    desk.follows_family = follows;
    watch(&desk, "gateway.test", "10.1.0.9");
    name_has = "10.1.0.9 ::1";
    netns_device_up("lo");
    tun_close(&desk.first);
    assert_hears(&desk, 1, "", NULL);
    if (follows)
        assert_hears(&desk, 2, "::1", "::1");
    assert_hears_nothing(&desk);
    desk_close(&desk);
}

static void
test_name_of_the_other_family(void)
{
    check_other_family(true);
    check_other_family(false);
}

/* The name server is known a while after the route is. */
static void
test_name_is_known_later(void)
{
    Desk desk;

    if (!desk_open(&desk))
        return;
    watch(&desk, "gateway.test", "10.1.0.9");
    tun_close(&desk.first);
    assert_hears(&desk, 1, "", NULL);
    run(&desk, 0, 500);
    name_has = "10.2.0.9";
    run(&desk, 2, 10000);
    assert_hears(&desk, 2, "10.2.0.9", "10.2.0.1");
    desk_close(&desk);
}

static void
test_freed_never_calls(void)
{
    Desk desk;

    if (!desk_open(&desk))
        return;
    watch(&desk, "gateway.test", "10.1.0.9");
    tun_close(&desk.first);
    run(&desk, 0, 20);
    g_clear_pointer(&desk.path, gateway_path_free);
    name_has = "10.2.0.9";
    assert_hears_nothing(&desk);
    desk_close(&desk);
}

typedef struct {
    IpAddress remote;
    FailureReason reason;
    int times;
} Found;

static void
on_found(void *owner,
         FailureReason reason,
         const char *detail,
         const IpAddress *remote,
         const Route *route)
{
    Found *found = owner;

    found->times++;
    found->reason = reason;
    if (remote)
        found->remote = *remote;
}

static void
check_lookup(const char *current, AddressFamily only, const char *expected)
{
    IpAddress address = {0};
    Found found = {0};
    GatewayLookup *lookup;
    char text[IP_TEXT_SIZE];

    if (current)
        g_assert_true(ip_address_from_text(current, &address));
    lookup =
        gateway_lookup_new("gateway.test", current ? &address : NULL, only, 0, on_found, &found);
    while (found.times == 0)
        g_main_context_iteration(NULL, TRUE);
    gateway_lookup_free(lookup);
    if (expected)
        g_assert_cmpstr(ip_address_to_text(&found.remote, text), ==, expected);
    else
        g_assert_cmpint(found.reason, ==, FAIL_NO_ROUTE);
}

/* IPv4 first, those without a route never, and of the rest each in turn. */
static void
test_lookup_takes_turns(void)
{
    Desk desk;

    if (!desk_open(&desk))
        return;
    netns_device_up("lo");
    name_has = "::1 10.1.0.9 10.3.0.9 10.2.0.9";
    check_lookup(NULL, FAMILY_NONE, "10.1.0.9");
    check_lookup("10.9.0.9", FAMILY_NONE, "10.1.0.9");
    check_lookup("10.1.0.9", FAMILY_NONE, "10.2.0.9");
    check_lookup("10.2.0.9", FAMILY_NONE, "::1");
    check_lookup("::1", FAMILY_NONE, "10.1.0.9");
    check_lookup("10.2.0.9", FAMILY_IPV4, "10.1.0.9");
    check_lookup("::1", FAMILY_IPV6, "::1");
    name_has = "10.1.0.9";
    check_lookup("10.1.0.9", FAMILY_NONE, "10.1.0.9");
    name_has = "10.3.0.9";
    check_lookup("10.1.0.9", FAMILY_NONE, NULL);
    desk_close(&desk);
}

int
main(int argc, char **argv)
{
    g_autoptr(GResolver) resolver = NULL;
    const char *no_namespace;

    g_test_init(&argc, &argv, NULL);
    no_namespace = netns_enter_new();
    if (no_namespace)
        return g_print("1..0 # SKIP %s\n", no_namespace), 0;
    resolver = g_object_new(TYPE_NAME_SERVER, NULL);
    g_resolver_set_default(resolver);
    g_test_add_func("/gateway-path/comes-and-goes", test_address_comes_and_goes);
    g_test_add_func("/gateway-path/once", test_once_and_only_what_matters);
    g_test_add_func("/gateway-path/unsettled", test_unsettled_at_once);
    g_test_add_func("/gateway-path/name/other-address", test_name_has_another_address_here);
    g_test_add_func("/gateway-path/name/other-family", test_name_of_the_other_family);
    g_test_add_func("/gateway-path/name/later", test_name_is_known_later);
    g_test_add_func("/gateway-path/freed", test_freed_never_calls);
    g_test_add_func("/gateway-path/lookup/turns", test_lookup_takes_turns);
    return g_test_run();
}
