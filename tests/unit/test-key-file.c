/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/key-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char *folder;
    EVP_PKEY *key;
    X509 *certificate;
} Files;

static X509 *
certificate_of(EVP_PKEY *key)
{
    X509 *certificate = X509_new();

    X509_set_pubkey(certificate, key);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    g_assert_cmpint(X509_sign(certificate, key, EVP_sha256()), >, 0);
    return certificate;
}

static void
files_make(Files *files, gconstpointer data)
{
    files->folder = g_dir_make_tmp("key-file-XXXXXX", NULL);
    g_assert_nonnull(files->folder);
    files->key = EVP_EC_gen("P-256");
    files->certificate = certificate_of(files->key);
}

static void
files_remove(Files *files, gconstpointer data)
{
    g_autoptr(GDir) dir = g_dir_open(files->folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(files->folder, name, NULL);

        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(files->folder), ==, 0);
    X509_free(files->certificate);
    EVP_PKEY_free(files->key);
    g_free(files->folder);
}

/* Takes over bio. */
static bool
needs(Files *files, BIO *bio)
{
    g_autofree char *path = g_build_filename(files->folder, "file", NULL);
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    bool verdict;

    g_assert_true(g_file_set_contents(path, data, len, NULL));
    BIO_free(bio);
    verdict = key_needs_password(path);
    g_assert_cmpint(g_unlink(path), ==, 0);
    return verdict;
}

static BIO *
memory(void)
{
    return BIO_new(BIO_s_mem());
}

static void
test_pem(Files *files, gconstpointer data)
{
    char password[] = "secret";
    const EVP_CIPHER *cipher = EVP_aes_256_cbc();
    BIO *bio = memory();

    PEM_write_bio_PrivateKey(bio, files->key, NULL, NULL, 0, NULL, NULL);
    g_assert_false(needs(files, bio));
    bio = memory();
    PEM_write_bio_PrivateKey(bio, files->key, cipher, NULL, 0, NULL, password);
    g_assert_true(needs(files, bio));
    bio = memory();
    PEM_write_bio_PrivateKey_traditional(bio, files->key, NULL, NULL, 0, NULL, NULL);
    g_assert_false(needs(files, bio));
    bio = memory();
    PEM_write_bio_PrivateKey_traditional(bio, files->key, cipher, NULL, 0, NULL, password);
    g_assert_true(needs(files, bio));
}

