/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/reader.h"
#include "base/writer.h"

/* ISAKMP messages: header and payload chain (RFC 2408, 3). No state, no cryptography. */

enum {
    ISAKMP_HEADER_LEN = 28,
    ISAKMP_COOKIE_LEN = 8,
    ISAKMP_VERSION = 0x10,
    ISAKMP_MAX_PAYLOADS = 64, /* of one message: vendor IDs are the many ones, 20 at most seen */
    ISAKMP_MAX_MESSAGE = 64 * 1024, /* bytes: a UDP datagram */
};

typedef enum {
    PAYLOAD_NONE = 0,
    PAYLOAD_SA = 1,
    PAYLOAD_PROPOSAL = 2,
    PAYLOAD_TRANSFORM = 3,
    PAYLOAD_KE = 4,
    PAYLOAD_ID = 5,
    PAYLOAD_CERT = 6,
    PAYLOAD_CR = 7,
    PAYLOAD_HASH = 8,
    PAYLOAD_SIG = 9,
    PAYLOAD_NONCE = 10,
    PAYLOAD_NOTIFICATION = 11,
    PAYLOAD_DELETE = 12,
    PAYLOAD_VENDOR_ID = 13,
    PAYLOAD_ATTRIBUTES = 14,    /* draft-dukes-ike-mode-cfg-02, 3.2 */
    PAYLOAD_NAT_D = 20,         /* RFC 3947, 3.2 */
    PAYLOAD_NAT_OA = 21,        /* RFC 3947, 5.2 */
    PAYLOAD_NAT_D_DRAFTS = 130, /* draft-ietf-ipsec-nat-t-ike-02 and -03 */
    PAYLOAD_NAT_OA_DRAFTS = 131,
} PayloadType;

typedef enum {
    EXCHANGE_IDENTITY_PROTECTION = 2, /* main mode */
    EXCHANGE_AGGRESSIVE = 4,
    EXCHANGE_INFORMATIONAL = 5,
    EXCHANGE_TRANSACTION = 6,
    EXCHANGE_QUICK = 32,
} ExchangeType;

enum {
    ISAKMP_FLAG_ENCRYPTION = 0x01,
    ISAKMP_FLAG_COMMIT = 0x02,
    ISAKMP_FLAG_AUTHENTICATION_ONLY = 0x04,
};

typedef struct {
    uint8_t initiator_cookie[ISAKMP_COOKIE_LEN];
    uint8_t responder_cookie[ISAKMP_COOKIE_LEN];
    uint8_t next_payload;
    uint8_t version;
    uint8_t exchange;
    uint8_t flags;
    uint32_t message_id;
    uint32_t length; /* of the whole message, in bytes */
} IsakmpHeader;

/* Reads and checks it: major version 1, length at least the header and at most the datagram. False,
 * and *out undefined, otherwise. *body is what the length covers behind the header. */
bool isakmp_header_read(Bytes datagram, IsakmpHeader *out, Bytes *body);

typedef struct {
    uint8_t type;
    Bytes raw;  /* with its generic header */
    Bytes body; /* without */
} IsakmpPayload;

typedef struct {
    IsakmpPayload items[ISAKMP_MAX_PAYLOADS];
    size_t n;
    Bytes padding; /* what follows the last payload of a decrypted message */
} IsakmpPayloads;

/* The chain that starts with a payload of type first. False if a length lies, there are too many,
 * or bytes are missing. */
bool isakmp_payloads_read(uint8_t first, Bytes chain, IsakmpPayloads *out);

/* The n-th payload (from 0) of a type; NULL if there is none. */
const IsakmpPayload *isakmp_payload_nth(const IsakmpPayloads *payloads, uint8_t type, size_t n);
const IsakmpPayload *isakmp_payload_first(const IsakmpPayloads *payloads, uint8_t type);

/* All bytes behind the first payload up to the end of the chain, padding left out: what a HASH
 * payload in front covers (RFC 2409, 5.5). */
Bytes isakmp_payloads_behind_first(const IsakmpPayloads *payloads);

/* Builds a message: header, then payloads, each of which names its successor. */
typedef struct {
    Writer w;
    size_t next_payload_at; /* where the type of the next payload is to be written */
} IsakmpWriter;

/* header->length and next_payload are filled in by the writer. buffer is the caller's. */
IsakmpWriter isakmp_writer_begin(uint8_t *buffer, size_t capacity, const IsakmpHeader *header);

/* A payload's generic header; its content goes to m->w, then isakmp_payload_end(). */
WriterBlock isakmp_payload_begin(IsakmpWriter *m, uint8_t type);
void isakmp_payload_end(IsakmpWriter *m, WriterBlock block);

/* A payload that is nothing but bytes: KE, NONCE, HASH, VENDOR ID, NAT-D. */
void isakmp_payload_write(IsakmpWriter *m, uint8_t type, Bytes body);

/* Zero bytes behind the last payload, so that the body is a multiple of block (RFC 2409, appendix
 * B). */
void isakmp_writer_pad(IsakmpWriter *m, size_t block);

/* Sets the length and the flags; the empty view if it did not fit. */
Bytes isakmp_writer_finish(IsakmpWriter *m, uint8_t flags);
