/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/v1/composition.h"
#include "wire/v1/payload-attributes.h"
#include "wire/v1/payload-id.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"
#include "wire/v1/vendor-id.h"

#include <string.h>

/* Each payload, written and read back, and what its reader refuses. */

enum { BUFFER = 64 * 1024 };

static uint8_t buffer[BUFFER];
static const IsakmpHeader header = {.initiator_cookie = {1, 2, 3, 4, 5, 6, 7, 8},
                                    .responder_cookie = {9, 10, 11, 12, 13, 14, 15, 16},
                                    .exchange = EXCHANGE_QUICK,
                                    .message_id = 0x01020304};

/* The chain of a message that was just written. */
static void
read_back(IsakmpWriter *m, IsakmpHeader *out, IsakmpPayloads *payloads)
{
    Bytes body;
    Bytes message = isakmp_writer_finish(m, 0);

    g_assert_cmpuint(message.len, >, 0);
    g_assert_true(isakmp_header_read(message, out, &body));
    g_assert_true(isakmp_payloads_read(out->next_payload, body, payloads));
}

/* The body of the only payload. */
static Bytes
only_body(IsakmpWriter *m, uint8_t type)
{
    static IsakmpPayloads payloads;
    IsakmpHeader read;

    read_back(m, &read, &payloads);
    g_assert_cmpuint(payloads.n, ==, 1);
    g_assert_cmpuint(payloads.items[0].type, ==, type);
    return payloads.items[0].body;
}

static IsakmpWriter
begin(void)
{
    return isakmp_writer_begin(buffer, sizeof(buffer), &header);
}

/* --- header and chain --------------------------------------------------------------------------
 */

static void
test_header(void)
{
    IsakmpWriter m = begin();
    IsakmpHeader read;
    Bytes body;
    Bytes message;

    message = isakmp_writer_finish(&m, ISAKMP_FLAG_ENCRYPTION);
    g_assert_cmpuint(message.len, ==, ISAKMP_HEADER_LEN);
    g_assert_true(isakmp_header_read(message, &read, &body));
    g_assert_cmpmem(read.initiator_cookie, 8, header.initiator_cookie, 8);
    g_assert_cmpmem(read.responder_cookie, 8, header.responder_cookie, 8);
    g_assert_cmpuint(read.next_payload, ==, PAYLOAD_NONE);
    g_assert_cmpuint(read.version, ==, ISAKMP_VERSION);
    g_assert_cmpuint(read.exchange, ==, EXCHANGE_QUICK);
    g_assert_cmpuint(read.flags, ==, ISAKMP_FLAG_ENCRYPTION);
    g_assert_cmphex(read.message_id, ==, 0x01020304);
    g_assert_cmpuint(read.length, ==, ISAKMP_HEADER_LEN);
    g_assert_cmpuint(body.len, ==, 0);
}

/* RFC 2408, 3.1: the fields where they stand. */
static void
test_header_bytes(void)
{
    static const uint8_t expected[] = {1,  2,  3,  4,  5,  6,    7,  8, 9,   10,  11,  12,
                                       13, 14, 15, 16, 10, 0x10, 32, 1, 1,   2,   3,   4,
                                       0,  0,  0,  36, 0,  0,    0,  8, 0xa, 0xb, 0xc, 0xd};
    static const uint8_t nonce[] = {0xa, 0xb, 0xc, 0xd};
    IsakmpWriter m = begin();
    Bytes message;

    isakmp_payload_write(&m, PAYLOAD_NONCE, BYTES_OF_ARRAY(nonce));
    message = isakmp_writer_finish(&m, ISAKMP_FLAG_ENCRYPTION);
    g_assert_cmpmem(message.data, message.len, expected, sizeof(expected));
}

static void
test_header_refused(void)
{
    IsakmpWriter m = begin();
    IsakmpHeader read;
    Bytes body;
    Bytes message;

    isakmp_payload_write(&m, PAYLOAD_NONCE, bytes_of_text("12345678"));
    message = isakmp_writer_finish(&m, 0);
    for (size_t len = 0; len < message.len; len++)
        g_assert_false(isakmp_header_read(bytes_head(message, len), &read, &body));
    /* more than the length says is cut off */
    g_assert_true(isakmp_header_read(bytes_of(message.data, message.len + 5), &read, &body));
    g_assert_cmpuint(body.len, ==, 12);
    buffer[17] = 0x20; /* IKEv2 */
    g_assert_false(isakmp_header_read(message, &read, &body));
    buffer[17] = 0x11; /* a minor version is no reason (RFC 2408, 3.1) */
    g_assert_true(isakmp_header_read(message, &read, &body));
    buffer[27] = ISAKMP_HEADER_LEN - 1;
    g_assert_false(isakmp_header_read(message, &read, &body));
    memset(buffer + 24, 0xff, 4);
    g_assert_false(isakmp_header_read(message, &read, &body));
}

