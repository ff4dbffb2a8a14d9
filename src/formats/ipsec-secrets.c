/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/ipsec-secrets.h"

#include "base/log.h"
#include "base/secret.h"
#include "formats/ipsec-words.h"
#include "settings/options.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    MAX_SECRETS = 1024, /* a server's file has one for each user */
    MAX_WORDS = 64,     /* of an entry: identities, kind, value */
};

static void
wipe_and_free(void *text)
{
    secret_free_text(text);
}

static void
kept_free(void *data)
{
    KeptSecret *kept = data;

    g_free(kept->theirs);
    g_ptr_array_unref(kept->ids);
    g_free(kept->file);
    secret_free_text(kept->secret);
    g_free(kept);
}

GPtrArray *
kept_secrets_new(void)
{
    return g_ptr_array_new_with_free_func(kept_free);
}

KeptSecret *
kept_secret_add(GPtrArray *list, KeptKind kind, const char *theirs)
{
    KeptSecret *kept = g_new0(KeptSecret, 1);

    kept->kind = kind;
    kept->theirs = g_strdup(theirs);
    kept->ids = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(list, kept);
    return kept;
}

static bool
is_same_identity(const char *theirs, const char *ours)
{
    g_autofree char *text = words_identity(theirs);
    g_auto(Identity) a = {0};
    g_auto(Identity) b = {0};

    if (!ours || !text || !identity_from_text(text, &a) || !identity_from_text(ours, &b))
        return false;
    return a.type != ID_ANY && b.type != ID_ANY && identity_matches(&a, &b);
}

/* How well it fits: 0, not at all. One for anybody fits, and one for us or the gateway fits better.
 */
static unsigned
psk_score(const KeptSecret *kept, Import *import)
{
    const char *const parties[] = {import_get(import, "local-id"),
                                   import_get(import, "remote-id"),
                                   import_get(import, "gateway")};
    unsigned score = kept->ids->len == 0;

    for (guint i = 0; i < kept->ids->len; i++) {
        const char *id = kept->ids->pdata[i];

        score = MAX(score, strcmp(id, "%any") == 0 || strcmp(id, "%any6") == 0);
        for (size_t j = 0; j < G_N_ELEMENTS(parties); j++)
            score += is_same_identity(id, parties[j]) ? 2 : 0;
    }
    return score;
}

static void
set_secret(Import *import, const char *key, const KeptSecret *kept)
{
    char *text = kept->secret ? words_secret_text(kept->secret) : NULL;

    if (text)
        import_set_secret(import, key, text);
    else if (kept->secret)
        import_note(import, _("“%s” is no text, and was left out."), kept->theirs);
    secret_free_text(text);
}

static void
apply_psk(const GPtrArray *list, Import *import)
{
    const KeptSecret *best = NULL;
    unsigned best_score = 0;
    bool any = false;

    for (guint i = 0; i < list->len; i++) {
        const KeptSecret *kept = list->pdata[i];
        unsigned score = kept->kind == KEPT_PSK ? psk_score(kept, import) : 0;

        any = any || kept->kind == KEPT_PSK;
        if (score > best_score) {
            best = kept;
            best_score = score;
        }
    }
    if (best)
        set_secret(import, "psk", best);
    else if (any)
        import_note(import,
                    _("The pre-shared keys in the file are for other identities than this "
                      "connection's, and were left out."));
}

static bool
is_of_user(const KeptSecret *kept, const char *user)
{
    for (guint i = 0; i < kept->ids->len; i++) {
        const char *id = kept->ids->pdata[i];

        if (strcmp(id, user) == 0 || (*id == '@' && strcmp(id + 1, user) == 0))
            return true;
    }
    return kept->ids->len == 0;
}

