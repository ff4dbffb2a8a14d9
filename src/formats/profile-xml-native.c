/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/profile-xml.h"

#include "formats/windows.h"
#include "formats/xml-document.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- which protocol -------------------------------------------------------------------------- */

static bool
is_word(xmlNode *element, const char *word)
{
    g_autofree char *text = xml_text(element);

    return g_ascii_strcasecmp(text, word) == 0;
}

static bool
list_has_ikev2(xmlNode *list)
{
    for (xmlNode *node = list ? list->children : NULL; node; node = node->next) {
        if (xml_is(node, "Type") && is_word(node, "IKEv2"))
            return true;
    }
    return false;
}

char *
profile_xml_other_protocols(xmlNode *native)
{
    xmlNode *type = xml_child(native, "NativeProtocolType");
    xmlNode *list = xml_find(xml_child(native, "ProtocolList"), "NativeProtocolList");

    if (!type || is_word(type, "IKEv2") || is_word(type, "Automatic"))
        return NULL;
    if (!is_word(type, "ProtocolList"))
        return xml_text(type);
    return list_has_ikev2(list) ? NULL : g_strdup("ProtocolList");
}

static void
read_protocol(xmlNode *element, ProfileXml *profile)
{
    if (!is_word(element, "IKEv2"))
        import_note(profile->import,
                    _("Windows would try several protocols. This connection is IKEv2 only: ask "
                      "whether the gateway has it."));
}

/* --- which gateway --------------------------------------------------------------------------- */

/* "vpn1.example.com;Zürich,vpn2.example.com;Bern", or the same one twice with a semicolon. */
static void
read_servers(xmlNode *element, ProfileXml *profile)
{
    g_autofree char *text = xml_text(element);
    g_auto(GStrv) servers = g_strsplit(text, ",", -1);

    for (char **server = servers; *server; server++) {
        char *name = strchr(*server, ';');

        if (name)
            *name = '\0';
        g_strstrip(*server);
        if (server == servers)
            import_set(profile->import, "gateway", *server, "Servers");
        else if (**server && strcmp(*server, servers[0]) != 0)
            import_not_had(profile->import, "Servers", *server);
    }
}

/* --- who proves what ------------------------------------------------------------------------- */

/* PEAP has another method inside, and with us that is a password's. */
static void
note_inner_certificate(xmlNode *eap, Import *import)
{
    xmlNode *outer = xml_find(xml_find(eap, "Config"), "EapType");
    g_autofree char *inner = xml_text(xml_child(xml_child(outer, "Eap"), "Type"));

    if (strcmp(inner, "13") == 0)
        import_note(import,
                    _("Inside of PEAP the user shows a certificate, which is not supported: the "
                      "password is what is asked for."));
}

/* Below EapHostConfig: its type, and what inner ones may be looked at. */
static void
read_eap(xmlNode *eap, Import *import)
{
    xmlNode *method = xml_find(eap, "EapMethod");
    g_autofree char *type = xml_text(xml_child(method, "Type"));
    g_autofree char *server_names = xml_text(xml_find(eap, "ServerNames"));
    xmlNode *root = xml_find(eap, "TrustedRootCA");
    guint64 number;

    if (!g_ascii_string_to_unsigned(type, 10, 1, G_MAXUINT8, &number, NULL)) {
        import_set(import, "method", "eap", "UserMethod");
        import_note(import, _("“Eap” does not say which method: the gateway chooses."));
    } else {
        windows_take_eap((unsigned) number, "EapMethod", import);
    }
    note_inner_certificate(eap, import);
    if (*server_names)
        import_not_had(import, "ServerNames", server_names);
    if (root)
        import_note(import,
                    _("“TrustedRootCA” names a certificate authority by its fingerprint only: "
                      "choose its certificate, unless this system trusts it anyway."));
}

static void
read_authentication(xmlNode *element, ProfileXml *profile)
{
    xmlNode *user = xml_child(element, "UserMethod");
    xmlNode *machine = xml_child(element, "MachineMethod");
    bool by_machine = machine && is_word(machine, "Certificate");

    if (by_machine && (profile->device_tunnel || !user)) {
        windows_take_machine_certificate(profile->import);
    } else if (user && is_word(user, "MSChapv2")) {
        import_set(profile->import, "method", "eap", "UserMethod");
        import_set(profile->import, "eap", "mschapv2", "UserMethod");
    } else {
        read_eap(xml_child(element, "Eap"), profile->import);
        if (by_machine)
            profile_xml_not_had(machine, profile);
    }
    if (xml_child(element, "Certificate"))
        profile_xml_not_had(xml_child(element, "Certificate"), profile);
}

/* --- the rest -------------------------------------------------------------------------------- */

static void
read_suite(xmlNode *element, ProfileXml *profile)
{
    WindowsSuite suite = {0};

    profile->has_suite = true;
    for (SuitePart part = 0; part < SUITE_PARTS; part++) {
        xmlNode *node = xml_child(element, windows_suite_name(part));
        g_autofree char *word = xml_text(node);

        if (node)
            windows_suite_set_word(&suite, part, word, profile->import);
    }
    windows_suite_take(&suite, profile->import);
}

static void
read_routing(xmlNode *element, ProfileXml *profile)
{
    profile->split = is_word(element, "SplitTunnel");
}

static void
read_class_route(xmlNode *element, ProfileXml *profile)
{
    profile->without_class = xml_flag(element);
}

/* The gateway's selectors are our routes anyway. */
static void
read_selectors_as_routes(xmlNode *element, ProfileXml *profile)
{
    if (xml_flag(element))
        profile->split = false;
}

/* A secret for another protocol. */
static void
read_l2tp_secret(xmlNode *element, ProfileXml *profile)
{
    g_autofree char *text = xml_text(element);

    if (*text)
        import_not_had(profile->import, "L2tpPsk", NULL);
}

static const ElementReader native_rows[] = {
    {"Servers", read_servers},
    {"RoutingPolicyType", read_routing},
    {"NativeProtocolType", read_protocol},
    {"ProtocolList", NULL},
    {"Authentication", read_authentication},
    {"CryptographySuite", read_suite},
    {"DisableClassBasedDefaultRoute", read_class_route},
    {"PlumbIKEv2TSAsRoutes", read_selectors_as_routes},
    {"L2tpPsk", read_l2tp_secret},
    {NULL, NULL},
};

void
profile_xml_read_native(xmlNode *native, ProfileXml *profile)
{
    import_set(profile->import, "ike-version", "2", "NativeProtocolType");
    profile_xml_read_children(native, native_rows, profile);
}
