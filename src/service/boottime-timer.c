/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/boottime-timer.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

IkeTime
boottime_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (IkeTime) now.tv_sec * IKE_SECOND + now.tv_nsec / 1000;
}

static gboolean
on_expired_cb(gint fd, GIOCondition condition, gpointer data)
{
    BoottimeTimer *timer = data;
    uint64_t times;

    if (read(fd, &times, sizeof(times)) == sizeof(times)) {
        timer->deadline = IKE_TIME_NEVER;
        timer->expired(timer->owner);
    }
    return G_SOURCE_CONTINUE;
}

int
boottime_timer_open(BoottimeTimer *timer, void (*expired)(void *owner), void *owner)
{
    int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);

    if (fd < 0)
        return -errno;
    timer->fd = fd;
    timer->deadline = IKE_TIME_NEVER;
    timer->expired = expired;
    timer->owner = owner;
    timer->source = g_unix_fd_add(fd, G_IO_IN, on_expired_cb, timer);
    return 0;
}

void
boottime_timer_set(BoottimeTimer *timer, IkeTime deadline)
{
    /* All zero stops a timerfd, so that the earliest moment there is is one nanosecond. */
    struct itimerspec spec = {.it_value.tv_nsec = 1};

    if (timer->fd < 0 || deadline == timer->deadline)
        return;
    timer->deadline = deadline;
    if (deadline == IKE_TIME_NEVER)
        spec.it_value.tv_nsec = 0;
    else if (deadline > 0) {
        spec.it_value.tv_sec = deadline / IKE_SECOND;
        spec.it_value.tv_nsec = deadline % IKE_SECOND * 1000 + 1;
    }
    timerfd_settime(timer->fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

void
boottime_timer_close(BoottimeTimer *timer)
{
    g_clear_handle_id(&timer->source, g_source_remove);
    if (timer->fd >= 0)
        close(timer->fd);
    timer->fd = -1;
}
