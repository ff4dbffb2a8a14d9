/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/ipsec-conf.h"

#include "base/log.h"
#include "formats/ipsec-words.h"
#include "model/algorithms.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What the settings of a connection mean to us. */

typedef struct {
    const char *key; /* NULL ends the list */
    void (*read)(IpsecConnection *self, const char *value, const char *theirs);
    const char *plain; /* without a reader: the value that needs no note */
} KeyReader;

static void
read_elsewhere(IpsecConnection *self, const char *value, const char *theirs)
{
}

/* --- who ------------------------------------------------------------------------------------- */

static void
read_our_host(IpsecConnection *self, const char *value, const char *theirs)
{
    if (*value != '%' && strcmp(value, "0.0.0.0") != 0 && strcmp(value, "::") != 0)
        import_not_had(self->import, theirs, value);
}

static const char *
bare_identity(const IpsecConnection *self, const char *value)
{
    return self->libreswan ? value : words_bare_identity(value);
}

static void
read_our_id(IpsecConnection *self, const char *value, const char *theirs)
{
    words_set_identity(self->import, "local-id", bare_identity(self, value), theirs);
}

static void
read_their_id(IpsecConnection *self, const char *value, const char *theirs)
{
    words_set_identity(self->import, "remote-id", bare_identity(self, value), theirs);
}

/* "%identity", "%any": to be asked. */
static void
read_user(IpsecConnection *self, const char *value, const char *theirs)
{
    if (*value != '%')
        import_set(self->import, "user", value, theirs);
}

/* libreswan keeps certificates in a database, by names that mean nothing outside of it. */
static bool
is_nickname(const IpsecConnection *self, const char *value)
{
    return self->libreswan && !g_path_is_absolute(value) && !g_str_has_suffix(value, ".pem")
           && !g_str_has_suffix(value, ".crt") && !g_str_has_suffix(value, ".der");
}

static void
set_certificate(IpsecConnection *self, const char *key, const char *value, const char *theirs)
{
    bool system = strcmp(self->folder, "/etc") == 0 && !g_path_is_absolute(value);
    g_autofree char *path = system ? g_build_filename("/etc/ipsec.d/certs", value, NULL) : NULL;
    g_autofree char *safe = log_safe_text(value, strlen(value));

    if (*value == '%')
        import_not_had(self->import, theirs, value);
    else if (is_nickname(self, value))
        import_note(self->import,
                    _("“%s” names a certificate in the database of libreswan (%s): export it from "
                      "there with pk12util, and choose the file."),
                    theirs,
                    safe);
    else
        import_set_file(self->import, key, path ? path : value, theirs);
}

static void
read_our_cert(IpsecConnection *self, const char *value, const char *theirs)
{
    set_certificate(self, "cert", value, theirs);
}

static void
read_their_cert(IpsecConnection *self, const char *value, const char *theirs)
{
    set_certificate(self, "ca", value, theirs);
    if (import_get(self->import, "ca"))
        import_note(self->import,
                    _("“%s” names the gateway's own certificate. It is taken for its authority, "
                      "which is right if the gateway has signed it itself."),
                    theirs);
}

static const char *
class_word(const char *authby)
{
    static const char *const shared[] = {"secret", "psk", "xauthpsk", NULL};

    return g_strv_contains(shared, authby) ? "psk" : "pubkey";
}

/* With EAP a user who is not named is who the client says it is (ipsec.conf(5), eap_identity). */
static void
set_eap_user(IpsecConnection *self, const char *auth)
{
    const char *said = ipsec_connection_value(self, "our-id");
    const char *id = said ? bare_identity(self, said) : NULL;

    if (!import_get(self->import, "user") && g_str_has_prefix(auth, "eap") && id
        && !strpbrk(id, "=%[:"))
        import_set(self->import, "user", *id == '@' ? id + 1 : id, "eap_identity");
}

