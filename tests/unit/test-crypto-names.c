/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/distinguished-name.h"

static const struct {
    const char *text;
    const char *back;
} names[] = {
    {"C=CH, O=strongSwan, CN=gw", "C=CH, O=strongSwan, CN=gw"},
    {"C=CH,O=strongSwan,CN=gw", "C=CH, O=strongSwan, CN=gw"},
    {"CN = gw.example.org ", "CN=gw.example.org"},
    {"O=Smith\\, Jones, CN=x", "O=Smith\\, Jones, CN=x"},
    {"O=\"Smith, Jones\", CN=x", "O=Smith\\, Jones, CN=x"},
    {"CN=a+b", "CN=a\\+b"},
    {"CN=a=b", "CN=a=b"},
    {"CN=Zo\xc3\xab", "CN=Zo\xc3\xab"},
    {"E=me@example.org", "emailAddress=me@example.org"},
    {"DC=example, DC=org, OU=vpn, UID=joe", "DC=example, DC=org, OU=vpn, UID=joe"},
};

static void
test_text_to_der_and_back(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GBytes) der = distinguished_name_encode(names[i].text);
        g_autoptr(GBytes) again = NULL;
        g_autofree char *text = NULL;

        g_assert_nonnull(der);
        text = distinguished_name_to_text(bytes_of_gbytes(der));
        g_assert_cmpstr(text, ==, names[i].back);
        again = distinguished_name_encode(text);
        g_assert_true(g_bytes_equal(der, again));
    }
}

static void
test_der_is_x501(void)
{
    /* SEQUENCE { SET { SEQUENCE { OID 2.5.4.6, PrintableString "CH" } } } */
    const uint8_t expected[] = {
        0x30, 0x0d, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x06, 0x13, 0x02, 'C', 'H'};
    g_autoptr(GBytes) der = distinguished_name_encode("C=CH");
    Bytes view = bytes_of_gbytes(der);

    g_assert_cmpmem(view.data, view.len, expected, sizeof(expected));
}

static void
test_what_is_no_name(void)
{
    const char *const texts[] = {
        "", "gw", "CN=", "CN", "=x", "nosuch=x", "CN=a,", "CN=a,,O=b", ","};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_assert_null(distinguished_name_encode(texts[i]));
    g_assert_null(distinguished_name_encode(NULL));
}

static void
test_der_cut_and_flipped(void)
{
    g_autoptr(GBytes) der = distinguished_name_encode("C=CH, O=strongSwan, CN=gw");
    Bytes view = bytes_of_gbytes(der);
    g_autofree uint8_t *copy = NULL;

    for (size_t len = 0; len < view.len; len++) {
        g_autofree uint8_t *cut = g_memdup2(view.data, len);

        g_assert_null(distinguished_name_to_text(bytes_of(cut, len)));
    }
    copy = g_memdup2(view.data, view.len);
    for (size_t i = 0; i < view.len * 255; i++) {
        uint8_t flip = (uint8_t) (1 + i % 255);
        g_autofree char *text = NULL;

        copy[i / 255] ^= flip;
        text = distinguished_name_to_text(bytes_of(copy, view.len));
        copy[i / 255] ^= flip;
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto/distinguished-name/round-trip", test_text_to_der_and_back);
    g_test_add_func("/crypto/distinguished-name/der", test_der_is_x501);
    g_test_add_func("/crypto/distinguished-name/refused", test_what_is_no_name);
    g_test_add_func("/crypto/distinguished-name/cut-and-flip", test_der_cut_and_flipped);
    return g_test_run();
}
