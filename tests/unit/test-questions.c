/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth-dialog/answer.h"
#include "auth-dialog/questions.h"
#include "base/secret.h"
#include "settings/vpn-type.h"

#include <string.h>

/* With IKEv1 if it does not say otherwise. */
static NMSettingVpn *
setting_of(const char *text)
{
    NMSettingVpn *setting = NM_SETTING_VPN(nm_setting_vpn_new());
    g_auto(GStrv) items = g_strsplit(text, ";", -1);

    nm_setting_vpn_add_data_item(setting, "ike-version", "1");
    for (char **item = items; *item; item++) {
        g_auto(GStrv) pair = g_strsplit(*item, "=", 2);

        if (pair[0] && pair[0][0] == '!')
            nm_setting_vpn_add_secret(setting, pair[0] + 1, pair[1]);
        else if (pair[0] && *pair[0])
            nm_setting_vpn_add_data_item(setting, pair[0], pair[1]);
    }
    return setting;
}

/* A keyring that has what its text says: "psk=k;password=p". */
static char *
lookup_in_text(void *keyring, const char *key)
{
    g_auto(GStrv) items = g_strsplit(keyring, ";", -1);
    size_t len = strlen(key);

    for (char **item = items; *item; item++) {
        if (strncmp(*item, key, len) == 0 && (*item)[len] == '=')
            return g_strdup(*item + len + 1);
    }
    return NULL;
}

typedef struct {
    const char *name;
    const char *profile;
    const char *keyring;
    const char *hints; /* apart by semicolons */
    bool reprompt;
    bool silent;
    /* "key=value", with a question mark behind the key if it is asked; apart by spaces */
    const char *expected;
} Row;

/* clang-format off */
static const Row rows[] = {
    {"nothing-known", "", "", "", false, false, "user?= password?= psk?="},
    {"user-in-profile", "user=alice", "", "", false, false, "password?= psk?="},
    {"psk-alone", "method=psk", "", "", false, false, "psk?="},
    {"eap", "ike-version=2;user=a", "", "", false, false, "password?="},
    {"eap-without-user", "method=eap", "", "", false, false, "user?= password?="},
    {"eap-tls-alone", "method=eap;eap=tls", "", "", false, false, ""},
    {"eap-and-psk", "method=psk-eap;user=a", "", "", false, false, "password?= psk?="},
    {"certificates-and-xauth", "method=cert-xauth;user=a", "", "", false, false, "password?="},
    {"certificates-alone", "method=cert;cert=/nonexistent", "", "", false, false, ""},
    {"key-on-a-token", "method=cert;key=pkcs11:token=Card;id=%01", "", "", false, false, "key-password?="},
    {"key-on-a-token-with-pin", "method=cert;key=pkcs11:token=Card?pin-value=1234", "", "", false, false, ""},
    {"key-password-comes-last", "method=cert-eap;key=pkcs11:token=Card", "", "", false, false, "user?= password?= key-password?="},
    {"key-password-in-keyring", "method=cert;cert=pkcs11:token=Card;key-password-flags=1", "key-password=1234", "", false, false, "key-password=1234"},
    {"answer", "user=a;!password=p;!psk=k;answer-flags=2", "", "answer;x-vpn-message:Next code", false, false, "password=p psk=k answer?="},
    {"answer-forgets-what-was-given", "user=a;!password=p;!psk=k;!answer=1;answer-flags=2", "answer=1", "answer", false, false, "password=p psk=k answer?="},
    {"answer-is-not-asked-by-itself", "user=a;!password=p;!psk=k;answer-flags=2", "", "", true, false, "password?=p psk?=k"},
    {"unreadable-method", "method=hope;user=a", "", "", false, false, "password?= psk?="},
    {"system-owned-known", "user=a;!password=p;!psk=k", "password=other", "", false, false, "password=p psk=k"},
    {"system-owned-ignores-keyring", "user=a", "password=p;psk=k", "", false, false, "password?= psk?="},
    {"agent-owned-in-keyring", "user=a;password-flags=1;psk-flags=1", "password=p;psk=k", "", false, false, "password=p psk=k"},
    {"agent-owned-not-in-keyring", "user=a;password-flags=1;psk-flags=1", "psk=k", "", false, false, "password?= psk=k"},
    {"agent-owned-given", "user=a;password-flags=1;!password=p;!psk=k", "password=old", "", false, false, "password=p psk=k"},
    {"not-saved", "user=a;password-flags=2;!psk=k", "password=p", "", false, false, "password?= psk=k"},
    {"not-saved-forgets-what-was-given", "user=a;password-flags=2;!password=p;!psk=k", "", "", false, false, "password?= psk=k"},
    {"not-required", "user=a;password-flags=4;!psk=k", "", "", false, false, "password= psk=k"},
    {"not-required-but-there", "user=a;password-flags=4;!password=p;!psk=k", "", "", false, false, "password=p psk=k"},
    {"user-in-keyring", "user-flags=1;!password=p;!psk=k", "user=bob", "", false, false, "user=bob password=p psk=k"},
    {"reprompt", "user=a;!password=p;!psk=k", "", "", true, false, "password?=p psk?=k"},
    {"reprompt-leaves-the-unnecessary", "user=a;password-flags=4;!psk=k", "", "", true, false, "password= psk?=k"},
    {"hint", "user=a;!password=p;!psk=k", "", "password;x-vpn-message:Next code", false, false, "password?= psk=k"},
    {"hint-beats-not-required", "user=a;password-flags=4;!psk=k", "", "password", false, false, "password?= psk=k"},
    {"hint-for-a-user-that-is-there", "user=a;!password=p;!psk=k", "", "user", false, false, "user?= password=p psk=k"},
    {"message-is-no-hint", "user=a;!psk=k", "", "x-vpn-message:Hello", false, false, "password?= psk=k"},
    {"hint-of-another-world", "user=a;!psk=k", "", "otp", false, false, "password= psk=k"},
    {"silent", "user=a;password-flags=1", "password=p", "", false, true, "password=p psk="},
    {"silent-reprompt", "user=a;!psk=k", "", "", true, true, "password= psk=k"},
};
/* clang-format on */

