/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/draft.h"

#include "base/log.h"
#include "settings/connection-from-setting.h"
#include "settings/data-item.h"
#include "settings/vendor-defaults.h"
#include "settings/vpn-type.h"

#include <string.h>

#define KEY_ID_PREFIX "keyid:"

/* A way to authenticate for people, which the profile writes as method=eap and eap=tls. */
#define METHOD_EAP_TLS_WORD "eap-tls"

struct Draft {
    NMSettingVpn *setting;
    GHashTable *filled;   /* key: value that a vendor has brought */
    bool group_typed;     /* as such, not as a local-id */
    bool had_certificate; /* when it was opened */
    GHashTable *idle;    /* keys that the saved profile has without a use for them: they may stay */
    GHashTable *foreign; /* key: word of a choice that the saved profile has and we don't know */
    ConnectionConfig *config; /* what setting says, as far as it can be read */
    GHashTable *faults;       /* key: GError */
    GError *first_fault;
};

static const OptionChoice no_yes[] = {{"no", false}, {"yes", true}, {NULL}};

enum { EXTRA_GROUP_NAME, EXTRA_PERSISTENT };
static const Option extras[] = {
    [EXTRA_GROUP_NAME] = {"group-name", GROUP_AUTHENTICATION, OPTION_TEXT},
    [EXTRA_PERSISTENT] =
        {"persistent", GROUP_TRANSPORT, OPTION_CHOICE, .default_text = "no", .choices = no_yes},
};

static void
set_data_item(Draft *draft, const char *key, const char *text)
{
    if (text && *text)
        nm_setting_vpn_add_data_item(draft->setting, key, text);
    else
        nm_setting_vpn_remove_data_item(draft->setting, key);
}

static bool
is_tls_alone(const Draft *draft)
{
    return connection_config_uses_eap(draft->config)
           && option_eap_tls(data_item(draft->setting, "eap")) == EAP_TLS_ALONE;
}

static bool
uses_user(const Draft *draft)
{
    return !is_tls_alone(draft);
}

/* A gateway may choose EAP-TLS unasked: who has a certificate for that already sees it. */
static bool
uses_certificate(const Draft *draft)
{
    return connection_config_is_by_certificate(draft->config) || draft->had_certificate
           || option_eap_tls(data_item(draft->setting, "eap")) != EAP_TLS_NOT_NAMED;
}

static bool
uses_group_name(const Draft *draft)
{
    const ConnectionConfig *config = draft->config;

    return config->ike_version == IKE_VERSION_1
           && (connection_config_uses_psk(config) || config->method == METHOD_HYBRID_XAUTH);
}

static bool
is_tunnel(const Draft *draft)
{
    return draft->config->ipsec_mode == IPSEC_MODE_TUNNEL;
}

static bool
is_static(const Draft *draft)
{
    return is_tunnel(draft) && draft->config->addressing == ADDRESSING_STATIC;
}

static bool
may_encapsulate(const Draft *draft)
{
    return draft->config->encapsulation != ENCAPSULATION_OFF;
}

static bool
detects_dead_peers(const Draft *draft)
{
    return draft->config->dpd_delay > 0;
}

/* The table of options says what version and method have a use for. This is what one value leaves
 * for another one, so that nobody must fill in what would be refused. */
static const struct {
    const char *key;
    bool (*applies)(const Draft *draft);
} uses[] = {
    {"user", uses_user},
    {"user-flags", uses_user},
    {"password", uses_user},
    {"password-flags", uses_user},
    {"cert", uses_certificate},
    {"key", uses_certificate},
    {"key-password", uses_certificate},
    {"key-password-flags", uses_certificate},
    {"group-name", uses_group_name},
    {"addresses", is_static},
    {"addressing", is_tunnel},
    {"policy-level", is_tunnel},
    {"block-ipv4", is_tunnel},
    {"block-ipv6", is_tunnel},
    {"nat-keepalive", may_encapsulate},
    {"dpd-timeout", detects_dead_peers},
};

/* The first one is the version's default. */
static const char *const v1_methods[] = {
    "psk-xauth", "psk", "cert-xauth", "hybrid-xauth", "cert", NULL};
static const char *const v2_methods[] = {
    "eap", METHOD_EAP_TLS_WORD, "cert", "psk", "cert-eap", "psk-eap", NULL};

const Option *
draft_option_at(size_t index)
{
    size_t n = 0;

    while (option_at(n))
        n++;
    if (index < n)
        return option_at(index);
    return index - n < G_N_ELEMENTS(extras) ? &extras[index - n] : NULL;
}

const Option *
draft_option_by_key(const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(extras); i++) {
        if (strcmp(extras[i].key, key) == 0)
            return &extras[i];
    }
    return option_by_key(key);
}

