/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/v1/vendor-id.h"

#include <string.h>

static const struct {
    const char *name;
    uint8_t bytes[16];
    uint8_t len;
    uint8_t significant; /* bytes compared: a version may follow */
} vendor_ids[VENDOR_ID_N] = {
    [VENDOR_ID_RFC3947] = {"RFC 3947 (NAT traversal)",
                           {0x4a,
                            0x13,
                            0x1c,
                            0x81,
                            0x07,
                            0x03,
                            0x58,
                            0x45,
                            0x5c,
                            0x57,
                            0x28,
                            0xf2,
                            0x0e,
                            0x95,
                            0x45,
                            0x2f},
                           16,
                           16},
    [VENDOR_ID_NAT_T_03] = {"draft-ietf-ipsec-nat-t-ike-03",
                            {0x7d,
                             0x94,
                             0x19,
                             0xa6,
                             0x53,
                             0x10,
                             0xca,
                             0x6f,
                             0x2c,
                             0x17,
                             0x9d,
                             0x92,
                             0x15,
                             0x52,
                             0x9d,
                             0x56},
                            16,
                            16},
    [VENDOR_ID_NAT_T_02_N] = {"draft-ietf-ipsec-nat-t-ike-02 with newline",
                              {0x90,
                               0xcb,
                               0x80,
                               0x91,
                               0x3e,
                               0xbb,
                               0x69,
                               0x6e,
                               0x08,
                               0x63,
                               0x81,
                               0xb5,
                               0xec,
                               0x42,
                               0x7b,
                               0x1f},
                              16,
                              16},
    [VENDOR_ID_NAT_T_02] = {"draft-ietf-ipsec-nat-t-ike-02",
                            {0xcd,
                             0x60,
                             0x46,
                             0x43,
                             0x35,
                             0xdf,
                             0x21,
                             0xf8,
                             0x7c,
                             0xfd,
                             0xb2,
                             0xfc,
                             0x68,
                             0xb6,
                             0xa4,
                             0x48},
                            16,
                            16},
    [VENDOR_ID_DPD] = {"dead peer detection (RFC 3706)",
                       {0xaf,
                        0xca,
                        0xd7,
                        0x13,
                        0x68,
                        0xa1,
                        0xf1,
                        0xc9,
                        0x6b,
                        0x86,
                        0x96,
                        0xfc,
                        0x77,
                        0x57,
                        0x01,
                        0x00},
                       16,
                       14},
    [VENDOR_ID_XAUTH] = {"XAUTH", {0x09, 0x00, 0x26, 0x89, 0xdf, 0xd6, 0xb7, 0x12}, 8, 8},
    [VENDOR_ID_UNITY] = {"Cisco Unity",
                         {0x12,
                          0xf5,
                          0xf2,
                          0x8c,
                          0x45,
                          0x71,
                          0x68,
                          0xa9,
                          0x70,
                          0x2d,
                          0x9f,
                          0xe2,
                          0x74,
                          0xcc,
                          0x01,
                          0x00},
                         16,
                         14},
};

Bytes
vendor_id_bytes(VendorId id)
{
    return bytes_of(vendor_ids[id].bytes, vendor_ids[id].len);
}

const char *
vendor_id_name(VendorId id)
{
    return vendor_ids[id].name;
}

VendorId
vendor_id_recognise(Bytes body)
{
    VendorId id = 0;

    for (; id < VENDOR_ID_N; id++) {
        Bytes known = bytes_of(vendor_ids[id].bytes, vendor_ids[id].significant);

        if (body.len == vendor_ids[id].len && bytes_equal(bytes_head(body, known.len), known))
            break;
    }
    return id;
}
