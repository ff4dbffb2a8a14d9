/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/internal.h"

#include <glib/gi18n-lib.h>
#include <stddef.h>
#include <string.h>

G_DEFINE_QUARK(nm_ike_settings_error, settings_error)

enum {
    LEAST_LIFETIME = 10,               /* seconds: an exchange must fit in */
    MOST_LIFETIME = 30 * 24 * 60 * 60, /* seconds: nobody should keep keys longer */
    LEAST_LIFEBYTES = 64 * 1024,       /* as many as one packet can have: else it never pays */
    MOST_INTERVAL = 24 * 60 * 60,      /* seconds */
    LEAST_MTU = 576,                   /* RFC 791: every host takes these */
    MOST_MTU = 9000,                   /* a jumbo frame */
    LEAST_FRAGMENT = 576,
};

#define MOST_LIFEBYTES ((uint64_t) INT64_MAX)

/* clang-format off */
static const OptionChoice auto_only[] = {{"auto", 0}, {NULL}};
static const OptionChoice asked_only[] = {{"2", 2}, {NULL}};
static const OptionChoice off_only[] = {{"0", 0}, {NULL}};
static const OptionChoice no_yes[] = {{"no", false}, {"yes", true}, {NULL}};
static const OptionChoice no_only[] = {{"no", false}, {"yes", true, true}, {NULL}};
static const OptionChoice yes_unsupported[] = {{"yes", true, true}, {"no", false}, {NULL}};
static const OptionChoice fragmentations[] = {{"yes", 0, true}, {"no", 1}, {"force", 2, true}, {NULL}};
static const OptionChoice modes[] = {{"main", EXCHANGE_MODE_MAIN}, {"aggressive", EXCHANGE_MODE_AGGRESSIVE}, {NULL}};
static const OptionChoice versions[] = {{"2", IKE_VERSION_2, true, "IKEv2"}, {"1", IKE_VERSION_1}, {NULL}};
static const OptionChoice ipsec_modes[] = {{"tunnel", IPSEC_MODE_TUNNEL}, {"transport", IPSEC_MODE_TRANSPORT}, {NULL}};

static const OptionChoice methods[] = {
    {"eap",          METHOD_EAP,          true},
    {"cert",         METHOD_CERT,         true},
    {"psk",          METHOD_PSK},
    {"cert-eap",     METHOD_CERT_EAP,     true},
    {"psk-eap",      METHOD_PSK_EAP,      true},
    {"psk-xauth",    METHOD_PSK_XAUTH},
    {"cert-xauth",   METHOD_CERT_XAUTH,   true},
    {"hybrid-xauth", METHOD_HYBRID_XAUTH, true},
    {NULL},
};

static const OptionChoice addressings[] = {
    {"pull",   ADDRESSING_PULL},
    {"push",   ADDRESSING_PUSH},
    {"static", ADDRESSING_STATIC},
    {"none",   ADDRESSING_NONE},
    {NULL},
};

static const OptionChoice policy_levels[] = {
    {"auto",    POLICY_AUTO},
    {"unique",  POLICY_UNIQUE},
    {"shared",  POLICY_SHARED},
    {"require", POLICY_REQUIRE, true},
    {NULL},
};

static const OptionChoice encapsulations[] = {
    {"auto",  ENCAPSULATION_AUTO},
    {"force", ENCAPSULATION_FORCE},
    {"off",   ENCAPSULATION_OFF},
    {NULL},
};

static const OptionChoice data_planes[] = {
    {"auto",      DATA_PLANE_AUTO},
    {"kernel",    DATA_PLANE_KERNEL},
    {"userspace", DATA_PLANE_USERSPACE},
    {NULL},
};

static const OptionChoice vendors[] = {
    {"auto",       VENDOR_AUTO},
    {"none",       VENDOR_NONE},
    {"cisco",      VENDOR_CISCO},
    {"fortigate",  VENDOR_FORTIGATE},
    {"juniper",    VENDOR_JUNIPER},
    {"sonicwall",  VENDOR_SONICWALL,  true},
    {"checkpoint", VENDOR_CHECKPOINT, true},
    {"fritzbox",   VENDOR_FRITZBOX},
    {"windows",    VENDOR_WINDOWS,    true},
    {NULL},
};

