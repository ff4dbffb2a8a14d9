/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "crypto/key-exchange.h"
#include "ike/lease.h"
#include "ike/limits.h"
#include "ike/v1/ike-v1.h"
#include "ike/v1/keys.h"
#include "wire/v1/composition.h"
#include "wire/v1/isakmp.h"
#include "wire/v1/payload-attributes.h"

/* What the files of this folder share. The connection is one ISAKMP SA and what was made through
 * it. */

enum {
    NONCE_LEN = 32,
    MAX_BLOCK_LEN = 16,
    DIGEST_LEN = 32,
    QUICK_FIRST_SPI = 256,     /* RFC 4303, 2.1: those below are reserved */
    OUTGOING_SIZE = 16 * 1024, /* bytes: the largest message of ours */
};

/* Where an exchange stands: what its next message from the gateway means. */
typedef enum {
    STATE_NEW, /* the gateway begins it */
    STATE_MAIN_SA_SENT,
    STATE_MAIN_KE_SENT,
    STATE_MAIN_ID_SENT,
    STATE_AGGRESSIVE_SENT,
    STATE_XAUTH_ASKED, /* a person is typing */
    STATE_CONFIG_REQUESTED,
    STATE_QUICK_SENT,
    STATE_QUICK_ANSWERED,
    STATE_DONE, /* remembered, so that repetitions are answered */
} ExchangeState;

/* One Child SA in the making (RFC 2409, 5.5). */
typedef struct {
    unsigned slot;
    uint32_t inbound_spi;
    uint32_t outbound_spi;
    EspProposal proposal;
    uint32_t lifetime; /* seconds */
    TrafficSelector local_ts;
    TrafficSelector remote_ts;
    const KeyExchangeMethod *pfs;
    KeyExchange *ke;
    GBytes *nonce_i;
    GBytes *nonce_r;
} QuickMode;

typedef struct {
    ExchangeType type;
    uint32_t message_id; /* 0 in phase 1 */
    ExchangeState state;
    uint8_t iv[MAX_BLOCK_LEN];    /* the last cipher block, either way */
    GBytes *sent;                 /* our last message, to be repeated; NULL once it was answered */
    unsigned n_sent;              /* messages of ours so far, repetitions aside */
    uint8_t received[DIGEST_LEN]; /* of the gateway's last message, to know a repetition */
    bool any_received;
    IkeTime answered_at;
    unsigned tries;        /* how often sent was repeated */
    IkeTime retransmit_at; /* NEVER: no answer is waited for */
    IkeTime forget_at;     /* NEVER: not done */
    QuickMode *quick;
} Exchange;

/* A pair of selectors that one Child SA after the other serves. */
typedef struct {
    TrafficSelector local_ts;
    TrafficSelector remote_ts; /* as offered, then as the gateway narrowed it */
    bool established;          /* had a Child SA */
    IkeTime renegotiate_at;    /* NEVER, or when to try again for a new one */
} Slot;

/* A Child SA that is installed. */
typedef struct {
    unsigned slot;
    uint32_t inbound_spi;
    uint32_t outbound_spi;
    bool outbound;     /* new packets take it */
    bool superseded;   /* a newer one is outbound */
    bool deleted;      /* Delete was sent or received */
    IkeTime switch_at; /* NEVER, or when it becomes outbound without proof that the peer has it */
    IkeTime rekey_at;
    IkeTime delete_at; /* NEVER, or when we send Delete */
    IkeTime remove_at; /* when it is gone for good */
} Child;

/* RFC 3947, or one of its drafts: what was agreed by vendor IDs. */
typedef struct {
    bool agreed;
    uint8_t nat_d_payload;
    uint16_t encapsulation_mode;
} NatTraversal;

typedef enum {
    PHASE_1,
    PHASE_XAUTH,
    PHASE_CONFIG,
    PHASE_QUICK,
    PHASE_ESTABLISHED,
    PHASE_CLOSED,
} ConnectionPhase;

