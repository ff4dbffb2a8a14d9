/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/connection-from-setting.h"
#include "settings/options.h"
#include "settings/secrets.h"
#include "settings/vpn-type.h"

#include <string.h>

/* A profile from "key=value" texts apart by semicolons; secrets start with an exclamation mark. */
static NMSettingVpn *
setting_of(const char *text)
{
    NMSettingVpn *setting = NM_SETTING_VPN(nm_setting_vpn_new());
    g_auto(GStrv) items = g_strsplit(text, ";", -1);

    g_object_set(setting, NM_SETTING_VPN_SERVICE_TYPE, NM_IKE_SERVICE, NULL);
    for (char **item = items; *item; item++) {
        g_auto(GStrv) pair = g_strsplit(*item, "=", 2);

        if (pair[0] && pair[0][0] == '!')
            nm_setting_vpn_add_secret(setting, pair[0] + 1, pair[1]);
        else if (pair[0] && *pair[0])
            nm_setting_vpn_add_data_item(setting, pair[0], pair[1]);
    }
    return setting;
}

static ConnectionConfig *
config_of(const char *text)
{
    g_autoptr(NMSettingVpn) setting = setting_of(text);
    g_autoptr(GError) error = NULL;
    ConnectionConfig *config = connection_config_from_setting(setting, &error);

    g_assert_no_error(error);
    g_assert_nonnull(config);
    return config;
}

typedef struct {
    const char *name;
    const char *profile;
    SettingsError code;
    const char *sentence;
} Refusal;

/* clang-format off */
static const Refusal refusals[] = {
    {"no-version", "gateway=gw",
     SETTINGS_ERROR_UNSUPPORTED, "IKEv2 is not supported yet: set ike-version=1"},
    {"no-gateway", "ike-version=1",
     SETTINGS_ERROR_MISSING, "the key gateway is missing"},
    {"empty-gateway", "ike-version=1;gateway=",
     SETTINGS_ERROR_MISSING, "the key gateway is missing"},
    {"unknown-key", "gatway=gw;ike-version=1",
     SETTINGS_ERROR_UNKNOWN_KEY, "unknown key 'gatway': did you mean 'gateway'?"},
    {"unknown-key-near-nothing", "gateway=gw;ike-version=1;favourite-colour=blue",
     SETTINGS_ERROR_UNKNOWN_KEY, "unknown key 'favourite-colour': see nm-settings-ike(5)"},
    {"mobike", "gateway=gw;ike-version=1;mobike=yes",
     SETTINGS_ERROR_UNSUPPORTED, "mobike is not supported yet: remove the key mobike"},
    {"bad-value", "gateway=gw;ike-version=1;dpd-delay=often",
     SETTINGS_ERROR_BAD_VALUE, "dpd-delay=often: use 0 to 86400 seconds"},
    {"static-without-addresses", "gateway=gw;ike-version=1;addressing=static",
     SETTINGS_ERROR_MISSING, "addressing=static: the key addresses, with our addresses inside, is missing"},
    {"addresses-without-static", "gateway=gw;ike-version=1;addresses=10.0.0.1/24",
     SETTINGS_ERROR_BAD_VALUE, "addresses: fixed ones are used with addressing=static alone: set that, or remove them"},
    {"dpd-timeout", "gateway=gw;ike-version=1;dpd-delay=90",
     SETTINGS_ERROR_BAD_VALUE, "dpd-timeout=60: the dead peer check comes only every 90 seconds (dpd-delay): make the timeout longer"},
    {"too-many-pairs", "gateway=gw;ike-version=1;local-ts=10.0.0.1 10.0.0.2 10.0.0.3;remote-ts=1.0.0.0/8 2.0.0.0/8 3.0.0.0/8 4.0.0.0/8 "
                       "5.0.0.0/8 6.0.0.0/8 7.0.0.0/8 8.0.0.0/8 9.0.0.0/8 10.0.0.0/8 11.0.0.0/8",
     SETTINGS_ERROR_BAD_VALUE, "remote-ts: with those of local-ts there are 33 pairs of networks, and at most 32 can be "
                               "negotiated: join some of the networks"},
    {"transport-with-address", "gateway=gw;ike-version=1;ipsec-mode=transport;addressing=pull",
     SETTINGS_ERROR_BAD_VALUE, "addressing=pull: in transport mode (ipsec-mode=transport) both ends keep the addresses that "
                               "they have: remove it, or set addressing=none"},
    {"transport-with-addresses", "gateway=gw;ike-version=1;ipsec-mode=transport;addresses=10.0.0.1/24",
     SETTINGS_ERROR_BAD_VALUE, "addresses: fixed ones are used with addressing=static alone: set that, or remove them"},
    {"transport-with-policies", "gateway=gw;ike-version=1;ipsec-mode=transport;policy-level=unique",
     SETTINGS_ERROR_BAD_VALUE, "policy-level=unique: this is about networks behind the gateway, and transport mode "
                               "(ipsec-mode=transport) reaches none: remove it"},
    {"transport-alone", "gateway=gw;ike-version=1;ipsec-mode=transport;block-ipv6=yes",
     SETTINGS_ERROR_BAD_VALUE, "block-ipv6=yes: in transport mode (ipsec-mode=transport) nothing but the gateway could be "
                               "reached any more: remove it, or set ipsec-mode=tunnel"},
    {"transport-of-networks", "gateway=gw;ike-version=1;ipsec-mode=transport;remote-ts=10.0.0.1 10.0.0.2",
     SETTINGS_ERROR_BAD_VALUE, "remote-ts: transport mode (ipsec-mode=transport) is between two hosts: it can be one address"},
    {"keepalive-for-nothing", "gateway=gw;ike-version=1;encapsulation=off;nat-keepalive=20",
     SETTINGS_ERROR_BAD_VALUE, "nat-keepalive=20: this is for ESP in UDP, which is turned off (encapsulation=off): remove one of the two"},
    {"secret-user", "gateway=gw;ike-version=1;!user=a\nb",
     SETTINGS_ERROR_BAD_VALUE, "user=a?b: a user name is one line of text"},
};
/* clang-format on */

