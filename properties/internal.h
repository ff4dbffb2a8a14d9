/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "properties/binding.h"

/* What the kinds of bindings share. */

typedef struct {
    /* Once: connects the widget's signals to binding_take(). */
    void (*set_up)(Binding *binding);
    void (*load)(Binding *binding);
    void (*save)(Binding *binding);
    void (*set_visibility)(Binding *binding, bool visible); /* may be NULL */
    void (*align)(Binding *binding, GtkSizeGroup *labels);  /* may be NULL */
    char *(*label)(const Binding *binding);                 /* NULL: it has one by its side */
    bool has_error_icon; /* an entry whose right corner is free */
} BindingKind;

struct Binding {
    const BindingKind *kind;
    const Option *option;
    GtkWidget *widget;
    Draft *draft;       /* not ours */
    GtkWidget *chooser; /* of a certificate, inside widget */
    GPtrArray *choices; /* of Choice: those of the .ui file */
    const char *const *shown_choices;
    char *help; /* the tooltip when nothing is wrong */
    bool loading;
    BindingChanged changed;
    void *data;
};

extern const BindingKind binding_entry;
extern const BindingKind binding_choice;
extern const BindingKind binding_check;
extern const BindingKind binding_secret;
extern const BindingKind binding_certificate;

/* The callback of all of a widget's signals that mean a change, connected swapped. */
void binding_take(Binding *binding);
