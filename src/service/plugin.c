/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/plugin.h"

#include "base/log.h"
#include "service/activation.h"
#include "service/failure.h"
#include "service/log-output.h"
#include "settings/connection-from-setting.h"
#include "settings/secrets.h"

#include <string.h>

enum { CONFIG_GENERIC, CONFIG_IPV4, CONFIG_IPV6, N_CONFIGS };

struct _NmIkePlugin {
    NMVpnServicePlugin parent;
    Activation *activation;
    bool interactive;           /* NetworkManager can be asked while we connect */
    bool starting_again;        /* for NetworkManager, which had seen it up */
    bool is_distinct;           /* what was said last (IpConfig) */
    IkeSecretKind question;     /* asked last */
    GVariant *said[N_CONFIGS];  /* to NetworkManager, last; NULL: nothing */
    NMVpnPluginFailure failure; /* why it is over */
    guint failure_source;       /* 0: it is not */
};

G_DEFINE_TYPE(NmIkePlugin, nm_ike_plugin, NM_TYPE_VPN_SERVICE_PLUGIN)

/* The keys of vpn.secrets (settings/secrets.c). */
static const struct {
    const char *key;
    const char *message;
} secret_questions[IKE_SECRET_N] = {
    [IKE_SECRET_USER] = {"user", "The gateway asks for the user name."},
    [IKE_SECRET_PASSWORD] = {"password", "The gateway asks for the password."},
    [IKE_SECRET_PSK] = {"psk", "The pre-shared key is needed."},
};

static void
set_state(NmIkePlugin *self, NMVpnServiceState state)
{
    g_object_set(self, NM_VPN_SERVICE_PLUGIN_STATE, state, NULL);
}

static void
clear_configs(GVariant *configs[N_CONFIGS])
{
    for (int i = 0; i < N_CONFIGS; i++)
        g_clear_pointer(&configs[i], g_variant_unref);
}

static void
end(NmIkePlugin *self)
{
    g_clear_handle_id(&self->failure_source, g_source_remove);
    if (!self->activation)
        return;
    g_clear_pointer(&self->activation, activation_free);
    clear_configs(self->said);
    self->starting_again = false;
    log_notice("disconnected");
}

/* While it is starting, the base class follows each failure with a CONNECT_FAILED of its own, and
 * that is what NetworkManager would tell the user: so it is stopping first. */
static gboolean
on_failed_cb(gpointer data)
{
    NmIkePlugin *self = data;

    self->failure_source = 0;
    set_state(self, NM_VPN_SERVICE_STATE_STOPPING);
    end(self);
    nm_vpn_service_plugin_failure(NM_VPN_SERVICE_PLUGIN(self), self->failure);
    set_state(self, NM_VPN_SERVICE_STATE_STOPPED);
    return G_SOURCE_REMOVE;
}

/* From the main loop, so that the answer to a request that is being served, or the rest of what the
 * engine wants done, comes first. */
static void
fail_soon(NmIkePlugin *self, NMVpnPluginFailure failure)
{
    if (self->failure_source)
        return;
    self->failure = failure;
    self->failure_source = g_idle_add(on_failed_cb, self);
}

static bool
is_another(GVariant *former, GVariant *config)
{
    if (!former || !config)
        return former != config;
    return !g_variant_equal(former, config);
}

/* For NetworkManager a connection that is up starts anew. Only then does it let us ask for secrets,
 * and only when it is up again does it look at name servers and domains; device, addresses and
 * routes stay meanwhile. */
static void
start_again(NmIkePlugin *self)
{
    if (self->starting_again || !self->said[CONFIG_GENERIC])
        return;
    self->starting_again = true;
    set_state(self, NM_VPN_SERVICE_STATE_STARTING);
}

static void
say_config(NmIkePlugin *self)
{
    NMVpnServicePlugin *plugin = NM_VPN_SERVICE_PLUGIN(self);

    self->starting_again = false;
    nm_vpn_service_plugin_set_config(plugin, self->said[CONFIG_GENERIC]);
    if (self->said[CONFIG_IPV4])
        nm_vpn_service_plugin_set_ip4_config(plugin, self->said[CONFIG_IPV4]);
    if (self->said[CONFIG_IPV6])
        nm_vpn_service_plugin_set_ip6_config(plugin, self->said[CONFIG_IPV6]);
}

