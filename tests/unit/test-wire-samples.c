/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/vectors.h"
#include "wire/v1/composition.h"
#include "wire/v1/payload-attributes.h"
#include "wire/v1/payload-id.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"
#include "wire/v1/vendor-id.h"

#include <string.h>

/* Messages of real connections, of every kind, decrypted: read whole, cut at every byte, and with
 * every byte changed in several ways, by every reader there is. They are refused or read; the
 * sanitizers see to it that nothing beside them is touched, so each copy is of its exact size. */

static unsigned n_read, n_parsed;

static void
read_sa(Bytes body)
{
    SaPayload sa;
    Phase1Attributes phase1;
    EspAttributes esp;

    if (!sa_payload_read(body, &sa))
        return;
    n_parsed++;
    for (size_t i = 0; i < sa.n; i++) {
        phase1_attributes_read(sa.transforms[i].attributes, &phase1);
        esp_attributes_read(sa.transforms[i].attributes, &esp);
    }
}

static void
read_id(Bytes body)
{
    IdPayload id;
    TrafficSelector ts;
    g_auto(Identity) identity = {0};
    g_autofree char *text = NULL;

    if (!id_payload_read(body, &id))
        return;
    n_parsed++;
    if (id_payload_to_selector(&id, &ts)) {
        g_autofree char *selector = traffic_selector_to_text(&ts);

        g_assert_nonnull(selector);
        g_assert_cmpint(ip_address_compare(&ts.first, &ts.last), <=, 0);
    }
    identity = id_payload_to_identity(&id);
    text = identity_to_text(&identity);
    g_assert_true(g_utf8_validate(text, -1, NULL));
}

static void
read_others(Bytes body)
{
    AttributesPayload attributes;
    NotificationPayload notification;
    DeletePayload deletion;

    if (attributes_payload_read(body, &attributes)) {
        n_parsed++;
        for (size_t i = 0; i < attributes.n; i++)
            attribute_number(&attributes.attributes[i]);
    }
    n_parsed += notification_payload_read(body, &notification);
    n_parsed += delete_payload_read(body, &deletion);
    vendor_id_recognise(body);
}

static void
read_all(Bytes body)
{
    read_sa(body);
    read_id(body);
    read_others(body);
}

static const Composition *const compositions[] = {
    &composition_main_2,
    &composition_main_4,
    &composition_main_6,
    &composition_quick_1_and_2,
    &composition_aggressive_2,
    &composition_transaction,
    &composition_quick_1_and_2,
    &composition_quick_3,
    &composition_informational,
    &composition_informational_clear,
};

/* True if the chain was read. Every payload goes through every reader: a peer can call anything
 * anything. */
static bool
read_message(Bytes message)
{
    IsakmpHeader header;
    IsakmpPayloads payloads;
    Bytes body;

    n_read++;
    if (!isakmp_header_read(message, &header, &body)
        || !isakmp_payloads_read(header.next_payload, body, &payloads))
        return false;
    for (size_t i = 0; i < payloads.n; i++)
        read_all(payloads.items[i].body);
    for (size_t i = 0; i < G_N_ELEMENTS(compositions); i++)
        composition_problem(compositions[i], &payloads, header.flags & ISAKMP_FLAG_ENCRYPTION);
    g_assert_cmpuint(isakmp_payloads_behind_first(&payloads).len, <=, body.len);
    return true;
}

static bool
read_copy(Bytes message)
{
    g_autofree uint8_t *exact = g_memdup2(message.data, message.len);

    return read_message(bytes_of(exact, message.len));
}

/* As it is: read, to the last byte but the padding, and of one composition at the least (the
 * client's first messages are for gateways, and no row of ours). */
