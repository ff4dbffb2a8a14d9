/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/ipsec-words.h"

#include "base/log.h"
#include "base/secret.h"
#include "model/identity.h"
#include "settings/options.h"

#include <arpa/inet.h>
#include <glib/gi18n-lib.h>
#include <netdb.h>
#include <string.h>

enum {
    MAX_GOOD = 64,     /* proposals or networks: their options take no more */
    MAX_LIST = 256,    /* of a value that are looked at, good or not */
    MAX_NAMES = 32,    /* of services and protocols: the system reads a file for each of them */
    MAX_NAME_LEN = 64, /* bytes: IANA's names of services have 15 (RFC 6335, 5.1) */
};

bool
words_are_yes(const char *text)
{
    static const char *const words[] = {"yes", "true", "1", "on", "enabled", NULL};
    g_autofree char *lower = g_ascii_strdown(text ? text : "", -1);

    return g_strv_contains(words, lower);
}

bool
words_read_seconds(const char *text, uint64_t *out)
{
    static const struct {
        const char *unit;
        uint64_t seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 60 * 60}, {"d", 24 * 60 * 60}};
    size_t len = strspn(text, "0123456789");
    g_autofree char *digits = g_strndup(text, len);
    guint64 number;

    if (!g_ascii_string_to_unsigned(digits, 10, 0, UINT32_MAX, &number, NULL))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (strcmp(text + len, units[i].unit) == 0) {
            *out = number * units[i].seconds;
            return true;
        }
    }
    return false;
}

void
words_set_seconds(Import *import, const char *key, const char *text, const char *theirs)
{
    uint64_t seconds;

    if (words_read_seconds(text, &seconds))
        import_set_number(import, key, seconds, theirs);
    else
        import_not_had(import, theirs, text);
}

/* "/C=CH/O=Example/CN=gw": as it is written on OpenSSL's command line. */
static char *
name_of_slashes(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text + 1, "/", -1);

    return g_strjoinv(", ", parts);
}

/* After a prefix that says the type: the rest may be in hexadecimal, which only a key ID can be. */
static char *
typed_identity(const char *type, const char *rest)
{
    static const char *const names[] = {"fqdn", "dns", NULL};
    static const char *const mails[] = {"email", "rfc822", "userfqdn", NULL};

    if (strcmp(type, "keyid") == 0)
        return *rest == '#' ? g_strconcat("@", rest, NULL) : g_strconcat("keyid:", rest, NULL);
    if (*rest == '#' || !*rest)
        return NULL;
    if (g_strv_contains(names, type))
        return g_strconcat("@", rest, NULL);
    if (g_strv_contains(mails, type))
        return identity_text_of(ID_USER_FQDN, rest);
    return strcmp(type, "asn1dn") == 0 ? g_strdup(rest) : NULL;
}

static bool
is_type(const char *text, size_t len)
{
    static const char *const types[] = {"keyid",
                                        "fqdn",
                                        "dns",
                                        "email",
                                        "rfc822",
                                        "userfqdn",
                                        "asn1dn",
                                        "asn1gn",
                                        "ipv4",
                                        "ipv6",
                                        "ipv4net",
                                        "ipv6net",
                                        "ipv4range",
                                        "ipv6range",
                                        "xmppaddr",
                                        NULL};
    g_autofree char *type = g_strndup(text, len);

    return g_strv_contains(types, type) || (*type == '{' && type[len - 1] == '}');
}

char *
words_identity(const char *text)
{
    const char *colon = strchr(text, ':');
    size_t len = strlen(text);

    if (colon && colon > text && is_type(text, (size_t) (colon - text))) {
        g_autofree char *type = g_strndup(text, (gsize) (colon - text));

        return typed_identity(type, colon + 1);
    }
    if (strchr(text, '*')) /* wildcards */
        return NULL;
    if (g_str_has_prefix(text, "@[") && len > 3 && text[len - 1] == ']') {
        g_autofree char *name = g_strndup(text + 2, len - 3);

        return g_strconcat("keyid:", name, NULL);
    }
    if (g_str_has_prefix(text, "@~"))
        return NULL;
    if (g_str_has_prefix(text, "@@"))
        return identity_text_of(ID_USER_FQDN, text + 2);
    return *text == '/' && strchr(text, '=') ? name_of_slashes(text) : g_strdup(text);
}

