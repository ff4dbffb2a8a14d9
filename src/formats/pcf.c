/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "base/secret.h"
#include "formats/cisco.h"
#include "formats/formats.h"
#include "formats/internal.h"
#include "formats/key-values.h"
#include "formats/lossless.h"
#include "model/proposal.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A connection entry of Cisco's VPN client, as its administrator guide describes it, with what
 * NetworkManager-vpnc adds (X-NM-…). Lines of an .ini file in a section [main]; '!' before a key
 * stops the user from changing it there. */

enum {
    MAX_SECTION_LINES = 64, /* how far [main] is looked for: comments stand before it */
    DEFAULT_DH_GROUP = 2,
    DEFAULT_TIMEOUT = 90, /* seconds */
    DPD_DELAY = 30,       /* seconds: ours; with less time than this to answer there is no asking */
    MAX_ROUTE_WORDS = 512,
    SIZE_AS_WRITTEN = 16 * 1024, /* bytes: it does not grow, and leave a copy of the key behind */
};

#define OWN_PREFIX "X-NM-IKE-"
#define LOCKED "!" /* a second entry says that the key was marked */

typedef struct {
    const char *rest;
    bool in_main, has_section;
    unsigned n; /* of lines that were read */
} Lines;

/* One line without what is around it, owned by the caller; NULL at the end. */
static char *
next_line(Lines *lines)
{
    size_t len = strcspn(lines->rest, "\n");
    char *line = len > 0 || *lines->rest ? g_strndup(lines->rest, len) : NULL;

    lines->rest += lines->rest[len] ? len + 1 : len;
    lines->n++;
    return line ? g_strstrip(line) : NULL;
}

/* True for "key=value" in [main], or where there are no sections at all; key and value are in line.
 */
static bool
split_line(Lines *lines, char *line, char **out_key, char **out_value)
{
    char *equals = strchr(line, '=');

    if (*line == '[') {
        lines->has_section = true;
        lines->in_main = g_ascii_strncasecmp(line, "[main]", strlen("[main]")) == 0;
    }
    if (*line == '[' || *line == ';' || *line == '#' || !equals
        || (lines->has_section && !lines->in_main))
        return false;
    *equals = '\0';
    *out_key = g_strchomp(line);
    *out_value = g_strchug(equals + 1);
    return true;
}

/* Which of the keys it is that only such a file has, as one bit; 0: none. */
static unsigned
bit_of_cisco(const char *key)
{
    static const char *const words[] = {
        "Host", "AuthType", "GroupName", "GroupPwd", "enc_GroupPwd"};

    key += strspn(key, "! ");
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(key, words[i]) == 0)
            return 1U << i;
    }
    return 0;
}

/* Many files have a host, and some how to log in there: without [main] a group must be named. */
static bool
is_enough(unsigned bits, bool in_main)
{
    const unsigned group_bits = 1U << 2 | 1U << 3 | 1U << 4;

    return (bits & (bits - 1)) != 0 && (in_main || (bits & group_bits));
}

static bool
pcf_recognises(const FormatFile *file)
{
    Lines lines = {.rest = file->text};
    unsigned bits = 0;
    char *line;

    for (int n = 0; file->text && n < MAX_SECTION_LINES; n++) {
        char *key, *value;

        line = next_line(&lines);
        if (!line)
            break;
        if (split_line(&lines, line, &key, &value))
            bits |= bit_of_cisco(key);
        secret_free_text(line);
        if (is_enough(bits, lines.in_main))
            return true;
    }
    return false;
}

/* Another section, or a line that is no comment and has no key: it may be a password, so that none
 * of it is said. */
static void
note_other_line(Import *import, const Lines *lines, const char *line)
{
    if (*line == '[' && !lines->in_main)
        import_not_had(import, line, NULL);
    else if (*line && !strchr("[;#", *line) && (lines->in_main || !lines->has_section))
        import_note(import, _("Line %u of the file cannot be read, and was left out."), lines->n);
}

