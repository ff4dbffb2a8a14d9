/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/v1/internal.h"
#include "wire/v1/vendor-id.h"

/* The ISAKMP SA (RFC 2409, 5.4): what both modes share, the modes, and NAT traversal (RFC 3947). */

/* RESPONDER-LIFETIME for the ISAKMP SA (RFC 2407, 4.6.3.1), if it is among the notifications. */
void phase1_take_lifetime(IkeV1 *v1, const IsakmpPayloads *payloads);
/* group: only proposals with it; NULL: all. */
void phase1_write_sa(IkeV1 *v1, IsakmpWriter *m, const KeyExchangeMethod *group);
void phase1_write_vendor_ids(IkeV1 *v1, IsakmpWriter *m);
bool phase1_choose(IkeV1 *v1, const Message *message);
bool phase1_take_key_exchange(IkeV1 *v1, const Message *message);
bool phase1_derive(IkeV1 *v1);
/* Distinguished names can be encoded; *out_which is the key of one that cannot. */
bool phase1_identities_are_usable(const IkeV1 *v1, const char **out_which);
void phase1_write_id(IkeV1 *v1, IsakmpWriter *m);
void phase1_write_hash_i(IkeV1 *v1, IsakmpWriter *m);
void phase1_write_initial_contact(IkeV1 *v1, IsakmpWriter *m);
bool phase1_hash_r_is_right(IkeV1 *v1, const Message *message);
FailureReason phase1_check_peer_id(IkeV1 *v1, const Message *message, char **detail);
void phase1_take_vendor_ids(IkeV1 *v1, const Message *message);

void nat_traversal_take_vendor_ids(IkeV1 *v1, const IsakmpPayloads *payloads);
/* ESP must go in UDP, and the gateway cannot do it. */
bool nat_traversal_is_missing(const IkeV1 *v1);
/* Once the NAT-D payloads are there, or are not though it said it could: why it does not work. */
FailureReason nat_traversal_problem(const IkeV1 *v1);
bool nat_traversal_is_vendor_id(VendorId id);
void nat_traversal_write_nat_d(IkeV1 *v1, IsakmpWriter *m);
void nat_traversal_take_nat_d(IkeV1 *v1, const IsakmpPayloads *payloads);

void main_mode_start(IkeV1 *v1);
Outcome main_mode_send_key_exchange(IkeV1 *v1, Exchange *exchange, const Message *message);
Outcome main_mode_send_identity(IkeV1 *v1, Exchange *exchange, const Message *message);
bool main_mode_is_authentic(IkeV1 *v1, const Exchange *exchange, const Message *message);
Outcome main_mode_complete(IkeV1 *v1, Exchange *exchange, const Message *message);
void aggressive_mode_start(IkeV1 *v1);
bool aggressive_mode_has_next_group(const IkeV1 *v1);
/* Begins anew with it. */
void aggressive_mode_try_next_group(IkeV1 *v1);
Outcome aggressive_mode_complete(IkeV1 *v1, Exchange *exchange, const Message *message);