static void
test_chain(void)
{
    static const char *const texts[] = {"", "a", "payload", "the last one"};
    IsakmpWriter m = begin();
    IsakmpPayloads payloads;
    IsakmpHeader read;

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        isakmp_payload_write(
            &m, i % 2 ? PAYLOAD_VENDOR_ID : PAYLOAD_NONCE, bytes_of_text(texts[i]));
    read_back(&m, &read, &payloads);
    g_assert_cmpuint(payloads.n, ==, 4);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        const IsakmpPayload *payload = &payloads.items[i];

        g_assert_cmpuint(payload->raw.len, ==, payload->body.len + 4);
        g_assert_true(bytes_equal(payload->body, bytes_of_text(texts[i])));
        g_assert_true(isakmp_payload_nth(&payloads, payload->type, i / 2) == payload);
    }
    g_assert_null(isakmp_payload_nth(&payloads, PAYLOAD_NONCE, 2));
    g_assert_null(isakmp_payload_first(&payloads, PAYLOAD_SA));
    g_assert_cmpuint(isakmp_payloads_behind_first(&payloads).len, ==, 3 * 4 + 1 + 7 + 12);
    g_assert_cmpuint(payloads.padding.len, ==, 0);
}

/* RFC 2409, appendix B: zeros behind the last payload; what is hashed ends before them. */
static void
test_padding(void)
{
    for (size_t text_len = 0; text_len < 40; text_len++) {
        IsakmpWriter m = begin();
        IsakmpPayloads payloads;
        IsakmpHeader read;
        uint8_t text[40] = {0};
        size_t len = ISAKMP_HEADER_LEN + 2 * 4 + text_len;

        isakmp_payload_write(&m, PAYLOAD_HASH, (Bytes){0});
        isakmp_payload_write(&m, PAYLOAD_NONCE, bytes_of(text, text_len));
        isakmp_writer_pad(&m, 16);
        read_back(&m, &read, &payloads);
        g_assert_cmpuint((read.length - ISAKMP_HEADER_LEN) % 16, ==, 0);
        g_assert_cmpuint(payloads.n, ==, 2);
        g_assert_cmpuint(payloads.padding.len, ==, read.length - len);
        g_assert_cmpuint(payloads.padding.len, <, 16);
        g_assert_cmpuint(isakmp_payloads_behind_first(&payloads).len, ==, 4 + text_len);
    }
}

static void
test_too_many_payloads(void)
{
    for (size_t n = ISAKMP_MAX_PAYLOADS - 1; n <= ISAKMP_MAX_PAYLOADS + 1; n++) {
        IsakmpWriter m = begin();
        IsakmpPayloads payloads;
        IsakmpHeader read;
        Bytes body;

        for (size_t i = 0; i < n; i++)
            isakmp_payload_write(&m, PAYLOAD_VENDOR_ID, (Bytes){0});
        g_assert_true(isakmp_header_read(isakmp_writer_finish(&m, 0), &read, &body));
        g_assert_cmpint(
            isakmp_payloads_read(read.next_payload, body, &payloads), ==, n <= ISAKMP_MAX_PAYLOADS);
    }
}

