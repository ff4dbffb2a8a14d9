/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/secret.h"
#include "formats/formats.h"
#include "formats/ipsec-words.h"
#include "formats/lossless.h"
#include "formats/swanctl.h"
#include "settings/options.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What strongSwan has words for stands in them, to be loaded by swanctl; all that is not read back
 * from those as it was stands in comments, "# nm-ike KEY=VALUE". */

static const struct {
    const char *method, *first, *second, *remote;
} methods[] = {
    {"psk", "psk", NULL, "psk"},
    {"cert", "pubkey", NULL, "pubkey"},
    {"eap", "eap", NULL, "pubkey"},
    {"cert-eap", "pubkey", "eap", "pubkey"},
    {"psk-eap", "psk", "eap", "psk"},
    {"psk-xauth", "psk", "xauth", "psk"},
    {"cert-xauth", "pubkey", "xauth", "pubkey"},
    {"hybrid-xauth", "xauth", NULL, "pubkey"},
};

typedef struct {
    const Export *export;
    GString *text;
    char *name; /* of the sections */
    bool v1;
    bool tunnel;
    size_t method; /* in the table above */
} Writer;

/* A section's name has no white space and none of the language's signs. */
static char *
section_name(const char *id)
{
    char *name = g_strdup(id);

    for (char *c = name; *c; c++) {
        if (!g_ascii_isalnum(*c) && *c != '-')
            *c = '_';
    }
    return name;
}

static bool
says(const Writer *writer, const char *key, const char *value)
{
    return g_strcmp0(export_get(writer->export, key), value) == 0;
}

static void
put(Writer *writer, int depth, const char *key, const char *value)
{
    char *quoted;

    if (!value)
        return;
    quoted = conf_quoted(value);
    g_string_append_printf(writer->text, "%*s%s = %s\n", 4 * depth, "", key, quoted);
    secret_free_text(quoted);
}

static void
put_number(Writer *writer, int depth, const char *key, uint64_t value, const char *unit)
{
    g_string_append_printf(
        writer->text, "%*s%s = %" G_GUINT64_FORMAT "%s\n", 4 * depth, "", key, value, unit);
}

static void
open_section(Writer *writer, int depth, const char *prefix, const char *name)
{
    g_string_append_printf(writer->text, "%*s%s%s {\n", 4 * depth, "", prefix, name);
}

static void
close_section(Writer *writer, int depth)
{
    g_string_append_printf(writer->text, "%*s}\n", 4 * depth, "");
}

/* 0 if the profile does not say it. */
static uint64_t
number(const Writer *writer, const char *key)
{
    const char *text = export_get(writer->export, key);

    return text ? g_ascii_strtoull(text, NULL, 10) : 0;
}

/* strongSwan's lists are apart by commas, ours by commas or spaces. */
static void
put_list(Writer *writer, int depth, const char *key, const char *list)
{
    g_autofree char *commas = list ? words_with_commas(list, ", ") : NULL;

    put(writer, depth, key, commas);
}

/* --- proposals -------------------------------------------------------------------------------- */

static char *
legacy_ike_proposals(const Writer *writer)
{
    g_autoptr(GArray) list = ike_proposals_default(true, says(writer, "mode", "aggressive"));
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < list->len; i++)
        g_ptr_array_add(texts, ike_proposal_to_text(&g_array_index(list, IkeProposal, i)));
    g_ptr_array_add(texts, NULL);
    return g_strjoinv(",", (char **) texts->pdata);
}

static void
put_ike_proposals(Writer *writer)
{
    const char *proposals = export_get(writer->export, "ike-proposals");
    g_autofree char *legacy = NULL;

    if (!proposals && says(writer, "legacy-algorithms", "yes"))
        proposals = legacy = legacy_ike_proposals(writer);
    put_list(writer, 2, "proposals", proposals);
}

/* A group that is chosen apart is part of each proposal there. */
static char *
esp_proposals(const Writer *writer)
{
    const char *said = export_get(writer->export, "esp-proposals");
    const char *pfs = export_get(writer->export, "pfs");
    bool apart = pfs && strcmp(pfs, "auto") != 0;
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) list = said ? esp_proposals_from_text(said, NULL)
                                  : esp_proposals_default(says(writer, "legacy-algorithms", "yes"));

    if ((!apart && !says(writer, "legacy-algorithms", "yes")) || !list)
        return g_strdup(said);
    for (guint i = 0; i < list->len; i++) {
        EspProposal proposal = g_array_index(list, EspProposal, i);

        if (apart)
            proposal.ke = key_exchange_by_keyword(pfs);
        g_ptr_array_add(texts, esp_proposal_to_text(&proposal));
    }
    g_ptr_array_add(texts, NULL);
    return g_strjoinv(",", (char **) texts->pdata);
}