static char *
text_of(const GPtrArray *questions)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < questions->len; i++) {
        const Question *question = questions->pdata[i];

        g_string_append_printf(text,
                               "%s%s%s=%s",
                               i ? " " : "",
                               question->key,
                               question->should_ask ? "?" : "",
                               question->value ? question->value : "");
    }
    return g_string_free(text, FALSE);
}

static void
test_row(gconstpointer data)
{
    const Row *row = data;
    g_autoptr(NMSettingVpn) setting = setting_of(row->profile);
    g_auto(GStrv) hints = g_strsplit(row->hints, ";", -1);
    const QuestionRequest request = {
        .setting = setting,
        .hints = (const char *const *) hints,
        .allow_interaction = !row->silent,
        .reprompt = row->reprompt,
    };
    g_autoptr(GPtrArray) questions = questions_for(&request, lookup_in_text, (void *) row->keyring);
    g_autofree char *text = text_of(questions);

    g_assert_cmpstr(text, ==, row->expected);
    g_assert_true(questions_to_ask(questions) == (strchr(row->expected, '?') != NULL));
}

static GPtrArray *
questions_of(NMSettingVpn *setting)
{
    const QuestionRequest request = {.setting = setting, .allow_interaction = true};

    return questions_for(&request, lookup_in_text, (void *) "");
}

static void
test_message(void)
{
    const char *hints[] = {"password", "x-vpn-message:Next code", NULL};
    const QuestionRequest with = {.hints = hints};
    const char *two_lines[] = {"x-vpn-message:Wrong.\nThe gateway's words\nand more", NULL};
    const char *empty[] = {"x-vpn-message:", NULL};
    const QuestionRequest without = {0};
    const QuestionRequest with_two_lines = {.hints = two_lines};
    const QuestionRequest with_nothing = {.hints = empty};
    g_autofree char *message = questions_message(&with);
    g_autofree char *long_message = questions_message(&with_two_lines);
    g_autofree char *no_message = questions_message(&with_nothing);

    g_assert_cmpstr(message, ==, "Next code");
    g_assert_cmpstr(long_message, ==, "Wrong.\nThe gateway's words\nand more");
    g_assert_cmpstr(no_message, ==, "");
    g_assert_null(questions_message(&without));
}

static void
test_labels(void)
{
    g_autoptr(NMSettingVpn) setting = setting_of("");
    g_autoptr(GPtrArray) questions = questions_of(setting);
    const Question *user = questions->pdata[0];
    const Question *password = questions->pdata[1];

    g_assert_cmpstr(user->label, ==, "User name");
    g_assert_false(user->is_secret);
    g_assert_cmpstr(password->label, ==, "Password");
    g_assert_true(password->is_secret);
}

