/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/import.h"

/* What Windows' two formats have in common: ProfileXML says in words what a phone book says in
 * numbers. */

/* One choice of algorithms. Words are ours; NULL: it is not said, or nothing we know the name of.
 */
typedef struct {
    const char *ike_encryption, *ike_integrity, *ike_group;
    const char *esp_encryption, *esp_integrity;
    const char *pfs; /* a group, "no", or WINDOWS_PFS_OF_IKE */
} WindowsSuite;

#define WINDOWS_PFS_OF_IKE "mm" /* that of the IKE SA */

typedef enum {
    SUITE_IKE_INTEGRITY,
    SUITE_IKE_ENCRYPTION,
    SUITE_IKE_GROUP,
    SUITE_ESP_ENCRYPTION,
    SUITE_ESP_INTEGRITY,
    SUITE_PFS,
    SUITE_PARTS, /* in the order of a phone book's CustomIPSecPolicies */
} SuitePart;

/* What ProfileXML calls the part: "DHGroup". */
const char *windows_suite_name(SuitePart part);

/* False, and a note, if the word or number is of none that we know. */
bool windows_suite_set_word(WindowsSuite *suite, SuitePart part, const char *word, Import *import);
bool windows_suite_set_number(WindowsSuite *suite, SuitePart part, uint32_t number, Import *import);

void windows_suite_take(const WindowsSuite *suite, Import *import);

/* A profile without one means what Windows offers by itself. */
void windows_note_no_suite(Import *import);

/* EAP's type (RFC 3748, 5) into method, eap and what the user is told. */
void windows_take_eap(unsigned type, const char *theirs, Import *import);

/* The certificate of the computer, from Windows' own store. */
void windows_take_machine_certificate(Import *import);

/* Only what routes say goes into the tunnel, and unless without_class the network, of the old
 * classes, that the address inside is of. */
void windows_take_split(bool without_class, Import *import);