static void
test_refusal(gconstpointer data)
{
    const Refusal *refusal = data;
    g_autoptr(NMSettingVpn) setting = setting_of(refusal->profile);
    g_autoptr(GError) error = NULL;

    g_assert_null(connection_config_from_setting(setting, &error));
    g_assert_error(error, SETTINGS_ERROR, (int) refusal->code);
    g_assert_cmpstr(error->message, ==, refusal->sentence);
}

static void
test_over_long_secret_is_refused_unseen(void)
{
    g_autofree char *psk = g_strnfill(2000, 'x');
    g_autofree char *text = g_strconcat("gateway=gw;ike-version=1;!psk=", psk, NULL);
    g_autoptr(NMSettingVpn) setting = setting_of(text);
    g_autoptr(GError) error = NULL;

    g_assert_null(connection_config_from_setting(setting, &error));
    g_assert_cmpstr(error->message, ==, "the secret psk is longer than 1024 bytes");
}

typedef struct {
    const char *name;
    const char *profile;
    const char *key;      /* that the fault is about */
    const char *sentence; /* NULL: there is none */
} Check;

/* clang-format off */
static const Check checks[] = {
    {"ikev2", "gateway=gw;method=eap;mobike=yes;eap=mschapv2"},
    {"certificate", "gateway=gw;method=cert;cert=/a.p12"},
    {"pushed-secret", "gateway=gw;ike-version=1;psk=x", "psk",
     "psk is a secret: take it out of vpn.data and put it into vpn.secrets"},
    {"gateway", "ike-version=1", "gateway", "the key gateway is missing"},
    {"value", "gateway=gw;mtu=5", "mtu", "mtu=5: use auto, or 576 to 9000 bytes"},
    {"unknown", "gateway=gw;colour=blue", NULL, "unknown key 'colour': see nm-settings-ike(5)"},
    {"method-of-v1", "gateway=gw;method=psk-xauth", "method",
     "method=psk-xauth is of IKEv1: set ike-version=1, or another method"},
    {"method-of-v2", "gateway=gw;ike-version=1;method=cert-eap", "method",
     "method=cert-eap is of IKEv2: set ike-version=2, or another method"},
    {"proposals-of-v2", "gateway=gw;ike-proposals=aes256gcm16-prfsha384-x25519,chacha20poly1305-prfsha256-mlkem768"},
    {"esp-of-v2", "gateway=gw;esp-proposals=chacha20poly1305-x25519-noesn"},
    {"proposals-of-v1", "gateway=gw;ike-version=1;ike-proposals=aes256-sha256-x25519", "ike-proposals",
     "ike-proposals: proposal 'aes256-sha256-x25519': the algorithm 'x25519' is not supported yet"},
    {"pfs-of-v2", "gateway=gw;pfs=x25519"},
    {"pfs-of-v1", "gateway=gw;ike-version=1;pfs=curve25519", "pfs", "pfs: the group 'curve25519' is not supported yet"},
    {"no-such-algorithm", "gateway=gw;esp-proposals=aes257", "esp-proposals",
     "esp-proposals: proposal 'aes257': unknown algorithm 'aes257'"},
    {"no-certificate", "gateway=gw;ike-version=1;method=cert-xauth", "cert",
     "method=cert-xauth: the key cert, with our certificate, is missing"},
    {"no-certificate-for-tls", "gateway=gw;eap=tls", "cert",
     "eap=tls: the key cert, with our certificate, is missing"},
    {"certificate-for-tls", "gateway=gw;eap=tls;cert=/a.p12"},
    {"certificate-for-several", "gateway=gw;eap=tls,ttls"},
    {"addresses", "gateway=gw;addressing=static", "addresses",
     "addressing=static: the key addresses, with our addresses inside, is missing"},
    {"dpd", "gateway=gw;dpd-delay=90", "dpd-timeout",
     "dpd-timeout=60: the dead peer check comes only every 90 seconds (dpd-delay): make the timeout longer"},
    {"transport", "gateway=gw;ipsec-mode=transport;block-ipv6=yes", "block-ipv6",
     "block-ipv6=yes: in transport mode (ipsec-mode=transport) nothing but the gateway could be "
     "reached any more: remove it, or set ipsec-mode=tunnel"},
};
/* clang-format on */

