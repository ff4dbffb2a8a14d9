/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/ike-time.h"
#include "base/random.h"
#include "model/child-sa.h"

/* An IKEv1 gateway for tests: RFC 2409, 3947, 3706, XAUTH and Mode Config, written against them
 * once more and built on base, model, crypto and wire alone, so that it cannot share a mistake with
 * src/ike. It serves one client, and knows how to misbehave. The clock is its owner's. */
typedef struct Responder Responder;

typedef enum {
    FAULT_NONE,
    /* phase 1 */
    FAULT_IKE_REFUSED,        /* unprotected NO-PROPOSAL-CHOSEN */
    FAULT_IKE_SOMETHING_ELSE, /* chooses a transform that nobody offered */
    FAULT_IKE_TWO_CHOICES,    /* two transforms in the answer */
    FAULT_SHORT_NONCE,        /* 7 bytes */
    FAULT_LONG_NONCE,         /* 257 bytes */
    FAULT_PUBLIC_ZERO,        /* g^xr of zeros */
    FAULT_PUBLIC_ONE,         /* g^xr = 1 */
    FAULT_PUBLIC_SHORT,       /* a byte is missing */
    FAULT_IDENTITY_REFUSED,   /* unprotected INVALID-ID-INFORMATION */
    FAULT_HASH_R,             /* one bit of HASH_R is wrong */
    FAULT_UNDECRYPTABLE,      /* complains in the keys of another PSK, as strongSwan does */
    /* XAUTH and Mode Config */
    FAULT_XAUTH_NOT_ASKED,
    FAULT_XAUTH_CHAP,      /* asks for an XAUTH type that is not user name and password */
    FAULT_XAUTH_FOREVER,   /* asks again whatever the answer is */
    FAULT_XAUTH_DELETES,   /* a wrong password is answered by Delete alone */
    FAULT_XAUTH_ASKS_ANEW, /* … by the same question, until it is right */
    FAULT_XAUTH_DEAF,      /* does nothing with the first reply: responder_ask() */
    FAULT_NO_ADDRESS,
    /* quick mode */
    FAULT_ESP_REFUSED,        /* NO-PROPOSAL-CHOSEN */
    FAULT_NETWORKS_REFUSED,   /* INVALID-ID-INFORMATION */
    FAULT_ESP_SOMETHING_ELSE, /* chooses a transform that nobody offered */
    FAULT_ESP_TWO_CHOICES,
    FAULT_ESP_RESERVED_SPI, /* 255 */
    FAULT_ESP_SHORT_SPI,    /* 2 bytes */
    FAULT_WIDENS,           /* its network is larger than what was asked for */
    FAULT_NARROWS,          /* … half of it */
    FAULT_NO_IDS,           /* leaves IDci, IDcr out */
    FAULT_QUICK_SHORT_NONCE,
    FAULT_QUICK_PUBLIC_ZERO,
    FAULT_QUICK_NO_PUBLIC, /* PFS was asked for, its half is missing */
    /* later */
    FAULT_DPD_SILENT, /* R-U-THERE is not answered */
    FAULT_REKEY_REFUSED,
} ResponderFault;

typedef struct {
    IpAddress address;
    const char *identity; /* as identity_from_text() takes it */
    const char *psk;
    bool xauth;
    const char *user;
    const char *password;
    unsigned xauth_questions;  /* in a row: the second asks for a code */
    const char *xauth_code;    /* the right answer to it */
    bool pushes;               /* configuration; else it is pulled */
    const char *lease;         /* the client's address */
    const char *netmask;       /* NULL: none */
    const char *dns;           /* NULL: none */
    const char *domain;        /* NULL: none */
    const char *split_include; /* networks apart by commas, or NULL */
    const char *ike_proposals; /* NULL: whatever comes first in the offer */
    const char *esp_proposals;
    uint32_t ike_lifetime; /* 0: as offered */
    uint32_t esp_lifetime; /* 0: as offered; else said by RESPONDER-LIFETIME */
    bool no_nat_t;
    bool transport; /* host to host (RFC 4301, 3.2) */
    bool no_dpd;
    bool unity;
    bool repeats_phase_1; /* by itself; else only when it is asked again */
    bool one_only;        /* deletes the IKE SA before, when another is there */
    bool stays;           /* sends to where the client was when it connected, wherever it is now */
    bool complains;       /* about cookies that it does not know, INVALID-COOKIE */
    bool keeps_old_sas;   /* leaves the Delete of a rekeyed SA to the client */
    ResponderFault fault;
    unsigned silent_after; /* hears so many messages, then nothing any more; 0: all of them */
} ResponderConfig;

