/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/failure.h"

#include <glib.h>
#include <string.h>

/* The table of the ways to end. */

static void
test_every_row_is_whole(void)
{
    for (FailureReason reason = FAIL_NONE; reason < FAIL_N_REASONS; reason++) {
        const char *sentence = failure_sentence(reason);

        g_assert_true(sentence && *sentence);
        g_assert_false(g_str_has_suffix(sentence, ".")); /* a detail may follow */
        g_assert_true(failure_recovery(reason) <= RECOVERY_ALWAYS);
    }
}

/* What persistent connections get over, and what would only do harm if it were tried again. */
static void
test_recovery(void)
{
    static const FailureReason always[] = {FAIL_NO_ANSWER,
                                           FAIL_FELL_SILENT,
                                           FAIL_DELETED_BY_PEER,
                                           FAIL_PEER_DEAD,
                                           FAIL_LIFETIME,
                                           FAIL_REKEY,
                                           FAIL_NO_ROUTE,
                                           FAIL_PATH_CHANGED};
    static const FailureReason never[] = {FAIL_NONE,
                                          FAIL_CANCELLED,
                                          FAIL_NOT_ASKED_AGAIN,
                                          FAIL_BAD_IDENTITY,
                                          FAIL_XAUTH_UNSUPPORTED,
                                          FAIL_NO_TUN,
                                          FAIL_DEVICE_GONE,
                                          FAIL_INTERNAL};

    for (size_t i = 0; i < G_N_ELEMENTS(always); i++)
        g_assert_cmpint(failure_recovery(always[i]), ==, RECOVERY_ALWAYS);
    for (size_t i = 0; i < G_N_ELEMENTS(never); i++)
        g_assert_cmpint(failure_recovery(never[i]), ==, RECOVERY_NEVER);
    g_assert_cmpint(failure_recovery(FAIL_XAUTH_REFUSED), ==, RECOVERY_LOGIN);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/failure/rows", test_every_row_is_whole);
    g_test_add_func("/failure/recovery", test_recovery);
    return g_test_run();
}
