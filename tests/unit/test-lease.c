/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/lease.h"
#include "ike/limits.h"

#include <string.h>

/* What a gateway assigns is a stranger's choice: it is bounded and fit for resolv.conf, the log and
 * a person's screen. */

typedef IkeLease Lease;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lease, ike_lease_clear)

static IpAddress
address(const char *text)
{
    IpAddress out;

    g_assert_true(ip_address_from_text(text, &out));
    return out;
}

static void
add_address(GArray *list, const char *text)
{
    IpAddress a = address(text);

    ike_lease_add_address(list, ip_address_view(&a));
}

static void
test_addresses(void)
{
    g_auto(Lease) lease = {0};
    uint8_t odd[5] = {1, 2, 3, 4, 5};

    ike_lease_init(&lease);
    add_address(lease.dns, "10.0.0.1");
    add_address(lease.dns, "10.0.0.2");
    add_address(lease.dns, "10.0.0.1"); /* again */
    add_address(lease.dns, "0.0.0.0");  /* none */
    add_address(lease.dns, "::");
    ike_lease_add_address(lease.dns, BYTES_OF_ARRAY(odd));
    ike_lease_add_address(lease.dns, (Bytes){0});
    g_assert_cmpuint(lease.dns->len, ==, 2);
    add_address(lease.dns, "fd00::1");
    g_assert_cmpuint(lease.dns->len, ==, 3);
}

static void
test_limits(void)
{
    g_auto(Lease) lease = {0};

    ike_lease_init(&lease);
    for (unsigned i = 0; i < 3 * MAX_LEASE_ITEMS; i++) {
        IpAddress a = address("10.0.0.1"), mask = address("255.255.255.255");
        g_autofree char *name = g_strdup_printf("d%u.example.org", i);

        a.bytes[2] = (uint8_t) i;
        ike_lease_add_address(lease.dns, ip_address_view(&a));
        ike_lease_add_network(&lease, a, &mask);
        ike_lease_add_domains(&lease, bytes_of_text(name));
    }
    g_assert_cmpuint(lease.dns->len, ==, MAX_LEASE_ITEMS);
    g_assert_cmpuint(lease.split_include->len, ==, MAX_LEASE_ITEMS);
    g_assert_cmpuint(lease.domains->len, ==, MAX_LEASE_ITEMS);
}

static void
test_networks(void)
{
    g_auto(Lease) lease = {0};
    IpAddress host = address("10.1.2.3"), mask = address("255.255.0.0"),
              hole = address("255.0.255.0");
    g_autofree char *text = NULL;

    ike_lease_init(&lease);
    ike_lease_add_network(&lease, host, &hole);
    g_assert_cmpuint(lease.split_include->len, ==, 0);
    ike_lease_add_network(&lease, host, &mask);
    text = ip_prefix_to_text(&g_array_index(lease.split_include, IpPrefix, 0));
    g_assert_cmpstr(text, ==, "10.1.0.0/16"); /* host bits cleared */
}

static char *
domains_of(Bytes text)
{
    g_auto(Lease) lease = {0};
    GString *joined = g_string_new(NULL);

    ike_lease_init(&lease);
    ike_lease_add_domains(&lease, text);
    for (guint i = 0; i < lease.domains->len; i++)
        g_string_append_printf(joined, "%s%s", i ? " " : "", (char *) lease.domains->pdata[i]);
    return g_string_free(joined, FALSE);
}

static void
test_domains(void)
{
    static const struct {
        const char *text, *domains;
    } lists[] = {
        {"example.org", "example.org"},
        {"a.example,b.example c.example\tb.example", "a.example b.example c.example"},
        {"", ""},
        {" , ,", ""},
        {"-x.example", ""},
        {".example", ""},
        {"exa$mple.org", ""},
        {"good.example, nameserver\n10.6.6.6;evil, _srv.example",
         "good.example nameserver _srv.example"},
        {"\xc3\xa9.example", ""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autofree char *domains = domains_of(bytes_of_text(lists[i].text));

        /* a name of digits and dots is a name too */
        if (strstr(lists[i].text, "10.6.6.6"))
            g_assert_null(strchr(domains, ';'));
        else
            g_assert_cmpstr(domains, ==, lists[i].domains);
    }
}

static void
test_long_domain(void)
{
    g_autofree char *longest = g_strnfill(253, 'a');
    g_autofree char *longer = g_strnfill(254, 'a');
    g_autofree char *taken = domains_of(bytes_of_text(longest));
    g_autofree char *refused = domains_of(bytes_of_text(longer));

    g_assert_cmpstr(taken, ==, longest);
    g_assert_cmpstr(refused, ==, "");
}

/* An attribute without a value, as RFC 2408's variable format can have it. */
static void
test_no_domain(void)
{
    g_autofree char *domains = domains_of((Bytes){0});

    g_assert_cmpstr(domains, ==, "");
}

/* Apart by zeros too, as the header says, and as some gateways send several. */
static void
test_domains_apart_by_zeros(void)
{
    static const uint8_t two[] = "a.example\0b.example";
    g_autofree char *domains = domains_of(bytes_of(two, sizeof(two) - 1));

    g_assert_cmpstr(domains, ==, "a.example b.example");
}

static void
test_banner(void)
{
    static const uint8_t dirty[] = "Welcome\r\n\x1b[31mred\x07 \xff\xfe end\n\n";
    g_auto(Lease) lease = {0};
    g_autofree char *endless = g_strnfill(2 * MAX_BANNER_LEN, 'x');

    ike_lease_init(&lease);
    ike_lease_set_banner(&lease, (Bytes){0});
    g_assert_null(lease.banner);
    ike_lease_set_banner(&lease, bytes_of(dirty, sizeof(dirty) - 1));
    g_assert_true(g_utf8_validate(lease.banner, -1, NULL));
    g_assert_null(strchr(lease.banner, '\x1b'));
    g_assert_null(strchr(lease.banner, '\r'));
    g_assert_nonnull(strstr(lease.banner, "Welcome"));
    g_assert_true(g_str_has_suffix(lease.banner, "end"));
    ike_lease_set_banner(&lease, bytes_of_text(endless));
    g_assert_cmpuint(strlen(lease.banner), ==, MAX_BANNER_LEN);
    ike_lease_set_banner(&lease, bytes_of_text(" \n "));
    g_assert_null(lease.banner);
}

static void
test_application_version(void)
{
    g_auto(Lease) lease = {0};
    g_autofree char *endless = g_strnfill(1000, 'x');

    ike_lease_init(&lease);
    ike_lease_set_application_version(&lease, bytes_of_text("Gate\n9"));
    g_assert_cmpstr(lease.application_version, ==, "Gate?9");
    ike_lease_set_application_version(&lease, bytes_of_text(endless));
    g_assert_cmpuint(strlen(lease.application_version), <=, 200);
    ike_lease_set_application_version(&lease, (Bytes){0});
    g_assert_null(lease.application_version);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lease/addresses", test_addresses);
    g_test_add_func("/lease/limits", test_limits);
    g_test_add_func("/lease/networks", test_networks);
    g_test_add_func("/lease/domains", test_domains);
    g_test_add_func("/lease/long-domain", test_long_domain);
    g_test_add_func("/lease/no-domain", test_no_domain);
    g_test_add_func("/lease/domains-apart-by-zeros", test_domains_apart_by_zeros);
    g_test_add_func("/lease/banner", test_banner);
    g_test_add_func("/lease/application-version", test_application_version);
    return g_test_run();
}
