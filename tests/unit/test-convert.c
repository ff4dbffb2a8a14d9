/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/convert.h"
#include "formats/import.h"

#include <string.h>

/* Old profiles, and what becomes of them: "key=value" as in vpn.data, "secret key=value" as in
 * vpn.secrets, "user-name=…" for NetworkManager's own property. */

typedef struct {
    const char *name;
    const char *service;
    const char *old[20];
    const char *ours[24];
    const char *notes[8]; /* a part of each note, in any order */
} Row;

#define TYPE(name) "org.freedesktop.NetworkManager." name

/* clang-format off */
static const Row rows[] = {
    {"vpnc", TYPE("vpnc"),
     {"IPSec gateway=vpn.example.com", "IPSec ID=staff", "Xauth username=alice", "NAT Traversal Mode=natt",
      "IPSec secret-flags=0", "Xauth password-flags=1", "ipsec-secret-type=save", "xauth-password-type=ask",
      "IKE DH Group=dh5", "Vendor=cisco", "secret IPSec secret=group key"},
     {"gateway=vpn.example.com", "ike-version=1", "mode=aggressive", "method=psk-xauth", "local-id=keyid:staff",
      "user=alice", "psk-flags=0", "password-flags=1", "secret psk=group key"},
     {NULL}},
    {"vpnc-old-modes", TYPE("vpnc"),
     {"IPSec gateway=192.0.2.1", "IPSec ID=staff", "ipsec-secret-type=save", "xauth-password-type=ask",
      "user-name=bob", "Domain=CORP", "Enable Single DES=yes", "Cisco UDP Encapsulation Port=0", "NAT Traversal Mode=cisco-udp"},
     {"gateway=192.0.2.1", "user=bob", "psk-flags=1", "password-flags=2"},
     {"Domain", "Single DES", "NAT Traversal Mode"}},
    {"vpnc-line-break", TYPE("vpnc"),
     {"IPSec gateway=192.0.2.1", "IPSec ID=staff\nScript /tmp/evil", "Xauth username=bob"},
     {"gateway=192.0.2.1", "user=bob", "local-id=", "method=psk-xauth"},
     {"IPSec ID"}},
    {"libreswan-quoted", TYPE("libreswan"),
     {"right=192.0.2.1", "leftid=\"C=CH, CN=me\"", "leftxauthusername=bob"},
     {"gateway=192.0.2.1", "user=bob", "local-id="},
     {"leftid"}},
    {"libreswan", TYPE("libreswan"),
     {"right=vpn.example.com", "leftid=Employees", "leftxauthusername=carol", "pskinputmodes=save",
      "pskvalue-flags=0", "xauthpassword-flags=2", "vendor=Cisco", "Domain=CORP", "secret pskvalue=libre key"},
     {"gateway=vpn.example.com", "ike-version=1", "mode=aggressive", "method=psk-xauth", "local-id=@Employees",
      "user=carol", "vendor=cisco", "ike-proposals=aes256-sha1-modp1536", "esp-proposals=aes256-sha1",
      "ike-lifetime=86400", "esp-lifetime=86400", "remote-ts=0.0.0.0/0", "psk-flags=0", "password-flags=2", "addressing=",
      "secret psk=libre key"},
     {"domain"}},
    {"libreswan-main-mode", TYPE("openswan"),
     {"right=192.0.2.9", "ike=aes128-sha2;dh14", "esp=aes_gcm256-null", "rightsubnet=10.0.0.0/8", "user-name=dave",
      "pfs=no", "dpddelay=10", "dpdtimeout=90", "leftmodecfgclient=yes", "fragmentation=force", "weird=1"},
     {"gateway=192.0.2.9", "mode=", "method=psk-xauth", "local-id=", "user=dave", "ike-proposals=aes128-sha256-modp2048",
      "esp-proposals=aes256gcm16", "remote-ts=10.0.0.0/8", "pfs=no", "dpd-delay=10", "dpd-timeout=90",
      "fragmentation=force", "psk-flags=1", "password-flags=1"},
     {"weird"}},
    {"libreswan-ikev2", TYPE("libreswan"),
     {"right=vpn.example.com", "rightid=@vpn.example.com", "leftid=%fromcert", "leftcert=my nickname", "ikev2=insist",
      "leftrsasigkey=%cert", "rightrsasigkey=%cert", "ipsec-interface=1", "mobike=yes"},
     {"gateway=vpn.example.com", "ike-version=2", "method=cert", "mode=", "remote-id=@vpn.example.com", "mobike=yes",
      "local-id=", "cert="},
     {"my nickname", "ipsec-interface"}},
    {"libreswan-host-to-host", TYPE("libreswan"),
     {"nm-auto-defaults=no", "right=192.0.2.153", "rightid=@hostb", "left=192.0.2.250", "leftid=@hosta", "authby=secret", "ikev2=insist",
      "pskvalue-flags=0", "secret pskvalue=libre key"},
     {"gateway=192.0.2.153", "ike-version=2", "method=psk", "local-id=@hosta", "remote-id=@hostb", "addressing=none",
      "remote-ts=192.0.2.153/32", "local-ts=", "ike-lifetime=", "esp-lifetime=", "vendor=", "mode=", "psk-flags=0", "secret psk=libre key"},
     {"left” (192.0.2.250)"}},
    {"libreswan-subnet-to-subnet", TYPE("libreswan"),
     {"nm-auto-defaults=no", "right=2001:db8::9", "rightsubnet=10.2.0.0/24", "leftsubnet=10.1.0.0/24", "left=%defaultroute", "leftid=%fromcert",
      "leftcert=/etc/me.pem", "leftrsasigkey=%cert", "rightrsasigkey=%cert", "ike=aes_gcm256-sha2;dh19"},
     {"ike-version=2", "method=cert", "cert=/etc/me.pem", "addressing=none", "remote-ts=10.2.0.0/24", "local-ts=10.1.0.0/24", "local-id=",
      "ike-proposals=aes256gcm16-prfsha256-ecp256"},
     {"certificate"}},
    {"libreswan-own-defaults-ipv6", TYPE("libreswan"),
     {"nm-auto-defaults=false", "right=2001:db8::9", "authby=secret"},
     {"ike-version=2", "method=psk", "addressing=none", "remote-ts=2001:db8::9/128"},
     {NULL}},
    {"libreswan-own-defaults-name", TYPE("libreswan"),
     {"nm-auto-defaults=no", "right=gw.example.com", "authby=secret"},
     {"gateway=gw.example.com", "method=psk", "addressing=none", "remote-ts="},
     {"rightsubnet"}},
    {"libreswan-own-defaults-transport", TYPE("libreswan"),
     {"nm-auto-defaults=no", "right=192.0.2.1", "authby=secret", "type=transport"},
     {"ipsec-mode=transport", "remote-ts="},
     {NULL}},
    {"libreswan-own-defaults-client", TYPE("libreswan"),
     {"nm-auto-defaults=no", "right=192.0.2.1", "leftid=group", "authby=secret", "ikev2=never", "leftxauthclient=yes", "leftmodecfgclient=yes",
      "modecfgpull=yes", "leftusername=gina", "rightsubnet=0.0.0.0/0", "vendor=Cisco"},
     {"ike-version=1", "method=psk-xauth", "mode=", "local-id=group", "user=gina", "addressing=", "remote-ts=0.0.0.0/0", "vendor=",
      "ike-proposals=", "ike-lifetime="},
     {NULL}},
    {"libreswan-defaults-said", TYPE("libreswan"),
     {"nm-auto-defaults=yes", "right=192.0.2.1", "leftid=group", "leftsubnet=2001:db8::/64"},
     {"ike-version=1", "method=psk-xauth", "mode=aggressive", "local-id=@group", "addressing=", "remote-ts=::/0", "local-ts=2001:db8::/64",
      "ike-lifetime=86400"},
     {NULL}},
    {"libreswan-many-subnets", TYPE("libreswan"),
     {"right=192.0.2.1", "ikev2=insist", "rightsubnets=10.1.0.0/16,10.2.0.0/16"},
     {"remote-ts=10.1.0.0/16,10.2.0.0/16"},
     {NULL}},
    {"strongswan-eap", TYPE("strongswan"),
     {"address=vpn.example.com", "certificate=/etc/ssl/ca.pem", "method=eap", "user=erin", "virtual=yes", "encap=yes", "ipcomp=yes",
      "proposal=yes", "ike=aes256-sha256-modp2048;aes128-sha256-ecp256", "esp=aes256gcm16;aes128-sha256", "server-port=4500",
      "remote-ts=10.0.0.0/8;fd00::/8", "remote-identity=@gw", "local-identity=email:erin@example.com", "password-flags=1", "new-key=x"},
     {"gateway=vpn.example.com", "ike-version=2", "method=eap", "user=erin", "ca=/etc/ssl/ca.pem", "encapsulation=force",
      "ike-proposals=aes256-sha256-modp2048,aes128-sha256-ecp256", "esp-proposals=aes256gcm16,aes128-sha256", "remote-port=4500",
      "remote-ts=10.0.0.0/8,fd00::/8", "remote-id=@gw", "local-id=erin@example.com", "password-flags=1", "addressing="},
     {"ipcomp", "new-key"}},
    {"strongswan-key", TYPE("strongswan"),
     {"address=192.0.2.3", "method=key", "usercert=/home/me/me.pem", "userkey=/home/me/me.key", "virtual=no", "proposal=no",
      "ike=nonsense", "password-flags=0", "secret password=key phrase"},
     {"gateway=192.0.2.3", "method=cert", "cert=/home/me/me.pem", "key=/home/me/me.key", "addressing=none", "ike-proposals=",
      "key-password-flags=0", "secret key-password=key phrase"}},
    {"strongswan-psk", TYPE("strongswan"),
     {"address=192.0.2.3", "method=psk", "user=me@example.com", "virtual=yes", "password-flags=0", "secret password=a pre-shared key"},
     {"method=psk", "local-id=me@example.com", "user=", "psk-flags=0", "secret psk=a pre-shared key"}},
    {"strongswan-eap-tls-smartcard", TYPE("strongswan"),
     {"address=192.0.2.3", "method=eap-tls", "cert-source=smartcard", "virtual=yes", "password-flags=2"},
     {"method=eap", "eap=tls", "key-password-flags=2"},
     {"smart cards"}},
    {"strongswan-agent", TYPE("strongswan"),
     {"address=192.0.2.3", "method=agent", "usercert=/home/me/me.pem", "virtual=yes"},
     {"method=cert", "cert=/home/me/me.pem", "key="},
     {"SSH agent"}},
    {"l2tp-psk-asked", TYPE("l2tp"),
     {"gateway=192.0.2.5", "user=frank", "ipsec-enabled=yes", "ipsec-psk-flags=2", "password-flags=2"},
     {"method=psk-xauth", "psk-flags=2", "password-flags=2"},
     {"L2TP was left out"}},
    {"l2tp-psk-of-agent", TYPE("l2tp"),
     {"gateway=192.0.2.5", "user=frank", "ipsec-enabled=yes", "ipsec-psk-flags=1", "password-flags=0", "secret ipsec-psk=0sbDJ0cCBwc2s=",
      "secret password=pass"},
     {"psk-flags=1", "password-flags=0", "secret psk=l2tp psk", "secret password=pass"},
     {"L2TP was left out"}},
    {"l2tp-psk-bad", TYPE("l2tp"),
     {"gateway=192.0.2.5", "user=frank", "ipsec-enabled=yes", "ipsec-psk-flags=0", "secret ipsec-psk=0sAAECAw=="},
     {"psk-flags=1"},
     {"L2TP was left out", "ipsec-psk"}},
    {"l2tp-certificate", TYPE("l2tp"),
     {"gateway=192.0.2.5", "user=frank", "ipsec-enabled=yes", "machine-auth-type=tls", "machine-ca=/etc/ssl/ca.pem",
      "machine-cert=/home/me/me.pem", "machine-key=/home/me/me.key", "machine-certpass-flags=2", "ipsec-psk-flags=0"},
     {"method=cert-xauth", "cert=/home/me/me.pem", "key=/home/me/me.key", "ca=/etc/ssl/ca.pem", "key-password-flags=2", "psk-flags="},
     {"L2TP was left out"}},
    {"l2tp", TYPE("l2tp"),
     {"gateway=192.0.2.5", "user=frank", "ipsec-enabled=yes", "ipsec-psk=0sbDJ0cCBwc2s=", "ipsec-remote-id=%any",
      "ipsec-ike=aes128-sha1-modp2048,3des-sha1-modp1024!", "ipsec-esp=aes128-sha1,3des-sha1!", "ipsec-forceencaps=yes", "mru=1400",
      "require-mppe=yes", "domain=CORP", "password-flags=1"},
     {"gateway=192.0.2.5", "ike-version=1", "method=psk-xauth", "user=frank", "remote-id=%any", "encapsulation=force",
      "ike-proposals=aes128-sha1-modp2048,3des-sha1-modp1024", "esp-proposals=aes128-sha1,3des-sha1", "psk-flags=0",
      "password-flags=1", "secret psk=l2tp psk"},
     {"L2TP was left out", "mru", "require-mppe", "domain"}},
};
/* clang-format on */