char *
words_with_commas(const char *list, const char *between)
{
    g_auto(GStrv) words = g_strsplit_set(list, between, -1);
    g_autoptr(GPtrArray) kept = g_ptr_array_new();

    for (char **word = words; *word; word++) {
        if (**word)
            g_ptr_array_add(kept, *word);
    }
    g_ptr_array_add(kept, NULL);
    return g_strjoinv(",", (char **) kept->pdata);
}

/* From the certificate, or none of its own: what leaving it out means. */
static bool
is_left_out(const char *text)
{
    static const char *const words[] = {"%fromcert", "%cert", "%none", NULL};

    return g_strv_contains(words, text);
}

static bool
is_anybody(const char *text)
{
    static const char *const words[] = {"%any", "%any4", "%any6", NULL};

    return g_strv_contains(words, text);
}

const char *
words_bare_identity(const char *text)
{
    static const char *const others[] = {"%", "%myid", "%null", "%defaultroute", NULL};
    bool is_word = is_left_out(text) || is_anybody(text) || g_strv_contains(others, text);

    return *text == '%' && !is_word ? text + 1 : text;
}

void
words_set_identity(Import *import, const char *key, const char *text, const char *theirs)
{
    bool local = strcmp(key, "local-id") == 0;
    g_autofree char *identity = NULL;

    if (!text || !*text || is_left_out(text) || (is_anybody(text) && local))
        return;
    if (*text != '%')
        identity = words_identity(text);
    else if (is_anybody(text))
        identity = g_strdup("%any");
    if (identity)
        import_set(import, key, identity, theirs);
    else
        import_not_had(import, theirs, text);
}

void
words_note_any_gateway(Import *import)
{
    const char *method = import_get(import, "method");
    bool certificate = !method || strncmp(method, "psk", 3) != 0;

    if (certificate && g_strcmp0(import_get(import, "remote-id"), "%any") == 0)
        import_note(import,
                    _("The file takes any gateway that has a certificate of the authority. It is "
                      "safer to enter the gateway's identity."));
}

static bool
is_good(const char *key, const char *value)
{
    g_autoptr(ConnectionConfig) config = connection_config_new();

    return option_parse(option_by_key(key), value, config, NULL);
}

/* "aes256-sha256-modp2048-noesn": what says the default is not written. */
static char *
without_defaults(const char *proposal)
{
    static const char *const defaults[] = {"noesn", "modpnone", NULL};
    g_auto(GStrv) words = g_strsplit(proposal, "-", -1);
    g_autoptr(GPtrArray) kept = g_ptr_array_new();

    for (char **word = words; *word; word++) {
        g_autofree char *lower = g_ascii_strdown(*word, -1);

        if (!g_strv_contains(defaults, lower))
            g_ptr_array_add(kept, *word);
    }
    g_ptr_array_add(kept, NULL);
    return g_strjoinv("-", (char **) kept->pdata);
}

/* --- lists ------------------------------------------------------------------------------------ */

/* A value of several parts on its way to an option: those that it takes. */
typedef struct {
    Import *import;
    const char *key, *theirs;
    GPtrArray *good;
    unsigned n, n_names; /* parts so far; names that the system was asked for */
} List;

static List
list_of(Import *import, const char *key, const char *theirs)
{
    return (List){import, key, theirs, g_ptr_array_new_with_free_func(g_free)};
}

/* False, with a note: there are more parts than the option takes, or than anybody writes. */
static bool
has_room(List *list)
{
    bool full = list->good->len >= MAX_GOOD;

    if (!full && list->n++ < MAX_LIST)
        return true;
    import_note(list->import,
                _("“%s” has more than %d parts: the rest was left out."),
                list->theirs,
                full ? MAX_GOOD : MAX_LIST);
    return false;
}

