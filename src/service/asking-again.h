/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/engine.h"

/* What a gateway did not take before the connection was ever there: whom to blame, what to ask for
 * instead, and what must not be sent a second time, since that would only lock the account. */

typedef struct {
    IkeSecretKind
        refused;          /* IKE_SECRET_N: nothing that another one of could help, or not certain */
    IkeSecretKind wanted; /* another one than refused if that comes after it in a fresh login */
    bool unsent;          /* the user gave once more what was refused before */
    const char *words;    /* the gateway's own, or NULL; borrowed */
} Refusal;

typedef struct {
    ConnectionConfig *config; /* borrowed; has user name, password and PSK as they were sent last */
    IkeSecretKind given;      /* by the user in this try, last; IKE_SECRET_N: nothing */
    char *question;           /* the gateway's words to the question that is open, or NULL */
    Secret answer;            /* given last */
    Secret refused_answer;
    FailureReason reason; /* why the last try ended; FAIL_NONE: it goes on */
    char *words;
} AskingAgain;

void asking_again_init(AskingAgain *asking, ConnectionConfig *config);
void asking_again_clear(AskingAgain *asking);

/* A try begins. */
void asking_again_begin(AskingAgain *asking);

/* The gateway asks in the middle of a try; question is its own words, or NULL. */
void asking_again_note_question(AskingAgain *asking, const char *question);

/* The user's answer to that, which the next try needs too. False: it was refused before, and is not
 * to be sent. */
bool asking_again_note_answer(AskingAgain *asking, IkeSecretKind kind, const char *answer);

/* What a failure with that reason means now. */
Refusal asking_again_judge(const AskingAgain *asking, FailureReason reason, const char *words);

/* The try has ended; true if another one could help. */
bool asking_again_note_failure(AskingAgain *asking, FailureReason reason, const char *words);

/* The connection is there: what is refused from now on has nothing to do with what was. */
void asking_again_note_success(AskingAgain *asking);

/* What the user gave after a failure, into the config; user is a name typed with the password, or
 * NULL. False: it was refused before, nothing has changed. */
bool
asking_again_take(AskingAgain *asking, IkeSecretKind kind, const char *answer, const char *user);
