/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/responder-v1-internal.h"
#include "wire/v1/payload-sa.h"

#include <string.h>

/* XAUTH (draft-beaulieu-ike-xauth-02) and Mode Config (draft-dukes-ike-mode-cfg-02), the gateway's
 * end. */

enum { CHAP = 1 };

static void
send_attributes(Responder *r, Talk *talk, const AttributesPayload *cfg, bool expects)
{
    IsakmpWriter m = gateway_message_hashed(r, talk);

    attributes_payload_write(&m, cfg);
    gateway_send_hashed(r, talk, &m, (Bytes){0}, expects);
}

static bool
asks_alike(const Responder *r)
{
    return r->config.fault == FAULT_XAUTH_ASKS_ANEW || r->config.fault == FAULT_XAUTH_DEAF;
}

static void
ask(Responder *r)
{
    static const char code[] = "Enter the code";
    Talk *talk = gateway_talk_begin(r, EXCHANGE_TRANSACTION);
    AttributesPayload cfg = {.type = CFG_REQUEST, .identifier = (uint16_t) random_u32(r->random)};
    uint16_t type = r->config.fault == FAULT_XAUTH_CHAP ? CHAP : XAUTH_TYPE_GENERIC;

    attributes_payload_add(&cfg, (Attribute){.type = XAUTH_TYPE, .basic = true, .value = type});
    attributes_payload_add_empty(&cfg, XAUTH_USER_NAME);
    attributes_payload_add_empty(&cfg, XAUTH_USER_PASSWORD);
    if (r->xauth_asked > 0 && !asks_alike(r))
        attributes_payload_add(&cfg,
                               (Attribute){.type = XAUTH_MESSAGE, .data = bytes_of_text(code)});
    r->xauth_asked++;
    talk->identifier = cfg.identifier;
    talk->state = TALK_XAUTH_ASKED;
    send_attributes(r, talk, &cfg, true);
}

void
responder_ask(Responder *r, IkeTime now)
{
    r->now = now;
    ask(r);
}

static void
tell(Responder *r, bool passed)
{
    Talk *talk = gateway_talk_begin(r, EXCHANGE_TRANSACTION);
    AttributesPayload cfg = {.type = CFG_SET, .identifier = (uint16_t) random_u32(r->random)};

    attributes_payload_add(&cfg,
                           (Attribute){.type = XAUTH_STATUS,
                                       .basic = true,
                                       .value = passed ? XAUTH_STATUS_OK : XAUTH_STATUS_FAIL});
    talk->state = TALK_XAUTH_TOLD;
    r->record.xauth_passed = passed;
    r->record.xauth_refused += !passed;
    send_attributes(r, talk, &cfg, true);
}

static bool
says(const AttributesPayload *cfg, uint16_t type, const char *expected)
{
    const Attribute *attribute = attributes_payload_find(cfg, type);

    return attribute && bytes_equal(attribute->data, bytes_of_text(expected));
}

static void
take_reply(Responder *r, const AttributesPayload *cfg)
{
    bool first = r->xauth_asked == 1 || asks_alike(r);
    const char *password = first ? r->config.password : r->config.xauth_code;
    bool right =
        says(cfg, XAUTH_USER_NAME, r->config.user) && says(cfg, XAUTH_USER_PASSWORD, password);

    r->record.xauth_replies++;
    if (r->config.fault == FAULT_XAUTH_DEAF && r->xauth_asked == 1)
        return;
    if (!right && r->config.fault == FAULT_XAUTH_ASKS_ANEW)
        ask(r);
    else if (r->config.fault == FAULT_XAUTH_FOREVER
             || (right && r->xauth_asked < r->config.xauth_questions))
        ask(r);
    else if (!right && r->config.fault == FAULT_XAUTH_DELETES)
        responder_delete_isakmp(r, r->now);
    else
        tell(r, right);
}

static void
add_address(AttributesPayload *cfg, uint16_t type, const char *text, IpAddress *keep)
{
    if (!text)
        return;
    g_assert_true(ip_address_from_text(text, keep));
    attributes_payload_add(cfg, (Attribute){.type = type, .data = ip_address_view(keep)});
}

