/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/ipsec-conf.h"

#include "base/log.h"
#include "base/secret.h"
#include "formats/file-text.h"
#include "formats/formats.h"
#include "formats/internal.h"
#include "formats/ipsec-secrets.h"
#include "formats/ipsec-words.h"
#include "model/address.h"
#include "settings/regular-file.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

/* ipsec.conf(5) of strongSwan (before swanctl) and libreswan: the first connection of the file that
 * is a client's, with the secrets of the ipsec.secrets beside it. */

enum {
    MAX_SECRETS_SIZE = 1024 * 1024, /* bytes: with keys of users by the thousand */
    MAX_OTHERS = 16,                /* connections whose names are said */
};

static void
end_entry_free(void *data)
{
    IpsecEntry *entry = data;

    g_free(entry->key);
    g_free(entry->value);
    g_free(entry);
}

/* --- which end is ours ------------------------------------------------------------------------ */

/* "%any", "%defaultroute", "0.0.0.0": whoever, or whatever address this host has. */
static bool
is_one_host(const char *text)
{
    IpAddress address;

    if (!text || !*text || *text == '%' || strpbrk(text, "/,"))
        return false;
    return !ip_address_from_text(text, &address)
           || (strcmp(text, "0.0.0.0") != 0 && strcmp(text, "::") != 0);
}

static const char *
end_value(const GPtrArray *merged, const char *side, const char *key)
{
    g_autofree char *whole = g_strconcat(side, key, NULL);

    return ipsec_conf_value(merged, whole);
}

/* An address is asked for with this word. */
static bool
asks_for_address(const GPtrArray *merged, const char *side)
{
    const char *source = end_value(merged, side, "sourceip");

    return source && *source == '%';
}

/* "left" is ours, by habit of all examples. The other way round it is if only "right" can be this
 * host: it has whatever address, and is configured as a client. */
static bool
is_right_ours(const GPtrArray *merged)
{
    const char *left = ipsec_conf_value(merged, "left");
    const char *right = ipsec_conf_value(merged, "right");

    if (!is_one_host(left) || is_one_host(right))
        return false;
    return g_strcmp0(right, "%defaultroute") == 0
           || (asks_for_address(merged, "right") && !end_value(merged, "left", "xauthserver"));
}

/* L2TP is a protocol of its own inside, and its port gives it away. */
static bool
carries_l2tp(const GPtrArray *merged)
{
    static const char *const keys[] = {"leftprotoport", "rightprotoport"};

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *value = ipsec_conf_value(merged, keys[i]);

        if (value && (g_str_has_suffix(value, "/1701") || g_str_has_suffix(value, "/l2tp")))
            return true;
    }
    return false;
}

static bool
is_client(const GPtrArray *merged)
{
    bool we_are_right = is_right_ours(merged);
    const char *theirs = we_are_right ? "left" : "right";
    const char *xauth = ipsec_conf_value(merged, "xauth");

    return is_one_host(end_value(merged, theirs, "")) && g_strcmp0(xauth, "server") != 0
           && !words_are_yes(end_value(merged, we_are_right ? "right" : "left", "xauthserver"))
           && !words_are_yes(end_value(merged, we_are_right ? "right" : "left", "modecfgserver"));
}

/* "leftid" as "our-id", or "their-id". */
static char *
key_from_our_end(const char *key, bool we_are_right)
{
    bool left = g_str_has_prefix(key, "left"), right = g_str_has_prefix(key, "right");

    if (!left && !right)
        return g_strdup(key);
    return g_strconcat(
        right == we_are_right ? "our-" : "their-", key + strlen(left ? "left" : "right"), NULL);
}

static GPtrArray *
from_our_end(const GPtrArray *merged, bool we_are_right)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(end_entry_free);

    for (guint i = 0; i < merged->len; i++) {
        const IpsecEntry *said = merged->pdata[i];
        IpsecEntry *entry = g_new0(IpsecEntry, 1);

        *entry = (IpsecEntry){key_from_our_end(said->key, we_are_right), g_strdup(said->value)};
        g_ptr_array_add(entries, entry);
    }
    return entries;
}

const char *
ipsec_connection_value(const IpsecConnection *self, const char *key)
{
    const char *value = ipsec_conf_value(self->entries, key);

    return value && *value ? value : NULL;
}

/* --- whose words ------------------------------------------------------------------------------ */

static bool
has_any(const IpsecConnection *self, const char *const *keys)
{
    for (; *keys; keys++) {
        if (ipsec_connection_value(self, *keys))
            return true;
    }
    return false;
}

