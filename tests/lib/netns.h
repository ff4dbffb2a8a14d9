/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/address.h"

/* Puts the calling process into a new, empty network namespace, where a test may do what it likes.
 * NULL, or in words why this machine does not let it. */
const char *netns_enter_new(void);

/* The namespace the process is in now, as a descriptor; and back into one. */
int netns_current(void);
void netns_enter(int fd);

/* What the kernel asks of a device before it carries anything. text: "10.1.0.1/24" or
 * "fd00::1/64". */
void netns_device_up(const char *device);
void netns_device_mtu(const char *device, int mtu);
void netns_device_address(const char *device, const char *text);
int netns_device_get_mtu(const char *device);