/* The user whom the connection names, or the only one that there is. */
static void
apply_user(const GPtrArray *list, Import *import)
{
    const char *user = import_get(import, "user");
    const KeptSecret *found = NULL;
    unsigned n = 0;

    for (guint i = 0; i < list->len; i++) {
        const KeptSecret *kept = list->pdata[i];

        if (kept->kind != KEPT_USER || (user && !is_of_user(kept, user)))
            continue;
        found = kept;
        n++;
    }
    if (!found || (!user && n > 1))
        return;
    if (!user && found->ids->len > 0)
        import_set(import, "user", found->ids->pdata[0], found->theirs);
    set_secret(import, "password", found);
}

/* "client" of "/etc/swanctl/x509/client.pem" */
static char *
stem_of(const char *path)
{
    g_autofree char *base = g_path_get_basename(path);

    return g_strndup(base, strcspn(base, "."));
}

static bool
has_stem(const char *path, const char *other)
{
    g_autofree char *a = stem_of(path);
    g_autofree char *b = stem_of(other);

    return strcmp(a, b) == 0;
}

/* Which key belongs to a certificate both programs find out by trying: here it is the one of the
 * same name, or the only one. */
static const KeptSecret *
key_of(const GPtrArray *list, const char *cert)
{
    const KeptSecret *only = NULL;
    unsigned n = 0;

    for (guint i = 0; i < list->len; i++) {
        const KeptSecret *kept = list->pdata[i];

        if (!kept->file || kept->kind < KEPT_KEY || (cert && kept->kind == KEPT_PKCS12))
            continue;
        if (cert && has_stem(kept->file, cert))
            return kept;
        only = kept;
        n++;
    }
    return n == 1 ? only : NULL;
}

static void
apply_key(const GPtrArray *list, Import *import)
{
    const char *cert = import_get(import, "cert");
    const KeptSecret *kept = key_of(list, cert);

    if (!kept) {
        if (cert)
            import_note(import,
                        _("The file does not say which private key belongs to the certificate: "
                          "choose it."));
        return;
    }
    if (!cert && kept->kind != KEPT_KEY)
        import_set_file(import, "cert", kept->file, kept->theirs);
    if (!import_get(import, "key"))
        import_set_file(import, "key", kept->file, kept->theirs);
    if (kept->secret && *kept->secret != '%')
        set_secret(import, "key-password", kept);
}

/* With EAP only if it is by certificate: of those who log in with a password hardly any has one,
 * and what keys there are belong to other connections. */
static bool
has_certificate(const ConnectionConfig *config, Import *import)
{
    return connection_config_uses_certificate(config)
           && (config->method != METHOD_EAP || import_get(import, "cert")
               || option_eap_tls(import_get(import, "eap")) == EAP_TLS_ALONE);
}

void
kept_secrets_apply(const GPtrArray *list, Import *import)
{
    g_autoptr(ConnectionConfig) config = import_login(import);

    if (connection_config_uses_psk(config))
        apply_psk(list, import);
    if (connection_config_uses_user(config))
        apply_user(list, import);
    if (has_certificate(config, import))
        apply_key(list, import);
}

/* One word or "string" of an entry; NULL at its end. Wiped by the caller. */
static char *
next_word(const char **at)
{
    const char *from = *at + strspn(*at, " \t\n");
    char quote = *from;
    const char *end;
    char *word;

    if (!*from || *from == '#')
        return NULL;
    if (quote == '"' || quote == '\'') {
        end = strchr(from + 1, quote);
        if (!end)
            end = from + strlen(from);
        word = g_strndup(from + 1, (gsize) (end - from - 1));
        *at = *end ? end + 1 : end;
        return word;
    }
    end = from + strcspn(from, " \t\n");
    word = g_strndup(from, (gsize) (end - from));
    *at = end;
    return word;
}

static bool
kind_of(const char *word, KeptKind *out)
{
    static const struct {
        const char *word;
        KeptKind kind;
    } kinds[] = {
        {"PSK", KEPT_PSK},
        {"XAUTH", KEPT_USER},
        {"EAP", KEPT_USER},
        {"RSA", KEPT_KEY},
        {"ECDSA", KEPT_KEY},
        {"PKCS8", KEPT_KEY},
        {"P12", KEPT_PKCS12},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_ascii_strcasecmp(word, kinds[i].word) == 0) {
            *out = kinds[i].kind;
            return true;
        }
    }
    return false;
}

