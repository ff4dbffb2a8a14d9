/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/identity.h"

#include "base/log.h"

#include <string.h>

#define KEY_ID_PREFIX "keyid:"
#define USER_FQDN_PREFIX "userfqdn:"
#define FQDN_PREFIX "@"

static Identity
identity_of_text(IdentityType type, const char *text)
{
    return identity_of_bytes(type, bytes_of_text(text));
}

static bool
key_id_from_hex(const char *hex, Identity *out)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    if (!*hex || !bytes_from_hex(hex, bytes))
        return false;
    *out = identity_of_bytes(ID_KEY_ID, bytes_of(bytes->data, bytes->len));
    return true;
}

static bool
identity_after(const char *prefix, IdentityType type, const char *text, Identity *out)
{
    const char *rest = text + strlen(prefix);

    if (*rest)
        *out = identity_of_text(type, rest);
    return *rest != '\0';
}

/* "C=CH, CN=gw": an attribute type of letters or dots and digits, then an equals sign */
static bool
looks_like_dn(const char *text)
{
    size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.");

    return len > 0 && text[len] == '=';
}

static Identity
identity_of_name(const char *text)
{
    IpAddress address;
    Identity dn;

    if (ip_address_from_text(text, &address))
        return identity_of_address(&address);
    if (text[0] == '@' && text[1] != '\0')
        return identity_of_text(ID_FQDN, text + 1);
    if (looks_like_dn(text)) {
        dn = identity_of_text(ID_DER_ASN1_DN, text);
        dn.text_dn = true;
        return dn;
    }
    return identity_of_text(strchr(text, '@') ? ID_USER_FQDN : ID_FQDN, text);
}

bool
identity_from_text(const char *text, Identity *out)
{
    size_t len = strlen(text);

    if (len == 0 || len > MAX_IDENTITY_LEN)
        return false;
    if (strcmp(text, "%any") == 0) {
        *out = (Identity){.type = ID_ANY};
        return true;
    }
    if (g_str_has_prefix(text, "@#"))
        return key_id_from_hex(text + 2, out);
    if (g_str_has_prefix(text, KEY_ID_PREFIX))
        return identity_after(KEY_ID_PREFIX, ID_KEY_ID, text, out);
    if (g_str_has_prefix(text, USER_FQDN_PREFIX))
        return identity_after(USER_FQDN_PREFIX, ID_USER_FQDN, text, out);
    *out = identity_of_name(text);
    return true;
}

Identity
identity_of_address(const IpAddress *address)
{
    IdentityType type = address->family == FAMILY_IPV6 ? ID_IPV6_ADDR : ID_IPV4_ADDR;

    return identity_of_bytes(type, ip_address_view(address));
}

Identity
identity_of_bytes(IdentityType type, Bytes data)
{
    return (Identity){.type = type, .data = bytes_copy(data)};
}

Identity
identity_copy(const Identity *identity)
{
    Identity copy = *identity;

    if (copy.data)
        g_bytes_ref(copy.data);
    return copy;
}

static char *
hex_text(const char *prefix, Bytes bytes)
{
    GString *text = g_string_new(prefix);

    for (size_t i = 0; i < bytes.len; i++)
        g_string_append_printf(text, "%02x", bytes.data[i]);
    return g_string_free(text, FALSE);
}

static bool
is_printable(Bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (!g_ascii_isprint((char) bytes.data[i]))
            return false;
    }
    return bytes.len > 0;
}

static char *
address_text(Bytes data)
{
    IpAddress address = ip_address_of_bytes(data);
    char buffer[IP_TEXT_SIZE];

    return g_strdup(ip_address_to_text(&address, buffer));
}

/* Of an address or a DN the form alone is asked. */
static bool
means(const char *text, IdentityType type, const char *content)
{
    g_auto(Identity) identity = {0};
    bool is_text = type == ID_FQDN || type == ID_USER_FQDN || type == ID_KEY_ID;

    return identity_from_text(text, &identity) && identity.type == type
           && (!is_text || bytes_equal(bytes_of_gbytes(identity.data), bytes_of_text(content)));
}

char *
identity_text_of(IdentityType type, const char *content)
{
    static const char *const prefixes[] = {"", FQDN_PREFIX, USER_FQDN_PREFIX, KEY_ID_PREFIX};

    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        g_autofree char *text = g_strconcat(prefixes[i], content, NULL);

        if (means(text, type, content))
            return g_steal_pointer(&text);
    }
    return NULL;
}

static char *
name_text(IdentityType type, Bytes data)
{
    g_autofree char *content = g_strndup((const char *) data.data, data.len);
    g_autofree char *text = is_printable(data) ? identity_text_of(type, content) : NULL;

    return text ? log_safe_text(text, strlen(text)) : log_safe_text(data.data, data.len);
}

char *
identity_to_text(const Identity *identity)
{
    Bytes data = bytes_of_gbytes(identity->data);
    g_autofree char *safe = log_safe_text(data.data, data.len);

    switch (identity->type) {
    case ID_ANY:
        return g_strdup("%any");
    case ID_IPV4_ADDR:
    case ID_IPV6_ADDR:
        return address_text(data);
    case ID_FQDN:
    case ID_USER_FQDN:
        return name_text(identity->type, data);
    case ID_KEY_ID:
        return is_printable(data) ? g_strconcat(KEY_ID_PREFIX, safe, NULL)
                                  : hex_text("@#", bytes_head(data, 64));
    case ID_DER_ASN1_DN:
        if (identity->text_dn)
            return g_steal_pointer(&safe);
        break;
    case ID_IPV4_ADDR_SUBNET:
    case ID_IPV6_ADDR_SUBNET:
    case ID_IPV4_ADDR_RANGE:
    case ID_IPV6_ADDR_RANGE:
    case ID_DER_ASN1_GN:
        break;
    }
    return hex_text("#", bytes_head(data, 64));
}

bool
identity_matches(const Identity *expected, const Identity *actual)
{
    Bytes a = bytes_of_gbytes(expected->data);
    Bytes b = bytes_of_gbytes(actual->data);

    if (expected->type == ID_ANY)
        return true;
    if (expected->type != actual->type)
        return false;
    if (expected->type == ID_FQDN || expected->type == ID_USER_FQDN) {
        return a.len == b.len
               && g_ascii_strncasecmp((const char *) a.data, (const char *) b.data, a.len) == 0;
    }
    return bytes_equal(a, b);
}

void
identity_clear(Identity *identity)
{
    g_clear_pointer(&identity->data, g_bytes_unref);
    identity->type = ID_ANY;
    identity->text_dn = false;
}
