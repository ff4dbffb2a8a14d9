/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/checksum.h"

#include <string.h>

/* Eight bytes in each of two lanes: what every processor of 64 bits adds in one instruction. */
typedef uint64_t Lanes __attribute__((vector_size(16)));

enum { LANES_RUN = 4 * sizeof(Lanes) };

/* Words of eight bytes, added so that no carry has to be looked at: whole overflows, but what it
 * then says modulo 2^64, less the high halves, is the sum of the low ones. */
typedef struct {
    uint64_t whole;
    uint64_t high; /* of the upper 32 bits */
} WordSum;

static inline void
add_word(WordSum *sum, uint64_t word)
{
    sum->whole += word;
    sum->high += word >> 32;
}

static inline uint64_t
sum_of_halves(uint64_t whole, uint64_t high)
{
    return whole - (high << 32) + high;
}

static inline ChecksumSum
fold_carries(uint64_t sum)
{
    sum = (sum >> 32) + (sum & 0xffffffff);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    return (ChecksumSum) sum;
}

typedef struct {
    Lanes whole;
    Lanes high;
} LanesSum;

static inline __attribute__((always_inline)) void
add_lanes(LanesSum *sum, const uint8_t *data, uint8_t *out)
{
    Lanes words;

    memcpy(&words, data, sizeof(words));
    if (out)
        memcpy(out, &words, sizeof(words));
    sum->whole += words;
    sum->high += words >> 32;
}

/* Whole runs; returns how many bytes they are. Two sums, so that one does not wait for the other.
 * out: may be NULL. */
static inline __attribute__((always_inline)) size_t
add_runs(uint64_t *sum, const uint8_t *data, size_t len, uint8_t *out)
{
    LanesSum a = {0}, b = {0};
    size_t i;

    for (i = 0; i + LANES_RUN <= len; i += LANES_RUN) {
        add_lanes(&a, data + i, out ? out + i : NULL);
        add_lanes(&b, data + i + 16, out ? out + i + 16 : NULL);
        add_lanes(&a, data + i + 32, out ? out + i + 32 : NULL);
        add_lanes(&b, data + i + 48, out ? out + i + 48 : NULL);
    }
    a.whole += b.whole;
    a.high += b.high;
    for (int lane = 0; lane < 2; lane++)
        *sum += sum_of_halves(a.whole[lane], a.high[lane]);
    return i;
}

/* The last, fewer than eight bytes; a copy of their number known at compile time is one move. */
static inline __attribute__((always_inline)) void
add_rest(WordSum *sum, const uint8_t *data, size_t len, uint8_t *out)
{
    uint32_t four = 0;
    uint16_t two[2] = {0};
    size_t i = 0;

    if (len & 4) {
        memcpy(&four, data, 4);
        i = 4;
    }
    if (len & 2) {
        memcpy(&two[0], data + i, 2);
        i += 2;
    }
    if (len & 1)
        memcpy(&two[1], data + i, 1);
    add_word(sum, four);
    add_word(sum, two[0]);
    add_word(sum, two[1]);
    if (out)
        memcpy(out, data, len);
}

static inline __attribute__((always_inline)) ChecksumSum
add(ChecksumSum start, Bytes bytes, uint8_t *out)
{
    const uint8_t *data = bytes.data;
    uint64_t sum = start;
    WordSum words = {0};
    size_t i = bytes.len >= LANES_RUN ? add_runs(&sum, data, bytes.len, out) : 0;

    for (; i + 8 <= bytes.len; i += 8) {
        uint64_t word;

        memcpy(&word, data + i, 8);
        if (out)
            memcpy(out + i, &word, 8);
        add_word(&words, word);
    }
    if (i < bytes.len)
        add_rest(&words, data + i, bytes.len - i, out ? out + i : NULL);
    return fold_carries(sum + sum_of_halves(words.whole, words.high));
}

ChecksumSum
checksum_add(ChecksumSum sum, Bytes bytes)
{
    return add(sum, bytes, NULL);
}

ChecksumSum
checksum_add_copy(ChecksumSum sum, Bytes bytes, uint8_t *out)
{
    return add(sum, bytes, out);
}

ChecksumSum
checksum_add_pseudo_header(ChecksumSum sum, Bytes addresses, uint8_t protocol, size_t upper_len)
{
    /* IPv4 has 16 bits for the length, IPv6 has 32: what an IP header can say fits both. */
    uint16_t rest = GUINT16_TO_BE((uint16_t) upper_len);

    sum = checksum_add(sum, addresses);
    return sum + rest + GUINT16_TO_BE(protocol);
}

uint16_t
checksum_fold(ChecksumSum sum)
{
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t) sum;
}

void
checksum_store_sum(uint8_t *field, ChecksumSum sum)
{
    uint16_t folded = checksum_fold(sum);

    memcpy(field, &folded, sizeof(folded));
}

void
checksum_store(uint8_t *field, ChecksumSum sum)
{
    uint16_t complement = (uint16_t) ~checksum_fold(sum);

    memcpy(field, &complement, sizeof(complement));
}

void
checksum_store_udp(uint8_t *field, ChecksumSum sum)
{
    uint16_t complement = (uint16_t) ~checksum_fold(sum);

    if (complement == 0)
        complement = 0xffff;
    memcpy(field, &complement, sizeof(complement));
}

void
checksum_update(uint8_t *field, uint16_t before, uint16_t after)
{
    uint16_t checksum;

    memcpy(&checksum, field, sizeof(checksum));
    checksum_store(field, (uint32_t) (uint16_t) ~checksum + (uint16_t) ~before + after);
}
