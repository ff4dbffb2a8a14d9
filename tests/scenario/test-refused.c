/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"
#include "wire/v1/isakmp.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"

#include <string.h>

/* What goes wrong, each with its reason and in bounded time; and what may not go wrong, whatever
 * somebody between the two sends. */

/* The longest that a person waits for the sentence. */
#define BOUND (35 * IKE_SECOND)

typedef struct {
    const char *name;
    ResponderFault fault;
    FailureReason reason;
    bool pfs;
} Case;

static const Case cases[] = {
    {"ike-refused", FAULT_IKE_REFUSED, FAIL_NO_PROPOSAL_IKE, false},
    {"ike-something-else", FAULT_IKE_SOMETHING_ELSE, FAIL_PROTOCOL, false},
    {"ike-two-choices", FAULT_IKE_TWO_CHOICES, FAIL_PROTOCOL, false},
    {"short-nonce", FAULT_SHORT_NONCE, FAIL_PROTOCOL, false},
    {"long-nonce", FAULT_LONG_NONCE, FAIL_PROTOCOL, false},
    {"public-zero", FAULT_PUBLIC_ZERO, FAIL_KEY_EXCHANGE, false},
    {"public-one", FAULT_PUBLIC_ONE, FAIL_KEY_EXCHANGE, false},
    {"public-short", FAULT_PUBLIC_SHORT, FAIL_KEY_EXCHANGE, false},
    {"identity-refused", FAULT_IDENTITY_REFUSED, FAIL_AUTHENTICATION, false},
    {"no-address", FAULT_NO_ADDRESS, FAIL_NO_ADDRESS, false},
    {"esp-refused", FAULT_ESP_REFUSED, FAIL_NO_PROPOSAL_ESP, false},
    {"networks-refused", FAULT_NETWORKS_REFUSED, FAIL_SELECTORS, false},
    {"esp-something-else", FAULT_ESP_SOMETHING_ELSE, FAIL_PROTOCOL, false},
    {"esp-two-choices", FAULT_ESP_TWO_CHOICES, FAIL_PROTOCOL, false},
    {"esp-reserved-spi", FAULT_ESP_RESERVED_SPI, FAIL_PROTOCOL, false},
    {"esp-short-spi", FAULT_ESP_SHORT_SPI, FAIL_PROTOCOL, false},
    {"quick-short-nonce", FAULT_QUICK_SHORT_NONCE, FAIL_PROTOCOL, false},
    {"quick-public-zero", FAULT_QUICK_PUBLIC_ZERO, FAIL_KEY_EXCHANGE, true},
    {"quick-no-public", FAULT_QUICK_NO_PUBLIC, FAIL_KEY_EXCHANGE, true},
};

static ConnectionConfig *
config_of(const Case *which, ExchangeMode mode)
{
    ConnectionConfig *config = link_config(mode, false);
    TrafficSelector network;

    if (which && which->pfs) {
        g_array_unref(config->esp_proposals);
        config->esp_proposals = esp_proposals_from_text("aes128gcm16-ecp256", NULL);
    }
    g_assert_true(traffic_selector_from_text("10.0.0.0/8", &network));
    g_array_append_val(config->remote_ts, network);
    return config;
}

static void
test_case(gconstpointer data)
{
    const Case *which = data;

    for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;

        gateway.fault = which->fault;
        link = link_new(config_of(which, mode), &gateway, 31);
        link_connect(link);
        g_assert_false(link->established);
        link_assert_closed(link, which->reason, BOUND);
        link_run(link, IKE_SECOND);
        if (responder_record(link->gateway)->authenticated)
            g_assert_true(responder_record(link->gateway)->deleted_by_client);
    }
}

/* HASH_R is wrong. Aggressive mode cannot tell it from another key; main mode is answered in a
 * cipher that proves the key. */
static void
test_wrong_hash_r(void)
{
    for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;

        gateway.fault = FAULT_HASH_R;
        link = link_new(link_config(mode, false), &gateway, 32);
        link_connect(link);
        link_assert_closed(link, FAIL_WRONG_PSK, BOUND);
    }
}

static void
test_wrong_psk(void)
{
    static const ResponderFault faults[] = {FAULT_NONE, FAULT_UNDECRYPTABLE};

    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
            ResponderConfig gateway = responder_config_default();
            g_autoptr(Link) link = NULL;

            gateway.psk = "another secret";
            gateway.fault = faults[i];
            link = link_new(link_config(mode, true), &gateway, 33);
            link_connect(link);
            link_assert_closed(link, FAIL_WRONG_PSK, BOUND);
            g_assert_false(responder_record(link->gateway)->authenticated);
        }
    }
}

