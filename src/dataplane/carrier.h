/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dataplane/dataplane.h"

/* What a carrier of Child SAs must be able to do; each function promises what its namesake in
 * dataplane.h does. close() ends and frees it. */
typedef struct {
    void (*close)(DataPlane *plane);
    const char *(*device)(const DataPlane *plane);
    int (*set_mtu)(DataPlane *plane, uint32_t mtu);
    uint32_t (*device_mtu)(const DataPlane *plane, uint32_t mtu); /* NULL: mtu */
    int (*set_path)(DataPlane *plane, const Endpoint *local, const Endpoint *remote);
    int (*install)(DataPlane *plane, const ChildSa *child, bool outbound);
    void (*set_outbound)(DataPlane *plane, uint32_t inbound_spi);
    void (*remove)(DataPlane *plane, uint32_t inbound_spi);
    void (*refresh)(DataPlane *plane);
    DataPlaneCounters (*counters)(DataPlane *plane);
    int (*fd)(const DataPlane *plane);
    void (*dispatch)(DataPlane *plane);
} DataPlaneOperations;

/* The first member of each carrier's own struct. */
struct DataPlane {
    const DataPlaneOperations *operations;
    bool is_kernel;
};

int kernel_plane_open(DataPlane **out, const DataPlaneSetup *setup, const DataPlaneEvents *events);

/* Removes from the kernel what services that were killed have left there; opening the kernel's
 * plane does so too. */
void kernel_plane_clear_leftovers(void);

int user_plane_open(DataPlane **out, const DataPlaneSetup *setup, const DataPlaneEvents *events);
