/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/shrew.h"
#include "model/proposal.h"

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

/* What all proposals have in common, in their words: the writer's side. */
typedef struct {
    bool any; /* there are some */
    bool same_cipher, same_bits, same_hash, same_group;
    const EncryptionAlgorithm *encryption;
    const char *hash; /* our keyword; NULL: none */
    unsigned group;   /* 0: none */
} Common;

static void
common_add(Common *common, const EncryptionAlgorithm *encryption, const char *hash, unsigned group)
{
    if (!common->any) {
        *common = (Common){true, true, true, true, true, encryption, hash, group};
        return;
    }
    common->same_cipher &= common->encryption->id == encryption->id;
    common->same_bits &= common->encryption->key_bits == encryption->key_bits;
    common->same_hash &= g_strcmp0(common->hash, hash) == 0;
    common->same_group &= common->group == group;
}

static Common
common_of_ike(const Export *export)
{
    const char *text = export_get(export, "ike-proposals");
    g_autoptr(GArray) list = text ? ike_proposals_from_text(text, NULL) : NULL;
    Common common = {0};

    for (guint i = 0; list && i < list->len; i++) {
        const IkeProposal *proposal = &g_array_index(list, IkeProposal, i);

        common_add(&common, proposal->encryption, proposal->prf->hash_keyword, proposal->ke->id);
    }
    return common;
}

static Common
common_of_esp(const Export *export)
{
    const char *text = export_get(export, "esp-proposals");
    g_autoptr(GArray) list = text ? esp_proposals_from_text(text, NULL) : NULL;
    Common common = {0};

    for (guint i = 0; list && i < list->len; i++) {
        const EspProposal *proposal = &g_array_index(list, EspProposal, i);

        common_add(&common,
                   proposal->encryption,
                   proposal->integrity ? proposal->integrity->keyword : NULL,
                   proposal->ke ? proposal->ke->id : 0);
    }
    return common;
}

/* "aes", "3des" or "auto" where the client has no one word for it. */
static const char *
cipher_word(const Common *common)
{
    if (!common->any || !common->same_cipher || common->encryption->icv_len > 0)
        return "auto";
    return common->encryption->id == ENCR_3DES ? "3des" : "aes";
}

static unsigned
key_bits(const Common *common)
{
    bool aes = strcmp(cipher_word(common), "aes") == 0;

    return aes && common->same_bits ? common->encryption->key_bits : 0;
}

static const char *
hash_word(const Common *common)
{
    const ShrewWord *word = hashes;

    if (!common->any || !common->same_hash || !common->hash)
        return "auto";
    while (word->theirs && strcmp(word->ours, common->hash) != 0)
        word++;
    return word->theirs ? word->theirs : "auto";
}

static int64_t
pfs_group(const Export *export, const Common *esp)
{
    const char *pfs = export_get_or_default(export, "pfs");
    const KeyExchangeMethod *method = key_exchange_by_keyword(pfs);

    if (strcmp(pfs, "no") == 0)
        return PFS_DISABLED;
    if (method)
        return method->id;
    return esp->any && esp->same_group ? esp->group : GROUP_AUTO;
}

void
shrew_append_proposals(const Export *export, GString *text)
{
    Common ike = common_of_ike(export);
    Common esp = common_of_esp(export);
    bool aggressive = g_strcmp0(export_get(export, "mode"), "aggressive") == 0;
    const char *cipher = cipher_word(&esp);
    g_autofree char *transform =
        strcmp(cipher, "auto") == 0 ? g_strdup(cipher) : g_strconcat("esp-", cipher, NULL);

    shrew_append_text(text, "phase1-exchange", aggressive ? "aggressive" : "main");
    shrew_append_text(text, "phase1-cipher", cipher_word(&ike));
    shrew_append_number(text, "phase1-keylen", key_bits(&ike));
    shrew_append_text(text, "phase1-hash", hash_word(&ike));
    /* In aggressive mode it must be one of them: the first is tried first here too. */
    shrew_append_number(
        text, "phase1-dhgroup", ike.any && (ike.same_group || aggressive) ? ike.group : GROUP_AUTO);
    shrew_append_text(text, "phase2-transform", transform);
    shrew_append_number(text, "phase2-keylen", key_bits(&esp));
    shrew_append_text(text, "phase2-hmac", hash_word(&esp));
    shrew_append_number(text, "phase2-pfsgroup", pfs_group(export, &esp));
}