/* The key may stand behind certificates, and behind words. */
static void
test_pem_with_certificate(Files *files, gconstpointer data)
{
    char password[] = "secret";
    BIO *bio = memory();

    PEM_write_bio_X509(bio, files->certificate);
    g_assert_false(needs(files, bio));
    bio = memory();
    BIO_puts(bio, "Bag Attributes\r\n    friendlyName: PRIVATE KEY ENCRYPTED\r\n");
    PEM_write_bio_X509(bio, files->certificate);
    PEM_write_bio_PrivateKey(bio, files->key, EVP_aes_128_cbc(), NULL, 0, NULL, password);
    g_assert_true(needs(files, bio));
    bio = memory();
    BIO_puts(bio, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
    g_assert_false(needs(files, bio));
}

static void
test_der(Files *files, gconstpointer data)
{
    char password[] = "secret";
    BIO *bio = memory();

    i2d_PrivateKey_bio(bio, files->key);
    g_assert_false(needs(files, bio));
    bio = memory();
    i2d_PKCS8PrivateKey_bio(bio, files->key, NULL, NULL, 0, NULL, NULL);
    g_assert_false(needs(files, bio));
    bio = memory();
    i2d_PKCS8PrivateKey_bio(bio, files->key, EVP_aes_256_cbc(), NULL, 0, NULL, password);
    g_assert_true(needs(files, bio));
    bio = memory();
    i2d_X509_bio(bio, files->certificate);
    g_assert_false(needs(files, bio));
}

/* rounds: of its MAC; 0: OpenSSL's; -1: no MAC. */
static BIO *
pkcs12(const Files *files, const char *password, int rounds)
{
    PKCS12 *file =
        PKCS12_create(password, "me", files->key, files->certificate, NULL, 0, 0, 0, rounds, 0);
    BIO *bio = memory();

    g_assert_nonnull(file);
    i2d_PKCS12_bio(bio, file);
    PKCS12_free(file);
    return bio;
}

static void
test_pkcs12(Files *files, gconstpointer data)
{
    g_assert_true(needs(files, pkcs12(files, "secret", 0)));
    g_assert_false(needs(files, pkcs12(files, "", 0)));
    g_assert_false(needs(files, pkcs12(files, NULL, 0)));
    g_assert_true(needs(files, pkcs12(files, "secret", -1)));
}

/* A file that says its MAC takes two thousand million rounds gets none. */
static void
test_pkcs12_endless(Files *files, gconstpointer data)
{
    PKCS12 *file = PKCS12_create("", "me", files->key, files->certificate, NULL, 0, 0, 0, 2, 0);
    const ASN1_INTEGER *rounds = NULL;
    BIO *bio = memory();
    gint64 begin = g_get_monotonic_time();

    PKCS12_get0_mac(NULL, NULL, NULL, &rounds, file);
    ASN1_INTEGER_set((ASN1_INTEGER *) rounds, INT32_MAX);
    i2d_PKCS12_bio(bio, file);
    PKCS12_free(file);
    g_assert_true(needs(files, bio));
    g_assert_cmpint(g_get_monotonic_time() - begin, <, 5 * G_USEC_PER_SEC);
}

/* Whatever is cut off, it ends with an answer. */
static void
test_cut(Files *files, gconstpointer data)
{
    BIO *whole = pkcs12(files, "secret", 0);
    char *content;
    long len = BIO_get_mem_data(whole, &content);

    for (long n = 0; n < len; n += 7) {
        BIO *bio = memory();

        BIO_write(bio, content, (int) n);
        g_assert_false(needs(files, bio));
    }
    BIO_free(whole);
}

/* To open a device is to use it: what is no file is not opened at all. */
static void
test_not_opened(Files *files, gconstpointer data)
{
    g_autofree char *fifo = g_build_filename(files->folder, "fifo", NULL);
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    char event[512];

    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_cmpint(inotify_add_watch(fd, fifo, IN_OPEN), >, 0);
    g_assert_false(key_needs_password(fifo));
    g_assert_cmpint(read(fd, event, sizeof(event)), ==, -1);
    g_assert_cmpint(errno, ==, EAGAIN);
    close(open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    g_assert_cmpint(read(fd, event, sizeof(event)), >, 0);
    close(fd);
}

static void
test_no_file(Files *files, gconstpointer data)
{
    g_autofree char *fifo = g_build_filename(files->folder, "fifo", NULL);
    BIO *large = memory();
    char block[4096];

    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_false(key_needs_password(fifo));
    g_assert_false(key_needs_password(files->folder));
    g_assert_false(key_needs_password("/dev/zero"));
    g_assert_false(key_needs_password("/nonexistent/key.pem"));
    g_assert_false(key_needs_password(""));
    memset(block, '\n', sizeof(block));
    for (int i = 0; i < 257; i++)
        BIO_write(large, block, sizeof(block));
    BIO_puts(large,
             "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    g_assert_false(needs(files, large));
}

static const struct {
    const char *uri;
    const char *token; /* NULL: it says none */
    bool asks;
} uris[] = {
    {"pkcs11:token=Card;id=%01;type=private", "Card", true},
    {"pkcs11:id=%01;token=My%20Card%20%e2%80%9eA%e2%80%9c", "My Card „A“", true},
    {"pkcs11:", NULL, true},
    {"pkcs11:id=%01", NULL, true},
    {"pkcs11:token=", NULL, true},
    {"pkcs11:token=Card?pin-value=1234", "Card", false},
    {"pkcs11:token=Card?module-name=opensc&pin-source=file:/etc/pin", "Card", false},
    {"pkcs11:token=Card?module-name=opensc", "Card", true},
    {"pkcs11:id=1?token=Card", NULL, true},
    {"pkcs11:mytoken=Card", NULL, true},
    {"pkcs11:token=%00Card", NULL, true},
    {"pkcs11:token=a%0ab", NULL, true},
    {"pkcs11:token=%ff%fe", NULL, true},
    {"pkcs11:token=%zz", NULL, true},
    {"PKCS11:token=Card", "Card", true},
    {"/tmp/pkcs11:token=Card", NULL, false},
};

static void
test_uris(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(uris); i++) {
        g_autofree char *token = key_token_name(uris[i].uri);

        g_test_message("%s", uris[i].uri);
        g_assert_cmpstr(token, ==, uris[i].token);
        g_assert_true(key_needs_password(uris[i].uri) == uris[i].asks);
    }
}

#define ADD(path, test) g_test_add(path, Files, NULL, files_make, test, files_remove)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/key-file/pem", test_pem);
    ADD("/key-file/pem-with-certificate", test_pem_with_certificate);
    ADD("/key-file/der", test_der);
    ADD("/key-file/pkcs12", test_pkcs12);
    ADD("/key-file/pkcs12-endless", test_pkcs12_endless);
    ADD("/key-file/cut", test_cut);
    ADD("/key-file/no-file", test_no_file);
    ADD("/key-file/not-opened", test_not_opened);
    g_test_add_func("/key-file/uris", test_uris);
    return g_test_run();
}
