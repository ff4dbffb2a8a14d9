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

/* --- very much of one thing ------------------------------------------------------------------ */

#define XML_BEGIN                                                                                  \
    "<VPNProfile><NativeProfile><Servers>vpn.example.org</Servers>"                                \
    "<NativeProtocolType>IKEv2</NativeProtocolType></NativeProfile>"
#define PLIST_BEGIN                                                                                \
    "<plist version=\"1.0\"><dict><key>PayloadType</key><string>Configuration</string>"            \
    "<key>PayloadContent</key><array>"
#define JSON_BEGIN "{\"type\":\"ikev2-eap\",\"remote\":{\"addr\":\"vpn.example.org\"}"
#define PBK_BEGIN "[VPN]\nVpnStrategy=7\nMEDIA=rastapi\nPhoneNumber=vpn.example.org\n"

/* %u: a number that differs. */
static const struct {
    const char *name, *begin, *each, *end;
    bool refused;
} large[] = {
    {"elements.xml", XML_BEGIN, "<a%u/>", "</VPNProfile>", true},
    {"attributes.xml", "<VPNProfile", " a%u=\"\"", "><NativeProfile/></VPNProfile>", true},
    {"namespaces.xml", "<VPNProfile", " xmlns:a%u=\"u\"", "><NativeProfile/></VPNProfile>", true},
    {"escaped.xml", "&lt;VPNProfile&gt;", "&lt;a%u/&gt;", "&lt;/VPNProfile&gt;", true},
    {"script.ps1", "$a = '<VPNProfile>", "<a%u/>", "</VPNProfile>'", true},
    {"values.mobileconfig", PLIST_BEGIN, "<string>%u</string>", "</array></dict></plist>", true},
    {"keys.mobileconfig",
     PLIST_BEGIN "<dict>",
     "<key>%u</key><true/>",
     "</dict></array></dict></plist>",
     true},
    {"entities.mobileconfig",
     PLIST_BEGIN "<string>",
     "&amp;",
     "</string></array></dict></plist>",
     true},
    {"members.sswan", JSON_BEGIN, ",\"a%u\":1", "}", false},
    {"lists.sswan", JSON_BEGIN, ",\"a%u\":[]", "}", true},
    {"keys.pbk", PBK_BEGIN, "a%u=1\n", "", false},
    {"entries.pbk", PBK_BEGIN, "[a%u]\n", "", false},
    {"lines.pbk", PBK_BEGIN, "a%u\n", "", false},
};

static GString *
filled(const char *begin, const char *each, const char *end)
{
    GString *file = g_string_new(begin);
    const char *number = strstr(each, "%u");
    size_t before = number ? (size_t) (number - each) : strlen(each);

    for (unsigned i = 0; file->len + strlen(each) + 10 + strlen(end) < LARGE; i++) {
        g_string_append_len(file, each, (gssize) before);
        if (number)
            g_string_append_printf(file, "%u%s", i, number + strlen("%u"));
    }
    return g_string_append(file, end);
}

static void
test_large(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(large); i++) {
        GString *file = filled(large[i].begin, large[i].each, large[i].end);
        g_autoptr(GError) error = NULL;
        g_autoptr(NMConnection) connection = NULL;

        g_test_message("%s", large[i].name);
        connection = import_bytes(large[i].name, file->str, file->len, &error);
        if (large[i].refused)
            g_assert_error(error, FORMATS_ERROR, FORMATS_ERROR_BAD);
        else
            g_assert_no_error(error);
        g_string_free(file, TRUE);
    }
}

/* --- any editor's text ----------------------------------------------------------------------- */

static void
must_import(const char *name, const char *data, size_t len)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(NMConnection) connection = import_bytes(name, data, len, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(
        nm_setting_vpn_get_data_item(nm_connection_get_setting_vpn(connection), "gateway"),
        ==,
        "vpn.example.org");
}

static void
must_import_in(const char *name, const char *text, const char *charset, const char *mark)
{
    gsize len;
    g_autofree char *converted = g_convert(text, -1, charset, "UTF-8", NULL, &len, NULL);
    GString *file = g_string_new(mark);

    g_string_append_len(file, converted, (gssize) len);
    must_import(name, file->str, file->len);
    g_string_free(file, TRUE);
}

/* A mark at the beginning, sixteen bits a character, and lines that end as on an old Macintosh. */
static void
test_encodings(void)
{
    static const char *const files[][2] = {
        {"a.sswan", "{\r\"type\":\"ikev2-eap\",\r\"remote\":{\"addr\":\"vpn.example.org\"}}\r"},
        {"a.xml", XML_BEGIN "\r</VPNProfile>\r"},
        {"a.pbk", "[VPN]\rVpnStrategy=7\rMEDIA=rastapi\rPhoneNumber=vpn.example.org\r"},
        {"a.mobileconfig",
         PLIST_BEGIN "\r<dict><key>PayloadType</key><string>com.apple.vpn.managed</string>"
                     "<key>VPNType</key><string>IKEv2</string><key>IKEv2</key><dict>"
                     "<key>RemoteAddress</key>\r<string>vpn.example.org</string></dict></dict>"
                     "</array></dict></plist>\r"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        must_import_in(files[i][0], files[i][1], "UTF-8", "");
        must_import_in(files[i][0], files[i][1], "UTF-8", "\xef\xbb\xbf");
        must_import_in(files[i][0], files[i][1], "UTF-16LE", "\xff\xfe");
        must_import_in(files[i][0], files[i][1], "UTF-16BE", "\xfe\xff");
    }
}

/* --- others' --------------------------------------------------------------------------------- */

static void
test_others(void)
{
    static const char *const others[] = {
        "See the <VPNProfile> element.\n",
        "<html><body><pre>&lt;VPNProfile&gt;&lt;NativeProfile&gt; docs</pre></body></html>",
        "<html><body>&lt;VPNProfile&gt;&lt;/VPNProfile&gt;</body></html>",
        "<doc><p>A &lt;VPNProfile&gt; is what Windows reads.</p></doc>",
        "{\"tool\":\"x\",\"profiles\":{\"remote\":{\"url\":\"a\"},\"ikev2-eap\":1}}",
        "{\"name\":\"ikev2-notes\",\"type\":\"doc\",\"see\":[\"a\"]}",
        "{\"nm-ike\":\"a word\",\"type\":\"doc\"}",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        GString *file = g_string_new(others[i]);

        g_test_message("%s", others[i]);
        must_refuse("other.txt", file, FORMATS_ERROR_NOT_OURS);
        g_string_free(file, TRUE);
    }
}

int
main(int argc, char **argv)
{
    scratch_data_home();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/formats-parsers/digests", test_digests);
    g_test_add_func("/formats-parsers/large", test_large);
    g_test_add_func("/formats-parsers/encodings", test_encodings);
    g_test_add_func("/formats-parsers/others", test_others);
    return g_test_run();
}