static void
test_check(gconstpointer data)
{
    const Check *row = data;
    g_autoptr(NMSettingVpn) setting = setting_of(row->profile);
    g_autoptr(GError) error = NULL;
    const char *key = "untouched";

    g_assert_true(profile_check(setting, &key, &error) == (row->sentence == NULL));
    g_assert_cmpstr(error ? error->message : NULL, ==, row->sentence);
    g_assert_cmpstr(key, ==, row->key);
}

static bool
applies(const char *key, IkeVersion version, AuthMethod method)
{
    const ConnectionConfig config = {.ike_version = version, .method = method};

    return option_applies(option_by_key(key), &config);
}

static void
test_what_applies(void)
{
    g_assert_true(applies("mode", IKE_VERSION_1, METHOD_PSK));
    g_assert_false(applies("mode", IKE_VERSION_2, METHOD_PSK));
    g_assert_true(applies("mobike", IKE_VERSION_2, METHOD_PSK));
    g_assert_false(applies("mobike", IKE_VERSION_1, METHOD_PSK));
    g_assert_true(applies("psk", IKE_VERSION_2, METHOD_PSK_EAP));
    g_assert_false(applies("psk", IKE_VERSION_1, METHOD_CERT));
    g_assert_false(applies("ca", IKE_VERSION_1, METHOD_PSK_XAUTH));
    g_assert_true(applies("ca", IKE_VERSION_1, METHOD_HYBRID_XAUTH));
    g_assert_false(applies("cert", IKE_VERSION_1, METHOD_HYBRID_XAUTH));
    g_assert_true(applies("cert", IKE_VERSION_2, METHOD_EAP));
    g_assert_true(applies("password", IKE_VERSION_2, METHOD_CERT_EAP));
    g_assert_false(applies("password", IKE_VERSION_2, METHOD_CERT));
    g_assert_true(applies("gateway", IKE_VERSION_1, METHOD_CERT));
}

