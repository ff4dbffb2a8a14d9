/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/sswan.h"

#include "formats/certificate-blob.h"
#include "formats/lossless.h"
#include "settings/key-file.h"
#include "settings/options.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* NULL values are left out. */
static void
add_text(JsonObject *object, const char *name, const char *value)
{
    if (value)
        json_object_set_string_member(object, name, value);
}

static void
add_number(JsonObject *object, const char *name, const char *digits)
{
    guint64 number;

    if (digits && g_ascii_string_to_unsigned(digits, 10, 0, G_MAXINT64, &number, NULL))
        json_object_set_int_member(object, name, (gint64) number);
}

/* Takes the object over; an empty one says nothing. */
static void
add_object(JsonObject *parent, const char *name, JsonObject *object)
{
    if (json_object_get_size(object) > 0)
        json_object_set_object_member(parent, name, object);
    else
        json_object_unref(object);
}

static void
add_base64(JsonObject *object, const char *name, Bytes content)
{
    g_autofree char *text = NULL;

    if (content.len == 0)
        return;
    text = g_base64_encode(content.data, content.len);
    json_object_set_string_member(object, name, text);
}

/* What is IKEv2, and of a method that the client has. Without a type it refuses the file, which is
 * better than a wrong one. */
static const char *
type_of(const Export *export)
{
    const char *method = export_get(export, "method");

    if (strcmp(export_get_or_default(export, "ike-version"), "2") != 0)
        return NULL;
    if (!method || strcmp(method, "eap") == 0)
        return g_strcmp0(export_get(export, "eap"), "tls") == 0 ? "ikev2-eap-tls" : "ikev2-eap";
    if (strcmp(method, "cert") == 0)
        return "ikev2-cert";
    return strcmp(method, "cert-eap") == 0 ? "ikev2-cert-eap" : NULL;
}

/* Only certificates go out, whatever else the file has in it. */
static void
add_gateway_certificate(JsonObject *remote, const Export *export)
{
    const char *path = export_get(export, "ca");
    g_auto(Secret) content = {0};
    g_autoptr(GString) pem = g_string_new(NULL);

    if (!path || key_is_on_token(path))
        return;
    content = certificate_read_file(path);
    certificate_append_all(pem, secret_view(&content));
    add_base64(remote, "cert", bytes_of(pem->str, pem->len));
}

/* A private key leaves this machine only if nobody can use it without its password. */
static void
add_identity(JsonObject *local, const Export *export)
{
    const char *path = export_get(export, "key");
    g_auto(Secret) content = {0};

    if (!path || key_is_on_token(path) || !key_needs_password(path))
        return;
    content = certificate_read_file(path);
    if (certificate_is_identity(secret_view(&content)))
        add_base64(local, "p12", secret_view(&content));
}

static JsonObject *
remote_of(const Export *export)
{
    JsonObject *remote = json_object_new();

    add_text(remote, "addr", export_get(export, "gateway"));
    add_number(remote, "port", export_get(export, "remote-port"));
    add_text(remote, "id", export_get(export, "remote-id"));
    add_gateway_certificate(remote, export);
    return remote;
}

static JsonObject *
local_of(const Export *export)
{
    JsonObject *local = json_object_new();

    add_text(local, "id", export_get(export, "local-id"));
    add_text(local, "eap_id", export_get(export, "user"));
    add_identity(local, export);
    return local;
}

static JsonArray *
routes_of(const Export *export)
{
    JsonArray *list = json_array_new();

    for (int ipv6 = 0; ipv6 <= 1; ipv6++) {
        NMSettingIPConfig *ip = export_ip(export, ipv6 != 0);
        guint n = ip ? nm_setting_ip_config_get_num_routes(ip) : 0;

        for (guint i = 0; i < n; i++) {
            NMIPRoute *route = nm_setting_ip_config_get_route(ip, (int) i);
            g_autofree char *text = g_strdup_printf(
                "%s/%u", nm_ip_route_get_dest(route), nm_ip_route_get_prefix(route));

            json_array_add_string_element(list, text);
        }
    }
    return list;
}

static JsonObject *
split_tunneling_of(const Export *export)
{
    JsonObject *split = json_object_new();
    NMSettingIPConfig *ip = export_ip(export, false);
    JsonArray *routes = routes_of(export);

    if (ip && nm_setting_ip_config_get_never_default(ip) && json_array_get_length(routes) > 0)
        json_object_set_array_member(split, "subnets", json_array_ref(routes));
    json_array_unref(routes);
    if (g_strcmp0(export_get(export, "block-ipv4"), "yes") == 0)
        json_object_set_boolean_member(split, "block-ipv4", TRUE);
    if (g_strcmp0(export_get(export, "block-ipv6"), "yes") == 0)
        json_object_set_boolean_member(split, "block-ipv6", TRUE);
    return split;
}

static void
add_name_servers(JsonObject *object, const Export *export)
{
    JsonArray *list = json_array_new();

    for (int ipv6 = 0; ipv6 <= 1; ipv6++) {
        NMSettingIPConfig *ip = export_ip(export, ipv6 != 0);
        guint n = ip ? nm_setting_ip_config_get_num_dns(ip) : 0;

        for (guint i = 0; i < n; i++)
            json_array_add_string_element(list, nm_setting_ip_config_get_dns(ip, (int) i));
    }
    if (json_array_get_length(list) > 0)
        json_object_set_array_member(object, "dns-servers", json_array_ref(list));
    json_array_unref(list);
}

/* The client takes one proposal. */
static const char *
only_proposal(const char *proposals)
{
    return proposals && !strpbrk(proposals, ", ") ? proposals : NULL;
}

static JsonObject *
profile_of(const Export *export)
{
    JsonObject *profile = json_object_new();

    add_text(profile, "uuid", export_uuid(export));
    add_text(profile, "name", export_name(export));
    add_text(profile, "type", type_of(export));
    add_object(profile, "remote", remote_of(export));
    add_object(profile, "local", local_of(export));
    add_text(profile, "ike-proposal", only_proposal(export_get(export, "ike-proposals")));
    add_text(profile, "esp-proposal", only_proposal(export_get(export, "esp-proposals")));
    add_number(profile, "mtu", export_get(export, "mtu"));
    add_number(profile, "nat-keepalive", export_get(export, "nat-keepalive"));
    add_name_servers(profile, export);
    add_object(profile, "split-tunneling", split_tunneling_of(export));
    return profile;
}

static char *
text_of(JsonObject *profile)
{
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);

    json_node_set_object(root, profile);
    return json_to_string(root, TRUE);
}

static void
add_own(JsonObject *profile, const Export *export)
{
    JsonObject *own = json_object_new();
    g_autofree char *text = NULL;
    g_autoptr(GPtrArray) lost = NULL;

    /* An empty one, since without it a file that has no type is refused. */
    json_object_set_object_member(profile, SSWAN_OWN, json_object_ref(own));
    text = text_of(profile);
    lost = keys_that_are_lost(export, sswan_read, text);
    for (guint i = 0; i < lost->len; i++) {
        const char *value = export_get(export, lost->pdata[i]);

        json_object_set_string_member(own, lost->pdata[i], value ? value : "");
    }
    add_text(own, "psk", export_secret(export, "psk"));
    if (json_object_get_size(own) == 0)
        json_object_remove_member(profile, SSWAN_OWN);
    json_object_unref(own);
}

char *
sswan_write(Export *export, GError **error)
{
    g_autoptr(JsonObject) profile = profile_of(export);

    add_own(profile, export);
    return text_of(profile);
}
