/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dataplane/userspace/internal.h"

/* Sends the first n packets of the sealed train, in UDP or as they are, and counts what became of
 * them. */
void sender_send(Sender *sender, size_t n);
