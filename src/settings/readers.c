/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/internal.h"

#include "base/log.h"
#include "model/known-words.h"
#include "model/proposal.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    MAX_VALUE_LEN = 8192,    /* bytes: the longest, a list of networks, has a few hundred */
    MAX_HOST_NAME_LEN = 253, /* RFC 1035, 2.3.4, as text */
    MAX_USER_LEN = 253,      /* RFC 2865, 5: where gateways look it up it has no more room */
    MAX_LIST_LEN = 64,       /* addresses or selectors */
};

#define FIELD_OF(type, option, config) G_STRUCT_MEMBER(type, config, (option)->field)

bool
refuse_value(const Option *option, const char *text, const char *what, GError **error)
{
    g_autofree char *safe = log_safe_text(text, strlen(text));
    g_autofree char *values = option_values_text(option);

    g_set_error(error,
                SETTINGS_ERROR,
                SETTINGS_ERROR_BAD_VALUE,
                _("%s=%s: use %s"),
                option->key,
                safe,
                what ? what : values);
    return false;
}

static bool
refuse_because(const Option *option, const char *text, const char *why, GError **error)
{
    g_autofree char *safe = log_safe_text(text, strlen(text));

    g_set_error(
        error, SETTINGS_ERROR, SETTINGS_ERROR_BAD_VALUE, _("%s=%s: %s"), option->key, safe, why);
    return false;
}

/* "main or aggressive", "auto, none or cisco": the words that are supported. */
static char *
choices_text(const OptionChoice *choices)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autofree char *all_but_last = NULL;
    const char *last;

    for (const OptionChoice *choice = choices; choice->keyword; choice++) {
        if (!choice->unsupported)
            g_ptr_array_add(words, (gpointer) choice->keyword);
    }
    if (words->len < 2)
        return g_strdup(words->len ? words->pdata[0] : "");
    last = words->pdata[words->len - 1];
    words->pdata[words->len - 1] = NULL;
    all_but_last = g_strjoinv(", ", (char **) words->pdata);
    return g_strdup_printf(_("%s or %s"), all_but_last, last);
}

static char *
number_text(const Option *option)
{
    g_autofree char *words = option->choices ? choices_text(option->choices) : NULL;
    g_autofree char *range = g_strdup_printf(
        _("%llu to %llu"), (unsigned long long) option->least, (unsigned long long) option->most);
    g_autofree char *with_unit =
        option->values ? g_strconcat(range, " ", _(option->values), NULL) : g_strdup(range);

    return words ? g_strdup_printf(_("%s, or %s"), words, with_unit) : g_steal_pointer(&with_unit);
}

char *
option_values_text(const Option *option)
{
    switch (option->kind) {
    case OPTION_CHOICE:
        return choices_text(option->choices);
    case OPTION_NUMBER:
        return number_text(option);
    case OPTION_TEXT:
    case OPTION_SECRET:
        break;
    }
    return g_strdup(_(option->values));
}

static const OptionChoice *
find_choice(const OptionChoice *choices, const char *text)
{
    for (const OptionChoice *choice = choices; choice && choice->keyword; choice++) {
        if (strcmp(choice->keyword, text) == 0)
            return choice;
    }
    return NULL;
}

static bool
is_yes_no(const Option *option)
{
    return option->choices[0].keyword && option->choices[1].keyword && !option->choices[2].keyword
           && find_choice(option->choices, "yes") && find_choice(option->choices, "no");
}

/* choice is the one that is not there yet; NULL: nothing of the option is. */
static bool
refuse_unsupported(const Option *option, const OptionChoice *choice, GError **error)
{
    g_autofree char *values = option_values_text(option);
    g_autofree char *sentence = NULL;

    if (!choice || is_yes_no(option))
        sentence = g_strdup_printf(
            _("%s is not supported yet: remove the key %s"), option->key, option->key);
    else if (choice->called)
        sentence = g_strdup_printf(
            _("%s is not supported yet: set %s=%s"), choice->called, option->key, values);
    else
        sentence = g_strdup_printf(
            _("%s=%s is not supported yet: use %s"), option->key, choice->keyword, values);
    g_set_error_literal(error, SETTINGS_ERROR, SETTINGS_ERROR_UNSUPPORTED, sentence);
    return false;
}