/* The table's defaults are those of the model. */
static void
test_defaults(void)
{
    g_autoptr(ConnectionConfig) read = config_of("gateway=gw;ike-version=1;method=psk");
    g_autoptr(ConnectionConfig) made = connection_config_new();

    g_assert_cmpuint(read->remote_port, ==, made->remote_port);
    g_assert_cmpuint(read->local_port, ==, made->local_port);
    g_assert_cmpint(read->mode, ==, made->mode);
    g_assert_cmpuint(read->ike_lifetime, ==, made->ike_lifetime);
    g_assert_cmpuint(read->esp_lifetime, ==, made->esp_lifetime);
    g_assert_cmpuint(read->esp_lifebytes, ==, made->esp_lifebytes);
    g_assert_cmpint(read->addressing, ==, made->addressing);
    g_assert_cmpint(read->policy_level, ==, made->policy_level);
    g_assert_cmpint(read->encapsulation, ==, made->encapsulation);
    g_assert_cmpuint(read->nat_keepalive, ==, made->nat_keepalive);
    g_assert_cmpuint(read->dpd_delay, ==, made->dpd_delay);
    g_assert_cmpuint(read->dpd_timeout, ==, made->dpd_timeout);
    g_assert_cmpint(read->data_plane, ==, made->data_plane);
    g_assert_cmpuint(read->mtu, ==, made->mtu);
    g_assert_cmpint(read->vendor, ==, made->vendor);
    g_assert_cmpint(read->pfs, ==, made->pfs);
    g_assert_cmpint(read->ipsec_mode, ==, made->ipsec_mode);
    g_assert_true(read->persistent == made->persistent);
    g_assert_true(read->password_once == made->password_once);
    g_assert_true(read->block_ipv4 == made->block_ipv4);
    g_assert_true(read->block_ipv6 == made->block_ipv6);
    g_assert_false(read->legacy_algorithms);
    g_assert_cmpuint(read->ike_proposals->len, ==, made->ike_proposals->len);
    g_assert_cmpuint(read->esp_proposals->len, ==, made->esp_proposals->len);
}