/* Both programs have a word for both ends, older than those for each end. */
static void
read_authentication(IpsecConnection *self)
{
    const char *authby = ipsec_connection_value(self, "authby");
    const char *ours = ipsec_connection_value(self, "our-auth");
    const char *second = ipsec_connection_value(self, "our-auth2");
    const char *theirs = ipsec_connection_value(self, "their-auth");
    const char *tls = ipsec_connection_value(self, "our-autheap");
    const char *word = authby ? class_word(authby) : "pubkey";
    AuthRounds rounds = {ours ? ours : word, second, theirs ? theirs : word};

    if (ours && strcmp(ours, "rsasig") == 0)
        rounds.first = "pubkey";
    if (ours && strcmp(ours, "eaponly") == 0)
        rounds.first = g_strcmp0(tls, "tls") == 0 ? "eap-tls" : "eap";
    if (!second && self->v1
        && ((authby && g_str_has_prefix(authby, "xauth"))
            || words_are_yes(ipsec_connection_value(self, "our-xauthclient"))))
        rounds.second = "xauth";
    words_set_method(self->import, &rounds, self->v1, ours ? "leftauth" : "authby");
    set_eap_user(self, rounds.second ? rounds.second : rounds.first);
}

/* --- what may go through -----------------------------------------------------------------------
 */

static bool
is_everything(const char *networks)
{
    static const char *const words[] = {
        "0.0.0.0/0", "0/0", "::/0", "0.0.0.0/0,::/0", "0.0.0.0/0, ::/0", NULL};

    return g_strv_contains(words, networks);
}

/* Whether the gateway gives us an address. */
static bool
is_given_address(const IpsecConnection *self)
{
    const char *source = ipsec_connection_value(self, "our-sourceip");

    return (source && *source == '%')
           || words_are_yes(ipsec_connection_value(self, "our-modecfgclient"));
}

/* With an address of the gateway's "everything" is narrowed to it. */
static void
read_our_subnet(IpsecConnection *self, const char *value, const char *theirs)
{
    if (!is_given_address(self) || !is_everything(value))
        words_set_selectors(self->import, "local-ts", value, theirs);
}

static void
read_their_subnet(IpsecConnection *self, const char *value, const char *theirs)
{
    words_set_selectors(self->import, "remote-ts", value, theirs);
}

/* libreswan's lists: "{10.0.0.0/8 192.0.2.0/24}" */
static const char between_subnets[] = "{} \t,";

static void
read_our_subnets(IpsecConnection *self, const char *value, const char *theirs)
{
    g_autofree char *list = words_with_commas(value, between_subnets);

    read_our_subnet(self, list, theirs);
}

static void
read_their_subnets(IpsecConnection *self, const char *value, const char *theirs)
{
    g_autofree char *list = words_with_commas(value, between_subnets);

    read_their_subnet(self, list, theirs);
}

static void
read_source(IpsecConnection *self, const char *value, const char *theirs)
{
    if (*value != '%')
        import_not_had(self->import, theirs, value);
}

static void
set_addressing(IpsecConnection *self)
{
    const char *pull = ipsec_connection_value(self, "modecfgpull");
    const char *mode = ipsec_connection_value(self, "modeconfig");
    bool push = mode ? strcmp(mode, "push") == 0 : self->libreswan && !words_are_yes(pull);

    if (!is_given_address(self))
        import_set(self->import, "addressing", "none", "sourceip");
    else if (self->v1 && push)
        import_set(self->import, "addressing", "push", "modeconfig");
}

static void
check_remote_ts(IpsecConnection *self)
{
    const char *type = ipsec_connection_value(self, "type");

    if (import_get(self->import, "remote-ts") || g_strcmp0(type, "transport") == 0)
        return;
    import_note(self->import,
                _("The file does not say which networks are behind the gateway (“%ssubnet”): the "
                  "profile asks for all that the gateway allows."),
                self->we_are_right ? "left" : "right");
}

static void
read_port(IpsecConnection *self, const char *value, const char *theirs)
{
    if (strcmp(value, "0/0") != 0 && strcmp(value, "%any") != 0)
        import_not_had(self->import, theirs, value);
}

/* --- how ------------------------------------------------------------------------------------- */