static NMSettingVpn *
vpn_of(const Row *row)
{
    NMSettingVpn *vpn = NM_SETTING_VPN(nm_setting_vpn_new());

    g_object_set(
        vpn, NM_SETTING_VPN_SERVICE_TYPE, row->service, NM_SETTING_VPN_PERSISTENT, TRUE, NULL);
    for (const char *const *line = row->old; *line; line++) {
        bool secret = g_str_has_prefix(*line, "secret ");
        g_auto(GStrv) parts = g_strsplit(*line + (secret ? strlen("secret ") : 0), "=", 2);

        if (secret)
            nm_setting_vpn_add_secret(vpn, parts[0], parts[1]);
        else if (strcmp(parts[0], "user-name") == 0)
            g_object_set(vpn, NM_SETTING_VPN_USER_NAME, parts[1], NULL);
        else
            nm_setting_vpn_add_data_item(vpn, parts[0], parts[1]);
    }
    return vpn;
}

static NMSetting *
ip_of(bool ipv6)
{
    NMSetting *ip = ipv6 ? nm_setting_ip6_config_new() : nm_setting_ip4_config_new();

    g_object_set(ip, NM_SETTING_IP_CONFIG_METHOD, "auto", NULL);
    if (ipv6)
        return ip;
    nm_setting_ip_config_add_dns(NM_SETTING_IP_CONFIG(ip), "192.0.2.53");
    g_object_set(ip, NM_SETTING_IP_CONFIG_NEVER_DEFAULT, TRUE, NULL);
    return ip;
}