const char *const *
draft_choices(const Draft *draft, const Option *option)
{
    if (strcmp(option->key, "method") != 0)
        return NULL;
    return draft->config->ike_version == IKE_VERSION_1 ? v1_methods : v2_methods;
}

static const char *
default_of(const Draft *draft, const Option *option)
{
    const char *const *choices = draft_choices(draft, option);

    return choices ? choices[0] : option->default_text;
}

/* Bad values leave the field as it is: what the rest of the draft means is asked all the same. */
static void
read_config(Draft *draft)
{
    ConnectionConfig *config = connection_config_new();
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        const char *text = data_item(draft->setting, option->key);

        if (text)
            option_parse(option, text, config, NULL);
    }
    if (!data_item(draft->setting, "method"))
        config->method = connection_config_default_method(config);
    connection_config_free(draft->config);
    draft->config = config;
}

bool
draft_applies(const Draft *draft, const Option *option)
{
    for (size_t i = 0; i < G_N_ELEMENTS(uses); i++) {
        if (strcmp(uses[i].key, option->key) == 0 && !uses[i].applies(draft))
            return false;
    }
    return option_applies(option, draft->config);
}

static void
forget(NMSettingVpn *setting, const Option *option)
{
    nm_setting_vpn_remove_data_item(setting, option->key);
    if (option->kind == OPTION_SECRET)
        nm_setting_vpn_remove_secret(setting, option->key);
}

NMSettingVpn *
draft_to_setting(const Draft *draft)
{
    NMSetting *copy = nm_setting_duplicate(NM_SETTING(draft->setting));
    const Option *option;

    g_object_set(copy, NM_SETTING_VPN_SERVICE_TYPE, NM_IKE_SERVICE, NULL);
    for (size_t i = 0; (option = option_at(i)); i++) {
        if (!draft_applies(draft, option) && !g_hash_table_contains(draft->idle, option->key))
            forget(NM_SETTING_VPN(copy), option);
    }
    if (draft->group_typed && !draft_applies(draft, &extras[EXTRA_GROUP_NAME]))
        nm_setting_vpn_remove_data_item(NM_SETTING_VPN(copy), "local-id");
    return NM_SETTING_VPN(copy);
}

/* What a newer version has written is none of the user's mistakes: it stays as it is. */
static void
forget_foreign(const Draft *draft, NMSettingVpn *setting)
{
    g_autofree const char **keys = nm_setting_vpn_get_data_keys(setting, NULL);

    for (const char **key = keys; key && *key; key++) {
        const char *foreign = g_hash_table_lookup(draft->foreign, *key);

        if (!option_by_key(*key)
            || (foreign && g_strcmp0(foreign, nm_setting_vpn_get_data_item(setting, *key)) == 0))
            nm_setting_vpn_remove_data_item(setting, *key);
    }
}

static void
add_fault(Draft *draft, const char *key, const GError *fault)
{
    const Option *option = key ? option_by_key(key) : NULL;

    if (option && !g_hash_table_contains(draft->faults, key))
        g_hash_table_insert(draft->faults, (gpointer) option->key, g_error_copy(fault));
}

/* One that is only looked for where the gateway is known. */
static void
find_hidden_fault(Draft *draft, NMSettingVpn *setting)
{
    g_autoptr(GError) error = NULL;
    const char *key = NULL;

    nm_setting_vpn_add_data_item(setting, "gateway", "gateway");
    if (!profile_check(setting, &key, &error))
        add_fault(draft, key, error);
}

static void
find_faults(Draft *draft)
{
    g_autoptr(NMSettingVpn) setting = draft_to_setting(draft);
    g_autoptr(ConnectionConfig) config = connection_config_new();
    const Option *option;
    const char *key = NULL;

    forget_foreign(draft, setting);
    g_hash_table_remove_all(draft->faults);
    g_clear_error(&draft->first_fault);
    for (size_t i = 0; (option = option_at(i)); i++) {
        const char *text = data_item(setting, option->key);
        GError *error = NULL;

        if (text && !option_parse(option, text, config, &error))
            g_hash_table_insert(draft->faults, (gpointer) option->key, error);
    }
    if (profile_check(setting, &key, &draft->first_fault))
        return;
    add_fault(draft, key, draft->first_fault);
    if (!data_item(setting, "gateway"))
        find_hidden_fault(draft, setting);
}

static void
on_change(Draft *draft)
{
    read_config(draft);
    find_faults(draft);
}

const GError *
draft_fault(const Draft *draft, const Option *option)
{
    if (option == &extras[EXTRA_GROUP_NAME])
        return draft_get(draft, option) ? g_hash_table_lookup(draft->faults, "local-id") : NULL;
    return g_hash_table_lookup(draft->faults, option->key);
}

const GError *
draft_first_fault(const Draft *draft)
{
    return draft->first_fault;
}

