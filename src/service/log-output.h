/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/log.h"

#include <stdbool.h>

/* Where the service's lines go: standard error, which ends up in the journal or wherever
 * NetworkManager's own does; syslog, if that is nowhere and the environment allows it
 * (NM_VPN_LOG_SYSLOG). The environment says what is logged, too (NM_VPN_LOG_LEVEL: the least
 * important of syslog's levels that is still wanted). debug: everything, to standard error. */
void log_output_init(bool debug);

/* "nm-ike[name]: " stands in front of each line from now on. */
void log_output_set_connection(const char *name);
