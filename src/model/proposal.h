/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/algorithms.h"

/* One way to protect the IKE SA: one algorithm of each kind, as IKEv1 negotiates it (a transform of
 * RFC 2409, 4). */
typedef struct {
    const EncryptionAlgorithm *encryption;
    const PrfAlgorithm *prf;
    const KeyExchangeMethod *ke;
} IkeProposal;

/* One way to protect a Child SA. integrity is NULL with a combined-mode cipher; ke is NULL without
 * perfect forward secrecy. */
typedef struct {
    const EncryptionAlgorithm *encryption;
    const IntegrityAlgorithm *integrity;
    const KeyExchangeMethod *ke;
} EspProposal;

enum {
    MAX_PROPOSALS = 64, /* one datagram must carry them all */
};

#define MODEL_ERROR (model_error_quark())
GQuark model_error_quark(void);
enum { MODEL_ERROR_BAD_VALUE };

/* From strongSwan's keywords: proposals apart by commas, keywords by hyphens, several of one kind
 * mean each of them ("aes256-aes128-sha256-modp2048" is two proposals). An IKE proposal needs
 * encryption (no combined mode in IKEv1), hash and group; an ESP one encryption, and integrity
 * unless combined, and may have a group, which asks for PFS. Order is preference. GArray of the
 * struct, or NULL and an error that names the keyword. */
GArray *ike_proposals_from_text(const char *text, GError **error);
GArray *esp_proposals_from_text(const char *text, GError **error);

/* What is offered if the profile names nothing; legacy adds to it. In aggressive mode few groups,
 * since the KE payload goes out with the offer (RFC 2409, 5.4), so they are tried one after the
 * other. */
GArray *ike_proposals_default(bool legacy, bool aggressive);
GArray *esp_proposals_default(bool legacy);

/* "aes256-sha256-modp2048", owned by the caller. */
char *ike_proposal_to_text(const IkeProposal *proposal);
char *esp_proposal_to_text(const EspProposal *proposal);

/* The n-th (from 0) of the different groups of the proposals, in their order; of ESP's NULL, for no
 * PFS, counts as one. False, and *out untouched, past the last. */
bool ike_proposals_group(const GArray *proposals, unsigned n, const KeyExchangeMethod **out);
bool esp_proposals_group(const GArray *proposals, unsigned n, const KeyExchangeMethod **out);

bool ike_proposal_equal(const IkeProposal *a, const IkeProposal *b);
bool esp_proposal_equal(const EspProposal *a, const EspProposal *b);
