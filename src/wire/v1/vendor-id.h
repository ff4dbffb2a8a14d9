/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

/* Vendor IDs that change what we do; others are ignored. */
typedef enum {
    VENDOR_ID_RFC3947,
    VENDOR_ID_NAT_T_03,
    VENDOR_ID_NAT_T_02_N,
    VENDOR_ID_NAT_T_02,
    VENDOR_ID_DPD,
    VENDOR_ID_XAUTH,
    VENDOR_ID_UNITY,
    VENDOR_ID_N,
} VendorId;

/* Its bytes, for the VENDOR ID payload. */
Bytes vendor_id_bytes(VendorId id);

/* "RFC 3947 (NAT traversal)" */
const char *vendor_id_name(VendorId id);

/* Which one it is, VENDOR_ID_N for none. The last two bytes of Unity's and DPD's are versions. */
VendorId vendor_id_recognise(Bytes body);
