/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/options.h"
#include "formats/formats.h"
#include "settings/connection-from-setting.h"
#include "settings/vendor-defaults.h"
#include "settings/vpn-type.h"

#include <stdio.h>
#include <string.h>

/* Good values for every option of the table, the profiles that they are put into, and what must
 * come out of an editor, a file of another program, and the service's reader. A new option is here
 * by itself; if it is a text, it needs a sample below.
 *
 * "options plan FOLDER" writes FOLDER/N.base for each case, and says "N KEY VALUE", apart by tabs.
 *
 * "options keys" says the options.
 *
 * "options check FOLDER KEY" looks at what the hosts (host.c) left there of that option, and says
 * what is wrong.
 *
 * In FOLDER, N.3 and N.4 are saved by the editor of GTK 3 and GTK 4 when the value was set in it,
 * N.34 and N.43 by the other one, which opened them; shown.34 and shown.43 have "N" and what its
 * widget showed, in turns. */

#define SAMPLE_FILE "@FOLDER@/certificate.pem"

/* Texts that a person may type, apart by '|'. */
static const struct {
    const char *key;
    const char *samples;
} samples[] = {
    {"gateway", "vpn.example.org|192.0.2.1|2001:db8::1"},
    {"user", "alice|Ärger, \"quoted\"; #5|user@example.org|dom\\user"},
    {"local-id",
     "keyid:office|me@example.org|gw.example.org|192.0.2.7|C=CH, O=Example, "
     "CN=me|@#0a0b|userfqdn:me"},
    {"remote-id", "vpn.example.org|%any|C=CH, CN=gateway|@#0102ff"},
    {"ca", SAMPLE_FILE},
    {"cert", SAMPLE_FILE "|pkcs11:token=card;object=mine"},
    {"key", SAMPLE_FILE},
    {"eap", "mschapv2|tls,ttls|auto"},
    {"psk-flags", "0|1|2|4"},
    {"password-flags", "0|1|2|4"},
    {"user-flags", "0|1|2"},
    {"key-password-flags", "0|1|2|4"},
    {"ike-proposals", "aes256-sha256-modp2048|aes128-sha1-modp1024,3des-sha1-modp1024"},
    {"esp-proposals", "aes256gcm16|aes256-sha256-modp2048,aes128-sha1"},
    {"pfs", "auto|no|modp2048"},
    {"addresses", "10.1.2.3/24|10.1.2.3/24, 2001:db8::7/64"},
    {"local-ts", "10.1.0.0/16"},
    {"remote-ts", "10.0.0.0/8|10.0.0.0/8[tcp/443], 2001:db8::/32"},
};

#define SECRET_SAMPLE "s3cret, with = and ; and #, ö"

/* Profiles that an option may be in: the first one that has a use for it is taken. */
static const char *const contexts[] = {
    "gateway=vpn.example.org;ike-version=1",
    "gateway=vpn.example.org;eap=mschapv2,tls",
    "gateway=vpn.example.org",
    "gateway=vpn.example.org;ike-version=1;user=alice",
    "gateway=vpn.example.org;ike-version=1;mode=aggressive;local-id=keyid:office;user=alice",
    "gateway=vpn.example.org;user=alice;cert=" SAMPLE_FILE ";key=" SAMPLE_FILE,
    "gateway=vpn.example.org;ike-version=1;method=cert-xauth;user=alice;cert=" SAMPLE_FILE
    ";key=" SAMPLE_FILE,
    "gateway=vpn.example.org;ike-version=1;addressing=static;addresses=10.9.9.9/24;user=alice",
    "gateway=vpn.example.org;ike-version=1;ipsec-mode=transport;user=alice",
    "gateway=vpn.example.org;ike-version=1;dpd-timeout=86400",
    "gateway=vpn.example.org;ike-version=1;dpd-delay=1",
};

typedef struct {
    const Option *option;
    char *value;
    NMSettingVpn *base, *expected;
} Case;

static void
case_free(void *data)
{
    Case *c = data;

    g_free(c->value);
    g_clear_object(&c->base);
    g_clear_object(&c->expected);
    g_free(c);
}

/* --- values -------------------------------------------------------------------------------- */

