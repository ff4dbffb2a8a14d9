/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/known-words.h"

#include "model/proposal.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    MAX_TEXT = 4096, /* bytes: as many words as there are, several times */
};

typedef enum {
    WORD_UNKNOWN = 0,
    WORD_ENCRYPTION = 1 << 0,
    WORD_COMBINED = 1 << 1,
    WORD_PRF = 1 << 2,
    WORD_INTEGRITY = 1 << 3,
    WORD_KEY_EXCHANGE = 1 << 4,
    WORD_OTHER = 1 << 5,
} WordKind;

/* What the registries have and we do not, in strongSwan's words. */
static const struct {
    const char *word;
    WordKind kind;
} others[] = {
    {"aes128ctr", WORD_ENCRYPTION},
    {"aes192ctr", WORD_ENCRYPTION},
    {"aes256ctr", WORD_ENCRYPTION},
    {"camellia128", WORD_ENCRYPTION},
    {"camellia192", WORD_ENCRYPTION},
    {"camellia256", WORD_ENCRYPTION},
    {"aes128gcm8", WORD_COMBINED},
    {"aes128gcm12", WORD_COMBINED},
    {"aes192gcm8", WORD_COMBINED},
    {"aes192gcm12", WORD_COMBINED},
    {"aes256gcm8", WORD_COMBINED},
    {"aes256gcm12", WORD_COMBINED},
    {"aes128ccm8", WORD_COMBINED},
    {"aes128ccm12", WORD_COMBINED},
    {"aes128ccm16", WORD_COMBINED},
    {"aes192ccm8", WORD_COMBINED},
    {"aes192ccm12", WORD_COMBINED},
    {"aes192ccm16", WORD_COMBINED},
    {"aes256ccm8", WORD_COMBINED},
    {"aes256ccm12", WORD_COMBINED},
    {"aes256ccm16", WORD_COMBINED},
    {"aes128gmac", WORD_COMBINED},
    {"aes192gmac", WORD_COMBINED},
    {"aes256gmac", WORD_COMBINED},
    {"chacha20poly1305", WORD_COMBINED},
    {"md5", WORD_PRF | WORD_INTEGRITY},
    {"aesxcbc", WORD_PRF | WORD_INTEGRITY},
    {"aescmac", WORD_PRF | WORD_INTEGRITY},
    {"sha256_96", WORD_INTEGRITY},
    {"prfmd5", WORD_PRF},
    {"prfaesxcbc", WORD_PRF},
    {"prfaescmac", WORD_PRF},
    {"modp768", WORD_KEY_EXCHANGE},
    {"modp1024s160", WORD_KEY_EXCHANGE},
    {"modp2048s224", WORD_KEY_EXCHANGE},
    {"modp2048s256", WORD_KEY_EXCHANGE},
    {"ecp192", WORD_KEY_EXCHANGE},
    {"ecp224", WORD_KEY_EXCHANGE},
    {"ecp224bp", WORD_KEY_EXCHANGE},
    {"ecp256bp", WORD_KEY_EXCHANGE},
    {"ecp384bp", WORD_KEY_EXCHANGE},
    {"ecp512bp", WORD_KEY_EXCHANGE},
    {"x25519", WORD_KEY_EXCHANGE},
    {"x448", WORD_KEY_EXCHANGE},
    {"mlkem512", WORD_KEY_EXCHANGE},
    {"mlkem768", WORD_KEY_EXCHANGE},
    {"mlkem1024", WORD_KEY_EXCHANGE},
    {"ke1_mlkem512", WORD_OTHER},
    {"ke1_mlkem768", WORD_OTHER},
    {"ke1_mlkem1024", WORD_OTHER},
    {"esn", WORD_OTHER},
    {"noesn", WORD_OTHER},
};

static const struct {
    const char *alias, *keyword;
} aliases[] = {
    {"aes", "aes128"},
    {"sha", "sha1"},
    {"sha2_256", "sha256"},
    {"sha2_384", "sha384"},
    {"sha2_512", "sha512"},
    {"aes128gcm128", "aes128gcm16"},
    {"aes192gcm128", "aes192gcm16"},
    {"aes256gcm128", "aes256gcm16"},
    {"aes128gcm", "aes128gcm16"},
    {"aes192gcm", "aes192gcm16"},
    {"aes256gcm", "aes256gcm16"},
    {"aes128ccm128", "aes128ccm16"},
    {"aes192ccm128", "aes192ccm16"},
    {"aes256ccm128", "aes256ccm16"},
    {"curve25519", "x25519"},
    {"curve448", "x448"},
};

