/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/asking-again.h"

#include "service/failure.h"

void
asking_again_init(AskingAgain *asking, ConnectionConfig *config)
{
    *asking = (AskingAgain){.config = config, .given = IKE_SECRET_N};
}

void
asking_again_clear(AskingAgain *asking)
{
    g_free(asking->question);
    g_free(asking->words);
    secret_clear(&asking->answer);
    secret_clear(&asking->refused_answer);
    *asking = (AskingAgain){0};
}

void
asking_again_begin(AskingAgain *asking)
{
    asking->given = IKE_SECRET_N;
    asking->reason = FAIL_NONE;
}

void
asking_again_note_question(AskingAgain *asking, const char *question)
{
    g_free(asking->question);
    asking->question = g_strdup(question);
}

static bool
is(const Secret *secret, const char *text)
{
    return bytes_equal(secret_view(secret), bytes_of_text(text));
}

static void
put(Secret *secret, const char *text)
{
    secret_clear(secret);
    *secret = secret_of_text(text);
}

static void
put_user(ConnectionConfig *config, const char *user)
{
    if (g_strcmp0(config->user, user) == 0)
        return;
    g_free(config->user);
    config->user = g_strdup(user);
}

bool
asking_again_note_answer(AskingAgain *asking, IkeSecretKind kind, const char *answer)
{
    ConnectionConfig *config = asking->config;

    asking->given = kind;
    if (!answer || !*answer)
        return true;
    if (kind == IKE_SECRET_ANSWER && is(&asking->refused_answer, answer))
        return false;
    if (kind == IKE_SECRET_ANSWER)
        put(&asking->answer, answer);
    else if (kind == IKE_SECRET_USER)
        put_user(config, answer);
    else if (kind == IKE_SECRET_PASSWORD && !config->password_once)
        put(&config->password, answer);
    return true;
}

/* A gateway that asks for more after the password has taken that. But what is good for one time
 * only is spent, and must be asked for before the answer. */
Refusal
asking_again_judge(const AskingAgain *asking, FailureReason reason, const char *words)
{
    IkeSecretKind kind = failure_secret(reason, asking->config);
    Refusal refusal = {kind, kind, false, words};

    if (kind != IKE_SECRET_PASSWORD || asking->given != IKE_SECRET_ANSWER)
        return refusal;
    refusal.refused = IKE_SECRET_ANSWER;
    if (!asking->config->password_once)
        refusal.wanted = IKE_SECRET_ANSWER;
    return refusal;
}

bool
asking_again_note_failure(AskingAgain *asking, FailureReason reason, const char *words)
{
    Refusal refusal = asking_again_judge(asking, reason, words);

    if (refusal.refused == IKE_SECRET_N)
        return false;
    asking->reason = reason;
    g_free(asking->words);
    asking->words = g_strdup(words);
    if (refusal.refused == IKE_SECRET_ANSWER) {
        secret_clear(&asking->refused_answer);
        asking->refused_answer = secret_steal(&asking->answer);
    }
    return true;
}

void
asking_again_note_success(AskingAgain *asking)
{
    asking_again_begin(asking);
    secret_clear(&asking->answer);
    secret_clear(&asking->refused_answer);
}

/* Of a refused answer it is not known that the password was wrong too, and the same one is as good
 * as another. */
static bool
was_refused(const AskingAgain *asking, IkeSecretKind kind, const char *answer, const char *user)
{
    const ConnectionConfig *config = asking->config;

    if (kind == IKE_SECRET_PSK)
        return is(&config->psk, answer);
    return asking->given != IKE_SECRET_ANSWER && is(&config->password, answer)
           && (!user || g_strcmp0(user, config->user) == 0);
}

bool
asking_again_take(AskingAgain *asking, IkeSecretKind kind, const char *answer, const char *user)
{
    ConnectionConfig *config = asking->config;

    if (was_refused(asking, kind, answer, user))
        return false;
    put(kind == IKE_SECRET_PSK ? &config->psk : &config->password, answer);
    if (user)
        put_user(config, user);
    return true;
}