/* False: it has none. */
static bool
read_kept_value(KeptSecret *kept, const char **at, const char *folder)
{
    char *value = next_word(at);

    if (!value)
        return false;
    if (kept->kind < KEPT_KEY) {
        kept->secret = value;
        return true;
    }
    /* libreswan's inline key: it is no file's name. */
    if (*value != '{')
        kept->file =
            g_path_is_absolute(value) ? g_strdup(value) : g_build_filename(folder, value, NULL);
    secret_free_text(value);
    kept->secret = next_word(at);
    return true;
}

static void
note_include(Import *import, const char *rest)
{
    char *name = next_word(&rest);
    g_autofree char *safe = name ? log_safe_text(name, strlen(name)) : NULL;

    import_note(import, _("“include %s” in ipsec.secrets was not followed."), safe ? safe : "");
    secret_free_text(name);
}

/* Identities up to the colon, which may stand at the end of the last of them. False: there is no
 * colon. */
static bool
read_ids(GPtrArray *ids, const char **at)
{
    char *word;

    while (ids->len < MAX_WORDS && (word = next_word(at))) {
        size_t len = strlen(word);
        bool last = len > 0 && word[len - 1] == ':' && (len < 2 || !strchr("-_", word[len - 2]));

        if (last)
            word[len - 1] = '\0';
        if (len > last)
            g_ptr_array_add(ids, word);
        else
            secret_free_text(word);
        if (last)
            return true;
    }
    return false;
}

/* ": PSK "…"", "id1 id2 : XAUTH "…"", "@alice : EAP "…"". False: it is none of these. */
static bool
read_entry(GPtrArray *list, const char *entry, const char *folder)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(wipe_and_free);
    KeptKind kind;
    KeptSecret *kept;
    char *word = read_ids(ids, &entry) ? next_word(&entry) : NULL;
    bool known = word && kind_of(word, &kind);

    if (known) {
        kept = kept_secret_add(list, kind, word);
        g_ptr_array_unref(kept->ids);
        kept->ids = g_steal_pointer(&ids);
        known = read_kept_value(kept, &entry, folder);
    }
    secret_free_text(word);
    return known;
}

/* Of what cannot be read no word is said: each may be the secret. */
static void
take_entry(GPtrArray *list, Import *import, GString *entry, const char *folder, unsigned line)
{
    const char *at = entry->str;
    char *first = next_word(&at);

    if (first && strcmp(first, "include") == 0)
        note_include(import, at);
    else if (first && !read_entry(list, entry->str, folder))
        import_note(import,
                    _("Line %u of ipsec.secrets is no entry that can be read, and was left out."),
                    line);
    secret_free_text(first);
    secret_wipe(entry->str, entry->len);
    g_string_truncate(entry, 0);
}

void
kept_secrets_read_file(GPtrArray *list, Import *import, const char *text, const char *folder)
{
    GString *entry = g_string_new(NULL);
    unsigned line = 0, begin = 0;

    for (; *text && list->len < MAX_SECRETS; line++) {
        size_t len = strcspn(text, "\n");

        /* What is indented goes on with the line before. */
        if (entry->len > 0 && *text != ' ' && *text != '\t')
            take_entry(list, import, entry, folder, begin);
        if (entry->len == 0)
            begin = line + 1;
        if (*text != '#')
            g_string_append_len(entry, text, (gssize) len);
        if (entry->len > 0)
            g_string_append_c(entry, '\n');
        text += len + (text[len] == '\n');
    }
    if (*text)
        import_note(import,
                    _("ipsec.secrets has more entries than can be read: the rest was left out."));
    take_entry(list, import, entry, folder, begin);
    secret_free_text(g_string_free(entry, FALSE));
}
