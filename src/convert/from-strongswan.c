/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/internal.h"
#include "formats/ipsec-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* NetworkManager-strongswan: IKEv2 with keys of its own. */

static const char *const known[] = {"address",
                                    "certificate",
                                    "method",
                                    "cert-source",
                                    "usercert",
                                    "userkey",
                                    "user",
                                    "local-identity",
                                    "remote-identity",
                                    "server-port",
                                    "virtual",
                                    "encap",
                                    "ipcomp",
                                    "proposal",
                                    "ike",
                                    "esp",
                                    "remote-ts",
                                    NULL};

static const char *
source_of_certificate(NMSettingVpn *old)
{
    const char *source = data_item(old, "cert-source");
    const char *method = data_item(old, "method");

    return source ? source : method ? method : "";
}

/* key, agent and smartcard were methods before there was one called "cert". */
static const char *
our_method(NMSettingVpn *old)
{
    if (old_says(old, "method", "psk"))
        return "psk";
    return old_says(old, "method", "eap") || old_says(old, "method", "eap-tls") ? "eap" : "cert";
}

/* Which of our secrets the plugin's only one is. */
static const char *
our_secret(NMSettingVpn *old)
{
    if (old_says(old, "method", "psk"))
        return "psk";
    return old_says(old, "method", "eap") ? "password" : "key-password";
}

static void
read_certificate(NMSettingVpn *old, Import *import)
{
    const char *source = source_of_certificate(old);

    if (strcmp(our_secret(old), "key-password") != 0)
        return;
    import_set_file(import, "cert", data_item(old, "usercert"), "usercert");
    if (strcmp(source, "agent") == 0)
        import_note(import,
                    _("The private key was in the SSH agent, which is not supported: choose its "
                      "file."));
    else if (strcmp(source, "smartcard") == 0)
        import_note(import,
                    _("The certificate was looked for on all smart cards: choose it and its key."));
    else
        import_set_file(import, "key", data_item(old, "userkey"), "userkey");
}

static void
read_authentication(NMSettingVpn *old, Import *import)
{
    const char *user = old_user(old, "user");
    const char *id = data_item(old, "local-identity");

    import_set(import, "method", our_method(old), "method");
    if (old_says(old, "method", "eap-tls"))
        import_set(import, "eap", "tls", "method");
    if (old_says(old, "method", "eap"))
        import_set(import, "user", user, "user");
    else if (old_says(old, "method", "psk") && !id)
        id = user;
    words_set_identity(import, "local-id", id, "local-identity");
    words_set_identity(import, "remote-id", data_item(old, "remote-identity"), "remote-identity");
    import_set_file(import, "ca", data_item(old, "certificate"), "certificate");
    read_certificate(old, import);
}

/* Lists are apart by semicolons there. */
static void
read_list(NMSettingVpn *old, Import *import, const char *old_key, const char *key)
{
    g_autofree char *list = g_strdup(data_item(old, old_key));

    if (list)
        import_set(import, key, g_strdelimit(list, ";", ','), old_key);
}

static void
read_options(NMSettingVpn *old, Import *import)
{
    import_set(import, "remote-port", data_item(old, "server-port"), "server-port");
    if (!old_says(old, "virtual", "yes"))
        import_set(import, "addressing", "none", "virtual");
    if (old_says(old, "encap", "yes"))
        import_set(import, "encapsulation", "force", "encap");
    if (old_says(old, "ipcomp", "yes"))
        import_not_had(import, "ipcomp", NULL);
    if (old_says(old, "proposal", "yes")) {
        read_list(old, import, "ike", "ike-proposals");
        read_list(old, import, "esp", "esp-proposals");
    }
    read_list(old, import, "remote-ts", "remote-ts");
}

static NMConnection *
from_strongswan(NMSettingVpn *old, const char *name, GError **error)
{
    g_autoptr(Import) import = import_new("/");
    NMConnection *ours;

    import_set_name(import, name);
    import_set(import, "gateway", data_item(old, "address"), "address");
    import_set(import, "ike-version", "2", "ike-version");
    read_authentication(old, import);
    read_options(old, import);
    note_rest(old, known, import);
    ours = import_finish(import, error);
    if (ours)
        carry_secret(old, "password", NULL, ours, our_secret(old));
    return ours;
}

const Conversion convert_from_strongswan = {"org.freedesktop.NetworkManager.strongswan",
                                            from_strongswan};
