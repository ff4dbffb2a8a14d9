/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/v1/internal.h"

/* Building and opening messages; what is built stands in v1->outgoing until it is sent. */

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
