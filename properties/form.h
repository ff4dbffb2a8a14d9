/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "properties/binding.h"

/* One page: a .ui file whose widgets are named after options, over a draft. */
typedef struct Form Form;

typedef void (*FormChanged)(void *data);

/* name: "first-page" of first-page.ui, whose outermost widget has it too. changed: the user has
 * changed the draft. */
Form *form_new(const char *name, FormChanged changed, void *data);
void form_free(Form *form);

/* Any widget of the page, by its name. Not owned. */
GtkWidget *form_widget(Form *form, const char *name);
GtkWidget *form_root(Form *form);

/* Shows a draft, which the user's changes go into from now on. */
void form_show(Form *form, Draft *draft);

/* Whether secrets can be read on the screen. */
void form_set_visibility(Form *form, bool visible);

/* What stands beside the widget of option, owned by the caller; NULL: it is not on this page. */
char *form_label_of(const Form *form, const Option *option);

/* Makes one column of the labels of options and of those inside certificate choosers. */
void form_align_labels(Form *form);