/* PSK "the group's secret", pull, 10.20.30.40, a DNS server and a domain. */
ResponderConfig responder_config_default(void);

/* One pair of SAs, seen from the gateway: inbound is what it receives on. */
typedef struct {
    ChildSa sa;
    bool outbound;     /* the one that it sends on */
    IkeTime delete_at; /* NEVER: not superseded */
    IkeTime gone_at;   /* NEVER, or when Delete is out and what was under way has come */
} ResponderChild;

/* What it has seen, for assertions. */
typedef struct {
    bool authenticated; /* phase 1 is done */
    bool xauth_passed;
    unsigned xauth_replies; /* that came */
    unsigned xauth_refused; /* user name and password, or code, and so the login */
    bool initial_contact;
    bool deleted_by_client;  /* Delete of the ISAKMP SA came */
    unsigned child_deletes;  /* SPIs in Deletes of IPsec SAs that it has */
    unsigned probes;         /* R-U-THERE that came */
    unsigned probe_answers;  /* R-U-THERE-ACK that came, with the right number */
    unsigned last_error;     /* the last error notify that came, protected */
    IpAddress wanted;        /* the address that the client asked for; none: any */
    unsigned config_acks;    /* acknowledged pushes */
    unsigned rekeys_refused; /* quick modes of ours that came to nothing */
    unsigned nat_oa;         /* NAT-OA payloads in the client's quick modes */
    unsigned offered_nat_t;  /* vendor IDs of NAT traversal that came */
    bool udp_encap;
    bool client_behind_nat;
} ResponderRecord;

/* config is copied, but not its texts; random is borrowed. */
Responder *responder_new(const ResponderConfig *config, const RandomSource *random);
void responder_free(Responder *r);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Responder, responder_free)

/* Between which ends the datagram came, as the gateway sees it: behind a NAT that is not what the
 * client sees. */
typedef struct {
    IpAddress client;
    uint16_t client_port;
    uint16_t port;
} ResponderPath;

/* It is one IKE SA of the gateway's; whether the message belongs to it, or may begin it. */
bool responder_is_concerned(const Responder *r, Bytes datagram);
/* The gateway restarted: it knows nothing of this IKE SA, and never will again. */
void responder_die(Responder *r);
bool responder_is_dead(const Responder *r);
/* What a gateway that knows no such cookies says to the message: unprotected INVALID-COOKIE. */
GBytes *responder_complaint(Bytes datagram);
/* Where it sends to. */
const ResponderPath *responder_path(const Responder *r);
/* ESP came from there: an authentic packet moves it (RFC 3948, 3.1 and RFC 3947, 6). */
void responder_move(Responder *r, const ResponderPath *path);

void
responder_receive(Responder *r, const ResponderPath *path, Bytes datagram, bool nat_t, IkeTime now);
void responder_timeout(Responder *r, IkeTime now);
IkeTime responder_deadline(const Responder *r);

/* What it wants sent; false if there is none. The caller owns *out. */
bool responder_next_datagram(Responder *r, GBytes **out, bool *nat_t);

/* XAUTH once more, in an exchange of its own, as libreswan does that has heard no reply. */
void responder_ask(Responder *r, IkeTime now);

/* What a gateway may do at any time after phase 1. */
void responder_rekey(Responder *r, const ResponderChild *old, IkeTime now);
void responder_delete_child(Responder *r, const ResponderChild *child, IkeTime now);
void responder_delete_isakmp(Responder *r, IkeTime now);
void responder_probe(Responder *r, uint32_t seq, IkeTime now);
void responder_push(Responder *r, IkeTime now);
void responder_send_error(Responder *r, uint16_t notify, IkeTime now);

/* From now on. */
void responder_set_fault(Responder *r, ResponderFault fault);

/* Loses all it knows, as by a restart. */
void responder_forget(Responder *r);

const ResponderRecord *responder_record(const Responder *r);

size_t responder_n_children(const Responder *r);
const ResponderChild *responder_child(const Responder *r, size_t index);
const ResponderChild *responder_child_by_inbound_spi(const Responder *r, uint32_t spi);

/* Exchanges that it still waits for, its own requests not answered. */
size_t responder_n_pending(const Responder *r);
