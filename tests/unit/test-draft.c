/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "properties/draft.h"
#include "properties/fault.h"
#include "settings/connection-from-setting.h"
#include "settings/vendor-defaults.h"

#include <string.h>

/* "gateway=gw;!psk=secret;persistent=yes" */
static void
put_item(NMSettingVpn *setting, const char *item)
{
    g_auto(GStrv) pair = g_strsplit(item, "=", 2);

    if (!pair[0])
        return;
    if (pair[0][0] == '!')
        nm_setting_vpn_add_secret(setting, pair[0] + 1, pair[1]);
    else if (strcmp(pair[0], "persistent") == 0)
        g_object_set(setting, NM_SETTING_VPN_PERSISTENT, TRUE, NULL);
    else
        nm_setting_vpn_add_data_item(setting, pair[0], pair[1]);
}

static NMSettingVpn *
setting_of(const char *text)
{
    NMSettingVpn *setting = NM_SETTING_VPN(nm_setting_vpn_new());
    g_auto(GStrv) items = g_strsplit(text, ";", -1);

    for (char **item = items; *item && **item; item++)
        put_item(setting, *item);
    return setting;
}

static void
add_data_cb(const char *key, const char *value, gpointer items)
{
    g_ptr_array_add(items, g_strdup_printf("%s=%s", key, value));
}

static void
add_secret_cb(const char *key, const char *value, gpointer items)
{
    g_ptr_array_add(items, g_strdup_printf("!%s=%s", key, value));
}

static int
compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static char *
text_of(NMSettingVpn *setting)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);

    nm_setting_vpn_foreach_data_item(setting, add_data_cb, items);
    nm_setting_vpn_foreach_secret(setting, add_secret_cb, items);
    if (nm_setting_vpn_get_persistent(setting))
        g_ptr_array_add(items, g_strdup("persistent=yes"));
    g_ptr_array_sort(items, compare);
    g_ptr_array_add(items, NULL);
    return g_strjoinv(";", (char **) items->pdata);
}

/* "mtu=1300", or of a secret "!psk=2:text": who keeps it, and what it is. */
static void
change(Draft *draft, const char *item)
{
    g_auto(GStrv) pair = g_strsplit(item, "=", 2);

    if (pair[0][0] == '!')
        draft_set_secret(draft,
                         draft_option_by_key(pair[0] + 1),
                         pair[1] + 2,
                         (NMSettingSecretFlags) (pair[1][0] - '0'));
    else
        draft_set(draft, draft_option_by_key(pair[0]), pair[1]);
}

static void
change_all(Draft *draft, const char *changes)
{
    g_auto(GStrv) items = g_strsplit(changes, ";", -1);

    for (char **item = items; *item && **item; item++)
        change(draft, *item);
}

typedef struct {
    const char *name;
    const char *before, *changes, *after;
} Edit;

