/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "base/secret.h"
#include "formats/cisco.h"
#include "formats/file-text.h"
#include "formats/formats.h"
#include "formats/internal.h"
#include "formats/key-values.h"
#include "formats/network-keys.h"
#include "model/algorithms.h"
#include "model/identity.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What vpnc reads, as "vpnc --long-help" lists it, with words of its scripts and of older versions.
 * A line is a word, of several words, then white space and the value. */

enum {
    MAX_LINES_TO_TELL = 64, /* lines that are looked at to tell whose file it is */
    DEFAULT_DH_GROUP = 2,
    DEFAULT_IDLE = 600, /* seconds of silence until vpnc asks for a sign of life */
    ANSWER_TIME = 60,   /* seconds that it has to come */
    DEFAULT_PORT = 500,
    MAX_TARGETS = 256,
    MOST_IDLE = 24 * 60 * 60 - ANSWER_TIME,
};

/* One that begins another stands behind it. */
static const char *const words[] = {
    "IPSec gateway",
    "IPSec ID",
    "IPSec secret",
    "IPSec obfuscated secret",
    "IPSEC target network",
    "Xauth username",
    "Xauth password",
    "Xauth obfuscated password",
    "Xauth interactive",
    "Domain",
    "Vendor",
    "NAT Traversal Mode",
    "Script",
    "IKE DH Group",
    "IKE Authmode",
    "Perfect Forward Secrecy",
    "Enable Single DES",
    "Enable weak encryption",
    "Enable no encryption",
    "Enable weak authentication",
    "Application version",
    "Interface name",
    "Interface mode",
    "Interface MTU",
    "Debug",
    "No Detach",
    "Pidfile",
    "Local Addr",
    "Local Port",
    "Cisco UDP Encapsulation Port",
    "UDP Encapsulation Port",
    "UDP Encapsulate",
    "Disable NAT Traversal",
    "DPD idle timeout (our side)",
    "Noninteractive",
    "CA-File",
    "CA-Dir",
    "Password helper",
    "Target networks",
    "DNSUpdate",
};

/* What the line says: its word, and where the value begins; NULL: no word of vpnc's. */
static const char *
word_of_line(const char *line, const char **out_value)
{
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        size_t len = strlen(words[i]);

        if (g_ascii_strncasecmp(line, words[i], len) != 0
            || (line[len] && line[len] != ' ' && line[len] != '\t'))
            continue;
        *out_value = line + len + strspn(line + len, " \t");
        return words[i];
    }
    return NULL;
}

static bool
vpnc_recognises(const FormatFile *file)
{
    const char *rest = file->text ? file->text : "";
    unsigned n_known = 0, n_unknown = 0;
    bool of_ipsec = false;
    char *line;

    for (int n = 0; n < MAX_LINES_TO_TELL && (line = file_text_next_line(&rest, '#')); n++) {
        const char *value;
        const char *word = word_of_line(line, &value);

        n_known += word != NULL;
        n_unknown += word == NULL;
        of_ipsec |= word && g_ascii_strncasecmp(word, "IPSec ", strlen("IPSec ")) == 0;
        secret_free_text(line);
    }
    /* A letter about a VPN may have such a line too, among others. */
    return of_ipsec && n_known > n_unknown;
}

static char *
without_quotes(const char *value)
{
    size_t len = strlen(value);

    if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
        return g_strndup(value + 1, len - 2);
    return g_strdup(value);
}

/* By its first word: what stands behind it may be a password. */
static void
note_unknown(Import *import, const char *line)
{
    g_autofree char *word = g_strndup(line, strcspn(line, " \t"));
    g_autofree char *shown = g_strconcat(word, " …", NULL);

    import_not_had(import, shown, NULL);
}

static KeyValues *
read_lines(const char *text, Import *import, GError **error)
{
    g_autoptr(KeyValues) keys = key_values_new();
    bool good = true;
    char *line;

    while (good && (line = file_text_next_line(&text, '#'))) {
        const char *value;
        const char *word = word_of_line(line, &value);
        char *content = word ? without_quotes(value) : NULL;

        if (word)
            good = key_values_add(keys, word, *content ? content : "yes");
        else
            note_unknown(import, line);
        secret_free_text(content);
        secret_free_text(line);
    }
    if (good)
        return g_steal_pointer(&keys);
    g_set_error_literal(
        error, FORMATS_ERROR, FORMATS_ERROR_BAD, _("it has more lines than any such file."));
    return NULL;
}

static bool
says(KeyValues *keys, const char *word, const char *value)
{
    const char *said = key_values_first(keys, word);

    return said && g_ascii_strcasecmp(said, value) == 0;
}

static const char *
read_method(KeyValues *keys, Import *import)
{
    const char *mode = key_values_first(keys, "IKE Authmode");

    if (says(keys, "IKE Authmode", "cert"))
        return "cert-xauth";
    if (says(keys, "IKE Authmode", "hybrid"))
        return "hybrid-xauth";
    if (mode && !says(keys, "IKE Authmode", "psk"))
        import_not_had(import, "IKE Authmode", mode);
    return "psk-xauth";
}