/* A chain with lengths that lie. */
static void
test_chain_refused(void)
{
    static const struct {
        uint8_t bytes[12];
        size_t len;
        bool ok;
    } chains[] = {
        {{0, 0, 0, 4}, 4, true},
        {{0, 0, 0, 3}, 4, false}, /* shorter than its own header */
        {{0, 0, 0, 0}, 4, false},
        {{0, 0, 0, 5}, 4, false}, /* longer than the message */
        {{0, 0, 0xff, 0xff}, 4, false},
        {{0, 0, 0, 4, 1, 2}, 6, true}, /* padding behind */
        {{10, 0, 0, 4}, 4, false},     /* announces one that is not there */
        {{10, 0, 0, 4, 0, 0, 0, 4}, 8, true},
        {{10, 0, 0, 4, 0, 0, 0}, 7, false},
        {{10, 0, 0, 4, 0, 0, 0, 5, 1}, 9, true},
        {{0}, 0, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(chains); i++) {
        IsakmpPayloads payloads;
        Bytes chain = bytes_of(chains[i].bytes, chains[i].len);

        g_assert_cmpint(isakmp_payloads_read(PAYLOAD_NONCE, chain, &payloads), ==, chains[i].ok);
    }
    {
        IsakmpPayloads payloads;

        g_assert_true(isakmp_payloads_read(PAYLOAD_NONE, (Bytes){0}, &payloads));
        g_assert_cmpuint(payloads.n, ==, 0);
    }
}

/* What does not fit the buffer gives nothing at all, at every size. */
static void
test_writer_overflow(void)
{
    uint8_t small[80];

    for (size_t capacity = 0; capacity <= sizeof(small); capacity++) {
        g_autofree uint8_t *exact = g_malloc(capacity + 1);
        IsakmpWriter m = isakmp_writer_begin(exact, capacity, &header);

        isakmp_payload_write(&m, PAYLOAD_NONCE, bytes_of_text("0123456789abcdef"));
        isakmp_writer_pad(&m, 16);
        g_assert_cmpint(isakmp_writer_finish(&m, 0).len > 0, ==, capacity >= 28 + 32);
    }
}

/* --- attributes --------------------------------------------------------------------------------
 */

static void
test_attribute(void)
{
    static const Attribute attributes[] = {
        {.type = 1, .basic = true, .value = 0},
        {.type = 0x7fff, .basic = true, .value = 0xffff},
        {.type = 16522, .data = {(const uint8_t *) "password", 8}},
        {.type = 2},
    };
    Writer w = writer_of(buffer, sizeof(buffer));
    bool malformed = false;
    Reader r;

    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++)
        attribute_write(&w, &attributes[i]);
    r = reader_of(writer_finish(&w), &malformed);
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
        Attribute a = attribute_read(&r);

        g_assert_cmpuint(a.type, ==, attributes[i].type);
        g_assert_cmpint(a.basic, ==, attributes[i].basic);
        g_assert_cmpuint(a.value, ==, attributes[i].value);
        g_assert_true(bytes_equal(a.data, attributes[i].data));
    }
    g_assert_false(reader_more(&r));
    g_assert_false(malformed);
}

static void
test_attribute_number(void)
{
    static const struct {
        uint8_t bytes[12];
        size_t len;
        uint64_t number;
    } numbers[] = {
        {{0x80, 1, 0x12, 0x34}, 4, 0x1234},
        {{0, 1, 0, 4, 0, 0, 0x70, 0x80}, 8, 28800},
        {{0, 1, 0, 1, 7}, 5, 7},
        {{0, 1, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}, 12, 0x0102030405060708},
        {{0, 1, 0, 0}, 4, UINT64_MAX},
    };
    static const uint8_t nine[13] = {0, 1, 0, 9};

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        bool malformed = false;
        Reader r = reader_of(bytes_of(numbers[i].bytes, numbers[i].len), &malformed);
        Attribute a = attribute_read(&r);

        g_assert_true(attribute_number(&a) == numbers[i].number);
        g_assert_false(malformed);
    }
    {
        bool malformed = false;
        Reader r = reader_of(BYTES_OF_ARRAY(nine), &malformed);
        Attribute a = attribute_read(&r);

        g_assert_true(attribute_number(&a) == UINT64_MAX);
    }
    /* 16 bits are basic, more are variable */
    for (unsigned value = 65534; value <= 65537; value++) {
        Writer w = writer_of(buffer, sizeof(buffer));

        attribute_write_number(&w, 2, value);
        g_assert_cmpuint(writer_finish(&w).len, ==, value <= UINT16_MAX ? 4 : 8);
    }
}

static void
add_text(AttributesPayload *cfg, uint16_t type, const char *text)
{
    attributes_payload_add(cfg, (Attribute){.type = type, .data = bytes_of_text(text)});
}

static void
test_attributes_payload(void)
{
    AttributesPayload cfg = {.type = CFG_REPLY, .identifier = 0xabcd}, read;
    IsakmpWriter m = begin();

    attributes_payload_add(
        &cfg, (Attribute){.type = XAUTH_TYPE, .basic = true, .value = XAUTH_TYPE_GENERIC});
    add_text(&cfg, XAUTH_USER_NAME, "alice");
    add_text(&cfg, XAUTH_USER_PASSWORD, "correct horse");
    attributes_payload_add_empty(&cfg, UNITY_BANNER);
    attributes_payload_write(&m, &cfg);
    g_assert_true(attributes_payload_read(only_body(&m, PAYLOAD_ATTRIBUTES), &read));
    g_assert_cmpuint(read.type, ==, CFG_REPLY);
    g_assert_cmphex(read.identifier, ==, 0xabcd);
    g_assert_cmpuint(read.n, ==, 4);
    g_assert_true(attributes_payload_find(&read, XAUTH_TYPE)->basic);
    g_assert_true(bytes_equal(attributes_payload_find(&read, XAUTH_USER_PASSWORD)->data,
                              bytes_of_text("correct horse")));
    g_assert_cmpuint(attributes_payload_find(&read, UNITY_BANNER)->data.len, ==, 0);
    g_assert_null(attributes_payload_find(&read, INTERNAL_IP4_DNS));
}

