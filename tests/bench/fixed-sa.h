/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/child-sa.h"

/* Child SAs whose keys everybody knows, so that two data planes, and who sends bad packets between
 * them, agree without IKE. Number k is between 10.80.0.0/24, the client's, and one address of the
 * server's, 10.81.0.1 and so on. */

typedef enum { END_CLIENT, END_SERVER } BenchEnd;

enum { MAX_FIXED_SAS = 10000 };

/* "client" or "server"; else false. */
bool bench_end_from_text(const char *text, BenchEnd *out);

/* A proposal from strongSwan's keywords; ends the program if it is none. */
EspProposal fixed_proposal(const char *keywords);

/* As end sees it. child_sa_clear() it. */
void fixed_sa(ChildSa *out, BenchEnd end, unsigned k, const EspProposal *proposal);
