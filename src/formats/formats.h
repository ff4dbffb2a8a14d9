/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <NetworkManager.h>
#include <stdbool.h>

/* Profiles of other programs, read and written: what the editor's plugin offers to GNOME, nmcli and
 * nm-connection-editor. */

#define FORMATS_ERROR (formats_error_quark())
GQuark formats_error_quark(void);
typedef enum {
    FORMATS_ERROR_NOT_OURS, /* no format of the list: another plugin may know it */
    FORMATS_ERROR_UNREADABLE,
    FORMATS_ERROR_BAD,         /* of a format that we know, and wrong */
    FORMATS_ERROR_UNSUPPORTED, /* right, and asks for what we cannot do at all */
} FormatsError;

/* The connection, owned by the caller, complete with IP settings. What the file asks for and we
 * don't have is in its setting "user" under IMPORT_NOTES_KEY (import.h). */
NMConnection *formats_import(const char *path, GError **error);

/* The same, of bytes that are in memory; base_name and folder as in format.h. */
NMConnection *
formats_import_bytes(const char *base_name, const char *folder, GBytes *bytes, GError **error);

/* The format is the one of path's suffix (.vpn, .pcf, .sswan, .conf). A file that only its owner
 * can read, since it may contain the pre-shared key. */
bool formats_export(NMConnection *connection, const char *path, GError **error);

/* "Office.vpn": owned by the caller. */
char *formats_suggested_name(NMConnection *connection);