static void
test_whole(void)
{
    g_autoptr(Vectors) vectors = vectors_open("ikev1-messages.txt");
    unsigned n = 0, n_composed = 0;

    for (; vectors_next(vectors); n++) {
        Bytes message = vectors_bytes(vectors, "Message");
        const char *name = vectors_text(vectors, "Name");
        IsakmpHeader header;
        IsakmpPayloads payloads;
        Bytes body;
        bool composed = false;

        g_assert_true(read_copy(message));
        g_assert_true(isakmp_header_read(message, &header, &body));
        g_assert_true(isakmp_payloads_read(header.next_payload, body, &payloads));
        g_assert_cmpuint(payloads.padding.len, <=, 16); /* strongSwan: a whole block */
        for (size_t i = 0; i < G_N_ELEMENTS(compositions); i++)
            composed |= !composition_problem(
                compositions[i], &payloads, header.flags & ISAKMP_FLAG_ENCRYPTION);
        n_composed += composed;
        if (strstr(name, "gateway"))
            g_assert_true(composed);
    }
    g_assert_cmpuint(n, ==, 24);
    g_assert_cmpuint(n_composed, >=, 20);
}

/* What it says, not only that it can be read. */
static void
test_meaning(void)
{
    g_autoptr(Vectors) vectors = vectors_open("ikev1-messages.txt");
    unsigned n_address = 0, n_choices = 0;

    while (vectors_next(vectors)) {
        const char *name = vectors_text(vectors, "Name");
        IsakmpHeader header;
        IsakmpPayloads payloads;
        AttributesPayload cfg;
        SaPayload sa;
        Bytes body;

        g_assert_true(isakmp_header_read(vectors_bytes(vectors, "Message"), &header, &body));
        g_assert_true(isakmp_payloads_read(header.next_payload, body, &payloads));
        if (header.exchange == EXCHANGE_TRANSACTION && strstr(name, "gateway")) {
            g_assert_true(attributes_payload_read(
                isakmp_payload_first(&payloads, PAYLOAD_ATTRIBUTES)->body, &cfg));
            n_address += attributes_payload_find(&cfg, INTERNAL_IP4_ADDRESS) != NULL;
        }
        if (isakmp_payload_first(&payloads, PAYLOAD_SA)) {
            g_assert_true(sa_payload_read(isakmp_payload_first(&payloads, PAYLOAD_SA)->body, &sa));
            n_choices += sa.n == 1 && strstr(name, "gateway");
        }
    }
    g_assert_cmpuint(n_address, ==, 2);
    g_assert_cmpuint(n_choices, ==, 4);
}

static void
test_cut(void)
{
    g_autoptr(Vectors) vectors = vectors_open("ikev1-messages.txt");

    n_read = n_parsed = 0;
    while (vectors_next(vectors)) {
        Bytes message = vectors_bytes(vectors, "Message");

        vectors_text(vectors, "Name");
        for (size_t len = 0; len < message.len; len++) {
            g_autofree uint8_t *exact = g_memdup2(message.data, len);

            g_assert_false(read_message(bytes_of(exact, len)));
            /* and with a header that says that this is all */
            if (len < ISAKMP_HEADER_LEN)
                continue;
            exact[24] = exact[25] = 0;
            exact[26] = (uint8_t) (len >> 8);
            exact[27] = (uint8_t) len;
            read_message(bytes_of(exact, len));
        }
    }
    g_assert_cmpuint(n_read, >, 8000);
}

/* Each payload's body alone, cut at every byte: where the chain's own check does not stop it. */
static void
test_cut_bodies(void)
{
    g_autoptr(Vectors) vectors = vectors_open("ikev1-messages.txt");

    n_parsed = 0;
    while (vectors_next(vectors)) {
        IsakmpHeader header;
        IsakmpPayloads payloads;
        Bytes body;

        vectors_text(vectors, "Name");
        isakmp_header_read(vectors_bytes(vectors, "Message"), &header, &body);
        isakmp_payloads_read(header.next_payload, body, &payloads);
        for (size_t i = 0; i < payloads.n; i++) {
            for (size_t len = 0; len <= payloads.items[i].body.len; len++) {
                g_autofree uint8_t *exact = g_memdup2(payloads.items[i].body.data, len);

                read_all(bytes_of(exact, len));
            }
        }
    }
    g_assert_cmpuint(n_parsed, >, 1000);
}

