/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

/* "C=CH, O=strongSwan, CN=gw" to the DER of an X.501 Name and back, by OpenSSL. NULL if the text is
 * no distinguished name; text of bad DER is NULL too. Owned by the caller. */
GBytes *distinguished_name_encode(const char *text);
char *distinguished_name_to_text(Bytes der);
