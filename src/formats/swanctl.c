/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/swanctl.h"

#include "base/log.h"
#include "formats/formats.h"
#include "formats/internal.h"
#include "formats/ipsec-words.h"
#include "model/address.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* swanctl.conf(5) of strongSwan: the first connection of the file that is a client's. */

/* One address or name; not a network, a range or everybody. */
static bool
is_one_host(const char *text)
{
    IpAddress address;
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);

    if (!*text || *text == '%' || strchr(text, '/'))
        return false;
    if (ends[1] && ip_address_from_text(ends[0], &address))
        return false;
    return !ip_address_from_text(text, &address)
           || (strcmp(text, "0.0.0.0") != 0 && strcmp(text, "::") != 0);
}

static char *
first_host(const char *list)
{
    g_auto(GStrv) hosts = g_strsplit(list ? list : "", ",", SWANCTL_MAX_LIST);

    for (char **host = hosts; *host; host++) {
        if (is_one_host(g_strstrip(*host)))
            return g_strdup(*host);
    }
    return NULL;
}

static void
read_remote_addrs(Swanctl *self, const char *value, const char *theirs)
{
    g_auto(GStrv) hosts = g_strsplit(value, ",", SWANCTL_MAX_LIST);
    g_autofree char *gateway = first_host(value);

    import_set(self->import, "gateway", gateway, theirs);
    for (char **host = hosts; *host; host++) {
        g_strstrip(*host);
        if (g_strcmp0(*host, gateway) != 0 && is_one_host(*host))
            import_not_had(self->import, theirs, *host);
    }
}

static void
read_local_addrs(Swanctl *self, const char *value, const char *theirs)
{
    static const char *const any[] = {"%any", "%any4", "0.0.0.0", "%defaultroute", NULL};

    if (!g_strv_contains(any, value))
        import_not_had(self->import, theirs, value);
}

static void
read_remote_port(Swanctl *self, const char *value, const char *theirs)
{
    import_set(self->import, "remote-port", value, theirs);
}

/* 0 is any free one, which we take if 500 is not to be had. */
static void
read_local_port(Swanctl *self, const char *value, const char *theirs)
{
    if (strcmp(value, "0") != 0)
        import_set(self->import, "local-port", value, theirs);
}

static void
read_proposals(Swanctl *self, const char *value, const char *theirs)
{
    words_set_proposals(self->import, "ike-proposals", value, theirs);
}

/* Any address of a family is asked for by its zero address. */
static void
read_vips(Swanctl *self, const char *value, const char *theirs)
{
    g_auto(GStrv) addresses = g_strsplit(value, ",", SWANCTL_MAX_LIST);
    static const char *const any[] = {"", "0.0.0.0", "::", "%config", "%config4", "%config6", NULL};

    for (char **address = addresses; *address; address++) {
        if (!g_strv_contains(any, g_strstrip(*address)))
            import_not_had(self->import, theirs, *address);
    }
}

static void
read_aggressive(Swanctl *self, const char *value, const char *theirs)
{
    if (self->v1)
        import_set(self->import, "mode", words_are_yes(value) ? "aggressive" : "main", theirs);
    else if (words_are_yes(value))
        import_not_had(self->import, theirs, value);
}

static void
read_encap(Swanctl *self, const char *value, const char *theirs)
{
    if (words_are_yes(value))
        import_set(self->import, "encapsulation", "force", theirs);
}

static void
read_mobike(Swanctl *self, const char *value, const char *theirs)
{
    if (!self->v1)
        import_set(self->import, "mobike", words_are_yes(value) ? "yes" : "no", theirs);
}

static void
read_fragmentation(Swanctl *self, const char *value, const char *theirs)
{
    if (strcmp(value, "force") == 0)
        import_set(self->import, "fragmentation", value, theirs);
    else if (strcmp(value, "accept") == 0)
        import_set(self->import, "fragmentation", "no", theirs);
    else
        import_set(self->import, "fragmentation", words_are_yes(value) ? "yes" : "no", theirs);
}

static void
read_keyingtries(Swanctl *self, const char *value, const char *theirs)
{
    if (strcmp(value, "0") == 0)
        import_set_persistent(self->import);
    else if (strcmp(value, "1") != 0)
        import_not_had(self->import, theirs, value);
}