static bool
is_libreswan(const IpsecConnection *self)
{
    static const char *const keys[] = {"ikev2",           "our-xauthclient",  "our-modecfgclient",
                                       "modecfgpull",     "remote-peer-type", "phase2alg",
                                       "salifetime",      "our-username",     "our-xauthusername",
                                       "our-subnets",     "their-subnets",    "our-rsasigkey",
                                       "their-rsasigkey", "encapsulation",    "narrowing",
                                       "ike-frag",        "aggrmode",         "pfs",
                                       "ipsec-interface", "vti-interface",    NULL};
    const char *exchange = ipsec_connection_value(self, "keyexchange");

    return !(exchange && g_str_has_prefix(exchange, "ikev")) && has_any(self, keys);
}

/* IKEv1 is what the words say, or what cannot be meant otherwise. */
static bool
is_v1(const IpsecConnection *self)
{
    static const char *const never[] = {"no", "never", "permit", NULL};
    static const char *const v1_only[] = {"our-xauthclient",
                                          "xauth",
                                          "xauth-identity",
                                          "our-xauthusername",
                                          "aggressive",
                                          "aggrmode",
                                          NULL};
    const char *exchange = ipsec_connection_value(self, "keyexchange");
    const char *ikev2 = ipsec_connection_value(self, "ikev2");
    const char *authby = ipsec_connection_value(self, "authby");
    const char *second = ipsec_connection_value(self, "our-auth2");

    if (exchange && g_str_has_prefix(exchange, "ikev"))
        return strcmp(exchange, "ikev1") == 0;
    if (ikev2)
        return g_strv_contains(never, ikev2);
    return has_any(self, v1_only) || (authby && g_str_has_prefix(authby, "xauth"))
           || (second && g_str_has_prefix(second, "xauth"));
}

/* --- the secrets beside it -------------------------------------------------------------------- */

/* Where keys are whose names are not whole. */
static char *
keys_folder(const char *folder)
{
    return strcmp(folder, "/etc") == 0 ? g_strdup("/etc/ipsec.d/private") : g_strdup(folder);
}

static void
read_secrets(IpsecConnection *self)
{
    g_autofree char *path = g_build_filename(self->folder, "ipsec.secrets", NULL);
    g_autofree char *folder = keys_folder(self->folder);
    g_autoptr(GPtrArray) list = kept_secrets_new();
    g_auto(Secret) content = {0};
    int failed = -regular_file_read(path, MAX_SECRETS_SIZE, &content);
    g_autoptr(GBytes) bytes = g_bytes_new_static(content.data, content.len);
    char *text = failed ? NULL : file_text(bytes);

    if (text)
        kept_secrets_read_file(list, self->import, text, folder);
    else if (failed && failed != ENOENT && failed != ENOTDIR)
        import_note(self->import,
                    _("The secrets beside the file could not be read (%s: %s)."),
                    path,
                    g_strerror(failed));
    secret_free_text(text);
    kept_secrets_apply(list, self->import);
}

/* --- the file --------------------------------------------------------------------------------- */

/* One authority of the file's, if the connection has none. */
static void
read_authorities(IpsecConnection *self)
{
    const IpsecSection *only = NULL;
    unsigned n = 0;

    for (guint i = 0; i < self->sections->len; i++) {
        const IpsecSection *section = self->sections->pdata[i];

        if (strcmp(section->kind, "ca") != 0 || strcmp(section->name, "%default") == 0)
            continue;
        only = section;
        n++;
    }
    if (n == 1 && !import_get(self->import, "ca")) {
        const char *file = ipsec_conf_value(only->entries, "cacert");
        bool system = strcmp(self->folder, "/etc") == 0 && file && !g_path_is_absolute(file);
        g_autofree char *path =
            system ? g_build_filename("/etc/ipsec.d/cacerts", file, NULL) : NULL;

        import_set_file(self->import, "ca", path ? path : file, "cacert");
    } else if (n > 0) {
        import_not_had(self->import, "ca", only->name);
    }
}

static void
check_authority(IpsecConnection *self)
{
    const char *method = import_get(self->import, "method");

    words_note_any_gateway(self->import);
    if (!method || strncmp(method, "psk", 3) == 0 || import_get(self->import, "ca"))
        return;
    import_note(self->import,
                _("The file does not name the authority of the gateway's certificate: the system's "
                  "are taken. If the gateway's is another one, choose it."));
}