static char *
in_folder(const char *text, const char *folder)
{
    GString *whole = g_string_new(text);

    g_string_replace(whole, "@FOLDER@", folder, 0);
    return g_string_free(whole, FALSE);
}

static void
add_number(GPtrArray *values, uint64_t number)
{
    g_ptr_array_add(values, g_strdup_printf("%" G_GUINT64_FORMAT, number));
}

static void
add_samples(GPtrArray *values, const Option *option, const char *folder)
{
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_auto(GStrv) texts = g_strsplit(samples[i].samples, "|", -1);

        for (char **text = texts; *text && strcmp(samples[i].key, option->key) == 0; text++)
            g_ptr_array_add(values, in_folder(*text, folder));
    }
}

static GPtrArray *
values_of(const Option *option, const char *folder)
{
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);

    for (const OptionChoice *choice = option->choices; choice && choice->keyword; choice++)
        g_ptr_array_add(values, g_strdup(choice->keyword));
    if (option->kind == OPTION_NUMBER) {
        add_number(values, option->least);
        add_number(values, option->least + (option->most - option->least) / 3);
        add_number(values, option->most);
    } else if (option->kind == OPTION_SECRET) {
        g_ptr_array_add(values, g_strdup(SECRET_SAMPLE));
    } else if (option->kind == OPTION_TEXT) {
        add_samples(values, option, folder);
    }
    return values;
}

/* --- profiles ------------------------------------------------------------------------------ */

static NMSettingVpn *
setting_of(const char *text, const char *folder)
{
    NMSettingVpn *setting = NM_SETTING_VPN(nm_setting_vpn_new());
    g_autofree char *whole = in_folder(text, folder);
    g_auto(GStrv) items = g_strsplit(whole, ";", -1);

    g_object_set(setting, NM_SETTING_VPN_SERVICE_TYPE, NM_IKE_SERVICE, NULL);
    for (char **item = items; *item; item++) {
        g_auto(GStrv) pair = g_strsplit(*item, "=", 2);

        nm_setting_vpn_add_data_item(setting, pair[0], pair[1]);
    }
    return setting;
}

static ConnectionConfig *
config_of(NMSettingVpn *setting)
{
    ConnectionConfig *config = connection_config_new();
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        const char *text = nm_setting_vpn_get_data_item(setting, option->key);

        if (text)
            option_parse(option, text, config, NULL);
    }
    if (!nm_setting_vpn_get_data_item(setting, "method"))
        config->method = config->ike_version == IKE_VERSION_1 ? METHOD_PSK_XAUTH : METHOD_EAP;
    return config;
}

static void
put(NMSettingVpn *setting, const Option *option, const char *value)
{
    if (option->kind == OPTION_SECRET)
        nm_setting_vpn_add_secret(setting, option->key, value);
    else
        nm_setting_vpn_add_data_item(setting, option->key, value);
}

static bool
is_default(NMSettingVpn *setting, const Option *option, const char *value)
{
    const char *version = nm_setting_vpn_get_data_item(setting, "ike-version");

    if (strcmp(option->key, "method") == 0)
        return strcmp(value, g_strcmp0(version, "1") == 0 ? "psk-xauth" : "eap") == 0;
    return g_strcmp0(value, option->default_text) == 0;
}

/* No widget has them: what a gateway asks for in the middle is asked for each time, and that nobody
 * keeps it is written by the editor without a word. */
static bool
has_widget(const Option *option)
{
    return strcmp(option->key, "answer") != 0 && strcmp(option->key, "answer-flags") != 0;
}

/* What a vendor brings, what has lost its use, and what nobody keeps. */
static void
follow(NMSettingVpn *setting, const Option *changed, const char *value)
{
    g_autoptr(ConnectionConfig) config = NULL;
    const Option *option;

    if (strcmp(changed->key, "vendor") == 0) {
        for (const VendorDefault *fill = vendor_defaults(value); fill->key; fill++) {
            if (!nm_setting_vpn_get_data_item(setting, fill->key))
                nm_setting_vpn_add_data_item(setting, fill->key, fill->value);
        }
    }
    nm_setting_vpn_add_data_item(setting, "answer-flags", "2");
    config = config_of(setting);
    for (size_t i = 0; (option = option_at(i)); i++) {
        if (!option_applies(option, config)) {
            nm_setting_vpn_remove_data_item(setting, option->key);
            nm_setting_vpn_remove_secret(setting, option->key);
        }
    }
}

