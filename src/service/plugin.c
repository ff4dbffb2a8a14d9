/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/plugin.h"

#include "base/log.h"
#include "base/secret.h"
#include "service/activation.h"
#include "service/failure.h"
#include "service/log-output.h"
#include "settings/connection-from-setting.h"
#include "settings/data-item.h"
#include "settings/options.h"
#include "settings/secrets.h"

#include <string.h>

enum {
    NAMES_TAKEN_BACK = 1, /* seconds that NetworkManager has for it */
    MAX_TRIES = 3,        /* of one kind: who is wrong that often is locked out by many gateways */
    MAX_UNSENT = 4,       /* of what was refused, given once more: GNOME Shell 43 may send what its
                           * keyring has in place of what is typed, and who types is not to blame */
};

enum { CONFIG_GENERIC, CONFIG_IPV4, CONFIG_IPV6, N_CONFIGS };

struct _NmIkePlugin {
    NMVpnServicePlugin parent;
    Activation *activation;
    bool interactive;             /* NetworkManager can be asked while we connect */
    bool starting_again;          /* for NetworkManager, which had seen it up */
    bool own_route;               /* what it has of us has one (ip_config_with_own_route()) */
    unsigned tries[IKE_SECRET_N]; /* that were refused since one was accepted */
    unsigned unsent;              /* in a row that had been refused before, and were not sent */
    bool answer_refused;          /* the gateway's own question will come again */
    /* What the profile says of them: a question may be asked under a key only if the answer ends up
     * where it may. */
    bool psk_is_asked, user_is_asked;
    bool answer_is_not_kept, password_is_not_kept;
    IkeSecretKind question;     /* asked last */
    const char *question_key;   /* NULL: nothing was */
    bool question_has_user;     /* … and for the user name with it */
    char *answer, *answer_user; /* what came for it; NULL: nothing */
    guint answer_source;        /* 0: it was passed on */
    char *question_message;     /* … or to be asked soon */
    guint question_source;
    GVariant *said[N_CONFIGS];  /* to NetworkManager, last; NULL: nothing */
    NMVpnPluginFailure failure; /* why it is over */
    guint failure_source;       /* 0: it is not */
};

G_DEFINE_TYPE(NmIkePlugin, nm_ike_plugin, NM_TYPE_VPN_SERVICE_PLUGIN)

