/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* Tells that the kernel may reach a destination in another way than before: links, addresses,
 * routes and rules of both families. What has changed is not said; route_lookup() knows. */
typedef struct {
    int fd; /* -1: closed; to be polled for reading */
} PathWatch;

/* Of the network namespace that the caller is in. 0 or a negative errno. */
int path_watch_open(PathWatch *watch);

/* Takes what has come in; true if there was anything, also if the kernel had more to say than there
 * was room for. */
bool path_watch_changed(PathWatch *watch);

/* Closing twice is fine. */
void path_watch_close(PathWatch *watch);
