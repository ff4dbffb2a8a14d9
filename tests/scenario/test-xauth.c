/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"

/* XAUTH (draft-beaulieu-ike-xauth-02): the gateway asks for a user name and a password. */

#define BOUND (35 * IKE_SECOND)

static Link *
link_of(const ResponderConfig *gateway, uint64_t seed)
{
    return link_new(link_config(EXCHANGE_MODE_MAIN, true), gateway, seed);
}

static void
test_wrong_password(void)
{
    static const ResponderFault faults[] = {FAULT_NONE, FAULT_XAUTH_DELETES};

    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;

        gateway.password = "another one";
        gateway.fault = faults[i];
        link = link_of(&gateway, 41);
        link_connect(link);
        link_assert_closed(link, FAIL_XAUTH_REFUSED, BOUND);
    }
}

/* Not in the profile: the user is asked, and answers. */
static void
test_asks_the_user(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_of(&gateway, 42);

    g_clear_pointer(&link->config->user, g_free);
    secret_clear(&link->config->password);
    link->secret_user = "alice";
    link->secret_password = "correct horse";
    link_connect(link);
    link_assert_established(link, 1);
    g_assert_cmpuint(link->n_asked, ==, 2);
}

/* A second question, for a code: what the profile has answers only the first. */
static void
test_asked_twice(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.xauth_questions = 2;
    link = link_of(&gateway, 43);
    link->secret_password = "123456";
    link_connect(link);
    link_assert_established(link, 1);
    g_assert_cmpuint(link->n_asked, ==, 1);
    g_assert_cmpint(link->asked, ==, IKE_SECRET_ANSWER);
    g_assert_cmpstr(link->asked_message, ==, "Enter the code");
}

static void
test_asked_twice_and_wrong(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.xauth_questions = 2;
    link = link_of(&gateway, 44);
    link->secret_password = "654321";
    link_connect(link);
    link_assert_closed(link, FAIL_XAUTH_REFUSED, BOUND);
}

/* Runs until the user is asked. */
static void
run_to_question(Link *link)
{
    secret_clear(&link->config->password);
    ike_engine_start(link->engine, &link->path, link->now);
    link_flush(link);
    link_run(link, IKE_SECOND);
    g_assert_cmpuint(link->n_asked, ==, 1);
    g_assert_cmpint(link->asked, ==, IKE_SECRET_PASSWORD);
}

/* A slow typist: meanwhile the gateway repeats its question, and nobody is asked again. */
static void
test_slow_answer(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_of(&gateway, 45);

    run_to_question(link);
    link_run(link, 15 * IKE_SECOND);
    g_assert_cmpuint(link->n_asked, ==, 1);
    g_assert_false(link->closed);
    link_give_secret(link, IKE_SECRET_PASSWORD, "correct horse");
    link_run(link, 5 * IKE_SECOND);
    link_assert_established(link, 1);
}

static void
test_cancelled(void)
{
    static const char *const answers[] = {NULL, ""};

    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = link_of(&gateway, 46);

        run_to_question(link);
        link_give_secret(link, IKE_SECRET_PASSWORD, answers[i]);
        link_assert_closed(link, FAIL_CANCELLED, BOUND);
        link_run(link, IKE_SECOND);
        g_assert_true(responder_record(link->gateway)->deleted_by_client);
    }
}

/* Nobody answers: SECRET_WAIT. */
static void
test_never_answered(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_of(&gateway, 47);

    run_to_question(link);
    link_run(link, 130 * IKE_SECOND);
    link_assert_closed(link, FAIL_CANCELLED, 135 * IKE_SECOND);
}

/* An answer that nobody asked for changes nothing. */
static void
test_unasked_answer(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_of(&gateway, 48);

    ike_engine_start(link->engine, &link->path, link->now);
    link_give_secret(link, IKE_SECRET_PASSWORD, "too early");
    link_give_secret(link, IKE_SECRET_USER, NULL);
    link_run(link, IKE_SECOND);
    link_assert_established(link, 1);
}

