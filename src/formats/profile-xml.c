/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/profile-xml.h"

#include "base/log.h"
#include "formats/format.h"
#include "formats/formats.h"
#include "formats/internal.h"
#include "formats/windows.h"
#include "formats/xml-document.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What Windows' VPNv2 configuration service provider takes as ProfileXML: as a file, or escaped
 * inside of what carries it there (SyncML, a script's text). */

#define ROOT "VPNProfile"

enum {
    MAX_VALUE = 100, /* bytes: longer ones say no more to the user */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

static bool
has_whole(const char *text, const char *begin, const char *end)
{
    const char *at = strstr(text, begin);

    return at && strstr(at, end);
}

/* A text that only mentions such a profile is none. */
static bool
recognises(const FormatFile *file)
{
    const char *start = file->text ? file->text + strspn(file->text, " \t\n") : "";

    if (!strstr(start, ROOT))
        return false;
    if (xml_document_has_root(start, ROOT) || xml_document_has_root(start, "SyncML")
        || g_str_has_prefix(start, "&lt;" ROOT))
        return true;
    return !xml_document_has_root(start, "html")
           && (has_whole(start, "<" ROOT, "</" ROOT ">")
               || has_whole(start, "&lt;" ROOT, "&lt;/" ROOT "&gt;"));
}

/* --- rows ------------------------------------------------------------------------------------ */

static bool
is_leaf(const xmlNode *element)
{
    return !xmlFirstElementChild((xmlNode *) element);
}

void
profile_xml_not_had(xmlNode *element, ProfileXml *profile)
{
    g_autofree char *text = is_leaf(element) ? xml_text(element) : NULL;

    import_not_had(profile->import,
                   (const char *) element->name,
                   text && strlen(text) <= MAX_VALUE ? text : NULL);
}

void
profile_xml_not_had_if_on(xmlNode *element, ProfileXml *profile)
{
    if (xml_flag(element))
        profile_xml_not_had(element, profile);
}

void
profile_xml_read_children(xmlNode *element, const ElementReader *rows, ProfileXml *profile)
{
    for (xmlNode *node = element->children; node; node = node->next) {
        const ElementReader *row = rows;

        if (node->type != XML_ELEMENT_NODE)
            continue;
        while (row->name && !xml_is(node, row->name))
            row++;
        if (!row->name)
            profile_xml_not_had(node, profile);
        else if (row->read)
            row->read(node, profile);
    }
}

/* --- beside the native profile --------------------------------------------------------------- */

static void
read_name(xmlNode *element, ProfileXml *profile)
{
    g_autofree char *text = xml_text(element);
    g_autofree char *decoded = g_uri_unescape_string(text, NULL);

    import_set_name(profile->import, decoded ? decoded : text);
}

static void
read_always_on(xmlNode *element, ProfileXml *profile)
{
    if (!xml_flag(element))
        return;
    import_set_autoconnect(profile->import);
    import_set_persistent(profile->import);
}

/* Always on, and nothing goes past it. */
static void
read_lock_down(xmlNode *element, ProfileXml *profile)
{
    if (!xml_flag(element))
        return;
    read_always_on(element, profile);
    import_set(profile->import, "block-ipv4", "yes", "LockDown");
    import_set(profile->import, "block-ipv6", "yes", "LockDown");
}

static void
read_remember(xmlNode *element, ProfileXml *profile)
{
    profile->remember = xml_flag(element);
}

static void
add_domains(const char *text, const char *mark, const char *theirs, Import *import)
{
    g_auto(GStrv) domains = g_strsplit_set(text, ",;", -1);

    for (char **domain = domains; *domain; domain++) {
        const char *name = g_strstrip(*domain);
        g_autofree char *marked = g_strconcat(mark, *name == '.' ? name + 1 : name, NULL);

        if (*name)
            import_add_domain(import, marked, theirs);
    }
}

static void
read_dns_suffix(xmlNode *element, ProfileXml *profile)
{
    g_autofree char *text = xml_text(element);

    add_domains(text, "", "DnsSuffix", profile->import);
}

/* A rule of Windows' name resolution policy: names below a domain are asked of these servers. */
static void
read_name_rule(xmlNode *element, ProfileXml *profile)
{
    g_autofree char *name = xml_text(xml_child(element, "DomainName"));
    g_autofree char *list = xml_text(xml_child(element, "DnsServers"));
    g_auto(GStrv) servers = g_strsplit_set(list, ",; ", -1);

    for (char **server = servers; *server; server++) {
        if (**server)
            import_add_name_server(profile->import, *server, "DnsServers");
    }
    if (strcmp(name, ".") != 0)
        add_domains(name, "~", "DomainName", profile->import);
    if (xml_child(element, "WebProxyServers"))
        profile_xml_not_had(xml_child(element, "WebProxyServers"), profile);
}

static void
read_route(xmlNode *element, ProfileXml *profile)
{
    g_autofree char *address = xml_text(xml_child(element, "Address"));
    g_autofree char *len = xml_text(xml_child(element, "PrefixSize"));
    g_autofree char *network = g_strconcat(address, *len ? "/" : "", len, NULL);

    if (xml_flag(xml_child(element, "ExclusionRoute")))
        import_not_had(profile->import, "ExclusionRoute", network);
    else
        import_add_route(profile->import, network, "Route");
}

static void
read_outage(xmlNode *element, ProfileXml *profile)
{
    g_autofree char *text = xml_text(element);

    if (strcmp(text, "0") != 0)
        profile_xml_not_had(element, profile);
}

static void
read_no_fragmentation(xmlNode *element, ProfileXml *profile)
{
    if (xml_flag(element))
        import_set(profile->import, "fragmentation", "no", "DisableIKEv2Fragmentation");
}

static void
read_no_mobility(xmlNode *element, ProfileXml *profile)
{
    if (xml_flag(element))
        import_set(profile->import, "mobike", "no", "DisableMobility");
}

static const ElementReader rows[] = {
    {"ProfileName", read_name},
    {"AlwaysOn", read_always_on},
    {"LockDown", read_lock_down},
    {"DeviceTunnel", NULL},
    {"RememberCredentials", read_remember},
    {"DnsSuffix", read_dns_suffix},
    {"DomainNameInformation", read_name_rule},
    {"Route", read_route},
    {"NativeProfile", profile_xml_read_native},
    {"NetworkOutageTime", read_outage},
    {"DisableIKEv2Fragmentation", read_no_fragmentation},
    {"DisableMobility", read_no_mobility},
    {"RegisterDNS", profile_xml_not_had_if_on},
    {"ByPassForLocal", profile_xml_not_had_if_on},
    {"UseRasCredentials", profile_xml_not_had_if_on},
    {"PrivateNetwork", profile_xml_not_had_if_on},
    /* For a tunnel of PPP, and for what Windows' own windows let a user do. */
    {"DataEncryption", NULL},
    {"DisableAdvancedOptionsEditButton", NULL},
    {"DisableDisconnectButton", NULL},
    {NULL, NULL},
};

/* --- the profile ----------------------------------------------------------------------------- */

static void
read_profile(xmlNode *root, Import *import)
{
    ProfileXml profile = {
        .import = import,
        .remember = true,
        .device_tunnel = xml_flag(xml_child(root, "DeviceTunnel")),
    };

    profile_xml_read_children(root, rows, &profile);
    if (profile.split)
        windows_take_split(profile.without_class, import);
    if (!profile.has_suite)
        windows_note_no_suite(import);
    if (!profile.remember && g_strcmp0(import_get(import, "method"), "eap") == 0
        && g_strcmp0(import_get(import, "eap"), "tls") != 0)
        import_set_secret_flags(import, "password", NM_SETTING_SECRET_FLAG_NOT_SAVED);
}

static bool
refuse(GError **error, FormatsError code, const char *sentence, const char *detail)
{
    g_autofree char *safe = log_safe_text(detail, strlen(detail));

    g_set_error(error, FORMATS_ERROR, (int) code, sentence, safe);
    return false;
}

static bool
read_root(xmlNode *root, Import *import, GError **error)
{
    xmlNode *native = xml_child(root, "NativeProfile");
    xmlNode *plugin = xml_find(root, "PluginPackageFamilyName");
    g_autofree char *program = xml_text(plugin);
    g_autofree char *others = native ? profile_xml_other_protocols(native) : NULL;

    if (!native && plugin)
        return refuse(error,
                      FORMATS_ERROR_UNSUPPORTED,
                      _("it is for the program “%s”, not for IKEv2."),
                      program);
    if (!native)
        return refuse(error, FORMATS_ERROR_BAD, _("it has no “%s”."), "NativeProfile");
    if (others)
        return refuse(error, FORMATS_ERROR_UNSUPPORTED, _("it is for %s, not for IKEv2."), others);
    read_profile(root, import);
    return true;
}

/* The text of a node below that is a profile itself: owned by the caller; NULL: has none. */
static char *
escaped_profile(xmlNode *element)
{
    char *found = NULL;

    for (xmlNode *node = element->children; node && !found; node = node->next) {
        if (node->type == XML_ELEMENT_NODE)
            found = escaped_profile(node);
        else if (node->content && strstr((const char *) node->content, "<" ROOT))
            found = g_strdup(strstr((const char *) node->content, "<" ROOT));
    }
    return found;
}

/* As it stands in a script. */
static xmlDoc *
read_cut_out(const char *text)
{
    const char *start = strstr(text, "<" ROOT);
    const char *end = start ? strstr(start, "</" ROOT ">") : NULL;
    g_autofree char *profile =
        end ? g_strndup(start, (gsize) (end - start) + strlen("</" ROOT ">")) : NULL;

    return profile ? xml_document_read(profile) : NULL;
}

/* The profile inside of another document, of a text that is escaped and nothing else, or of a
 * script. */
static xmlDoc *
read_carried(const char *text)
{
    g_autoptr(xmlDoc) carrier = xml_document_read(text);
    g_autofree char *wrapped = NULL;
    g_autofree char *inside = NULL;

    if (!carrier) {
        wrapped = g_strconcat("<text>", text, "</text>", NULL);
        carrier = xml_document_read(wrapped);
    }
    inside = carrier ? escaped_profile(xmlDocGetRootElement(carrier)) : NULL;
    return inside ? xml_document_read(inside) : read_cut_out(text);
}

static bool
read_sensible(const char *text, Import *import, GError **error)
{
    g_autoptr(xmlDoc) document = xml_document_read(text);
    xmlNode *root = document ? xml_find(xmlDocGetRootElement(document), ROOT) : NULL;
    g_autoptr(xmlDoc) carried = root ? NULL : read_carried(text);

    if (carried)
        root = xml_find(xmlDocGetRootElement(carried), ROOT);
    if (!root)
        return refuse(
            error, FORMATS_ERROR_BAD, _("it is damaged: the XML of “%s” cannot be read."), ROOT);
    return read_root(root, import, error);
}

static bool
read_file(const FormatFile *file, Import *import, GError **error)
{
    if (xml_document_is_sensible(file->text))
        return read_sensible(file->text, import, error);
    return refuse(error, FORMATS_ERROR_BAD, _("it has more in it than any profile has."), "");
}

const Format format_profile_xml = {
    .name = N_("a VPN profile of Windows"),
    .suffix = ".xml",
    .recognises = recognises,
    .read = read_file,
};