static bool
add_line(KeyValues *keys, const char *key, const char *value)
{
    size_t marks = strspn(key, "! ");
    g_autofree char *locked = marks > 0 ? g_strconcat(LOCKED, key + marks, NULL) : NULL;

    return key_values_add(keys, key + marks, value)
           && (!locked || key_values_add(keys, locked, ""));
}

static KeyValues *
read_lines(const char *text, Import *import, GError **error)
{
    g_autoptr(KeyValues) keys = key_values_new();
    Lines lines = {.rest = text};
    bool good = true;
    char *line;

    while (good && (line = next_line(&lines))) {
        char *key, *value;

        if (split_line(&lines, line, &key, &value))
            good = add_line(keys, key, value);
        else
            note_other_line(import, &lines, line);
        secret_free_text(line);
    }
    if (good)
        return g_steal_pointer(&keys);
    g_set_error_literal(
        error, FORMATS_ERROR, FORMATS_ERROR_BAD, _("it has more lines than any such file."));
    return NULL;
}

static bool
is_on(KeyValues *keys, const char *key)
{
    const char *text = key_values_first(keys, key);

    return text && strcmp(text, "0") != 0 && g_ascii_strcasecmp(text, "false") != 0
           && g_ascii_strcasecmp(text, "no") != 0;
}

static bool
is_off(KeyValues *keys, const char *key)
{
    return key_values_first(keys, key) && !is_on(keys, key);
}

/* What we have no word for, if the file asks for it. */
static void
not_had_if_on(KeyValues *keys, Import *import, const char *key)
{
    if (is_on(keys, key))
        import_not_had(import, key, NULL);
}

static void
not_had_if_said(KeyValues *keys, Import *import, const char *key)
{
    const char *value = key_values_first(keys, key);

    if (value)
        import_not_had(import, key, value);
}

static const char *
read_method(KeyValues *keys, Import *import)
{
    const char *type = key_values_first(keys, "AuthType");

    if (!type || strcmp(type, "1") == 0)
        return "psk-xauth";
    if (strcmp(type, "3") == 0)
        return "cert-xauth";
    if (strcmp(type, "5") == 0)
        return "hybrid-xauth";
    import_not_had(import, "AuthType", type);
    return "psk-xauth";
}

static void
read_group_password(KeyValues *keys, Import *import, const char *method)
{
    const char *clear = key_values_first(keys, "GroupPwd");
    const char *hidden = key_values_first(keys, "enc_GroupPwd");

    if (strcmp(method, "psk-xauth") != 0) {
        if (strcmp(method, "hybrid-xauth") == 0 && (clear || hidden))
            import_not_had(import, "GroupPwd", NULL);
        return;
    }
    if (clear)
        import_set_secret(import, "psk", clear);
    else if (hidden)
        cisco_set_hidden_secret(import, "psk", hidden, "enc_GroupPwd");
    else if (is_off(keys, "X-NM-SaveGroupPassword"))
        import_set_secret_flags(import, "psk", NM_SETTING_SECRET_FLAG_NOT_SAVED);
}

static void
read_group(KeyValues *keys, Import *import)
{
    const char *method = read_method(keys, import);
    const char *name = key_values_first(keys, "GroupName");

    cisco_set_gateway(import, method, name, "GroupName");
    cisco_set_dh_group(
        import, key_values_number(keys, import, "DHGroup", DEFAULT_DH_GROUP), "DHGroup");
    if (!name && strcmp(method, "psk-xauth") == 0)
        import_note(import,
                    _("The file names no group. A gateway of Cisco's wants one: enter it as our "
                      "identity, in the form keyid:NAME."));
    read_group_password(keys, import, method);
    key_values_all(keys, "X-NM-SaveGroupPassword");
}

