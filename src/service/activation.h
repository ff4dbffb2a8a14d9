/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "service/asking-again.h"
#include "service/ip-config.h"

/* One connection from name to Delete: engine, sockets, data plane, timer. Everything runs from the
 * default main context. */
typedef struct Activation Activation;

typedef struct {
    /* Traffic can flow; all is borrowed. Again when a lost connection is back, perhaps with the
     * same. */
    void (*established)(void *owner, const IpConfig *config);

    /* The gateway wants to know; message is its own words, or NULL. False: nobody can be asked.
     * Else activation_give_secret() follows some day. */
    bool (*ask_secret)(void *owner, IkeSecretKind kind, const char *message);

    /* The gateway did not take what it was told, or would not if it were sent again, and the
     * connection was never there; it was logged. False: it is over, and closed comes. True:
     * activation_give_secret() follows some day with what is wanted, and it is tried again with
     * that. An answer that was sent is another matter: it is tried again at once, and the gateway
     * asks in its time. */
    bool (*ask_again)(void *owner, const Refusal *refusal);

    /* It is over; it was logged. Once; the owner frees the activation, though not in here. */
    void (*closed)(void *owner, FailureReason reason);

    void *owner;
} ActivationEvents;

/* Takes over config. Nothing happens before the main loop runs. */
Activation *activation_new(ConnectionConfig *config, const ActivationEvents *events);

/* answer: NULL if the user gave none; user: the name that was typed with a password, or NULL. What
 * was refused already is not sent a second time: the user is asked anew, before this returns. */
void activation_give_secret(Activation *activation,
                            IkeSecretKind kind,
                            const char *answer,
                            const char *user);

/* Ends it: the gateway is told, and sockets, TUN device and timers are gone when it returns. No
 * event follows. */
void activation_free(Activation *activation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Activation, activation_free)
