/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A data folder of a test's own, in the place of the user's: what the product keeps there
 * (XDG_DATA_HOME) goes with the test. GLib's G_TEST_OPTION_ISOLATE_DIRS does that too, and loses
 * memory with each test. */

/* Before anything asks where the user's data are. It is removed when the program ends. */
void scratch_data_home(void);

/* Empty again: what one test keeps does not meet the next one. */
void scratch_empty(void);
