/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/userspace/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVERYTHING (~0u)

static void
ring(int fd)
{
    const uint64_t one = 1;

    while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

static void
hear(int fd)
{
    uint64_t count;

    while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
        ;
}

static void
make_call(Worker *worker)
{
    hear(worker->wake);
    worker->call(worker, worker->argument);
    worker->ready = EVERYTHING;
    atomic_store_explicit(&worker->has_call, false, memory_order_release);
    ring(worker->done);
}

static void
wait_for_work(Worker *worker)
{
    struct pollfd waits[WORKER_MAX_FDS + 1] = {{.fd = worker->wake, .events = POLLIN}};

    for (int i = 0; i < WORKER_MAX_FDS; i++)
        waits[1 + i] = (struct pollfd){.fd = worker->fds[i], .events = POLLIN};
    if (poll(waits, G_N_ELEMENTS(waits), -1) < 0)
        return;
    worker->ready = worker->failing = 0;
    for (int i = 0; i < WORKER_MAX_FDS; i++) {
        worker->ready |= (unsigned) (waits[1 + i].revents != 0) << i;
        worker->failing |= (unsigned) ((waits[1 + i].revents & POLLERR) != 0) << i;
    }
}

/* Between two calls there is always a piece of work, so that neither starves the other. */
static void *
run(void *data)
{
    Worker *worker = data;

    for (;;) {
        if (atomic_load_explicit(&worker->has_call, memory_order_acquire))
            make_call(worker);
        if (worker->stopping)
            return NULL;
        if (worker->work(worker))
            worker->ready = EVERYTHING;
        else
            wait_for_work(worker);
    }
}

/* Signals are the main thread's. */
int
worker_start(Worker *worker, const char *name)
{
    g_autoptr(GError) error = NULL;
    sigset_t all, before;

    worker->wake = eventfd(0, EFD_CLOEXEC);
    worker->done = eventfd(0, EFD_CLOEXEC);
    if (worker->wake >= 0 && worker->done >= 0) {
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        worker->thread = g_thread_try_new(name, run, worker, &error);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    if (worker->thread)
        return 0;
    close(worker->wake);
    close(worker->done);
    return -EAGAIN;
}

bool
worker_is_called(const Worker *worker)
{
    return atomic_load_explicit(&worker->has_call, memory_order_relaxed);
}

void
worker_call(Worker *worker, WorkerCall call, void *argument)
{
    worker->call = call;
    worker->argument = argument;
    atomic_store_explicit(&worker->has_call, true, memory_order_release);
    ring(worker->wake);
    do
        hear(worker->done);
    while (atomic_load_explicit(&worker->has_call, memory_order_acquire));
}

static void
stop(Worker *worker, void *argument)
{
    worker->stopping = true;
}

void
worker_stop(Worker *worker)
{
    if (!worker->thread)
        return;
    worker_call(worker, stop, NULL);
    g_thread_join(g_steal_pointer(&worker->thread));
    close(worker->wake);
    close(worker->done);
}
