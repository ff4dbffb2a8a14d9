/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/swanctl.h"

#include "formats/ipsec-secrets.h"
#include "formats/ipsec-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    MAX_ROUNDS = 4, /* of authentication: real ones have two */
};

typedef struct {
    const ConfSection *section;
    long round;
    guint position;
} Round;

static int
compare_rounds(gconstpointer a, gconstpointer b)
{
    const Round *first = a, *second = b;

    if (first->round != second->round)
        return first->round < second->round ? -1 : 1;
    return first->position < second->position ? -1 : 1;
}

/* "local", "local-1", "local-xauth" … in their order. */
static GArray *
find_rounds(const ConfSection *connection, const char *prefix)
{
    g_autoptr(GPtrArray) children = conf_children(connection);
    GArray *rounds = g_array_new(FALSE, FALSE, sizeof(Round));

    for (guint i = 0; i < children->len && rounds->len < MAX_ROUNDS; i++) {
        const ConfSection *section = children->pdata[i];
        const char *number = conf_value(section, "round");
        const Round round = {section, number ? strtol(number, NULL, 10) : 0, i};

        if (g_str_has_prefix(section->name, prefix))
            g_array_append_val(rounds, round);
    }
    g_array_sort(rounds, compare_rounds);
    return rounds;
}

static const ConfSection *
round_at(const GArray *rounds, guint index)
{
    return index < rounds->len ? g_array_index(rounds, Round, index).section : NULL;
}

static const char *
auth_of(const ConfSection *round)
{
    const char *auth = round ? conf_value(round, "auth") : NULL;

    return auth && *auth ? auth : "pubkey";
}

static void
read_user(Swanctl *self, const char *value, const char *theirs)
{
    if (*value != '%')
        import_set(self->import, "user", value, theirs);
}

static void
read_local_id(Swanctl *self, const char *value, const char *theirs)
{
    words_set_identity(self->import, "local-id", words_bare_identity(value), theirs);
}

static void
read_remote_id(Swanctl *self, const char *value, const char *theirs)
{
    words_set_identity(self->import, "remote-id", words_bare_identity(value), theirs);
}

static void
read_certs(Swanctl *self, const char *value, const char *theirs)
{
    swanctl_set_first_file(self, "cert", "x509", value, theirs);
}

static void
read_cacerts(Swanctl *self, const char *value, const char *theirs)
{
    swanctl_set_first_file(self, "ca", "x509ca", value, theirs);
}

static const KeyReader local_readers[] = {
    {"auth", swanctl_read_elsewhere},
    {"round", swanctl_read_elsewhere},
    {"id", read_local_id},
    {"eap_id", read_user},
    {"xauth_id", read_user},
    {"aaa_id", NULL, "%any"},
    {"certs", read_certs},
    {NULL},
};

/* In a round after the first the identity is the user's. */
static const KeyReader second_readers[] = {
    {"auth", swanctl_read_elsewhere},
    {"round", swanctl_read_elsewhere},
    {"id", swanctl_read_elsewhere},
    {"eap_id", read_user},
    {"xauth_id", read_user},
    {"aaa_id", NULL, "%any"},
    {"certs", read_certs},
    {NULL},
};

static const KeyReader remote_readers[] = {
    {"auth", swanctl_read_elsewhere},
    {"round", swanctl_read_elsewhere},
    {"id", read_remote_id},
    {"cacerts", read_cacerts},
    {"certs", swanctl_read_elsewhere},
    {"revocation", NULL, "relaxed"},
    {NULL},
};

/* Sections "cert…" and "cacert…" in a round: on a token, or a file. */
static void
read_cert_sections(Swanctl *self, const ConfSection *round)
{
    g_autoptr(GPtrArray) children = conf_children(round);

    for (guint i = 0; i < children->len; i++) {
        const ConfSection *section = children->pdata[i];
        bool authority = g_str_has_prefix(section->name, "cacert");
        const char *file = conf_value(section, "file");
        g_autofree char *theirs = swanctl_name(round->name, section->name);
        g_autofree char *uri = swanctl_token_uri(section);
        bool known = authority || g_str_has_prefix(section->name, "cert");

        if (known && (uri || file))
            swanctl_set_first_file(self,
                                   authority ? "ca" : "cert",
                                   authority ? "x509ca" : "x509",
                                   uri ? uri : file,
                                   theirs);
        else
            import_not_had(self->import, theirs, NULL);
    }
}

/* A user who is not named is who the client says it is (swanctl.conf(5), eap_id). */
static void
set_user(Swanctl *self, const ConfSection *first, const ConfSection *second)
{
    const ConfSection *round = second ? second : first;
    const char *auth = auth_of(round);
    const char *said = conf_value(round, "id");
    const char *id = said ? words_bare_identity(said) : NULL;

    if (!g_str_has_prefix(auth, "eap") && !g_str_has_prefix(auth, "xauth"))
        return;
    if (!import_get(self->import, "user") && id && *id != '%' && !strchr(id, '='))
        import_set(self->import, "user", id, "id");
}

static void
read_local(Swanctl *self, const ConfSection *first, const ConfSection *second)
{
    swanctl_read_keys(self, first, first->name, local_readers);
    read_cert_sections(self, first);
    if (second) {
        swanctl_read_keys(self, second, second->name, second_readers);
        read_cert_sections(self, second);
    }
    set_user(self, first, second);
}