static void
read_secret(
    KeyValues *keys, Import *import, const char *secret, const char *clear, const char *hidden)
{
    const char *clear_text = key_values_first(keys, clear);
    const char *hidden_text = key_values_first(keys, hidden);

    if (clear_text)
        import_set_secret(import, secret, clear_text);
    else if (hidden_text)
        cisco_set_hidden_secret(import, secret, hidden_text, hidden);
}

/* vpnc sends it as ID_USER_FQDN, whatever it looks like. */
static void
read_netscreen_id(KeyValues *keys, Import *import)
{
    const char *id = key_values_first(keys, "IPSec ID");
    g_autofree char *said = id ? identity_text_of(ID_USER_FQDN, id) : NULL;

    import_unset(import, "local-id");
    import_set(import, "local-id", said, "IPSec ID");
}

/* A NetScreen sends the address unasked. */
static void
read_vendor(KeyValues *keys, Import *import)
{
    const char *vendor = key_values_first(keys, "Vendor");

    if (says(keys, "Vendor", "netscreen")) {
        import_set(import, "vendor", "juniper", "Vendor");
        import_set(import, "addressing", "push", "Vendor");
        read_netscreen_id(keys, import);
    } else if (says(keys, "Vendor", "fortigate")) {
        import_set(import, "vendor", "fortigate", "Vendor");
    } else if (vendor && !says(keys, "Vendor", "cisco")) {
        import_not_had(import, "Vendor", vendor);
    }
}

static void
read_group(KeyValues *keys, Import *import)
{
    const char *method = read_method(keys, import);

    cisco_set_gateway(import, method, key_values_first(keys, "IPSec ID"), "IPSec ID");
    if (strcmp(method, "psk-xauth") == 0)
        read_secret(keys, import, "psk", "IPSec secret", "IPSec obfuscated secret");
    else if (key_values_first(keys, "IPSec secret")
             || key_values_first(keys, "IPSec obfuscated secret"))
        import_not_had(import, "IPSec secret", NULL);
    read_vendor(keys, import);
    import_set(import, "gateway", key_values_first(keys, "IPSec gateway"), "IPSec gateway");
    if (key_values_first(keys, "CA-File"))
        import_set_file(import, "ca", key_values_first(keys, "CA-File"), "CA-File");
}

static void
read_user(KeyValues *keys, Import *import)
{
    import_set(import, "user", key_values_first(keys, "Xauth username"), "Xauth username");
    if (key_values_first(keys, "Xauth interactive")) {
        import_set_secret_flags(import, "password", NM_SETTING_SECRET_FLAG_NOT_SAVED);
        import_set(import, "answer-flags", "2", "Xauth interactive");
    } else {
        read_secret(keys, import, "password", "Xauth password", "Xauth obfuscated password");
    }
}

/* "dh2"; 0 with a note for anything else. */
static unsigned
dh_group(KeyValues *keys, Import *import, const char *word)
{
    const char *text = key_values_first(keys, word);
    guint64 group;

    if (g_ascii_strncasecmp(text, "dh", 2) == 0
        && g_ascii_string_to_unsigned(text + 2, 10, 1, G_MAXUINT16, &group, NULL))
        return (unsigned) group;
    import_not_had(import, word, text);
    return 0;
}

static void
read_groups_of_keys(KeyValues *keys, Import *import)
{
    unsigned group = DEFAULT_DH_GROUP;
    const KeyExchangeMethod *method;

    if (key_values_first(keys, "IKE DH Group"))
        group = dh_group(keys, import, "IKE DH Group");
    cisco_set_dh_group(import, group ? group : DEFAULT_DH_GROUP, "IKE DH Group");
    if (says(keys, "Perfect Forward Secrecy", "nopfs")) {
        import_set(import, "pfs", "no", "Perfect Forward Secrecy");
    } else if (key_values_first(keys, "Perfect Forward Secrecy")
               && !says(keys, "Perfect Forward Secrecy", "server")) {
        group = dh_group(keys, import, "Perfect Forward Secrecy");
        method = key_exchange_by_id(group);
        if (group == 1 || method)
            import_set(
                import, "pfs", method ? method->keyword : "modp768", "Perfect Forward Secrecy");
        else if (group)
            import_not_had(import,
                           "Perfect Forward Secrecy",
                           key_values_first(keys, "Perfect Forward Secrecy"));
    }
}

