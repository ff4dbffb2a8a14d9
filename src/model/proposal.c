/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/proposal.h"

#include "model/known-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK(nm - ike - model - error - quark, model_error)

enum {
    MAX_OF_A_KIND = 16,       /* keywords of one kind in one proposal */
    MAX_PROPOSAL_TEXT = 4096, /* characters: thousands of keywords are no wish of a person's */
};

/* What the keywords of one proposal name, by kind, before it is multiplied out. */
typedef struct {
    const EncryptionAlgorithm *encryption[MAX_OF_A_KIND];
    const PrfAlgorithm *prf[MAX_OF_A_KIND];
    const IntegrityAlgorithm *integrity[MAX_OF_A_KIND];
    const KeyExchangeMethod *ke[MAX_OF_A_KIND];
    size_t n_encryption, n_prf, n_integrity, n_ke;
} Keywords;

static bool
fail(GError **error, const char *proposal, const char *what)
{
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_BAD_VALUE, _("proposal '%s': %s"), proposal, what);
    return false;
}

#define ADD(keywords, kind, algorithm)                                                             \
    ((algorithm) && (keywords)->n_##kind < MAX_OF_A_KIND                                           \
     && ((keywords)->kind[(keywords)->n_##kind++] = (algorithm)))

/* One hash keyword names the prf of an IKE proposal and the integrity algorithm of an ESP one. */
static bool
keyword_add(Keywords *keywords, const char *keyword)
{
    bool known = false;

    known |= ADD(keywords, encryption, encryption_by_keyword(keyword));
    known |= ADD(keywords, prf, prf_by_keyword(keyword));
    known |= ADD(keywords, integrity, integrity_by_keyword(keyword));
    known |= ADD(keywords, ke, key_exchange_by_keyword(keyword));
    return known;
}

static bool
keywords_from_text(const char *proposal, Keywords *out, GError **error)
{
    g_auto(GStrv) words = g_strsplit(proposal, "-", -1);

    for (char **word = words; *word; word++) {
        if (!keyword_add(out, g_strstrip(*word))) {
            g_set_error(error,
                        MODEL_ERROR,
                        MODEL_ERROR_BAD_VALUE,
                        algorithm_is_known(*word)
                            ? _("proposal '%s': the algorithm '%s' is not supported yet")
                            : _("proposal '%s': unknown algorithm '%s'"),
                        proposal,
                        *word);
            return false;
        }
    }
    return true;
}

static bool
ike_multiply(const char *text, const Keywords *k, GArray *out, GError **error)
{
    if (k->n_encryption == 0)
        return fail(error, text, _("an encryption algorithm is missing, such as aes256"));
    if (k->n_prf == 0)
        return fail(error, text, _("a hash is missing, such as sha256"));
    if (k->n_ke == 0)
        return fail(error, text, _("a group is missing, such as modp2048"));
    for (size_t e = 0; e < k->n_encryption; e++) {
        if (k->encryption[e]->v1_phase1 == 0)
            return fail(
                error, text, _("IKEv1 has no combined-mode encryption: use aes256 and a hash"));
        for (size_t p = 0; p < k->n_prf; p++) {
            for (size_t g = 0; g < k->n_ke; g++) {
                IkeProposal proposal = {k->encryption[e], k->prf[p], k->ke[g]};

                g_array_append_val(out, proposal);
            }
        }
    }
    return true;
}

static void
esp_append_with_groups(const Keywords *k, EspProposal proposal, GArray *out)
{
    if (k->n_ke == 0)
        g_array_append_val(out, proposal);
    for (size_t g = 0; g < k->n_ke; g++) {
        proposal.ke = k->ke[g];
        g_array_append_val(out, proposal);
    }
}

static bool
esp_multiply(const char *text, const Keywords *k, GArray *out, GError **error)
{
    if (k->n_encryption == 0)
        return fail(error, text, _("an encryption algorithm is missing, such as aes256gcm16"));
    for (size_t e = 0; e < k->n_encryption; e++) {
        bool combined = k->encryption[e]->icv_len > 0;

        if (combined && k->n_integrity > 0)
            return fail(error, text, _("a combined-mode encryption takes no integrity algorithm"));
        if (!combined && k->n_integrity == 0)
            return fail(error, text, _("an integrity algorithm is missing, such as sha256"));
        if (combined)
            esp_append_with_groups(k, (EspProposal){k->encryption[e], NULL, NULL}, out);
        for (size_t i = 0; i < k->n_integrity; i++)
            esp_append_with_groups(k, (EspProposal){k->encryption[e], k->integrity[i], NULL}, out);
    }
    return true;
}

typedef bool (*Multiply)(const char *text, const Keywords *keywords, GArray *out, GError **error);

static GArray *
proposals_from_text(const char *text, size_t size, Multiply multiply, GError **error)
{
    g_autoptr(GArray) proposals = g_array_new(FALSE, FALSE, (guint) size);
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);

    if (strlen(text) > MAX_PROPOSAL_TEXT) {
        g_set_error(error,
                    MODEL_ERROR,
                    MODEL_ERROR_BAD_VALUE,
                    _("longer than %d characters"),
                    MAX_PROPOSAL_TEXT);
        return NULL;
    }
    for (char **part = parts; *part; part++) {
        Keywords keywords = {0};

        g_strstrip(*part);
        if (!keywords_from_text(*part, &keywords, error))
            return NULL;
        if (!multiply(*part, &keywords, proposals, error))
            return NULL;
        if (proposals->len > MAX_PROPOSALS) {
            g_set_error(error,
                        MODEL_ERROR,
                        MODEL_ERROR_BAD_VALUE,
                        _("more than %d proposals: name fewer algorithms"),
                        MAX_PROPOSALS);
            return NULL;
        }
    }
    if (proposals->len == 0) {
        fail(error, text, _("it is empty"));
        return NULL;
    }
    return g_steal_pointer(&proposals);
}

GArray *
ike_proposals_from_text(const char *text, GError **error)
{
    return proposals_from_text(text, sizeof(IkeProposal), ike_multiply, error);
}

GArray *
esp_proposals_from_text(const char *text, GError **error)
{
    return proposals_from_text(text, sizeof(EspProposal), esp_multiply, error);
}

/* All of them must fit one datagram of 1,280 bytes: some routers lose fragments, and then nothing
 * else tells why there is no answer. Defaults are written in the same words that people type, and
 * read by the same code. */
GArray *
ike_proposals_default(bool legacy, bool aggressive)
{
    static const char *const texts[2][2] = {
        {"aes256-aes128-sha512-sha256-modp2048-ecp256-modp3072,"
         "aes256-sha384-ecp384-modp2048-ecp256-modp3072,aes256-sha512-modp4096",
         "aes256-aes128-sha512-sha256-modp2048-ecp256-modp3072,"
         "aes256-sha384-ecp384-modp2048-ecp256-modp3072,aes256-sha512-modp4096,"
         "aes256-aes128-sha1-modp2048-modp1536-modp1024,3des-sha1-modp2048-modp1024"},
        {"aes256-aes128-sha512-sha384-sha256-modp2048",
         "aes256-aes128-sha512-sha384-sha256-sha1-modp2048,3des-sha1-modp2048,"
         "aes256-aes128-sha256-sha1-modp1024,3des-sha1-modp1024"},
    };

    return ike_proposals_from_text(texts[aggressive][legacy], NULL);
}

GArray *
esp_proposals_default(bool legacy)
{
    const char *text = "aes256gcm16,aes128gcm16,aes256-sha256-sha512-sha384,aes128-sha256";
    const char *legacy_text = "aes256gcm16,aes128gcm16,aes256-sha256-sha512-sha384,aes128-sha256,"
                              "aes256-aes128-sha1,3des-sha1";

    return esp_proposals_from_text(legacy ? legacy_text : text, NULL);
}

char *
ike_proposal_to_text(const IkeProposal *proposal)
{
    return g_strjoin("-",
                     proposal->encryption->keyword,
                     proposal->prf->hash_keyword,
                     proposal->ke->keyword,
                     NULL);
}

char *
esp_proposal_to_text(const EspProposal *proposal)
{
    GString *text = g_string_new(proposal->encryption->keyword);

    if (proposal->integrity)
        g_string_append_printf(text, "-%s", proposal->integrity->keyword);
    if (proposal->ke)
        g_string_append_printf(text, "-%s", proposal->ke->keyword);
    return g_string_free(text, FALSE);
}

typedef const KeyExchangeMethod *(*GroupAt)(const GArray *proposals, guint index);

static const KeyExchangeMethod *
ike_group_at(const GArray *proposals, guint index)
{
    return g_array_index(proposals, IkeProposal, index).ke;
}

static const KeyExchangeMethod *
esp_group_at(const GArray *proposals, guint index)
{
    return g_array_index(proposals, EspProposal, index).ke;
}

static bool
nth_group(const GArray *proposals, GroupAt group_at, unsigned n, const KeyExchangeMethod **out)
{
    for (guint i = 0; i < proposals->len; i++) {
        const KeyExchangeMethod *group = group_at(proposals, i);
        bool seen = false;

        for (guint earlier = 0; earlier < i; earlier++)
            seen |= group_at(proposals, earlier) == group;
        if (!seen && n-- == 0) {
            *out = group;
            return true;
        }
    }
    return false;
}

bool
ike_proposals_group(const GArray *proposals, unsigned n, const KeyExchangeMethod **out)
{
    return nth_group(proposals, ike_group_at, n, out);
}

bool
esp_proposals_group(const GArray *proposals, unsigned n, const KeyExchangeMethod **out)
{
    return nth_group(proposals, esp_group_at, n, out);
}

bool
ike_proposal_equal(const IkeProposal *a, const IkeProposal *b)
{
    return a->encryption == b->encryption && a->prf == b->prf && a->ke == b->ke;
}

bool
esp_proposal_equal(const EspProposal *a, const EspProposal *b)
{
    return a->encryption == b->encryption && a->integrity == b->integrity && a->ke == b->ke;
}
