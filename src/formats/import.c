/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/import.h"

#include "base/log.h"
#include "base/secret.h"
#include "formats/certificate-store.h"
#include "formats/formats.h"
#include "formats/network-keys.h"
#include "settings/connection-from-setting.h"
#include "settings/options.h"
#include "settings/vpn-type.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    MAX_NOTES = 64, /* lines: more is a file that is not what it says, and nobody reads them */
    MAX_NOTES_SIZE = 8 * 1024 - 1, /* bytes: NetworkManager takes no longer value in "user" */
    LAST_LINE_SIZE = 128,          /* bytes of it: "… and 12 more.", in any language */
    MAX_BLOB = 1024 * 1024, /* bytes: a chain of certificates with its key has a few thousand */
    MAX_ROUTES = 256, /* as many as the largest site files have, and NetworkManager stays quick */
    MAX_NAMES = 64,   /* name servers or domains: a resolver looks at three and at six */
};

typedef struct {
    const char *suffix;
    Secret content;
} Blob;

struct Import {
    char *folder;
    char *name;
    NMSettingVpn *vpn;
    GHashTable *blobs; /* key to Blob */
    NMSettingIPConfig *ip4, *ip6;
    GPtrArray *notes;
    unsigned n_more_notes; /* that there was no room for */
    char *joined_notes;
    char *gateway_fault; /* why the one that the file names was refused */
    bool autoconnect;
};

static void
blob_free(void *data)
{
    Blob *blob = data;

    secret_clear(&blob->content);
    g_free(blob);
}

static NMSettingIPConfig *
automatic(NMSetting *setting, const char *method)
{
    g_object_set(setting, NM_SETTING_IP_CONFIG_METHOD, method, NULL);
    return NM_SETTING_IP_CONFIG(setting);
}

Import *
import_new(const char *folder)
{
    Import *import = g_new0(Import, 1);

    import->folder = g_strdup(folder);
    import->vpn = NM_SETTING_VPN(nm_setting_vpn_new());
    g_object_set(import->vpn, NM_SETTING_VPN_SERVICE_TYPE, NM_IKE_SERVICE, NULL);
    import->blobs = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, blob_free);
    import->ip4 = automatic(nm_setting_ip4_config_new(), NM_SETTING_IP4_CONFIG_METHOD_AUTO);
    import->ip6 = automatic(nm_setting_ip6_config_new(), NM_SETTING_IP6_CONFIG_METHOD_AUTO);
    import->notes = g_ptr_array_new_with_free_func(g_free);
    return import;
}

void
import_free(Import *import)
{
    if (!import)
        return;
    g_free(import->folder);
    g_free(import->name);
    g_clear_object(&import->vpn);
    g_hash_table_unref(import->blobs);
    g_clear_object(&import->ip4);
    g_clear_object(&import->ip6);
    g_ptr_array_unref(import->notes);
    g_free(import->joined_notes);
    g_free(import->gateway_fault);
    g_free(import);
}

void
import_note(Import *import, const char *format, ...)
{
    g_autofree char *note = NULL;
    va_list args;

    va_start(args, format);
    note = g_strdup_vprintf(format, args);
    va_end(args);
    if (g_ptr_array_find_with_equal_func(import->notes, note, g_str_equal, NULL))
        return;
    if (import->notes->len < MAX_NOTES)
        g_ptr_array_add(import->notes, g_steal_pointer(&note));
    else
        import->n_more_notes++;
}

/* Words that have one of the telling ones in them, and are about something else. */
static void
blank_harmless(char *lower)
{
    static const char *const words[] = {"keyexchange",
                                        "keyingtries",
                                        "keylen",
                                        "keylife",
                                        "keysize",
                                        "rekey",
                                        "bypass",
                                        "mapping",
                                        "ipinterface"};

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        for (char *at; (at = strstr(lower, words[i]));)
            memset(at, ' ', strlen(words[i]));
    }
}

