/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/ike-time.h"

#include <glib.h>

/* One alarm on the clock that keeps counting while the machine sleeps, so that what ran out
 * meanwhile is noticed at once when it wakes up. The main loop's own timers stop with the machine.
 */
typedef struct {
    int fd; /* -1: closed */
    guint source;
    IkeTime deadline;
    void (*expired)(void *owner);
    void *owner;
} BoottimeTimer;

IkeTime boottime_now(void);

/* 0 or a negative errno. */
int boottime_timer_open(BoottimeTimer *timer, void (*expired)(void *owner), void *owner);

/* IKE_TIME_NEVER stops it; what is past expires at once. */
void boottime_timer_set(BoottimeTimer *timer, IkeTime deadline);
void boottime_timer_close(BoottimeTimer *timer);
