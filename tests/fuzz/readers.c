/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz/readers.h"

#include "wire/v1/payload-attributes.h"
#include "wire/v1/payload-id.h"
#include "wire/v1/payload-notification.h"
#include "wire/v1/payload-sa.h"
#include "wire/v1/vendor-id.h"

#include <string.h>

static uint8_t buffer[ISAKMP_MAX_MESSAGE];

static IsakmpWriter
begin(void)
{
    return isakmp_writer_begin(buffer, sizeof(buffer), &(IsakmpHeader){0});
}

static unsigned
read_sa(Bytes body)
{
    SaPayload sa;
    IsakmpWriter m = begin();

    if (!sa_payload_read(body, &sa))
        return 0;
    for (size_t i = 0; i < sa.n; i++) {
        Phase1Attributes phase1;
        EspAttributes esp;

        phase1_attributes_read(sa.transforms[i].attributes, &phase1);
        esp_attributes_read(sa.transforms[i].attributes, &esp);
    }
    sa_payload_write(&m, &sa);
    isakmp_writer_finish(&m, 0);
    return 1;
}

/* A selector that was read comes back the same. */
static void
selector_there_and_back(const TrafficSelector *ts)
{
    uint8_t data[32];
    IdPayload id = id_payload_of_selector(ts, data);
    TrafficSelector again;

    g_assert_true(id_payload_to_selector(&id, &again));
    g_assert_true(traffic_selector_equal(ts, &again));
}

static unsigned
read_id(Bytes body)
{
    IdPayload id;
    TrafficSelector ts;
    g_auto(Identity) identity = {0};
    g_autofree char *text = NULL;

    if (!id_payload_read(body, &id))
        return 0;
    if (id_payload_to_selector(&id, &ts))
        selector_there_and_back(&ts);
    identity = id_payload_to_identity(&id);
    text = identity_to_text(&identity);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    return 1;
}

static unsigned
read_attributes(Bytes body)
{
    AttributesPayload cfg;
    IsakmpWriter m = begin();

    if (!attributes_payload_read(body, &cfg))
        return 0;
    for (size_t i = 0; i < cfg.n; i++) {
        attribute_number(&cfg.attributes[i]);
        g_assert_nonnull(attributes_payload_find(&cfg, cfg.attributes[i].type));
    }
    attributes_payload_write(&m, &cfg);
    return 1;
}

static unsigned
read_notices(Bytes body)
{
    NotificationPayload notification;
    DeletePayload deletion;
    IsakmpWriter m = begin();
    unsigned n = 0;

    if (notification_payload_read(body, &notification)) {
        notification_payload_write(&m, &notification);
        n++;
    }
    if (delete_payload_read(body, &deletion)) {
        delete_payload_write(&m, &deletion);
        n++;
    }
    return n;
}

unsigned
read_by_all(Bytes body)
{
    vendor_id_recognise(body);
    return read_sa(body) + read_id(body) + read_attributes(body) + read_notices(body);
}
