/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"

/* Both modes, with and without XAUTH, on a network that loses nothing. */

/* Main mode and a pre-shared key
 *
 *   SA, VIDs                      -->
 *                                 <--  SA, VIDs
 *   KE, Ni, NAT-D, NAT-D          -->
 *                                 <--  KE, Nr, NAT-D, NAT-D
 *   ID, HASH_I, INITIAL-CONTACT   -->
 *                                 <--  ID, HASH_R
 *   HASH, ATTR (REQUEST)          -->
 *                                 <--  HASH, ATTR (REPLY)
 *   HASH(1), SA, Ni, ID, ID       -->
 *                                 <--  HASH(2), SA, Nr, ID, ID
 *   HASH(3)                       -->
 */
static void
test_main_psk(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 1);

    link_connect(link);
    link_assert_established(link, 1);
    g_assert_true(responder_record(link->gateway)->initial_contact);
    g_assert_cmpuint(link->sent[TO_GATEWAY], ==, 6);
    g_assert_cmpuint(link->sent[TO_CLIENT], ==, 5);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connect/main-psk", test_main_psk);
    return g_test_run();
}
