/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "properties/form.h"

/* Makes of an empty box a line for people: why they cannot save. keeps_room: there is a gap where
 * nothing is wrong, else the box is hidden. */
void reason_init(GtkWidget *line, bool keeps_room);

/* Shows there the first thing that is wrong on those n pages, by the name that it has there, or
 * nothing. False if something is wrong or missing: a gateway that has not been typed yet counts,
 * and is no reason to say anything. */
bool reason_show(GtkWidget *line, const Draft *draft, Form *const *pages, size_t n);

/* The same for what no page of its window can show. */
void reason_show_elsewhere(GtkWidget *line, const Draft *draft);