/* libreswan pads inside the payload, with zeros up to a multiple of 4. */
static void
test_attributes_padding(void)
{
    static const uint8_t body[] = {2, 0, 0, 1, 0, 1, 0, 4, 10, 1, 2, 3, 0, 0, 0, 0, 0};
    static const uint8_t not_zero[] = {2, 0, 0, 1, 0, 1, 0, 4, 10, 1, 2, 3, 0, 0, 1};
    AttributesPayload read;

    for (size_t len = 12; len <= sizeof(body); len++) {
        g_assert_true(attributes_payload_read(bytes_of(body, len), &read));
        g_assert_cmpuint(read.n, ==, 1);
    }
    g_assert_false(attributes_payload_read(BYTES_OF_ARRAY(not_zero), &read));
    for (size_t len = 0; len < 12; len++)
        g_assert_cmpint(
            attributes_payload_read(bytes_of(body, len), &read), ==, len == 4 || len == 5);
}

static void
test_attributes_limit(void)
{
    AttributesPayload cfg = {.type = CFG_SET}, read;

    for (size_t i = 0; i < CFG_MAX_ATTRIBUTES + 5; i++)
        attributes_payload_add_empty(&cfg, UNITY_SPLIT_DNS);
    g_assert_cmpuint(cfg.n, ==, CFG_MAX_ATTRIBUTES);
    for (size_t more = 0; more < 2; more++) {
        Writer w = writer_of(buffer, sizeof(buffer));

        writer_u32(&w, CFG_SET << 24);
        for (size_t i = 0; i < CFG_MAX_ATTRIBUTES + more; i++)
            attribute_write_basic(&w, 1, 1);
        g_assert_cmpint(attributes_payload_read(writer_finish(&w), &read), ==, more == 0);
    }
}

/* --- SA ----------------------------------------------------------------------------------------
 */

static void
test_phase1_attributes(void)
{
    static const Phase1Attributes all[] = {
        {.encryption = 7,
         .hash = 4,
         .auth_method = AUTH_METHOD_PSK,
         .group = 14,
         .key_bits = 256,
         .life_seconds = 28800},
        {.encryption = 5,
         .hash = 2,
         .auth_method = AUTH_METHOD_XAUTH_INIT_PSK,
         .group = 2,
         .life_seconds = 86400,
         .life_kilobytes = 4608000},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        Writer w = writer_of(buffer, sizeof(buffer));
        Phase1Attributes read;

        phase1_attributes_write(&w, &all[i]);
        g_assert_true(phase1_attributes_read(writer_finish(&w), &read));
        g_assert_cmpmem(&read, sizeof(read), &all[i], sizeof(all[i]));
    }
}

static void
test_esp_attributes(void)
{
    static const EspAttributes all[] = {
        {.encapsulation = ENCAPSULATION_MODE_TUNNEL,
         .auth = 5,
         .key_bits = 128,
         .life_seconds = 3600},
        {.group = 14,
         .encapsulation = ENCAPSULATION_MODE_UDP_TUNNEL,
         .key_bits = 256,
         .life_seconds = 100000,
         .life_kilobytes = 1},
        {.encapsulation = ENCAPSULATION_MODE_UDP_TUNNEL_DRAFTS},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        Writer w = writer_of(buffer, sizeof(buffer));
        EspAttributes read;

        esp_attributes_write(&w, &all[i]);
        g_assert_true(esp_attributes_read(writer_finish(&w), &read));
        g_assert_cmpmem(&read, sizeof(read), &all[i], sizeof(all[i]));
    }
}

/* A duration belongs to the type in front of it; one of 64 bits is capped, one without a type is
 * nobody's. */