static NMConnection *
old_of(const Row *row)
{
    NMConnection *old = nm_simple_connection_new();
    NMSetting *general = nm_setting_connection_new();
    g_autofree char *uuid = nm_utils_uuid_generate();

    g_object_set(general,
                 NM_SETTING_CONNECTION_ID,
                 row->name,
                 NM_SETTING_CONNECTION_UUID,
                 uuid,
                 NM_SETTING_CONNECTION_TYPE,
                 "vpn",
                 NM_SETTING_CONNECTION_AUTOCONNECT,
                 TRUE,
                 NM_SETTING_CONNECTION_ZONE,
                 "work",
                 NULL);
    nm_setting_connection_add_permission(NM_SETTING_CONNECTION(general), "user", "alice", NULL);
    nm_connection_add_setting(old, general);
    nm_connection_add_setting(old, NM_SETTING(vpn_of(row)));
    nm_connection_add_setting(old, ip_of(false));
    nm_connection_add_setting(old, ip_of(true));
    return old;
}

static const char *
converted_from(NMConnection *connection)
{
    NMSetting *setting = nm_connection_get_setting(connection, NM_TYPE_SETTING_USER);

    return nm_setting_user_get_data(NM_SETTING_USER(setting), CONVERT_FROM_KEY);
}

static void
must_say(NMConnection *ours, const char *line)
{
    bool secret = g_str_has_prefix(line, "secret ");
    g_auto(GStrv) parts = g_strsplit(line + (secret ? strlen("secret ") : 0), "=", 2);
    NMSettingVpn *vpn = nm_connection_get_setting_vpn(ours);
    const char *value = secret ? nm_setting_vpn_get_secret(vpn, parts[0])
                               : nm_setting_vpn_get_data_item(vpn, parts[0]);
    g_autofree char *said = g_strconcat(secret ? "secret " : "", parts[0], "=", value, NULL);

    g_assert_cmpstr(said, ==, line);
}