/* What a file says for a key that we don't know may be a password, and all users can read notes. */
static bool
may_be_secret(const char *theirs)
{
    static const char *const words[] = {
        "pass", "pwd", "psk", "ppk", "secret", "pin", "token", "key", "credential"};
    g_autofree char *lower = g_ascii_strdown(theirs, -1);

    blank_harmless(lower);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strstr(lower, words[i]))
            return true;
    }
    return false;
}

void
import_not_had(Import *import, const char *theirs, const char *value)
{
    bool said = value && *value && !may_be_secret(theirs);
    g_autofree char *key = log_safe_text(theirs, strlen(theirs));
    g_autofree char *safe = said ? log_safe_text(value, strlen(value)) : NULL;

    if (safe)
        import_note(import, _("“%s” (%s) is not supported and was left out."), key, safe);
    else
        import_note(import, _("“%s” is not supported and was left out."), key);
}

/* The lines as one value that NetworkManager takes; n_more are already missing. */
static char *
joined(const GPtrArray *lines, unsigned n_more)
{
    GString *text = g_string_new(NULL);
    guint n = 0;

    for (; n < lines->len; n++) {
        const char *line = lines->pdata[n];

        if (text->len + strlen(line) + 1 + LAST_LINE_SIZE > MAX_NOTES_SIZE)
            break;
        g_string_append_printf(text, "%s%s", n > 0 ? "\n" : "", line);
    }
    n_more += lines->len - n;
    if (n_more > 0)
        g_string_append_printf(
            text,
            g_dngettext(GETTEXT_PACKAGE, "%s… and %u more.", "%s… and %u more.", n_more),
            text->len > 0 ? "\n" : "",
            n_more);
    return g_string_free(text, FALSE);
}

const char *
import_notes(Import *import)
{
    g_free(import->joined_notes);
    import->joined_notes = joined(import->notes, import->n_more_notes);
    return import->joined_notes;
}

const char *
import_notes_of(NMConnection *connection)
{
    NMSetting *user = nm_connection_get_setting(connection, NM_TYPE_SETTING_USER);

    return user ? nm_setting_user_get_data(NM_SETTING_USER(user), IMPORT_NOTES_KEY) : NULL;
}

void
import_add_notes(NMConnection *connection, const char *notes)
{
    const char *before = import_notes_of(connection);
    g_autofree char *all = before ? g_strconcat(before, "\n", notes, NULL) : g_strdup(notes);
    g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    NMSetting *user;

    for (char **line = lines; *line; line++)
        g_ptr_array_add(list, *line);
    text = joined(list, 0);
    if (!*text)
        return;
    user = nm_connection_get_setting(connection, NM_TYPE_SETTING_USER);
    if (!user)
        nm_connection_add_setting(connection, user = nm_setting_user_new());
    if (!nm_setting_user_set_data(NM_SETTING_USER(user), IMPORT_NOTES_KEY, text, &error))
        g_warning("the notes about an import could not be kept: %s", error->message);
}

void
import_set_name(Import *import, const char *name)
{
    g_autofree char *safe = log_safe_text(name, strlen(name));

    g_strstrip(safe);
    if (!*safe)
        return;
    g_free(import->name);
    import->name = g_steal_pointer(&safe);
}

/* What is said of a value that cannot be taken, and why; NULL: why says the value itself. */
static void
note_bad_value(Import *import, const char *theirs, const char *value, const char *why)
{
    bool said = value && *value && !may_be_secret(theirs);
    g_autofree char *safe = log_safe_text(theirs, strlen(theirs));
    g_autofree char *safe_value = said ? log_safe_text(value, strlen(value)) : NULL;

    if (said)
        import_note(import, _("“%s” (%s) was left out: %s"), safe, safe_value, why);
    else
        import_note(import, _("“%s” was left out: %s"), safe, why);
}

