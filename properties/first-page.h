/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "properties/draft.h"

#include <gtk/gtk.h>

/* The page that a host shows: what nearly everybody needs, and a button to the rest. */
typedef struct FirstPage FirstPage;

typedef void (*FirstPageChanged)(void *data);

/* notes: what an import could not take over, for the user to read; NULL: nothing. */
FirstPage *
first_page_new(NMSettingVpn *setting, const char *notes, FirstPageChanged changed, void *data);
void first_page_free(FirstPage *page);

GtkWidget *first_page_widget(FirstPage *page);

const Draft *first_page_draft(const FirstPage *page);