/* What the option does not take becomes a note that says why. */
static void
add_part(List *list, const char *part)
{
    if (is_good(list->key, part))
        g_ptr_array_add(list->good, g_strdup(part));
    else
        import_set(list->import, list->key, part, list->theirs);
}

/* The option has what was good, and the list is gone. */
static void
set_parts(List *list)
{
    g_autofree char *joined = NULL;

    g_ptr_array_add(list->good, NULL);
    joined = g_strjoinv(",", (char **) list->good->pdata);
    import_set(list->import, list->key, joined, list->theirs);
    g_ptr_array_unref(list->good);
}

void
words_set_proposals(Import *import, const char *key, const char *text, const char *theirs)
{
    g_autofree char *all = g_strdup(text);
    g_auto(GStrv) items = NULL;
    List list;
    gsize len;

    /* A "!" at the end: these and no others, as we do it. */
    g_strstrip(all);
    len = strlen(all);
    if (len > 0 && all[len - 1] == '!')
        all[len - 1] = '\0';
    if (is_good(key, all)) {
        import_set(import, key, all, theirs);
        return;
    }
    list = list_of(import, key, theirs);
    items = g_strsplit_set(all, ",", -1);
    for (char **item = items; *item; item++) {
        g_autofree char *plain = without_defaults(g_strstrip(*item));

        if (!*plain)
            continue;
        if (!has_room(&list))
            break;
        if (strcmp(plain, "default") != 0)
            add_part(&list, plain);
        else if (items[1])
            import_not_had(import, theirs, plain);
    }
    set_parts(&list);
}

/* --- networks --------------------------------------------------------------------------------- */

/* "0/0" and "::/0" of libreswan. */
static const char *
network_of(const char *text)
{
    return strcmp(text, "0/0") == 0 || strcmp(text, "vhost:0/0") == 0 ? "0.0.0.0/0" : text;
}

static bool
is_unrestricted(const char *word)
{
    return !*word || strcmp(word, "any") == 0 || strcmp(word, "%any") == 0;
}

static bool
may_ask(List *list, const char *name)
{
    return strlen(name) <= MAX_NAME_LEN && list->n_names++ < MAX_NAMES;
}

/* A service's port, whatever the protocol, as strongSwan takes it: owned by the caller; NULL: the
 * system does not know it, or has no list of them. */