/* libreswan's words for algorithms as strongSwan's; several mean each of them. */
static const struct {
    const char *theirs, *ours;
} algorithm_words[] = {
    {"aes", "aes256-aes128"},
    {"aes_cbc", "aes256-aes128"},
    {"aes_gcm", "aes256gcm16-aes128gcm16"},
    {"aes_gcm128", "aes128gcm16"},
    {"aes_gcm256", "aes256gcm16"},
    {"aes_gcm_128", "aes128gcm16"},
    {"aes_gcm_256", "aes256gcm16"},
    {"aes_gcm_c_128", "aes128gcm16"},
    {"aes_gcm_c_256", "aes256gcm16"},
    {"aes_gcm_16_128", "aes128gcm16"},
    {"aes_gcm_16_256", "aes256gcm16"},
    {"aes_cbc128", "aes128"},
    {"aes_cbc256", "aes256"},
    {"aes_128", "aes128"},
    {"aes_192", "aes192"},
    {"aes_256", "aes256"},
    {"chacha20_poly1305", "chacha20poly1305"},
    {"sha", "sha1"},
    {"hmac_sha1", "sha1"},
    {"hmac_sha2_256", "sha256"},
    {"hmac_sha2_384", "sha384"},
    {"hmac_sha2_512", "sha512"},
    {"aes_gcm192", "aes192gcm16"},
    {"sha2", "sha256"},
    {"sha2_256", "sha256"},
    {"sha2_384", "sha384"},
    {"sha2_512", "sha512"},
    {"sha2-256", "sha256"},
    {"dh19", "ecp256"},
    {"dh20", "ecp384"},
    {"dh21", "ecp521"},
    {"dh31", "curve25519"},
    {"ecp_256", "ecp256"},
    {"ecp_384", "ecp384"},
    {"ecp_521", "ecp521"},
    {"null", ""},
    {"none", ""},
};

static char *
algorithm_of(const char *word)
{
    guint64 group;

    for (size_t i = 0; i < G_N_ELEMENTS(algorithm_words); i++) {
        if (strcmp(algorithm_words[i].theirs, word) == 0)
            return g_strdup(algorithm_words[i].ours);
    }
    if (g_str_has_prefix(word, "dh")
        && g_ascii_string_to_unsigned(word + 2, 10, 1, UINT16_MAX, &group, NULL)) {
        const KeyExchangeMethod *method = key_exchange_by_id((unsigned) group);

        return g_strdup(method ? method->keyword : word);
    }
    return g_strdup(word);
}

/* "aes256-sha2;modp2048" or "aes_gcm256+aes_gcm128-null": one proposal. */
static char *
proposal_of(const char *text)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);
    g_auto(GStrv) words = g_strsplit_set(lower, "-;+", -1);
    g_autoptr(GPtrArray) ours = g_ptr_array_new_with_free_func(g_free);

    for (char **word = words; *word; word++) {
        char *algorithm = algorithm_of(g_strstrip(*word));

        if (*algorithm)
            g_ptr_array_add(ours, algorithm);
        else
            g_free(algorithm);
    }
    g_ptr_array_add(ours, NULL);
    return g_strjoinv("-", (char **) ours->pdata);
}

typedef struct {
    bool combined;  /* encryption with integrity in one */
    bool integrity; /* or, with a combined mode, what the prf is made of */
    bool group;
} ProposalParts;

static ProposalParts
parts_of(char **words)
{
    ProposalParts parts = {false, false, false};

    for (char **word = words; *word; word++) {
        parts.combined = parts.combined || strstr(*word, "gcm") || strstr(*word, "ccm")
                         || strstr(*word, "poly1305");
        parts.integrity =
            parts.integrity || g_str_has_prefix(*word, "sha") || g_str_has_prefix(*word, "md5");
        parts.group = parts.group || key_exchange_by_keyword(*word) || strstr(*word, "modp")
                      || g_str_has_prefix(*word, "ecp") || g_str_has_prefix(*word, "curve");
    }
    return parts;
}