static NMSettingVpn *
expected_of(NMSettingVpn *base, const Option *option, const char *value)
{
    NMSettingVpn *expected = NM_SETTING_VPN(nm_setting_duplicate(NM_SETTING(base)));

    if (is_default(base, option, value))
        nm_setting_vpn_remove_data_item(expected, option->key);
    else
        put(expected, option, value);
    follow(expected, option, value);
    return expected;
}

static bool
has(NMSettingVpn *setting, const Option *option, const char *value)
{
    if (is_default(setting, option, value))
        return true;
    return g_strcmp0(value,
                     option->kind == OPTION_SECRET
                         ? nm_setting_vpn_get_secret(setting, option->key)
                         : nm_setting_vpn_get_data_item(setting, option->key))
           == 0;
}

static bool
fits(Case *c, const char *context, const char *folder)
{
    g_autoptr(NMSettingVpn) base = setting_of(context, folder);
    g_autoptr(NMSettingVpn) expected = expected_of(base, c->option, c->value);
    g_autoptr(ConnectionConfig) config = config_of(expected);

    if (!option_applies(c->option, config) || !has(expected, c->option, c->value)
        || !profile_check(expected, NULL, NULL))
        return false;
    c->base = g_steal_pointer(&base);
    c->expected = g_steal_pointer(&expected);
    return true;
}

/* A default must be seen to come: something else is there before. */
static void
begin_with_another(Case *c)
{
    const OptionChoice *choice = c->option->choices;

    if (!is_default(c->expected, c->option, c->value) || !choice)
        return;
    while (choice->keyword && strcmp(choice->keyword, c->value) == 0)
        choice++;
    if (choice->keyword && strcmp(c->option->key, "ike-version") != 0
        && strcmp(c->option->key, "method") != 0)
        put(c->base, c->option, choice->keyword);
}

static Case *
case_new(const Option *option, const char *value, const char *folder)
{
    Case *c = g_new0(Case, 1);

    c->option = option;
    c->value = g_strdup(value);
    for (size_t i = 0; i < G_N_ELEMENTS(contexts) && !c->base; i++)
        fits(c, contexts[i], folder);
    if (c->base)
        begin_with_another(c);
    return c;
}

/* In the table's order, so that a number means the same in each run. */
static GPtrArray *
cases_of(const char *folder)
{
    GPtrArray *cases = g_ptr_array_new_with_free_func(case_free);
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        g_autoptr(GPtrArray) values = values_of(option, folder);

        for (guint j = 0; j < values->len && has_widget(option); j++)
            g_ptr_array_add(cases, case_new(option, values->pdata[j], folder));
    }
    return cases;
}

/* --- files --------------------------------------------------------------------------------- */

static NMConnection *
connection_of(NMSettingVpn *setting)
{
    NMConnection *connection = nm_simple_connection_new();
    NMSetting *general = nm_setting_connection_new();
    NMSetting *ipv4 = nm_setting_ip4_config_new(), *ipv6 = nm_setting_ip6_config_new();

    g_object_set(general,
                 NM_SETTING_CONNECTION_ID,
                 "office",
                 NM_SETTING_CONNECTION_UUID,
                 "12345678-1234-4234-8234-123456789abc",
                 NM_SETTING_CONNECTION_TYPE,
                 NM_SETTING_VPN_SETTING_NAME,
                 NULL);
    g_object_set(ipv4, NM_SETTING_IP_CONFIG_METHOD, NM_SETTING_IP4_CONFIG_METHOD_AUTO, NULL);
    g_object_set(ipv6, NM_SETTING_IP_CONFIG_METHOD, NM_SETTING_IP6_CONFIG_METHOD_AUTO, NULL);
    nm_connection_add_setting(connection, general);
    nm_connection_add_setting(connection, ipv4);
    nm_connection_add_setting(connection, ipv6);
    nm_connection_add_setting(connection, nm_setting_duplicate(NM_SETTING(setting)));
    return connection;
}