/* clang-format off */
static const Edit edits[] = {
    {"value", "gateway=gw", "mtu=1300", "gateway=gw;mtu=1300"},
    {"nothing", "gateway=gw;mtu=1300", "mtu=", "gateway=gw"},
    {"default-is-not-written", "gateway=gw;mtu=1300", "mtu=auto", "gateway=gw"},
    {"untouched-default-stays", "dpd-delay=30;gateway=gw", "", "dpd-delay=30;gateway=gw"},
    {"default-method-is-not-written", "gateway=gw", "method=psk;method=eap", "gateway=gw"},
    {"unknown-key-stays", "colour=blue;gateway=gw", "mtu=1300", "colour=blue;gateway=gw;mtu=1300"},
    {"unknown-word-stays", "fragmentation=some;gateway=gw", "mtu=1300", "fragmentation=some;gateway=gw;mtu=1300"},
    {"persistent", "gateway=gw", "persistent=yes", "gateway=gw;persistent=yes"},
    {"not-persistent", "gateway=gw;persistent=yes", "persistent=no", "gateway=gw"},

    {"secret", "gateway=gw;method=psk", "!psk=0:key", "!psk=key;gateway=gw;method=psk"},
    {"secret-in-keyring", "gateway=gw;method=psk", "!psk=1:key", "!psk=key;gateway=gw;method=psk;psk-flags=1"},
    {"secret-that-is-asked-for", "!psk=old;gateway=gw;method=psk", "!psk=2:", "gateway=gw;method=psk;psk-flags=2"},
    {"secret-that-is-not-kept", "gateway=gw;method=psk", "!psk=4:key", "gateway=gw;method=psk;psk-flags=4"},
    {"secret-for-all", "!psk=k;gateway=gw;method=psk;psk-flags=1", "!psk=0:k", "!psk=k;gateway=gw;method=psk"},
    {"secret-in-the-wrong-place", "gateway=gw;method=psk;psk=key", "mtu=1300", "!psk=key;gateway=gw;method=psk;mtu=1300"},
    {"secret-in-both-places", "!psk=key;gateway=gw;method=psk;psk=other", "", "!psk=key;gateway=gw;method=psk"},

    {"group-name", "gateway=gw;ike-version=1", "group-name=staff", "gateway=gw;ike-version=1;local-id=keyid:staff"},
    {"no-group-name", "gateway=gw;ike-version=1;local-id=keyid:staff", "group-name=", "gateway=gw;ike-version=1"},
    {"group-name-is-another-id", "gateway=gw;ike-version=1;local-id=@me", "group-name=", "gateway=gw;ike-version=1;local-id=@me"},
    {"group-name-goes-with-its-version", "gateway=gw;ike-version=1", "group-name=staff;ike-version=2", "gateway=gw"},
    {"key-id-stays-with-any-version", "gateway=gw;local-id=keyid:a", "local-id=keyid:b", "gateway=gw;local-id=keyid:b"},

    {"version-takes-its-method", "gateway=gw;ike-version=1;method=cert-xauth", "ike-version=2", "gateway=gw"},
    {"version-keeps-a-method-of-both", "gateway=gw;ike-version=1;method=psk", "ike-version=2", "gateway=gw;method=psk"},
    {"version-takes-its-options", "gateway=gw;ike-version=1;mode=aggressive", "ike-version=2", "gateway=gw"},
    {"version-and-back", "gateway=gw;ike-version=1;mode=aggressive", "ike-version=2;ike-version=1",
     "gateway=gw;ike-version=1;mode=aggressive"},
    {"method-takes-secrets", "!password=p;!psk=k;gateway=gw;ike-version=1;password-flags=1;user=a", "method=psk",
     "!psk=k;gateway=gw;ike-version=1;method=psk"},
    {"useless-before-stays", "gateway=gw;mode=aggressive", "mtu=1300", "gateway=gw;mode=aggressive;mtu=1300"},
    {"addresses-go", "addresses=10.0.0.1;addressing=static;gateway=gw", "addressing=pull", "gateway=gw"},
    {"transport-has-no-fixed-address", "addresses=10.0.0.1/24;addressing=static;gateway=gw", "ipsec-mode=transport", "gateway=gw;ipsec-mode=transport"},
    {"transport-blocks-nothing", "block-ipv6=yes;gateway=gw", "ipsec-mode=transport", "gateway=gw;ipsec-mode=transport"},

    {"vendor", "gateway=gw", "vendor=fritzbox",
     "gateway=gw;ike-version=1;legacy-algorithms=yes;method=psk-xauth;mode=aggressive;vendor=fritzbox"},
    {"vendor-does-not-overrule", "gateway=gw;ike-version=1;method=psk", "vendor=fritzbox",
     "gateway=gw;ike-version=1;legacy-algorithms=yes;method=psk;mode=aggressive;vendor=fritzbox"},
    {"another-vendor", "gateway=gw", "vendor=fritzbox;vendor=checkpoint",
     "gateway=gw;ike-version=1;method=hybrid-xauth;vendor=checkpoint"},
    {"vendor-and-back", "gateway=gw", "vendor=fritzbox;vendor=auto", "gateway=gw"},
    {"vendor-takes-only-what-it-brought", "gateway=gw;mode=aggressive;ike-version=1", "vendor=fritzbox;vendor=auto",
     "gateway=gw;ike-version=1;mode=aggressive"},
    {"vendor-leaves-what-was-changed", "gateway=gw", "vendor=juniper;addressing=none;vendor=auto",
     "addressing=none;gateway=gw"},
    {"vendor-with-a-method-that-it-cannot", "gateway=gw;method=psk-eap", "vendor=cisco",
     "gateway=gw;ike-version=1;mode=aggressive;vendor=cisco"},

    {"eap-tls", "gateway=gw;password-flags=1;user=a", "method=eap-tls;cert=/c", "cert=/c;eap=tls;gateway=gw"},
    {"eap-tls-and-back", "gateway=gw;user=a", "method=eap-tls;cert=/c;method=eap", "gateway=gw;user=a"},
    {"eap-tls-and-on", "cert=/c;eap=tls;gateway=gw", "method=cert", "cert=/c;gateway=gw;method=cert"},
    {"eap-tls-goes-with-its-version", "cert=/c;eap=tls;gateway=gw", "ike-version=1", "gateway=gw;ike-version=1"},
    {"eap-of-several-keeps-both", "gateway=gw;user=a", "eap=tls,ttls;cert=/c", "cert=/c;eap=tls,ttls;gateway=gw;user=a"},
    {"eap-auto-keeps-its-certificate", "cert=/c;gateway=gw", "user=a;key=/k", "cert=/c;gateway=gw;key=/k;user=a"},
    {"eap-after-certificate-and-tls", "cert=/c;eap=tls;gateway=gw;method=cert-eap", "method=eap", "cert=/c;gateway=gw"},
    {"eap-after-tls-without-use", "eap=tls;gateway=gw;method=psk", "method=eap", "gateway=gw"},
    {"eap-after-another-version", "eap=tls;cert=/c;gateway=gw", "ike-version=1;method=psk;ike-version=2;method=eap", "cert=/c;gateway=gw"},
    {"eap-tls-after-another-version", "cert=/c;eap=tls;gateway=gw", "ike-version=1;ike-version=2", "cert=/c;eap=tls;gateway=gw"},
    {"eap-tls-chosen-again", "cert=/c;eap=tls;gateway=gw", "method=eap-tls", "cert=/c;eap=tls;gateway=gw"},
    {"eap-tls-to-password", "cert=/c;eap=tls;gateway=gw;password-flags=4", "method=eap;cert=", "gateway=gw;password-flags=1"},
    {"pair-goes-together", "!key-password=p;cert=/c;gateway=gw;key=/k;user=a", "method=psk", "gateway=gw;method=psk"},
    {"certificate-and-eap-tls", "gateway=gw;method=cert-eap;cert=/c;user=a", "eap=tls", "cert=/c;eap=tls;gateway=gw;method=cert-eap"},

    {"new", "", "gateway=gw", "gateway=gw;password-flags=1"},
    {"new-with-certificate", "", "gateway=gw;method=eap-tls;cert=/c", "cert=/c;eap=tls;gateway=gw;key-password-flags=1"},
    {"new-with-key", "", "gateway=gw;method=psk", "gateway=gw;method=psk;psk-flags=1"},
};
/* clang-format on */

