/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "settings/options.h"

/* What the table in options.c is made of: one reader for each type of field. */

/* Only checked: nothing to put anywhere, since there is one way to do it so far, or none. */
bool read_checked_only(const Option *, const char *, ConnectionConfig *, GError **);
bool read_checked_number(const Option *, const char *, ConnectionConfig *, GError **);
bool read_file_or_uri(const Option *, const char *, ConnectionConfig *, GError **);
bool read_eap_methods(const Option *, const char *, ConnectionConfig *, GError **);
bool read_choice(const Option *, const char *, ConnectionConfig *, GError **);
bool read_yes_no(const Option *, const char *, ConnectionConfig *, GError **);
bool read_u16(const Option *, const char *, ConnectionConfig *, GError **);
bool read_u32(const Option *, const char *, ConnectionConfig *, GError **);
bool read_u64(const Option *, const char *, ConnectionConfig *, GError **);
bool read_gateway(const Option *, const char *, ConnectionConfig *, GError **);
bool read_user(const Option *, const char *, ConnectionConfig *, GError **);
bool read_local_id(const Option *, const char *, ConnectionConfig *, GError **);
bool read_remote_id(const Option *, const char *, ConnectionConfig *, GError **);
bool read_secret_flags(const Option *, const char *, ConnectionConfig *, GError **);
bool read_ike_proposals(const Option *, const char *, ConnectionConfig *, GError **);
bool read_esp_proposals(const Option *, const char *, ConnectionConfig *, GError **);
bool read_pfs(const Option *, const char *, ConnectionConfig *, GError **);
bool read_addresses(const Option *, const char *, ConnectionConfig *, GError **);
bool read_traffic_selectors(const Option *, const char *, ConnectionConfig *, GError **);

/* Whether all the algorithms of good proposals are there. */
bool supports_ike_proposals(const char *text, GError **error);
bool supports_esp_proposals(const char *text, GError **error);
bool supports_pfs(const char *text, GError **error);

/* "dpd-delay=abc: use 0 to 86400 seconds". what may be NULL: then the option's values. */
bool refuse_value(const Option *option, const char *text, const char *what, GError **error);
