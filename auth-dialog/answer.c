/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth-dialog/answer.h"

#include "auth-dialog/questions.h"

#include <string.h>

#define UI_GROUP "VPN Plugin UI"

static void
put_question(GKeyFile *file, const Question *question)
{
    const char *key = question->key;

    g_key_file_set_string(file, key, "Value", question->value ? question->value : "");
    g_key_file_set_string(file, key, "Label", question->label);
    g_key_file_set_boolean(file, key, "IsSecret", question->is_secret);
    g_key_file_set_boolean(file, key, "ShouldAsk", question->should_ask);
}

char *
answer_for_external_ui(const GPtrArray *questions, const char *title, const char *description)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    g_key_file_set_integer(file, UI_GROUP, "Version", 2);
    g_key_file_set_string(file, UI_GROUP, "Description", description);
    g_key_file_set_string(file, UI_GROUP, "Title", title);
    for (guint i = 0; i < questions->len; i++)
        put_question(file, questions->pdata[i]);
    return g_key_file_to_data(file, NULL, NULL);
}

char *
answer_lines(const GPtrArray *questions)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < questions->len; i++) {
        const Question *question = questions->pdata[i];

        if (question->value && !strchr(question->value, '\n'))
            g_string_append_printf(text, "%s\n%s\n", question->key, question->value);
    }
    g_string_append(text, "\n\n");
    return g_string_free(text, FALSE);
}
