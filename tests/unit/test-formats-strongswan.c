/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/formats.h"
#include "formats/ipsec-secrets.h"
#include "formats/ipsec-words.h"
#include "formats/strongswan-conf.h"
#include "lib/scratch.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

/* What lies under swanctl.conf and ipsec.conf: the language, the words, the secrets; whole files
 * are tried by test-formats.c. */

/* --- strongswan.conf's language --------------------------------------------------------------- */

static const char language[] =
    "# a comment { \"\n"
    "plain = a b   c # the rest is a comment\n"
    "quoted = \"a # b } { = \\\"q\\\" \\\\ \\n\\t\\x\"\n"
    "joined = one \"two  three\" four\n"
    "broken = \"one \\\n two\"\n"
    "empty =\n"
    "twice = 1\ntwice = 2\n"
    "base { key = from base\n other = base's\n inner { deep = 1\n both = base } }\n"
    "s : base, missing { key = own # nm-ike not=ours\n"
    " # nm-ike name=\"My #1\"\n"
    " # nm-ike mtu=1300\n"
    " inner { both = own } one-line { x = y } }\n"
    "s { later = yes }\n"
    "braced\n{\n}\n"
    "include other.conf\n"
    "include = no file\n";

static void
must_be(const ConfSection *section, const char *key, const char *value)
{
    g_assert_nonnull(section);
    g_assert_cmpstr(conf_value(section, key), ==, value);
}

static void
test_language(void)
{
    g_autoptr(GPtrArray) includes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(ConfSection) root = conf_parse(language, includes, &error);
    const ConfSection *s;

    g_assert_no_error(error);
    must_be(root, "plain", "a b c");
    must_be(root, "quoted", "a # b } { = \"q\" \\ \n\tx");
    must_be(root, "joined", "one two  three four");
    must_be(root, "broken", "one  two");
    must_be(root, "empty", "");
    must_be(root, "twice", "2");
    must_be(root, "include", "no file");
    g_assert_cmpuint(includes->len, ==, 1);
    g_assert_cmpstr(includes->pdata[0], ==, "other.conf");
    s = conf_child(root, "s");
    must_be(s, "key", "own");
    must_be(s, "other", "base's");
    must_be(s, "later", "yes");
    must_be(s, "nothing", NULL);
    must_be(conf_child(s, "inner"), "both", "own");
    must_be(conf_child(s, "inner"), "deep", "1");
    must_be(conf_child(s, "one-line"), "x", "y");
    g_assert_cmpstr(conf_own(s, "name"), ==, "My #1");
    g_assert_cmpstr(conf_own(s, "mtu"), ==, "1300");
    g_assert_nonnull(conf_child(root, "braced"));
}

static const struct {
    const char *text, *line;
} bad[] = {
    {"a {\n b = 1\n", "line 3"},
    {"}\n", "line 1"},
    {"\n\na = \"open\n", "line 4"},
    {"name\n", "line 2"},
    {"= x\n", "line 1"},
    {"\"a\" = x\n", "line 1"},
    {"a : b = c\n", "line 1"},
};

static void
test_bad(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GPtrArray) includes = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GError) error = NULL;

        g_assert_null(conf_parse(bad[i].text, includes, &error));
        g_test_message("%s", error->message);
        g_assert_true(g_str_has_prefix(error->message, bad[i].line));
    }
}

static void
test_quoted(void)
{
    static const char *const values[] = {"",
                                         "plain",
                                         "two words",
                                         " ends ",
                                         "# { } = \" \\",
                                         "line\nbreak\ttab\rreturn",
                                         "DOMAIN\\user",
                                         "\\",
                                         "\"",
                                         "C=CH, CN=x"};

    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autofree char *quoted = conf_quoted(values[i]);
        g_autofree char *text = g_strconcat("a { key = ", quoted, " }\n", NULL);
        g_autoptr(GPtrArray) includes = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(ConfSection) root = conf_parse(text, includes, NULL);

        g_assert_nonnull(root);
        must_be(conf_child(root, "a"), "key", values[i]);
    }
}