static bool
write_base(const Case *c, const char *path, GError **error)
{
    g_autoptr(NMConnection) connection = connection_of(c->base);
    g_autoptr(GKeyFile) file =
        nm_keyfile_write(connection, NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL, error);

    return file && g_key_file_save_to_file(file, path, error);
}

static NMSettingVpn *
read_setting(const char *path, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(NMConnection) connection = NULL;

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, error))
        return NULL;
    connection = nm_keyfile_read(file, "/", NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL, error);
    return connection ? g_object_ref(nm_connection_get_setting_vpn(connection)) : NULL;
}

/* --- what must be true --------------------------------------------------------------------- */

static int
compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void
add_data_cb(const char *key, const char *value, gpointer items)
{
    g_ptr_array_add(items, g_strdup_printf("%s=%s", key, value));
}

static void
add_secret_cb(const char *key, const char *value, gpointer items)
{
    g_ptr_array_add(items, g_strdup_printf("!%s=%s", key, value));
}

static char *
text_of(NMSettingVpn *setting)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);

    nm_setting_vpn_foreach_data_item(setting, add_data_cb, items);
    nm_setting_vpn_foreach_secret(setting, add_secret_cb, items);
    g_ptr_array_sort(items, compare);
    g_ptr_array_add(items, NULL);
    return g_strjoinv("; ", (char **) items->pdata);
}

/* Says what differs; true: nothing. */
static bool
is_same(const Case *c, NMSettingVpn *found, const char *where)
{
    g_autofree char *expected = text_of(c->expected);
    g_autofree char *actual = text_of(found);

    if (strcmp(expected, actual) == 0)
        return true;
    printf("%s=%s, %s:\n    expected %s\n    found    %s\n",
           c->option->key,
           c->value,
           where,
           expected,
           actual);
    return false;
}

static bool
is_saved(const Case *c, const char *folder, guint number, const char *suffix, const char *where)
{
    g_autofree char *path = g_strdup_printf("%s/%u.%s", folder, number, suffix);
    g_autoptr(GError) error = NULL;
    g_autoptr(NMSettingVpn) found = read_setting(path, &error);

    if (found)
        return is_same(c, found, where);
    printf("%s=%s, %s: nothing was saved\n", c->option->key, c->value, where);
    return false;
}

static bool
is_shown(const Case *c, const char *folder, guint number, const char *suffix, const char *where)
{
    g_autofree char *path = g_strdup_printf("%s/shown.%s", folder, suffix);
    g_autofree char *text = NULL;
    g_autofree char *begin = g_strdup_printf("\ncase %u\nshown ", number);
    const char *found;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL) || !(found = strstr(text, begin))) {
        printf("%s=%s, %s: not shown\n", c->option->key, c->value, where);
        return false;
    }
    lines = g_strsplit(found + strlen(begin), "\n", 2);
    /* A default stands in an entry in grey. */
    if (strcmp(lines[0], c->value) == 0
        || (!*lines[0] && is_default(c->expected, c->option, c->value)))
        return true;
    printf("%s=%s, %s: shown as \"%s\"\n", c->option->key, c->value, where, lines[0]);
    return false;
}

/* What the service says of it: good, or that it is not built yet. */
static bool
is_read_by_the_service(const Case *c)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ConnectionConfig) config = connection_config_from_setting(c->expected, &error);

    if (config || g_error_matches(error, SETTINGS_ERROR, SETTINGS_ERROR_UNSUPPORTED))
        return true;
    printf("%s=%s, the service: %s\n", c->option->key, c->value, error->message);
    return false;
}

/* A password and a key's password are not passed on, and who keeps a secret is not another's
 * affair. */
static NMSettingVpn *
without_private_things(NMSettingVpn *setting)
{
    NMSettingVpn *copy = NM_SETTING_VPN(nm_setting_duplicate(NM_SETTING(setting)));
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        if (g_str_has_suffix(option->key, "-flags"))
            nm_setting_vpn_remove_data_item(copy, option->key);
        if (option->kind == OPTION_SECRET && strcmp(option->key, "psk") != 0)
            nm_setting_vpn_remove_secret(copy, option->key);
    }
    return copy;
}

