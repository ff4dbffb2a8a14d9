/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/v1/payload-sa.h"

#include "wire/v1/attribute.h"

/* RFC 2408, 3.6: transform #, id, reserved, attributes */
static void
read_transform(Reader *body, SaTransform transform, SaPayload *out)
{
    transform.number = reader_u8(body);
    transform.id = reader_u8(body);
    reader_skip(body, 2);
    transform.attributes = reader_rest(body);
    if (out->n == SA_MAX_TRANSFORMS) {
        reader_reject(body);
        return;
    }
    out->transforms[out->n++] = transform;
}

/* RFC 2408, 3.5: proposal #, protocol, SPI size, number of transforms, SPI, transforms */
static void
read_proposal(Reader *body, SaPayload *out)
{
    SaTransform transform = {0};
    size_t spi_len;

    transform.proposal = reader_u8(body);
    transform.protocol = reader_u8(body);
    spi_len = reader_u8(body);
    reader_skip(body, 1); /* the count: lengths decide */
    transform.spi = reader_bytes(body, spi_len);
    if (spi_len > SA_MAX_SPI_LEN)
        reader_reject(body);
    while (reader_more(body)) {
        Reader inner;

        reader_skip(body, 2);
        inner = reader_block(body, 4);
        read_transform(&inner, transform, out);
    }
}

bool
sa_payload_read(Bytes bytes, SaPayload *out)
{
    bool malformed = false;
    Reader r = reader_of(bytes, &malformed);

    out->n = 0;
    out->doi = reader_u32(&r);
    out->situation = reader_u32(&r);
    while (reader_more(&r)) {
        Reader body;

        reader_skip(&r, 2);
        body = reader_block(&r, 4);
        read_proposal(&body, out);
    }
    return !malformed && out->doi == DOI_IPSEC && out->situation == SIT_IDENTITY_ONLY;
}

static void
write_transform(Writer *w, const SaTransform *transform, bool more)
{
    WriterBlock block;

    writer_u8(w, more ? PAYLOAD_TRANSFORM : PAYLOAD_NONE);
    writer_u8(w, 0);
    block = writer_begin(w, 2);
    writer_u8(w, transform->number);
    writer_u8(w, transform->id);
    writer_u16(w, 0);
    writer_bytes(w, transform->attributes);
    writer_end(w, block);
}

/* How many transforms from the first on belong to its proposal. */
static size_t
same_proposal(const SaTransform *first, size_t n)
{
    size_t same = 1;

    while (same < n && first[same].proposal == first->proposal
           && first[same].protocol == first->protocol)
        same++;
    return same;
}

static void
write_proposal(Writer *w, const SaTransform *transforms, size_t n, bool more)
{
    WriterBlock block;

    writer_u8(w, more ? PAYLOAD_PROPOSAL : PAYLOAD_NONE);
    writer_u8(w, 0);
    block = writer_begin(w, 2);
    writer_u8(w, transforms->proposal);
    writer_u8(w, transforms->protocol);
    writer_u8(w, (uint8_t) transforms->spi.len);
    writer_u8(w, (uint8_t) n);
    writer_bytes(w, transforms->spi);
    for (size_t i = 0; i < n; i++)
        write_transform(w, &transforms[i], i + 1 < n);
    writer_end(w, block);
}

void
sa_payload_write(IsakmpWriter *m, const SaPayload *sa)
{
    WriterBlock block = isakmp_payload_begin(m, PAYLOAD_SA);

    writer_u32(&m->w, sa->doi);
    writer_u32(&m->w, sa->situation);
    for (size_t i = 0, n; i < sa->n; i += n) {
        n = same_proposal(&sa->transforms[i], sa->n - i);
        write_proposal(&m->w, &sa->transforms[i], n, i + n < sa->n);
    }
    isakmp_payload_end(m, block);
}

/* A life type names the unit of the life duration behind it (RFC 2409, appendix A; RFC 2407, 4.5).
 */
enum {
    LIFE_TYPE_SECONDS = 1,
    LIFE_TYPE_KILOBYTES = 2,
};

typedef struct {
    uint64_t type;
    uint32_t *seconds;
    uint32_t *kilobytes;
} Life;

static void
life_set(Life *life, uint64_t duration)
{
    uint32_t capped = (uint32_t) MIN(duration, UINT32_MAX);

    if (life->type == LIFE_TYPE_SECONDS)
        *life->seconds = capped;
    else if (life->type == LIFE_TYPE_KILOBYTES)
        *life->kilobytes = capped;
}

static void
write_life(Writer *w, uint16_t type, uint16_t unit, uint32_t duration)
{
    if (duration == 0)
        return;
    attribute_write_basic(w, type, unit);
    attribute_write_number(w, type + 1, duration);
}