static void
test_life_durations(void)
{
    static const uint8_t capped[] = {0x80, 1, 0, 1, 0, 2, 0, 8, 1, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t untyped[] = {0x80, 2, 0x0e, 0x10};
    static const uint8_t unknown[] = {0x80, 1, 0, 9, 0x80, 2, 0x0e, 0x10};
    EspAttributes read;

    g_assert_true(esp_attributes_read(BYTES_OF_ARRAY(capped), &read));
    g_assert_cmpuint(read.life_seconds, ==, UINT32_MAX);
    g_assert_true(esp_attributes_read(BYTES_OF_ARRAY(untyped), &read));
    g_assert_cmpuint(read.life_seconds, ==, 0);
    g_assert_true(esp_attributes_read(BYTES_OF_ARRAY(unknown), &read));
    g_assert_cmpuint(read.life_seconds, ==, 0);
    g_assert_false(esp_attributes_read(bytes_head(BYTES_OF_ARRAY(capped), 15), &read));
}

static SaPayload
sample_sa(void)
{
    static const uint8_t spi[] = {1, 2, 3, 4}, other_spi[] = {5, 6, 7, 8};
    static const uint8_t attributes[] = {0x80, 4, 0, 1};
    SaPayload sa = {.doi = DOI_IPSEC, .situation = SIT_IDENTITY_ONLY, .n = 4};

    for (size_t i = 0; i < sa.n; i++)
        sa.transforms[i] =
            (SaTransform){.proposal = i < 3 ? 1 : 2,
                          .protocol = PROTO_IPSEC_ESP,
                          .spi = i < 3 ? BYTES_OF_ARRAY(spi) : BYTES_OF_ARRAY(other_spi),
                          .number = (uint8_t) (i + 1),
                          .id = 12,
                          .attributes = bytes_of(attributes, i ? 4 : 0)};
    return sa;
}

static void
test_sa(void)
{
    SaPayload sa = sample_sa(), read;
    IsakmpWriter m = begin();
    Bytes body;

    sa_payload_write(&m, &sa);
    body = only_body(&m, PAYLOAD_SA);
    /* DOI, situation, two proposals with headers and SPI, four transforms */
    g_assert_cmpuint(body.len, ==, 8 + 2 * 12 + 4 * 8 + 3 * 4);
    g_assert_true(sa_payload_read(body, &read));
    g_assert_cmpuint(read.n, ==, sa.n);
    for (size_t i = 0; i < sa.n; i++) {
        const SaTransform *a = &sa.transforms[i], *b = &read.transforms[i];

        g_assert_cmpuint(a->proposal, ==, b->proposal);
        g_assert_cmpuint(a->protocol, ==, b->protocol);
        g_assert_cmpuint(a->number, ==, b->number);
        g_assert_cmpuint(a->id, ==, b->id);
        g_assert_true(bytes_equal(a->spi, b->spi));
        g_assert_true(bytes_equal(a->attributes, b->attributes));
    }
}

static void
test_sa_refused(void)
{
    SaPayload sa = sample_sa(), read;
    IsakmpWriter m = begin();
    Bytes body;
    uint8_t *bytes;

    sa_payload_write(&m, &sa);
    body = only_body(&m, PAYLOAD_SA);
    bytes = (uint8_t *) body.data;
    for (size_t len = 0; len < body.len; len++) {
        /* 8: no proposal at all; 60: the first proposal alone */
        if (sa_payload_read(bytes_head(body, len), &read))
            g_assert_true(len == 8 || len == 8 + 12 + 3 * 8 + 2 * 4);
    }
    bytes[3] = 2; /* another DOI */
    g_assert_false(sa_payload_read(body, &read));
    bytes[3] = DOI_IPSEC;
    bytes[7] = 2; /* another situation */
    g_assert_false(sa_payload_read(body, &read));
    bytes[7] = SIT_IDENTITY_ONLY;
    bytes[8 + 6] = SA_MAX_SPI_LEN + 1;
    g_assert_false(sa_payload_read(body, &read));
}

static void
test_sa_limit(void)
{
    for (size_t n = SA_MAX_TRANSFORMS; n <= SA_MAX_TRANSFORMS + 1; n++) {
        Writer w = writer_of(buffer, sizeof(buffer));
        SaPayload read;
        WriterBlock block;

        writer_u32(&w, DOI_IPSEC);
        writer_u32(&w, SIT_IDENTITY_ONLY);
        writer_u16(&w, 0);
        block = writer_begin(&w, 2);
        writer_u32(&w, 1 << 24 | PROTO_ISAKMP << 16 | (uint8_t) n);
        for (size_t i = 0; i < n; i++) {
            writer_u32(&w, 8);
            writer_u32(&w, 0);
        }
        writer_end(&w, block);
        g_assert_cmpint(sa_payload_read(writer_finish(&w), &read), ==, n <= SA_MAX_TRANSFORMS);
    }
}

/* --- ID ----------------------------------------------------------------------------------------
 */

static void
test_id_of_identities(void)
{
    static const char *const texts[] = {
        "192.0.2.1", "2001:db8::1", "gw.example.org", "alice@example.org", "keyid:office"};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(Identity) identity = {0};
        g_auto(Identity) again = {0};
        Writer w = writer_of(buffer, sizeof(buffer));
        IdPayload id, read;

        g_assert_true(identity_from_text(texts[i], &identity));
        id = id_payload_of_identity(&identity);
        id_payload_write(&w, &id);
        g_assert_true(id_payload_read(writer_finish(&w), &read));
        g_assert_cmpuint(read.protocol, ==, 0);
        g_assert_cmpuint(read.port, ==, 0);
        again = id_payload_to_identity(&read);
        g_assert_true(identity_matches(&identity, &again));
        g_assert_cmpint(identity.type, ==, again.type);
    }
}

