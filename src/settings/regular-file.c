/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/regular-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the path leads to is only held at first, looked at, and opened if it is a file. */
static int
open_regular(const char *path)
{
    g_autofree char *held = NULL;
    struct stat status;
    int place = open(path, O_PATH | O_CLOEXEC);
    int fd = -1;

    if (place < 0)
        return -errno;
    if (fstat(place, &status) == 0 && S_ISREG(status.st_mode)) {
        held = g_strdup_printf("/proc/self/fd/%d", place);
        fd = open(held, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        fd = fd < 0 ? -errno : fd;
    } else {
        fd = S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
    }
    close(place);
    return fd;
}

static int
read_all(int fd, size_t most, Secret *out)
{
    g_auto(Secret) content = {0};
    struct stat status;
    size_t len = 0;
    ssize_t n = 1;

    if (fstat(fd, &status) != 0)
        return -errno;
    if ((uint64_t) status.st_size > most)
        return -EFBIG;
    content = secret_alloc((size_t) status.st_size);
    while (len < content.len && n > 0) {
        n = read(fd, content.data + len, content.len - len);
        if (n < 0)
            return -errno;
        len += (size_t) n;
    }
    secret_truncate(&content, len);
    secret_clear(out);
    *out = secret_steal(&content);
    return 0;
}

int
regular_file_read(const char *path, size_t most, Secret *out)
{
    int fd = open_regular(path);
    int r = fd < 0 ? fd : read_all(fd, most, out);

    if (fd >= 0)
        close(fd);
    return r;
}
