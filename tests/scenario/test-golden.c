/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"

/* Whole negotiations with seeded chance, their bytes compared with a file: whatever changes on the
 * wire shows up as a difference to be looked at. GOLDEN_WRITE=1 in the environment writes the files
 * anew. */

typedef struct {
    const char *name; /* of golden/NAME.txt */
    ExchangeMode mode;
    bool xauth;
    bool nat;
} Golden;

static const Golden goldens[] = {
    {"main-psk", EXCHANGE_MODE_MAIN, false, false},
    {"main-xauth-nat", EXCHANGE_MODE_MAIN, true, true},
    {"aggressive-psk-nat", EXCHANGE_MODE_AGGRESSIVE, false, true},
    {"aggressive-xauth", EXCHANGE_MODE_AGGRESSIVE, true, false},
};

enum { BYTES_A_LINE = 32 };

static void
append_message(GString *text, const LinkMessage *message)
{
    Bytes bytes = bytes_of_gbytes(message->bytes);

    g_string_append_printf(text,
                           "%s %.3f s, port %u, %zu bytes",
                           message->direction == TO_GATEWAY ? "-->" : "<--",
                           (double) (message->at - LINK_BEGIN) / IKE_SECOND,
                           message->nat_t ? 4500u : 500u,
                           bytes.len);
    for (size_t i = 0; i < bytes.len; i++)
        g_string_append_printf(text, "%s%02x", i % BYTES_A_LINE ? "" : "\n    ", bytes.data[i]);
    g_string_append(text, "\n");
}

/* Connect, rekey by either side, probe, stop. */
static char *
negotiate(const Golden *golden)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = link_config(golden->mode, golden->xauth);
    GString *text = g_string_new(
        "# A negotiation between the engine and the tests' gateway, with seeded chance.\n"
        "# Written by scenario-golden with GOLDEN_WRITE=1; a change here is one on the wire.\n");
    g_autoptr(Link) link = NULL;

    g_array_unref(config->ike_proposals);
    config->ike_proposals = ike_proposals_default(true, golden->mode == EXCHANGE_MODE_AGGRESSIVE);
    g_array_unref(config->esp_proposals);
    config->esp_proposals = esp_proposals_default(true);
    link = link_new(config, &gateway, 2409);
    link->nat = golden->nat;
    link_connect(link);
    link_assert_established(link, 1);
    link_expire_child(link, link_outbound(link)->sa.inbound_spi);
    link_run(link, 20 * IKE_SECOND);
    responder_rekey(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, 50 * IKE_SECOND);
    link_assert_established(link, 1);
    link_stop(link);
    for (guint i = 0; i < link->messages->len; i++)
        append_message(text, link->messages->pdata[i]);
    return g_string_free(text, FALSE);
}

/* The first line that differs, for the message. */
static void
assert_same_text(const char *actual, const char *expected)
{
    g_auto(GStrv) a = g_strsplit(actual, "\n", -1);
    g_auto(GStrv) b = g_strsplit(expected, "\n", -1);

    for (size_t i = 0; a[i] && b[i]; i++)
        g_assert_cmpstr(a[i], ==, b[i]);
    g_assert_cmpuint(g_strv_length(a), ==, g_strv_length(b));
}

static void
test_golden(gconstpointer data)
{
    const Golden *golden = data;
    g_autofree char *name = g_strconcat(golden->name, ".txt", NULL);
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", name, NULL);
    g_autofree char *actual = negotiate(golden);
    g_autofree char *expected = NULL;
    GError *error = NULL;

    if (g_getenv("GOLDEN_WRITE")) {
        g_file_set_contents(path, actual, -1, &error);
        g_assert_no_error(error);
    }
    g_file_get_contents(path, &expected, NULL, &error);
    g_assert_no_error(error);
    assert_same_text(actual, expected);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(goldens); i++) {
        g_autofree char *path = g_strdup_printf("/golden/%s", goldens[i].name);

        g_test_add_data_func(path, &goldens[i], test_golden);
    }
    return g_test_run();
}