static void
test_every_field(void)
{
    g_autoptr(ConnectionConfig) config = config_of(
        "gateway=gw.example.org;ike-version=1;method=psk-xauth;mode=aggressive;remote-port=501;"
        "local-port=5500;user=alice;local-id=keyid:group;remote-id=192.0.2.1;ike-lifetime=100;"
        "esp-lifetime=50;esp-lifebytes=1000000;addressing=static;addresses=10.1.2.3/24;"
        "local-ts=10.1.2.3;remote-ts=10.0.0.0/8 10.9.0.0/16;policy-level=shared;"
        "encapsulation=force;nat-keepalive=5;dpd-delay=7;dpd-timeout=8;data-plane=userspace;"
        "mtu=1300;vendor=cisco;mobike=no;reauth=no;block-ipv4=yes;block-ipv6=yes;ipsec-mode=tunnel;"
        "!psk=k;!password=p");
    const IpPrefix *address = &g_array_index(config->addresses, IpPrefix, 0);
    g_autofree char *id = identity_to_text(&config->local_id);
    char text[IP_TEXT_SIZE];

    g_assert_cmpstr(config->gateway, ==, "gw.example.org");
    g_assert_cmpuint(config->remote_port, ==, 501);
    g_assert_cmpuint(config->local_port, ==, 5500);
    g_assert_cmpint(config->ike_version, ==, IKE_VERSION_1);
    g_assert_cmpint(config->method, ==, METHOD_PSK_XAUTH);
    g_assert_cmpint(config->mode, ==, EXCHANGE_MODE_AGGRESSIVE);
    g_assert_cmpstr(config->user, ==, "alice");
    g_assert_cmpstr(id, ==, "keyid:group");
    g_assert_cmpint(config->remote_id.type, ==, ID_IPV4_ADDR);
    g_assert_cmpmem(config->psk.data, config->psk.len, "k", 1);
    g_assert_cmpmem(config->password.data, config->password.len, "p", 1);
    g_assert_cmpuint(config->ike_lifetime, ==, 100);
    g_assert_cmpuint(config->esp_lifetime, ==, 50);
    g_assert_cmpuint(config->esp_lifebytes, ==, 1000000);
    g_assert_cmpint(config->addressing, ==, ADDRESSING_STATIC);
    g_assert_cmpuint(config->addresses->len, ==, 1);
    g_assert_cmpstr(ip_address_to_text(&address->address, text), ==, "10.1.2.3");
    g_assert_cmpuint(address->len, ==, 24);
    g_assert_cmpuint(config->local_ts->len, ==, 1);
    g_assert_cmpuint(config->remote_ts->len, ==, 2);
    g_assert_cmpint(config->policy_level, ==, POLICY_SHARED);
    g_assert_cmpint(config->encapsulation, ==, ENCAPSULATION_FORCE);
    g_assert_cmpuint(config->nat_keepalive, ==, 5);
    g_assert_cmpuint(config->dpd_delay, ==, 7);
    g_assert_cmpuint(config->dpd_timeout, ==, 8);
    g_assert_cmpint(config->data_plane, ==, DATA_PLANE_USERSPACE);
    g_assert_cmpuint(config->mtu, ==, 1300);
    g_assert_cmpint(config->vendor, ==, VENDOR_CISCO);
    g_assert_true(config->block_ipv4 && config->block_ipv6);
    g_assert_cmpint(config->ipsec_mode, ==, IPSEC_MODE_TUNNEL);
}

/* It needs no other key. */
static void
test_transport(void)
{
    g_autoptr(ConnectionConfig) config =
        config_of("gateway=gw;ike-version=1;method=psk;ipsec-mode=transport;data-plane=kernel;"
                  "encapsulation=off");

    g_assert_cmpint(config->ipsec_mode, ==, IPSEC_MODE_TRANSPORT);
    g_assert_cmpint(config->addressing, ==, ADDRESSING_NONE);
    g_assert_cmpint(config->data_plane, ==, DATA_PLANE_KERNEL);
    g_assert_cmpint(config->encapsulation, ==, ENCAPSULATION_OFF);
}

/* NetworkManager's own property, not a key of vpn.data. */
static void
test_persistent(void)
{
    for (int persistent = 0; persistent < 2; persistent++) {
        g_autoptr(NMSettingVpn) setting = setting_of("gateway=gw;ike-version=1");
        g_autoptr(ConnectionConfig) config = NULL;

        g_object_set(setting, NM_SETTING_VPN_PERSISTENT, persistent, NULL);
        config = connection_config_from_setting(setting, NULL);
        g_assert_true(config->persistent == persistent);
    }
}

/* What is asked for every time may be good for one time only. */
static void
test_password_for_once(void)
{
    static const char *const flags[] = {"0", "1", "2", "3", "4"};

    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        g_autofree char *profile =
            g_strconcat("gateway=gw;ike-version=1;!password=p;password-flags=", flags[i], NULL);
        g_autoptr(ConnectionConfig) config = config_of(profile);

        g_assert_true(config->password_once == (i == 2 || i == 3));
    }
}

static void
test_method_of_ikev1_is_psk_xauth(void)
{
    g_autoptr(ConnectionConfig) config = config_of("gateway=gw;ike-version=1");

    g_assert_cmpint(config->method, ==, METHOD_PSK_XAUTH);
}