/* Of a token's code nothing is kept; it is for one connection. */
static void
read_user(KeyValues *keys, Import *import)
{
    const char *clear = key_values_first(keys, "UserPassword");
    const char *hidden = key_values_first(keys, "enc_UserPassword");
    bool hardware = is_on(keys, "SDIUseHardwareToken");
    bool token = is_on(keys, "RadiusSDI") || hardware;

    import_set(import, "user", key_values_first(keys, "Username"), "Username");
    if (token)
        import_set(import, "answer-flags", "2", "RadiusSDI");
    if (token || is_off(keys, "SaveUserPassword")) {
        import_set_secret_flags(import, "password", NM_SETTING_SECRET_FLAG_NOT_SAVED);
        if (clear || hidden)
            import_note(import,
                        _("The password in the file was left out: it is asked for every time, as "
                          "“%s” says."),
                        token ? "RadiusSDI" : "SaveUserPassword");
    } else if (clear) {
        import_set_secret(import, "password", clear);
    } else if (hidden) {
        cisco_set_hidden_secret(import, "password", hidden, "enc_UserPassword");
    }
    key_values_all(keys, "SaveUserPassword");
}

static void
read_certificate(KeyValues *keys, Import *import)
{
    key_values_all(keys, "CertStore");
    key_values_all(keys, "CertSerialHash");
    not_had_if_on(keys, import, "SendCertChain");
    not_had_if_said(keys, import, "VerifyCertDN");
}

/* Cisco's client has them in stores only, and a file that we wrote says where ours is. */
static void
note_certificate(KeyValues *keys, Import *import)
{
    const char *name = key_values_first(keys, "CertName");
    const char *path = key_values_first(keys, "CertPath");
    const char *subject = key_values_first(keys, "CertSubjectName");
    const char *called = name ? name : subject ? subject : path;
    g_autofree char *safe = called ? log_safe_text(called, strlen(called)) : NULL;

    if (g_strcmp0(import_get(import, "method"), "cert-xauth") != 0 || import_get(import, "cert"))
        return;
    if (safe)
        import_note(import,
                    _("The certificate %s is in a store of Windows or of Cisco's client: export it "
                      "there with its key, as a file .p12, and choose that file here."),
                    safe);
    else
        import_note(import,
                    _("The certificate is in a store of Windows or of Cisco's client: export it "
                      "there with its key, as a file .p12, and choose that file here."));
}

static void
read_transport(KeyValues *keys, Import *import)
{
    unsigned timeout = key_values_number(keys, import, "PeerTimeout", DEFAULT_TIMEOUT);

    if (is_on(keys, "X-NM-Force-NAT-T"))
        import_set(import, "encapsulation", "force", "X-NM-Force-NAT-T");
    else if (is_off(keys, "EnableNat"))
        import_set(import, "encapsulation", "off", "EnableNat");
    key_values_all(keys, "EnableNat");
    key_values_all(keys, "X-NM-Use-NAT-T"); /* encapsulation=auto is that */
    if (key_values_number(keys, import, "TunnelingMode", 0) != 0)
        import_note(import,
                    _("The file asks for IPsec over TCP (“TunnelingMode”), which is Cisco's own. "
                      "The profile uses UDP: ask the gateway's administrator if it does not "
                      "connect."));
    key_values_all(keys, "TcpTunnelingPort");
    cisco_set_dpd(import, MIN(timeout, DPD_DELAY), timeout, "PeerTimeout");
    /* 500 or any free port: with us it is always the one or, where it is taken, the other. And a
     * reminder for NAT devices is sent wherever there is one. */
    key_values_all(keys, "UseLegacyIKEPort");
    key_values_all(keys, "ForceKeepAlives");
}