/* With a combined mode, a hash in an IKE proposal is there for the prf. */
static void
name_prfs(char **words)
{
    for (; *words; words++) {
        if (g_str_has_prefix(*words, "sha")) {
            char *prf = g_strconcat("prf", *words, NULL);

            g_free(*words);
            *words = prf;
        }
    }
}

/* What libreswan fills in itself where a proposal does not say it (ipsec.conf(5), ike=). */
static char *
completed(const IpsecConnection *self, const char *proposal, bool ike)
{
    g_auto(GStrv) words = g_strsplit(proposal, "-", -1);
    ProposalParts parts = parts_of(words);
    const char *hashes =
        parts.combined ? (ike ? "-prfsha512-prfsha256" : "") : "-sha256-sha512-sha1";
    const char *groups = self->v1 ? "-modp2048-modp1536" : "-modp2048-modp3072-ecp256";
    g_autofree char *joined = NULL;

    if (ike && parts.combined)
        name_prfs(words);
    joined = g_strjoinv("-", words);
    if (!*joined)
        return g_strdup("");
    return g_strconcat(
        joined, parts.integrity ? "" : hashes, ike && !parts.group ? groups : "", NULL);
}

static void
set_proposals(IpsecConnection *self, const char *key, const char *value, const char *theirs)
{
    g_auto(GStrv) items = NULL;
    g_autofree char *list = NULL;

    if (!self->libreswan) {
        words_set_proposals(self->import, key, value, theirs);
        return;
    }
    items = g_strsplit_set(value, ", ", -1);
    for (char **item = items; *item; item++) {
        g_autofree char *proposal = proposal_of(*item);

        g_free(*item);
        *item = completed(self, proposal, strcmp(key, "ike-proposals") == 0);
    }
    list = g_strjoinv(",", items);
    words_set_proposals(self->import, key, list, theirs);
}

static void
read_ike(IpsecConnection *self, const char *value, const char *theirs)
{
    set_proposals(self, "ike-proposals", value, theirs);
}

static void
read_esp(IpsecConnection *self, const char *value, const char *theirs)
{
    set_proposals(self, "esp-proposals", value, theirs);
}

/* A group is one more word of each proposal, or left to us. */
static void
read_pfs(IpsecConnection *self, const char *value, const char *theirs)
{
    if (!words_are_yes(value))
        import_set(self->import, "pfs", "no", theirs);
}

static void
read_pfsgroup(IpsecConnection *self, const char *value, const char *theirs)
{
    g_autofree char *group = algorithm_of(value);

    import_set(self->import, "pfs", group, theirs);
}

static void
read_ike_lifetime(IpsecConnection *self, const char *value, const char *theirs)
{
    words_set_seconds(self->import, "ike-lifetime", value, theirs);
}

static void
read_esp_lifetime(IpsecConnection *self, const char *value, const char *theirs)
{
    words_set_seconds(self->import, "esp-lifetime", value, theirs);
}

static void
read_esp_lifebytes(IpsecConnection *self, const char *value, const char *theirs)
{
    import_set(self->import, "esp-lifebytes", value, theirs);
}

static void
read_reauth(IpsecConnection *self, const char *value, const char *theirs)
{
    if (!self->v1)
        import_set(self->import, "reauth", words_are_yes(value) ? "yes" : "no", theirs);
}

/* Our timeout counts from the last sign of life, so it is not shorter than the delay. */
static void
set_dpd(IpsecConnection *self)
{
    const char *delay_text = ipsec_connection_value(self, "dpddelay");
    const char *timeout_text = ipsec_connection_value(self, "dpdtimeout");
    uint64_t delay = 30, timeout = 0, our_timeout = 60;

    if (delay_text && !words_read_seconds(delay_text, &delay))
        import_not_had(self->import, "dpddelay", delay_text);
    else if (delay_text)
        import_set_number(self->import, "dpd-delay", delay, "dpddelay");
    if (timeout_text && !words_read_seconds(timeout_text, &timeout))
        import_not_had(self->import, "dpdtimeout", timeout_text);
    if (timeout > 0)
        import_set_number(self->import, "dpd-timeout", MAX(timeout, delay), "dpdtimeout");
    else if (delay > our_timeout)
        import_set_number(self->import, "dpd-timeout", 2 * delay, "dpddelay");
}

