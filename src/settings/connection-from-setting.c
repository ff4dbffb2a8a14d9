/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/connection-from-setting.h"

#include "base/log.h"
#include "settings/data-item.h"
#include "settings/options.h"
#include "settings/secrets.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    MAX_SELECTOR_PAIRS = 32, /* as many as the engine keeps, with room for rekeying */
};

static bool
refuse_unknown_key(const char *key, GError **error)
{
    g_autofree char *safe = log_safe_text(key, strlen(key));
    const char *nearest = option_nearest_key(key);

    if (nearest)
        g_set_error(error,
                    SETTINGS_ERROR,
                    SETTINGS_ERROR_UNKNOWN_KEY,
                    _("unknown key '%s': did you mean '%s'?"),
                    safe,
                    nearest);
    else
        g_set_error(error,
                    SETTINGS_ERROR,
                    SETTINGS_ERROR_UNKNOWN_KEY,
                    _("unknown key '%s': see nm-settings-ike(5)"),
                    safe);
    return false;
}

static bool
check_keys(NMSettingVpn *setting, GError **error)
{
    g_autofree const char **keys = nm_setting_vpn_get_data_keys(setting, NULL);

    for (const char **key = keys; key && *key; key++) {
        if (!option_by_key(*key))
            return refuse_unknown_key(*key, error);
    }
    return true;
}

/* A profile that is being checked. */
typedef struct {
    NMSettingVpn *setting;
    ConnectionConfig *config;
    bool (*read)(const Option *, const char *, ConnectionConfig *, GError **);
    const char *key; /* what error is about */
    GError **error;
} Check;

static bool
read_options(Check *check)
{
    const Option *option;

    for (size_t i = 0; (option = option_at(i)); i++) {
        const char *text = data_item(check->setting, option->key);

        /* The default of what has no field yet is how it will be, not how it is. */
        if (!text && option->field)
            text = option->default_text;
        if (text && !check->read(option, text, check->config, check->error)) {
            check->key = option->key;
            return false;
        }
    }
    return true;
}

static bool G_GNUC_PRINTF(4, 5)
    refuse(Check *check, SettingsError code, const char *key, const char *format, ...)
{
    va_list arguments;

    check->key = key;
    va_start(arguments, format);
    if (check->error)
        *check->error = g_error_new_valist(SETTINGS_ERROR, (int) code, format, arguments);
    va_end(arguments);
    return false;
}

static void
fill_in_proposals(NMSettingVpn *setting, ConnectionConfig *config)
{
    bool aggressive = config->mode == EXCHANGE_MODE_AGGRESSIVE;

    if (!data_item(setting, "ike-proposals")) {
        g_array_unref(config->ike_proposals);
        config->ike_proposals = ike_proposals_default(config->legacy_algorithms, aggressive);
    }
    if (!data_item(setting, "esp-proposals")) {
        g_array_unref(config->esp_proposals);
        config->esp_proposals = esp_proposals_default(config->legacy_algorithms);
    }
}

static bool
has_esp_proposal(const GArray *list, const EspProposal *proposal)
{
    for (guint i = 0; i < list->len; i++) {
        if (esp_proposal_equal(&g_array_index(list, EspProposal, i), proposal))
            return true;
    }
    return false;
}

/* With the groups taken out, or one put in everywhere, what differed by its group alone is the same
 * and is offered once. */
static void
apply_pfs(ConnectionConfig *config)
{
    GArray *applied;

    if (config->pfs == PFS_AUTO)
        return;
    applied = g_array_new(FALSE, FALSE, sizeof(EspProposal));
    for (guint i = 0; i < config->esp_proposals->len; i++) {
        EspProposal proposal = g_array_index(config->esp_proposals, EspProposal, i);

        proposal.ke = config->pfs_method;
        if (!has_esp_proposal(applied, &proposal))
            g_array_append_val(applied, proposal);
    }
    g_array_unref(config->esp_proposals);
    config->esp_proposals = applied;
}

