/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* Why a connection ended. Each has a row with a sentence for people (failure.c), and
 * service/failure.c says which of NetworkManager's failures it is. */
typedef enum {
    FAIL_NONE = 0,          /* we were asked to stop */
    FAIL_NO_ANSWER,         /* nothing at all came back */
    FAIL_FELL_SILENT,       /* there were answers, then none */
    FAIL_NO_PROPOSAL_IKE,   /* NO-PROPOSAL-CHOSEN in phase 1 */
    FAIL_NO_PROPOSAL_ESP,   /* … in quick mode */
    FAIL_WRONG_PSK,         /* hash mismatch, or nothing can be decrypted */
    FAIL_AUTHENTICATION,    /* the gateway refused our identity */
    FAIL_BAD_IDENTITY,      /* the profile's distinguished name is none */
    FAIL_WRONG_REMOTE_ID,   /* the gateway is somebody else */
    FAIL_XAUTH_REFUSED,     /* user name or password */
    FAIL_XAUTH_UNSUPPORTED, /* a kind of question that we cannot answer */
    FAIL_XAUTH_MISSING,     /* we expected to be asked, and were not */
    FAIL_XAUTH_UNEXPECTED,  /* the gateway asks for a user name, the profile says it does not */
    FAIL_NO_ADDRESS,        /* the gateway assigned none */
    FAIL_SELECTORS,         /* INVALID-ID-INFORMATION in quick mode */
    FAIL_NO_NAT_T,          /* the gateway cannot encapsulate */
    FAIL_TRANSPORT_NAT,     /* transport mode, and a NAT */
    FAIL_PROTOCOL,          /* the gateway said something it may not say */
    FAIL_KEY_EXCHANGE,      /* a bad public value */
    FAIL_DELETED_BY_PEER,   /* the gateway ended the connection */
    FAIL_PEER_DEAD,         /* DPD */
    FAIL_LIFETIME,          /* the ISAKMP SA's time is over */
    FAIL_REKEY,             /* the IPsec SA ran out before a new one was there */
    FAIL_PATH_CHANGED,      /* … and the gateway did not come along */
    FAIL_NOT_ASKED_AGAIN,   /* the user gave no answer when we reconnected */
    FAIL_CANCELLED,         /* the user gave no answer to a question */
    FAIL_NO_TUN,            /* no TUN device */
    FAIL_NO_KERNEL_ESP,     /* data-plane=kernel, and it cannot */
    FAIL_BLOCK,             /* what the tunnel does not cover could not be kept in */
    FAIL_DEVICE_GONE,       /* somebody took the TUN device away */
    FAIL_NAME,              /* the gateway's name does not resolve */
    FAIL_NO_ROUTE,          /* no way to the gateway */
    FAIL_SOCKET,            /* no UDP socket */
    FAIL_INTERNAL,          /* OpenSSL or we ourselves */
    FAIL_N_REASONS,
} FailureReason;

/* The sentence: what was wrong and what to change. Not translated here. */
const char *failure_sentence(FailureReason reason);

/* Whether other credentials could help. */
bool failure_is_login(FailureReason reason);

/* What trying again can do for a connection that was established before. */
typedef enum {
    RECOVERY_NEVER = 0, /* it would end in the same way, or somebody wants it so */
    RECOVERY_LOGIN,     /* once more at the most: an account could be locked */
    RECOVERY_SOME,      /* a gateway that is starting refuses what it will take in a moment */
    RECOVERY_ALWAYS,    /* nobody's fault */
} FailureRecovery;
FailureRecovery failure_recovery(FailureReason reason);