static char *
esp_text(const ConnectionConfig *config)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < config->esp_proposals->len; i++) {
        const EspProposal *proposal = &g_array_index(config->esp_proposals, EspProposal, i);
        g_autofree char *one = esp_proposal_to_text(proposal);

        g_string_append_printf(text, "%s%s", i ? "," : "", one);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

typedef struct {
    const char *pfs;
    const char *offered;
} Pfs;

static const Pfs pfs_rows[] = {
    {"auto", "aes256-sha256-modp2048,aes256-sha256-ecp256,aes128-sha1"},
    {"no", "aes256-sha256,aes128-sha1"},
    {"modp3072", "aes256-sha256-modp3072,aes128-sha1-modp3072"},
};

static void
test_pfs(gconstpointer data)
{
    const Pfs *row = data;
    g_autofree char *profile = g_strconcat(
        "gateway=gw;ike-version=1;esp-proposals=aes256-sha256-modp2048-ecp256,aes128-sha1;pfs=",
        row->pfs,
        NULL);
    g_autoptr(ConnectionConfig) config = config_of(profile);
    g_autofree char *offered = esp_text(config);

    g_assert_cmpstr(offered, ==, row->offered);
}

static void
test_legacy_algorithms_widen_the_defaults_only(void)
{
    g_autoptr(ConnectionConfig) plain = config_of("gateway=gw;ike-version=1");
    g_autoptr(ConnectionConfig) legacy =
        config_of("gateway=gw;ike-version=1;legacy-algorithms=yes");
    g_autoptr(ConnectionConfig) named =
        config_of("gateway=gw;ike-version=1;legacy-algorithms=yes;esp-proposals=aes256-sha256");

    g_assert_cmpuint(legacy->esp_proposals->len, >, plain->esp_proposals->len);
    g_assert_cmpuint(named->esp_proposals->len, ==, 1);
}

/* Groups are tried one after the other, so there are few, and the good one comes first. */
static void
test_aggressive_mode_has_few_groups(void)
{
    g_autoptr(ConnectionConfig) plain = config_of("gateway=gw;ike-version=1;mode=aggressive");
    g_autoptr(ConnectionConfig) legacy =
        config_of("gateway=gw;ike-version=1;mode=aggressive;legacy-algorithms=yes");

    for (guint i = 0; i < plain->ike_proposals->len; i++)
        g_assert_cmpint(
            g_array_index(plain->ike_proposals, IkeProposal, i).ke->id, ==, KE_MODP_2048);
    g_assert_cmpint(g_array_index(legacy->ike_proposals, IkeProposal, 0).ke->id, ==, KE_MODP_2048);
    g_assert_cmpint(
        g_array_index(legacy->ike_proposals, IkeProposal, legacy->ike_proposals->len - 1).ke->id,
        ==,
        KE_MODP_1024);
}

static void
test_user_as_a_secret(void)
{
    g_autoptr(ConnectionConfig) secret = config_of("gateway=gw;ike-version=1;!user=bob");
    g_autoptr(ConnectionConfig) both = config_of("gateway=gw;ike-version=1;user=alice;!user=bob");

    g_assert_cmpstr(secret->user, ==, "bob");
    g_assert_cmpstr(both->user, ==, "alice");
}

/* NetworkManager fills in who activates the connection, which is not who the gateway knows. */
static void
test_login_name_is_not_the_user(void)
{
    g_autoptr(NMSettingVpn) setting = setting_of("gateway=gw;ike-version=1");
    g_autoptr(ConnectionConfig) config = NULL;

    g_object_set(setting, NM_SETTING_VPN_USER_NAME, "root", NULL);
    config = connection_config_from_setting(setting, NULL);
    g_assert_null(config->user);
}

typedef struct {
    const char *name;
    const char *profile;
    const char *missing; /* keys, apart by spaces */
} Missing;

static const Missing missing_rows[] = {
    {"all", "", "user password psk"},
    {"none", "user=a;!password=p;!psk=k", ""},
    {"user-as-secret", "!user=a;!password=p;!psk=k", ""},
    {"empty-counts-as-none", "user=;!password=p;!psk=k", "user"},
    {"psk-only", "method=psk", "psk"},
    {"psk-given", "method=psk;!psk=k", ""},
    {"not-required", "user=a;password-flags=4;!psk=k", ""},
    {"asked-but-not-required", "user=a;password-flags=6;psk-flags=2", "psk"},
    {"not-saved-but-given", "user=a;password-flags=2;!password=p;!psk=k", ""},
    {"agent-owned", "user=a;password-flags=1;psk-flags=1", "password psk"},
    {"eap", "ike-version=2;user=a", "password"},
    {"eap-and-psk", "method=psk-eap;user=a", "password psk"},
    {"eap-tls", "method=eap;eap=tls", ""},
    {"token", "method=cert;key=pkcs11:token=Card", "key-password"},
    {"token-with-pin", "method=cert;key=pkcs11:token=Card;!key-password=1", ""},
    {"answer-is-never-missing", "method=psk;answer-flags=2;!psk=k", ""},
    {"bad-method", "method=hope;user=a", "password psk"},
    {"bad-flags", "user=a;!psk=k;password-flags=many", "password"},
};

static void
test_missing(gconstpointer data)
{
    const Missing *row = data;
    g_autofree char *profile = g_strconcat("ike-version=1;", row->profile, NULL);
    g_autoptr(NMSettingVpn) setting = setting_of(profile);
    g_autofree const SecretQuestion **missing = secrets_missing(setting);
    g_autoptr(GString) keys = g_string_new(NULL);

    for (const SecretQuestion **question = missing; *question; question++)
        g_string_append_printf(keys, "%s%s", keys->len ? " " : "", (*question)->key);
    g_assert_cmpstr(keys->str, ==, row->missing);
}

static char *
answer_flags(const char *profile)
{
    g_autoptr(NMSettingVpn) setting = setting_of(profile);

    secrets_keep_no_answer(setting);
    return g_strdup(nm_setting_vpn_get_data_item(setting, "answer-flags"));
}

/* Only where a gateway may have such questions. */
static void
test_keeps_no_answer(void)
{
    g_autofree char *eap = answer_flags("gateway=a");
    g_autofree char *xauth = answer_flags("ike-version=1");
    g_autofree char *psk = answer_flags("method=psk");
    g_autofree char *said = answer_flags("ike-version=1;answer-flags=2");

    g_assert_cmpstr(eap, ==, "2");
    g_assert_cmpstr(xauth, ==, "2");
    g_assert_null(psk);
    g_assert_cmpstr(said, ==, "2");
}

#define ADD_ROWS(prefix, rows, label, function)                                                    \
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {                                              \
        g_autofree char *path = g_strconcat(prefix, rows[i].label, NULL);                          \
        g_test_add_data_func(path, &rows[i], function);                                            \
    }

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_ROWS("/settings/refusal/", refusals, name, test_refusal);
    ADD_ROWS("/settings/pfs/", pfs_rows, pfs, test_pfs);
    ADD_ROWS("/settings/missing/", missing_rows, name, test_missing);
    g_test_add_func("/settings/over-long-secret", test_over_long_secret_is_refused_unseen);
    ADD_ROWS("/settings/check/", checks, name, test_check);
    g_test_add_func("/settings/applies", test_what_applies);
    g_test_add_func("/settings/defaults", test_defaults);
    g_test_add_func("/settings/every-field", test_every_field);
    g_test_add_func("/settings/transport", test_transport);
    g_test_add_func("/settings/persistent", test_persistent);
    g_test_add_func("/settings/password-for-once", test_password_for_once);
    g_test_add_func("/settings/method", test_method_of_ikev1_is_psk_xauth);
    g_test_add_func("/settings/legacy", test_legacy_algorithms_widen_the_defaults_only);
    g_test_add_func("/settings/few-groups", test_aggressive_mode_has_few_groups);
    g_test_add_func("/settings/user-as-secret", test_user_as_a_secret);
    g_test_add_func("/settings/login-name", test_login_name_is_not_the_user);
    g_test_add_func("/settings/keeps-no-answer", test_keeps_no_answer);
    return g_test_run();
}
