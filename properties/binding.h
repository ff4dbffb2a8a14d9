/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "properties/draft.h"

#include <gtk/gtk.h>

/* One widget that stands for one option. What kind it is says the widget's type: a text, one of
 * several choices, yes or no, a secret, a certificate. */
typedef struct Binding Binding;

/* The user has changed it, and the draft with it. */
typedef void (*BindingChanged)(Binding *binding, void *data);

/* The widget in builder that has the option's key as its name; NULL: there is none. */
Binding *binding_new(const Option *option, GtkBuilder *builder, BindingChanged changed, void *data);
void binding_free(Binding *binding);

const Option *binding_option(const Binding *binding);

/* What the draft has becomes what the widget shows, with what is wrong with it. */
void binding_show(Binding *binding, Draft *draft);

/* What a change writes into from now on. */
void binding_set_draft(Binding *binding, Draft *draft);

/* "Gateway": what stands beside the widget, owned by the caller. */
char *binding_label(const Binding *binding);

/* Of a secret: whether it can be read over somebody's shoulder. */
void binding_set_visibility(Binding *binding, bool visible);

/* Columns of labels that stand below each other, and not in one grid. */
void binding_align(Binding *binding, GtkSizeGroup *labels);
