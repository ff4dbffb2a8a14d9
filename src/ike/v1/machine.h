/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/v1/internal.h"

/* Takes over an exchange that is not among the remembered ones. No act() frees its exchange. */
void machine_run(IkeV1 *v1, Exchange *exchange, Message *message);
void machine_ignore(IkeV1 *v1, Exchange *exchange, const char *why);
