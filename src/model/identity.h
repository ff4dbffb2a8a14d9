/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/address.h"

/* Identification types, the same numbers in IKEv1 (RFC 2407, 4.6.2.1) and IKEv2 (RFC 7296, 3.5). */
typedef enum {
    ID_ANY = 0, /* "%any": no type of the registry's */
    ID_IPV4_ADDR = 1,
    ID_FQDN = 2,
    ID_USER_FQDN = 3, /* IKEv2: ID_RFC822_ADDR */
    ID_IPV4_ADDR_SUBNET = 4,
    ID_IPV6_ADDR = 5,
    ID_IPV6_ADDR_SUBNET = 6,
    ID_IPV4_ADDR_RANGE = 7,
    ID_IPV6_ADDR_RANGE = 8,
    ID_DER_ASN1_DN = 9,
    ID_DER_ASN1_GN = 10,
    ID_KEY_ID = 11,
} IdentityType;

enum {
    MAX_IDENTITY_LEN = 1024, /* bytes: a distinguished name of a real certificate has below 500 */
};

/* Who a peer says it is. data is the wire's form; of a DN, which only crypto/ can encode, it is the
 * text until the engine has translated it (text_dn). */
typedef struct {
    IdentityType type;
    bool text_dn;
    GBytes *data; /* NULL for ID_ANY */
} Identity;

/* The type is read from the form: an address; "C=…, CN=…"; "user@example.org"; "@gw.example.org" or
 * any other text a name; "userfqdn:text" an ID_USER_FQDN of any form; "keyid:text" or "@#hex" a key
 * ID; "%any". false, and *out untouched, for an empty or over-long text or bad hex. */
bool identity_from_text(const char *text, Identity *out);

Identity identity_of_address(const IpAddress *address);
Identity identity_of_bytes(IdentityType type, Bytes data);
Identity identity_copy(const Identity *identity);

/* The text of which identity_from_text() makes an identity of this type with this content, which is
 * a name, a key ID, an address or a DN. Owned by the caller; NULL: there is none. */
char *identity_text_of(IdentityType type, const char *content);

/* For people: owned by the caller, fit to be logged, cut if it is long. A name that looks like
 * something else says what it is: "@192.0.2.1". */
char *identity_to_text(const Identity *identity);

/* Whether what the peer says (actual) is what was configured. ID_ANY takes everything; names are
 * compared without case. */
bool identity_matches(const Identity *expected, const Identity *actual);

void identity_clear(Identity *identity);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Identity, identity_clear)
