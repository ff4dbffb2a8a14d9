/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/swanctl.h"

#include "formats/ipsec-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void
read_local_ts(Swanctl *self, const char *value, const char *theirs)
{
    words_set_selectors(self->import, "local-ts", value, theirs);
}

static void
read_esp_proposals(Swanctl *self, const char *value, const char *theirs)
{
    words_set_proposals(self->import, "esp-proposals", value, theirs);
}

static void
read_mode(Swanctl *self, const char *value, const char *theirs)
{
    import_set(self->import, "ipsec-mode", value, theirs);
}

/* What is loaded is brought up at once, as NetworkManager does it with this. */
static void
read_start_action(Swanctl *self, const char *value, const char *theirs)
{
    if (strstr(value, "start"))
        import_set_autoconnect(self->import);
    else if (strcmp(value, "none") != 0)
        import_not_had(self->import, theirs, value);
}

/* What the gateway ends, or what is lost, is made again. */
static void
read_end_action(Swanctl *self, const char *value, const char *theirs)
{
    static const char *const again[] = {"start", "restart", NULL};
    static const char *const ends[] = {"none", "clear", NULL};

    if (g_strv_contains(again, value))
        import_set_persistent(self->import);
    else if (!g_strv_contains(ends, value))
        import_not_had(self->import, theirs, value);
}

static const KeyReader child_readers[] = {
    {"local_ts", read_local_ts},
    {"remote_ts", swanctl_read_elsewhere},
    {"esp_proposals", read_esp_proposals},
    {"mode", read_mode},
    {"start_action", read_start_action},
    {"dpd_action", read_end_action},
    {"close_action", read_end_action},
    {"rekey_time", swanctl_read_elsewhere},
    {"life_time", swanctl_read_elsewhere},
    {"rekey_bytes", swanctl_read_elsewhere},
    {"life_bytes", swanctl_read_elsewhere},
    {"ipcomp", NULL, "no"},
    {"policies", NULL, "yes"},
    {"hostaccess", NULL, "no"},
    {"inactivity", NULL, "0s"},
    {"tfc_padding", NULL, "0"},
    {NULL},
};

static uint64_t
number_in(const ConfSection *section, const char *key)
{
    const char *value = conf_value(section, key);
    guint64 number = 0;

    if (value && !g_ascii_string_to_unsigned(value, 10, 0, INT64_MAX / 2, &number, NULL))
        number = 0;
    return number;
}

static void
set_child_lifetime(Swanctl *self, const char *where)
{
    static const char *const keys[] = {"life_time", "rekey_time", NULL};
    uint64_t life = swanctl_seconds(self->child, "life_time");
    uint64_t rekey = swanctl_seconds(self->child, "rekey_time");
    uint64_t life_bytes = number_in(self->child, "life_bytes");
    uint64_t rekey_bytes = number_in(self->child, "rekey_bytes");

    swanctl_check_times(self, self->child, where, keys);
    if (life || rekey)
        import_set_number(self->import,
                          "esp-lifetime",
                          life ? life : rekey + rekey / 10,
                          life ? "life_time" : "rekey_time");
    if (life_bytes || rekey_bytes)
        import_set_number(self->import,
                          "esp-lifebytes",
                          life_bytes ? life_bytes : rekey_bytes + rekey_bytes / 10,
                          life_bytes ? "life_bytes" : "rekey_bytes");
}

/* strongSwan asks for the gateway itself then, which hardly anybody means. */
static void
check_remote_ts(Swanctl *self)
{
    const char *mode = import_get(self->import, "ipsec-mode");

    if (self->ours || import_get(self->import, "remote-ts") || g_strcmp0(mode, "transport") == 0)
        return;
    import_note(self->import,
                _("The file does not say which networks are behind the gateway (“remote_ts”): the "
                  "profile asks for all that the gateway allows."));
}

static bool
is_traffic_passed_by(const ConfSection *child)
{
    const char *mode = conf_value(child, "mode");

    return mode && (strcmp(mode, "pass") == 0 || strcmp(mode, "drop") == 0);
}

/* Whether all that it differs in are networks. */
static bool
has_only_other_networks(const Swanctl *self, const ConfSection *other)
{
    static const char *const keys[] = {"local_ts", "esp_proposals", "mode", NULL};
    const char *networks = conf_value(other, "remote_ts");
    const char *first = conf_value(self->child, "remote_ts");

    if (is_traffic_passed_by(other) || !networks || !*networks || !first || !*first)
        return false;
    for (const char *const *key = keys; *key; key++) {
        if (g_strcmp0(conf_value(other, *key), conf_value(self->child, *key)) != 0)
            return false;
    }
    return true;
}

/* The networks of all children that are one with us: a server's file has them by the hundred. */
typedef struct {
    GString *list;
    unsigned n; /* of children */
} Networks;

static void
add_networks(Networks *networks, const ConfSection *child)
{
    const char *said = conf_value(child, "remote_ts");

    if (said)
        g_string_append_printf(networks->list, "%s%s", networks->n++ ? "," : "", said);
}

static void
set_networks(Swanctl *self, Networks *networks)
{
    g_autofree char *where = g_strconcat("children.", self->child->name, NULL);
    g_autofree char *theirs = swanctl_name(networks->n > 1 ? "children" : where, "remote_ts");

    words_set_selectors(self->import, "remote-ts", networks->list->str, theirs);
}

void
swanctl_read_children(Swanctl *self)
{
    const ConfSection *section = conf_child(self->connection, "children");
    g_autoptr(GPtrArray) children = section ? conf_children(section) : g_ptr_array_new();
    g_autoptr(GString) list = g_string_new(NULL);
    Networks networks = {list, 0};

    for (guint i = 0; i < children->len; i++) {
        const ConfSection *child = children->pdata[i];
        g_autofree char *where = g_strconcat("children.", child->name, NULL);

        if (!self->child && !is_traffic_passed_by(child)) {
            self->child = child;
            swanctl_read_keys(self, child, where, child_readers);
            set_child_lifetime(self, where);
            add_networks(&networks, child);
        } else if (self->child && has_only_other_networks(self, child)) {
            add_networks(&networks, child);
        } else {
            import_not_had(self->import, where, NULL);
        }
    }
    if (!self->child)
        return;
    set_networks(self, &networks);
    check_remote_ts(self);
}
