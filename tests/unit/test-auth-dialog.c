/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/vpn-type.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* The real program, as those who start it see it: options, standard input and output, exit status.
 * AUTH_DIALOG is where it is. No keyring, no display. */

typedef struct {
    int status; /* -1: it still runs */
    char *out;
    char *err;
} Ended;

static void
ended_clear(Ended *ended)
{
    g_free(ended->out);
    g_free(ended->err);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Ended, ended_clear)

static GSubprocess *
start(const char *const *options, const char *environment)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                  | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    static const char *const unset[] = {
        "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "LANGUAGE"};
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) error = NULL;
    GSubprocess *process;

    for (size_t i = 0; i < G_N_ELEMENTS(unset); i++)
        g_subprocess_launcher_unsetenv(launcher, unset[i]);
    g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
    if (environment)
        g_subprocess_launcher_setenv(launcher, environment, "1", TRUE);
    g_strv_builder_add(builder, g_getenv("AUTH_DIALOG"));
    for (; *options; options++)
        g_strv_builder_add(builder, *options);
    argv = g_strv_builder_end(builder);
    process = g_subprocess_launcher_spawnv(launcher, (const char *const *) argv, &error);
    g_assert_no_error(error);
    return process;
}

static char *
text_of(GBytes *bytes)
{
    gsize len;
    const char *data = g_bytes_get_data(bytes, &len);

    return g_strndup(data ? data : "", len);
}

static Ended
run(const char *const *options, const char *input, gssize len, const char *environment)
{
    g_autoptr(GSubprocess) process = start(options, environment);
    g_autoptr(GBytes) in = g_bytes_new(input, len < 0 ? strlen(input) : (gsize) len);
    g_autoptr(GBytes) out = NULL;
    g_autoptr(GBytes) err = NULL;
    Ended ended;

    g_assert_true(g_subprocess_communicate(process, in, NULL, &out, &err, NULL));
    g_assert_true(g_subprocess_get_if_exited(process));
    ended.status = g_subprocess_get_exit_status(process);
    ended.out = text_of(out);
    ended.err = text_of(err);
    return ended;
}

#define UUID "12345678-1234-4234-8234-123456789abc"
#define WHO "-u", UUID, "-n", "work", "-s", NM_IKE_SERVICE
#define DATA(key, value) "DATA_KEY=" key "\nDATA_VAL=" value "\n\n"
#define SECRET(key, value) "SECRET_KEY=" key "\nSECRET_VAL=" value "\n\n"
#define PROFILE DATA("ike-version", "1") DATA("gateway", "vpn.example.org") DATA("user", "alice")
#define KNOWN PROFILE SECRET("password", "correct horse") SECRET("psk", "battery")
#define DONE "DONE\n\n"
#define QUIT "QUIT\n\n"

static const char *const plain[] = {WHO, NULL};
static const char *const interactive[] = {WHO, "-i", NULL};
static const char *const external[] = {WHO, "--external-ui-mode", "-i", NULL};

static GKeyFile *
key_file_of(const Ended *ended)
{
    GKeyFile *file = g_key_file_new();

    g_assert_cmpstr(ended->err, ==, "");
    g_assert_cmpint(ended->status, ==, 0);
    g_assert_true(g_key_file_load_from_data(file, ended->out, strlen(ended->out), 0, NULL));
    return file;
}

static bool
is_asked(GKeyFile *file, const char *key)
{
    return g_key_file_has_group(file, key) && g_key_file_get_boolean(file, key, "ShouldAsk", NULL);
}

static void
test_lines(void)
{
    g_auto(Ended) ended = run(plain, KNOWN DONE QUIT, -1, NULL);

    g_assert_cmpint(ended.status, ==, 0);
    g_assert_cmpstr(ended.out, ==, "password\ncorrect horse\npsk\nbattery\n\n\n");
    g_assert_cmpstr(ended.err, ==, "");
}

