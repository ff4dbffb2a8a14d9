/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/cisco.h"

#include "base/log.h"
#include "base/secret.h"
#include "crypto/cbc.h"
#include "crypto/prf.h"
#include "formats/file-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    HASH_LEN = 20, /* SHA-1 */
    KEY_LEN = 24,  /* 3DES */
    BLOCK_LEN = 8,
    MAX_HIDDEN_LEN = 1024, /* bytes: a password of some hundred characters */
    MOST_SECONDS = 24 * 60 * 60,
};

static void
sha1(Bytes data, uint8_t *out)
{
    prf_hash(prf_by_id(PRF_HMAC_SHA1), &data, 1, out);
}

/* The random part, counted up by one, then by two more, makes the two halves of the key. */
static void
key_of_random(const uint8_t *random, uint8_t *key)
{
    uint8_t counted[HASH_LEN];
    uint8_t hash[HASH_LEN];

    memcpy(counted, random, HASH_LEN);
    counted[HASH_LEN - 1] = (uint8_t) (counted[HASH_LEN - 1] + 1);
    sha1(BYTES_OF_ARRAY(counted), key);
    counted[HASH_LEN - 1] = (uint8_t) (counted[HASH_LEN - 1] + 2);
    sha1(BYTES_OF_ARRAY(counted), hash);
    memcpy(key + HASH_LEN, hash, KEY_LEN - HASH_LEN);
    secret_wipe(hash, sizeof(hash));
}

/* Nobody types these: what has them was decrypted with another key. */
static bool
has_control_characters(const char *text)
{
    for (; *text; text = g_utf8_next_char(text)) {
        if (g_unichar_iscntrl(g_utf8_get_char(text)))
            return true;
    }
    return false;
}

/* The last byte says how many were added; what is left is a text, as Windows had it. */
static char *
text_of_padded(const uint8_t *data, size_t len)
{
    size_t padding = data[len - 1];
    char *text;

    if (padding == 0 || padding > BLOCK_LEN)
        return NULL;
    text = file_text_part(bytes_of(data, len - padding));
    if (text && has_control_characters(text)) {
        secret_free_text(text);
        return NULL;
    }
    return text;
}

char *
cisco_reveal(const char *hex)
{
    g_autoptr(GByteArray) hidden = g_byte_array_new();
    uint8_t key[KEY_LEN], checksum[HASH_LEN];
    uint8_t *data;
    size_t len;
    char *text = NULL;

    if (strlen(hex) > 2 * MAX_HIDDEN_LEN || !bytes_from_hex(hex, hidden)
        || hidden->len < 2 * HASH_LEN + BLOCK_LEN)
        return NULL;
    data = hidden->data + 2 * HASH_LEN;
    len = hidden->len - 2 * HASH_LEN;
    sha1(bytes_of(data, len), checksum);
    if (!bytes_equal(BYTES_OF_ARRAY(checksum), bytes_of(hidden->data + HASH_LEN, HASH_LEN)))
        return NULL;
    key_of_random(hidden->data, key);
    if (cbc_decrypt(encryption_by_id(ENCR_3DES, 0),
                    BYTES_OF_ARRAY(key),
                    bytes_of(hidden->data, BLOCK_LEN),
                    data,
                    len))
        text = text_of_padded(data, len);
    secret_wipe(key, sizeof(key));
    secret_wipe(data, len);
    return text;
}

void
cisco_set_hidden_secret(Import *import, const char *secret, const char *hex, const char *theirs)
{
    char *text = cisco_reveal(hex);

    if (text)
        import_set_secret(import, secret, text);
    else
        import_note(import, _("The password in “%s” is damaged and was left out."), theirs);
    secret_free_text(text);
}

void
cisco_set_gateway(Import *import, const char *method, const char *group_name, const char *theirs)
{
    bool by_certificate = strcmp(method, "cert-xauth") == 0;
    g_autofree char *key_id = group_name ? g_strconcat("keyid:", group_name, NULL) : NULL;

    import_set(import, "ike-version", "1", "");
    import_set(import, "vendor", "cisco", "");
    import_set(import, "method", method, "");
    /* Main mode with a pre-shared key knows a client by its address only (RFC 2409, 5.4). */
    if (!by_certificate)
        import_set(import, "mode", "aggressive", "");
    if (key_id)
        import_set(import, "local-id", key_id, theirs);
    import_set(import, "legacy-algorithms", "yes", "");
}

void
cisco_set_dh_group(Import *import, unsigned group, const char *theirs)
{
    const KeyExchangeMethod *method = key_exchange_by_id(group);
    const char *keyword = method ? method->keyword : group == 1 ? "modp768" : NULL;
    g_autofree char *proposals = NULL;
    g_autofree char *number = NULL;

    if (!keyword) {
        number = g_strdup_printf("%u", group);
        import_not_had(import, theirs, number);
        return;
    }
    proposals =
        g_strdup_printf("aes256-aes192-aes128-sha256-sha1-%s,3des-sha1-%s", keyword, keyword);
    import_set(import, "ike-proposals", proposals, theirs);
}

void
cisco_set_dpd(Import *import, unsigned delay, unsigned timeout, const char *theirs)
{
    import_set_unless_default(import, "dpd-delay", MIN(delay, MOST_SECONDS), theirs);
    if (delay > 0)
        import_set_unless_default(import, "dpd-timeout", MIN(timeout, MOST_SECONDS), theirs);
}