#define FIELD(name) offsetof(ConnectionConfig, name)
#define FLAGS N_("a sum of 1 (the keyring keeps it), 2 (asked for every time) and 4 (not needed)")
#define OUR_IDENTITY N_("an address, gw.example.org, @gw.example.org, user@example.org, \"C=CH, CN=me\", keyid:text, userfqdn:text or @#hex")
#define THEIR_IDENTITY /* xgettext:no-c-format */ N_("an address, gw.example.org, @gw.example.org, user@example.org, \"C=CH, CN=me\", keyid:text, userfqdn:text, @#hex or %any")
#define NETWORKS N_("networks such as 10.0.0.0/8 or 10.0.0.0/8[tcp/443], apart by commas or spaces")
#define FILE_OR_URI N_("a file (PEM, DER, PKCS#12) or a pkcs11: URI")

static const Option options[] = {
    {"gateway", GROUP_GATEWAY, OPTION_TEXT, read_gateway,
     .values = N_("a host name or an address"),
     .sentence = "The gateway. Of a name's addresses the first is taken that there is a route to, IPv4 before IPv6. When the "
                 "network changes, another of them may be, and in user space one of the other family too."},
    {"remote-port", GROUP_GATEWAY, OPTION_NUMBER, read_u16, FIELD(remote_port), "auto", auto_only, 1, UINT16_MAX,
     .sentence = "The gateway's UDP port for IKE. auto is 500. What is in UDP after NAT was detected goes to 4500, "
                 "whatever this is."},
    {"local-port", GROUP_GATEWAY, OPTION_NUMBER, read_u16, FIELD(local_port), "auto", auto_only, 1, UINT16_MAX,
     .sentence = "Our own UDP port for IKE. auto is 500 or, where another program has it, any free one. For NAT "
                 "traversal 4500 is taken, or any free one, whatever this is."},
    {"ike-version", GROUP_GATEWAY, OPTION_CHOICE, read_choice, FIELD(ike_version), "2", versions,
     .sentence = "The version of IKE."},
    {"mode", GROUP_GATEWAY, OPTION_CHOICE, read_choice, FIELD(mode), "main", modes,
     .sentence = "IKEv1's first exchange. Aggressive mode is shorter and shows our identity, and a hash of the "
                 "pre-shared key that can be guessed at, to anybody on the way: only for a gateway that knows us "
                 "by a group name.",
     .applies = connection_config_is_v1},
    {"vendor", GROUP_GATEWAY, OPTION_CHOICE, read_choice, FIELD(vendor), "auto", vendors,
     .sentence = "What the gateway is. cisco says that we are a Cisco client, which is how such a gateway sends banner, split "
                 "networks and domains; auto, fortigate, juniper and fritzbox say so too, and wait to see what the gateway "
                 "says of itself; none does not. The editor fills in what such a gateway needs as a rule."},

    {"method", GROUP_AUTHENTICATION, OPTION_CHOICE, read_choice, FIELD(method), NULL, methods,
     .sentence = "How both ends prove who they are: by a pre-shared key (psk), by certificates (cert), by a password "
                 "over EAP (IKEv2; with eap=tls by a certificate), or by a pre-shared key or certificates and then a user name and password over "
                 "XAuth (IKEv1). Left out: psk-xauth with IKEv1, eap with IKEv2."},
    {"user", GROUP_AUTHENTICATION, OPTION_TEXT, read_user,
     .values = N_("a text"),
     .sentence = "The user name. Left out, it is asked for as if it were a secret of this name; nmcli, which asks for "
                 "secrets only, needs it here.",
     .applies = connection_config_uses_user},
    {"local-id", GROUP_AUTHENTICATION, OPTION_TEXT, read_local_id, FIELD(local_id),
     .values = OUR_IDENTITY,
     .sentence = "Who we say we are. A gateway that asks for a group name or \"IPSec ID\" wants keyid:NAME. A name that "
                 "the gateway knows as an e-mail address or \"user FQDN\" and that has no @ is userfqdn:NAME. Left out: our own "
                 "address with a pre-shared key."},
    {"remote-id", GROUP_AUTHENTICATION, OPTION_TEXT, read_remote_id, FIELD(remote_id),
     .values = THEIR_IDENTITY,
     .sentence = "Who the gateway must say it is. Left out or %any, with a pre-shared key: anybody who knows the key."},
    {"ca", GROUP_AUTHENTICATION, OPTION_TEXT, read_file_or_uri, .values = FILE_OR_URI,
     .sentence = "The certificate authority that the gateway's certificate must come from. Left out: the system's trust store.",
     .applies = connection_config_checks_certificate,
     .unsupported = true},
    {"cert", GROUP_AUTHENTICATION, OPTION_TEXT, read_file_or_uri, .values = FILE_OR_URI,
     .sentence = "Our certificate.",
     .applies = connection_config_uses_certificate,
     .unsupported = true},
    {"key", GROUP_AUTHENTICATION, OPTION_TEXT, read_file_or_uri, .values = FILE_OR_URI,
     .sentence = "The private key to our certificate.",
     .applies = connection_config_uses_certificate,
     .unsupported = true},
    {"eap", GROUP_AUTHENTICATION, OPTION_TEXT, read_eap_methods, .default_text = "auto",
     .values = N_("auto, or a list of mschapv2, gtc, md5, tls, ttls, peap"),
     .sentence = "The EAP methods that the gateway may choose from. With tls alone, a certificate (cert) says who we are, and "
                 "no user name or password is needed.",
     .applies = connection_config_uses_eap,
     .unsupported = true},

    {"psk", GROUP_SECRETS, OPTION_SECRET, read_checked_only, .values = N_("a text"),
     .sentence = "The pre-shared key; with a group name, the group's password.",
     .applies = connection_config_uses_psk},
    {"psk-flags", GROUP_SECRETS, OPTION_TEXT, read_secret_flags, 0, "0", .values = FLAGS,
     .sentence = "Who keeps the pre-shared key. 0: it is stored with the profile, for root only.",
     .applies = connection_config_uses_psk},
    {"password", GROUP_SECRETS, OPTION_SECRET, read_checked_only, .values = N_("a text"),
     .sentence = "The user's password.",
     .applies = connection_config_uses_user},
    {"password-flags", GROUP_SECRETS, OPTION_TEXT, read_secret_flags, 0, "0", .values = FLAGS,
     .sentence = "Who keeps the password.",
     .applies = connection_config_uses_user},
    {"user-flags", GROUP_SECRETS, OPTION_TEXT, read_secret_flags, 0, "0", .values = FLAGS,
     .sentence = "Who keeps a user name that was asked for.",
     .applies = connection_config_uses_user},
    {"key-password", GROUP_SECRETS, OPTION_SECRET, read_checked_only, .values = N_("a text"),
     .sentence = "What the private key is encrypted with, or the PIN of the token.",
     .applies = connection_config_uses_certificate,
     .unsupported = true},
    {"key-password-flags", GROUP_SECRETS, OPTION_TEXT, read_secret_flags, 0, "0", .values = FLAGS,
     .sentence = "Who keeps the private key's password.",
     .applies = connection_config_uses_certificate,
     .unsupported = true},
    {"answer", GROUP_SECRETS, OPTION_SECRET, read_checked_only, .values = N_("a text"),
     .sentence = "What a gateway asks for when it has the password, such as a one-time code. It is asked for each time.",
     .applies = connection_config_uses_user},
    {"answer-flags", GROUP_SECRETS, OPTION_CHOICE, read_checked_only, 0, NULL, asked_only,
     .sentence = "Says to NetworkManager that nobody keeps such an answer. Needed where the gateway has such questions: without it "
                 "NetworkManager would write the answer into the profile, or drop it. With password-flags=2 it may be left out.",
     .applies = connection_config_uses_user},

    {"ike-proposals", GROUP_PROPOSALS, OPTION_TEXT, read_ike_proposals,
     .values = N_("proposals such as aes256-sha256-modp2048, apart by commas"),
     .sentence = "How the IKE SA may be protected, the best first: encryption, hash and group. Several "
                 "keywords of one kind mean each of them. Left out: what is good today. Aggressive mode "
                 "can offer one group at a time: the next one is tried when the gateway refuses, and not "
                 "when it is silent, so put its group first.",
     .supports = supports_ike_proposals},
    {"esp-proposals", GROUP_PROPOSALS, OPTION_TEXT, read_esp_proposals,
     .values = N_("proposals such as aes256gcm16 or aes256-sha256-modp2048, apart by commas"),
     .sentence = "How the traffic may be protected, the best first: encryption, integrity unless it is a combined mode, "
                 "and a group for perfect forward secrecy. Left out: what is good today.",
     .supports = supports_esp_proposals},
    {"legacy-algorithms", GROUP_PROPOSALS, OPTION_CHOICE, read_yes_no, FIELD(legacy_algorithms), "no", no_yes,
     .sentence = "Adds 3DES, SHA-1, MODP-1024 and the like to what is offered where no proposals are named. Only for a gateway "
                 "that can do no better."},
    {"pfs", GROUP_PROPOSALS, OPTION_TEXT, read_pfs, .default_text = "auto",
     .values = N_("auto, no, or a group such as modp2048"),
     .sentence = "Perfect forward secrecy of the traffic's keys. auto: as esp-proposals say, and if they name no "
                 "group, without first and with phase 1's if the gateway refuses that; no: without, whatever they say; "
                 "a group: with this one in each of them. Where the gateway renews them, it may take another group that "
                 "is not weak.",
     .supports = supports_pfs},
    {"ike-lifetime", GROUP_PROPOSALS, OPTION_NUMBER, read_u32, FIELD(ike_lifetime), "28800", NULL,
     LEAST_LIFETIME, MOST_LIFETIME, N_("seconds"),
     .sentence = "How long the IKE SA lives. With IKEv1 this is how long the connection lasts, unless vpn.persistent is "
                 "yes: then another is made in the last tenth of its life, and no packet is lost."},
    {"esp-lifetime", GROUP_PROPOSALS, OPTION_NUMBER, read_u32, FIELD(esp_lifetime), "3600", NULL,
     LEAST_LIFETIME, MOST_LIFETIME, N_("seconds"),
     .sentence = "How long the traffic's keys live. New ones are made in time."},
    {"esp-lifebytes", GROUP_PROPOSALS, OPTION_NUMBER, read_u64, FIELD(esp_lifebytes), "0", off_only,
     LEAST_LIFEBYTES, MOST_LIFEBYTES, N_("bytes"),
     .sentence = "How much the traffic's keys protect. 0: no limit."},
    {"reauth", GROUP_PROPOSALS, OPTION_CHOICE, read_checked_only, 0, "no", no_only,
     .sentence = "Whether a whole new IKE SA is made, with all the questions, when the old one's time is over."},

    {"addressing", GROUP_NETWORK, OPTION_CHOICE, read_choice, FIELD(addressing), "pull", addressings,
     .sentence = "Where our address inside comes from. pull: we ask the gateway; push: the gateway tells us unasked; "
                 "static: it is one of addresses; none: we keep the one that we have outside, as ipsec-mode=transport always does."},
    {"addresses", GROUP_NETWORK, OPTION_TEXT, read_addresses,
     .values = N_("addresses with prefix length, apart by commas or spaces"),
     .sentence = "Our addresses inside, with addressing=static."},
    {"local-ts", GROUP_NETWORK, OPTION_TEXT, read_traffic_selectors, FIELD(local_ts),
     .values = NETWORKS,
     .sentence = "Which of our addresses may use the tunnel. Left out: the one that we are given."},
    {"remote-ts", GROUP_NETWORK, OPTION_TEXT, read_traffic_selectors, FIELD(remote_ts),
     .values = NETWORKS,
     .sentence = "What is reached through the tunnel. Left out: what the gateway says, else everything."},
    {"policy-level", GROUP_NETWORK, OPTION_CHOICE, read_choice, FIELD(policy_level), "auto", policy_levels,
     .sentence = "With IKEv1, where the gateway names the networks behind it: keys for each of them (unique), or "
                 "one pair of keys for everything, and routes to those networks only (shared). auto: shared with a "
                 "Cisco, unique with others.",
     .applies = connection_config_is_v1},
    {"ipsec-mode", GROUP_NETWORK, OPTION_CHOICE, read_choice, FIELD(ipsec_mode), "tunnel", ipsec_modes,
     .sentence = "tunnel: whole packets travel inside. transport: what this host and the gateway send each other is protected, "
                 "and only that, between the addresses that they have; local-ts and remote-ts may narrow it to a protocol and "
                 "a port, and a NAT in the way is refused."},
    {"mtu", GROUP_NETWORK, OPTION_NUMBER, read_u32, FIELD(mtu), "auto", auto_only, LEAST_MTU, MOST_MTU, N_("bytes"),
     .sentence = "The largest packet inside. auto: what fits the way to the gateway once it is encrypted; where the gateway "
                 "knows dead peer detection, that is tried out, since not every network says what is too large for it."},
    {"block-ipv4", GROUP_NETWORK, OPTION_CHOICE, read_yes_no, FIELD(block_ipv4), "no", no_yes,
     .sentence = "Whether IPv4 that the tunnel does not cover is dropped. Networks next door, and routes more specific than "
                 "half of the address space, stay. Not with ipsec-mode=transport."},
    {"block-ipv6", GROUP_NETWORK, OPTION_CHOICE, read_yes_no, FIELD(block_ipv6), "no", no_yes,
     .sentence = "Whether IPv6 that the tunnel does not cover is dropped, as with block-ipv4."},

    {"encapsulation", GROUP_TRANSPORT, OPTION_CHOICE, read_choice, FIELD(encapsulation), "auto", encapsulations,
     .sentence = "ESP in UDP. auto: where there is a NAT on the way (RFC 3947); force: everywhere, as a firewall that "
                 "drops ESP needs it; off: never."},
    {"nat-keepalive", GROUP_TRANSPORT, OPTION_NUMBER, read_u32, FIELD(nat_keepalive), "20", NULL, 0, MOST_INTERVAL, N_("seconds"),
     .sentence = "How often the NAT device in front of us, if there is one, is reminded of the connection. "
                 "0: never."},
    {"dpd-delay", GROUP_TRANSPORT, OPTION_NUMBER, read_u32, FIELD(dpd_delay), "30", NULL, 0, MOST_INTERVAL, N_("seconds"),
     .sentence = "After how long a silence the gateway is asked whether it is still there (dead peer "
                 "detection), if it has announced that it answers. 0: never."},
    {"dpd-timeout", GROUP_TRANSPORT, OPTION_NUMBER, read_u32, FIELD(dpd_timeout), "60", NULL, 1, MOST_INTERVAL, N_("seconds"),
     .sentence = "After how long without any answer the connection is given up, or with vpn.persistent=yes made again."},
    {"fragmentation", GROUP_TRANSPORT, OPTION_CHOICE, read_checked_only, 0, "yes", fragmentations,
     .sentence = "Whether long IKE messages may be cut by IKE itself."},
    {"fragment-size", GROUP_TRANSPORT, OPTION_NUMBER, read_checked_number, 0, NULL, NULL, LEAST_FRAGMENT, MOST_MTU, N_("bytes"),
     .sentence = "The longest piece that such a message is cut into.",
     .unsupported = true},
    {"mobike", GROUP_TRANSPORT, OPTION_CHOICE, read_checked_only, 0, "yes", yes_unsupported,
     .sentence = "Whether the connection moves along when our address outside changes (IKEv2).",
     .applies = connection_config_is_v2},
    {"data-plane", GROUP_TRANSPORT, OPTION_CHOICE, read_choice, FIELD(data_plane), "auto", data_planes,
     .sentence = "What carries the traffic: the kernel's IPsec, or this program over a TUN device. auto: what works here."},
};
/* clang-format on */

static const char *const group_titles[GROUP_N] = {
    [GROUP_GATEWAY] = "Gateway",
    [GROUP_AUTHENTICATION] = "Authentication",
    [GROUP_SECRETS] = "Secrets",
    [GROUP_PROPOSALS] = "Proposals and lifetimes",
    [GROUP_NETWORK] = "The network inside",
    [GROUP_TRANSPORT] = "The way to the gateway",
};

const Option *
option_at(size_t index)
{
    return index < G_N_ELEMENTS(options) ? &options[index] : NULL;
}

const Option *
option_by_key(const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        if (strcmp(options[i].key, key) == 0)
            return &options[i];
    }
    return NULL;
}

const char *
option_group_title(OptionGroup group)
{
    return group_titles[group];
}
