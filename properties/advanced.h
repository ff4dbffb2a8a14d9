/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "properties/draft.h"

#include <gtk/gtk.h>

/* The dialog with all that few people need, in four pages. It works on a copy: applied gets that,
 * and takes it over, when the user says so, and is not called else. */
typedef void (*AdvancedApplied)(Draft *draft, void *data);

/* Shown at once, modal for parent. It destroys itself. */
GtkWidget *
advanced_dialog_show(GtkWindow *parent, const Draft *draft, AdvancedApplied applied, void *data);
