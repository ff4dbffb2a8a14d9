/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"
#include "model/address.h"

#include <stdatomic.h>

/* What a worker tells the owner's thread: one writes, one reads, nobody waits. */

enum { REPORTS_MAX = 256 }; /* then IKE messages are dropped, and the rest is said again later */

typedef enum {
    REPORT_IKE_MESSAGE, /* message, from */
    REPORT_USED,        /* spi */
    REPORT_EXPIRING,    /* spi */
    REPORT_EXPIRED,     /* spi */
    REPORT_ACQUIRE,     /* source, destination */
    REPORT_TOO_BIG,     /* the path refused a packet */
    REPORT_WITHDRAWN,   /* offload: of DataPlaneOffloads */
    REPORT_FAILED,      /* error */
} ReportType;

typedef struct {
    ReportType type;
    uint32_t spi;
    GBytes *message; /* the reader's */
    Endpoint from;
    IpAddress source, destination;
    unsigned offload;
    int error;
} Report;

typedef struct {
    Report ring[REPORTS_MAX];
    _Atomic unsigned written; /* so far; the index is the remainder */
    _Atomic unsigned read;
    int bell; /* an eventfd of the reader's, rung for each */
} Reports;

/* Makes the reader look. */
void reports_ring(int bell);

/* False if there is no room: nothing was taken over. */
bool reports_post(Reports *reports, const Report *report);
bool reports_take(Reports *reports, Report *out);

/* Frees what nobody took. */
void reports_clear(Reports *reports);
