/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "convert/convert.h"
#include "formats/import.h"
#include "settings/data-item.h"

/* How the profiles of one plugin become ours: one file each. */
typedef struct {
    const char *service;
    /* The new connection; its IP settings and general ones are replaced later. */
    NMConnection *(*to_ours)(NMSettingVpn *old, const char *name, GError **error);
    bool is_l2tp;
    const char
        *unwritable; /* what no value can have in the other program's file; NULL: all is fine */
} Conversion;

extern const Conversion convert_from_vpnc;
extern const Conversion convert_from_libreswan;
extern const Conversion convert_from_openswan;
extern const Conversion convert_from_strongswan;
extern const Conversion convert_from_l2tp;

bool old_says(NMSettingVpn *old, const char *key, const char *value);

/* The profile's user, or NetworkManager's own property for it. */
const char *old_user(NMSettingVpn *old, const char *key);

/* A secret and who keeps it. mode_key: where older versions of the plugin kept that; NULL: nowhere.
 */
void carry_secret(NMSettingVpn *old,
                  const char *old_key,
                  const char *mode_key,
                  NMConnection *ours,
                  const char *key);

/* The same of one that is kept in another form: text is what it says; NULL: it could not be had. */
void carry_secret_text(NMSettingVpn *old,
                       const char *old_key,
                       const char *mode_key,
                       const char *text,
                       NMConnection *ours,
                       const char *key);

/* What no key of the list (NULL at its end) names becomes a note, and flags of secrets do not. */
void note_rest(NMSettingVpn *old, const char *const *known, Import *import);