/* IKEv1 has one of each in an IPsec SA, so that each is paired with each. */
static bool
check_selector_pairs(Check *check)
{
    const ConnectionConfig *config = check->config;
    guint n = MAX(config->local_ts->len, 1) * MAX(config->remote_ts->len, 1);

    if (n <= MAX_SELECTOR_PAIRS)
        return true;
    return refuse(check,
                  SETTINGS_ERROR_BAD_VALUE,
                  "remote-ts",
                  _("remote-ts: with those of local-ts there are %u pairs of networks, and at most "
                    "%d can be negotiated: join some of the networks"),
                  n,
                  MAX_SELECTOR_PAIRS);
}

static bool
says(NMSettingVpn *setting, const char *key, const char *value)
{
    const char *text = data_item(setting, key);

    return text && strcmp(text, value) == 0;
}

static bool
check_method(Check *check)
{
    const ConnectionConfig *config = check->config;
    bool v1 = config->ike_version == IKE_VERSION_1;

    if (v1 ? !connection_config_uses_eap(config) : !connection_config_uses_xauth(config))
        return true;
    return refuse(check,
                  SETTINGS_ERROR_BAD_VALUE,
                  "method",
                  _("method=%s is of IKEv%d: set ike-version=%d, or another method"),
                  data_item(check->setting, "method"),
                  v1 ? 2 : 1,
                  v1 ? 2 : 1);
}

static bool
check_certificate(Check *check)
{
    const ConnectionConfig *config = check->config;
    bool by_certificate = connection_config_is_by_certificate(config);
    bool tls = !by_certificate && connection_config_uses_eap(config)
               && option_eap_tls(data_item(check->setting, "eap")) == EAP_TLS_ALONE;

    if ((!by_certificate && !tls) || data_item(check->setting, "cert"))
        return true;
    return refuse(check,
                  SETTINGS_ERROR_MISSING,
                  "cert",
                  _("%s=%s: the key cert, with our certificate, is missing"),
                  tls ? "eap" : "method",
                  data_item(check->setting, tls ? "eap" : "method"));
}

/* IKEv1 is there with all that it will have, so that what cannot be done is said early. */
static bool
check_proposals(Check *check)
{
    static const char *const keys[] = {"ike-proposals", "esp-proposals", "pfs"};

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *text = data_item(check->setting, keys[i]);

        if (!text || !connection_config_is_v1(check->config))
            continue;
        check->key = keys[i];
        if (!option_supports(option_by_key(keys[i]), text, check->error))
            return false;
    }
    check->key = NULL;
    return true;
}

/* Between two hosts there is no network, no address to be assigned, and nothing to be routed. */
static bool
check_transport(Check *check)
{
    ConnectionConfig *config = check->config;
    const char *block, *many;

    if (config->ipsec_mode != IPSEC_MODE_TRANSPORT)
        return true;
    if (data_item(check->setting, "addressing") && config->addressing != ADDRESSING_NONE)
        return refuse(
            check,
            SETTINGS_ERROR_BAD_VALUE,
            "addressing",
            _("addressing=%s: in transport mode (ipsec-mode=transport) both ends keep the "
              "addresses that they have: remove it, or set addressing=none"),
            data_item(check->setting, "addressing"));
    if (config->policy_level != POLICY_AUTO)
        return refuse(
            check,
            SETTINGS_ERROR_BAD_VALUE,
            "policy-level",
            _("policy-level=%s: this is about networks behind the gateway, and transport mode "
              "(ipsec-mode=transport) reaches none: remove it"),
            data_item(check->setting, "policy-level"));
    block = config->block_ipv4 ? "block-ipv4" : config->block_ipv6 ? "block-ipv6" : NULL;
    if (block)
        return refuse(
            check,
            SETTINGS_ERROR_BAD_VALUE,
            block,
            _("%s=yes: in transport mode (ipsec-mode=transport) nothing but the gateway could be "
              "reached any more: remove it, or set ipsec-mode=tunnel"),
            block);
    many = config->local_ts->len > 1 ? "local-ts" : config->remote_ts->len > 1 ? "remote-ts" : NULL;
    if (many)
        return refuse(check,
                      SETTINGS_ERROR_BAD_VALUE,
                      many,
                      _("%s: transport mode (ipsec-mode=transport) is between two hosts: it can be "
                        "one address"),
                      many);
    config->addressing = ADDRESSING_NONE;
    return true;
}

