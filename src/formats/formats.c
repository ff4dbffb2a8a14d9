/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/formats.h"

#include "base/log.h"
#include "base/secret.h"
#include "formats/file-text.h"
#include "formats/format.h"
#include "formats/internal.h"
#include "settings/regular-file.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

G_DEFINE_QUARK(nm_ike_formats_error, formats_error)

enum {
    MAX_FILE_SIZE =
        4 * 1024 * 1024, /* bytes: the largest real ones are signed, with certificates */
};

/* Asked in this order: what can be told apart with certainty comes first. */
static const Format *const formats[] = {
    &format_mobileconfig,
    &format_pcf,
    &format_shrew,
    &format_vpnc,
    &format_swanctl,
    &format_ipsec_conf,
    &format_sswan,
    &format_profile_xml,
    &format_pbk,
    NULL,
};

static void
wipe_and_free(void *data)
{
    Secret *content = data;

    secret_clear(content);
    g_free(content);
}

static GBytes *
read_file(const char *path, GError **error)
{
    Secret *content = g_new0(Secret, 1);
    int failed = -regular_file_read(path, MAX_FILE_SIZE, content);

    if (!failed)
        return g_bytes_new_with_free_func(content->data, content->len, wipe_and_free, content);
    g_free(content);
    g_set_error(error,
                FORMATS_ERROR,
                FORMATS_ERROR_UNREADABLE,
                _("The file %s could not be read: %s"),
                path,
                g_strerror(failed));
    return NULL;
}

static NMConnection *
import_as(const Format *format, const FormatFile *file, GError **error)
{
    g_autoptr(Import) import = import_new(file->folder);
    g_autofree char *name = g_strdup(file->base_name);
    char *dot = strrchr(name, '.');

    if (dot && dot != name)
        *dot = '\0';
    import_set_name(import, name);
    if (!format->read(file, import, error)) {
        g_prefix_error(error, _("This is %s, but: "), _(format->name));
        return NULL;
    }
    return import_finish(import, error);
}

NMConnection *
formats_import_bytes(const char *base_name, const char *folder, GBytes *bytes, GError **error)
{
    char *text = file_text(bytes);
    const FormatFile file = {base_name, folder, bytes, text};
    NMConnection *connection = NULL;
    size_t i = 0;

    while (formats[i] && !formats[i]->recognises(&file))
        i++;
    if (formats[i])
        connection = import_as(formats[i], &file, error);
    else
        g_set_error(error,
                    FORMATS_ERROR,
                    FORMATS_ERROR_NOT_OURS,
                    _("The file %s is not a VPN profile of a kind that can be imported."),
                    base_name);
    secret_free_text(text);
    return connection;
}

NMConnection *
formats_import(const char *path, GError **error)
{
    g_autofree char *base_name = g_path_get_basename(path);
    g_autofree char *folder = NULL;
    g_autofree char *whole = g_canonicalize_filename(path, NULL);
    g_autoptr(GBytes) bytes = read_file(path, error);

    folder = g_path_get_dirname(whole);
    return bytes ? formats_import_bytes(base_name, folder, bytes, error) : NULL;
}

static const Format *
format_to_write(const char *path, GError **error)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);

    for (size_t i = 0; formats[i]; i++) {
        if (formats[i]->write && g_str_has_suffix(lower, formats[i]->suffix))
            return formats[i];
    }
    g_set_error(error,
                FORMATS_ERROR,
                FORMATS_ERROR_UNSUPPORTED,
                _("The end of the file's name says which kind of profile is written: .vpn (Shrew "
                  "Soft), .pcf (Cisco), .sswan (strongSwan for Android) or .conf (swanctl)."));
    return NULL;
}

bool
formats_export(NMConnection *connection, const char *path, GError **error)
{
    g_autoptr(Export) export = export_new(connection, error);
    const Format *format = export ? format_to_write(path, error) : NULL;
    char *text = format ? format->write(export, error) : NULL;
    bool written;

    if (!text)
        return false;
    /* It may replace a file that others can read: with the pre-shared key in it they may not. */
    written = g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
    if (written && chmod(path, 0600) != 0 && errno != EPERM) {
        int failed = errno;

        written = false;
        g_set_error(error,
                    FORMATS_ERROR,
                    FORMATS_ERROR_UNREADABLE,
                    _("The file %s was written, and others may be able to read it: %s"),
                    path,
                    g_strerror(failed));
    }
    secret_free_text(text);
    return written;
}

char *
formats_suggested_name(NMConnection *connection)
{
    const char *id = nm_connection_get_id(connection);
    g_autofree char *name = g_strdup(id && *id ? id : "VPN");

    return g_strconcat(g_strdelimit(name, "/\\:*?\"<>|", '_'), ".vpn", NULL);
}
