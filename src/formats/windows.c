/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/windows.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    MOST_WORDS = 9,
    EAP_MD5 = 4,
    EAP_GTC = 6,
    EAP_TLS = 13,
    EAP_TTLS = 21,
    EAP_PEAP = 25,
    EAP_MSCHAPV2 = 26,
};

/* The numbers are those of IKEEXT_… and IPSEC_… in Windows' iketypes.h and ipsectypes.h. */
typedef struct {
    const char *theirs; /* in ProfileXML */
    const char *ours;
} Word;

/* clang-format off */
static const struct {
    const char *name;
    size_t field;
    Word words[MOST_WORDS];
} parts[SUITE_PARTS] = {
    [SUITE_IKE_INTEGRITY] = {"IntegrityCheckMethod", offsetof(WindowsSuite, ike_integrity), {
        {"MD5", "md5"}, {"SHA196", "sha1"}, {"SHA256", "sha256"}, {"SHA384", "sha384"},
    }},
    [SUITE_IKE_ENCRYPTION] = {"EncryptionMethod", offsetof(WindowsSuite, ike_encryption), {
        {"DES", "des"}, {"DES3", "3des"}, {"AES128", "aes128"}, {"AES192", "aes192"}, {"AES256", "aes256"},
        {"AES_GCM_128", "aes128gcm16"}, {"AES_GCM_256", "aes256gcm16"},
    }},
    [SUITE_IKE_GROUP] = {"DHGroup", offsetof(WindowsSuite, ike_group), {
        {"None", NULL}, {"Group1", "modp768"}, {"Group2", "modp1024"}, {"Group14", "modp2048"},
        {"ECP256", "ecp256"}, {"ECP384", "ecp384"}, {"Group24", "modp2048s256"},
    }},
    [SUITE_ESP_ENCRYPTION] = {"CipherTransformConstants", offsetof(WindowsSuite, esp_encryption), {
        {"None", NULL}, {"DES", "des"}, {"DES3", "3des"}, {"AES128", "aes128"}, {"AES192", "aes192"}, {"AES256", "aes256"},
        {"GCMAES128", "aes128gcm16"}, {"GCMAES192", "aes192gcm16"}, {"GCMAES256", "aes256gcm16"},
    }},
    [SUITE_ESP_INTEGRITY] = {"AuthenticationTransformConstants", offsetof(WindowsSuite, esp_integrity), {
        {"MD596", "md5"}, {"SHA196", "sha1"}, {"SHA256128", "sha256"},
        /* One with the encryption of the same name. */
        {"GCMAES128", "aes128gcm16"}, {"GCMAES192", "aes192gcm16"}, {"GCMAES256", "aes256gcm16"},
    }},
    [SUITE_PFS] = {"PfsGroup", offsetof(WindowsSuite, pfs), {
        {"None", "no"}, {"PFS1", "modp768"}, {"PFS2", "modp1024"}, {"PFS2048", "modp2048"},
        {"ECP256", "ecp256"}, {"ECP384", "ecp384"}, {"PFSMM", WINDOWS_PFS_OF_IKE}, {"PFS24", "modp2048s256"},
    }},
};
/* clang-format on */

const char *
windows_suite_name(SuitePart part)
{
    return parts[part].name;
}

static bool
set_part(WindowsSuite *suite, SuitePart part, const Word *word, const char *value, Import *import)
{
    if (word && word->ours)
        G_STRUCT_MEMBER(const char *, suite, parts[part].field) = word->ours;
    else
        import_not_had(import, parts[part].name, value);
    return word && word->ours;
}

bool
windows_suite_set_word(WindowsSuite *suite, SuitePart part, const char *word, Import *import)
{
    const Word *found = NULL;

    for (size_t i = 0; i < MOST_WORDS && parts[part].words[i].theirs; i++) {
        if (g_ascii_strcasecmp(parts[part].words[i].theirs, word) == 0)
            found = &parts[part].words[i];
    }
    return set_part(suite, part, found, word, import);
}

bool
windows_suite_set_number(WindowsSuite *suite, SuitePart part, uint32_t number, Import *import)
{
    const Word *found =
        number < MOST_WORDS && parts[part].words[number].theirs ? &parts[part].words[number] : NULL;
    g_autofree char *digits = g_strdup_printf("%" G_GUINT32_FORMAT, number);

    return set_part(suite, part, found, digits, import);
}

static void
take_ike(const WindowsSuite *suite, Import *import)
{
    g_autofree char *proposal = NULL;

    if (!suite->ike_encryption || !suite->ike_integrity || !suite->ike_group)
        return;
    proposal = g_strdup_printf("%s-%s%s-%s",
                               suite->ike_encryption,
                               strstr(suite->ike_encryption, "gcm") ? "prf" : "",
                               suite->ike_integrity,
                               suite->ike_group);
    import_set(import, "ike-proposals", proposal, windows_suite_name(SUITE_IKE_ENCRYPTION));
}

static void
take_esp(const WindowsSuite *suite, Import *import)
{
    bool combined = suite->esp_encryption && strstr(suite->esp_encryption, "gcm");
    const char *group = suite->pfs && strcmp(suite->pfs, "no") != 0 ? suite->pfs : NULL;
    g_autofree char *proposal = NULL;

    if (!suite->esp_encryption || (!combined && !suite->esp_integrity))
        return;
    if (group && strcmp(group, WINDOWS_PFS_OF_IKE) == 0)
        group = suite->ike_group;
    proposal = g_strconcat(suite->esp_encryption,
                           combined ? "" : "-",
                           combined ? "" : suite->esp_integrity,
                           group ? "-" : "",
                           group ? group : "",
                           NULL);
    import_set(import, "esp-proposals", proposal, windows_suite_name(SUITE_ESP_ENCRYPTION));
}

void
windows_suite_take(const WindowsSuite *suite, Import *import)
{
    take_ike(suite, import);
    take_esp(suite, import);
}

void
windows_note_no_suite(Import *import)
{
    import_note(import,
                _("The profile names no algorithms, and Windows' own choice is weak (MODP-1024). "
                  "If the gateway refuses the connection, choose “Offer old algorithms too”."));
}

static void
note_certificate(Import *import)
{
    import_note(import, _("Windows takes the certificate from its own store."));
}

void
windows_take_machine_certificate(Import *import)
{
    import_set(import, "method", "cert", "MachineMethod");
    note_certificate(import);
}

void
windows_take_eap(unsigned type, const char *theirs, Import *import)
{
    static const struct {
        unsigned type;
        const char *method;
    } methods[] = {
        {EAP_MD5, "md5"},
        {EAP_GTC, "gtc"},
        {EAP_TLS, "tls"},
        {EAP_TTLS, "ttls"},
        {EAP_PEAP, "peap"},
        {EAP_MSCHAPV2, "mschapv2"},
    };
    const char *method = NULL;
    g_autofree char *digits = g_strdup_printf("%u", type);

    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (methods[i].type == type)
            method = methods[i].method;
    }
    import_set(import, "method", "eap", theirs);
    if (!method)
        import_not_had(import, theirs, digits);
    else
        import_set(import, "eap", method, theirs);
    if (type == EAP_TLS)
        note_certificate(import);
}

void
windows_take_split(bool without_class, Import *import)
{
    import_never_default(import);
    if (!without_class)
        import_note(import,
                    _("Windows also reaches the network that its address inside is of, by the old "
                      "classes (such as 10.0.0.0/8). Add a route for it if it is needed."));
}
