/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/internal.h"

#include <time.h>

int64_t
coarse_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec + 1;
}

void
report_age(Reports *reports, SaHalf *half, SaAge age)
{
    const Report expiring = {.type = REPORT_EXPIRING, .spi = half->name};
    const Report expired = {.type = REPORT_EXPIRED, .spi = half->name};

    if (age >= SA_EXPIRING && !half->reported_expiring)
        half->reported_expiring = reports_post(reports, &expiring);
    if (age == SA_EXPIRED && !half->reported_expired)
        half->reported_expired = reports_post(reports, &expired);
}