static void
test_gateway_does_not_ask(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.fault = FAULT_XAUTH_NOT_ASKED;
    link = link_of(&gateway, 49);
    link_connect(link);
    link_assert_closed(link, FAIL_XAUTH_MISSING, BOUND);
}

static void
test_another_kind(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.fault = FAULT_XAUTH_CHAP;
    link = link_of(&gateway, 50);
    link_connect(link);
    link_assert_closed(link, FAIL_XAUTH_UNSUPPORTED, BOUND);
}

/* The same question, without words, instead of a refusal: nothing is sent that is known to be
 * wrong.
 */
static void
test_wrong_password_asked_anew(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.password = "another one";
    gateway.fault = FAULT_XAUTH_ASKS_ANEW;
    link = link_of(&gateway, 52);
    ike_engine_start(link->engine, &link->path, link->now);
    link_flush(link);
    link_run(link, 5 * IKE_SECOND);
    g_assert_cmpuint(responder_record(link->gateway)->xauth_replies, ==, 1);
    g_assert_cmpuint(link->n_asked, ==, 1);
    g_assert_cmpint(link->asked, ==, IKE_SECRET_ANSWER);
    link_give_secret(link, IKE_SECRET_ANSWER, "another one");
    link_run(link, IKE_SECOND);
    link_assert_established(link, 1);
    g_assert_cmpuint(responder_record(link->gateway)->xauth_replies, ==, 2);
}

/* The reply was lost, and the gateway repeats its question in an exchange of its own (libreswan):
 * the reply is repeated once. If it asks yet again it does not like it. */
static void
test_reply_lost(void)
{
    static const char *const passwords[] = {"correct horse", "another one"};

    for (size_t i = 0; i < G_N_ELEMENTS(passwords); i++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;

        gateway.fault = FAULT_XAUTH_DEAF;
        gateway.password = passwords[i];
        link = link_of(&gateway, 53);
        ike_engine_start(link->engine, &link->path, link->now);
        link_flush(link);
        link_run(link, 500 * IKE_MILLISECOND);
        g_assert_cmpuint(responder_record(link->gateway)->xauth_replies, ==, 1);
        responder_ask(link->gateway, link->now);
        link_flush(link);
        link_run(link, IKE_SECOND);
        g_assert_cmpuint(responder_record(link->gateway)->xauth_replies, ==, 2);
        g_assert_cmpuint(link->n_asked, ==, 0);
        if (i == 0)
            link_assert_established(link, 1);
        else
            link_assert_closed(link, FAIL_XAUTH_REFUSED, BOUND);
    }
}

static void
test_asked_for_ever(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = NULL;

    gateway.fault = FAULT_XAUTH_FOREVER;
    link = link_of(&gateway, 51);
    link->secret_password = "correct horse";
    link_connect(link);
    link_assert_closed(link, FAIL_PROTOCOL, BOUND);
    g_assert_cmpuint(link->n_asked, <=, 8);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/xauth/wrong-password", test_wrong_password);
    g_test_add_func("/xauth/asks-the-user", test_asks_the_user);
    g_test_add_func("/xauth/asked-twice", test_asked_twice);
    g_test_add_func("/xauth/asked-twice-and-wrong", test_asked_twice_and_wrong);
    g_test_add_func("/xauth/slow-answer", test_slow_answer);
    g_test_add_func("/xauth/cancelled", test_cancelled);
    g_test_add_func("/xauth/never-answered", test_never_answered);
    g_test_add_func("/xauth/unasked-answer", test_unasked_answer);
    g_test_add_func("/xauth/gateway-does-not-ask", test_gateway_does_not_ask);
    g_test_add_func("/xauth/another-kind", test_another_kind);
    g_test_add_func("/xauth/wrong-password-asked-anew", test_wrong_password_asked_anew);
    g_test_add_func("/xauth/reply-lost", test_reply_lost);
    g_test_add_func("/xauth/asked-for-ever", test_asked_for_ever);
    return g_test_run();
}
