/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Proposals as words, whether or not we have the algorithms: what an editor lets a user write, and
 * what profiles of other programs name. proposal.h reads those that we do have. */

/* Whether every keyword is an algorithm that there is, ours or another of the registries', and each
 * proposal has what one of its kind must have: IKE encryption, a hash unless combined, and a group;
 * ESP encryption, and integrity unless combined. Else an error that names what is wrong. */
bool ike_proposals_check(const char *text, GError **error);
bool esp_proposals_check(const char *text, GError **error);

/* Whether there is such an algorithm at all, and such a key exchange method. */
bool algorithm_is_known(const char *word);
bool key_exchange_is_known(const char *word);

/* The one word that we use for an algorithm that has several: "aes" is aes128; the word itself if
 * there is no other. */
const char *keyword_of_alias(const char *word);