void
import_set(Import *import, const char *key, const char *value, const char *theirs)
{
    g_autoptr(ConnectionConfig) config = connection_config_new();
    const Option *option = option_by_key(key);
    g_autoptr(GError) error = NULL;
    const char *why;

    g_return_if_fail(option);
    if (!value || !*value)
        return;
    if (option_parse(option, value, config, &error)) {
        nm_setting_vpn_add_data_item(import->vpn, key, value);
        return;
    }
    why = option_reason(option, value, error);
    note_bad_value(import, theirs, why == error->message ? NULL : value, why);
    if (strcmp(key, "gateway") == 0) {
        g_free(import->gateway_fault);
        import->gateway_fault = g_strdup(why);
    }
}

void
import_set_number(Import *import, const char *key, uint64_t value, const char *theirs)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);

    import_set(import, key, text, theirs);
}

void
import_set_unless_default(Import *import, const char *key, uint64_t value, const char *theirs)
{
    const Option *option = option_by_key(key);
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);

    g_return_if_fail(option);
    if (g_strcmp0(option->default_text, text) != 0)
        import_set(import, key, text, theirs);
}

static NetworkSettings
network_of(const Import *import)
{
    return (NetworkSettings){import->vpn, {import->ip4, import->ip6}, import->autoconnect};
}

char *
import_network_text(Import *import, const char *key)
{
    NetworkSettings network = network_of(import);

    return network_key_text(&network, key);
}

static void
set_network(Import *import, const char *key, const char *value)
{
    NetworkSettings network = network_of(import);

    if (!network_key_read(&network, key, value))
        import_not_had(import, key, value);
    import->autoconnect = network.autoconnect;
}

void
import_set_own(Import *import, const char *key, const char *value)
{
    if (is_network_key(key))
        set_network(import, key, value);
    else if (option_by_key(key))
        import_set(import, key, value, key);
    else
        import_not_had(import, key, value);
}

void
import_unset(Import *import, const char *key)
{
    if (is_network_key(key))
        set_network(import, key, "");
    nm_setting_vpn_remove_data_item(import->vpn, key);
    g_hash_table_remove(import->blobs, key);
}

const char *
import_get(const Import *import, const char *key)
{
    return nm_setting_vpn_get_data_item(import->vpn, key);
}

static void
set_flags(Import *import, const char *key, NMSettingSecretFlags flags)
{
    nm_setting_set_secret_flags(NM_SETTING(import->vpn), key, flags, NULL);
}

void
import_set_secret(Import *import, const char *key, const char *text)
{
    if (!text || !*text)
        return;
    if (strpbrk(text, "\r\n")) {
        import_note(import, _("The secret “%s” has a line break in it and was left out."), key);
        return;
    }
    if (!g_utf8_validate(text, -1, NULL)) {
        import_note(import, _("The secret “%s” is no text and was left out."), key);
        return;
    }
    nm_setting_vpn_add_secret(import->vpn, key, text);
    set_flags(import, key, NM_SETTING_SECRET_FLAG_NONE);
}

void
import_set_secret_flags(Import *import, const char *key, NMSettingSecretFlags flags)
{
    set_flags(import, key, flags);
}

void
import_set_blob(Import *import, const char *key, Bytes blob, const char *suffix)
{
    Blob *entry;

    if (blob.len == 0)
        return;
    if (blob.len > MAX_BLOB) {
        note_bad_value(import, key, NULL, _("it is larger than any certificate"));
        return;
    }
    entry = g_new0(Blob, 1);
    entry->suffix = suffix;
    entry->content = secret_copy(blob);
    g_hash_table_replace(import->blobs, (gpointer) key, entry);
}

void
import_set_file(Import *import, const char *key, const char *name, const char *theirs)
{
    g_autofree char *whole = NULL;

    if (!name || !*name)
        return;
    if (g_str_has_prefix(name, "pkcs11:") || g_path_is_absolute(name))
        whole = g_strdup(name);
    else
        whole = g_build_filename(import->folder, name, NULL);
    import_set(import, key, whole, theirs);
}

