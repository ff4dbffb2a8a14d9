/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/v1/internal.h"

/* Transaction exchanges: XAUTH and Mode Config. */

Outcome transaction_answer(IkeV1 *v1, Exchange *exchange, const Message *message);
void
transaction_send(IkeV1 *v1, Exchange *exchange, const AttributesPayload *cfg, bool answer_expected);
void xauth_request_clear(XauthRequest *request);
bool xauth_concerns(const AttributesPayload *cfg);
Outcome xauth_take(IkeV1 *v1, Exchange *exchange, const AttributesPayload *cfg);
void xauth_give_secret(IkeV1 *v1, IkeSecretKind kind, const char *answer);
void mode_config_request(IkeV1 *v1);
/* The answer came another way. */
void mode_config_stop_asking(IkeV1 *v1);
void mode_config_store(IkeV1 *v1, const AttributesPayload *cfg);
Outcome mode_config_take_reply(IkeV1 *v1, Exchange *exchange, const Message *message);