enum {
    PHASE1_ENCRYPTION = 1,
    PHASE1_HASH = 2,
    PHASE1_AUTH_METHOD = 3,
    PHASE1_GROUP = 4,
    PHASE1_LIFE_TYPE = 11,
    PHASE1_LIFE_DURATION = 12,
    PHASE1_KEY_LENGTH = 14,
};

static void
phase1_attribute_take(Phase1Attributes *out, Life *life, const Attribute *attribute)
{
    switch (attribute->type) {
    case PHASE1_ENCRYPTION:
        out->encryption = attribute->value;
        break;
    case PHASE1_HASH:
        out->hash = attribute->value;
        break;
    case PHASE1_AUTH_METHOD:
        out->auth_method = attribute->value;
        break;
    case PHASE1_GROUP:
        out->group = attribute->value;
        break;
    case PHASE1_LIFE_TYPE:
        life->type = attribute_number(attribute);
        break;
    case PHASE1_LIFE_DURATION:
        life_set(life, attribute_number(attribute));
        break;
    case PHASE1_KEY_LENGTH:
        out->key_bits = attribute->value;
        break;
    default: /* RFC 2409, appendix A: not for us to judge here */
        break;
    }
}

bool
phase1_attributes_read(Bytes attributes, Phase1Attributes *out)
{
    bool malformed = false;
    Reader r = reader_of(attributes, &malformed);
    Life life = {0, &out->life_seconds, &out->life_kilobytes};

    *out = (Phase1Attributes){0};
    while (reader_more(&r)) {
        Attribute attribute = attribute_read(&r);

        phase1_attribute_take(out, &life, &attribute);
    }
    return !malformed;
}

void
phase1_attributes_write(Writer *w, const Phase1Attributes *attributes)
{
    attribute_write_basic(w, PHASE1_ENCRYPTION, attributes->encryption);
    if (attributes->key_bits)
        attribute_write_basic(w, PHASE1_KEY_LENGTH, attributes->key_bits);
    attribute_write_basic(w, PHASE1_HASH, attributes->hash);
    attribute_write_basic(w, PHASE1_GROUP, attributes->group);
    attribute_write_basic(w, PHASE1_AUTH_METHOD, attributes->auth_method);
    write_life(w, PHASE1_LIFE_TYPE, LIFE_TYPE_SECONDS, attributes->life_seconds);
    write_life(w, PHASE1_LIFE_TYPE, LIFE_TYPE_KILOBYTES, attributes->life_kilobytes);
}

enum {
    ESP_LIFE_TYPE = 1,
    ESP_LIFE_DURATION = 2,
    ESP_GROUP = 3,
    ESP_ENCAPSULATION_MODE = 4,
    ESP_AUTH = 5,
    ESP_KEY_LENGTH = 6,
};

static void
esp_attribute_take(EspAttributes *out, Life *life, const Attribute *attribute)
{
    switch (attribute->type) {
    case ESP_LIFE_TYPE:
        life->type = attribute_number(attribute);
        break;
    case ESP_LIFE_DURATION:
        life_set(life, attribute_number(attribute));
        break;
    case ESP_GROUP:
        out->group = attribute->value;
        break;
    case ESP_ENCAPSULATION_MODE:
        out->encapsulation = attribute->value;
        break;
    case ESP_AUTH:
        out->auth = attribute->value;
        break;
    case ESP_KEY_LENGTH:
        out->key_bits = attribute->value;
        break;
    default:
        break;
    }
}

bool
esp_attributes_read(Bytes attributes, EspAttributes *out)
{
    bool malformed = false;
    Reader r = reader_of(attributes, &malformed);
    Life life = {0, &out->life_seconds, &out->life_kilobytes};

    *out = (EspAttributes){0};
    while (reader_more(&r)) {
        Attribute attribute = attribute_read(&r);

        esp_attribute_take(out, &life, &attribute);
    }
    return !malformed;
}

void
esp_attributes_write(Writer *w, const EspAttributes *attributes)
{
    write_life(w, ESP_LIFE_TYPE, LIFE_TYPE_SECONDS, attributes->life_seconds);
    write_life(w, ESP_LIFE_TYPE, LIFE_TYPE_KILOBYTES, attributes->life_kilobytes);
    if (attributes->group)
        attribute_write_basic(w, ESP_GROUP, attributes->group);
    attribute_write_basic(w, ESP_ENCAPSULATION_MODE, attributes->encapsulation);
    if (attributes->auth)
        attribute_write_basic(w, ESP_AUTH, attributes->auth);
    if (attributes->key_bits)
        attribute_write_basic(w, ESP_KEY_LENGTH, attributes->key_bits);
}