const char *
keyword_of_alias(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++) {
        if (g_ascii_strcasecmp(aliases[i].alias, word) == 0)
            return aliases[i].keyword;
    }
    return word;
}

static WordKind
kind_of(const char *word)
{
    const EncryptionAlgorithm *encryption = encryption_by_keyword(word);
    unsigned kind = WORD_UNKNOWN;

    if (encryption)
        return encryption->icv_len > 0 ? WORD_COMBINED : WORD_ENCRYPTION;
    if (prf_by_keyword(word))
        kind |= WORD_PRF;
    if (integrity_by_keyword(word))
        kind |= WORD_INTEGRITY;
    if (key_exchange_by_keyword(word))
        kind |= WORD_KEY_EXCHANGE;
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (g_ascii_strcasecmp(others[i].word, keyword_of_alias(word)) == 0)
            kind |= others[i].kind;
    }
    return kind;
}

bool
algorithm_is_known(const char *word)
{
    return kind_of(word) != WORD_UNKNOWN;
}

bool
key_exchange_is_known(const char *word)
{
    return kind_of(word) & WORD_KEY_EXCHANGE;
}

static bool
fail(GError **error, const char *proposal, const char *what)
{
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_BAD_VALUE, _("proposal '%s': %s"), proposal, what);
    return false;
}

static bool
kinds_of(const char *proposal, unsigned *out, GError **error)
{
    g_auto(GStrv) words = g_strsplit(proposal, "-", -1);

    *out = 0;
    for (char **word = words; *word; word++) {
        WordKind kind = kind_of(g_strstrip(*word));
        g_autofree char *what = NULL;

        if (kind == WORD_UNKNOWN) {
            what = g_strdup_printf(_("unknown algorithm '%s'"), *word);
            return fail(error, proposal, what);
        }
        *out |= kind;
    }
    return true;
}

static bool
check_ike(const char *proposal, unsigned kinds, GError **error)
{
    if (!(kinds & (WORD_ENCRYPTION | WORD_COMBINED)))
        return fail(error, proposal, _("an encryption algorithm is missing, such as aes256"));
    if (!(kinds & WORD_PRF) && !(kinds & WORD_COMBINED))
        return fail(error, proposal, _("a hash is missing, such as sha256"));
    if (!(kinds & WORD_KEY_EXCHANGE))
        return fail(error, proposal, _("a group is missing, such as modp2048"));
    return true;
}

static bool
check_esp(const char *proposal, unsigned kinds, GError **error)
{
    if (!(kinds & (WORD_ENCRYPTION | WORD_COMBINED)))
        return fail(error, proposal, _("an encryption algorithm is missing, such as aes256gcm16"));
    if (!(kinds & WORD_INTEGRITY) && !(kinds & WORD_COMBINED))
        return fail(error, proposal, _("an integrity algorithm is missing, such as sha256"));
    return true;
}

static bool
check_all(const char *text,
          bool (*check)(const char *proposal, unsigned kinds, GError **error),
          GError **error)
{
    g_auto(GStrv) proposals = g_strsplit(text, ",", -1);

    if (strlen(text) > MAX_TEXT || g_strv_length(proposals) > MAX_PROPOSALS) {
        g_set_error_literal(
            error, MODEL_ERROR, MODEL_ERROR_BAD_VALUE, _("these are too many: name fewer"));
        return false;
    }
    if (!*proposals)
        return fail(error, text, _("it is empty"));
    for (char **proposal = proposals; *proposal; proposal++) {
        unsigned kinds;

        if (!kinds_of(g_strstrip(*proposal), &kinds, error) || !check(*proposal, kinds, error))
            return false;
    }
    return true;
}

bool
ike_proposals_check(const char *text, GError **error)
{
    return check_all(text, check_ike, error);
}

bool
esp_proposals_check(const char *text, GError **error)
{
    return check_all(text, check_esp, error);
}
