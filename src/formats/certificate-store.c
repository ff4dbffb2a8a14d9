/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/certificate-store.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAX_NAME_LEN = 60, /* characters: a file system's names have 255 bytes */
    MAX_TRIES = 100,   /* profiles of one name with certificates of their own */
};

static char *
store_folder(void)
{
    return g_build_filename(
        g_get_user_data_dir(), "networkmanagement", "certificates", "nm-ike", NULL);
}

/* Of a connection's name what any file system and any pkcs11 URI reader takes. */
static char *
safe_name(const char *name)
{
    GString *safe = g_string_new(NULL);

    for (const char *c = name; *c && safe->len < MAX_NAME_LEN; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);

        g_string_append_unichar(safe, g_unichar_isalnum(letter) ? letter : '_');
    }
    return g_string_free(safe, FALSE);
}

static bool
has_content(const char *path, Bytes blob)
{
    g_autofree char *content = NULL;
    struct stat st;
    gsize len;
    bool same;

    /* Another's file, a device, or one that others may read is not ours to use again. */
    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid()
        || (st.st_mode & 077) != 0 || (size_t) st.st_size != blob.len)
        return false;
    if (!g_file_get_contents(path, &content, &len, NULL))
        return false;
    same = bytes_equal((Bytes){(uint8_t *) content, len}, blob);
    secret_wipe(content, len);
    return same;
}

static bool
write_all(int fd, Bytes blob)
{
    while (blob.len > 0) {
        ssize_t n = write(fd, blob.data, blob.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        blob.data += n;
        blob.len -= (size_t) n;
    }
    return true;
}

/* 0, or what errno said. EEXIST leaves what is there alone. */
static int
write_new(const char *path, Bytes blob)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int failed;

    if (fd < 0)
        return errno;
    failed = write_all(fd, blob) ? 0 : errno;
    if (close(fd) != 0 && !failed)
        failed = errno;
    if (failed)
        unlink(path);
    return failed;
}

static char *
numbered(const char *folder, const char *name, const char *kind, const char *suffix, int number)
{
    g_autofree char *count = number > 0 ? g_strdup_printf("-%d", number + 1) : g_strdup("");
    g_autofree char *base = g_strconcat(name, "-", kind, count, ".", suffix, NULL);

    return g_build_filename(folder, base, NULL);
}

char *
certificate_store(
    const char *name, const char *kind, const char *suffix, Bytes blob, GError **error)
{
    g_autofree char *folder = store_folder();
    g_autofree char *safe = safe_name(name);
    int failed = EEXIST;

    if (g_mkdir_with_parents(folder, 0700) != 0)
        failed = errno;
    for (int number = 0; failed == EEXIST && number < MAX_TRIES; number++) {
        g_autofree char *path = numbered(folder, safe, kind, suffix, number);

        failed = has_content(path, blob) ? 0 : write_new(path, blob);
        if (!failed)
            return g_steal_pointer(&path);
    }
    g_set_error(error,
                G_IO_ERROR,
                (int) g_io_error_from_errno(failed),
                "The certificates of “%s” could not be written to %s: %s",
                safe,
                folder,
                g_strerror(failed));
    return NULL;
}