static char *
key_label(const char *profile)
{
    g_autoptr(NMSettingVpn) setting = setting_of(profile);
    g_autoptr(GPtrArray) questions = questions_of(setting);
    const Question *last = questions->pdata[questions->len - 1];

    g_assert_cmpstr(last->key, ==, "key-password");
    return g_strdup(last->label);
}

static void
test_token_labels(void)
{
    g_autofree char *named = key_label("method=cert;key=pkcs11:token=My%20Card;cert=/tmp/x");
    g_autofree char *nameless = key_label("method=cert;cert=pkcs11:id=%01");

    g_assert_cmpstr(named, ==, "PIN of My Card");
    g_assert_cmpstr(nameless, ==, "PIN of the token");
}

static void
test_answer_for_external_ui(void)
{
    g_autoptr(NMSettingVpn) setting = setting_of("user=a;!psk= k;ey\\=");
    g_autoptr(GPtrArray) questions = questions_of(setting);
    char *text = answer_for_external_ui(questions, "A title", "A\ndescription");
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *start = NULL;
    g_autofree char *description = NULL;
    g_autofree char *psk = NULL;
    g_autofree char *label = NULL;

    g_assert_true(g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE, NULL));
    start = g_key_file_get_start_group(file);
    description = g_key_file_get_string(file, "VPN Plugin UI", "Description", NULL);
    psk = g_key_file_get_string(file, "psk", "Value", NULL);
    label = g_key_file_get_string(file, "psk", "Label", NULL);
    g_assert_cmpstr(start, ==, "VPN Plugin UI");
    g_assert_cmpint(g_key_file_get_integer(file, "VPN Plugin UI", "Version", NULL), ==, 2);
    g_assert_cmpstr(description, ==, "A\ndescription");
    g_assert_cmpstr(psk, ==, " k");
    g_assert_cmpstr(label, ==, "Pre-shared key");
    g_assert_true(g_key_file_get_boolean(file, "password", "ShouldAsk", NULL));
    g_assert_true(g_key_file_get_boolean(file, "password", "IsSecret", NULL));
    g_assert_false(g_key_file_get_boolean(file, "psk", "ShouldAsk", NULL));
    g_assert_false(g_key_file_has_group(file, "user"));
    secret_free_text(text);
}

static void
test_answer_lines(void)
{
    g_autoptr(NMSettingVpn) setting = setting_of("user=a;!password=p;!psk=two\nlines");
    g_autoptr(GPtrArray) questions = questions_of(setting);
    char *text = answer_lines(questions);

    g_assert_cmpstr(text, ==, "password\np\n\n\n");
    secret_free_text(text);
}

/* What a key file could stumble over comes back as it was. */
static void
test_answer_values(void)
{
    static const char *const values[] = {
        " \tx", "\t x ", "a\nb\rc\td", "\\s\\n\\", "[psk]\nValue=x", "#;=", "  ", "„ä“", "\\"};

    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autoptr(NMSettingVpn) setting = setting_of("user=a");
        g_autoptr(GPtrArray) questions = NULL;
        g_autoptr(GKeyFile) file = g_key_file_new();
        g_autofree char *psk = NULL;
        char *text;

        nm_setting_vpn_add_secret(setting, "psk", values[i]);
        questions = questions_of(setting);
        text = answer_for_external_ui(questions, "A title", "A description");
        g_assert_true(g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE, NULL));
        psk = g_key_file_get_string(file, "psk", "Value", NULL);
        g_assert_cmpstr(psk, ==, values[i]);
        secret_free_text(text);
    }
}

/* Not known, and so asked for. */
static void
test_no_utf8(void)
{
    g_autoptr(NMSettingVpn) setting = setting_of("user=a;!password=p");
    g_autoptr(GPtrArray) questions = NULL;
    char *text;

    nm_setting_vpn_add_secret(setting, "psk", "\xff\xfe");
    questions = questions_of(setting);
    text = answer_lines(questions);
    g_assert_cmpstr(text, ==, "password\np\n\n\n");
    g_assert_true(questions_to_ask(questions));
    secret_free_text(text);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/questions/", rows[i].name, NULL);

        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/questions/message", test_message);
    g_test_add_func("/questions/labels", test_labels);
    g_test_add_func("/questions/token-labels", test_token_labels);
    g_test_add_func("/questions/external-ui", test_answer_for_external_ui);
    g_test_add_func("/questions/lines", test_answer_lines);
    g_test_add_func("/questions/values", test_answer_values);
    g_test_add_func("/questions/no-utf8", test_no_utf8);
    return g_test_run();
}
