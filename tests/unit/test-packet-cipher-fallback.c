/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "crypto/packet-cipher.h"

#include <dlfcn.h>
#include <string.h>

/* Run with lib/fake-ipsec-mb.c in the place of the multi-buffer library: whatever is wrong with it,
 * OpenSSL does the work, and the log says why. */

enum { TEXT_LEN = 64 };

static GString *logged;

static void
keep_log(LogLevel level, const char *line)
{
    g_string_append_printf(logged, "%s\n", line);
}

static void
check_suite(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    static const uint8_t keymat[256] = {7};
    PacketCipherParameters parameters = {
        .encryption = encryption,
        .integrity = integrity,
        .keymat = bytes_of(keymat, packet_cipher_keymat_len(encryption, integrity)),
        .implementation = PACKET_CIPHER_MULTI_BUFFER,
    };
    uint8_t packet[256] = {1, 2, 3}, before[256];
    PacketCipherItem item = {.packet = packet, .text_len = TEXT_LEN};
    uint8_t *text = packet + PACKET_CIPHER_HEADER_LEN + encryption->iv_len;
    g_autoptr(PacketCipher) seal = NULL;
    g_autoptr(PacketCipher) open = NULL;

    memcpy(before, text, TEXT_LEN);
    g_assert_null(packet_cipher_new(&parameters));
    parameters.implementation = PACKET_CIPHER_FASTEST;
    seal = packet_cipher_new(&parameters);
    parameters.direction = PACKET_CIPHER_OPEN;
    open = packet_cipher_new(&parameters);
    g_assert_cmpint(packet_cipher_implementation(seal), ==, PACKET_CIPHER_EVP);
    g_assert_cmpint(packet_cipher_implementation(open), ==, PACKET_CIPHER_EVP);
    g_assert_true(packet_cipher_seal(seal, &item, 1));
    g_assert_true(memcmp(text, before, TEXT_LEN) != 0);
    packet_cipher_open(open, &item, 1);
    g_assert_true(item.ok);
    g_assert_cmpmem(text, TEXT_LEN, before, TEXT_LEN);
}

static void
test_openssl_does_the_work(void)
{
    for (size_t i = 0; encryption_at(i); i++) {
        if (encryption_at(i)->icv_len > 0)
            check_suite(encryption_at(i), NULL);
        for (size_t j = 0; encryption_at(i)->icv_len == 0 && integrity_at(j); j++)
            check_suite(encryption_at(i), integrity_at(j));
    }
}

static void
test_the_log_says_why(void)
{
    static const struct {
        const char *mode, *line;
    } lines[] = {
        {"version", "not what this was built for"},
        {"processor", "does not work on this processor"},
        {"failing", "lacks aes256 with sha512 or does it wrongly"},
        {"idle", "lacks aes128gcm16 or does it wrongly"},
    };
    const char *mode = g_getenv("FAKE_IPSEC_MB");

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        bool said = strstr(logged->str, lines[i].line) != NULL;

        if (strcmp(mode, lines[i].mode) == 0)
            g_assert_true(said);
    }
}

static void
test_it_is_the_fake(void)
{
    void *handle = dlopen(IPSEC_MB_SONAME, RTLD_NOW);

    g_assert_nonnull(handle);
    g_assert_nonnull(dlsym(handle, "fake_ipsec_mb"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    logged = g_string_new(NULL);
    log_set_writer(keep_log);
    g_test_add_func("/packet-cipher/fallback/fake", test_it_is_the_fake);
    g_test_add_func("/packet-cipher/fallback/works", test_openssl_does_the_work);
    g_test_add_func("/packet-cipher/fallback/log", test_the_log_says_why);
    return g_test_run();
}