static void
make_configs(const IpConfig *config, bool is_distinct, GVariant *configs[N_CONFIGS])
{
    IpConfig own = *config;

    own.is_distinct = is_distinct;
    configs[CONFIG_GENERIC] = g_variant_ref_sink(ip_config_generic(&own));
    configs[CONFIG_IPV4] = ip_config_ip4(&own);
    configs[CONFIG_IPV6] = ip_config_ip6(&own);
    for (int i = CONFIG_IPV4; i < N_CONFIGS; i++) {
        if (configs[i])
            g_variant_ref_sink(configs[i]);
    }
}

static bool
are_said(const NmIkePlugin *self, GVariant *const configs[N_CONFIGS])
{
    for (int i = 0; i < N_CONFIGS; i++) {
        if (is_another(self->said[i], configs[i]))
            return false;
    }
    return true;
}

/* What starts anew for NetworkManager is up again when a configuration has come that is not what it
 * has: with the same one it waits for ever (1.42). */
static void
on_established(void *owner, const IpConfig *config)
{
    NmIkePlugin *self = owner;
    GVariant *configs[N_CONFIGS];

    make_configs(config, self->is_distinct, configs);
    if (are_said(self, configs) && self->starting_again) {
        clear_configs(configs);
        self->is_distinct = !self->is_distinct;
        make_configs(config, self->is_distinct, configs);
    }
    if (are_said(self, configs)) {
        clear_configs(configs);
        return;
    }
    start_again(self);
    clear_configs(self->said);
    memcpy(self->said, configs, sizeof(configs));
    say_config(self);
}

static bool
on_ask_secret(void *owner, IkeSecretKind kind, const char *message)
{
    NmIkePlugin *self = owner;
    const char *hints[] = {secret_questions[kind].key, NULL};

    if (!self->interactive) {
        log_error("the gateway wants the %s, and nobody can be asked now: if it is in the profile, "
                  "it is probably wrong; "
                  "if not, use nmcli --ask or set %s-flags=2",
                  secret_questions[kind].key,
                  secret_questions[kind].key);
        return false;
    }
    self->question = kind;
    start_again(self);
    log_notice("the gateway asks for the %s%s%s",
               secret_questions[kind].key,
               message ? ": " : "",
               message ? message : "");
    if (!message)
        message = secret_questions[kind].message;
    nm_vpn_service_plugin_secrets_required(NM_VPN_SERVICE_PLUGIN(self), message, hints);
    return true;
}

static void
on_closed(void *owner, FailureReason reason)
{
    fail_soon(owner, failure_for_nm(reason));
}

static NMSettingVpn *
vpn_setting(NMConnection *connection, GError **error)
{
    NMSettingVpn *setting = nm_connection_get_setting_vpn(connection);

    if (!setting)
        g_set_error(error,
                    NM_VPN_PLUGIN_ERROR,
                    NM_VPN_PLUGIN_ERROR_BAD_ARGUMENTS,
                    "the connection has no VPN setting");
    return setting;
}

static void
log_missing(const SecretQuestion *const *missing)
{
    g_autoptr(GString) keys = g_string_new(NULL);

    for (; *missing; missing++)
        g_string_append_printf(keys,
                               "%s%s%s",
                               keys->len ? ", " : "",
                               (*missing)->key,
                               (*missing)->is_secret ? "" : " (a key of vpn.data)");
    log_notice("needed and not known yet: %s; store it in the profile, or let the desktop or "
               "nmcli --ask ask for it",
               keys->str);
}

