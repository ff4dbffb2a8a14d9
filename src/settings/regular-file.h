/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/secret.h"

/* The content of a file that somebody named; there may be keys in it. 0, or a negative errno:
 * -EISDIR and -EINVAL for what is no regular file, which is not even opened, since to open a device
 * can already do something (a tape winds back, a watchdog starts) and to open a FIFO waits; -EFBIG
 * for one of more than most bytes. (A file on a network that is gone makes us wait.) */
int regular_file_read(const char *path, size_t most, Secret *out);
