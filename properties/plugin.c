/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/formats.h"
#include "formats/import.h"
#include "properties/editor.h"
#include "settings/vpn-type.h"

#include <dlfcn.h>
#include <glib/gi18n-lib.h>

/* What GNOME Settings, nm-connection-editor and nmcli load: name, import and export, without a
 * toolkit. The windows are in modules of their own, since a program can have one GTK only. */

#define GTK3_EDITOR "libnm-vpn-plugin-ike-editor.so"
#define GTK4_EDITOR "libnm-gtk4-vpn-plugin-ike-editor.so"
#define IN_EVERY_GTK "gtk_widget_get_type"

#define NM_IKE_TYPE_EDITOR_PLUGIN (nm_ike_editor_plugin_get_type())
G_DECLARE_FINAL_TYPE(NmIkeEditorPlugin, nm_ike_editor_plugin, NM_IKE, EDITOR_PLUGIN, GObject)

struct _NmIkeEditorPlugin {
    GObject parent;
};

enum { PROP_0, PROP_NAME, PROP_DESCRIPTION, PROP_SERVICE };

static void nm_ike_editor_plugin_interface_init(NMVpnEditorPluginInterface *interface);

G_DEFINE_TYPE_WITH_CODE(NmIkeEditorPlugin,
                        nm_ike_editor_plugin,
                        G_TYPE_OBJECT,
                        G_IMPLEMENT_INTERFACE(NM_TYPE_VPN_EDITOR_PLUGIN,
                                              nm_ike_editor_plugin_interface_init))

G_MODULE_EXPORT NMVpnEditorPlugin *nm_vpn_editor_plugin_factory(GError **error);

/* The modules stand beside this one, wherever that was installed. */
static char *
path_beside_us(const char *file)
{
    Dl_info us = {0};
    g_autofree char *folder = NULL;

    if (!dladdr((void *) nm_vpn_editor_plugin_factory, &us) || !us.dli_fname)
        return g_strdup(file);
    folder = g_path_get_dirname(us.dli_fname);
    return g_build_filename(folder, file, NULL);
}

/* By the types that a program with a window has: containers are GTK 3's alone. */
static const char *
editor_file(void)
{
    if (g_type_from_name("GtkContainer"))
        return GTK3_EDITOR;
    return g_type_from_name("GtkWidget") ? GTK4_EDITOR : NULL;
}

static void
refuse(GError **error, const char *why)
{
    g_set_error(error,
                NM_VPN_PLUGIN_ERROR,
                NM_VPN_PLUGIN_ERROR_FAILED,
                _("The editor cannot be loaded: %s"),
                why);
}

/* Never closed: the types that it registers cannot be taken back. */
static EditorNew
load_editor(GError **error)
{
    const char *file = editor_file();
    g_autofree char *path = NULL;
    EditorNew editor_new;
    void *module;

    if (!file) {
        refuse(error, _("this program has no windows"));
        return NULL;
    }
    path = path_beside_us(file);
    module = dlopen(path, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    editor_new = module ? (EditorNew) dlsym(module, EDITOR_NEW_SYMBOL) : NULL;
    if (!editor_new)
        refuse(error, dlerror());
    return editor_new;
}

static NMVpnEditor *
get_editor(NMVpnEditorPlugin *plugin, NMConnection *connection, GError **error)
{
    EditorNew editor_new = load_editor(error);

    return editor_new ? editor_new(connection, error) : NULL;
}

static NMVpnEditorPluginCapability
get_capabilities(NMVpnEditorPlugin *plugin)
{
    return NM_VPN_EDITOR_PLUGIN_CAPABILITY_IPV6 | NM_VPN_EDITOR_PLUGIN_CAPABILITY_IMPORT
           | NM_VPN_EDITOR_PLUGIN_CAPABILITY_EXPORT;
}

/* A program with windows shows the notes above the profile; nmcli has nobody else to say them. */
static void
print_notes(NMConnection *connection)
{
    const char *notes = import_notes_of(connection);

    if (notes && !dlsym(RTLD_DEFAULT, IN_EVERY_GTK))
        g_printerr("%s\n", notes);
}

static NMConnection *
import_from_file(NMVpnEditorPlugin *plugin, const char *path, GError **error)
{
    NMConnection *connection = formats_import(path, error);

    if (connection)
        print_notes(connection);
    return connection;
}

static gboolean
export_to_file(NMVpnEditorPlugin *plugin,
               const char *path,
               NMConnection *connection,
               GError **error)
{
    return formats_export(connection, path, error);
}

static char *
get_suggested_filename(NMVpnEditorPlugin *plugin, NMConnection *connection)
{
    return formats_suggested_name(connection);
}

static void
nm_ike_editor_plugin_interface_init(NMVpnEditorPluginInterface *interface)
{
    interface->get_editor = get_editor;
    interface->get_capabilities = get_capabilities;
    interface->import_from_file = import_from_file;
    interface->export_to_file = export_to_file;
    interface->get_suggested_filename = get_suggested_filename;
}

static void
nm_ike_editor_plugin_init(NmIkeEditorPlugin *self)
{
}

static void
nm_ike_editor_plugin_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    switch (id) {
    case PROP_NAME:
        g_value_set_string(value, _("IKE and IPsec VPN (IKEv1, IKEv2)"));
        break;
    case PROP_DESCRIPTION:
        g_value_set_string(
            value, _("Connects to the IPsec gateway of a company, a university or a home router."));
        break;
    case PROP_SERVICE:
        g_value_set_string(value, NM_IKE_SERVICE);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void
nm_ike_editor_plugin_class_init(NmIkeEditorPluginClass *class)
{
    GObjectClass *object_class = G_OBJECT_CLASS(class);

    object_class->get_property = nm_ike_editor_plugin_get_property;
    g_object_class_override_property(object_class, PROP_NAME, NM_VPN_EDITOR_PLUGIN_NAME);
    g_object_class_override_property(
        object_class, PROP_DESCRIPTION, NM_VPN_EDITOR_PLUGIN_DESCRIPTION);
    g_object_class_override_property(object_class, PROP_SERVICE, NM_VPN_EDITOR_PLUGIN_SERVICE);
}

NMVpnEditorPlugin *
nm_vpn_editor_plugin_factory(GError **error)
{
    bindtextdomain(GETTEXT_PACKAGE, LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    return g_object_new(NM_IKE_TYPE_EDITOR_PLUGIN, NULL);
}