/* --- the sections ----------------------------------------------------------------------------- */

static const char *
addressing(const Writer *writer)
{
    return writer->tunnel ? export_get_or_default(writer->export, "addressing") : "none";
}

/* It is renewed at ten elevenths of the lifetime, so that the sum is the same number again. */
static void
put_ike_lifetime(Writer *writer)
{
    uint64_t life = number(writer, "ike-lifetime");
    uint64_t over = life / 11;
    bool reauth = says(writer, "reauth", "yes");

    if (life == 0)
        return;
    put_number(writer, 2, reauth ? "reauth_time" : "rekey_time", life - over, "s");
    put_number(writer, 2, "over_time", over, "s");
}

static void
put_dpd(Writer *writer)
{
    if (export_get(writer->export, "dpd-delay"))
        put_number(writer, 2, "dpd_delay", number(writer, "dpd-delay"), "s");
    if (export_get(writer->export, "dpd-timeout"))
        put_number(writer, 2, "dpd_timeout", number(writer, "dpd-timeout"), "s");
}

static void
put_connection_keys(Writer *writer)
{
    const char *port = export_get(writer->export, "remote-port");
    const char *local_port = export_get(writer->export, "local-port");
    const char *from = addressing(writer);

    put(writer, 2, "version", writer->v1 ? "1" : "2");
    put(writer, 2, "remote_addrs", export_get(writer->export, "gateway"));
    put(writer, 2, "remote_port", g_strcmp0(port, "auto") ? port : NULL);
    put(writer, 2, "local_port", g_strcmp0(local_port, "auto") ? local_port : NULL);
    if (strcmp(from, "pull") == 0 || strcmp(from, "push") == 0)
        put(writer, 2, "vips", writer->v1 ? "0.0.0.0" : "0.0.0.0,::");
    put(writer, 2, "pull", strcmp(from, "push") == 0 ? "no" : NULL);
    put(writer, 2, "aggressive", says(writer, "mode", "aggressive") ? "yes" : NULL);
    put_ike_proposals(writer);
    put(writer, 2, "encap", says(writer, "encapsulation", "force") ? "yes" : NULL);
    put(writer, 2, "fragmentation", export_get(writer->export, "fragmentation"));
    put(writer, 2, "mobike", writer->v1 ? NULL : export_get(writer->export, "mobike"));
    put_ike_lifetime(writer);
    put_dpd(writer);
}

/* "eap-mschapv2" if there is one to choose. */
static char *
auth_word(const Writer *writer, const char *word)
{
    const char *eap = export_get(writer->export, "eap");

    if (strcmp(word, "eap") != 0 || !eap || strcmp(eap, "auto") == 0 || strpbrk(eap, ", "))
        return g_strdup(word);
    return g_strconcat(word, "-", eap, NULL);
}

static void
put_user(Writer *writer, const char *word)
{
    const char *user = export_get(writer->export, "user");

    if (strcmp(word, "eap") == 0)
        put(writer, 3, "eap_id", user);
    else if (strcmp(word, "xauth") == 0)
        put(writer, 3, "xauth_id", user);
}

/* swanctl reads files; for what is on a token there must be a section by hand. */
static void
put_file(Writer *writer, int depth, const char *key, const char *file)
{
    if (file && g_path_is_absolute(file))
        put(writer, depth, key, file);
}

static bool
uses_certificate(const Writer *writer)
{
    return strncmp(methods[writer->method].method, "psk", 3) != 0;
}

static void
put_local(Writer *writer)
{
    const char *first = methods[writer->method].first, *second = methods[writer->method].second;
    g_autofree char *word = auth_word(writer, first);

    open_section(writer, 2, "local", "");
    put(writer, 3, "auth", word);
    put(writer, 3, "id", export_get(writer->export, "local-id"));
    if (uses_certificate(writer))
        put_file(writer, 3, "certs", export_get(writer->export, "cert"));
    put_user(writer, first);
    close_section(writer, 2);
    if (!second)
        return;
    g_free(word);
    word = auth_word(writer, second);
    open_section(writer, 2, "local-", second);
    put(writer, 3, "auth", word);
    put_user(writer, second);
    close_section(writer, 2);
}

static void
put_remote(Writer *writer)
{
    open_section(writer, 2, "remote", "");
    put(writer, 3, "auth", methods[writer->method].remote);
    put(writer, 3, "id", export_get(writer->export, "remote-id"));
    if (uses_certificate(writer))
        put_file(writer, 3, "cacerts", export_get(writer->export, "ca"));
    close_section(writer, 2);
}

