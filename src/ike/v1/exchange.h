/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/v1/internal.h"

/* Exchanges under way and those remembered: their last messages, repetition, patience. */

bool message_id_was_used(const IkeV1 *v1, uint32_t id);
void message_id_use(IkeV1 *v1, uint32_t id);
unsigned exchanges_unfinished_of_peer(const IkeV1 *v1);
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