/* --- words ------------------------------------------------------------------------------------ */

static void
test_seconds(void)
{
    static const struct {
        const char *text;
        uint64_t seconds;
    } good[] = {{"0", 0}, {"90", 90}, {"90s", 90}, {"3m", 180}, {"2h", 7200}, {"1d", 86400}};
    static const char *const wrong[] = {"", "h", "1w", "-1", "1 h", "1.5h", "99999999999"};
    uint64_t seconds;

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_assert_true(words_read_seconds(good[i].text, &seconds));
        g_assert_cmpuint(seconds, ==, good[i].seconds);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_false(words_read_seconds(wrong[i], &seconds));
}

static void
test_identities(void)
{
    static const struct {
        const char *theirs, *ours;
    } identities[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"2001:db8::1", "2001:db8::1"},
        {"gw.example.org", "gw.example.org"},
        {"@gw.example.org", "@gw.example.org"},
        {"@@me@example.org", "me@example.org"},
        {"@[Group Name]", "keyid:Group Name"},
        {"@#0a0b", "@#0a0b"},
        {"@~3000", NULL},
        {"keyid:office", "keyid:office"},
        {"keyid:#0a0b", "@#0a0b"},
        {"fqdn:gw", "@gw"},
        {"dns:gw", "@gw"},
        {"email:me@example.org", "me@example.org"},
        {"email:me", "userfqdn:me"},
        {"email:@me", "userfqdn:@me"},
        {"userfqdn:C=a@b", "userfqdn:C=a@b"},
        {"email:keyid:a@b", "userfqdn:keyid:a@b"},
        {"@@me", "userfqdn:me"},
        {"asn1dn:C=CH, CN=x", "C=CH, CN=x"},
        {"asn1dn:#3000", NULL},
        {"ipv4:#0a000001", NULL},
        {"{2}:gw", NULL},
        {"C=CH, CN=*", NULL},
        {"*@example.org", NULL},
        {"/C=CH/O=Example/CN=gw", "C=CH, O=Example, CN=gw"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(identities); i++) {
        g_autofree char *ours = words_identity(identities[i].theirs);

        g_assert_cmpstr(ours, ==, identities[i].ours);
    }
}

/* A "%" before a name, and words that begin with one. */
static void
test_percent(void)
{
    static const struct {
        const char *key, *theirs;
        bool strongswan;
        const char *ours;
        bool note;
    } rows[] = {
        {"local-id", "%client", true, "client", false},
        {"remote-id", "%gw.example.org", true, "gw.example.org", false},
        {"remote-id", "%@gw.example.org", true, "@gw.example.org", false},
        {"remote-id", "%C=CH, CN=gw", true, "C=CH, CN=gw", false},
        {"remote-id", "%*.example.org", true, NULL, true},
        {"remote-id", "%", true, NULL, true},
        {"remote-id", "%any", true, "%any", false},
        {"remote-id", "%any6", true, "%any", false},
        {"local-id", "%any", true, NULL, false},
        {"local-id", "%fromcert", true, NULL, false},
        {"local-id", "%myid", true, NULL, true},
        {"local-id", "%fromcert", false, NULL, false},
        {"local-id", "%none", false, NULL, false},
        {"remote-id", "%any", false, "%any", false},
        {"remote-id", "%null", false, NULL, true},
        {"local-id", "%client", false, NULL, true},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Import) import = import_new("/");
        const char *text =
            rows[i].strongswan ? words_bare_identity(rows[i].theirs) : rows[i].theirs;

        words_set_identity(import, rows[i].key, text, "id");
        g_assert_cmpstr(import_get(import, rows[i].key), ==, rows[i].ours);
        g_assert_true((*import_notes(import) != '\0') == rows[i].note);
    }
}