void
import_add_name_server(Import *import, const char *address, const char *theirs)
{
    IpAddress read;
    NMSettingIPConfig *ip;

    if (!ip_address_from_text(address, &read)) {
        note_bad_value(import, theirs, address, _("it is no address"));
        return;
    }
    ip = read.family == FAMILY_IPV6 ? import->ip6 : import->ip4;
    if (nm_setting_ip_config_get_num_dns(ip) < MAX_NAMES)
        nm_setting_ip_config_add_dns(ip, address);
    else
        note_bad_value(import, theirs, address, _("there are more than 64 of them"));
}

void
import_add_domain(Import *import, const char *domain, const char *theirs)
{
    if (!is_search_domain(domain))
        note_bad_value(import, theirs, domain, _("it is no domain"));
    else if (nm_setting_ip_config_get_num_dns_searches(import->ip4) >= MAX_NAMES)
        note_bad_value(import, theirs, domain, _("there are more than 64 of them"));
    else
        nm_setting_ip_config_add_dns_search(import->ip4, domain);
}

void
import_add_route(Import *import, const char *network, const char *theirs)
{
    NMSettingIPConfig *ip;
    NMIPRoute *route;
    IpPrefix prefix;
    char address[IP_TEXT_SIZE];
    bool ipv6;

    if (!ip_prefix_from_text(network, &prefix)) {
        note_bad_value(import, theirs, network, _("it is no network"));
        return;
    }
    ipv6 = prefix.address.family == FAMILY_IPV6;
    ip = ipv6 ? import->ip6 : import->ip4;
    if (nm_setting_ip_config_get_num_routes(ip) >= MAX_ROUTES) {
        note_bad_value(import, theirs, network, _("there are more than 256 routes"));
        return;
    }
    ip_address_to_text(&prefix.address, address);
    route = nm_ip_route_new(ipv6 ? AF_INET6 : AF_INET, address, prefix.len, NULL, -1, NULL);
    if (route) {
        nm_setting_ip_config_add_route(ip, route);
        nm_ip_route_unref(route);
    }
}

void
import_ignore_dns(Import *import)
{
    g_object_set(import->ip4, NM_SETTING_IP_CONFIG_IGNORE_AUTO_DNS, TRUE, NULL);
    g_object_set(import->ip6, NM_SETTING_IP_CONFIG_IGNORE_AUTO_DNS, TRUE, NULL);
}

void
import_never_default(Import *import)
{
    g_object_set(import->ip4, NM_SETTING_IP_CONFIG_NEVER_DEFAULT, TRUE, NULL);
    g_object_set(import->ip6, NM_SETTING_IP_CONFIG_NEVER_DEFAULT, TRUE, NULL);
}

void
import_set_persistent(Import *import)
{
    g_object_set(import->vpn, NM_SETTING_VPN_PERSISTENT, TRUE, NULL);
}

void
import_set_autoconnect(Import *import)
{
    import->autoconnect = true;
}

static bool
store_blobs(Import *import, GError **error)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, import->blobs);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const Blob *blob = value;
        /* PKCS#12 is certificate and key in one file. */
        const char *kind = strcmp(blob->suffix, "p12") == 0 ? "identity" : key;
        g_autofree char *path =
            certificate_store(import->name, kind, blob->suffix, secret_view(&blob->content), error);

        if (!path)
            return false;
        import_set(import, key, path, key);
    }
    return true;
}

/* Whose secret the file lacks is asked, and the keyring keeps the answer, if the file says nothing
 * else. */
static void
default_flags(Import *import, const char *key)
{
    g_autofree char *flags_key = g_strconcat(key, "-flags", NULL);

    if (!nm_setting_vpn_get_secret(import->vpn, key) && !import_get(import, flags_key))
        set_flags(import, key, NM_SETTING_SECRET_FLAG_AGENT_OWNED);
}

ConnectionConfig *
import_login(const Import *import)
{
    ConnectionConfig *config = connection_config_new();
    const char *version = import_get(import, "ike-version");
    const char *method = import_get(import, "method");

    if (version)
        option_parse(option_by_key("ike-version"), version, config, NULL);
    config->method = connection_config_default_method(config);
    if (method)
        option_parse(option_by_key("method"), method, config, NULL);
    return config;
}

