/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "wire/v1/isakmp.h"

/* Notification and Delete payloads (RFC 2408, 3.14 and 3.15). */

typedef enum {
    NOTIFY_INVALID_PAYLOAD_TYPE = 1,
    NOTIFY_INVALID_COOKIE = 4,
    NOTIFY_INVALID_EXCHANGE_TYPE = 7,
    NOTIFY_INVALID_SPI = 11,
    NOTIFY_ATTRIBUTES_NOT_SUPPORTED = 13,
    NOTIFY_BAD_PROPOSAL_SYNTAX = 15,
    NOTIFY_NO_PROPOSAL_CHOSEN = 14,
    NOTIFY_PAYLOAD_MALFORMED = 16,
    NOTIFY_INVALID_KEY_INFORMATION = 17,
    NOTIFY_INVALID_ID_INFORMATION = 18,
    NOTIFY_INVALID_HASH_INFORMATION = 23,
    NOTIFY_AUTHENTICATION_FAILED = 24,
    NOTIFY_UNSUPPORTED_EXCHANGE_TYPE = 29,
    NOTIFY_FIRST_STATUS = 16384,       /* below: errors */
    NOTIFY_RESPONDER_LIFETIME = 24576, /* RFC 2407, 4.6.3 */
    NOTIFY_REPLAY_STATUS = 24577,
    NOTIFY_INITIAL_CONTACT = 24578,
    NOTIFY_R_U_THERE = 36136, /* RFC 3706, 5.2 */
    NOTIFY_R_U_THERE_ACK = 36137,
} NotifyType;

typedef struct {
    uint8_t protocol;
    Bytes spi;
    uint16_t type;
    Bytes data;
} NotificationPayload;

/* False if malformed or of another DOI. */
bool notification_payload_read(Bytes body, NotificationPayload *out);
void notification_payload_write(IsakmpWriter *m, const NotificationPayload *notification);

/* "NO-PROPOSAL-CHOSEN"; NULL if it is not known. */
const char *notify_type_name(unsigned type);

enum { DELETE_MAX_SPIS = 64 }; /* of one payload */

typedef struct {
    uint8_t protocol;
    size_t spi_len;
    Bytes spis[DELETE_MAX_SPIS];
    size_t n;
} DeletePayload;

bool delete_payload_read(Bytes body, DeletePayload *out);
void delete_payload_write(IsakmpWriter *m, const DeletePayload *deletion);
