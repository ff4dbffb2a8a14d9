/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "settings/options.h"

#include <NetworkManager.h>

/* A profile while somebody edits it, without a window. It starts as a copy of what was saved; what
 * the option table does not know stays in it untouched. A value that says the default is not
 * written. */
typedef struct Draft Draft;

/* setting NULL: a new profile. */
Draft *draft_new(NMSettingVpn *setting);
Draft *draft_copy(const Draft *draft);
void draft_free(Draft *draft);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Draft, draft_free)

/* What a widget can stand for: the option table, and at its end what a profile keeps elsewhere:
 * "group-name" (a local-id that is a key ID) and "persistent" (NetworkManager's vpn.persistent).
 * NULL past the end. */
const Option *draft_option_at(size_t index);
const Option *draft_option_by_key(const char *key);

/* NULL: the profile says nothing, and the default holds. Of a secret: what is stored with it. The
 * method has a word more than the table, "eap-tls": method=eap with eap=tls and nothing else. */
const char *draft_get(const Draft *draft, const Option *option);

/* text NULL or empty: nothing. A vendor brings what its gateways need, where the user has not said
 * it himself; another version of IKE takes away a method that it does not have. */
void draft_set(Draft *draft, const Option *option, const char *text);

NMSettingSecretFlags draft_get_secret_flags(const Draft *draft, const Option *secret);
void
draft_set_secret(Draft *draft, const Option *secret, const char *text, NMSettingSecretFlags flags);

/* Whether what the rest of the draft says leaves a use for the option. */
bool draft_applies(const Draft *draft, const Option *option);

/* The keywords that fit what the rest of the draft says, the default first, NULL at the end; or
 * NULL: all of the option's. */
const char *const *draft_choices(const Draft *draft, const Option *option);

/* What is wrong with it, for people; NULL: nothing. Lives until the next change. */
const GError *draft_fault(const Draft *draft, const Option *option);

/* What is wrong first, with whichever option. */
const GError *draft_first_fault(const Draft *draft);

/* What is to be saved, owned by the caller: without what has lost its use by the edit. */
NMSettingVpn *draft_to_setting(const Draft *draft);
