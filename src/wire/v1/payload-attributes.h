/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "wire/v1/attribute.h"
#include "wire/v1/isakmp.h"

/* The Attributes payload of transaction exchanges (draft-dukes-ike-mode-cfg-02, 3.2): configuration
 * and XAUTH (draft-beaulieu-ike-xauth-02). */

typedef enum {
    CFG_REQUEST = 1,
    CFG_REPLY = 2,
    CFG_SET = 3,
    CFG_ACK = 4,
} CfgType;

enum {
    INTERNAL_IP4_ADDRESS = 1,
    INTERNAL_IP4_NETMASK = 2,
    INTERNAL_IP4_DNS = 3,
    INTERNAL_IP4_NBNS = 4,
    INTERNAL_ADDRESS_EXPIRY = 5,
    INTERNAL_IP4_DHCP = 6,
    APPLICATION_VERSION = 7,
    INTERNAL_IP4_SUBNET = 13,

    XAUTH_TYPE = 16520,
    XAUTH_USER_NAME = 16521,
    XAUTH_USER_PASSWORD = 16522,
    XAUTH_PASSCODE = 16523,
    XAUTH_MESSAGE = 16524,
    XAUTH_CHALLENGE = 16525,
    XAUTH_DOMAIN = 16526,
    XAUTH_STATUS = 16527,
    XAUTH_NEXT_PIN = 16528,
    XAUTH_ANSWER = 16529,

    /* Cisco's Unity attributes, which most gateways speak */
    UNITY_BANNER = 28672,
    UNITY_SAVE_PASSWORD = 28673,
    UNITY_DEFAULT_DOMAIN = 28674,
    UNITY_SPLIT_DNS = 28675,
    UNITY_SPLIT_INCLUDE = 28676,
};

enum {
    XAUTH_TYPE_GENERIC = 0,
    XAUTH_STATUS_FAIL = 0,
    XAUTH_STATUS_OK = 1,
    CFG_MAX_ATTRIBUTES = 128, /* of one payload: several dozen split networks */
};

typedef struct {
    uint8_t type;
    uint16_t identifier;
    Attribute attributes[CFG_MAX_ATTRIBUTES];
    size_t n;
} AttributesPayload;

/* Trailing zeros inside the payload are padding (libreswan pads so). */
bool attributes_payload_read(Bytes body, AttributesPayload *out);
void attributes_payload_write(IsakmpWriter *m, const AttributesPayload *cfg);

/* The first attribute of a type; NULL if there is none. */
const Attribute *attributes_payload_find(const AttributesPayload *cfg, uint16_t type);

/* One that has no value: what a request asks for, what an acknowledgement took. Ignored when full.
 */
void attributes_payload_add_empty(AttributesPayload *cfg, uint16_t type);
void attributes_payload_add(AttributesPayload *cfg, Attribute attribute);