/* A port that is not encapsulated needs no reminder of it. */
static bool
check_encapsulation(Check *check)
{
    if (check->config->encapsulation != ENCAPSULATION_OFF
        || !data_item(check->setting, "nat-keepalive")
        || says(check->setting, "nat-keepalive", "0"))
        return true;
    return refuse(check,
                  SETTINGS_ERROR_BAD_VALUE,
                  "nat-keepalive",
                  _("nat-keepalive=%s: this is for ESP in UDP, which is turned off "
                    "(encapsulation=off): remove one of the two"),
                  data_item(check->setting, "nat-keepalive"));
}

static bool
check_addresses(Check *check)
{
    const ConnectionConfig *config = check->config;

    if (config->addressing == ADDRESSING_STATIC && config->addresses->len == 0)
        return refuse(
            check,
            SETTINGS_ERROR_MISSING,
            "addresses",
            _("addressing=static: the key addresses, with our addresses inside, is missing"));
    if (config->addressing != ADDRESSING_STATIC && config->addresses->len > 0)
        return refuse(
            check,
            SETTINGS_ERROR_BAD_VALUE,
            "addresses",
            _("addresses: fixed ones are used with addressing=static alone: set that, or remove "
              "them"));
    return true;
}

static bool
check_dpd(Check *check)
{
    const ConnectionConfig *config = check->config;

    if (config->dpd_delay == 0 || config->dpd_timeout >= config->dpd_delay)
        return true;
    return refuse(check,
                  SETTINGS_ERROR_BAD_VALUE,
                  "dpd-timeout",
                  _("dpd-timeout=%u: the dead peer check comes only every %u seconds (dpd-delay): "
                    "make the timeout longer"),
                  config->dpd_timeout,
                  config->dpd_delay);
}

static bool
check_across(Check *check)
{
    if (!check->config->gateway)
        return refuse(check, SETTINGS_ERROR_MISSING, "gateway", _("the key gateway is missing"));
    return check_method(check) && check_certificate(check) && check_proposals(check)
           && check_transport(check) && check_encapsulation(check) && check_addresses(check)
           && check_dpd(check) && check_selector_pairs(check);
}

static bool
read_profile(Check *check)
{
    ConnectionConfig *config = check->config;

    if (!check_keys(check->setting, check->error) || !read_options(check))
        return false;
    config->persistent = nm_setting_vpn_get_persistent(check->setting);
    if (!data_item(check->setting, "method"))
        config->method = connection_config_default_method(config);
    return check_across(check);
}

ConnectionConfig *
connection_config_from_setting(NMSettingVpn *setting, GError **error)
{
    g_autoptr(ConnectionConfig) config = connection_config_new();
    Check check = {setting, config, option_read, NULL, error};

    if (!read_profile(&check))
        return NULL;
    fill_in_proposals(setting, config);
    apply_pfs(config);
    if (!secrets_read(setting, config, error))
        return NULL;
    return g_steal_pointer(&config);
}

bool
profile_check(NMSettingVpn *setting, const char **out_key, GError **error)
{
    g_autoptr(ConnectionConfig) config = connection_config_new();
    Check check = {setting, config, option_parse, NULL, error};
    bool good = read_profile(&check);

    if (out_key)
        *out_key = check.key;
    return good;
}
