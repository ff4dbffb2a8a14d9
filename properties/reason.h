/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "properties/form.h"

/* A line for people below the pages of a window: why they cannot save. Owned by its container. */
GtkWidget *reason_new(void);

/* Shows there the first thing that is wrong on those n pages, by the name that it has there, and
 * hides the line if nothing is. False if something is wrong or missing: a gateway that has not
 * been typed yet counts, and is no reason to say anything. */
bool reason_show(GtkWidget *line, const Draft *draft, Form *const *pages, size_t n);

/* The same for what no page of its window can show. */
void reason_show_elsewhere(GtkWidget *line, const Draft *draft);
