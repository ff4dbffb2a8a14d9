/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth-dialog/answer.h"

#include "auth-dialog/questions.h"

#include <string.h>

#define UI_GROUP "VPN Plugin UI"
#define VALUE "Value="

/* What contains secrets is written into a string that never has to grow, and so leaves no copy
 * behind; the rest may come from GKeyFile, which wipes nothing. */

static void
append_group(GString *text, GKeyFile *file)
{
    g_autofree char *data = g_key_file_to_data(file, NULL, NULL);

    g_string_append(text, data);
}

/* Without the value. */
static void
append_question(GString *text, const Question *question)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    g_key_file_set_string(file, question->key, "Label", question->label);
    g_key_file_set_boolean(file, question->key, "IsSecret", question->is_secret);
    g_key_file_set_boolean(file, question->key, "ShouldAsk", question->should_ask);
    append_group(text, file);
}

/* As GKeyFile reads it (Desktop Entry Specification, 4): an own line for the value of the group
 * before. */
static void
append_value(GString *text, const char *value)
{
    g_string_append(text, VALUE);
    for (const char *c = value; c && *c; c++) {
        if (*c == ' ' && c == value)
            g_string_append(text, "\\s");
        else if (*c == '\t')
            g_string_append(text, "\\t");
        else if (*c == '\n')
            g_string_append(text, "\\n");
        else if (*c == '\r')
            g_string_append(text, "\\r");
        else if (*c == '\\')
            g_string_append(text, "\\\\");
        else
            g_string_append_c(text, *c);
    }
    g_string_append_c(text, '\n');
}

static size_t
value_len(const Question *question)
{
    return question->value ? strlen(question->value) : 0;
}

char *
answer_for_external_ui(const GPtrArray *questions, const char *title, const char *description)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GString) head = g_string_new(NULL);
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(g_free);
    size_t len;
    GString *text;

    g_key_file_set_integer(file, UI_GROUP, "Version", 2);
    g_key_file_set_string(file, UI_GROUP, "Description", description);
    g_key_file_set_string(file, UI_GROUP, "Title", title);
    append_group(head, file);
    len = head->len;
    for (guint i = 0; i < questions->len; i++) {
        GString *group = g_string_new("\n");

        append_question(group, questions->pdata[i]);
        /* Each character of a value takes two at the most. */
        len += group->len + 2 * value_len(questions->pdata[i]) + strlen(VALUE "\n");
        g_ptr_array_add(groups, g_string_free(group, FALSE));
    }
    text = g_string_sized_new(len);
    g_string_append(text, head->str);
    for (guint i = 0; i < questions->len; i++) {
        g_string_append(text, groups->pdata[i]);
        append_value(text, ((const Question *) questions->pdata[i])->value);
    }
    return g_string_free(text, FALSE);
}

char *
answer_lines(const GPtrArray *questions)
{
    size_t len = strlen("\n\n");
    GString *text;

    for (guint i = 0; i < questions->len; i++) {
        const Question *question = questions->pdata[i];

        len += strlen(question->key) + value_len(question) + strlen("\n\n");
    }
    text = g_string_sized_new(len);
    for (guint i = 0; i < questions->len; i++) {
        const Question *question = questions->pdata[i];

        if (!question->value || strchr(question->value, '\n'))
            continue;
        g_string_append(text, question->key);
        g_string_append_c(text, '\n');
        g_string_append(text, question->value);
        g_string_append_c(text, '\n');
    }
    g_string_append(text, "\n\n");
    return g_string_free(text, FALSE);
}