static const KeyReader connection_readers[] = {
    {"version", swanctl_read_elsewhere},
    {"remote_addrs", read_remote_addrs},
    {"local_addrs", read_local_addrs},
    {"remote_port", read_remote_port},
    {"local_port", read_local_port},
    {"proposals", read_proposals},
    {"vips", read_vips},
    {"aggressive", read_aggressive},
    {"pull", swanctl_read_elsewhere},
    {"encap", read_encap},
    {"mobike", read_mobike},
    {"dpd_delay", swanctl_read_elsewhere},
    {"dpd_timeout", swanctl_read_elsewhere},
    {"fragmentation", read_fragmentation},
    {"send_cert", NULL, "ifasked"},
    {"send_certreq", NULL, "yes"},
    {"keyingtries", read_keyingtries},
    {"unique", NULL, "no"},
    {"reauth_time", swanctl_read_elsewhere},
    {"rekey_time", swanctl_read_elsewhere},
    {"over_time", swanctl_read_elsewhere},
    {"dscp", NULL, "000000"},
    {"childless", NULL, "allow"},
    {NULL},
};

/* --- times ------------------------------------------------------------------------------------ */

/* It is renewed at one time, and ends when that has failed, a tenth later if the file does not say
 * it. Our lifetime is the end. */
static void
set_ike_lifetime(Swanctl *self)
{
    static const char *const keys[] = {"reauth_time", "rekey_time", "over_time", NULL};
    uint64_t reauth = swanctl_seconds(self->connection, "reauth_time");
    uint64_t rekey = swanctl_seconds(self->connection, "rekey_time");
    uint64_t renewed = reauth ? reauth : rekey;
    uint64_t over = swanctl_seconds(self->connection, "over_time");

    swanctl_check_times(self, self->connection, "", keys);
    if (reauth && !self->v1)
        import_set(self->import, "reauth", "yes", "reauth_time");
    if (renewed)
        import_set_number(self->import,
                          "ike-lifetime",
                          renewed + (over ? over : renewed / 10),
                          reauth ? "reauth_time" : "rekey_time");
}

/* Our timeout counts from the last sign of life, so it is longer than the delay. */
static void
set_dpd(Swanctl *self)
{
    static const char *const keys[] = {"dpd_delay", "dpd_timeout", NULL};
    const char *said = conf_value(self->connection, "dpd_delay");
    uint64_t delay = swanctl_seconds(self->connection, "dpd_delay");
    uint64_t timeout = swanctl_seconds(self->connection, "dpd_timeout");
    uint64_t our_timeout = 60;

    swanctl_check_times(self, self->connection, "", keys);
    if (said && words_read_seconds(said, &delay))
        import_set_number(self->import, "dpd-delay", delay, "dpd_delay");
    if (timeout)
        import_set_number(self->import, "dpd-timeout", MAX(timeout, delay), "dpd_timeout");
    else if (delay > our_timeout)
        import_set_number(self->import, "dpd-timeout", 2 * delay, "dpd_delay");
}

/* What is asked of the gateway: an address that it gives, by request or unasked, or none. */
static void
set_addressing(Swanctl *self)
{
    const char *vips = conf_value(self->connection, "vips");
    const char *pull = conf_value(self->connection, "pull");

    if (!vips || !*vips)
        import_set(self->import, "addressing", "none", "vips");
    else if (pull && !words_are_yes(pull))
        import_set(self->import, "addressing", "push", "pull");
}

/* --- the file --------------------------------------------------------------------------------- */

/* Our own keys are read last: they say what the others could not. */
static void
read_own(Swanctl *self)
{
    for (guint i = 0; i < self->connection->own->len; i++) {
        const ConfEntry *entry = self->connection->own->pdata[i];

        if (strcmp(entry->key, "name") == 0)
            import_set_name(self->import, entry->value);
        else if (*entry->value)
            import_set_own(self->import, entry->key, entry->value);
        else
            import_unset(self->import, entry->key);
    }
}

static void
read_version(Swanctl *self)
{
    const char *version = conf_value(self->connection, "version");

    self->v1 = version && strcmp(version, "1") == 0;
    import_set(self->import, "ike-version", self->v1 ? "1" : "2", "version");
    if (version && *version && !strchr("012", *version))
        import_not_had(self->import, "version", version);
}

static void
read_connection(Swanctl *self)
{
    import_set_name(self->import, self->connection->name);
    read_version(self);
    swanctl_read_keys(self, self->connection, "", connection_readers);
    set_ike_lifetime(self);
    set_dpd(self);
    set_addressing(self);
    swanctl_read_authentication(self);
    swanctl_read_children(self);
    swanctl_read_authorities(self);
    /* Whose secret it is depends on the method, and who keeps it is in our own keys too. */
    read_own(self);
    swanctl_read_secrets(self);
    read_own(self);
    swanctl_check_authority(self);
}

