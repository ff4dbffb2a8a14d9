/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

/* Puts a payload's body through every reader of src/wire, whatever the payload calls itself, and
 * writes again what was read. Returns how many could read it. */
unsigned read_by_all(Bytes body);