static Draft *
draft_of(NMSettingVpn *setting)
{
    Draft *draft = g_new0(Draft, 1);

    draft->setting = setting;
    draft->filled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    draft->idle = g_hash_table_new(g_str_hash, g_str_equal);
    draft->foreign = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    draft->faults =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_error_free);
    return draft;
}

/* Somebody has put a secret where everybody can read it. */
static void
move_secrets(Draft *draft)
{
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        const char *text = data_item(draft->setting, option->key);

        if (option->kind != OPTION_SECRET || !text)
            continue;
        if (!nm_setting_vpn_get_secret(draft->setting, option->key))
            nm_setting_vpn_add_secret(draft->setting, option->key, text);
        nm_setting_vpn_remove_data_item(draft->setting, option->key);
    }
}

static void
note_idle(Draft *draft)
{
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        if (!draft_applies(draft, option) && draft_get(draft, option))
            g_hash_table_add(draft->idle, (gpointer) option->key);
    }
}

static void
note_foreign(Draft *draft)
{
    g_autoptr(ConnectionConfig) config = connection_config_new();
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        const char *text = data_item(draft->setting, option->key);

        if (option->kind == OPTION_CHOICE && text && !option_parse(option, text, config, NULL))
            g_hash_table_insert(draft->foreign, (gpointer) option->key, g_strdup(text));
    }
}

static bool
is_new(NMSettingVpn *setting)
{
    return nm_setting_vpn_get_num_data_items(setting) == 0;
}

/* Not for what is never kept. */
static bool
can_be_kept(const Option *secret, NMSettingSecretFlags flags)
{
    g_autofree char *key = g_strconcat(secret->key, "-flags", NULL);
    g_autofree char *text = g_strdup_printf("%u", flags);
    g_autoptr(ConnectionConfig) config = connection_config_new();
    const Option *option = option_by_key(key);

    return option && option_parse(option, text, config, NULL);
}

/* As GNOME does it everywhere else: in the user's keyring, unless he says otherwise. */
static void
prefer_keyring(Draft *draft)
{
    const NMSettingSecretFlags flags = NM_SETTING_SECRET_FLAG_AGENT_OWNED;
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        if (option->kind == OPTION_SECRET && can_be_kept(option, flags))
            nm_setting_set_secret_flags(NM_SETTING(draft->setting), option->key, flags, NULL);
    }
}

Draft *
draft_new(NMSettingVpn *setting)
{
    Draft *draft = draft_of(setting ? NM_SETTING_VPN(nm_setting_duplicate(NM_SETTING(setting)))
                                    : NM_SETTING_VPN(nm_setting_vpn_new()));

    draft->had_certificate = data_item(draft->setting, "cert") != NULL;
    read_config(draft);
    note_idle(draft);
    note_foreign(draft);
    if (is_new(draft->setting))
        prefer_keyring(draft);
    move_secrets(draft);
    on_change(draft);
    return draft;
}

Draft *
draft_copy(const Draft *draft)
{
    Draft *copy = draft_of(NM_SETTING_VPN(nm_setting_duplicate(NM_SETTING(draft->setting))));
    GHashTableIter iter;
    gpointer key, value;

    copy->group_typed = draft->group_typed;
    copy->had_certificate = draft->had_certificate;
    g_hash_table_iter_init(&iter, draft->filled);
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_insert(copy->filled, g_strdup(key), g_strdup(value));
    g_hash_table_iter_init(&iter, draft->idle);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_hash_table_add(copy->idle, key);
    g_hash_table_iter_init(&iter, draft->foreign);
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_insert(copy->foreign, key, g_strdup(value));
    on_change(copy);
    return copy;
}

void
draft_free(Draft *draft)
{
    if (!draft)
        return;
    g_object_unref(draft->setting);
    g_hash_table_unref(draft->filled);
    g_hash_table_unref(draft->idle);
    g_hash_table_unref(draft->foreign);
    g_hash_table_unref(draft->faults);
    g_clear_error(&draft->first_fault);
    connection_config_free(draft->config);
    g_free(draft);
}

static const char *
group_name(const Draft *draft)
{
    const char *id = data_item(draft->setting, "local-id");

    return id && g_str_has_prefix(id, KEY_ID_PREFIX) ? id + strlen(KEY_ID_PREFIX) : NULL;
}

static void
set_group_name(Draft *draft, const char *text)
{
    g_autofree char *id = text && *text ? g_strconcat(KEY_ID_PREFIX, text, NULL) : NULL;

    if (id || group_name(draft))
        set_data_item(draft, "local-id", id);
    draft->group_typed = id != NULL;
}

static bool
is_method(const Option *option)
{
    return strcmp(option->key, "method") == 0;
}

static bool
is_eap_tls(const Draft *draft)
{
    return draft->config->method == METHOD_EAP && is_tls_alone(draft);
}