static void
read_transport(KeyValues *keys, Import *import)
{
    unsigned idle = key_values_number(keys, import, "DPD idle timeout (our side)", DEFAULT_IDLE);
    unsigned port = key_values_number(keys, import, "Local Port", DEFAULT_PORT);
    unsigned mtu = key_values_number(keys, import, "Interface MTU", 0);
    const char *natt = key_values_first(keys, "NAT Traversal Mode");

    if (says(keys, "NAT Traversal Mode", "none") || key_values_first(keys, "Disable NAT Traversal"))
        import_set(import, "encapsulation", "off", "NAT Traversal Mode");
    else if (says(keys, "NAT Traversal Mode", "force-natt"))
        import_set(import, "encapsulation", "force", "NAT Traversal Mode");
    else if (natt && !says(keys, "NAT Traversal Mode", "natt"))
        import_not_had(import, "NAT Traversal Mode", natt);
    if (port != 0 && port != DEFAULT_PORT)
        import_set_number(import, "local-port", port, "Local Port");
    if (mtu > 0)
        import_set_number(import, "mtu", mtu, "Interface MTU");
    if (key_values_first(keys, "DPD idle timeout (our side)"))
        cisco_set_dpd(import,
                      MIN(idle, MOST_IDLE),
                      MIN(idle, MOST_IDLE) + ANSWER_TIME,
                      "DPD idle timeout (our side)");
}

/* "10.0.0.0/255.0.0.0" as "10.0.0.0/8", anything else as it is: owned by the caller. */
static char *
with_prefix_len(const char *network)
{
    const char *slash = strchr(network, '/');
    g_autofree char *address = slash ? g_strndup(network, (gsize) (slash - network)) : NULL;
    char *prefix = slash && strchr(slash, '.') ? address_with_netmask(address, slash + 1) : NULL;

    return prefix ? prefix : g_strdup(network);
}

static void
read_networks(KeyValues *keys, Import *import)
{
    const char *target = key_values_first(keys, "IPSEC target network");
    const char *targets = key_values_first(keys, "Target networks");
    g_autofree char *network = with_prefix_len(target ? target : "");
    g_auto(GStrv) routes = g_strsplit_set(targets ? targets : "", " \t,", MAX_TARGETS);

    if (target && !g_str_has_suffix(network, "/0"))
        import_set(import, "remote-ts", network, "IPSEC target network");
    for (char **route = routes; *route; route++) {
        g_autofree char *prefix = with_prefix_len(*route);

        if (*prefix)
            import_add_route(import, prefix, "Target networks");
    }
    if (targets)
        import_never_default(import);
    if (says(keys, "DNSUpdate", "no"))
        import_ignore_dns(import);
}

static void
not_had_unless(KeyValues *keys, Import *import, const char *word, const char *usual)
{
    const char *value = key_values_first(keys, word);

    if (value && g_ascii_strcasecmp(value, usual) != 0)
        import_not_had(import, word, value);
}

static void
not_had_if_on(KeyValues *keys, Import *import, const char *word)
{
    if (key_values_first(keys, word))
        import_not_had(import, word, NULL);
}

/* A script that sets up addresses and routes: NetworkManager does what the usual one did. */
static void
read_script(KeyValues *keys, Import *import)
{
    const char *script = key_values_first(keys, "Script");

    if (script && !g_str_has_suffix(script, "/vpnc-script"))
        import_not_had(import, "Script", script);
}

static void
read_rest(KeyValues *keys, Import *import)
{
    /* What the program does beside the connection, and what is always so with us. */
    static const char *const nothing_here[] = {
        "Debug",
        "No Detach",
        "Pidfile",
        "Noninteractive",
        "UDP Encapsulate",
        "Enable weak encryption",       /* 3DES is among what is offered */
        "Cisco UDP Encapsulation Port", /* only with its mode, which has a note */
        "UDP Encapsulation Port",
        "Password helper",         /* asks the user, as we do */
        "IPSec obfuscated secret", /* where the other one is there */
        "Xauth password",          /* where the gateway's questions are answered instead */
        "Xauth obfuscated password",
    };

    read_script(keys, import);
    not_had_unless(keys, import, "CA-Dir", "/etc/ssl/certs");
    not_had_unless(keys, import, "Interface mode", "tun");
    not_had_unless(keys, import, "Local Addr", "0.0.0.0");
    not_had_if_on(keys, import, "Enable Single DES");
    not_had_if_on(keys, import, "Enable weak authentication");
    not_had_if_on(keys, import, "Enable no encryption");
    for (size_t i = 0; i < G_N_ELEMENTS(nothing_here); i++)
        key_values_all(keys, nothing_here[i]);
    key_values_note_rest(keys, import);
}

static bool
vpnc_read(const FormatFile *file, Import *import, GError **error)
{
    g_autoptr(KeyValues) keys = read_lines(file->text, import, error);

    if (!keys)
        return false;
    key_values_note_repeated(keys, import);
    read_group(keys, import);
    read_user(keys, import);
    read_groups_of_keys(keys, import);
    read_transport(keys, import);
    read_networks(keys, import);
    read_rest(keys, import);
    return true;
}

const Format format_vpnc = {
    .name = N_("a configuration of vpnc"),
    .suffix = ".conf",
    .recognises = vpnc_recognises,
    .read = vpnc_read,
};
