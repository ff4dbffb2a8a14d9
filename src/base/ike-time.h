/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* A moment, in microseconds of a clock that never goes back and keeps counting while the machine
 * sleeps (CLOCK_BOOTTIME in the service, a plain number in tests). Also a span between two. */
typedef int64_t IkeTime;

#define IKE_TIME_NEVER INT64_MAX
#define IKE_MILLISECOND ((IkeTime) 1000)
#define IKE_SECOND ((IkeTime) 1000000)

static inline IkeTime
ike_time_min(IkeTime a, IkeTime b)
{
    return a < b ? a : b;
}
