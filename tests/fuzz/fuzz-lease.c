/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/reader.h"
#include "fuzz/fuzz.h"
#include "ike/lease.h"
#include "ike/limits.h"

#include <string.h>

unsigned fuzz_reached;

static void
store(IkeLease *lease, uint8_t kind, Bytes bytes)
{
    IpAddress address = ip_address_of_bytes(bytes_head(bytes, 4));
    IpAddress netmask = {0};

    switch (kind % 6) {
    case 0:
        ike_lease_add_address(lease->dns, bytes);
        break;
    case 1:
        ike_lease_add_domains(lease, bytes);
        break;
    case 2:
        ike_lease_set_banner(lease, bytes);
        break;
    case 3:
        ike_lease_set_application_version(lease, bytes);
        break;
    case 4:
        if (bytes.len >= 8) {
            netmask = ip_address_of_bytes(bytes_of(bytes.data + 4, 4));
            ike_lease_add_network(lease, address, &netmask);
        }
        break;
    default:
        ike_lease_add_address(lease->nbns, bytes);
        break;
    }
}

static void
assert_printable(const char *text, char also)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (; *text; text++)
        g_assert_true(!g_ascii_iscntrl(*text) || *text == also);
}

static void
check(const IkeLease *lease)
{
    g_assert_cmpuint(lease->dns->len, <=, MAX_LEASE_ITEMS);
    g_assert_cmpuint(lease->split_include->len, <=, MAX_LEASE_ITEMS);
    g_assert_cmpuint(lease->domains->len, <=, MAX_LEASE_ITEMS);
    for (guint i = 0; i < lease->domains->len; i++) {
        const char *domain = lease->domains->pdata[i];

        /* it ends up in resolv.conf */
        g_assert_cmpuint(
            strspn(domain, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"),
            ==,
            strlen(domain));
    }
    if (lease->banner)
        assert_printable(lease->banner, '\n');
    if (lease->application_version)
        assert_printable(lease->application_version, 0);
}

/* Attributes of a configuration, one after the other: kind, length, value. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IkeLease lease = {0};
    bool malformed = false;
    Reader r = reader_of(bytes_of(data, size), &malformed);

    ike_lease_init(&lease);
    while (reader_more(&r)) {
        uint8_t kind = reader_u8(&r);
        size_t len = reader_u8(&r);

        store(&lease, kind, reader_bytes(&r, MIN(len, r.rest.len)));
    }
    check(&lease);
    fuzz_reached += lease.dns->len && lease.domains->len && lease.split_include->len;
    ike_lease_clear(&lease);
    return 0;
}