struct IkeV1 {
    const ConnectionConfig *config;
    const RandomSource *random;
    IkeActions *actions;
    IkeTime now;
    IkePath path;
    char peer[IP_TEXT_SIZE]; /* for the log */
    ConnectionPhase phase;
    bool nat_t;          /* floated to the NAT-T ports */
    bool behind_nat;     /* somebody translates our address */
    bool udp_encap;      /* ESP goes in UDP */
    bool peer_confirmed; /* the gateway has sent something protected after phase 1 */

    /* phase 1 */
    uint8_t cookie_i[ISAKMP_COOKIE_LEN];
    uint8_t cookie_r[ISAKMP_COOKIE_LEN];
    IkeProposal proposal; /* chosen */
    uint32_t lifetime;    /* seconds: ours, or less if the gateway says so */
    KeyExchange *ke;
    GBytes *peer_public;
    GBytes *nonce_i;
    GBytes *nonce_r;
    GBytes *sa_i; /* body of our SA payload */
    GBytes *id_i; /* body of our ID payload */
    Phase1Keys keys;
    bool have_keys;
    uint8_t last_block[MAX_BLOCK_LEN]; /* of phase 1: where the IVs of phase 2 begin */
    NatTraversal nat_traversal;
    bool peer_dpd;
    bool peer_unity;
    FailureReason hint; /* what an unprotected message claims; FAIL_NONE: nothing */
    char *hint_detail;

    /* XAUTH */
    bool xauth_done;
    bool password_used;
    unsigned xauth_rounds;
    Secret user; /* typed during the connection */
    Secret password;
    AttributesPayload *xauth_reply; /* half-made, while a person is typing */
    Exchange *xauth_exchange;

    IkeLease lease;
    GArray *slots;           /* of Slot */
    GPtrArray *children;     /* of Child */
    GPtrArray *exchanges;    /* of Exchange */
    GHashTable *message_ids; /* all that the gateway used: none may come twice */

    IkeTime wait_until; /* NEVER, or when the phase's own patience ends */
    IkeTime expires_at; /* of the ISAKMP SA */
    IkeTime keepalive_at;
    IkeTime heard_at;      /* the last authentic sign of life */
    IkeTime probe_at;      /* next R-U-THERE */
    IkeTime probing_since; /* NEVER: not probing */
    uint32_t dpd_seq;
    uint32_t peer_dpd_seq;
    bool peer_dpd_seen;

    uint8_t *outgoing; /* OUTGOING_SIZE bytes: the message being built */
};

typedef struct {
    IsakmpHeader header;
    IsakmpPayloads payloads;
    bool encrypted;
    Bytes datagram; /* as it came */
} Message;

typedef enum {
    OUTCOME_NEXT,    /* go on to the row's next state */
    OUTCOME_STAY,    /* taken, but the state remains */
    OUTCOME_IGNORED, /* as if it had not come */
    OUTCOME_FORGET,  /* the exchange is over, without success */
    OUTCOME_CLOSED,  /* the connection is over */
} Outcome;

