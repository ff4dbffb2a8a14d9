/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/gateway-lookup.h"

#include <errno.h>
#include <gio/gio.h>

enum {
    NAME_TIMEOUT = 15, /* seconds; the negotiation must still fit into NetworkManager's 60 */
};

struct GatewayLookup {
    GatewayFound found;
    void *owner;
    GCancellable *cancellable;
    guint source; /* the timeout; or the call that is made when no name must be resolved */
    IpAddress address;
    IpAddress current; /* none: any will do */
    AddressFamily only;
    unsigned own_device;
};

static IpAddress
address_of_gio(GInetAddress *gio)
{
    return ip_address_of_bytes(
        bytes_of(g_inet_address_to_bytes(gio), g_inet_address_get_native_size(gio)));
}

/* IPv4 first, whatever the resolver's order: a gateway of the age of IKEv1 that has a name in both
 * families listens in the old one at least. */
static size_t
sort_by_family(const IpAddress *addresses, size_t n, AddressFamily only, IpAddress *out)
{
    static const AddressFamily order[] = {FAMILY_IPV4, FAMILY_IPV6};
    size_t sorted = 0;

    for (size_t k = 0; k < G_N_ELEMENTS(order); k++) {
        for (size_t i = 0; i < n; i++) {
            if (addresses[i].family == order[k] && (only == FAMILY_NONE || only == order[k]))
                out[sorted++] = addresses[i];
        }
    }
    return sorted;
}

/* The number of the one that follows current; 0 if that is not among them. */
static size_t
number_after(const IpAddress *current, const IpAddress *addresses, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (ip_address_equal(&addresses[i], current))
            return i + 1;
    }
    return 0;
}

/* The first that there is a way to. */
static void
take_reachable(GatewayLookup *lookup, const IpAddress *addresses, size_t n)
{
    g_autofree IpAddress *sorted = g_new0(IpAddress, n);
    int error = -ENETUNREACH;
    size_t first;
    Route route;

    n = sort_by_family(addresses, n, lookup->only, sorted);
    first = number_after(&lookup->current, sorted, n);
    for (size_t i = 0; i < n; i++) {
        const IpAddress *address = &sorted[(first + i) % n];
        int r = route_lookup_around(address, lookup->own_device, &route);

        if (r == 0) {
            lookup->found(lookup->owner, FAIL_NONE, NULL, address, &route);
            return;
        }
        error = r;
    }
    lookup->found(lookup->owner, FAIL_NO_ROUTE, g_strerror(-error), NULL, NULL);
}

static void
on_resolved_cb(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    GList *list = g_resolver_lookup_by_name_finish(G_RESOLVER(source), result, &error);
    g_autofree IpAddress *addresses = g_new0(IpAddress, g_list_length(list) + 1);
    GatewayLookup *lookup = data;
    size_t n = 0;

    /* Then the lookup may be gone already. */
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    g_clear_handle_id(&lookup->source, g_source_remove);
    for (GList *item = list; item; item = item->next)
        addresses[n++] = address_of_gio(item->data);
    g_resolver_free_addresses(list);
    if (n > 0)
        take_reachable(lookup, addresses, n);
    else
        lookup->found(lookup->owner, FAIL_NAME, error ? error->message : NULL, NULL, NULL);
}

static gboolean
on_name_timeout_cb(gpointer data)
{
    GatewayLookup *lookup = data;

    lookup->source = 0;
    g_cancellable_cancel(lookup->cancellable);
    lookup->found(lookup->owner, FAIL_NAME, "no name server answers", NULL, NULL);
    return G_SOURCE_REMOVE;
}

static gboolean
on_address_given_cb(gpointer data)
{
    GatewayLookup *lookup = data;

    lookup->source = 0;
    take_reachable(lookup, &lookup->address, 1);
    return G_SOURCE_REMOVE;
}

GatewayLookup *
gateway_lookup_new(const char *gateway,
                   const IpAddress *current,
                   AddressFamily only,
                   unsigned own_device,
                   GatewayFound found,
                   void *owner)
{
    GatewayLookup *lookup = g_new0(GatewayLookup, 1);
    g_autoptr(GResolver) resolver = NULL;

    lookup->found = found;
    lookup->owner = owner;
    lookup->only = only;
    lookup->own_device = own_device;
    if (current)
        lookup->current = *current;
    lookup->cancellable = g_cancellable_new();
    if (ip_address_from_text(gateway, &lookup->address)) {
        lookup->source = g_idle_add(on_address_given_cb, lookup);
        return lookup;
    }
    resolver = g_resolver_get_default();
    lookup->source = g_timeout_add_seconds(NAME_TIMEOUT, on_name_timeout_cb, lookup);
    g_resolver_lookup_by_name_async(resolver, gateway, lookup->cancellable, on_resolved_cb, lookup);
    return lookup;
}

void
gateway_lookup_free(GatewayLookup *lookup)
{
    if (!lookup)
        return;
    g_clear_handle_id(&lookup->source, g_source_remove);
    g_cancellable_cancel(lookup->cancellable);
    g_object_unref(lookup->cancellable);
    g_free(lookup);
}
