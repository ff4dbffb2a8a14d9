/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/child-sa.h"

void
child_sa_clear(ChildSa *child)
{
    secret_clear(&child->inbound_keymat);
    secret_clear(&child->outbound_keymat);
}