const char *
draft_get(const Draft *draft, const Option *option)
{
    const char *secret;

    if (is_method(option) && is_eap_tls(draft))
        return METHOD_EAP_TLS_WORD;
    if (option == &extras[EXTRA_GROUP_NAME])
        return group_name(draft);
    if (option == &extras[EXTRA_PERSISTENT])
        return nm_setting_vpn_get_persistent(draft->setting) ? "yes" : NULL;
    if (option->kind != OPTION_SECRET)
        return data_item(draft->setting, option->key);
    secret = nm_setting_vpn_get_secret(draft->setting, option->key);
    return secret && *secret ? secret : NULL;
}

/* What another vendor's choice has brought, and the user has not changed since, goes with it. */
static void
take_away_filled(Draft *draft)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, draft->filled);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        if (g_strcmp0(data_item(draft->setting, key), value) == 0)
            set_data_item(draft, key, NULL);
    }
    g_hash_table_remove_all(draft->filled);
}

static void
fill_in(Draft *draft, const char *vendor)
{
    for (const VendorDefault *fill = vendor_defaults(vendor); fill->key; fill++) {
        if (data_item(draft->setting, fill->key))
            continue;
        set_data_item(draft, fill->key, fill->value);
        g_hash_table_insert(draft->filled, g_strdup(fill->key), g_strdup(fill->value));
    }
}

static void
drop_foreign_method(Draft *draft)
{
    const char *method = data_item(draft->setting, "method");

    read_config(draft);
    if (method && !g_strv_contains(draft_choices(draft, option_by_key("method")), method))
        set_data_item(draft, "method", NULL);
}

/* What was written for it: the profile may say that no password is needed. */
static void
leave_eap_tls(Draft *draft)
{
    const Option *password = option_by_key("password");

    set_data_item(draft, "eap", NULL);
    if (draft_get_secret_flags(draft, password) & NM_SETTING_SECRET_FLAG_NOT_REQUIRED)
        draft_set_secret(draft, password, NULL, NM_SETTING_SECRET_FLAG_AGENT_OWNED);
}

/* word NULL: the version's default. */
static void
set_method(Draft *draft, const char *word)
{
    bool wanted = g_strcmp0(word, METHOD_EAP_TLS_WORD) == 0;

    if (g_strcmp0(word, draft_get(draft, option_by_key("method"))) == 0)
        return;
    if (wanted)
        set_data_item(draft, "eap", "tls");
    else if (option_eap_tls(data_item(draft->setting, "eap")) == EAP_TLS_ALONE)
        leave_eap_tls(draft);
    set_data_item(draft, "method", wanted ? NULL : word);
}

void
draft_set(Draft *draft, const Option *option, const char *text)
{
    const char *default_text = default_of(draft, option);

    if (option == &extras[EXTRA_GROUP_NAME])
        set_group_name(draft, text);
    else if (option == &extras[EXTRA_PERSISTENT])
        g_object_set(draft->setting, NM_SETTING_VPN_PERSISTENT, g_strcmp0(text, "yes") == 0, NULL);
    else if (is_method(option))
        set_method(draft, g_strcmp0(text, default_text) == 0 ? NULL : text);
    else
        set_data_item(draft, option->key, g_strcmp0(text, default_text) == 0 ? NULL : text);
    if (strcmp(option->key, "local-id") == 0)
        draft->group_typed = false;
    if (strcmp(option->key, "vendor") == 0) {
        take_away_filled(draft);
        fill_in(draft, text ? text : "");
    }
    if (strcmp(option->key, "vendor") == 0 || strcmp(option->key, "ike-version") == 0)
        drop_foreign_method(draft);
    on_change(draft);
}

NMSettingSecretFlags
draft_get_secret_flags(const Draft *draft, const Option *secret)
{
    NMSettingSecretFlags flags = NM_SETTING_SECRET_FLAG_NONE;

    nm_setting_get_secret_flags(NM_SETTING(draft->setting), secret->key, &flags, NULL);
    return flags;
}

void
draft_set_secret(Draft *draft, const Option *secret, const char *text, NMSettingSecretFlags flags)
{
    g_autofree char *flags_key = g_strconcat(secret->key, "-flags", NULL);

    if (flags == NM_SETTING_SECRET_FLAG_NONE)
        set_data_item(draft, flags_key, NULL);
    else
        nm_setting_set_secret_flags(NM_SETTING(draft->setting), secret->key, flags, NULL);
    if (text && *text
        && !(flags & (NM_SETTING_SECRET_FLAG_NOT_SAVED | NM_SETTING_SECRET_FLAG_NOT_REQUIRED)))
        nm_setting_vpn_add_secret(draft->setting, secret->key, text);
    else
        nm_setting_vpn_remove_secret(draft->setting, secret->key);
    on_change(draft);
}
