/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/secret.h"
#include "model/algorithms.h"

/* IKEv1's encryption of a message: CBC without padding of its own (RFC 2409, 5 and appendix B). key
 * is algorithm->key_bits / 8 bytes, iv and data are whole blocks. In place. False, with data
 * undefined, if a length is wrong or OpenSSL refuses. */
bool
cbc_encrypt(const EncryptionAlgorithm *algorithm, Bytes key, Bytes iv, uint8_t *data, size_t len);
bool
cbc_decrypt(const EncryptionAlgorithm *algorithm, Bytes key, Bytes iv, uint8_t *data, size_t len);
