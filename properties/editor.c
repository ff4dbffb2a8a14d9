/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/editor.h"

#include "formats/import.h"
#include "properties/first-page.h"
#include "settings/secrets.h"

#include <glib/gi18n-lib.h>

/* NetworkManager's editor interface over the first page. */

#define NM_IKE_TYPE_EDITOR (nm_ike_editor_get_type())
G_DECLARE_FINAL_TYPE(NmIkeEditor, nm_ike_editor, NM_IKE, EDITOR, GObject)

struct _NmIkeEditor {
    GObject parent;
    FirstPage *page;
};

static void nm_ike_editor_interface_init(NMVpnEditorInterface *interface);

G_DEFINE_TYPE_WITH_CODE(NmIkeEditor,
                        nm_ike_editor,
                        G_TYPE_OBJECT,
                        G_IMPLEMENT_INTERFACE(NM_TYPE_VPN_EDITOR, nm_ike_editor_interface_init))

static GObject *
get_widget(NMVpnEditor *editor)
{
    return G_OBJECT(first_page_widget(NM_IKE_EDITOR(editor)->page));
}

/* Who saves has had the chance to read them. */
static void
remove_notes(NMConnection *connection)
{
    NMSetting *user = nm_connection_get_setting(connection, NM_TYPE_SETTING_USER);
    guint left = 0;

    if (!user)
        return;
    nm_setting_user_set_data(NM_SETTING_USER(user), IMPORT_NOTES_KEY, NULL, NULL);
    nm_setting_user_get_keys(NM_SETTING_USER(user), &left);
    if (left == 0)
        nm_connection_remove_setting(connection, NM_TYPE_SETTING_USER);
}

static gboolean
update_connection(NMVpnEditor *editor, NMConnection *connection, GError **error)
{
    const Draft *draft = first_page_draft(NM_IKE_EDITOR(editor)->page);
    const GError *fault = draft_first_fault(draft);
    NMSettingVpn *setting;

    if (fault) {
        g_set_error_literal(
            error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_INVALID_PROPERTY, fault->message);
        return FALSE;
    }
    setting = draft_to_setting(draft);
    secrets_keep_no_answer(setting);
    nm_connection_add_setting(connection, NM_SETTING(setting));
    remove_notes(connection);
    return TRUE;
}

static void
nm_ike_editor_interface_init(NMVpnEditorInterface *interface)
{
    interface->get_widget = get_widget;
    interface->update_connection = update_connection;
}

static void
nm_ike_editor_init(NmIkeEditor *self)
{
}

static void
nm_ike_editor_dispose(GObject *object)
{
    g_clear_pointer(&NM_IKE_EDITOR(object)->page, first_page_free);
    G_OBJECT_CLASS(nm_ike_editor_parent_class)->dispose(object);
}

static void
nm_ike_editor_class_init(NmIkeEditorClass *class)
{
    G_OBJECT_CLASS(class)->dispose = nm_ike_editor_dispose;
}

static void
on_page_changed_cb(void *data)
{
    g_signal_emit_by_name(data, "changed");
}

/* import_notes_of() once more: the modules with windows have nothing of formats/ linked in. */
static const char *
notes_of(NMConnection *connection)
{
    NMSetting *user = nm_connection_get_setting(connection, NM_TYPE_SETTING_USER);

    return user ? nm_setting_user_get_data(NM_SETTING_USER(user), IMPORT_NOTES_KEY) : NULL;
}

NMVpnEditor *
nm_ike_editor_new(NMConnection *connection, GError **error)
{
    NmIkeEditor *self = g_object_new(NM_IKE_TYPE_EDITOR, NULL);

    bindtextdomain(GETTEXT_PACKAGE, LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    self->page = first_page_new(
        nm_connection_get_setting_vpn(connection), notes_of(connection), on_page_changed_cb, self);
    return NM_VPN_EDITOR(self);
}