/* True too, and *out_refused, if the format says that it cannot have it. */
static bool
survives(const Case *c, const char *path, bool *out_refused)
{
    g_autoptr(NMConnection) connection = connection_of(c->expected);
    g_autoptr(NMConnection) back = NULL;
    g_autoptr(NMSettingVpn) found = NULL;
    g_autoptr(GError) error = NULL;
    Case rest = *c;
    bool same;

    *out_refused = !formats_export(connection, path, &error);
    if (*out_refused)
        return true;
    back = formats_import(path, &error);
    if (!back) {
        printf("%s=%s, %s: %s\n", c->option->key, c->value, path, error->message);
        return false;
    }
    rest.expected = without_private_things(c->expected);
    found = without_private_things(nm_connection_get_setting_vpn(back));
    same = is_same(&rest, found, path);
    g_object_unref(rest.expected);
    return same;
}

static bool
survives_other_programs(const Case *c, const char *folder)
{
    static const char *const suffixes[] = {".vpn", ".pcf", ".sswan", ".conf"};
    bool same = true;
    size_t refusals = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = g_strconcat(folder, "/exported", suffixes[i], NULL);
        bool refused;

        same = survives(c, path, &refused) && same;
        refusals += refused;
    }
    if (refusals == G_N_ELEMENTS(suffixes)) {
        printf("%s=%s: no format takes it\n", c->option->key, c->value);
        return false;
    }
    return same;
}

static bool
is_good(const Case *c, const char *folder, guint number)
{
    bool good;

    if (!c->base) {
        printf("%s=%s: no profile has a use for it (contexts)\n", c->option->key, c->value);
        return false;
    }
    good = is_saved(c, folder, number, "3", "set in GTK 3");
    good = is_saved(c, folder, number, "4", "set in GTK 4") && good;
    good = is_saved(c, folder, number, "34", "set in GTK 3, saved by GTK 4") && good;
    good = is_saved(c, folder, number, "43", "set in GTK 4, saved by GTK 3") && good;
    good = is_shown(c, folder, number, "34", "set in GTK 3, in GTK 4") && good;
    good = is_shown(c, folder, number, "43", "set in GTK 4, in GTK 3") && good;
    good = survives_other_programs(c, folder) && good;
    return is_read_by_the_service(c) && good;
}

static int
check(const char *folder, const char *key)
{
    g_autoptr(GPtrArray) cases = cases_of(folder);
    guint looked_at = 0;
    bool good = true;

    for (guint i = 0; i < cases->len; i++) {
        const Case *c = cases->pdata[i];

        if (strcmp(c->option->key, key) != 0)
            continue;
        looked_at++;
        good = is_good(c, folder, i) && good;
    }
    if (looked_at == 0)
        printf("%s has no sample: add one (samples)\n", key);
    return good && looked_at > 0 ? 0 : 1;
}

static int
plan(const char *folder)
{
    g_autoptr(GPtrArray) cases = cases_of(folder);

    for (guint i = 0; i < cases->len; i++) {
        const Case *c = cases->pdata[i];
        g_autofree char *path = g_strdup_printf("%s/%u.base", folder, i);
        g_autoptr(GError) error = NULL;

        if (c->base && !write_base(c, path, &error)) {
            fprintf(stderr, "options: %s\n", error->message);
            return 1;
        }
        if (c->base)
            printf("%u\t%s\t%s\n", i, c->option->key, c->value);
    }
    return 0;
}

int
main(int argc, char **argv)
{
    const Option *option;

    if (argc == 2 && strcmp(argv[1], "keys") == 0) {
        for (size_t i = 0; (option = option_at(i)); i++) {
            if (has_widget(option))
                printf("%s\n", option->key);
        }
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "plan") == 0)
        return plan(argv[2]);
    if (argc == 4 && strcmp(argv[1], "check") == 0)
        return check(argv[2], argv[3]);
    fprintf(stderr, "options plan FOLDER | keys | check FOLDER KEY\n");
    return 2;
}