/* It waits until its answer was read; a closed pipe says so too. */
static void
test_waits_for_quit(void)
{
    g_autoptr(GSubprocess) process = start(plain, NULL);
    GOutputStream *in = g_subprocess_get_stdin_pipe(process);
    GInputStream *out = g_subprocess_get_stdout_pipe(process);
    static const char input[] = KNOWN DONE;
    static const char quit[] = QUIT;
    char answer[256] = {0};

    g_assert_true(g_output_stream_write_all(in, input, strlen(input), NULL, NULL, NULL));
    g_assert_cmpint(g_input_stream_read(out, answer, sizeof(answer) - 1, NULL, NULL), >, 0);
    g_assert_true(g_str_has_prefix(answer, "password\ncorrect horse\n"));
    g_usleep(100 * 1000);
    g_assert_nonnull(g_subprocess_get_identifier(process));
    /* In two pieces. */
    g_assert_true(g_output_stream_write_all(in, quit, 2, NULL, NULL, NULL));
    g_usleep(50 * 1000);
    g_assert_nonnull(g_subprocess_get_identifier(process));
    g_assert_true(g_output_stream_write_all(in, quit + 2, 4, NULL, NULL, NULL));
    g_assert_true(g_subprocess_wait(process, NULL, NULL));
    g_assert_true(g_subprocess_get_successful(process));
}

static void
test_external_ui(void)
{
    g_auto(Ended) ended =
        run(external, PROFILE SECRET("psk", "battery") DATA("password-flags", "2") DONE, -1, NULL);
    g_autoptr(GKeyFile) file = key_file_of(&ended);
    g_autofree char *title = g_key_file_get_string(file, "VPN Plugin UI", "Title", NULL);
    g_autofree char *psk = g_key_file_get_string(file, "psk", "Value", NULL);

    g_assert_cmpstr(title, ==, "Authenticate VPN work");
    g_assert_cmpstr(psk, ==, "battery");
    g_assert_true(is_asked(file, "password"));
    g_assert_false(is_asked(file, "psk"));
    g_assert_false(g_key_file_has_group(file, "user"));
    g_assert_false(g_key_file_has_group(file, "answer"));
}

/* A question of the gateway's own: its words, and an answer that nobody knew before. */
static void
test_hints(void)
{
    const char *const options[] = {WHO,
                                   "--external-ui-mode",
                                   "-i",
                                   "-t",
                                   "answer",
                                   "-t",
                                   "x-vpn-message:Next\n[code]\n=",
                                   NULL};
    g_auto(Ended) ended =
        run(options, KNOWN DATA("answer-flags", "2") SECRET("answer", "old") DONE, -1, NULL);
    g_autoptr(GKeyFile) file = key_file_of(&ended);
    g_autofree char *words = g_key_file_get_string(file, "VPN Plugin UI", "Description", NULL);
    g_autofree char *answer = g_key_file_get_string(file, "answer", "Value", NULL);

    g_assert_cmpstr(words, ==, "Next\n[code]\n=");
    g_assert_cmpstr(answer, ==, "");
    g_assert_true(is_asked(file, "answer"));
    g_assert_false(is_asked(file, "password"));
}

/* A secret with anything in it is one value. */
static void
test_hostile_values(void)
{
    g_autoptr(GString) input = g_string_new(PROFILE);
    g_autofree char *psk = g_strnfill(200 * 1000, 'x');

    g_string_append_printf(input, "SECRET_KEY=psk\nSECRET_VAL=%s\n\n", psk);
    g_string_append(input, SECRET("password", "[psk] Value=1;\\n\\s „x“"));
    g_string_append(input, "NONSENSE\nDATA_VAL=without a key\n\nDATA_KEY=\nDATA_VAL=\n\n" DONE);
    {
        g_auto(Ended) ended = run(external, input->str, -1, NULL);
        g_autoptr(GKeyFile) file = key_file_of(&ended);
        g_autofree char *read = g_key_file_get_string(file, "psk", "Value", NULL);

        g_assert_cmpstr(read, ==, psk);
        g_assert_false(is_asked(file, "psk"));
    }
}

static void
must_refuse(const Ended *ended, const char *sentence)
{
    g_assert_cmpint(ended->status, ==, 1);
    g_assert_cmpstr(ended->out, ==, "");
    g_assert_nonnull(strstr(ended->err, sentence));
}