/* A gateway's own certificate, if its authority is not named. */
static void
read_remote(Swanctl *self, const ConfSection *remote)
{
    const char *certs = conf_value(remote, "certs");

    swanctl_read_keys(self, remote, remote->name, remote_readers);
    read_cert_sections(self, remote);
    if (!certs || !*certs)
        return;
    if (import_get(self->import, "ca")) {
        import_not_had(self->import, "remote.certs", certs);
        return;
    }
    swanctl_set_first_file(self, "ca", "x509", certs, "remote.certs");
    import_note(self->import,
                _("“remote.certs” names the gateway's own certificate. It is taken for its "
                  "authority, which is right if the gateway has signed it itself."));
}

void
swanctl_read_authentication(Swanctl *self)
{
    g_autoptr(GArray) local = find_rounds(self->connection, "local");
    g_autoptr(GArray) remote = find_rounds(self->connection, "remote");
    const ConfSection *first = round_at(local, 0), *second = round_at(local, 1);
    AuthRounds rounds = {
        auth_of(first), second ? auth_of(second) : NULL, auth_of(round_at(remote, 0))};

    if (first)
        read_local(self, first, second);
    if (remote->len > 0)
        read_remote(self, round_at(remote, 0));
    for (guint i = 2; i < local->len; i++)
        import_not_had(self->import, round_at(local, i)->name, NULL);
    for (guint i = 1; i < remote->len; i++)
        import_not_had(self->import, round_at(remote, i)->name, NULL);
    words_set_method(self->import, &rounds, self->v1, "auth");
}

/* By the prefix of the section's name; where the files of such keys are. */
static const struct {
    const char *prefix;
    KeptKind kind;
    const char *folder;
} secret_kinds[] = {
    {"ike", KEPT_PSK},
    {"eap", KEPT_USER},
    {"xauth", KEPT_USER},
    {"private", KEPT_KEY, "private"},
    {"rsa", KEPT_KEY, "rsa"},
    {"ecdsa", KEPT_KEY, "ecdsa"},
    {"pkcs8", KEPT_KEY, "pkcs8"},
    {"pkcs12", KEPT_PKCS12, "pkcs12"},
    {"token", KEPT_TOKEN},
};

static void
keep(const Swanctl *self, GPtrArray *list, const ConfSection *section, size_t kind)
{
    g_autofree char *theirs = swanctl_name("secrets", section->name);
    KeptSecret *kept = kept_secret_add(list, secret_kinds[kind].kind, theirs);
    const char *file = conf_value(section, "file");
    bool token = kept->kind == KEPT_TOKEN;
    g_autoptr(GPtrArray) entries = conf_entries(section);

    for (guint i = 0; i < entries->len; i++) {
        const ConfEntry *entry = entries->pdata[i];

        if (g_str_has_prefix(entry->key, "id"))
            g_ptr_array_add(kept->ids, g_strdup(entry->value));
    }
    kept->secret = g_strdup(conf_value(section, token ? "pin" : "secret"));
    if (token)
        kept->file = swanctl_token_uri(section);
    else if (file && *file && secret_kinds[kind].folder)
        kept->file = swanctl_file(self, secret_kinds[kind].folder, file);
}

void
swanctl_read_secrets(Swanctl *self)
{
    const ConfSection *secrets = conf_child(self->root, "secrets");
    g_autoptr(GPtrArray) children = secrets ? conf_children(secrets) : g_ptr_array_new();
    g_autoptr(GPtrArray) list = kept_secrets_new();

    for (guint i = 0; i < children->len; i++) {
        const ConfSection *section = children->pdata[i];
        g_autofree char *theirs = swanctl_name("secrets", section->name);
        size_t kind = 0;

        while (kind < G_N_ELEMENTS(secret_kinds)
               && !g_str_has_prefix(section->name, secret_kinds[kind].prefix))
            kind++;
        if (kind < G_N_ELEMENTS(secret_kinds))
            keep(self, list, section, kind);
        else
            import_not_had(self->import, theirs, NULL);
    }
    kept_secrets_apply(list, self->import);
}

/* The authority of all connections, if one is named and the connection names none. */
void
swanctl_read_authorities(Swanctl *self)
{
    const ConfSection *section = conf_child(self->root, "authorities");
    g_autoptr(GPtrArray) children = section ? conf_children(section) : g_ptr_array_new();

    for (guint i = 0; i < children->len; i++) {
        const ConfSection *authority = children->pdata[i];
        const char *file = conf_value(authority, "cacert");
        g_autofree char *theirs = swanctl_name("authorities", authority->name);

        if (file && children->len == 1 && !import_get(self->import, "ca"))
            swanctl_set_first_file(self, "ca", "x509ca", file, theirs);
        else
            import_not_had(self->import, theirs, NULL);
    }
}

/* Which authorities strongSwan trusts the file does not say: all that lie in a folder. */
void
swanctl_check_authority(Swanctl *self)
{
    const char *method = import_get(self->import, "method");

    if (!self->ours)
        words_note_any_gateway(self->import);
    if (self->ours || !method || strncmp(method, "psk", 3) == 0 || import_get(self->import, "ca"))
        return;
    import_note(self->import,
                _("The file does not name the authority of the gateway's certificate: the system's "
                  "are taken. If the gateway's is another one, choose it."));
}
