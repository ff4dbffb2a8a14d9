/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* nm-settings-ike(5) in roff, made of the option table; the frame around the options is given.
 * Owned by the caller. */
char *settings_manual(const char *head, const char *tail);