/* Nothing ever comes back. */
static void
test_no_answer(void)
{
    for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = link_new(link_config(mode, true), &gateway, 34);

        link->cut = true;
        link_connect(link);
        link_assert_closed(link, FAIL_NO_ANSWER, BOUND);
        g_assert_cmpuint(link->sent[TO_GATEWAY], ==, 6);
    }
}

/* It hears n messages, then nothing any more. The reason is one of silence, each time in bounded
 * time after the last word. */
static void
test_falls_silent(void)
{
    for (int xauth = 0; xauth < 2; xauth++) {
        for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
            for (unsigned n = 1; n <= 7; n++) {
                ResponderConfig gateway = responder_config_default();
                g_autoptr(Link) link = NULL;

                gateway.silent_after = n;
                link = link_new(link_config(mode, xauth), &gateway, 35);
                link_connect(link);
                if (link->established)
                    continue;
                g_assert_true(link->closed);
                g_assert_cmpint(link->now - LINK_BEGIN, <=, 2 * BOUND);
                if (link->reason != FAIL_WRONG_PSK && link->reason != FAIL_XAUTH_MISSING)
                    g_assert_cmpint(link->reason, ==, FAIL_FELL_SILENT);
            }
        }
    }
}

/* IDci, IDcr come back narrower, or not at all: taken. Wider: not. */
static void
test_selectors_in_the_answer(void)
{
    static const struct {
        ResponderFault fault;
        const char *network; /* NULL: refused */
    } answers[] = {
        {FAULT_NARROWS, "10.0.0.0-10.255.255.127"},
        {FAULT_NO_IDS, "10.0.0.0/8"},
        {FAULT_WIDENS, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        ResponderConfig gateway = responder_config_default();
        g_autoptr(Link) link = NULL;
        g_autofree char *network = NULL;

        gateway.fault = answers[i].fault;
        link = link_new(config_of(NULL, EXCHANGE_MODE_MAIN), &gateway, 36);
        link_connect(link);
        if (!answers[i].network) {
            link_assert_closed(link, FAIL_SELECTORS, BOUND);
            continue;
        }
        link_assert_established(link, 1);
        network = traffic_selector_to_text(&link_outbound(link)->sa.remote_ts);
        g_assert_cmpstr(network, ==, answers[i].network);
    }
}

/* --- forged, in the clear -----------------------------------------------------------------------
 */

static const uint16_t forged_types[] = {
    NOTIFY_NO_PROPOSAL_CHOSEN,
    NOTIFY_INVALID_ID_INFORMATION,
    NOTIFY_AUTHENTICATION_FAILED,
    NOTIFY_INVALID_HASH_INFORMATION,
    NOTIFY_INVALID_COOKIE,
    12345,
};

static void
write_forged(Link *link, IsakmpWriter *m, size_t kind)
{
    static const uint8_t cookies[16] = {1};

    if (kind < G_N_ELEMENTS(forged_types))
        notification_payload_write(
            m, &(NotificationPayload){.protocol = PROTO_ISAKMP, .type = forged_types[kind]});
    else
        delete_payload_write(m,
                             &(DeletePayload){.protocol = PROTO_ISAKMP,
                                              .spi_len = 16,
                                              .spis = {BYTES_OF_ARRAY(cookies)},
                                              .n = 1});
}

/* Whoever saw our message knows the cookies, and can claim anything. */
static void
forge(Link *link)
{
    const LinkMessage *last = link->messages->pdata[link->messages->len - 1];
    uint8_t buffer[200];
    bool malformed = false;
    Reader r = reader_of(bytes_of_gbytes(last->bytes), &malformed);
    IsakmpHeader header = {.exchange = EXCHANGE_INFORMATIONAL, .message_id = 77};

    memcpy(header.initiator_cookie, reader_bytes(&r, 8).data, 8);
    memcpy(header.responder_cookie, reader_bytes(&r, 8).data, 8);
    for (size_t kind = 0; kind <= G_N_ELEMENTS(forged_types); kind++) {
        IsakmpWriter m = isakmp_writer_begin(buffer, sizeof(buffer), &header);

        write_forged(link, &m, kind);
        link_inject(link, TO_CLIENT, isakmp_writer_finish(&m, 0), last->nat_t);
    }
}

static void
test_forged_notifies(void)
{
    for (int xauth = 0; xauth < 2; xauth++) {
        for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
            ResponderConfig gateway = responder_config_default();
            g_autoptr(Link) link = link_new(link_config(mode, xauth), &gateway, 37);

            link->on_message = forge;
            link_connect(link);
            link_assert_established(link, 1);
            link_run(link, 100 * IKE_SECOND);
            g_assert_false(link->closed);
        }
    }
}

