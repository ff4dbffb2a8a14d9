/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/secret.h"
#include "convert/internal.h"
#include "formats/ipsec-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* NetworkManager-l2tp: L2TP inside IPsec. Many gateways have IPsec with XAuth for the same users
 * beside it, with the same pre-shared key: what is left without L2TP is a profile for that. */

static const char *const known[] = {"gateway",
                                    "user",
                                    "ipsec-enabled",
                                    "ipsec-psk",
                                    "ipsec-remote-id",
                                    "ipsec-gateway-id",
                                    "ipsec-ike",
                                    "ipsec-esp",
                                    "ipsec-ikelifetime",
                                    "ipsec-salifetime",
                                    "ipsec-forceencaps",
                                    "ipsec-pfs",
                                    "machine-auth-type",
                                    "machine-ca",
                                    "machine-cert",
                                    "machine-key",
                                    NULL};

static bool
has_certificate(NMSettingVpn *old)
{
    return old_says(old, "machine-auth-type", "tls");
}

static void
read_proposals(NMSettingVpn *old, Import *import, const char *old_key, const char *key)
{
    const char *value = data_item(old, old_key);

    if (value)
        words_set_proposals(import, key, value, old_key);
}

static void
read_seconds(NMSettingVpn *old, Import *import, const char *old_key, const char *key)
{
    const char *value = data_item(old, old_key);

    if (value)
        words_set_seconds(import, key, value, old_key);
}

static void
read_ipsec(NMSettingVpn *old, Import *import)
{
    const char *remote = data_item(old, "ipsec-remote-id");

    words_set_identity(import,
                       "remote-id",
                       remote ? remote : data_item(old, "ipsec-gateway-id"),
                       "ipsec-remote-id");
    read_proposals(old, import, "ipsec-ike", "ike-proposals");
    read_proposals(old, import, "ipsec-esp", "esp-proposals");
    read_seconds(old, import, "ipsec-ikelifetime", "ike-lifetime");
    read_seconds(old, import, "ipsec-salifetime", "esp-lifetime");
    if (old_says(old, "ipsec-forceencaps", "yes"))
        import_set(import, "encapsulation", "force", "ipsec-forceencaps");
    if (old_says(old, "ipsec-pfs", "no"))
        import_set(import, "pfs", "no", "ipsec-pfs");
    if (has_certificate(old)) {
        import_set_file(import, "ca", data_item(old, "machine-ca"), "machine-ca");
        import_set_file(import, "cert", data_item(old, "machine-cert"), "machine-cert");
        import_set_file(import, "key", data_item(old, "machine-key"), "machine-key");
    }
}

/* The key may stand among the data, and in base 64, by versions of the plugin. NULL if there is
 * none, or it cannot be read; wiped by the caller. */
static char *
psk_text(NMSettingVpn *old, Import *import)
{
    const char *secret = nm_setting_vpn_get_secret(old, "ipsec-psk");
    const char *kept = secret ? secret : data_item(old, "ipsec-psk");
    char *text = kept ? words_secret_text(kept) : NULL;

    if (kept && *kept && !text)
        import_note(import, _("The secret “%s” is no text and was left out."), "ipsec-psk");
    return text;
}

/* Those of the way in which the profile proves who it is. */
static void
carry_machine_secret(NMSettingVpn *old, const char *psk, NMConnection *ours)
{
    if (has_certificate(old))
        carry_secret(old, "machine-certpass", NULL, ours, "key-password");
    else
        carry_secret_text(old, "ipsec-psk", NULL, psk, ours, "psk");
}

static NMConnection *
from_l2tp(NMSettingVpn *old, const char *name, GError **error)
{
    g_autoptr(Import) import = import_new("/");
    NMConnection *ours;
    char *psk;

    if (!old_says(old, "ipsec-enabled", "yes")) {
        g_set_error_literal(
            error, CONVERT_ERROR, CONVERT_ERROR_UNSUPPORTED, _("it is L2TP without IPsec."));
        return NULL;
    }
    import_set_name(import, name);
    import_set(import, "gateway", data_item(old, "gateway"), "gateway");
    import_set(import, "ike-version", "1", "ipsec-ikev2");
    import_set(
        import, "method", has_certificate(old) ? "cert-xauth" : "psk-xauth", "machine-auth-type");
    import_set(import, "user", old_user(old, "user"), "user");
    read_ipsec(old, import);
    psk = has_certificate(old) ? NULL : psk_text(old, import);
    import_note(
        import,
        _("L2TP was left out: this connects only if the gateway has IPsec with XAuth too."));
    note_rest(old, known, import);
    ours = import_finish(import, error);
    if (ours) {
        carry_secret(old, "password", NULL, ours, "password");
        carry_machine_secret(old, psk, ours);
    }
    secret_free_text(psk);
    return ours;
}

const Conversion convert_from_l2tp = {"org.freedesktop.NetworkManager.l2tp", from_l2tp, true};
