/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/shrew.h"
#include "model/algorithms.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The pages Phase 1 and Phase 2 of a site. "auto" there offers all that the client has; here, what
 * we have of it, the better first. */

enum {
    PFS_DISABLED = -1,
    GROUP_AUTO = 0,
    KBYTE = 1024, /* bytes */
};

#define MOST_KBYTES (G_MAXINT64 / KBYTE)
#define ALL_AES "aes256-aes192-aes128"

static const ShrewWord hashes[] = {
    {"md5", "md5"},
    {"sha1", "sha1"},
    {"sha2-256", "sha256"},
    {"sha2-384", "sha384"},
    {"sha2-512", "sha512"},
    {NULL},
};

/* Our words for the encryption; NULL: any. */
static char *
read_cipher(ShrewSite *site, const char *key, const char *keylen_key)
{
    const char *cipher = shrew_text(site, key);
    int64_t key_bits = shrew_number(site, keylen_key, 0);
    g_autofree char *aes = g_strdup_printf("aes%" G_GINT64_FORMAT, key_bits);

    if (!cipher || strcmp(cipher, "auto") == 0)
        return NULL;
    if (g_str_has_prefix(cipher, "esp-"))
        cipher += strlen("esp-");
    if (strcmp(cipher, "3des") == 0)
        return g_strdup("3des");
    if (strcmp(cipher, "aes") != 0) {
        shrew_not_had(site, key);
        return NULL;
    }
    if (key_bits != 0 && !encryption_by_keyword(aes)) {
        import_not_had(site->import, keylen_key, aes + strlen("aes"));
        key_bits = 0;
    }
    return g_strdup(key_bits ? aes : ALL_AES);
}

/* NULL: any. */
static const char *
read_hash(ShrewSite *site, const char *key)
{
    const char *hash = shrew_text(site, key);
    const ShrewWord *word = hashes;

    if (!hash || strcmp(hash, "auto") == 0)
        return NULL;
    while (word->theirs && strcmp(word->theirs, hash) != 0)
        word++;
    if (!word->theirs)
        shrew_not_had(site, key);
    return word->ours;
}

/* NULL: any, or none of those that there are, with a note. */
static const char *
read_group(ShrewSite *site, const char *key)
{
    int64_t group = shrew_number(site, key, GROUP_AUTO);
    const KeyExchangeMethod *method =
        group > 0 && group <= G_MAXUINT16 ? key_exchange_by_id((unsigned) group) : NULL;
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, group);

    if (group == GROUP_AUTO || group == PFS_DISABLED)
        return NULL;
    if (!method && group != 1)
        import_not_had(site->import, key, number);
    return method ? method->keyword : group == 1 ? "modp768" : NULL;
}

static void
read_phase1(ShrewSite *site)
{
    g_autofree char *cipher = read_cipher(site, "phase1-cipher", "phase1-keylen");
    const char *hash = read_hash(site, "phase1-hash");
    const char *group = read_group(site, "phase1-dhgroup");
    g_autofree char *proposals = g_strjoin("-",
                                           cipher ? cipher : ALL_AES "-3des",
                                           hash ? hash : "sha256-sha1",
                                           group ? group : "modp2048-modp1536-modp1024",
                                           NULL);

    if (cipher || hash || group)
        import_set(site->import, "ike-proposals", proposals, "phase1-cipher");
    else
        import_set(site->import, "legacy-algorithms", "yes", "phase1-cipher");
}

static void
read_phase2(ShrewSite *site)
{
    g_autofree char *cipher = read_cipher(site, "phase2-transform", "phase2-keylen");
    const char *hash = read_hash(site, "phase2-hmac");
    g_autofree char *proposals = g_strjoin(
        "-", cipher ? cipher : ALL_AES "-3des", hash ? hash : "sha256-sha384-sha512-sha1", NULL);
    int64_t pfs = shrew_number(site, "phase2-pfsgroup", GROUP_AUTO);

    if (cipher || hash)
        import_set(site->import, "esp-proposals", proposals, "phase2-transform");
    else
        import_set(site->import, "legacy-algorithms", "yes", "phase2-transform");
    import_set(site->import,
               "pfs",
               pfs == PFS_DISABLED ? "no" : read_group(site, "phase2-pfsgroup"),
               "phase2-pfsgroup");
}

static void
read_lifetimes(ShrewSite *site)
{
    uint64_t ike = shrew_amount(site, "phase1-life-secs", G_MAXUINT32);
    uint64_t esp = shrew_amount(site, "phase2-life-secs", G_MAXUINT32);
    uint64_t kbytes = shrew_amount(site, "phase2-life-kbytes", MOST_KBYTES);

    if (ike > 0)
        import_set_unless_default(site->import, "ike-lifetime", ike, "phase1-life-secs");
    if (esp > 0)
        import_set_unless_default(site->import, "esp-lifetime", esp, "phase2-life-secs");
    if (kbytes > 0)
        import_set_number(site->import, "esp-lifebytes", kbytes * KBYTE, "phase2-life-kbytes");
    shrew_amount(site, "phase1-life-kbytes", 0); /* we count time only */
}