static void
test_edit(gconstpointer data)
{
    const Edit *row = data;
    g_autoptr(NMSettingVpn) setting = setting_of(row->before);
    g_autoptr(NMSettingVpn) same = setting_of(row->before);
    g_autoptr(Draft) draft = draft_new(setting);
    g_autoptr(Draft) copy = NULL;
    g_autoptr(NMSettingVpn) saved = NULL;
    g_autofree char *after = NULL, *untouched = NULL, *before = NULL;

    change_all(draft, row->changes);
    copy = draft_copy(draft);
    saved = draft_to_setting(copy);
    after = text_of(saved);
    g_assert_cmpstr(after, ==, row->after);
    g_assert_null(draft_first_fault(copy));

    untouched = text_of(setting);
    before = text_of(same);
    g_assert_cmpstr(untouched, ==, before);
}

typedef struct {
    const char *name;
    const char *profile;
    const char *key;
    const char *sentence; /* beside the widget */
} Fault;

/* clang-format off */
static const Fault faults[] = {
    {"value", "gateway=gw;mtu=5", "mtu", "Use auto, or 576 to 9000 bytes"},
    {"value-with-a-colon", "gateway=a: b", "gateway", "Use a host name or an address, without a port"},
    {"word-of-a-list", "gateway=gw;local-ts=10.0.0.0/8 x", "local-ts",
     "x: use networks such as 10.0.0.0/8 or 10.0.0.0/8[tcp/443], apart by commas or spaces"},
    {"across", "gateway=gw;dpd-delay=90", "dpd-timeout",
     "The dead peer check comes only every 90 seconds (dpd-delay): make the timeout longer"},
    {"across-without-a-gateway", "dpd-delay=90", "dpd-timeout",
     "The dead peer check comes only every 90 seconds (dpd-delay): make the timeout longer"},
    {"proposal", "gateway=gw;esp-proposals=aes256-foo", "esp-proposals",
     "Proposal 'aes256-foo': unknown algorithm 'foo'"},
    {"group-name", "gateway=gw;ike-version=1;local-id=keyid:a\nb", "group-name", ""},
};
/* clang-format on */

