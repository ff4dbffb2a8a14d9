/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/secret.h"
#include "formats/format.h"

/* The parts of the format of Windows' phone books (the format itself is in internal.h). */

/* One connection: values by key. */
void pbk_read_entry(GHashTable *values, Import *import);