static void
test_id_of_selectors(void)
{
    static const struct {
        const char *text;
        IdentityType type;
    } selectors[] = {
        {"10.1.2.3", ID_IPV4_ADDR},
        {"10.0.0.0/8", ID_IPV4_ADDR_SUBNET},
        {"0.0.0.0/0", ID_IPV4_ADDR_SUBNET},
        {"10.0.0.5-10.0.0.9", ID_IPV4_ADDR_RANGE},
        {"10.0.0.0/8[tcp/443]", ID_IPV4_ADDR_SUBNET},
        {"fd00::1[udp]", ID_IPV6_ADDR},
        {"fd00::/8", ID_IPV6_ADDR_SUBNET},
        {"fd00::1-fd00::9", ID_IPV6_ADDR_RANGE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(selectors); i++) {
        uint8_t data[32];
        TrafficSelector ts, again;
        Writer w = writer_of(buffer, sizeof(buffer));
        IdPayload id, read;

        g_assert_true(traffic_selector_from_text(selectors[i].text, &ts));
        id = id_payload_of_selector(&ts, data);
        g_assert_cmpint(id.type, ==, selectors[i].type);
        id_payload_write(&w, &id);
        g_assert_true(id_payload_read(writer_finish(&w), &read));
        g_assert_true(id_payload_to_selector(&read, &again));
        g_assert_true(traffic_selector_equal(&ts, &again));
    }
}

/* Every type with every length of data up to 40 bytes: only its own length is taken. */
static void
test_id_lengths(void)
{
    static const size_t lengths[16] = {
        [ID_IPV4_ADDR] = 4,
        [ID_IPV4_ADDR_SUBNET] = 8,
        [ID_IPV4_ADDR_RANGE] = 8,
        [ID_IPV6_ADDR] = 16,
        [ID_IPV6_ADDR_SUBNET] = 32,
        [ID_IPV6_ADDR_RANGE] = 32,
    };
    static const uint8_t zeros[40];

    for (unsigned type = 0; type < 16; type++) {
        for (size_t len = 0; len <= sizeof(zeros); len++) {
            IdPayload id = {.type = (uint8_t) type, .data = bytes_of(zeros, len)};
            TrafficSelector ts;

            g_assert_cmpint(id_payload_to_selector(&id, &ts), ==, len > 0 && len == lengths[type]);
        }
    }
}

static void
test_id_refused(void)
{
    static const uint8_t backwards[] = {10, 0, 0, 9, 10, 0, 0, 5};
    static const uint8_t hole[] = {10, 0, 0, 0, 255, 0, 255, 0};
    static const uint8_t short_id[] = {1, 0, 0};
    IdPayload range = {.type = ID_IPV4_ADDR_RANGE, .data = BYTES_OF_ARRAY(backwards)};
    IdPayload subnet = {.type = ID_IPV4_ADDR_SUBNET, .data = BYTES_OF_ARRAY(hole)};
    TrafficSelector ts;
    IdPayload read;

    g_assert_false(id_payload_to_selector(&range, &ts));
    g_assert_false(id_payload_to_selector(&subnet, &ts));
    g_assert_false(id_payload_read(BYTES_OF_ARRAY(short_id), &read));
    memset(buffer, 'x', MAX_IDENTITY_LEN + 5);
    g_assert_true(id_payload_read(bytes_of(buffer, MAX_IDENTITY_LEN + 4), &read));
    g_assert_false(id_payload_read(bytes_of(buffer, MAX_IDENTITY_LEN + 5), &read));
}

/* --- notifications, deletions, vendor IDs -------------------------------------------------------
 */

static void
test_notification(void)
{
    static const uint8_t spi[16] = {1, 2, 3}, data[] = {0, 0, 0, 7};
    static const NotificationPayload all[] = {
        {.protocol = PROTO_ISAKMP, .type = NOTIFY_NO_PROPOSAL_CHOSEN},
        {.protocol = PROTO_ISAKMP, .spi = {spi, 16}, .type = NOTIFY_R_U_THERE, .data = {data, 4}},
        {.protocol = PROTO_IPSEC_ESP, .spi = {spi, 4}, .type = NOTIFY_RESPONDER_LIFETIME},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        IsakmpWriter m = begin();
        NotificationPayload read;
        Bytes body;

        notification_payload_write(&m, &all[i]);
        body = only_body(&m, PAYLOAD_NOTIFICATION);
        g_assert_true(notification_payload_read(body, &read));
        g_assert_cmpuint(read.protocol, ==, all[i].protocol);
        g_assert_cmpuint(read.type, ==, all[i].type);
        g_assert_true(bytes_equal(read.spi, all[i].spi));
        g_assert_true(bytes_equal(read.data, all[i].data));
        for (size_t len = 0; len < 8 + all[i].spi.len; len++)
            g_assert_false(notification_payload_read(bytes_head(body, len), &read));
    }
    g_assert_cmpstr(notify_type_name(14), ==, "NO-PROPOSAL-CHOSEN");
    g_assert_cmpstr(notify_type_name(36136), ==, "R-U-THERE");
    g_assert_null(notify_type_name(0));
    g_assert_null(notify_type_name(9999));
}

static void
test_deletion(void)
{
    static const uint8_t spis[3][4] = {{1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}};
    DeletePayload deletion = {.protocol = PROTO_IPSEC_ESP, .spi_len = 4, .n = 3}, read;
    IsakmpWriter m = begin();
    Bytes body;

    for (size_t i = 0; i < 3; i++)
        deletion.spis[i] = BYTES_OF_ARRAY(spis[i]);
    delete_payload_write(&m, &deletion);
    body = only_body(&m, PAYLOAD_DELETE);
    g_assert_true(delete_payload_read(body, &read));
    g_assert_cmpuint(read.protocol, ==, PROTO_IPSEC_ESP);
    g_assert_cmpuint(read.n, ==, 3);
    for (size_t i = 0; i < 3; i++)
        g_assert_true(bytes_equal(read.spis[i], BYTES_OF_ARRAY(spis[i])));
    g_assert_false(delete_payload_read(bytes_head(body, body.len - 1), &read));
    ((uint8_t *) body.data)[5] = 0; /* SPIs of no length would never end */
    g_assert_false(delete_payload_read(body, &read));
}

static void
test_deletion_limit(void)
{
    for (size_t n = DELETE_MAX_SPIS; n <= DELETE_MAX_SPIS + 1; n++) {
        Writer w = writer_of(buffer, sizeof(buffer));
        DeletePayload read;

        writer_u32(&w, DOI_IPSEC);
        writer_u32(&w, PROTO_IPSEC_ESP << 24 | 4 << 16 | (uint32_t) n);
        writer_zeros(&w, 4 * n);
        g_assert_cmpint(delete_payload_read(writer_finish(&w), &read), ==, n <= DELETE_MAX_SPIS);
    }
}

static void
test_vendor_ids(void)
{
    for (VendorId id = 0; id < VENDOR_ID_N; id++) {
        Bytes bytes = vendor_id_bytes(id);
        g_autofree uint8_t *changed = g_memdup2(bytes.data, bytes.len);

        g_assert_cmpint(vendor_id_recognise(bytes), ==, id);
        g_assert_nonnull(vendor_id_name(id));
        g_assert_cmpint(vendor_id_recognise(bytes_head(bytes, bytes.len - 1)), ==, VENDOR_ID_N);
        changed[0] ^= 1;
        g_assert_cmpint(vendor_id_recognise(bytes_of(changed, bytes.len)), ==, VENDOR_ID_N);
        changed[0] ^= 1;
        changed[bytes.len - 1] ^= 1; /* DPD's and Unity's last two bytes are a version */
        g_assert_cmpint(vendor_id_recognise(bytes_of(changed, bytes.len)),
                        ==,
                        id == VENDOR_ID_DPD || id == VENDOR_ID_UNITY ? id : VENDOR_ID_N);
    }
    g_assert_cmpint(vendor_id_recognise((Bytes){0}), ==, VENDOR_ID_N);
}

/* --- composition -------------------------------------------------------------------------------
 */

typedef struct {
    const Composition *composition;
    const char *types; /* payload types, one letter each: below */
    bool encrypted;
    bool ok;
} Composed;

/* S SA, K KE, N nonce, I ID, H hash, A attributes, ! notification, D delete, V vendor ID, n NAT-D,
 * C certificate, R certificate request, ? one that nobody knows */
static uint8_t
type_of_letter(char letter)
{
    static const struct {
        char letter;
        uint8_t type;
    } letters[] = {
        {'S', PAYLOAD_SA},
        {'K', PAYLOAD_KE},
        {'N', PAYLOAD_NONCE},
        {'I', PAYLOAD_ID},
        {'H', PAYLOAD_HASH},
        {'A', PAYLOAD_ATTRIBUTES},
        {'!', PAYLOAD_NOTIFICATION},
        {'D', PAYLOAD_DELETE},
        {'V', PAYLOAD_VENDOR_ID},
        {'n', PAYLOAD_NAT_D},
        {'C', PAYLOAD_CERT},
        {'R', PAYLOAD_CR},
        {'?', 200},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(letters); i++) {
        if (letters[i].letter == letter)
            return letters[i].type;
    }
    g_assert_not_reached();
}

static void
test_composition(void)
{
    static const Composed all[] = {
        {&composition_main_2, "S", false, true},
        {&composition_main_2, "SVVV", false, true},
        {&composition_main_2, "S?", false, true},
        {&composition_main_2, "S!", false, true},
        {&composition_main_2, "", false, false},
        {&composition_main_2, "SS", false, false},
        {&composition_main_2, "SK", false, false},
        {&composition_main_2, "S", true, false},
        {&composition_main_4, "KN", false, true},
        {&composition_main_4, "NKnn", false, true},
        {&composition_main_4, "KNRVnnn", false, true},
        {&composition_main_4, "KNnnnnnnnnn", false, false},
        {&composition_main_4, "K", false, false},
        {&composition_main_4, "KNN", false, false},
        {&composition_main_4, "KNS", false, false},
        {&composition_main_6, "IH", true, true},
        {&composition_main_6, "HI!", true, true},
        {&composition_main_6, "IH", false, false},
        {&composition_main_6, "I", true, false},
        {&composition_main_6, "IHC", true, false},
        {&composition_aggressive_2, "SKNIHVVnn", false, true},
        {&composition_aggressive_2, "SKNI", false, false},
        {&composition_aggressive_2, "SKNIHH", false, false},
        {&composition_aggressive_2, "SKNIH", true, false},
        {&composition_transaction, "HA", true, true},
        {&composition_transaction, "AH", true, false},
        {&composition_transaction, "H", true, false},
        {&composition_transaction, "HAA", true, false},
        {&composition_transaction, "HAD", true, false},
        {&composition_quick_1_and_2, "HSNII", true, true},
        {&composition_quick_1_and_2, "HSNKII", true, true},
        {&composition_quick_1_and_2, "HSN", true, true},
        {&composition_quick_1_and_2, "SHN", true, false},
        {&composition_quick_1_and_2, "HSNIII", true, false},
        {&composition_quick_1_and_2, "HSSN", true, false},
        {&composition_quick_1_and_2, "HSNKII!", true, true},
        {&composition_quick_1_and_2, "HSNKKII", true, false},
        {&composition_quick_1_and_2, "HSNII", false, false},
        {&composition_quick_3, "H", true, true},
        {&composition_quick_3, "H!", true, true},
        {&composition_quick_3, "HS", true, false},
        {&composition_quick_3, "", true, false},
        {&composition_informational, "H!", true, true},
        {&composition_informational, "HD", true, true},
        {&composition_informational, "HDD!!", true, true},
        {&composition_informational, "!H", true, false},
        {&composition_informational, "HS", true, false},
        {&composition_informational_clear, "!", false, true},
        {&composition_informational_clear, "D", false, false},
        {&composition_informational_clear, "!", true, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        IsakmpPayloads payloads = {.n = strlen(all[i].types)};
        const char *wrong;

        for (size_t p = 0; p < payloads.n; p++)
            payloads.items[p].type = type_of_letter(all[i].types[p]);
        wrong = composition_problem(all[i].composition, &payloads, all[i].encrypted);
        if ((wrong == NULL) != all[i].ok)
            g_error("row %zu, '%s': %s", i, all[i].types, wrong ? wrong : "taken");
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/header", test_header);
    g_test_add_func("/wire/header-bytes", test_header_bytes);
    g_test_add_func("/wire/header-refused", test_header_refused);
    g_test_add_func("/wire/chain", test_chain);
    g_test_add_func("/wire/padding", test_padding);
    g_test_add_func("/wire/too-many-payloads", test_too_many_payloads);
    g_test_add_func("/wire/chain-refused", test_chain_refused);
    g_test_add_func("/wire/overflow", test_writer_overflow);
    g_test_add_func("/wire/attribute", test_attribute);
    g_test_add_func("/wire/attribute-number", test_attribute_number);
    g_test_add_func("/wire/attributes-payload", test_attributes_payload);
    g_test_add_func("/wire/attributes-padding", test_attributes_padding);
    g_test_add_func("/wire/attributes-limit", test_attributes_limit);
    g_test_add_func("/wire/phase1-attributes", test_phase1_attributes);
    g_test_add_func("/wire/esp-attributes", test_esp_attributes);
    g_test_add_func("/wire/life-durations", test_life_durations);
    g_test_add_func("/wire/sa", test_sa);
    g_test_add_func("/wire/sa-refused", test_sa_refused);
    g_test_add_func("/wire/sa-limit", test_sa_limit);
    g_test_add_func("/wire/id-of-identities", test_id_of_identities);
    g_test_add_func("/wire/id-of-selectors", test_id_of_selectors);
    g_test_add_func("/wire/id-lengths", test_id_lengths);
    g_test_add_func("/wire/id-refused", test_id_refused);
    g_test_add_func("/wire/notification", test_notification);
    g_test_add_func("/wire/deletion", test_deletion);
    g_test_add_func("/wire/deletion-limit", test_deletion_limit);
    g_test_add_func("/wire/vendor-ids", test_vendor_ids);
    g_test_add_func("/wire/composition", test_composition);
    return g_test_run();
}