/* The keys of vpn.secrets (settings/secrets.c). */
static const char *const secret_keys[IKE_SECRET_N] = {
    [IKE_SECRET_USER] = "user",
    [IKE_SECRET_PASSWORD] = "password",
    [IKE_SECRET_ANSWER] = "answer",
    [IKE_SECRET_PSK] = "psk",
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
forget_answer(NmIkePlugin *self)
{
    g_clear_handle_id(&self->answer_source, g_source_remove);
    g_clear_pointer(&self->answer, secret_free_text);
    g_clear_pointer(&self->answer_user, g_free);
}

static void
forget_questions(NmIkePlugin *self)
{
    memset(self->tries, 0, sizeof(self->tries));
    self->unsent = 0;
    self->answer_refused = false;
    self->question = IKE_SECRET_N;
    self->question_key = NULL;
    self->question_has_user = false;
    g_clear_handle_id(&self->question_source, g_source_remove);
    g_clear_pointer(&self->question_message, g_free);
    forget_answer(self);
}

static void
end(NmIkePlugin *self)
{
    g_clear_handle_id(&self->failure_source, g_source_remove);
    forget_questions(self);
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

static bool
are_said(const NmIkePlugin *self, GVariant *const configs[N_CONFIGS])
{
    for (int i = 0; i < N_CONFIGS; i++) {
        if (is_another(self->said[i], configs[i]))
            return false;
    }
    return true;
}

static GVariant *
sink(GVariant *floating)
{
    return floating ? g_variant_ref_sink(floating) : NULL;
}

/* Of two configurations with the same addresses and routes NetworkManager (1.42) sees no difference
 * unless they bring a default route; and one that starts anew and gets what it has is never up
 * again. So what differs each time is a route that does nothing. */
static void
choose_own_route(NmIkePlugin *self, GVariant *const configs[N_CONFIGS])
{
    bool same = ip_config_same_routes(self->said[CONFIG_IPV4], configs[CONFIG_IPV4])
                && ip_config_same_routes(self->said[CONFIG_IPV6], configs[CONFIG_IPV6]);

    self->own_route = self->starting_again && same && !self->own_route;
}

static GVariant *
family_config(const NmIkePlugin *self, int which)
{
    GVariant *config = self->said[which];

    return sink(self->own_route ? ip_config_with_own_route(config) : config);
}

/* Takes over the configs and tells NetworkManager. */
static void
say_configs(NmIkePlugin *self, GVariant *const configs[N_CONFIGS])
{
    NMVpnServicePlugin *plugin = NM_VPN_SERVICE_PLUGIN(self);
    g_autoptr(GVariant) ip4 = NULL;
    g_autoptr(GVariant) ip6 = NULL;

    start_again(self);
    choose_own_route(self, configs);
    clear_configs(self->said);
    memcpy(self->said, configs, sizeof(self->said));
    self->starting_again = false;
    ip4 = family_config(self, CONFIG_IPV4);
    ip6 = family_config(self, CONFIG_IPV6);
    nm_vpn_service_plugin_set_config(plugin, self->said[CONFIG_GENERIC]);
    if (ip4)
        nm_vpn_service_plugin_set_ip4_config(plugin, ip4);
    if (ip6)
        nm_vpn_service_plugin_set_ip6_config(plugin, ip6);
}

static void
on_established(void *owner, const IpConfig *config)
{
    NmIkePlugin *self = owner;
    GVariant *configs[N_CONFIGS] = {
        [CONFIG_GENERIC] = sink(ip_config_generic(config)),
        [CONFIG_IPV4] = sink(ip_config_ip4(config)),
        [CONFIG_IPV6] = sink(ip_config_ip6(config)),
    };

    g_clear_handle_id(&self->question_source, g_source_remove);
    if (are_said(self, configs) && !self->starting_again)
        clear_configs(configs);
    else
        say_configs(self, configs);
}

static void
ask_now(NmIkePlugin *self, const char *message)
{
    const char *hints[] = {
        self->question_key,
        self->question_has_user ? secret_keys[IKE_SECRET_USER] : NULL,
        NULL,
    };

    start_again(self);
    nm_vpn_service_plugin_secrets_required(NM_VPN_SERVICE_PLUGIN(self), message, hints);
}

static gboolean
on_may_ask_cb(gpointer data)
{
    NmIkePlugin *self = data;

    self->question_source = 0;
    ask_now(self, self->question_message);
    return G_SOURCE_REMOVE;
}

/* If nobody answers, NetworkManager (1.42) ends the connection and forgets to take its name servers
 * and domains back, until it is restarted itself. So they are taken away before, and come again
 * with the connection. */
static void
ask_without_names(NmIkePlugin *self, const char *message)
{
    GVariant *nameless[N_CONFIGS] = {
        [CONFIG_GENERIC] = g_variant_ref(self->said[CONFIG_GENERIC]),
        [CONFIG_IPV4] = sink(ip_config_without_names(self->said[CONFIG_IPV4])),
        [CONFIG_IPV6] = sink(ip_config_without_names(self->said[CONFIG_IPV6])),
    };

    g_free(self->question_message);
    self->question_message = g_strdup(message);
    g_clear_handle_id(&self->question_source, g_source_remove);
    if (!self->starting_again)
        say_configs(self, nameless);
    else
        clear_configs(nameless);
    self->question_source = g_timeout_add_seconds(NAMES_TAKEN_BACK, on_may_ask_cb, self);
}

/* Under which key NetworkManager asks for it. What is asked for after the password is another thing
 * each time, and must not be kept, least of all in the password's place; NULL: the profile leaves
 * no way. */
static const char *
key_to_ask(const NmIkePlugin *self, IkeSecretKind kind)
{
    if (kind != IKE_SECRET_ANSWER || self->answer_is_not_kept)
        return secret_keys[kind];
    return self->password_is_not_kept ? secret_keys[IKE_SECRET_PASSWORD] : NULL;
}

static bool
may_ask(const NmIkePlugin *self, IkeSecretKind kind)
{
    const char *key = secret_keys[kind];

    if (!self->interactive && kind == IKE_SECRET_ANSWER)
        log_error("the gateway asks for something more than the password, such as a one-time code, "
                  "and nobody can be asked now: connect by hand, with nmcli by its option --ask");
    else if (!self->interactive)
        log_error("the gateway wants the %s, and nobody can be asked now: if it is in the profile, "
                  "it is probably wrong; "
                  "if not, use nmcli --ask or set %s-flags=2",
                  key,
                  key);
    else if (!key_to_ask(self, kind))
        log_error(
            "the gateway asks for something more, such as a one-time code: set answer-flags=2 "
            "in vpn.data, so that NetworkManager does not keep the answer");
    else
        return true;
    return false;
}

static void
ask(NmIkePlugin *self, IkeSecretKind kind, const char *message)
{
    forget_answer(self);
    self->question = kind;
    self->question_key = key_to_ask(self, kind);
    if (self->said[CONFIG_GENERIC])
        ask_without_names(self, message);
    else
        ask_now(self, message);
}

static char *
message_of(NmIkePlugin *self, IkeSecretKind kind, const char *words)
{
    const SecretQuestion *question = secret_question_by_key(secret_keys[kind]);
    bool refused = kind == IKE_SECRET_ANSWER && self->answer_refused;

    if (refused)
        self->answer_refused = false;
    if (!words)
        words = question->wanted;
    return refused ? g_strjoin("\n", question->refused, words, NULL) : g_strdup(words);
}

/* Whoever asks for the one has taken those before it. */
static void
forget_tries_before(NmIkePlugin *self, IkeSecretKind kind)
{
    self->tries[IKE_SECRET_PSK] = 0;
    if (kind == IKE_SECRET_ANSWER)
        self->tries[IKE_SECRET_PASSWORD] = 0;
}

static bool
on_ask_secret(void *owner, IkeSecretKind kind, const char *words)
{
    NmIkePlugin *self = owner;
    g_autofree char *message = message_of(self, kind, words);

    forget_tries_before(self, kind);
    if (!may_ask(self, kind))
        return false;
    log_notice("the gateway asks for the %s%s%s",
               secret_keys[kind],
               words ? ": " : "",
               words ? words : "");
    self->question_has_user = false;
    ask(self, kind, message);
    return true;
}

static bool
may_ask_again(NmIkePlugin *self, const Refusal *refusal)
{
    const char *key = secret_keys[refusal->refused];

    if (!refusal->unsent)
        self->unsent = 0;
    if (!self->interactive)
        log_notice("the %s was refused, and nobody can be asked for another one now", key);
    else if (refusal->refused == IKE_SECRET_PSK && !self->psk_is_asked)
        log_notice("the psk is in the profile: it has to be changed there");
    else if (refusal->unsent && ++self->unsent >= MAX_UNSENT)
        log_notice("the %s that was refused came %d times more: giving up", key, MAX_UNSENT);
    else if (!refusal->unsent && ++self->tries[refusal->refused] >= MAX_TRIES)
        log_notice("the %s was refused %d times: giving up", key, MAX_TRIES);
    else
        return true;
    return false;
}

/* The user reads why, and the gateway's own words, which may say more, in a line of their own. */
static char *
message_again(const Refusal *refusal)
{
    const char *why = secret_question_by_key(secret_keys[refusal->refused])->refused;

    if (refusal->unsent)
        why = secret_refused_before;
    else if (refusal->refused != refusal->wanted)
        why = secret_password_or_answer_refused;
    return g_strjoin("\n", why, refusal->words, NULL);
}

static bool
on_ask_again(void *owner, const Refusal *refusal)
{
    NmIkePlugin *self = owner;
    g_autofree char *message = message_again(refusal);

    if (!may_ask_again(self, refusal))
        return false;
    self->answer_refused = refusal->wanted == IKE_SECRET_ANSWER && !refusal->unsent;
    if (self->answer_refused)
        return true;
    log_notice("asking for the %s again", secret_keys[refusal->wanted]);
    self->question_has_user = refusal->refused == IKE_SECRET_PASSWORD && self->user_is_asked;
    ask(self, refusal->wanted, message);
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

static void
note_flags(NmIkePlugin *self, NMSettingVpn *setting)
{
    const SecretQuestion *psk = secret_question_by_key(secret_keys[IKE_SECRET_PSK]);

    self->user_is_asked = !data_item(setting, secret_keys[IKE_SECRET_USER]);
    self->psk_is_asked = secret_question_flags(psk, setting) != NM_SETTING_SECRET_FLAG_NONE;
    self->answer_is_not_kept =
        secret_question_keeps_nothing(secret_keys[IKE_SECRET_ANSWER], setting);
    self->password_is_not_kept =
        secret_question_keeps_nothing(secret_keys[IKE_SECRET_PASSWORD], setting);
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
    const ActivationEvents events = {on_established, on_ask_secret, on_ask_again, on_closed, self};
    NMSettingVpn *setting = vpn_setting(connection, error);
    g_autoptr(ConnectionConfig) config = NULL;
    g_autoptr(GError) refusal = NULL;

    if (!setting)
        return FALSE;
    log_output_set_connection(nm_connection_get_id(connection));
    self->interactive = interactive;
    forget_questions(self);
    note_flags(self, setting);
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

/* NULL: there is none, or none that is usable. */
static const char *
answer_of(NMSettingVpn *setting, const char *key)
{
    g_auto(Secret) secret = {0};
    g_autoptr(GError) error = NULL;

    if (secret_read(setting, key, &secret, &error))
        return nm_setting_vpn_get_secret(setting, key);
    log_error("%s", error->message);
    return NULL;
}

/* The user name that was typed with the password; NULL: none was asked for, or it cannot be one.
 * Owned by the caller. */
static char *
user_of(const NmIkePlugin *self, NMSettingVpn *setting)
{
    const char *key = secret_keys[IKE_SECRET_USER];
    const char *text = self->question_has_user ? answer_of(setting, key) : NULL;
    g_autoptr(ConnectionConfig) scratch = connection_config_new();
    g_autoptr(GError) error = NULL;

    if (!text || !*text)
        return NULL;
    if (option_parse(option_by_key(key), text, scratch, &error))
        return g_strdup(text);
    log_error("%s", error->message);
    return NULL;
}

static gboolean
on_answer_cb(gpointer data)
{
    NmIkePlugin *self = data;
    char *answer = g_steal_pointer(&self->answer);
    g_autofree char *user = g_steal_pointer(&self->answer_user);

    self->answer_source = 0;
    activation_give_secret(self->activation, self->question, answer, user);
    secret_free_text(answer);
    return G_SOURCE_REMOVE;
}

/* The answer is passed on from the main loop: what follows from it may be another question, and
 * when this request is served the base class's patience begins anew, as if nobody were asked. */
static gboolean
new_secrets(NMVpnServicePlugin *plugin, NMConnection *connection, GError **error)
{
    NmIkePlugin *self = NM_IKE_PLUGIN(plugin);
    NMSettingVpn *setting = vpn_setting(connection, error);

    if (!setting)
        return FALSE;
    if (!self->activation || !self->question_key)
        return TRUE;
    forget_answer(self);
    self->answer = g_strdup(answer_of(setting, self->question_key));
    self->answer_user = user_of(self, setting);
    self->answer_source = g_idle_add(on_answer_cb, self);
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
