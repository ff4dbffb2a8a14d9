/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/format.h"

/* The formats, one file each. */
extern const Format format_ipsec_conf;
extern const Format format_mobileconfig;
extern const Format format_pbk;
extern const Format format_pcf;
extern const Format format_profile_xml;
extern const Format format_shrew;
extern const Format format_sswan;
extern const Format format_swanctl;
extern const Format format_vpnc;
