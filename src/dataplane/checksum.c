/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/checksum.h"

#include <string.h>

/* Eight bytes in each of four lanes; a compiler makes of it what the processor has. */
typedef uint64_t Lanes __attribute__((vector_size(32)));

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

/* Whole runs of 32 bytes; returns how many bytes they are. out: may be NULL. */
static inline __attribute__((always_inline)) size_t
add_lanes(uint64_t *sum, const uint8_t *data, size_t len, uint8_t *out)
{
    Lanes whole = {0}, high = {0};
    size_t i;

    for (i = 0; i + sizeof(Lanes) <= len; i += sizeof(Lanes)) {
        Lanes words;

        memcpy(&words, data + i, sizeof(words));
        if (out)
            memcpy(out + i, &words, sizeof(words));
        whole += words;
        high += words >> 32;
    }
    for (int lane = 0; lane < 4; lane++)
        *sum += sum_of_halves(whole[lane], high[lane]);
    return i;
}

/* The last, fewer than eight bytes as a word with zeros behind them. */
static inline uint64_t
short_word(const uint8_t *data, size_t len)
{
    uint64_t word = 0;

    memcpy(&word, data, len);
    return word;
}

static inline __attribute__((always_inline)) ChecksumSum
add(ChecksumSum start, Bytes bytes, uint8_t *out)
{
    const uint8_t *data = bytes.data;
    uint64_t sum = start;
    WordSum words = {0};
    size_t i = bytes.len >= sizeof(Lanes) ? add_lanes(&sum, data, bytes.len, out) : 0;

    for (; i + 8 <= bytes.len; i += 8) {
        uint64_t word;

        memcpy(&word, data + i, 8);
        if (out)
            memcpy(out + i, &word, 8);
        add_word(&words, word);
    }
    if (i < bytes.len) {
        add_word(&words, short_word(data + i, bytes.len - i));
        if (out)
            memcpy(out + i, data + i, bytes.len - i);
    }
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
