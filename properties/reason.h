/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "properties/form.h"

/* Shows in label the first thing that is wrong on those n pages, by the name that it has there, and
 * hides the label if nothing is. False if something is wrong or missing: a gateway that has not
 * been typed yet counts, and is no reason to say anything. */
bool reason_show(GtkWidget *label, const Draft *draft, Form *const *pages, size_t n);

/* The same for what no page of label's window can show. */
void reason_show_elsewhere(GtkWidget *label, const Draft *draft);
