/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/v1/internal.h"
#include "wire/v1/payload-sa.h"

/* IPsec SAs in the making (RFC 2409, 5.5), in both roles. */

void quick_mode_free(QuickMode *quick);
/* Between offer and confirmation, begun by either end. */
bool quick_mode_is_in_flight(const IkeV1 *v1, unsigned slot);
/* Begun by us. */
unsigned quick_modes_in_flight(const IkeV1 *v1);
/* The gateway began it and did not confirm: what was installed for it goes. */
/* A packet of it came: as good as HASH(3), if that was lost. */
void quick_mode_proved(IkeV1 *v1, uint32_t inbound_spi);
void quick_mode_abandoned(IkeV1 *v1, const Exchange *exchange);
/* The gateway says no, with a notify of this type about this SPI (0: it does not say which). */
void quick_mode_refused(IkeV1 *v1, uint16_t notify, uint32_t spi, char *detail);
void quick_mode_start(IkeV1 *v1, unsigned slot);
/* HASH(3) once more: nothing has shown that the gateway has it. */
void quick_mode_confirm_again(IkeV1 *v1, uint32_t inbound_spi);
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
void quick_mode_limit(QuickMode *quick, const EspAttributes *life);
void quick_mode_take_lifetime(QuickMode *quick, const Message *message);
bool quick_mode_take_nonce(const Message *message, GBytes **out);
uint16_t quick_mode_encapsulation(const IkeV1 *v1);
/* NAT-OAi, NAT-OAr, where they must be: transport mode in UDP (RFC 3947, 5.2). */
void quick_mode_write_nat_oa(const IkeV1 *v1, IsakmpWriter *m, bool initiator);
/* Keys from both nonces and, with PFS, g^xy; false if the peer's public value is no good. */
bool quick_mode_install(IkeV1 *v1, QuickMode *quick, const Message *message, bool outbound);
/* Over, or to be tried again if there still is an SA; the caller forgets the exchange. */
void quick_mode_failed(IkeV1 *v1, const Exchange *exchange, FailureReason reason, char *detail);