static void
read_dpdaction(IpsecConnection *self, const char *value, const char *theirs)
{
    if (g_str_has_prefix(value, "restart"))
        import_set_persistent(self->import);
    else if (strcmp(value, "none") != 0 && strcmp(value, "clear") != 0)
        import_not_had(self->import, theirs, value);
}

static void
read_keyingtries(IpsecConnection *self, const char *value, const char *theirs)
{
    if (strcmp(value, "0") == 0 || strcmp(value, "%forever") == 0)
        import_set_persistent(self->import);
    else if (strcmp(value, "1") != 0)
        import_not_had(self->import, theirs, value);
}

static void
read_auto(IpsecConnection *self, const char *value, const char *theirs)
{
    static const char *const by_hand[] = {"add", "ignore", "keep", "manual", NULL};
    static const char *const at_once[] = {"start", "up", NULL};

    if (g_strv_contains(at_once, value))
        import_set_autoconnect(self->import);
    else if (!g_strv_contains(by_hand, value))
        import_not_had(self->import, theirs, value);
}

static void
read_aggressive(IpsecConnection *self, const char *value, const char *theirs)
{
    if (self->v1)
        import_set(self->import, "mode", words_are_yes(value) ? "aggressive" : "main", theirs);
    else if (words_are_yes(value))
        import_not_had(self->import, theirs, value);
}

static void
read_forceencaps(IpsecConnection *self, const char *value, const char *theirs)
{
    if (words_are_yes(value))
        import_set(self->import, "encapsulation", "force", theirs);
}

static void
read_encapsulation(IpsecConnection *self, const char *value, const char *theirs)
{
    if (strcmp(value, "auto") != 0)
        import_set(self->import, "encapsulation", words_are_yes(value) ? "force" : "off", theirs);
}

static void
read_fragmentation(IpsecConnection *self, const char *value, const char *theirs)
{
    if (strcmp(value, "force") == 0)
        import_set(self->import, "fragmentation", value, theirs);
    else
        import_set(self->import, "fragmentation", words_are_yes(value) ? "yes" : "no", theirs);
}

static void
read_mobike(IpsecConnection *self, const char *value, const char *theirs)
{
    if (!self->v1)
        import_set(self->import, "mobike", words_are_yes(value) ? "yes" : "no", theirs);
}

static void
read_type(IpsecConnection *self, const char *value, const char *theirs)
{
    import_set(self->import, "ipsec-mode", value, theirs);
}

static void
read_peer_type(IpsecConnection *self, const char *value, const char *theirs)
{
    if (strcmp(value, "cisco") == 0)
        import_set(self->import, "vendor", "cisco", theirs);
    else
        import_not_had(self->import, theirs, value);
}

static void
read_unity(IpsecConnection *self, const char *value, const char *theirs)
{
    if (words_are_yes(value))
        import_set(self->import, "vendor", "cisco", theirs);
}

static void
read_mtu(IpsecConnection *self, const char *value, const char *theirs)
{
    import_set(self->import, "mtu", value, theirs);
}

static void
read_their_port(IpsecConnection *self, const char *value, const char *theirs)
{
    import_set(self->import, "remote-port", value, theirs);
}

static void
read_our_port(IpsecConnection *self, const char *value, const char *theirs)
{
    import_set(self->import, "local-port", value, theirs);
}