static bool
prefixed(const Option *option, bool good, GError **error)
{
    if (!good)
        g_prefix_error(error, "%s: ", option->key);
    return good;
}

bool
option_applies(const Option *option, const ConnectionConfig *config)
{
    return !option->applies || option->applies(config);
}

EapTls
option_eap_tls(const char *eap)
{
    g_auto(GStrv) words = g_strsplit_set(eap ? eap : "", ", ", -1);
    bool named = false, others = false;

    for (char **word = words; *word; word++) {
        if (strcmp(*word, "tls") == 0)
            named = true;
        else if (**word)
            others = true;
    }
    if (!named)
        return EAP_TLS_NOT_NAMED;
    return others ? EAP_TLS_NAMED : EAP_TLS_ALONE;
}

bool
option_parse(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    if (option->kind == OPTION_SECRET) {
        g_set_error(error,
                    SETTINGS_ERROR,
                    SETTINGS_ERROR_BAD_VALUE,
                    _("%s is a secret: take it out of vpn.data and put it into vpn.secrets"),
                    option->key);
        return false;
    }
    if (strlen(text) > MAX_VALUE_LEN)
        return refuse_because(option, text, _("the value is too long"), error);
    return option->read(option, text, config, error);
}

/* Past a colon with the spaces that a language has around it; NULL: there is none. */
static const char *
past_colon(const char *text)
{
    while (g_unichar_isspace(g_utf8_get_char(text)))
        text = g_utf8_next_char(text);
    if (*text++ != ':')
        return NULL;
    while (g_unichar_isspace(g_utf8_get_char(text)))
        text = g_utf8_next_char(text);
    return text;
}

const char *
option_reason(const Option *option, const char *text, const GError *error)
{
    g_autofree char *safe = text ? log_safe_text(text, strlen(text)) : g_strdup("");
    g_autofree char *begin = g_strconcat(option->key, "=", safe, NULL);
    const char *reason = NULL;

    if (g_str_has_prefix(error->message, begin))
        reason = past_colon(error->message + strlen(begin));
    else if (g_str_has_prefix(error->message, option->key))
        reason = past_colon(error->message + strlen(option->key));
    return reason ? reason : error->message;
}

bool
option_supports(const Option *option, const char *text, GError **error)
{
    const OptionChoice *choice = find_choice(option->choices, text);

    if (option->unsupported)
        return refuse_unsupported(option, NULL, error);
    if (option->supports)
        return prefixed(option, option->supports(text, error), error);
    return !choice || !choice->unsupported || refuse_unsupported(option, choice, error);
}

bool
option_read(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    return option_parse(option, text, config, error) && option_supports(option, text, error);
}

static const OptionChoice *
checked_choice(const Option *option, const char *text, GError **error)
{
    const OptionChoice *choice = find_choice(option->choices, text);

    if (!choice)
        refuse_value(option, text, NULL, error);
    return choice;
}

bool
read_checked_only(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    return checked_choice(option, text, error) != NULL;
}

bool
read_choice(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    const OptionChoice *choice = checked_choice(option, text, error);

    if (choice)
        FIELD_OF(int, option, config) = choice->value;
    return choice != NULL;
}

bool
read_yes_no(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    const OptionChoice *choice = checked_choice(option, text, error);

    if (choice)
        FIELD_OF(bool, option, config) = choice->value != 0;
    return choice != NULL;
}

static bool
number_of(const Option *option, const char *text, guint64 *out, GError **error)
{
    const OptionChoice *choice = find_choice(option->choices, text);

    if (choice) {
        *out = (guint64) choice->value;
        return true;
    }
    if (g_ascii_string_to_unsigned(text, 10, option->least, option->most, out, NULL))
        return true;
    return refuse_value(option, text, NULL, error);
}

