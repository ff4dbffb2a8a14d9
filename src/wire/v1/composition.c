/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/v1/composition.h"

enum {
    MAX_NOTIFICATIONS = 8,
    MAX_NAT_D = 8, /* one for each address of a responder's (RFC 3947, 3.2) */
};

/* RFC 2409, 5.4, main mode: HDR, SA */
const Composition composition_main_2 = {
    .rules = {{PAYLOAD_SA, 1, 1}, {PAYLOAD_NOTIFICATION, 0, MAX_NOTIFICATIONS}},
};

/* HDR, KE, Nr, NAT-D, NAT-D (RFC 3947, 3.2) */
const Composition composition_main_4 = {
    .rules = {{PAYLOAD_KE, 1, 1},
              {PAYLOAD_NONCE, 1, 1},
              {PAYLOAD_NAT_D, 0, MAX_NAT_D},
              {PAYLOAD_NAT_D_DRAFTS, 0, MAX_NAT_D},
              {PAYLOAD_CR, 0, MAX_NOTIFICATIONS},
              {PAYLOAD_NOTIFICATION, 0, MAX_NOTIFICATIONS}},
};

/* HDR*, IDir, HASH_R */
const Composition composition_main_6 = {
    .encrypted = true,
    .rules = {{PAYLOAD_ID, 1, 1},
              {PAYLOAD_HASH, 1, 1},
              {PAYLOAD_NOTIFICATION, 0, MAX_NOTIFICATIONS}},
};

/* RFC 2409, 5.4, aggressive mode: HDR, SA, KE, Nr, IDir, HASH_R; RFC 3947, 3.2: NAT-D, NAT-D */
const Composition composition_aggressive_2 = {
    .rules = {{PAYLOAD_SA, 1, 1},
              {PAYLOAD_KE, 1, 1},
              {PAYLOAD_NONCE, 1, 1},
              {PAYLOAD_ID, 1, 1},
              {PAYLOAD_HASH, 1, 1},
              {PAYLOAD_NAT_D, 0, MAX_NAT_D},
              {PAYLOAD_NAT_D_DRAFTS, 0, MAX_NAT_D},
              {PAYLOAD_CR, 0, MAX_NOTIFICATIONS},
              {PAYLOAD_NOTIFICATION, 0, MAX_NOTIFICATIONS}},
};

/* draft-dukes-ike-mode-cfg-02, 3.3: HDR*, HASH, ATTR */
const Composition composition_transaction = {
    .encrypted = true,
    .first = PAYLOAD_HASH,
    .rules = {{PAYLOAD_HASH, 1, 1}, {PAYLOAD_ATTRIBUTES, 1, 1}},
};

/* RFC 2409, 5.5: HDR*, HASH(1), SA, Ni [, KE] [, IDci, IDcr], and the answer, which may have a
 * RESPONDER-LIFETIME notification (RFC 2407, 4.6.3.1) */
const Composition composition_quick_1_and_2 = {
    .encrypted = true,
    .first = PAYLOAD_HASH,
    .rules = {{PAYLOAD_HASH, 1, 1},
              {PAYLOAD_SA, 1, 1},
              {PAYLOAD_NONCE, 1, 1},
              {PAYLOAD_KE, 0, 1},
              {PAYLOAD_ID, 0, 2},
              {PAYLOAD_NAT_OA, 0, 2},
              {PAYLOAD_NAT_OA_DRAFTS, 0, 2},
              {PAYLOAD_NOTIFICATION, 0, MAX_NOTIFICATIONS}},
};

/* HDR*, HASH(3) */
const Composition composition_quick_3 = {
    .encrypted = true,
    .first = PAYLOAD_HASH,
    .rules = {{PAYLOAD_HASH, 1, 1}, {PAYLOAD_NOTIFICATION, 0, MAX_NOTIFICATIONS}},
};

/* RFC 2409, 5.7: HDR*, HASH(1), N/D */
const Composition composition_informational = {
    .encrypted = true,
    .first = PAYLOAD_HASH,
    .rules = {{PAYLOAD_HASH, 1, 1},
              {PAYLOAD_NOTIFICATION, 0, MAX_NOTIFICATIONS},
              {PAYLOAD_DELETE, 0, MAX_NOTIFICATIONS}},
};

/* RFC 2408, 4.8: before there are keys */
const Composition composition_informational_clear = {
    .rules = {{PAYLOAD_NOTIFICATION, 1, MAX_NOTIFICATIONS}, {PAYLOAD_DELETE, 0, MAX_NOTIFICATIONS}},
};

/* Payloads of RFC 2408 must be allowed by name; private and unknown ones are passed over. */
static bool
is_ignored(uint8_t type)
{
    return type == PAYLOAD_VENDOR_ID || (type > PAYLOAD_ATTRIBUTES && type != PAYLOAD_NAT_D)
           || type == 0;
}

static const PayloadRule *
rule_for(const Composition *composition, uint8_t type)
{
    for (const PayloadRule *rule = composition->rules; rule->type != 0; rule++) {
        if (rule->type == type)
            return rule;
    }
    return NULL;
}

static size_t
count(const IsakmpPayloads *payloads, uint8_t type)
{
    size_t n = 0;

    for (size_t i = 0; i < payloads->n; i++)
        n += payloads->items[i].type == type;
    return n;
}

const char *
composition_problem(const Composition *composition, const IsakmpPayloads *payloads, bool encrypted)
{
    if (composition->encrypted != encrypted)
        return encrypted ? "it is encrypted" : "it is not encrypted";
    if (composition->first && (payloads->n == 0 || payloads->items[0].type != composition->first))
        return "the HASH payload does not come first";
    for (const PayloadRule *rule = composition->rules; rule->type != 0; rule++) {
        size_t n = count(payloads, rule->type);

        if (n < rule->least)
            return "a payload is missing";
        if (n > rule->most)
            return "a payload comes too often";
    }
    for (size_t i = 0; i < payloads->n; i++) {
        uint8_t type = payloads->items[i].type;

        if (!rule_for(composition, type) && !is_ignored(type))
            return "a payload does not belong there";
    }
    return NULL;
}