static void
test_secret_texts(void)
{
    static const struct {
        const char *value, *text;
    } secrets[] = {
        {"plain", "plain"},
        {"", ""},
        {"0x666f6f", "foo"},
        {"0x666", NULL},
        {"0xzz", NULL},
        {"0x00", NULL},
        {"0xff", NULL},
        {"0sZm9v", "foo"},
        {"0s", NULL},
        {"0", "0"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++) {
        g_autofree char *text = words_secret_text(secrets[i].value);

        g_assert_cmpstr(text, ==, secrets[i].text);
    }
}

typedef struct {
    bool v1;
    AuthRounds rounds;
    const char *method, *eap;
    bool notes;
} MethodRow;

static const MethodRow methods[] = {
    {true, {"psk", NULL, "psk"}, "psk"},
    {true, {"psk", "xauth", "psk"}, "psk-xauth"},
    {true, {"psk", "xauth-generic", NULL}, "psk-xauth"},
    {true, {"pubkey", NULL, "pubkey"}, "cert"},
    {true, {"rsa-2048", "xauth", "pubkey"}, "cert-xauth"},
    {true, {"xauth", NULL, "pubkey"}, "hybrid-xauth"},
    {true, {"eap", NULL, "pubkey"}, NULL, NULL, true},
    {false, {"psk", NULL, "psk"}, "psk"},
    {false, {"psk", NULL, "pubkey"}, "psk", NULL, true},
    {false, {"eap", NULL, "psk"}, "eap", NULL, true},
    {false, {"ike:rsa/pss", NULL, "ecdsa-384"}, "cert"},
    {false, {"eap-mschapv2", NULL, "pubkey"}, "eap", "mschapv2"},
    {false, {"eap-ttls:rsa-2048", NULL, "pubkey-sha256"}, "eap", "ttls"},
    {false, {"eap-dynamic", NULL, "pubkey"}, "eap"},
    {false, {"eap-aka", NULL, "pubkey"}, "eap", NULL, true},
    {false, {"pubkey", "eap-gtc", "pubkey"}, "cert-eap", "gtc"},
    {false, {"psk", "eap", "psk"}, "psk-eap"},
    {false, {"psk", "xauth", "psk"}, NULL, NULL, true},
    {false, {"null", NULL, "null"}, NULL, NULL, true},
};

static void
test_methods(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        g_autoptr(Import) import = import_new("/");

        import_set(import, "ike-version", methods[i].v1 ? "1" : "2", "version");
        words_set_method(import, &methods[i].rounds, methods[i].v1, "auth");
        g_assert_cmpstr(import_get(import, "method"), ==, methods[i].method);
        g_assert_cmpstr(import_get(import, "eap"), ==, methods[i].eap);
        g_assert_true((*import_notes(import) != '\0') == methods[i].notes);
    }
}

