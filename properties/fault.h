/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* A sentence of the settings ("mtu=5: use auto, or 576 to 9000 bytes") as it stands beside the
 * widget of key, which shows value ("Use auto, or 576 to 9000 bytes"). Owned by the caller. */
char *fault_sentence(const GError *fault, const char *key, const char *value);
