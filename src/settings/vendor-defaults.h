/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a vendor's gateway needs, as a rule, that is not our default: the editor fills it in when
 * the vendor is chosen, where the user has not said it himself. The service does not look at it. */
typedef struct {
    const char *key; /* of vpn.data; NULL ends the list */
    const char *value;
} VendorDefault;

/* vendor: the option's keyword. An empty list if there is nothing to fill in. */
const VendorDefault *vendor_defaults(const char *vendor);
