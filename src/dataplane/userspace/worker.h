/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>

/* A thread that carries packets. It owns what it works with; the owner's thread speaks to it by
 * calls, which it makes between two pieces of work. So nothing needs a lock. */
typedef struct Worker Worker;

enum { WORKER_MAX_FDS = 3 };

/* Runs on the worker's thread. */
typedef void (*WorkerCall)(Worker *worker, void *argument);

struct Worker {
    /* Does what is ready, for a bounded time. Whether there is more to do at once. */
    bool (*work)(Worker *worker);
    int fds[WORKER_MAX_FDS]; /* when one of them is readable, there is work; -1: none */

    /* A bit for each descriptor that may be readable, or have an error to be taken: for work(), so
     * that it asks the kernel nothing in vain. */
    unsigned ready, failing;

    /* the rest is worker.c's */
    GThread *thread;
    int wake; /* eventfds: there is a call; it was made */
    int done;
    WorkerCall call;
    void *argument;
    _Atomic bool has_call;
    bool stopping;
};

/* work and fds are set. 0 or a negative errno. */
int worker_start(Worker *worker, const char *name);

/* Whether work should end soon, since a call waits. */
bool worker_is_called(const Worker *worker);

/* Returns when it was made. Never from the worker's own thread. */
void worker_call(Worker *worker, WorkerCall call, void *argument);

/* Returns when the thread has ended. One that never started is fine. */
void worker_stop(Worker *worker);
