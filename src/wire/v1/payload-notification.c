/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/v1/payload-notification.h"

#include "wire/v1/payload-sa.h"

bool
notification_payload_read(Bytes body, NotificationPayload *out)
{
    bool malformed = false;
    Reader r = reader_of(body, &malformed);
    uint32_t doi = reader_u32(&r);
    size_t spi_len;

    out->protocol = reader_u8(&r);
    spi_len = reader_u8(&r);
    out->type = reader_u16(&r);
    out->spi = reader_bytes(&r, spi_len);
    out->data = reader_rest(&r);
    /* DOI 0 is ISAKMP's own; some gateways use it for errors of phase 1 (RFC 2408, 3.14) */
    return !malformed && (doi == DOI_IPSEC || doi == 0);
}

void
notification_payload_write(IsakmpWriter *m, const NotificationPayload *notification)
{
    WriterBlock block = isakmp_payload_begin(m, PAYLOAD_NOTIFICATION);

    writer_u32(&m->w, DOI_IPSEC);
    writer_u8(&m->w, notification->protocol);
    writer_u8(&m->w, (uint8_t) notification->spi.len);
    writer_u16(&m->w, notification->type);
    writer_bytes(&m->w, notification->spi);
    writer_bytes(&m->w, notification->data);
    isakmp_payload_end(m, block);
}

const char *
notify_type_name(unsigned type)
{
    static const struct {
        unsigned type;
        const char *name;
    } names[] = {
        {NOTIFY_INVALID_PAYLOAD_TYPE, "INVALID-PAYLOAD-TYPE"},
        {NOTIFY_INVALID_COOKIE, "INVALID-COOKIE"},
        {NOTIFY_INVALID_EXCHANGE_TYPE, "INVALID-EXCHANGE-TYPE"},
        {NOTIFY_INVALID_SPI, "INVALID-SPI"},
        {NOTIFY_ATTRIBUTES_NOT_SUPPORTED, "ATTRIBUTES-NOT-SUPPORTED"},
        {NOTIFY_UNSUPPORTED_EXCHANGE_TYPE, "UNSUPPORTED-EXCHANGE-TYPE"},
        {NOTIFY_NO_PROPOSAL_CHOSEN, "NO-PROPOSAL-CHOSEN"},
        {NOTIFY_BAD_PROPOSAL_SYNTAX, "BAD-PROPOSAL-SYNTAX"},
        {NOTIFY_PAYLOAD_MALFORMED, "PAYLOAD-MALFORMED"},
        {NOTIFY_INVALID_KEY_INFORMATION, "INVALID-KEY-INFORMATION"},
        {NOTIFY_INVALID_ID_INFORMATION, "INVALID-ID-INFORMATION"},
        {NOTIFY_INVALID_HASH_INFORMATION, "INVALID-HASH-INFORMATION"},
        {NOTIFY_AUTHENTICATION_FAILED, "AUTHENTICATION-FAILED"},
        {NOTIFY_RESPONDER_LIFETIME, "RESPONDER-LIFETIME"},
        {NOTIFY_REPLAY_STATUS, "REPLAY-STATUS"},
        {NOTIFY_INITIAL_CONTACT, "INITIAL-CONTACT"},
        {NOTIFY_R_U_THERE, "R-U-THERE"},
        {NOTIFY_R_U_THERE_ACK, "R-U-THERE-ACK"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].type == type)
            return names[i].name;
    }
    return NULL;
}

bool
delete_payload_read(Bytes body, DeletePayload *out)
{
    bool malformed = false;
    Reader r = reader_of(body, &malformed);
    uint32_t doi = reader_u32(&r);

    out->protocol = reader_u8(&r);
    out->spi_len = reader_u8(&r);
    reader_skip(&r, 2); /* the count: lengths decide */
    out->n = 0;
    if (out->spi_len == 0)
        return false;
    while (reader_more(&r)) {
        if (out->n == DELETE_MAX_SPIS)
            return false;
        out->spis[out->n++] = reader_bytes(&r, out->spi_len);
    }
    return !malformed && (doi == DOI_IPSEC || doi == 0);
}

void
delete_payload_write(IsakmpWriter *m, const DeletePayload *deletion)
{
    WriterBlock block = isakmp_payload_begin(m, PAYLOAD_DELETE);

    writer_u32(&m->w, DOI_IPSEC);
    writer_u8(&m->w, deletion->protocol);
    writer_u8(&m->w, (uint8_t) deletion->spi_len);
    writer_u16(&m->w, (uint16_t) deletion->n);
    for (size_t i = 0; i < deletion->n; i++)
        writer_bytes(&m->w, deletion->spis[i]);
    isakmp_payload_end(m, block);
}