static void
test_proposals(void)
{
    static const struct {
        const char *theirs, *ours, *note;
    } lists[] = {
        {"aes256-sha256-modp2048", "aes256-sha256-modp2048", ""},
        {"aes256-sha256-modp2048 , aes128-sha1-modp1024!",
         "aes256-sha256-modp2048 , aes128-sha1-modp1024",
         ""},
        {"default", NULL, ""},
        {"aes256-sha256-modp2048,default", "aes256-sha256-modp2048", "default"},
        {"nonsense-sha1,aes128-sha1-modp1024", "aes128-sha1-modp1024", "nonsense"},
        {"nonsense", NULL, "nonsense"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autoptr(Import) import = import_new("/");

        words_set_proposals(import, "ike-proposals", lists[i].theirs, "proposals");
        g_assert_cmpstr(import_get(import, "ike-proposals"), ==, lists[i].ours);
        g_assert_nonnull(strstr(import_notes(import), lists[i].note));
        g_assert_true((*lists[i].note == '\0') == (*import_notes(import) == '\0'));
    }
}

/* What stands in brackets is taken as well as it can be, and the network always is. */
static void
test_selectors(void)
{
    static const struct {
        const char *theirs, *ours;
        const char *note; /* NULL: none */
    } lists[] = {
        {"10.1.0.0/16", "10.1.0.0/16", NULL},
        {"10.1.0.0/16[tcp/80]", "10.1.0.0/16[tcp/80]", NULL},
        {"10.1.0.0/16[tcp/80-90]", "10.1.0.0/16[tcp]", "80-90"},
        {"10.1.0.0/16[tcp]", "10.1.0.0/16[tcp]", NULL},
        {"10.1.0.0/16[tcp/]", "10.1.0.0/16[tcp]", NULL},
        {"10.1.0.0/16[tcp/%any]", "10.1.0.0/16[tcp]", NULL},
        {"10.1.0.0/16[udp/any]", "10.1.0.0/16[udp]", NULL},
        {"10.1.0.0/16[]", "10.1.0.0/16", NULL},
        {"10.1.0.0/16[%any/%any]", "10.1.0.0/16", NULL},
        {"10.1.0.0/16[any]", "10.1.0.0/16", NULL},
        {"10.1.0.5-10.1.0.9[17/%any]", "10.1.0.5-10.1.0.9[17]", NULL},
        {"10.1.0.0/16[tcp/no-such-service]", "10.1.0.0/16[tcp]", "no-such-service"},
        {"10.1.0.0/16[tcp/%opaque]", "10.1.0.0/16[tcp]", "opaque"},
        {"10.1.0.0/16[tcp/80-]", "10.1.0.0/16[tcp]", "80-"},
        {"10.1.0.0/16[tcp/99999]", "10.1.0.0/16[tcp]", "99999"},
        {"10.1.0.0/16[/53]", "10.1.0.0/16", "[/53]"},
        {"10.1.0.0/16[%any/53]", "10.1.0.0/16", "%any/53"},
        {"10.1.0.0/16[no-such-protocol/80]", "10.1.0.0/16", "no-such-protocol"},
        {"10.1.0.0/16[256]", "10.1.0.0/16", "256"},
        {"10.1.0.0/16[tcp/80", "10.1.0.0/16", "[tcp/80"},
        {"2001:db8::/32[/53],10.1.0.0/16[tcp/22]", "2001:db8::/32,10.1.0.0/16[tcp/22]", "[/53]"},
        {"gateway.example.org[tcp/80]", NULL, "gateway.example.org"},
        {"[tcp/80]", NULL, "[tcp/80]"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autoptr(Import) import = import_new("/");

        g_test_message("%s", lists[i].theirs);
        words_set_selectors(import, "remote-ts", lists[i].theirs, "remote_ts");
        g_assert_cmpstr(import_get(import, "remote-ts"), ==, lists[i].ours);
        g_assert_true((*import_notes(import) != '\0') == (lists[i].note != NULL));
        if (lists[i].note)
            g_assert_nonnull(strstr(import_notes(import), lists[i].note));
    }
}

/* A service by its name: its port, where the machine knows it. */
static void
test_services(void)
{
    static const struct {
        const char *protocol, *service;
    } services[] = {{"tcp", "http"}, {"udp", "domain"}, {"6", "tftp"}};

    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        const char *protocol = services[i].protocol, *service = services[i].service;
        const struct servent *known = getservbyname(service, NULL);
        g_autofree char *theirs = g_strdup_printf("10.1.0.0/16[%s/%s]", protocol, service);
        g_autofree char *with_port =
            known ? g_strdup_printf("10.1.0.0/16[%s/%u]", protocol, ntohs((uint16_t) known->s_port))
                  : g_strdup_printf("10.1.0.0/16[%s]", protocol);
        g_autoptr(Import) import = import_new("/");

        words_set_selectors(import, "local-ts", theirs, "local_ts");
        g_assert_cmpstr(import_get(import, "local-ts"), ==, with_port);
        g_assert_true((*import_notes(import) != '\0') == (known == NULL));
    }
}

/* As many as the option takes are taken, whatever else there is. */
static void
test_many_selectors(void)
{
    g_autoptr(Import) import = import_new("/");
    g_autoptr(GString) list = g_string_new("nonsense");
    g_auto(GStrv) taken = NULL;

    for (int i = 0; i < 200; i++)
        g_string_append_printf(list, ",10.0.%d.0/24", i);
    words_set_selectors(import, "remote-ts", list->str, "remote_ts");
    taken = g_strsplit(import_get(import, "remote-ts"), ",", -1);
    g_assert_cmpuint(g_strv_length(taken), ==, 64);
    g_assert_cmpstr(taken[0], ==, "10.0.0.0/24");
    g_assert_cmpstr(taken[63], ==, "10.0.63.0/24");
    g_assert_nonnull(strstr(import_notes(import), "nonsense"));
    g_assert_nonnull(strstr(import_notes(import), "has more than 64 parts"));
    g_assert_null(strstr(import_notes(import), "10.0.0.0/24"));
}

/* A connection with n children whose networks are joined, and two that are others. */
static NMConnection *
import_children(unsigned n)
{
    g_autoptr(GString) text =
        g_string_new("connections { a { remote_addrs = h.example\n children {\n"
                     "by { mode = pass\n remote_ts = 192.0.2.0/24 }\n");
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;
    NMConnection *connection;

    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(text, "c%u { remote_ts = 10.%u.%u.0/24 }\n", i, i / 256, i % 256);
    g_string_append(text, "other { mode = transport\n remote_ts = 198.51.100.0/24 } } } }\n");
    bytes = g_bytes_new(text->str, text->len);
    connection = formats_import_bytes("a.conf", "/", bytes, &error);
    g_assert_no_error(error);
    return connection;
}

static void
test_children(void)
{
    static const struct {
        unsigned n, taken;
        const char *note;
    } rows[] = {
        {1, 1}, {2, 2}, {64, 64}, {65, 64, "has more than 64 parts"}, {1300, 64, "more than"}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(NMConnection) connection = import_children(rows[i].n);
        NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);
        g_auto(GStrv) taken = g_strsplit(nm_setting_vpn_get_data_item(vpn, "remote-ts"), ",", -1);
        g_auto(GStrv) notes = g_strsplit(import_notes_of(connection), "\n", -1);
        g_auto(GStrv) about = g_strsplit(import_notes_of(connection), "remote_ts", -1);

        g_assert_cmpuint(g_strv_length(taken), ==, rows[i].taken);
        g_assert_cmpstr(taken[0], ==, "10.0.0.0/24");
        g_assert_true(g_str_has_prefix(notes[0], "“children.by”"));
        g_assert_true(g_str_has_prefix(notes[1], "“children.other”"));
        g_assert_cmpuint(g_strv_length(about), ==, rows[i].note ? 2 : 1);
        if (rows[i].note)
            g_assert_nonnull(strstr(about[1], rows[i].note));
    }
}

