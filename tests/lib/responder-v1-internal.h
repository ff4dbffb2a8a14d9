/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "crypto/key-exchange.h"
#include "lib/responder-v1.h"
#include "wire/v1/isakmp.h"
#include "wire/v1/payload-attributes.h"

/* What the files of the gateway share. */

enum { GATEWAY_BUFFER = 16 * 1024, GATEWAY_BLOCK = 16, GATEWAY_TRIES = 5 };

/* Between two repetitions of a request of the gateway's. */
#define GATEWAY_RETRANSMIT (4 * IKE_SECOND)

/* How long a rekeyed SA stays, and one that Delete was sent for: packets are under way. */
#define GATEWAY_OLD_SA (3 * IKE_SECOND)
#define GATEWAY_LINGER (1 * IKE_SECOND)

typedef enum {
    TALK_IDLE,
    TALK_MAIN_SA,    /* main mode 2 is out */
    TALK_MAIN_KE,    /* main mode 4 */
    TALK_AGGRESSIVE, /* aggressive mode 2 */
    TALK_XAUTH_ASKED,
    TALK_XAUTH_TOLD, /* the status is out */
    TALK_PUSHED,
    TALK_QUICK_ANSWERED, /* quick mode 2 */
    TALK_QUICK_ASKED,    /* quick mode 1, as initiator */
    TALK_DONE,
} TalkState;

/* One exchange. */
typedef struct {
    uint8_t type;
    uint32_t id;
    TalkState state;
    uint8_t iv[GATEWAY_BLOCK];
    GBytes *received; /* the client's last message, as it came */
    GBytes *sent;     /* the last one to it */
    IkeTime repeat_at;
    unsigned repeats;
    uint16_t identifier; /* of a transaction */

    /* quick mode */
    ResponderChild *child; /* in the making */
    KeyExchange *ke;
    GBytes *nonce_i, *nonce_r;
    GBytes *shared;
} Talk;

struct Responder {
    ResponderConfig config;
    const RandomSource *random;
    ResponderRecord record;
    IkeTime now;
    ResponderPath path;
    bool nat_t; /* where to send */
    bool dead;
    unsigned heard;
    GQueue out; /* of Datagram */

    uint8_t cookie_i[8], cookie_r[8];
    IkeProposal proposal;
    uint8_t nat_d_payload;
    GBytes *sa_i, *nonce_i, *nonce_r, *public_i, *id_i, *id_r;
    GBytes *vendor_ids;
    KeyExchange *ke;
    bool offered_nat_t;
    GBytes *skeyid, *skeyid_d, *skeyid_a, *skeyid_e, *key;
    uint8_t last_block[GATEWAY_BLOCK];
    unsigned xauth_asked;

    GPtrArray *talks;    /* of Talk */
    GPtrArray *children; /* of ResponderChild */
    GHashTable *seen_ids;
    uint8_t buffer[GATEWAY_BUFFER];
};

typedef struct {
    IsakmpHeader header;
    IsakmpPayloads payloads;
    bool encrypted;
    Bytes datagram;
} Received;

/* responder-v1-keys.c: RFC 2409, 5 and appendix B */
void gateway_derive(Responder *r, Bytes shared, Bytes psk);
void gateway_phase1_iv(Responder *r, uint8_t *iv);
void gateway_phase2_iv(const Responder *r, uint32_t id, uint8_t *iv);
GBytes *gateway_hash_i(Responder *r);
GBytes *gateway_hash_r(Responder *r);
GBytes *gateway_message_hash(const Responder *r, uint32_t id, Bytes nonce, Bytes rest);
GBytes *gateway_hash_3(const Responder *r, const Talk *talk);
Secret gateway_keymat(const Responder *r, const Talk *talk, uint32_t spi);
GBytes *gateway_nat_d(const Responder *r, const IpAddress *address, uint16_t port);
bool gateway_crypt(const Responder *r, Talk *talk, bool encrypt, uint8_t *body, size_t len);

/* responder-v1.c */
Talk *gateway_talk_new(Responder *r, uint8_t type, uint32_t id);
Talk *gateway_talk_begin(Responder *r, uint8_t type);
IsakmpWriter gateway_message(Responder *r, const Talk *talk);
IsakmpWriter gateway_message_hashed(Responder *r, const Talk *talk);
void gateway_send_hashed(Responder *r, Talk *talk, IsakmpWriter *m, Bytes nonce, bool expects);
void gateway_send(Responder *r, Talk *talk, IsakmpWriter *m, bool encrypt, bool expects);
void gateway_informational(
    Responder *r, bool deletion, uint8_t protocol, Bytes spi, uint16_t type, Bytes data);
void gateway_talk_over(Responder *r, Talk *talk);
Bytes gateway_body(const Received *message, uint8_t type, size_t n);

/* responder-v1-phase1.c */
void gateway_main_mode(Responder *r, Talk *talk, const Received *message);
void gateway_aggressive_mode(Responder *r, Talk *talk, const Received *message);

/* responder-v1-quick.c */
void gateway_quick_begin(Responder *r, const ResponderChild *old);
void gateway_quick(Responder *r, Talk *talk, const Received *message);
void gateway_remove_child(Responder *r, uint32_t outbound_spi);
void gateway_child_free(gpointer child);

/* responder-v1-config.c */
void gateway_after_phase1(Responder *r);
void gateway_transaction(Responder *r, Talk *talk, const Received *message);
void gateway_push(Responder *r);