static bool
is_client(const ConfSection *connection)
{
    g_autofree char *gateway = first_host(conf_value(connection, "remote_addrs"));

    return gateway != NULL;
}

/* NULL, with a sentence: all of them wait for others. */
static const ConfSection *
choose_connection(Swanctl *self, GError **error)
{
    const ConfSection *connections = conf_child(self->root, "connections");
    g_autoptr(GPtrArray) all = connections ? conf_children(connections) : g_ptr_array_new();
    const ConfSection *chosen = NULL;

    for (guint i = 0; i < all->len; i++) {
        const ConfSection *connection = all->pdata[i];
        g_autofree char *name = log_safe_text(connection->name, strlen(connection->name));

        if (!chosen && is_client(connection))
            chosen = connection;
        else if (i < SWANCTL_MAX_LIST)
            import_note(self->import,
                        _("The file has another connection, “%s”, which was left out."),
                        name);
    }
    if (!chosen)
        g_set_error_literal(
            error,
            FORMATS_ERROR,
            FORMATS_ERROR_UNSUPPORTED,
            all->len ? _("no connection in it names a gateway (“remote_addrs”): it is the "
                         "configuration of a server.")
                     : _("there is no connection in it."));
    return chosen;
}

static void
note_other_sections(Swanctl *self)
{
    static const char *const known[] = {"connections", "secrets", "authorities", NULL};

    for (guint i = 0; i < self->root->sections->len; i++) {
        const ConfSection *section = self->root->sections->pdata[i];

        /* A section that others refer to has been read there. */
        if (!g_strv_contains(known, section->name) && strcmp(section->name, "pools") == 0)
            import_not_had(self->import, section->name, NULL);
    }
    for (guint i = 0; i < self->root->entries->len; i++) {
        const ConfEntry *entry = self->root->entries->pdata[i];

        import_not_had(self->import, entry->key, entry->value);
    }
}

static void
note_includes(Import *import, const GPtrArray *names)
{
    for (guint i = 0; i < names->len && i < SWANCTL_MAX_LIST; i++) {
        g_autofree char *safe = log_safe_text(names->pdata[i], strlen(names->pdata[i]));

        /* Every swanctl.conf ends with this one. */
        if (strcmp(safe, "conf.d/*.conf") != 0)
            import_note(import, _("“include %s” was not followed: import that file too."), safe);
    }
}

/* Its own folder, or the one above that its parts lie in. */
static char *
base_of(const char *folder)
{
    if (g_str_has_suffix(folder, "/swanctl/conf.d"))
        return g_path_get_dirname(folder);
    return g_strdup(folder);
}

bool
swanctl_read(const FormatFile *file, Import *import, GError **error)
{
    g_autoptr(GPtrArray) includes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(ConfSection) root = conf_parse(file->text, includes, error);
    g_autofree char *base = base_of(file->folder);
    Swanctl self = {.import = import, .root = root, .base = base};

    if (!root)
        return false;
    self.connection = choose_connection(&self, error);
    if (!self.connection)
        return false;
    self.ours = self.connection->own->len > 0;
    read_connection(&self);
    note_other_sections(&self);
    note_includes(import, includes);
    return true;
}

/* The word at the begin of a line or behind a brace, with one of the signs after it. */
static bool
has_word(const char *text, const char *word, const char *signs)
{
    bool begins = true;

    if (!strstr(text, word))
        return false;
    for (const char *at = text; *at; at++) {
        if (begins && g_str_has_prefix(at, word)) {
            const char *after = at + strlen(word);

            after += strspn(after, " \t\n");
            if (*after && strchr(signs, *after))
                return true;
        }
        begins = strchr("\n{};", *at) || (begins && (*at == ' ' || *at == '\t'));
    }
    return false;
}

/* "connections {", which other languages have too, and something that only a VPN's have. */
static bool
recognises(const FormatFile *file)
{
    static const char *const words[] = {
        "remote_addrs", "local_addrs", "proposals", "vips", "children", "version", "aggressive"};

    if (!file->text || !has_word(file->text, "connections", "{"))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (has_word(file->text, words[i], "={"))
            return true;
    }
    return has_word(file->text, "local", "{") && has_word(file->text, "remote", "{");
}

const Format format_swanctl = {
    .name = N_("a swanctl.conf of strongSwan"),
    .suffix = ".conf",
    .recognises = recognises,
    .read = swanctl_read,
    .write = swanctl_write,
};
