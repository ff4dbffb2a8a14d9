/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/formats.h"
#include "formats/import.h"
#include "lib/scratch.h"

#include <string.h>

/* What the parsers that others wrote are kept from. Most of these files would take them minutes,
 * the stack, or all memory: there is no clock in here, the tests' own time limit is one. */

enum {
    LARGE = 4 * 1024 * 1024 - 4096, /* bytes: what is larger is not read at all */
    DIGESTS = 250 * 1000,
};

static NMConnection *
import_bytes(const char *name, const void *data, size_t len, GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, len);

    return formats_import_bytes(name, g_get_user_data_dir(), bytes, error);
}

static void
must_refuse(const char *name, const GString *file, int code)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(file->len, <=, LARGE);
    g_assert_null(import_bytes(name, file->str, file->len, &error));
    g_assert_error(error, FORMATS_ERROR, code);
    g_test_message("%s", error->message);
}

/* --- signed messages ------------------------------------------------------------------------- */

/* DER, from the end to the beginning, as lengths are known then. */
static void
enclose(GString *content, uint8_t tag)
{
    const char header[] = {(char) tag,
                           (char) 0x84,
                           (char) (content->len >> 24),
                           (char) (content->len >> 16),
                           (char) (content->len >> 8),
                           (char) content->len};

    g_string_prepend_len(content, header, sizeof(header));
}

/* For each digest that a message names OpenSSL would call itself once more, and 250,000 are too
 * deep.
 */
static void
test_digests(void)
{
    static const uint8_t sha256[] = {
        0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
    enum {
        TYPE_AT = 4, /* of the sample, whose lengths have two bytes each: ContentInfo's type … */
        TYPE_LEN = 11,
        VERSION_AT = TYPE_AT + TYPE_LEN + 4 + 4, /* … SignedData's version … */
        VERSION_LEN = 3,
        DIGESTS_AT = VERSION_AT + VERSION_LEN, /* … and a set with a length of one byte */
    };
    g_autofree char *sample = g_test_build_filename(
        G_TEST_DIST, "..", "vectors", "profiles", "apple-signed.mobileconfig", NULL);
    g_autofree char *signed_by_one = NULL;
    GString *file = g_string_new(NULL);
    gsize len, rest_at;

    g_assert_true(g_file_get_contents(sample, &signed_by_one, &len, NULL));
    rest_at = DIGESTS_AT + 2 + (gsize) signed_by_one[DIGESTS_AT + 1];
    for (unsigned i = 0; i < DIGESTS; i++)
        g_string_append_len(file, (const char *) sha256, sizeof(sha256));
    enclose(file, 0x31);
    g_string_prepend_len(file, signed_by_one + VERSION_AT, VERSION_LEN);
    g_string_append_len(file, signed_by_one + rest_at, (gssize) (len - rest_at));
    enclose(file, 0x30);
    enclose(file, 0xa0);
    g_string_prepend_len(file, signed_by_one + TYPE_AT, TYPE_LEN);
    enclose(file, 0x30);
    must_refuse("digests.mobileconfig", file, FORMATS_ERROR_BAD);
    g_string_free(file, TRUE);
}

int
main(int argc, char **argv)
{
    scratch_data_home();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/formats-parsers/digests", test_digests);
    return g_test_run();
}