static const KeyReader readers[] = {
    {"our-", read_our_host},
    {"their-", read_elsewhere},
    {"our-id", read_our_id},
    {"their-id", read_their_id},
    {"our-cert", read_our_cert},
    {"their-cert", read_their_cert},
    {"their-ca", NULL, "%same"},
    {"our-auth", read_elsewhere},
    {"our-auth2", read_elsewhere},
    {"our-autheap", read_elsewhere},
    {"their-auth", read_elsewhere},
    {"authby", read_elsewhere},
    {"xauth", NULL, "client"},
    {"xauth-identity", read_user},
    {"eap-identity", read_user},
    {"our-username", read_user},
    {"our-xauthusername", read_user},
    {"our-xauthclient", read_elsewhere},
    {"their-xauthserver", NULL, "yes"},
    {"our-modecfgclient", read_elsewhere},
    {"their-modecfgserver", NULL, "yes"},
    {"our-rsasigkey", NULL, "%cert"},
    {"their-rsasigkey", NULL, "%cert"},
    {"our-sendcert", NULL, "ifasked"},
    {"their-sendcert", NULL, "ifasked"},
    {"our-subnet", read_our_subnet},
    {"their-subnet", read_their_subnet},
    {"our-subnets", read_our_subnets},
    {"their-subnets", read_their_subnets},
    {"our-sourceip", read_source},
    {"our-protoport", read_port},
    {"their-protoport", read_port},
    {"our-nexthop", NULL, "%defaultroute"},
    {"their-nexthop", NULL, "%defaultroute"},
    {"our-ikeport", read_our_port},
    {"their-ikeport", read_their_port},
    {"our-firewall", NULL, "no"},
    {"modecfgpull", read_elsewhere},
    {"modeconfig", read_elsewhere},
    {"keyexchange", read_elsewhere},
    {"ikev2", read_elsewhere},
    {"aggressive", read_aggressive},
    {"aggrmode", read_aggressive},
    {"ike", read_ike},
    {"esp", read_esp},
    {"phase2alg", read_esp},
    {"phase2", NULL, "esp"},
    {"pfs", read_pfs},
    {"pfsgroup", read_pfsgroup},
    {"ikelifetime", read_ike_lifetime},
    {"lifetime", read_esp_lifetime},
    {"keylife", read_esp_lifetime},
    {"salifetime", read_esp_lifetime},
    {"lifebytes", read_esp_lifebytes},
    {"rekey", NULL, "yes"},
    {"reauth", read_reauth},
    {"dpddelay", read_elsewhere},
    {"dpdtimeout", read_elsewhere},
    {"dpdaction", read_dpdaction},
    {"closeaction", read_dpdaction},
    {"keyingtries", read_keyingtries},
    {"auto", read_auto},
    {"mobike", read_mobike},
    {"forceencaps", read_forceencaps},
    {"encapsulation", read_encapsulation},
    {"fragmentation", read_fragmentation},
    {"ike-frag", read_fragmentation},
    {"type", read_type},
    {"compress", NULL, "no"},
    {"narrowing", NULL, "yes"},
    {"installpolicy", NULL, "yes"},
    {"remote-peer-type", read_peer_type},
    {"cisco-unity", read_unity},
    {"mtu", read_mtu},
    {"ppk", NULL, "no"},
    {"nic-offload", NULL, "no"},
    {"sha2-truncbug", NULL, "no"},
    {NULL},
};

/* "leftid", as the user finds it in the file. */
static char *
their_name(const IpsecConnection *self, const char *key)
{
    if (g_str_has_prefix(key, "our-"))
        return g_strconcat(self->we_are_right ? "right" : "left", key + strlen("our-"), NULL);
    if (g_str_has_prefix(key, "their-"))
        return g_strconcat(self->we_are_right ? "left" : "right", key + strlen("their-"), NULL);
    return g_strdup(key);
}

void
ipsec_connection_read(IpsecConnection *self)
{
    for (guint i = 0; i < self->entries->len; i++) {
        const IpsecEntry *entry = self->entries->pdata[i];
        g_autofree char *theirs = their_name(self, entry->key);
        const KeyReader *reader = readers;

        while (reader->key && strcmp(reader->key, entry->key) != 0)
            reader++;
        if (!*entry->value)
            continue;
        if (reader->read)
            reader->read(self, entry->value, theirs);
        else if (!reader->key || g_strcmp0(reader->plain, entry->value) != 0)
            import_not_had(self->import, theirs, entry->value);
    }
    set_addressing(self);
    set_dpd(self);
    read_authentication(self);
    check_remote_ts(self);
}