/* --- secrets ---------------------------------------------------------------------------------- */

/* The key is the connection's if it has a certificate to show. */
static void
test_keys(void)
{
    static const struct {
        const char *method, *eap, *cert, *secrets;
        const char *out_cert, *out_key, *out_password;
    } rows[] = {
        {"eap", "tls", NULL, ": P12 me.p12 'pw'", "/f/me.p12", "/f/me.p12", "pw"},
        {"eap", "tls", NULL, ": P12 me.p12", "/f/me.p12", "/f/me.p12", NULL},
        {"eap", "tls", NULL, ": P12 me.p12 %prompt", "/f/me.p12", "/f/me.p12", NULL},
        {"eap", "tls", NULL, ": P12 a.p12\n: P12 b.p12", NULL, NULL, NULL},
        {"eap", "tls", "/f/me.pem", ": RSA me.key 'pw'", "/f/me.pem", "/f/me.key", "pw"},
        {"eap", "mschapv2", NULL, ": P12 me.p12 'pw'", NULL, NULL, NULL},
        {"eap", NULL, NULL, ": P12 me.p12 'pw'", NULL, NULL, NULL},
        {"cert", NULL, NULL, ": P12 me.p12 'pw'", "/f/me.p12", "/f/me.p12", "pw"},
        {"psk", NULL, NULL, ": P12 me.p12 'pw'", NULL, NULL, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Import) import = import_new("/f");
        g_autoptr(GPtrArray) list = kept_secrets_new();
        g_autoptr(NMConnection) connection = NULL;

        import_set(import, "gateway", "192.0.2.1", "right");
        import_set(import, "ike-version", "2", "keyexchange");
        import_set(import, "method", rows[i].method, "leftauth");
        import_set(import, "eap", rows[i].eap, "leftauth");
        import_set(import, "cert", rows[i].cert, "leftcert");
        kept_secrets_read_file(list, import, rows[i].secrets, "/f");
        kept_secrets_apply(list, import);
        g_assert_cmpstr(import_get(import, "cert"), ==, rows[i].out_cert);
        g_assert_cmpstr(import_get(import, "key"), ==, rows[i].out_key);
        connection = import_finish(import, NULL);
        g_assert_cmpstr(
            nm_setting_vpn_get_secret(nm_connection_get_setting_vpn(connection), "key-password"),
            ==,
            rows[i].out_password);
    }
}