static void
read_connection(IpsecConnection *self, const IpsecSection *section, const GPtrArray *merged)
{
    g_autoptr(GPtrArray) entries = NULL;

    self->we_are_right = is_right_ours(merged);
    self->entries = entries = from_our_end(merged, self->we_are_right);
    self->libreswan = is_libreswan(self);
    self->v1 = is_v1(self);
    import_set_name(self->import, section->name);
    import_set(self->import, "gateway", ipsec_connection_value(self, "their-"), "right");
    import_set(self->import, "ike-version", self->v1 ? "1" : "2", "keyexchange");
    ipsec_connection_read(self);
    read_authorities(self);
    read_secrets(self);
    check_authority(self);
}

/* What other connections refer to by "also" is no connection by itself. */
static bool
is_part(const GPtrArray *sections, const char *name)
{
    for (guint i = 0; i < sections->len; i++) {
        const IpsecSection *section = sections->pdata[i];
        const char *also = ipsec_conf_value(section->entries, "also");

        if (also && strcmp(also, name) == 0)
            return true;
    }
    return strcmp(name, "%default") == 0;
}

static bool
says_anything(const IpsecSection *section)
{
    return ipsec_conf_value(section->entries, "left") || ipsec_conf_value(section->entries, "right")
           || ipsec_conf_value(section->entries, "also");
}

static void
note_other(Import *import, const IpsecSection *section)
{
    g_autofree char *name = log_safe_text(section->name, strlen(section->name));

    import_note(import, _("The file has another connection, “%s”, which was left out."), name);
}

/* NULL, with a sentence: all of them wait for others. What the connection says is in *out_merged.
 */
static const IpsecSection *
choose_connection(const GPtrArray *sections, Import *import, GPtrArray **out_merged, GError **error)
{
    const IpsecSection *chosen = NULL;
    bool l2tp = false;
    unsigned n = 0;

    for (guint i = 0; i < sections->len; i++) {
        const IpsecSection *section = sections->pdata[i];
        g_autoptr(GPtrArray) merged = NULL;

        if (strcmp(section->kind, "conn") != 0 || is_part(sections, section->name))
            continue;
        merged = ipsec_conf_merged(sections, section);
        l2tp = l2tp || (is_client(merged) && carries_l2tp(merged));
        if (!chosen && is_client(merged) && !carries_l2tp(merged)) {
            chosen = section;
            *out_merged = g_steal_pointer(&merged);
        } else if (says_anything(section) && n++ < MAX_OTHERS) {
            note_other(import, section);
        }
    }
    if (!chosen)
        g_set_error_literal(error,
                            FORMATS_ERROR,
                            FORMATS_ERROR_UNSUPPORTED,
                            l2tp ? _("it is the IPsec half of a connection with L2TP, which is not "
                                     "supported. Many such gateways have IPsec with XAuth or IKEv2 "
                                     "too: ask for that.")
                                 : _("no connection in it names a gateway that this computer could "
                                     "call: it is the configuration of a server."));
    return chosen;
}

static bool
ipsec_conf_read(const FormatFile *file, Import *import, GError **error)
{
    g_autoptr(GPtrArray) sections = ipsec_conf_sections(file->text, import);
    g_autoptr(GPtrArray) merged = NULL;
    const IpsecSection *chosen = choose_connection(sections, import, &merged, error);
    const IpsecSection *setup = ipsec_conf_find(sections, "config", "setup");
    IpsecConnection self = {.import = import, .sections = sections, .folder = file->folder};

    if (!chosen)
        return false;
    read_connection(&self, chosen, merged);
    if (setup && setup->entries->len > 0)
        import_not_had(import, "config setup", NULL);
    return true;
}

/* "conn NAME", and not what a program says: "conn = connect(host)". Of the line's len characters:
 * to the end of the file it is far. */
static bool
begins_connection(const char *line, size_t len)
{
    const size_t word = strlen("conn");
    size_t name;

    if (len <= word || strncmp(line, "conn", word) != 0
        || (line[word] != ' ' && line[word] != '\t'))
        return false;
    name = word + strspn(line + word, " \t");
    if (name >= len)
        return false;
    return line[name] == '"'
           || (!memchr(line + name, '=', len - name) && !memchr(line + name, '(', len - name));
}

/* A line that begins, at its first column, with "conn NAME", and an indented one with '='. */
static bool
recognises(const FormatFile *file)
{
    bool connection = false;

    for (const char *at = file->text; at;) {
        size_t len = strcspn(at, "\n");

        if (begins_connection(at, len))
            connection = true;
        else if (connection && (*at == ' ' || *at == '\t') && memchr(at, '=', len))
            return true;
        at = at[len] ? at + len + 1 : NULL;
    }
    return false;
}

const Format format_ipsec_conf = {
    .name = N_("an ipsec.conf"),
    .suffix = ".conf",
    .recognises = recognises,
    .read = ipsec_conf_read,
};
