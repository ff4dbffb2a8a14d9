/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/reports.h"

#include <unistd.h>

/* (It fails only if the bell rings already, without end.) */
void
reports_ring(int bell)
{
    const uint64_t one = 1;
    ssize_t r = write(bell, &one, sizeof(one));

    (void) r;
}

bool
reports_post(Reports *reports, const Report *report)
{
    unsigned written = atomic_load_explicit(&reports->written, memory_order_relaxed);
    unsigned read = atomic_load_explicit(&reports->read, memory_order_acquire);

    if (written - read == REPORTS_MAX)
        return false;
    reports->ring[written % REPORTS_MAX] = *report;
    atomic_store_explicit(&reports->written, written + 1, memory_order_release);
    reports_ring(reports->bell);
    return true;
}

bool
reports_take(Reports *reports, Report *out)
{
    unsigned read = atomic_load_explicit(&reports->read, memory_order_relaxed);
    unsigned written = atomic_load_explicit(&reports->written, memory_order_acquire);

    if (read == written)
        return false;
    *out = reports->ring[read % REPORTS_MAX];
    atomic_store_explicit(&reports->read, read + 1, memory_order_release);
    return true;
}

void
reports_clear(Reports *reports)
{
    Report report;

    while (reports_take(reports, &report))
        g_clear_pointer(&report.message, g_bytes_unref);
}