/* … also when the true answer is late by a retransmission. */
static void
test_forged_notifies_and_loss(void)
{
    for (ExchangeMode mode = EXCHANGE_MODE_MAIN; mode <= EXCHANGE_MODE_AGGRESSIVE; mode++) {
        for (unsigned n = 0; n < 5; n++) {
            ResponderConfig gateway = responder_config_default();
            g_autoptr(Link) link = link_new(link_config(mode, false), &gateway, 38);

            link->on_message = forge;
            link_plan(link, TO_CLIENT, n, FATE_DROP);
            link_connect(link);
            link_assert_established(link, 1);
        }
    }
}

static void
forge_once(Link *link)
{
    link->on_message = NULL;
    forge(link);
}

/* A claim that the true answer has refuted counts no more when later ones are lost twice. */
static void
test_forged_long_ago(void)
{
    ResponderConfig gateway = responder_config_default();
    g_autoptr(Link) link = link_new(link_config(EXCHANGE_MODE_MAIN, false), &gateway, 39);

    link->on_message = forge_once;
    link_plan(link, TO_CLIENT, 1, FATE_DROP);
    link_plan(link, TO_CLIENT, 2, FATE_DROP);
    link_connect(link);
    link_assert_established(link, 1);
}

/* NO-PROPOSAL-CHOSEN alone, to each of ours. */
static void
forge_refusal(Link *link)
{
    const LinkMessage *last = link->messages->pdata[link->messages->len - 1];
    uint8_t buffer[200];
    IsakmpHeader header;
    IsakmpWriter m;
    Bytes body;

    if (last->direction != TO_GATEWAY
        || !isakmp_header_read(bytes_of_gbytes(last->bytes), &header, &body))
        return;
    header.exchange = EXCHANGE_INFORMATIONAL;
    m = isakmp_writer_begin(buffer, sizeof(buffer), &header);
    write_forged(link, &m, 0);
    link_inject(link, TO_CLIENT, isakmp_writer_finish(&m, 0), last->nat_t);
}

/* Aggressive mode's first group is the right one. That it is refused is a lie, and the true answer
 * is lost: it is not given up for that. */
static void
test_forged_refusal_of_a_group(void)
{
    ResponderConfig gateway = responder_config_default();
    ConnectionConfig *config = link_config(EXCHANGE_MODE_AGGRESSIVE, false);
    g_autoptr(Link) link = NULL;

    g_array_unref(config->ike_proposals);
    config->ike_proposals =
        ike_proposals_from_text("aes128-sha256-ecp256,aes128-sha256-modp2048", NULL);
    gateway.ike_proposals = "aes128-sha256-ecp256";
    link = link_new(config, &gateway, 40);
    link->on_message = forge_refusal;
    link_plan(link, TO_CLIENT, 0, FATE_DROP);
    link_connect(link);
    link_assert_established(link, 1);
    g_assert_cmpuint(link->elders->len, ==, 0);
}

static void
add_cases(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/refused/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_cases();
    g_test_add_func("/refused/wrong-hash-r", test_wrong_hash_r);
    g_test_add_func("/refused/wrong-psk", test_wrong_psk);
    g_test_add_func("/refused/no-answer", test_no_answer);
    g_test_add_func("/refused/falls-silent", test_falls_silent);
    g_test_add_func("/refused/selectors-in-the-answer", test_selectors_in_the_answer);
    g_test_add_func("/refused/forged-notifies", test_forged_notifies);
    g_test_add_func("/refused/forged-notifies-and-loss", test_forged_notifies_and_loss);
    g_test_add_func("/refused/forged-long-ago", test_forged_long_ago);
    g_test_add_func("/refused/forged-refusal-of-a-group", test_forged_refusal_of_a_group);
    return g_test_run();
}