/* Without an address of the gateway's, ours inside are what we have. */
static void
put_networks(Writer *writer)
{
    const char *local = export_get(writer->export, "local-ts");
    const char *remote = export_get(writer->export, "remote-ts");
    bool fixed = strcmp(addressing(writer), "static") == 0;

    put_list(
        writer, 4, "local_ts", local || !fixed ? local : export_get(writer->export, "addresses"));
    if (!remote && writer->tunnel)
        remote = writer->v1 ? "0.0.0.0/0" : "0.0.0.0/0,::/0";
    put_list(writer, 4, "remote_ts", remote);
}

static void
put_child(Writer *writer)
{
    g_autofree char *proposals = esp_proposals(writer);
    uint64_t life = number(writer, "esp-lifetime"), bytes = number(writer, "esp-lifebytes");

    open_section(writer, 2, "children", "");
    open_section(writer, 3, "", writer->name);
    put_networks(writer);
    put_list(writer, 4, "esp_proposals", proposals);
    put(writer, 4, "mode", export_get(writer->export, "ipsec-mode"));
    if (life > 0) {
        put_number(writer, 4, "rekey_time", life - life / 10, "s");
        put_number(writer, 4, "life_time", life, "s");
    }
    if (bytes > 0) {
        put_number(writer, 4, "rekey_bytes", bytes - bytes / 10, "");
        put_number(writer, 4, "life_bytes", bytes, "");
    }
    close_section(writer, 3);
    close_section(writer, 2);
}

/* A key that begins like one in hexadecimal or base 64 is written in base 64. */
static char *
secret_value(const char *psk)
{
    char *base64, *value;

    if (psk[0] != '0' || !strchr("xXsS", psk[1]) || !psk[1])
        return g_strdup(psk);
    base64 = g_base64_encode((const guchar *) psk, strlen(psk));
    value = g_strconcat("0s", base64, NULL);
    secret_free_text(base64);
    return value;
}

static void
put_secrets(Writer *writer)
{
    const char *psk = export_secret(writer->export, "psk");
    const char *remote = export_get(writer->export, "remote-id");
    char *value;

    if (!psk || strcmp(methods[writer->method].remote, "psk") != 0)
        return;
    value = secret_value(psk);
    g_string_append(writer->text, "secrets {\n");
    open_section(writer, 1, "ike-", writer->name);
    put(writer, 2, "id-local", export_get(writer->export, "local-id"));
    put(writer, 2, "id-remote", g_strcmp0(remote, "%any") ? remote : NULL);
    put(writer, 2, "secret", value);
    close_section(writer, 1);
    g_string_append(writer->text, "}\n");
    secret_free_text(value);
}

static void
put_own(GString *text, const char *key, const char *value)
{
    char *quoted = conf_quoted(value);

    g_string_append_printf(text, "        # nm-ike %s=%s\n", key, quoted);
    secret_free_text(quoted);
}

/* What the rest of the file does not say, where own_at is. */
static void
put_what_is_lost(Writer *writer, gsize own_at)
{
    gsize len = writer->text->len;
    g_autofree char *lost = NULL;

    append_what_is_lost(writer->export, swanctl_read, put_own, writer->text);
    lost = g_strdup(writer->text->str + len);
    g_string_truncate(writer->text, len);
    g_string_insert(writer->text, (gssize) own_at, lost);
}

static bool
find_method(Writer *writer, GError **error)
{
    const char *method = export_get(writer->export, "method");

    if (!method)
        method = writer->v1 ? "psk-xauth" : "eap";
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (strcmp(methods[i].method, method) == 0) {
            writer->method = i;
            return true;
        }
    }
    g_set_error(error,
                FORMATS_ERROR,
                FORMATS_ERROR_UNSUPPORTED,
                _("The method “%s” has no words in swanctl.conf."),
                method);
    return false;
}

char *
swanctl_write(Export *export, GError **error)
{
    g_autofree char *name = section_name(export_name(export));
    Writer writer = {.export = export, .text = g_string_new(NULL), .name = name};
    gsize own_at;

    writer.v1 = says(&writer, "ike-version", "1");
    writer.tunnel = !says(&writer, "ipsec-mode", "transport");
    if (!find_method(&writer, error)) {
        g_string_free(writer.text, TRUE);
        return NULL;
    }
    g_string_append(writer.text, "connections {\n");
    open_section(&writer, 1, "", name);
    put_own(writer.text, "name", export_name(export));
    own_at = writer.text->len;
    put_connection_keys(&writer);
    put_local(&writer);
    put_remote(&writer);
    put_child(&writer);
    close_section(&writer, 1);
    g_string_append(writer.text, "}\n");
    put_secrets(&writer);
    put_what_is_lost(&writer, own_at);
    return g_string_free(writer.text, FALSE);
}
