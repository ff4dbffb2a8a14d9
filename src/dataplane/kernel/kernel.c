/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/carrier.h"

#include <errno.h>

int
kernel_plane_open(DataPlane **out, const DataPlaneSetup *setup, const DataPlaneEvents *events)
{
    return -EOPNOTSUPP;
}
