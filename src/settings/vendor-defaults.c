/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/vendor-defaults.h"

#include <glib.h>
#include <string.h>

enum { MOST_DEFAULTS = 8 };

/* clang-format off */
static const struct {
    const char *vendor;
    VendorDefault defaults[MOST_DEFAULTS + 1];
} vendors[] = {
    /* Easy VPN: the group is a key ID, which main mode with a pre-shared key cannot carry. */
    {"cisco", {
        {"ike-version", "1"},
        {"method", "psk-xauth"},
        {"mode", "aggressive"},
    }},
    /* Its wizard for remote users: the peer ID is a key ID, the rest is as with Cisco. */
    {"fortigate", {
        {"ike-version", "1"},
        {"method", "psk-xauth"},
        {"mode", "aggressive"},
    }},
    /* NetScreen, SSG and SRX send the address as SET, before the result of XAuth. */
    {"juniper", {
        {"ike-version", "1"},
        {"method", "psk-xauth"},
        {"mode", "aggressive"},
        {"addressing", "push"},
    }},
    /* GroupVPN's proposals are 3DES, SHA-1 and group 2 until somebody changes them. */
    {"sonicwall", {
        {"ike-version", "1"},
        {"method", "psk-xauth"},
        {"mode", "aggressive"},
        {"legacy-algorithms", "yes"},
    }},
    /* The gateway shows its certificate, the user types a password. */
    {"checkpoint", {
        {"ike-version", "1"},
        {"method", "hybrid-xauth"},
    }},
    /* A remote user's name is the key ID; phase 1 starts with group 2, and older ones know SHA-1 only. */
    {"fritzbox", {
        {"ike-version", "1"},
        {"method", "psk-xauth"},
        {"mode", "aggressive"},
        {"legacy-algorithms", "yes"},
    }},
    /* IKEv2 with EAP is our default; its own default group is MODP-1024. */
    {"windows", {
        {"legacy-algorithms", "yes"},
    }},
};
/* clang-format on */

const VendorDefault *
vendor_defaults(const char *vendor)
{
    static const VendorDefault none = {NULL, NULL};

    for (size_t i = 0; i < G_N_ELEMENTS(vendors); i++) {
        if (strcmp(vendors[i].vendor, vendor) == 0)
            return vendors[i].defaults;
    }
    return &none;
}