/* What every profile keeps. */
static void
must_be_carried(const Row *row, NMConnection *old, NMConnection *ours)
{
    NMSettingConnection *general = nm_connection_get_setting_connection(ours);
    NMSettingIPConfig *ip4 = nm_connection_get_setting_ip4_config(ours);
    g_autofree char *name = g_strconcat(row->name, " (IKE)", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(nm_connection_verify(ours, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(nm_connection_get_id(ours), ==, name);
    g_assert_cmpstr(nm_connection_get_uuid(ours), !=, nm_connection_get_uuid(old));
    g_assert_false(nm_setting_connection_get_autoconnect(general));
    g_assert_cmpstr(nm_setting_connection_get_zone(general), ==, "work");
    g_assert_cmpuint(nm_setting_connection_get_num_permissions(general), ==, 1);
    g_assert_cmpstr(nm_setting_ip_config_get_dns(ip4, 0), ==, "192.0.2.53");
    g_assert_true(nm_setting_ip_config_get_never_default(ip4));
    g_assert_true(nm_setting_vpn_get_persistent(nm_connection_get_setting_vpn(ours)));
    g_assert_cmpstr(converted_from(ours), ==, nm_connection_get_uuid(old));
    /* The old one is as it was. */
    g_assert_true(nm_setting_connection_get_autoconnect(nm_connection_get_setting_connection(old)));
}

static void
test_row(gconstpointer data)
{
    const Row *row = data;
    g_autoptr(NMConnection) old = old_of(row);
    g_autoptr(GError) error = NULL;
    g_autoptr(NMConnection) ours = convert_connection(old, true, &error);
    const char *notes;

    g_assert_no_error(error);
    g_assert_nonnull(ours);
    must_be_carried(row, old, ours);
    for (const char *const *line = row->ours; *line; line++)
        must_say(ours, *line);
    notes = import_notes_of(ours);
    g_test_message("%s", notes ? notes : "no notes");
    for (const char *const *note = row->notes; *note; note++)
        g_assert_nonnull(strstr(notes, *note));
    if (!row->notes[0])
        g_assert_null(notes);
}

static const Row l2tp_alone = {"l2tp", TYPE("l2tp"), {"gateway=192.0.2.5", "user=frank"}};
static const Row without_gateway = {"x", TYPE("strongswan"), {"method=eap"}};
static const Row libreswan_without_gateway = {"x", TYPE("libreswan"), {"leftid=x"}};
static const Row openvpn = {"x", TYPE("openvpn"), {"remote=192.0.2.1"}};

static void
must_be_refused(const Row *row, bool without_l2tp, const char *part)
{
    g_autoptr(NMConnection) old = old_of(row);
    g_autoptr(GError) error = NULL;

    g_assert_null(convert_connection(old, without_l2tp, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, part));
}

static void
test_refused(void)
{
    must_be_refused(&rows[G_N_ELEMENTS(rows) - 1], false, "--without-l2tp");
    must_be_refused(&l2tp_alone, true, "without IPsec");
    must_be_refused(&without_gateway, true, "gateway");
    must_be_refused(&libreswan_without_gateway, true, "gateway");
    must_be_refused(&openvpn, true, "vpnc");
}

static void
test_known(void)
{
    g_autoptr(NMConnection) vpnc = old_of(&rows[0]);
    g_autoptr(NMConnection) other = old_of(&openvpn);
    g_autoptr(NMConnection) no_vpn = nm_simple_connection_new();

    g_assert_true(convert_is_known(vpnc));
    g_assert_false(convert_is_known(other));
    g_assert_false(convert_is_known(no_vpn));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/convert/", rows[i].name, NULL);

        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/convert/refused", test_refused);
    g_test_add_func("/convert/known", test_known);
    return g_test_run();
}