static void
read_routes(KeyValues *keys, Import *import)
{
    const char *routes = key_values_first(keys, "X-NM-Routes");
    g_auto(GStrv) words = g_strsplit_set(routes ? routes : "", " ,", MAX_ROUTE_WORDS);

    for (char **word = words; *word; word++) {
        if (**word)
            import_add_route(import, *word, "X-NM-Routes");
    }
    /* Both together are NetworkManager-vpnc's way to say it; alone the local network is a thing of
     * Cisco's client, and NetworkManager never cuts it off. */
    if (routes && is_on(keys, "EnableLocalLAN"))
        import_never_default(import);
    if (is_off(keys, "EnableLocalLAN") && *key_values_all(keys, LOCKED "EnableLocalLAN"))
        import_note(import,
                    _("The administrator wants the local network to be out of reach while the VPN "
                      "is connected (“EnableLocalLAN”). Here it stays reachable."));
    key_values_all(keys, "EnableLocalLAN");
    if (is_off(keys, "EnableSplitDNS"))
        import_not_had(import, "EnableSplitDNS", "0");
}

static void
read_servers(KeyValues *keys, Import *import)
{
    import_set(import, "gateway", key_values_first(keys, "Host"), "Host");
    if (is_on(keys, "EnableBackup"))
        not_had_if_said(keys, import, "BackupServer");
    key_values_all(keys, "BackupServer");
    if (key_values_first(keys, "Description"))
        import_set_name(import, key_values_first(keys, "Description"));
}

/* Windows' log-on and dial-up: without a word where they are off or mean nothing here. */
static void
read_windows(KeyValues *keys, Import *import)
{
    static const char *const nothing_here[] = {
        "EnableMSLogon",
        "MSLogonType",
        "ISPConnectType",
        "ISPConnect",
        "ISPPhonebook",
        "SPPhonebook",
        "ISPCommand",
        "DialerDisconnect",
    };

    not_had_if_on(keys, import, "EnableISPConnect");
    not_had_if_on(keys, import, "ForceNetLogin");
    not_had_if_on(keys, import, "SingleDES");
    not_had_if_said(keys, import, "NTDomain");
    for (size_t i = 0; i < G_N_ELEMENTS(nothing_here); i++)
        key_values_all(keys, nothing_here[i]);
}

static bool
pcf_read(const FormatFile *file, Import *import, GError **error)
{
    g_autoptr(KeyValues) keys = read_lines(file->text, import, error);

    if (!keys)
        return false;
    key_values_note_repeated(keys, import);
    read_servers(keys, import);
    read_group(keys, import);
    read_user(keys, import);
    read_certificate(keys, import);
    read_transport(keys, import);
    read_routes(keys, import);
    read_windows(keys, import);
    key_values_read_own(keys, OWN_PREFIX, import);
    note_certificate(keys, import);
    key_values_note_rest(keys, import);
    return true;
}

static char *
one_line(const char *text)
{
    return g_strdelimit(g_strdup(text), "\r\n", ' ');
}

static const char *
auth_type(const Export *export)
{
    const char *method = export_get(export, "method");

    if (g_strcmp0(method, "cert-xauth") == 0)
        return "3";
    return g_strcmp0(method, "hybrid-xauth") == 0 ? "5" : "1";
}

static const char *
group_name(const Export *export)
{
    const char *id = export_get(export, "local-id");

    return id && g_str_has_prefix(id, "keyid:") ? id + strlen("keyid:") : "";
}

static unsigned
dh_group(const Export *export)
{
    const char *text = export_get(export, "ike-proposals");
    GArray *proposals = text ? ike_proposals_from_text(text, NULL) : NULL;
    const KeyExchangeMethod *method;
    unsigned group = DEFAULT_DH_GROUP;

    if (proposals && ike_proposals_group(proposals, 0, &method))
        group = method->id;
    else if (text && strstr(text, "-modp768"))
        group = 1;
    g_clear_pointer(&proposals, g_array_unref);
    return group;
}

static bool
says(const Export *export, const char *key, const char *value)
{
    return g_strcmp0(export_get(export, key), value) == 0;
}

