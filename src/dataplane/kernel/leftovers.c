/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/kernel/internal.h"

#include "platform/claim.h"
#include "platform/marked-route.h"

#include <errno.h>
#include <unistd.h>

enum { MAX_DEAD = 4096 }; /* services of ours that were killed since the machine was started */

/* Numbers that were looked at, since one stands on many things. */
typedef struct {
    GHashTable *claims; /* number to descriptor + 1; 0: its owner lives, or it is none of ours */
    GArray *links;      /* of int: interfaces of those */
} Leftovers;

/* The claim is held until all is cleared away: then nobody takes the number meanwhile. */
static bool
is_dead(uint32_t number, void *data)
{
    Leftovers *leftovers = data;
    gpointer key = GUINT_TO_POINTER(number), known;
    int claim;

    if (g_hash_table_lookup_extended(leftovers->claims, key, NULL, &known))
        return GPOINTER_TO_INT(known) > 0;
    if (number == 0 || g_hash_table_size(leftovers->claims) >= MAX_DEAD)
        return false;
    claim = claim_take(number);
    if (claim == -EINVAL)
        return false;
    g_hash_table_insert(leftovers->claims, key, GINT_TO_POINTER(claim < 0 ? 0 : claim + 1));
    return claim >= 0;
}

static void
release(void *claim)
{
    if (GPOINTER_TO_INT(claim) > 0)
        close(GPOINTER_TO_INT(claim) - 1);
}

static void
collect_link(const XfrmLink *link, void *data)
{
    Leftovers *leftovers = data;

    if (is_dead(link->if_id, leftovers))
        g_array_append_val(leftovers->links, link->index);
}

int
kernel_remove_leftovers(Netlink *requests)
{
    Leftovers leftovers = {
        .claims = g_hash_table_new_full(NULL, NULL, NULL, release),
        .links = g_array_new(FALSE, FALSE, sizeof(int)),
    };
    int r = link_list_xfrm(collect_link, &leftovers);

    for (guint i = 0; i < leftovers.links->len; i++)
        link_remove(g_array_index(leftovers.links, int, i));
    marked_route_sweep(is_dead, &leftovers);
    if (r == 0)
        r = xfrm_sweep(requests, is_dead, &leftovers);
    g_array_unref(leftovers.links);
    g_hash_table_unref(leftovers.claims);
    return r;
}

static bool
is_number(uint32_t number, void *data)
{
    const uint32_t *wanted = data;

    return number == *wanted;
}

int
kernel_remove_number(Netlink *requests, uint32_t number)
{
    return xfrm_sweep(requests, is_number, &number);
}