bool
read_checked_number(const Option *option,
                    const char *text,
                    ConnectionConfig *config,
                    GError **error)
{
    guint64 number;

    return number_of(option, text, &number, error);
}

bool
read_u16(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    guint64 number;

    if (!number_of(option, text, &number, error))
        return false;
    FIELD_OF(uint16_t, option, config) = (uint16_t) number;
    return true;
}

bool
read_u32(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    guint64 number;

    if (!number_of(option, text, &number, error))
        return false;
    FIELD_OF(uint32_t, option, config) = (uint32_t) number;
    return true;
}

bool
read_u64(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    guint64 number;

    if (!number_of(option, text, &number, error))
        return false;
    FIELD_OF(uint64_t, option, config) = number;
    return true;
}

/* Letters of any language (the resolver encodes them), digits, hyphens and dots. */
static bool
is_host_name(const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || len > MAX_HOST_NAME_LEN || text[0] == '.' || text[0] == '-')
        return false;
    for (const char *c = text; *c; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);

        if (!g_unichar_isalnum(letter) && !g_unichar_ismark(letter) && !strchr("-._", (int) *c))
            return false;
    }
    return true;
}

bool
read_gateway(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    IpAddress address;

    if (!g_utf8_validate(text, -1, NULL)
        || (!ip_address_from_text(text, &address) && !is_host_name(text)))
        return refuse_value(option, text, _("a host name or an address, without a port"), error);
    g_free(config->gateway);
    config->gateway = g_strdup(text);
    return true;
}

static bool
has_control_character(const char *text)
{
    for (const char *c = text; *c; c++) {
        if (g_ascii_iscntrl(*c))
            return true;
    }
    return false;
}

bool
read_user(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    if (has_control_character(text))
        return refuse_because(option, text, _("a user name is one line of text"), error);
    if (strlen(text) > MAX_USER_LEN)
        return refuse_because(option, text, _("a user name has at most 253 bytes"), error);
    g_free(config->user);
    config->user = g_strdup(text);
    return true;
}

static bool
read_identity(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    Identity *identity = &FIELD_OF(Identity, option, config);
    Identity read;

    if (has_control_character(text) || !identity_from_text(text, &read))
        return refuse_value(option, text, NULL, error);
    identity_clear(identity);
    *identity = read;
    return true;
}

bool
read_local_id(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    if (strcmp(text, "%any") == 0)
        return refuse_value(option, text, NULL, error);
    return read_identity(option, text, config, error);
}

bool
read_remote_id(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    return read_identity(option, text, config, error);
}

/* Whose the flags are is asked where secrets are looked at (secrets.c); here they are checked. */
bool
read_secret_flags(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    if (text[0] >= '0' && text[0] <= '7' && text[1] == '\0')
        return true;
    return refuse_value(option, text, NULL, error);
}

/* What is good and of algorithms that are not there leaves the field as it was. */
static void
take_proposals(GArray *read, GArray **field)
{
    if (!read)
        return;
    g_array_unref(*field);
    *field = read;
}

bool
read_ike_proposals(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    if (!prefixed(option, ike_proposals_check(text, error), error))
        return false;
    take_proposals(ike_proposals_from_text(text, NULL), &config->ike_proposals);
    return true;
}

bool
read_esp_proposals(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    if (!prefixed(option, esp_proposals_check(text, error), error))
        return false;
    take_proposals(esp_proposals_from_text(text, NULL), &config->esp_proposals);
    return true;
}

bool
supports_ike_proposals(const char *text, GError **error)
{
    g_autoptr(GArray) read = ike_proposals_from_text(text, error);

    return read != NULL;
}

bool
supports_esp_proposals(const char *text, GError **error)
{
    g_autoptr(GArray) read = esp_proposals_from_text(text, error);

    return read != NULL;
}

