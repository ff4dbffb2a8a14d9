/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/log.h"

#include <stdbool.h>

/* Where the service's lines go: standard error, which NetworkManager hands to the journal, or
 * syslog, as the environment says (NM_VPN_LOG_LEVEL: the least important level of syslog's that is
 * still wanted; NM_VPN_LOG_SYSLOG). debug: everything, to standard error. */
void log_output_init(bool debug);

/* "nm-ike[name]: " stands in front of each line from now on. */
void log_output_set_connection(const char *name);