/* log.c's levels with the gateway's address in front */
void v1_info(const IkeV1 *v1, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* machine.c */
/* Takes over an exchange that is not among the remembered ones. No act() frees its exchange. */
void machine_run(IkeV1 *v1, Exchange *exchange, Message *message);
void machine_ignore(IkeV1 *v1, Exchange *exchange, const char *why);

/* message.c */
IsakmpWriter message_begin(IkeV1 *v1, const Exchange *exchange);
/* In phase 2: the same with a HASH payload in front, filled in by message_send_hashed(). */
IsakmpWriter message_begin_hashed(IkeV1 *v1, const Exchange *exchange);
/* HASH = prf(SKEYID_a, M-ID | prefix | all behind the HASH payload), then as message_send(). */
void message_send_hashed(
    IkeV1 *v1, Exchange *exchange, IsakmpWriter *m, Bytes prefix, bool answer_expected);
void
message_send(IkeV1 *v1, Exchange *exchange, IsakmpWriter *m, bool encrypt, bool answer_expected);
/* False if the length is not whole blocks. */
bool message_decrypt(IkeV1 *v1, const Exchange *exchange, uint8_t *body, size_t len);
Secret message_hash(IkeV1 *v1, uint32_t message_id, Bytes prefix, Bytes rest);
bool message_has_hash(IkeV1 *v1, const Message *message, Bytes prefix);

/* exchange.c */
Exchange *exchange_begin(IkeV1 *v1, ExchangeType type);
Exchange *exchange_answer(IkeV1 *v1, ExchangeType type, uint32_t message_id);
Exchange *exchange_find(IkeV1 *v1, ExchangeType type, uint32_t message_id);
/* The gateway's message is one that it sent before. */
bool exchange_is_repetition(const Exchange *exchange, Bytes datagram);
void exchange_remember_received(Exchange *exchange, Bytes datagram);
void exchange_answer_again(IkeV1 *v1, Exchange *exchange);
void exchange_done(IkeV1 *v1, Exchange *exchange);
void exchange_forget(IkeV1 *v1, Exchange *exchange);
void exchange_free(Exchange *exchange);
void exchanges_timeout(IkeV1 *v1);
void quick_mode_free(QuickMode *quick);

/* connection.c: the connection as a whole */
Outcome v1_close(IkeV1 *v1, FailureReason reason, char *detail);
/* Nobody vouches for the message that says so: ignored, and believed only if no better one comes.
 */
Outcome v1_doubt(IkeV1 *v1, FailureReason reason, char *detail);
void v1_phase1_done(IkeV1 *v1, Exchange *exchange);
void v1_advance(IkeV1 *v1);
void v1_heard(IkeV1 *v1);

/* phase1.c: what both modes share */
void phase1_write_sa(IkeV1 *v1, IsakmpWriter *m);
void phase1_write_vendor_ids(IkeV1 *v1, IsakmpWriter *m);
bool phase1_choose(IkeV1 *v1, const Message *message);
bool phase1_take_key_exchange(IkeV1 *v1, const Message *message);
bool phase1_derive(IkeV1 *v1);
void phase1_write_id(IkeV1 *v1, IsakmpWriter *m);
void phase1_write_hash_i(IkeV1 *v1, IsakmpWriter *m);
void phase1_write_initial_contact(IkeV1 *v1, IsakmpWriter *m);
bool phase1_hash_r_is_right(IkeV1 *v1, const Message *message);
FailureReason phase1_check_peer_id(IkeV1 *v1, const Message *message, char **detail);
void phase1_take_vendor_ids(IkeV1 *v1, const Message *message);

/* nat-traversal.c (RFC 3947) */
void nat_traversal_take_vendor_ids(IkeV1 *v1, const IsakmpPayloads *payloads);
/* ESP must go in UDP, and the gateway cannot do it. */
bool nat_traversal_is_missing(const IkeV1 *v1);
void nat_traversal_write_nat_d(IkeV1 *v1, IsakmpWriter *m);
void nat_traversal_take_nat_d(IkeV1 *v1, const IsakmpPayloads *payloads);

/* main-mode.c, aggressive-mode.c */
void main_mode_start(IkeV1 *v1);
Outcome main_mode_send_key_exchange(IkeV1 *v1, Exchange *exchange, const Message *message);
Outcome main_mode_send_identity(IkeV1 *v1, Exchange *exchange, const Message *message);
bool main_mode_is_authentic(IkeV1 *v1, const Exchange *exchange, const Message *message);
Outcome main_mode_complete(IkeV1 *v1, Exchange *exchange, const Message *message);
void aggressive_mode_start(IkeV1 *v1);
Outcome aggressive_mode_complete(IkeV1 *v1, Exchange *exchange, const Message *message);

/* transaction.c, xauth.c, mode-config.c */
Outcome transaction_answer(IkeV1 *v1, Exchange *exchange, const Message *message);
void
transaction_send(IkeV1 *v1, Exchange *exchange, const AttributesPayload *cfg, bool answer_expected);
bool xauth_concerns(const AttributesPayload *cfg);
Outcome xauth_take(IkeV1 *v1, Exchange *exchange, const AttributesPayload *cfg);
void xauth_give_secret(IkeV1 *v1, IkeSecretKind kind, const char *answer);
void mode_config_request(IkeV1 *v1);
void mode_config_store(IkeV1 *v1, const AttributesPayload *cfg);
Outcome mode_config_take_reply(IkeV1 *v1, Exchange *exchange, const Message *message);

/* quick-mode.c, quick-mode-responder.c, quick-mode-common.c */
void quick_mode_start(IkeV1 *v1, unsigned slot);
Outcome quick_mode_confirm(IkeV1 *v1, Exchange *exchange, const Message *message);
bool quick_mode_is_authentic(IkeV1 *v1, const Exchange *exchange, const Message *message);
Outcome quick_mode_answer(IkeV1 *v1, Exchange *exchange, const Message *message);
bool
quick_mode_confirmation_is_authentic(IkeV1 *v1, const Exchange *exchange, const Message *message);
Outcome quick_mode_confirmed(IkeV1 *v1, Exchange *exchange, const Message *message);
/* HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b) */
Secret quick_mode_hash_3(IkeV1 *v1, const Exchange *exchange);
/* An SPI field of 4 bytes, in host order. */
uint32_t quick_mode_spi(Bytes field);
void quick_mode_take_lifetime(QuickMode *quick, const Message *message);
bool quick_mode_take_nonce(const Message *message, GBytes **out);
uint16_t quick_mode_encapsulation(const IkeV1 *v1);
/* Keys from both nonces and, with PFS, g^xy; false if the peer's public value is no good. */
bool quick_mode_install(IkeV1 *v1, QuickMode *quick, const Message *message, bool outbound);
/* Over, or to be tried again if there still is an SA; the caller forgets the exchange. */
void quick_mode_failed(IkeV1 *v1, const Exchange *exchange, FailureReason reason, char *detail);

/* slots.c, children.c */
void slots_make(IkeV1 *v1);
bool slots_all_established(const IkeV1 *v1);
GArray *slots_remote_ts(const IkeV1 *v1);
Slot *slot_at(IkeV1 *v1, unsigned index);
Child *child_add(IkeV1 *v1, const QuickMode *quick, bool outbound);
Child *child_by_inbound_spi(IkeV1 *v1, uint32_t spi);
Child *child_by_outbound_spi(IkeV1 *v1, uint32_t spi);
Child *child_outbound(IkeV1 *v1, unsigned slot);
void child_use(IkeV1 *v1, Child *child);
void child_remove(IkeV1 *v1, Child *child);
void child_deleted_by_peer(IkeV1 *v1, Child *child);
void child_forget_unconfirmed(IkeV1 *v1, uint32_t inbound_spi);
uint32_t child_new_spi(IkeV1 *v1);
void children_timeout(IkeV1 *v1);
IkeTime children_deadline(const IkeV1 *v1);
void children_delete_all(IkeV1 *v1);

/* informational.c, dpd.c */
Outcome informational_take(IkeV1 *v1, Exchange *exchange, const Message *message);
Outcome informational_take_hint(IkeV1 *v1, Exchange *exchange, const Message *message);
void informational_send_delete_child(IkeV1 *v1, uint32_t inbound_spi);
void informational_send_delete_isakmp(IkeV1 *v1);
void informational_send_notify(IkeV1 *v1, uint16_t type, Bytes data);
void dpd_start(IkeV1 *v1);
void dpd_timeout(IkeV1 *v1);
IkeTime dpd_deadline(const IkeV1 *v1);
void dpd_take_probe(IkeV1 *v1, Bytes seq);
void dpd_take_ack(IkeV1 *v1, Bytes seq);