bool
read_pfs(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    const KeyExchangeMethod *method = key_exchange_by_keyword(text);

    if (strcmp(text, "auto") == 0)
        config->pfs = PFS_AUTO;
    else if (strcmp(text, "no") == 0)
        config->pfs = PFS_NO;
    else if (key_exchange_is_known(text))
        config->pfs = PFS_METHOD;
    else
        return refuse_value(option, text, NULL, error);
    config->pfs_method = method;
    return true;
}

bool
supports_pfs(const char *text, GError **error)
{
    if (strcmp(text, "auto") == 0 || strcmp(text, "no") == 0 || key_exchange_by_keyword(text))
        return true;
    g_set_error(error,
                SETTINGS_ERROR,
                SETTINGS_ERROR_UNSUPPORTED,
                _("the group '%s' is not supported yet"),
                text);
    return false;
}

/* Unlike a network an address keeps its host bits. */
static bool
address_with_len_from_text(const char *text, IpPrefix *out)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    IpAddress address;
    guint64 len;

    if (!parts[0] || !ip_address_from_text(parts[0], &address))
        return false;
    len = 8 * ip_address_len(address.family);
    if (parts[1] && !g_ascii_string_to_unsigned(parts[1], 10, 1, len, &len, NULL))
        return false;
    *out = (IpPrefix){address, (uint8_t) len};
    return true;
}

static bool
append_address(const char *word, GArray *list)
{
    IpPrefix address;

    if (!address_with_len_from_text(word, &address))
        return false;
    g_array_append_val(list, address);
    return true;
}

static bool
append_selector(const char *word, GArray *list)
{
    TrafficSelector ts;

    if (!traffic_selector_from_text(word, &ts))
        return false;
    /* IKEv1 can name one port or all (RFC 2407, 4.6.2). */
    if (ts.first_port != ts.last_port && (ts.first_port != 0 || ts.last_port != UINT16_MAX))
        return false;
    g_array_append_val(list, ts);
    return true;
}

typedef bool (*AppendWord)(const char *word, GArray *list);

static bool
read_list(const Option *option, const char *text, AppendWord append, GArray *list, GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(text, ", ", -1);

    g_array_set_size(list, 0);
    for (char **word = words; *word; word++) {
        if (**word == '\0')
            continue;
        if (!append(*word, list))
            return refuse_value(option, *word, NULL, error);
        if (list->len > MAX_LIST_LEN)
            return refuse_because(option, text, _("these are more than 64"), error);
    }
    return list->len > 0 || refuse_value(option, text, NULL, error);
}

bool
read_addresses(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    return read_list(option, text, append_address, config->addresses, error);
}

bool
read_traffic_selectors(const Option *option,
                       const char *text,
                       ConnectionConfig *config,
                       GError **error)
{
    return read_list(option, text, append_selector, FIELD_OF(GArray *, option, config), error);
}

/* What stands behind it is looked at when it is used: the editor's user and the service may see
 * different files. */
bool
read_file_or_uri(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    if (has_control_character(text) || !g_utf8_validate(text, -1, NULL))
        return refuse_because(option, text, _("a file's name is one line of text"), error);
    if (g_str_has_prefix(text, "pkcs11:") && strlen(text) > strlen("pkcs11:"))
        return true;
    if (g_path_is_absolute(text))
        return true;
    return refuse_value(option, text, _("a file's whole name, from /, or a pkcs11: URI"), error);
}

bool
read_eap_methods(const Option *option, const char *text, ConnectionConfig *config, GError **error)
{
    static const char *const known[] = {"mschapv2", "gtc", "md5", "tls", "ttls", "peap", NULL};
    g_auto(GStrv) words = g_strsplit_set(text, ", ", -1);
    unsigned n = 0;

    if (strcmp(text, "auto") == 0)
        return true;
    for (char **word = words; *word; word++) {
        if (**word && !g_strv_contains(known, *word))
            return refuse_value(option, *word, NULL, error);
        n += **word != '\0';
    }
    return n > 0 || refuse_value(option, text, NULL, error);
}
