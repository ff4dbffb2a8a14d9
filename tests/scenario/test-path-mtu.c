/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"

/* How large a packet the path takes is found out by packets that must not be cut (RFC 8899). */

enum { ETHERNET = 1500 };

static Link *
link_of(ResponderConfig gateway, uint32_t mtu, uint32_t narrow)
{
    ConnectionConfig *config = link_config(EXCHANGE_MODE_MAIN, false);
    Link *link;

    config->persistent = true;
    config->encapsulation = ENCAPSULATION_FORCE;
    link = link_new(config, &gateway, 71);
    link->path.mtu = mtu;
    link->narrow = narrow;
    link_connect(link);
    link_assert_established(link, 1);
    return link;
}

/* The route's own size comes through: one packet of it, and nothing to be said. */
static void
test_wide(void)
{
    g_autoptr(Link) link = link_of(responder_config_default(), ETHERNET, 0);
    size_t largest = 0;

    link_run(link, 30 * IKE_SECOND);
    g_assert_cmpuint(link->n_path_mtu, ==, 0);
    for (guint i = 0; i < link->messages->len; i++) {
        const LinkMessage *message = link->messages->pdata[i];

        if (message->direction == TO_GATEWAY)
            largest = MAX(largest, g_bytes_get_size(message->bytes) + 20 + 8 + 4);
    }
    g_assert_cmpuint(largest, ==, ETHERNET);
}

/* Black holes of every kind: what is found fits, and by no more than a step too little. */
static void
test_narrow(gconstpointer data)
{
    uint32_t narrow = GPOINTER_TO_UINT(data);
    g_autoptr(Link) link = link_of(responder_config_default(), ETHERNET, narrow);

    link_run(link, 40 * IKE_SECOND);
    g_assert_cmpuint(link->n_path_mtu, ==, 1);
    g_assert_cmpuint(link->path_mtu, <=, narrow);
    g_assert_cmpuint(link->path_mtu + (narrow < 1280 ? 704 : 76), >, narrow);
    g_assert_cmpuint(link->n_too_big, <=, 15);
    /* none of it was a sign of death */
    g_assert_cmpuint(link->n_reconnecting, ==, 0);
    g_assert_cmpuint(link->n_established, ==, 1);
}

static unsigned
n_large(const Link *link)
{
    unsigned n = 0;

    for (guint i = 0; i < link->messages->len; i++) {
        const LinkMessage *message = link->messages->pdata[i];

        n += message->direction == TO_GATEWAY && g_bytes_get_size(message->bytes) > 1400;
    }
    return n;
}

/* Lost by chance: a size is tried three times. */
static void
test_lost_by_chance(void)
{
    for (unsigned lost = 1; lost <= 2; lost++) {
        g_autoptr(Link) link = NULL;
        ResponderConfig gateway = responder_config_default();
        ConnectionConfig *config = link_config(EXCHANGE_MODE_MAIN, false);

        config->encapsulation = ENCAPSULATION_FORCE;
        link = link_new(config, &gateway, 72);
        link->path.mtu = ETHERNET;
        for (unsigned i = 0; i < lost; i++)
            link_plan(link, TO_GATEWAY, 6 + i, FATE_DROP);
        link_connect(link);
        link->traffic[TO_CLIENT] = true; /* else HASH(3) goes out again between them */
        link_run(link, 20 * IKE_SECOND);
        g_assert_cmpuint(n_large(link), ==, lost + 1);
        g_assert_cmpuint(link->n_path_mtu, ==, 0);
        g_assert_false(link->closed);
    }
}

/* Nothing at all comes through: that is dead peer detection's business, and no size is named. */
static void
test_dead(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = link_config(EXCHANGE_MODE_MAIN, false);
    g_autoptr(Link) link = link_new(config, &gateway, 73);

    link->path.mtu = ETHERNET;
    link_connect(link);
    link->cut = true;
    link_run(link, 100 * IKE_SECOND);
    g_assert_cmpuint(link->n_path_mtu, ==, 0);
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, FAIL_PEER_DEAD);
}