static bool
asks_for_password(Import *import)
{
    NMSettingSecretFlags flags = NM_SETTING_SECRET_FLAG_NONE;

    if (option_eap_tls(import_get(import, "eap")) == EAP_TLS_ALONE)
        return false;
    nm_setting_get_secret_flags(NM_SETTING(import->vpn), "password", &flags, NULL);
    return !(flags & NM_SETTING_SECRET_FLAG_NOT_REQUIRED);
}

static void
fill_in_flags(Import *import)
{
    g_autoptr(ConnectionConfig) config = import_login(import);
    bool by_password = asks_for_password(import);

    if (option_applies(option_by_key("psk"), config))
        default_flags(import, "psk");
    if (option_applies(option_by_key("password"), config) && by_password)
        default_flags(import, "password");
    /* A key's password is asked for only if it is encrypted; EAP rarely has a key. */
    if (option_applies(option_by_key("key-password"), config) && import_get(import, "key"))
        default_flags(import, "key-password");
    /* No file knows whether the gateway has questions of its own. */
    if (option_applies(option_by_key("answer-flags"), config) && !import_get(import, "answer-flags")
        && by_password)
        import_set(import, "answer-flags", "2", "answer-flags");
}

static NMConnection *
connection_of(Import *import)
{
    NMConnection *connection = nm_simple_connection_new();
    NMSetting *setting = nm_setting_connection_new();
    g_autofree char *uuid = nm_utils_uuid_generate();

    g_object_set(setting,
                 NM_SETTING_CONNECTION_ID,
                 import->name,
                 NM_SETTING_CONNECTION_UUID,
                 uuid,
                 NM_SETTING_CONNECTION_TYPE,
                 NM_SETTING_VPN_SETTING_NAME,
                 NM_SETTING_CONNECTION_AUTOCONNECT,
                 (gboolean) import->autoconnect,
                 NULL);
    nm_connection_add_setting(connection, setting);
    nm_connection_add_setting(connection, g_object_ref(NM_SETTING(import->vpn)));
    nm_connection_add_setting(connection, g_object_ref(NM_SETTING(import->ip4)));
    nm_connection_add_setting(connection, g_object_ref(NM_SETTING(import->ip6)));
    return connection;
}

static void
refuse_without_gateway(Import *import, GError **error)
{
    if (import->gateway_fault)
        g_set_error(error,
                    FORMATS_ERROR,
                    FORMATS_ERROR_BAD,
                    _("“%s” names no gateway that could be used: %s"),
                    import->name,
                    import->gateway_fault);
    else
        g_set_error(
            error, FORMATS_ERROR, FORMATS_ERROR_BAD, _("“%s” names no gateway."), import->name);
}

/* What is missing, in words of the user's: the editor has a place for it. */
static void
note_fault(Import *import, const char *key, const GError *fault)
{
    const Option *option = key ? option_by_key(key) : NULL;

    if (fault->code == SETTINGS_ERROR_MISSING && g_strcmp0(key, "cert") == 0)
        import_note(import,
                    _("The profile needs a certificate of yours with its key, which is not in the "
                      "file: choose it."));
    else
        import_note(import,
                    _("With this the profile would not work yet: %s"),
                    option ? option_reason(option, import_get(import, key), fault)
                           : fault->message);
}

NMConnection *
import_finish(Import *import, GError **error)
{
    g_autoptr(GError) fault = NULL;
    NMConnection *connection;
    const char *key = NULL;

    if (!import->name)
        import_set_name(import, "VPN");
    if (!import_get(import, "gateway")) {
        refuse_without_gateway(import, error);
        return NULL;
    }
    if (!store_blobs(import, error))
        return NULL;
    fill_in_flags(import);
    if (!profile_check(import->vpn, &key, &fault))
        note_fault(import, key, fault);
    connection = connection_of(import);
    import_add_notes(connection, import_notes(import));
    return connection;
}