static void
test_fault(gconstpointer data)
{
    const Fault *row = data;
    g_autoptr(NMSettingVpn) setting = setting_of(row->profile);
    g_autoptr(Draft) draft = draft_new(setting);
    const Option *option = draft_option_by_key(row->key);
    const GError *fault = draft_fault(draft, option);
    g_autofree char *sentence = NULL;

    g_assert_nonnull(fault);
    g_assert_nonnull(draft_first_fault(draft));
    sentence = fault_sentence(fault, option->key, draft_get(draft, option));
    if (*row->sentence)
        g_assert_cmpstr(sentence, ==, row->sentence);
}

static void
test_missing_gateway(void)
{
    g_autoptr(Draft) draft = draft_new(NULL);
    const Option *gateway = draft_option_by_key("gateway");

    g_assert_error(draft_fault(draft, gateway), SETTINGS_ERROR, SETTINGS_ERROR_MISSING);
    draft_set(draft, gateway, "gw");
    g_assert_null(draft_fault(draft, gateway));
    g_assert_null(draft_first_fault(draft));
}

/* A copy is edited for itself. */
static void
test_copy(void)
{
    g_autoptr(NMSettingVpn) setting = setting_of("gateway=gw");
    g_autoptr(Draft) draft = draft_new(setting);
    g_autoptr(Draft) copy = NULL;
    const Option *mode = draft_option_by_key("mode");

    change(draft, "vendor=fritzbox");
    copy = draft_copy(draft);
    change(copy, "vendor=auto");
    g_assert_null(draft_get(copy, mode));
    g_assert_cmpstr(draft_get(draft, mode), ==, "aggressive");
}

static bool
is_offered(const char *method, const char *version)
{
    g_autoptr(Draft) draft = draft_new(NULL);

    draft_set(draft, draft_option_by_key("ike-version"), version);
    return g_strv_contains(draft_choices(draft, draft_option_by_key("method")), method);
}

static bool
is_accepted(const char *method, const char *version)
{
    g_autoptr(NMSettingVpn) setting = setting_of("gateway=gw;cert=/a");
    const char *key = NULL;

    nm_setting_vpn_add_data_item(setting, "method", method);
    nm_setting_vpn_add_data_item(setting, "ike-version", version);
    return profile_check(setting, &key, NULL) || strcmp(key, "method") != 0;
}

/* What is offered is what the service takes, and the first one what it takes for nothing. */
static void
test_methods(void)
{
    const Option *method = option_by_key("method");

    for (const OptionChoice *choice = method->choices; choice->keyword; choice++) {
        g_assert_true(is_offered(choice->keyword, "1") == is_accepted(choice->keyword, "1"));
        g_assert_true(is_offered(choice->keyword, "2") == is_accepted(choice->keyword, "2"));
    }
    g_assert_true(is_offered("eap-tls", "2"));
    g_assert_false(is_offered("eap-tls", "1"));
}

/* Each value of the table of vendors is good, is no default, and they fit each other. */
static void
test_vendor(gconstpointer data)
{
    const char *vendor = data;
    g_autoptr(NMSettingVpn) setting = setting_of("gateway=gw");
    g_autoptr(Draft) draft = draft_new(setting);

    draft_set(draft, draft_option_by_key("vendor"), vendor);
    g_assert_null(draft_first_fault(draft));
    for (const VendorDefault *fill = vendor_defaults(vendor); fill->key; fill++) {
        const Option *option = option_by_key(fill->key);

        g_assert_nonnull(option);
        g_assert_cmpstr(fill->value, !=, option->default_text);
        g_assert_cmpstr(draft_get(draft, option), ==, fill->value);
        g_assert_true(draft_applies(draft, option));
    }
}

static void
add_vendors(void)
{
    for (const OptionChoice *choice = option_by_key("vendor")->choices; choice->keyword; choice++) {
        g_autofree char *path = g_strconcat("/draft/vendor/", choice->keyword, NULL);

        g_test_add_data_func(path, choice->keyword, test_vendor);
    }
}

#define ADD_ROWS(prefix, rows, function)                                                           \
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {                                              \
        g_autofree char *path = g_strconcat(prefix, rows[i].name, NULL);                           \
                                                                                                   \
        g_test_add_data_func(path, &rows[i], function);                                            \
    }

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_ROWS("/draft/edit/", edits, test_edit);
    ADD_ROWS("/draft/fault/", faults, test_fault);
    g_test_add_func("/draft/missing-gateway", test_missing_gateway);
    g_test_add_func("/draft/copy", test_copy);
    g_test_add_func("/draft/methods", test_methods);
    add_vendors();
    return g_test_run();
}