static bool
is_asked_every_time(const Export *export)
{
    const char *flags = export_get(export, "password-flags");

    return flags && (g_ascii_strtoull(flags, NULL, 10) & NM_SETTING_SECRET_FLAG_NOT_SAVED) != 0;
}

static const char *
peer_timeout(const Export *export)
{
    return says(export, "dpd-delay", "0") ? "0" : export_get_or_default(export, "dpd-timeout");
}

static void
append_routes(const Export *export, GString *text)
{
    NMSettingIPConfig *ip = export_ip(export, false);
    guint n = ip ? nm_setting_ip_config_get_num_routes(ip) : 0;

    if (n > 0)
        g_string_append(text, "X-NM-Routes=");
    for (guint i = 0; i < n; i++) {
        NMIPRoute *route = nm_setting_ip_config_get_route(ip, (int) i);

        g_string_append_printf(text,
                               "%s/%u%c",
                               nm_ip_route_get_dest(route),
                               nm_ip_route_get_prefix(route),
                               i + 1 < n ? ' ' : '\n');
    }
}

static void
append_own(GString *text, const char *key, const char *value)
{
    g_string_append_printf(text, OWN_PREFIX "%s=%s\n", key, value);
}

/* Cisco's client takes what stands there, without quotes. */
static void
append_group_password(const Export *export, GString *text)
{
    const char *psk = export_secret(export, "psk");
    g_autofree char *quoted = own_value_quoted(psk ? psk : "");

    if (psk && strcmp(psk, quoted) != 0)
        append_own(text, "psk", quoted);
    else
        g_string_append_printf(text, "GroupPwd=%s\n", psk ? psk : "");
    secret_wipe(quoted, strlen(quoted));
}

static void
append_main(const Export *export, GString *text)
{
    g_autofree char *name = one_line(export_name(export));
    const char *gateway = export_get(export, "gateway");
    const char *user = export_get(export, "user");
    NMSettingIPConfig *ip = export_ip(export, false);

    g_string_append_printf(text, "Description=%s\n", name);
    g_string_append_printf(text, "Host=%s\n", gateway ? gateway : "");
    g_string_append_printf(text, "AuthType=%s\n", auth_type(export));
    g_string_append_printf(text, "GroupName=%s\n", group_name(export));
    append_group_password(export, text);
    g_string_append_printf(text, "Username=%s\n", user ? user : "");
    g_string_append_printf(text, "SaveUserPassword=%d\n", !is_asked_every_time(export));
    g_string_append(text, "EnableBackup=0\nBackupServer=\nEnableISPConnect=0\n");
    g_string_append_printf(text, "EnableNat=%d\n", !says(export, "encapsulation", "off"));
    g_string_append(text, "TunnelingMode=0\nTcpTunnelingPort=10000\n");
    g_string_append_printf(text, "DHGroup=%u\n", dh_group(export));
    g_string_append_printf(text, "PeerTimeout=%s\n", peer_timeout(export));
    g_string_append_printf(
        text, "EnableLocalLAN=%d\n", !ip || nm_setting_ip_config_get_never_default(ip));
    g_string_append(text, "EnableSplitDNS=1\nForceKeepAlives=0\nX-NM-Use-NAT-T=1\n");
    if (says(export, "encapsulation", "force"))
        g_string_append(text, "X-NM-Force-NAT-T=1\n");
}

static char *
pcf_write(Export *export, GError **error)
{
    GString *text = g_string_sized_new(SIZE_AS_WRITTEN);

    g_string_append(text, "[main]\n");
    append_main(export, text);
    append_routes(export, text);
    append_what_is_lost(export, pcf_read, append_own, text);
    return g_string_free(text, FALSE);
}

const Format format_pcf = {
    .name = N_("a profile of Cisco's VPN client"),
    .suffix = ".pcf",
    .recognises = pcf_recognises,
    .read = pcf_read,
    .write = pcf_write,
};