static void
test_flipped(void)
{
    static const uint8_t patterns[] = {0x01, 0x80, 0xff, 0x04, 0x10};
    g_autoptr(Vectors) vectors = vectors_open("ikev1-messages.txt");

    n_parsed = 0;
    while (vectors_next(vectors)) {
        Bytes message = vectors_bytes(vectors, "Message");
        g_autofree uint8_t *exact = g_memdup2(message.data, message.len);

        vectors_text(vectors, "Name");
        for (size_t at = 0; at < message.len; at++) {
            for (size_t p = 0; p < G_N_ELEMENTS(patterns); p++) {
                exact[at] ^= patterns[p];
                read_message(bytes_of(exact, message.len));
                exact[at] ^= patterns[p];
            }
            exact[at] = 0;
            read_message(bytes_of(exact, message.len));
            exact[at] = message.data[at];
        }
    }
    g_assert_cmpuint(n_parsed, >, 10000);
}

/* What is read can be written again, byte by byte: strongSwan's SA, ID, notification, Delete and
 * attributes are ours. */
static Bytes
write_again(uint8_t type, Bytes body, uint8_t *buffer, size_t size)
{
    IsakmpWriter m = isakmp_writer_begin(buffer, size, &(IsakmpHeader){0});
    WriterBlock block;
    SaPayload sa;
    IdPayload id;
    NotificationPayload notification;
    DeletePayload deletion;
    AttributesPayload attributes;

    switch (type) {
    case PAYLOAD_SA:
        g_assert_true(sa_payload_read(body, &sa));
        sa_payload_write(&m, &sa);
        break;
    case PAYLOAD_ID:
        g_assert_true(id_payload_read(body, &id));
        block = isakmp_payload_begin(&m, PAYLOAD_ID);
        id_payload_write(&m.w, &id);
        isakmp_payload_end(&m, block);
        break;
    case PAYLOAD_NOTIFICATION:
        g_assert_true(notification_payload_read(body, &notification));
        notification_payload_write(&m, &notification);
        break;
    case PAYLOAD_DELETE:
        g_assert_true(delete_payload_read(body, &deletion));
        delete_payload_write(&m, &deletion);
        break;
    case PAYLOAD_ATTRIBUTES:
        g_assert_true(attributes_payload_read(body, &attributes));
        attributes_payload_write(&m, &attributes);
        break;
    default:
        isakmp_payload_write(&m, type, body);
    }
    return isakmp_writer_finish(&m, 0);
}

static void
test_written_again(void)
{
    g_autoptr(Vectors) vectors = vectors_open("ikev1-messages.txt");
    uint8_t buffer[4096];
    unsigned n = 0;

    while (vectors_next(vectors)) {
        IsakmpHeader header;
        IsakmpPayloads payloads;
        Bytes body;

        vectors_text(vectors, "Name");
        isakmp_header_read(vectors_bytes(vectors, "Message"), &header, &body);
        isakmp_payloads_read(header.next_payload, body, &payloads);
        for (size_t i = 0; i < payloads.n; i++, n++) {
            const IsakmpPayload *payload = &payloads.items[i];
            Bytes again = write_again(payload->type, payload->body, buffer, sizeof(buffer));

            g_assert_cmpmem(again.data + ISAKMP_HEADER_LEN + 4,
                            again.len - ISAKMP_HEADER_LEN - 4,
                            payload->body.data,
                            payload->body.len);
        }
    }
    g_assert_cmpuint(n, >, 80);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/samples/whole", test_whole);
    g_test_add_func("/wire/samples/meaning", test_meaning);
    g_test_add_func("/wire/samples/cut", test_cut);
    g_test_add_func("/wire/samples/cut-bodies", test_cut_bodies);
    g_test_add_func("/wire/samples/flipped", test_flipped);
    g_test_add_func("/wire/samples/written-again", test_written_again);
    return g_test_run();
}
