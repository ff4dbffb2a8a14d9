/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/secret.h"

#include <string.h>

Secret
secret_alloc(size_t len)
{
    return (Secret){len ? g_malloc0(len) : NULL, len};
}

Secret
secret_copy(Bytes bytes)
{
    Secret secret = secret_alloc(bytes.len);

    if (bytes.len > 0)
        memcpy(secret.data, bytes.data, bytes.len);
    return secret;
}

Secret
secret_of_text(const char *text)
{
    return secret_copy(bytes_of_text(text));
}

Secret
secret_steal(Secret *secret)
{
    Secret stolen = *secret;

    *secret = (Secret){0};
    return stolen;
}

void
secret_truncate(Secret *secret, size_t len)
{
    if (len >= secret->len)
        return;
    secret_wipe(secret->data + len, secret->len - len);
    secret->len = len;
    if (len == 0)
        g_clear_pointer(&secret->data, g_free);
}

void
secret_clear(Secret *secret)
{
    secret_wipe(secret->data, secret->len);
    g_clear_pointer(&secret->data, g_free);
    secret->len = 0;
}

void
secret_wipe(void *data, size_t len)
{
    if (len > 0)
        explicit_bzero(data, len);
}

void
secret_free_text(char *text)
{
    if (text)
        secret_wipe(text, strlen(text));
    g_free(text);
}