static void
test_refuses(void)
{
    static const char *const foreign[] = {
        "-u", UUID, "-n", "x", "-s", "org.freedesktop.NetworkManager.vpnc", NULL};
    static const char *const nothing[] = {NULL};
    static const char *const unknown[] = {WHO, "--fly", NULL};
    g_auto(Ended) no_options = run(nothing, DONE, -1, NULL);
    g_auto(Ended) no_such_option = run(unknown, DONE, -1, NULL);
    g_auto(Ended) other_service = run(foreign, DONE, -1, NULL);
    g_auto(Ended) no_window = run(interactive, PROFILE DONE, -1, NULL);

    must_refuse(&no_options, "--uuid, --name and --service are needed");
    must_refuse(&no_such_option, "--fly");
    must_refuse(&other_service, "org.freedesktop.NetworkManager.ike only");
    must_refuse(&no_window, "no window can be opened here");
}

/* Whatever comes instead of a profile, it ends. */
static void
test_bad_input(void)
{
    static const struct {
        const char *text;
        gssize len;
    } inputs[] = {
        {"", 0},
        {"DATA_KEY=gateway\n", -1},
        {"\0\0\0\0DONE\n", 9},
        {"DONE", -1},
        {"DATA_VAL=x\nDATA_VAL=y\nDONE\n\n", -1},
        {"SECRET_KEY=a\0b\nSECRET_VAL=c\n\nDONE\n\n", 34},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(inputs); i++) {
        g_auto(Ended) ended = run(external, inputs[i].text, inputs[i].len, NULL);

        g_assert_cmpint(ended.status, <=, 1);
    }
}

static bool
asks_for_key_password(const char *path)
{
    g_autofree char *input = g_strdup_printf(
        DATA("method", "cert") DATA("key", "%s") DATA("key-password-flags", "1") DONE, path);
    g_auto(Ended) ended = run(external, input, -1, NULL);
    g_autoptr(GKeyFile) file = key_file_of(&ended);

    return is_asked(file, "key-password");
}

/* Only for a key that is really encrypted. */
static void
test_key_password(void)
{
    g_autofree char *path = NULL;
    char password[] = "secret";
    EVP_PKEY *key = EVP_EC_gen("P-256");
    int fd = g_file_open_tmp("key-XXXXXX", &path, NULL);
    BIO *file = BIO_new_fd(fd, BIO_NOCLOSE);

    PEM_write_bio_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    g_assert_false(asks_for_key_password(path));
    g_assert_cmpint(ftruncate(fd, 0), ==, 0);
    BIO_free(file);
    g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
    file = BIO_new_fd(fd, BIO_CLOSE);
    PEM_write_bio_PrivateKey(file, key, EVP_aes_256_cbc(), NULL, 0, NULL, password);
    g_assert_true(asks_for_key_password(path));
    BIO_free(file);
    EVP_PKEY_free(key);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_false(asks_for_key_password(path));
    g_assert_true(asks_for_key_password("pkcs11:token=Card"));
}

/* It is started for each connection, and seldom has a window. */
static void
test_without_toolkit(void)
{
    static const char *const nothing[] = {NULL};
    g_auto(Ended) ended = run(nothing, "", 0, "LD_TRACE_LOADED_OBJECTS");

    g_assert_nonnull(strstr(ended.out, "libnm.so"));
    g_assert_null(strstr(ended.out, "libgtk"));
    g_assert_null(strstr(ended.out, "libnma"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/auth-dialog/lines", test_lines);
    g_test_add_func("/auth-dialog/waits-for-quit", test_waits_for_quit);
    g_test_add_func("/auth-dialog/external-ui", test_external_ui);
    g_test_add_func("/auth-dialog/hints", test_hints);
    g_test_add_func("/auth-dialog/hostile-values", test_hostile_values);
    g_test_add_func("/auth-dialog/refuses", test_refuses);
    g_test_add_func("/auth-dialog/bad-input", test_bad_input);
    g_test_add_func("/auth-dialog/key-password", test_key_password);
    g_test_add_func("/auth-dialog/without-toolkit", test_without_toolkit);
    return g_test_run();
}