static gboolean
need_secrets(NMVpnServicePlugin *plugin,
             NMConnection *connection,
             const char **setting_name,
             GError **error)
{
    NMSettingVpn *setting = vpn_setting(connection, error);
    g_autoptr(ConnectionConfig) config = NULL;
    g_autofree const SecretQuestion **missing = NULL;

    if (!setting)
        return FALSE;
    log_output_set_connection(nm_connection_get_id(connection));
    /* Nobody should type a password for a profile that will be refused: Connect says why. */
    config = connection_config_from_setting(setting, NULL);
    if (!config)
        return FALSE;
    missing = secrets_missing(setting);
    if (!missing[0])
        return FALSE;
    log_missing(missing);
    *setting_name = NM_SETTING_VPN_SETTING_NAME;
    return TRUE;
}

static gboolean
begin(NmIkePlugin *self, NMConnection *connection, bool interactive, GError **error)
{
    const ActivationEvents events = {on_established, on_ask_secret, on_closed, self};
    NMSettingVpn *setting = vpn_setting(connection, error);
    g_autoptr(ConnectionConfig) config = NULL;
    g_autoptr(GError) refusal = NULL;

    if (!setting)
        return FALSE;
    log_output_set_connection(nm_connection_get_id(connection));
    self->interactive = interactive;
    config = connection_config_from_setting(setting, &refusal);
    if (config && connection_config_uses_psk(config) && config->psk.len == 0) {
        log_error("the pre-shared key is missing: set psk in vpn.secrets, or psk-flags=2 to be "
                  "asked for it");
        fail_soon(self, NM_VPN_PLUGIN_FAILURE_LOGIN_FAILED);
    } else if (config) {
        self->activation = activation_new(g_steal_pointer(&config), &events);
    } else {
        log_error("the profile is refused: %s", refusal->message);
        fail_soon(self, NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED);
    }
    return TRUE;
}

static gboolean
connect_silently(NMVpnServicePlugin *plugin, NMConnection *connection, GError **error)
{
    return begin(NM_IKE_PLUGIN(plugin), connection, false, error);
}

static gboolean
connect_interactive(NMVpnServicePlugin *plugin,
                    NMConnection *connection,
                    GVariant *details,
                    GError **error)
{
    return begin(NM_IKE_PLUGIN(plugin), connection, true, error);
}

static gboolean
new_secrets(NMVpnServicePlugin *plugin, NMConnection *connection, GError **error)
{
    NmIkePlugin *self = NM_IKE_PLUGIN(plugin);
    NMSettingVpn *setting = vpn_setting(connection, error);

    if (!setting)
        return FALSE;
    if (self->activation)
        activation_give_secret(
            self->activation,
            self->question,
            nm_setting_vpn_get_secret(setting, secret_questions[self->question].key));
    return TRUE;
}

/* The base class calls it for every end that is no failure of ours: a request, a signal, the end of
 * NetworkManager, or of its patience. */
static gboolean
disconnect(NMVpnServicePlugin *plugin, GError **error)
{
    end(NM_IKE_PLUGIN(plugin));
    return TRUE;
}

static void
nm_ike_plugin_dispose(GObject *object)
{
    G_OBJECT_CLASS(nm_ike_plugin_parent_class)->dispose(object);
    end(NM_IKE_PLUGIN(object));
}

static void
nm_ike_plugin_class_init(NmIkePluginClass *class)
{
    NMVpnServicePluginClass *plugin_class = NM_VPN_SERVICE_PLUGIN_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = nm_ike_plugin_dispose;
    plugin_class->need_secrets = need_secrets;
    plugin_class->connect = connect_silently;
    plugin_class->connect_interactive = connect_interactive;
    plugin_class->new_secrets = new_secrets;
    plugin_class->disconnect = disconnect;
}

static void
nm_ike_plugin_init(NmIkePlugin *self)
{
}

NmIkePlugin *
nm_ike_plugin_new(const char *bus_name, bool persist, GError **error)
{
    return g_initable_new(NM_TYPE_IKE_PLUGIN,
                          NULL,
                          error,
                          NM_VPN_SERVICE_PLUGIN_DBUS_SERVICE_NAME,
                          bus_name,
                          NM_VPN_SERVICE_PLUGIN_DBUS_WATCH_PEER,
                          !persist,
                          NULL);
}