static char *
port_of_service(List *list, const char *name)
{
    char buffer[1024];
    struct servent entry, *found = NULL;

    if (!may_ask(list, name)
        || getservbyname_r(name, NULL, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
        return NULL;
    return g_strdup_printf("%u", ntohs((uint16_t) found->s_port));
}

static char *
number_of_protocol(List *list, const char *name)
{
    char buffer[1024];
    struct protoent entry, *found = NULL;

    if (!may_ask(list, name) || getprotobyname_r(name, &entry, buffer, sizeof(buffer), &found) != 0
        || !found)
        return NULL;
    return g_strdup_printf("%d", found->p_proto);
}

/* "10.0.0.0/8[tcp/80]", owned by the caller; NULL: the option does not take it. port may be NULL.
 */
static char *
restricted(const List *list, const char *network, const char *protocol, const char *port)
{
    g_autofree char *text =
        g_strconcat(network, "[", protocol, port ? "/" : "", port ? port : "", "]", NULL);

    return is_good(list->key, text) ? g_steal_pointer(&text) : NULL;
}

/* The network with as much of what the brackets say as the option has: *out_whole, all of it. */
static char *
with_restriction(List *list, const char *network, const char *inside, bool *out_whole)
{
    g_auto(GStrv) words = g_strsplit(inside, "/", 2);
    const char *protocol = words[0] ? words[0] : "";
    const char *port = words[0] && words[1] ? words[1] : "";
    g_autofree char *protocol_number = NULL;
    g_autofree char *port_number = NULL;
    g_autofree char *any_port = NULL;
    char *text = NULL;

    *out_whole = is_unrestricted(port);
    if (is_unrestricted(protocol))
        return g_strdup(network);
    any_port = restricted(list, network, protocol, NULL);
    if (!any_port && (protocol_number = number_of_protocol(list, protocol))) {
        protocol = protocol_number;
        any_port = restricted(list, network, protocol, NULL);
    }
    if (any_port && !*out_whole) {
        port_number = port_of_service(list, port);
        text = restricted(list, network, protocol, port_number ? port_number : port);
    }
    *out_whole = text || (*out_whole && any_port);
    if (!text)
        text = g_steal_pointer(&any_port);
    return text ? text : g_strdup(network);
}

/* One network as the option has it, owned by the caller. None is lost for a restriction that is not
 * had: what should go through the VPN would go past it, where anybody can read it. */
static char *
selector_of(List *list, const char *item)
{
    size_t len = strcspn(item, "[");
    g_autofree char *said = g_strndup(item, len);
    g_autofree char *inside = g_strdup(item[len] ? item + len + 1 : "");
    g_autofree char *safe = NULL;
    const char *network = network_of(said);
    bool closed = g_str_has_suffix(inside, "]"), whole = false;
    char *text;

    if (!item[len] || is_good(list->key, item) || !is_good(list->key, network))
        return g_strdup(item[len] ? item : network);
    inside[strcspn(inside, "]")] = '\0';
    text = closed ? with_restriction(list, network, inside, &whole) : g_strdup(network);
    safe = log_safe_text(item, strlen(item));
    if (!whole)
        import_note(list->import,
                    _("“%s” (%s) is not supported as it is: %s was taken, so that more goes "
                      "through the VPN than the file says."),
                    list->theirs,
                    safe,
                    text);
    return text;
}

void
words_set_selectors(Import *import, const char *key, const char *text, const char *theirs)
{
    g_auto(GStrv) items = NULL;
    List list;

    if (is_good(key, text)) {
        import_set(import, key, text, theirs);
        return;
    }
    list = list_of(import, key, theirs);
    items = g_strsplit_set(text, ",", -1);
    for (char **item = items; *item; item++) {
        g_autofree char *selector = NULL;

        g_strstrip(*item);
        if (!**item || strcmp(*item, "dynamic") == 0 || strcmp(*item, "%dynamic") == 0)
            continue;
        if (!has_room(&list))
            break;
        selector = selector_of(&list, *item);
        add_part(&list, selector);
    }
    set_parts(&list);
}

/* --- how both ends authenticate themselves ---------------------------------------------------- */

typedef enum { CLASS_NONE, CLASS_PSK, CLASS_CERT, CLASS_XAUTH, CLASS_EAP, CLASS_OTHER } AuthClass;

static AuthClass
class_of(const char *word)
{
    static const struct {
        const char *prefix;
        AuthClass class;
    } classes[] = {
        {"psk", CLASS_PSK},
        {"secret", CLASS_PSK},
        {"pubkey", CLASS_CERT},
        {"rsa", CLASS_CERT},
        {"ecdsa", CLASS_CERT},
        {"ed25519", CLASS_CERT},
        {"ed448", CLASS_CERT},
        {"ike:", CLASS_CERT},
        {"xauth", CLASS_XAUTH},
        {"eap", CLASS_EAP},
    };

    if (!word || !*word)
        return CLASS_NONE;
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        if (g_str_has_prefix(word, classes[i].prefix))
            return classes[i].class;
    }
    return CLASS_OTHER;
}

static const char *
method_of(bool v1, AuthClass first, AuthClass second)
{
    static const struct {
        bool v1;
        AuthClass first, second;
        const char *method;
    } methods[] = {
        {true, CLASS_PSK, CLASS_NONE, "psk"},
        {true, CLASS_CERT, CLASS_NONE, "cert"},
        {true, CLASS_PSK, CLASS_XAUTH, "psk-xauth"},
        {true, CLASS_CERT, CLASS_XAUTH, "cert-xauth"},
        {true, CLASS_XAUTH, CLASS_NONE, "hybrid-xauth"},
        {false, CLASS_PSK, CLASS_NONE, "psk"},
        {false, CLASS_CERT, CLASS_NONE, "cert"},
        {false, CLASS_EAP, CLASS_NONE, "eap"},
        {false, CLASS_PSK, CLASS_EAP, "psk-eap"},
        {false, CLASS_CERT, CLASS_EAP, "cert-eap"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (methods[i].v1 == v1 && methods[i].first == first && methods[i].second == second)
            return methods[i].method;
    }
    return NULL;
}

/* "eap-mschapv2", "eap-ttls:rsa-2048" */
static void
set_eap(Import *import, const char *word, const char *theirs)
{
    const char *method = g_str_has_prefix(word, "eap-") ? word + strlen("eap-") : "";
    g_autofree char *name = g_strndup(method, strcspn(method, ":"));

    if (!*name || strcmp(name, "dynamic") == 0 || strcmp(name, "identity") == 0)
        return;
    if (is_good("eap", name))
        import_set(import, "eap", name, theirs);
    else
        import_not_had(import, theirs, word);
}

/* With a pre-shared key of ours the gateway has the same, and in every other method a certificate.
 */
static void
check_remote(Import *import, const AuthRounds *rounds, const char *theirs)
{
    AuthClass remote = class_of(rounds->remote);
    bool psk = class_of(rounds->first) == CLASS_PSK;
    g_autofree char *safe = NULL;

    if (remote == CLASS_NONE || remote == (psk ? CLASS_PSK : CLASS_CERT))
        return;
    safe = log_safe_text(rounds->remote, strlen(rounds->remote));
    import_note(
        import,
        psk ? _("“%s”: the gateway proves itself with “%s” to a client with a pre-shared key, "
                "which is not supported; the profile wants the same key of it.")
            : _("“%s”: the gateway proves itself with “%s”, which is not supported; the "
                "profile wants a certificate of it."),
        theirs,
        safe);
}

void
words_set_method(Import *import, const AuthRounds *rounds, bool v1, const char *theirs)
{
    AuthClass first = class_of(rounds->first);
    AuthClass second = class_of(rounds->second);
    const char *method = method_of(v1, first, second);

    if (!method) {
        g_autofree char *all = g_strjoin(", ", rounds->first, rounds->second, NULL);
        g_autofree char *safe = log_safe_text(all, strlen(all));

        import_note(import,
                    _("“%s” (%s) is no way to authenticate with IKEv%d that is supported: choose "
                      "another."),
                    theirs,
                    safe,
                    v1 ? 1 : 2);
        return;
    }
    import_set(import, "method", method, theirs);
    if (first == CLASS_EAP || second == CLASS_EAP)
        set_eap(import, first == CLASS_EAP ? rounds->first : rounds->second, theirs);
    check_remote(import, rounds, theirs);
}

static char *
text_of_bytes(guchar *bytes, gsize len)
{
    char *text = NULL;

    if (len > 0 && !memchr(bytes, 0, len)
        && g_utf8_validate((const char *) bytes, (gssize) len, NULL))
        text = g_strndup((const char *) bytes, len);
    secret_wipe(bytes, len);
    return text;
}

static char *
text_of_hex(const char *hex)
{
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new((guint) strlen(hex) / 2 + 1);

    return bytes_from_hex(hex, bytes) ? text_of_bytes(bytes->data, bytes->len) : NULL;
}

char *
words_secret_text(const char *value)
{
    if (g_str_has_prefix(value, "0x") || g_str_has_prefix(value, "0X"))
        return text_of_hex(value + 2);
    if (g_str_has_prefix(value, "0s") || g_str_has_prefix(value, "0S")) {
        gsize len;
        g_autofree guchar *bytes = g_base64_decode(value + 2, &len);

        return text_of_bytes(bytes, len);
    }
    return g_strdup(value);
}