/* --- secrets through a file ------------------------------------------------------------------- */

/* A pre-shared key of any signs is the same on the other side of a swanctl.conf. */
static void
test_psk_survives(void)
{
    static const char *const keys[] = {"plain",
                                       "two words",
                                       "#hash {brace} = \"quote\" \\back",
                                       "0x666f6f",
                                       "0sZm9v",
                                       "0Xyz",
                                       "%any",
                                       "Schlüssel"};

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autoptr(NMConnection) connection = NULL;
        g_autoptr(NMConnection) again = NULL;
        g_autoptr(Import) import = import_new("/");
        g_autofree char *path = g_build_filename(g_get_user_data_dir(), "out.conf", NULL);
        g_autoptr(GError) error = NULL;

        import_set_name(import, "a name with # and {");
        import_set(import, "gateway", "192.0.2.1", "gateway");
        import_set(import, "ike-version", "1", "version");
        import_set(import, "method", "psk", "method");
        import_set(import, "local-id", "keyid:my group", "id");
        import_set_secret(import, "psk", keys[i]);
        connection = import_finish(import, &error);
        g_assert_no_error(error);
        g_assert_true(formats_export(connection, path, &error));
        g_assert_no_error(error);
        again = formats_import(path, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(nm_connection_get_id(again), ==, "a name with # and {");
        g_assert_cmpstr(
            nm_setting_vpn_get_secret(nm_connection_get_setting_vpn(again), "psk"), ==, keys[i]);
        g_assert_null(nm_connection_get_setting(again, NM_TYPE_SETTING_USER)); /* no note */
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    scratch_data_home();
    g_assert_cmpint(g_mkdir_with_parents(g_get_user_data_dir(), 0700), ==, 0);
    g_test_add_func("/formats/strongswan/language", test_language);
    g_test_add_func("/formats/strongswan/bad", test_bad);
    g_test_add_func("/formats/strongswan/quoted", test_quoted);
    g_test_add_func("/formats/strongswan/seconds", test_seconds);
    g_test_add_func("/formats/strongswan/identities", test_identities);
    g_test_add_func("/formats/strongswan/percent", test_percent);
    g_test_add_func("/formats/strongswan/secret-texts", test_secret_texts);
    g_test_add_func("/formats/strongswan/methods", test_methods);
    g_test_add_func("/formats/strongswan/proposals", test_proposals);
    g_test_add_func("/formats/strongswan/selectors", test_selectors);
    g_test_add_func("/formats/strongswan/services", test_services);
    g_test_add_func("/formats/strongswan/many-selectors", test_many_selectors);
    g_test_add_func("/formats/strongswan/children", test_children);
    g_test_add_func("/formats/strongswan/keys", test_keys);
    g_test_add_func("/formats/strongswan/psk-survives", test_psk_survives);
    return g_test_run();
}