void
shrew_read_proposals(ShrewSite *site)
{
    static const ShrewWord modes[] = {{"main", ""}, {"aggressive", "aggressive"}, {NULL}};

    shrew_map(site, "phase1-exchange", "mode", modes);
    read_phase1(site);
    read_phase2(site);
    read_lifetimes(site);
    if (shrew_number(site, "vendor-chkpt-enable", 0) != 0)
        import_set(site->import, "vendor", "checkpoint", "vendor-chkpt-enable");
    if (!shrew_says(site, "ipcomp-transform", "disabled")
        && !shrew_says(site, "ipcomp-transform", "none"))
        shrew_not_had(site, "ipcomp-transform");
}

/* The different words of a list of proposals, by kind: the writer's side. A word that the client
 * has need not be one that we can do. */
typedef struct {
    GPtrArray *ciphers, *hashes, *groups;
} Words;

static void
words_clear(Words *words)
{
    g_clear_pointer(&words->ciphers, g_ptr_array_unref);
    g_clear_pointer(&words->hashes, g_ptr_array_unref);
    g_clear_pointer(&words->groups, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)

static void
add_word(GPtrArray *words, const char *word)
{
    if (!g_ptr_array_find_with_equal_func(words, word, g_str_equal, NULL))
        g_ptr_array_add(words, g_strdup(word));
}

static Words
words_of(const Export *export, const char *key)
{
    const char *text = export_get(export, key);
    g_auto(GStrv) all = g_strsplit_set(text ? text : "", "-, ", -1);
    Words words = {g_ptr_array_new_with_free_func(g_free),
                   g_ptr_array_new_with_free_func(g_free),
                   g_ptr_array_new_with_free_func(g_free)};

    for (char **word = all; *word; word++) {
        if (**word == '\0')
            continue;
        if (encryption_by_keyword(*word))
            add_word(words.ciphers, *word);
        else if (g_str_has_prefix(*word, "modp") || key_exchange_by_keyword(*word))
            add_word(words.groups, *word);
        else
            add_word(words.hashes, *word);
    }
    return words;
}

/* "aes", "3des", or "auto" where the client has no one word for it. */
static const char *
cipher_word(const Words *words)
{
    const EncryptionAlgorithm *first =
        words->ciphers->len ? encryption_by_keyword(words->ciphers->pdata[0]) : NULL;

    for (guint i = 1; first && i < words->ciphers->len; i++) {
        if (encryption_by_keyword(words->ciphers->pdata[i])->id != first->id)
            return "auto";
    }
    if (!first || first->icv_len > 0)
        return "auto";
    return first->id == ENCR_3DES ? "3des" : "aes";
}

static unsigned
key_bits(const Words *words)
{
    bool one = words->ciphers->len == 1 && strcmp(cipher_word(words), "aes") == 0;

    return one ? encryption_by_keyword(words->ciphers->pdata[0])->key_bits : 0;
}

static const char *
hash_word(const Words *words)
{
    const ShrewWord *word = hashes;

    if (words->hashes->len != 1)
        return "auto";
    while (word->theirs && strcmp(word->ours, words->hashes->pdata[0]) != 0)
        word++;
    return word->theirs ? word->theirs : "auto";
}

static int64_t
group_number(const char *keyword)
{
    const KeyExchangeMethod *method = key_exchange_by_keyword(keyword);

    if (method)
        return method->id;
    return strcmp(keyword, "modp768") == 0 ? 1 : GROUP_AUTO;
}

/* In aggressive mode it must be one of them: the first is tried first here too. */
static int64_t
phase1_group(const Words *words, bool aggressive)
{
    bool definite = words->groups->len == 1 || (words->groups->len > 1 && aggressive);

    return definite ? group_number(words->groups->pdata[0]) : GROUP_AUTO;
}

static int64_t
pfs_group(const Export *export, const Words *esp)
{
    const char *pfs = export_get_or_default(export, "pfs");

    if (strcmp(pfs, "no") == 0)
        return PFS_DISABLED;
    if (strcmp(pfs, "auto") != 0)
        return group_number(pfs);
    return esp->groups->len == 1 ? group_number(esp->groups->pdata[0]) : GROUP_AUTO;
}

void
shrew_append_proposals(const Export *export, GString *text)
{
    g_auto(Words) ike = words_of(export, "ike-proposals");
    g_auto(Words) esp = words_of(export, "esp-proposals");
    bool aggressive = g_strcmp0(export_get(export, "mode"), "aggressive") == 0;
    const char *cipher = cipher_word(&esp);
    g_autofree char *transform =
        strcmp(cipher, "auto") == 0 ? g_strdup(cipher) : g_strconcat("esp-", cipher, NULL);

    shrew_append_text(text, "phase1-exchange", aggressive ? "aggressive" : "main");
    shrew_append_text(text, "phase1-cipher", cipher_word(&ike));
    shrew_append_number(text, "phase1-keylen", key_bits(&ike));
    shrew_append_text(text, "phase1-hash", hash_word(&ike));
    shrew_append_number(text, "phase1-dhgroup", phase1_group(&ike, aggressive));
    shrew_append_text(text, "phase2-transform", transform);
    shrew_append_number(text, "phase2-keylen", key_bits(&esp));
    shrew_append_text(text, "phase2-hmac", hash_word(&esp));
    shrew_append_number(text, "phase2-pfsgroup", pfs_group(export, &esp));
}
