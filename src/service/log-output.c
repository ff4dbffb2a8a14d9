/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/log-output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

static int most_verbose = LOG_INFO; /* of syslog's levels */
static bool to_syslog;
static char *connection_name;

/* NetworkManager's own level INFO comes to us as LOG_NOTICE. */
static const int syslog_levels[] = {
    [LOG_LEVEL_ERROR] = LOG_ERR,
    [LOG_LEVEL_NOTICE] = LOG_NOTICE,
    [LOG_LEVEL_INFO] = LOG_INFO,
    [LOG_LEVEL_DEBUG] = LOG_DEBUG,
};

static void
write_line(LogLevel level, const char *line)
{
    const char *open = connection_name ? "[" : "";
    const char *name = connection_name ? connection_name : "";
    const char *close = connection_name ? "]" : "";

    if (syslog_levels[level] > most_verbose)
        return;
    if (to_syslog)
        syslog(syslog_levels[level], "nm-ike%s%s%s: %s", open, name, close, line);
    else
        fprintf(stderr, "nm-ike%s%s%s: %s\n", open, name, close, line);
}

/* As a daemon without systemd NetworkManager leaves us /dev/null. */
static bool
stderr_leads_nowhere(void)
{
    struct stat ours, null;

    return fstat(STDERR_FILENO, &ours) < 0
           || (stat("/dev/null", &null) == 0 && S_ISCHR(ours.st_mode)
               && ours.st_rdev == null.st_rdev);
}

void
log_output_init(bool debug)
{
    const char *level = getenv("NM_VPN_LOG_LEVEL");
    const char *use_syslog = getenv("NM_VPN_LOG_SYSLOG");
    guint64 number;

    if (debug)
        most_verbose = LOG_DEBUG;
    else if (level && g_ascii_string_to_unsigned(level, 10, LOG_EMERG, LOG_DEBUG, &number, NULL))
        most_verbose = (int) number;
    to_syslog = !debug && use_syslog && strcmp(use_syslog, "1") == 0 && stderr_leads_nowhere();
    if (to_syslog)
        openlog("nm-ike-service", LOG_PID, LOG_DAEMON);
    log_set_writer(write_line);
}

void
log_output_set_connection(const char *name)
{
    g_free(connection_name);
    connection_name = log_safe_text(name, strlen(name));
}
