/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/connection-config.h"

/* Routes everything of the families that config blocks into the device, so that nothing leaves
 * beside it. 0 or a negative errno, with the family that it was about. */
int block_rest(const ConnectionConfig *config, unsigned device, AddressFamily *out_family);