/* Address and netmask, one after the other: eight bytes a network. */
static void
add_networks(const Responder *r, AttributesPayload *cfg, GByteArray *bytes)
{
    g_auto(GStrv) texts = NULL;

    if (!r->config.split_include)
        return;
    texts = g_strsplit(r->config.split_include, ",", -1);
    for (char **text = texts; *text; text++) {
        uint32_t mask;
        IpPrefix prefix;

        g_assert_true(ip_prefix_from_text(*text, &prefix));
        mask = prefix.len ? GUINT32_TO_BE(UINT32_MAX << (32 - prefix.len)) : 0;
        g_byte_array_append(bytes, prefix.address.bytes, 4);
        g_byte_array_append(bytes, (const uint8_t *) &mask, 4);
    }
    attributes_payload_add(
        cfg, (Attribute){.type = UNITY_SPLIT_INCLUDE, .data = bytes_of(bytes->data, bytes->len)});
}

static void
send_configuration(Responder *r, Talk *talk, AttributesPayload cfg, bool expects)
{
    IpAddress kept[3];
    g_autoptr(GByteArray) networks = g_byte_array_new();

    if (r->config.fault != FAULT_NO_ADDRESS)
        add_address(&cfg, INTERNAL_IP4_ADDRESS, r->config.lease, &kept[0]);
    add_address(&cfg, INTERNAL_IP4_NETMASK, r->config.netmask, &kept[1]);
    add_address(&cfg, INTERNAL_IP4_DNS, r->config.dns, &kept[2]);
    if (r->config.domain)
        attributes_payload_add(
            &cfg,
            (Attribute){.type = UNITY_DEFAULT_DOMAIN, .data = bytes_of_text(r->config.domain)});
    add_networks(r, &cfg, networks);
    send_attributes(r, talk, &cfg, expects);
}

void
gateway_push(Responder *r)
{
    Talk *talk = gateway_talk_begin(r, EXCHANGE_TRANSACTION);

    talk->state = TALK_PUSHED;
    send_configuration(
        r,
        talk,
        (AttributesPayload){.type = CFG_SET, .identifier = (uint16_t) random_u32(r->random)},
        true);
}

static void
after_xauth(Responder *r)
{
    if (r->config.pushes)
        gateway_push(r);
}

void
gateway_after_phase1(Responder *r)
{
    if (!r->config.xauth)
        after_xauth(r);
    else if (r->config.fault != FAULT_XAUTH_NOT_ASKED)
        ask(r);
}

static void
take_ack(Responder *r, Talk *talk)
{
    TalkState told = talk->state;

    gateway_talk_over(r, talk);
    if (told == TALK_PUSHED)
        r->record.config_acks++;
    else if (r->record.xauth_passed)
        after_xauth(r);
    else
        responder_delete_isakmp(r, r->now);
}

void
gateway_transaction(Responder *r, Talk *talk, const Received *message)
{
    AttributesPayload cfg;

    if (!attributes_payload_read(gateway_body(message, PAYLOAD_ATTRIBUTES, 0), &cfg))
        return;
    if (talk->state == TALK_XAUTH_ASKED && cfg.type == CFG_REPLY
        && cfg.identifier == talk->identifier) {
        gateway_talk_over(r, talk);
        take_reply(r, &cfg);
    } else if ((talk->state == TALK_XAUTH_TOLD || talk->state == TALK_PUSHED)
               && cfg.type == CFG_ACK) {
        take_ack(r, talk);
    } else if (talk->state == TALK_IDLE && cfg.type == CFG_REQUEST) {
        const Attribute *address = attributes_payload_find(&cfg, INTERNAL_IP4_ADDRESS);

        if (address)
            r->record.wanted = ip_address_of_bytes(address->data);
        gateway_talk_over(r, talk);
        send_configuration(
            r, talk, (AttributesPayload){.type = CFG_REPLY, .identifier = cfg.identifier}, false);
    }
}