/* The path grows again and shrinks again: seen within ten minutes and the search. */
static void
test_changes_unseen(void)
{
    g_autoptr(Link) link = link_of(responder_config_default(), ETHERNET, 1400);

    link_run(link, 60 * IKE_SECOND);
    g_assert_cmpuint(link->path_mtu, <=, 1400);
    link->narrow = 0;
    link_run(link, 600 * IKE_SECOND);
    g_assert_cmpuint(link->path_mtu, ==, ETHERNET);
    g_assert_cmpuint(link->n_path_mtu, ==, 2);
    link->narrow = 1300;
    link_run(link, 640 * IKE_SECOND);
    g_assert_cmpuint(link->path_mtu, <=, 1300);
    g_assert_cmpuint(link->n_path_mtu, ==, 3);
    link_run(link, 2000 * IKE_SECOND);
    g_assert_cmpuint(link->n_path_mtu, ==, 3);
}

/* Another path: the search begins anew when the gateway has answered there. */
static void
test_moves(void)
{
    g_autoptr(Link) link = link_of(responder_config_default(), ETHERNET, 0);

    link_run(link, 10 * IKE_SECOND);
    link->narrow = 1400;
    link_move(link, "203.0.113.5");
    link_run(link, 40 * IKE_SECOND);
    g_assert_cmpuint(link->n_path_mtu, ==, 1);
    g_assert_cmpuint(link->path_mtu, <=, 1400);
    link->narrow = 0;
    link_move(link, "203.0.113.6");
    link_run(link, 40 * IKE_SECOND);
    g_assert_cmpuint(link->n_path_mtu, ==, 1); /* the route's own, which needs no words */
}

/* The same path once more: what was found out still holds, and is said again. */
static void
test_same_path(void)
{
    g_autoptr(Link) link = link_of(responder_config_default(), ETHERNET, 1400);
    uint32_t found;
    unsigned sent;

    link_run(link, 40 * IKE_SECOND);
    found = link->path_mtu;
    sent = link->sent[TO_GATEWAY];
    link->path_mtu = 0;
    link_move(link, "192.0.2.7");
    g_assert_cmpuint(link->path_mtu, ==, found);
    g_assert_cmpuint(link->sent[TO_GATEWAY], ==, sent);
}

/* The route says another size. */
static void
test_route_changes(void)
{
    g_autoptr(Link) link = link_of(responder_config_default(), ETHERNET, 1400);

    link_run(link, 40 * IKE_SECOND);
    g_assert_cmpuint(link->n_path_mtu, ==, 1);
    link->path.mtu = 1380;
    link_move(link, "192.0.2.7");
    link_run(link, 40 * IKE_SECOND);
    g_assert_cmpuint(link->n_path_mtu, ==, 1);
    g_assert_cmpuint(link->n_reconnecting, ==, 0);
    link->path.mtu = ETHERNET;
    link_move(link, "192.0.2.7");
    link_run(link, 40 * IKE_SECOND);
    g_assert_cmpuint(link->n_path_mtu, ==, 2);
}

/* Neither without a size to verify, nor with one that the profile names, nor without answers. */
static void
test_off(void)
{
    for (unsigned i = 0; i < 3; i++) {
        ResponderConfig gateway = responder_config_default();
        ConnectionConfig *config = link_config(EXCHANGE_MODE_MAIN, false);
        g_autoptr(Link) link = NULL;

        config->mtu = i == 0 ? 1300 : 0;
        gateway.no_dpd = i == 1;
        link = link_new(config, &gateway, 74);
        link->path.mtu = i == 2 ? 0 : ETHERNET;
        link->narrow = 1000;
        link_connect(link);
        link_run(link, 1000 * IKE_SECOND);
        g_assert_cmpuint(link->n_too_big, ==, 0);
        g_assert_cmpuint(link->n_path_mtu, ==, 0);
    }
}

int
main(int argc, char **argv)
{
    static const uint32_t sizes[] = {
        576, 900, 1280, 1300, 1350, 1399, 1400, 1440, 1454, 1472, 1492, 1499};

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *path = g_strdup_printf("/path-mtu/narrow/%u", sizes[i]);

        g_test_add_data_func(path, GUINT_TO_POINTER(sizes[i]), test_narrow);
    }
    g_test_add_func("/path-mtu/wide", test_wide);
    g_test_add_func("/path-mtu/lost-by-chance", test_lost_by_chance);
    g_test_add_func("/path-mtu/dead", test_dead);
    g_test_add_func("/path-mtu/changes-unseen", test_changes_unseen);
    g_test_add_func("/path-mtu/moves", test_moves);
    g_test_add_func("/path-mtu/same-path", test_same_path);
    g_test_add_func("/path-mtu/route-changes", test_route_changes);
    g_test_add_func("/path-mtu/off", test_off);
    return g_test_run();
}
