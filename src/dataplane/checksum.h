/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

/* The Internet checksum (RFC 1071). A sum is what has been added so far, with its carries not yet
 * folded in, in the byte order of memory (RFC 1071, 2.B): it is stored as it is. A thousand sums
 * can be added to each other before the carries are lost. */
typedef uint32_t ChecksumSum;

/* All but the last piece that goes into a sum must be of even length. */
ChecksumSum checksum_add(ChecksumSum sum, Bytes bytes);

/* The same, while bytes are copied to out. */
ChecksumSum checksum_add_copy(ChecksumSum sum, Bytes bytes, uint8_t *out);

/* The pseudo-header (RFC 9293, 3.1; RFC 8200, 8.1). addresses: source and destination as they stand
 * in the IP header, 8 or 32 bytes. upper_len: of the upper protocol's header and data. */
ChecksumSum
checksum_add_pseudo_header(ChecksumSum sum, Bytes addresses, uint8_t protocol, size_t upper_len);

/* The carries folded in; not yet complemented. 0xffff of data with its checksum that is right. */
uint16_t checksum_fold(ChecksumSum sum);

/* Writes two bytes: the sum, as whoever is to complete it wants it; or its complement, which is the
 * checksum. */
void checksum_store_sum(uint8_t *field, ChecksumSum sum);
void checksum_store(uint8_t *field, ChecksumSum sum);

/* UDP's: one that comes out as zero is sent as all ones, since zero means none (RFC 768). */
void checksum_store_udp(uint8_t *field, ChecksumSum sum);

/* Two bytes that the checksum at field covers become others (RFC 1624, equation 3). before, after:
 * as they stand in memory, at an even distance from where the sum begins. */
void checksum_update(uint8_t *field, uint16_t before, uint16_t after);
