/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp/esp-sa.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* How many million packets a second one core seals and opens: each implementation, each algorithm,
 * small and large packets, in batches as the data plane hands them over. The median of some rounds.
 *
 *   ciphers [WORD...]      only the algorithms whose name contains one of the words
 */

enum {
    ROUNDS = 7,
    ROUND_NS = 40 * 1000 * 1000,
    MAX_INNER = 1400,
    STRIDE = PACKET_HEADROOM + MAX_INNER + PACKET_TAILROOM,
};

static const size_t inner_lens[] = {64, 1400};

typedef struct {
    EspSa *out;
    EspSa *in;
    size_t inner_len;
    uint8_t *buffers; /* one behind the other, as a batch of the data plane */
    Packet packets[PACKET_BATCH];
} Pair;

typedef struct {
    double seal;
    double open;
} Rates;

static uint64_t
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * UINT64_C(1000000000) + (uint64_t) now.tv_nsec;
}

static void
reset_packets(Pair *pair)
{
    for (size_t i = 0; i < PACKET_BATCH; i++) {
        pair->packets[i] =
            (Packet){pair->buffers + i * STRIDE, STRIDE, PACKET_HEADROOM, pair->inner_len};
        packet_data(&pair->packets[i])[0] = 0x45;
    }
}

static void
must_be_ok(const EspResult *results)
{
    for (size_t i = 0; i < PACKET_BATCH; i++) {
        if (results[i] != ESP_OK)
            g_error("a packet was dropped: %d", (int) results[i]);
    }
}

static Rates
run_round(Pair *pair)
{
    EspResult sealed[PACKET_BATCH], opened[PACKET_BATCH];
    uint8_t next_headers[PACKET_BATCH];
    uint64_t seal_ns = 0, open_ns = 0, batches = 0;

    while (seal_ns + open_ns < ROUND_NS) {
        uint64_t start, middle;

        reset_packets(pair);
        start = now_ns();
        esp_seal(pair->out, pair->packets, NULL, sealed, PACKET_BATCH);
        middle = now_ns();
        esp_open(pair->in, pair->packets, opened, next_headers, PACKET_BATCH);
        open_ns += now_ns() - middle;
        seal_ns += middle - start;
        batches++;
        must_be_ok(sealed);
        must_be_ok(opened);
    }
    return (Rates){
        .seal = (double) (batches * PACKET_BATCH) * 1e3 / (double) seal_ns,
        .open = (double) (batches * PACKET_BATCH) * 1e3 / (double) open_ns,
    };
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

static Rates
measure(Pair *pair)
{
    double seal[ROUNDS], open[ROUNDS];

    run_round(pair); /* to wake the processor */
    for (size_t i = 0; i < ROUNDS; i++) {
        Rates rates = run_round(pair);

        seal[i] = rates.seal;
        open[i] = rates.open;
    }
    qsort(seal, ROUNDS, sizeof(seal[0]), compare);
    qsort(open, ROUNDS, sizeof(open[0]), compare);
    return (Rates){seal[ROUNDS / 2], open[ROUNDS / 2]};
}

static EspSa *
new_sa(const EncryptionAlgorithm *encryption,
       const IntegrityAlgorithm *integrity,
       PacketCipherImplementation implementation,
       PacketCipherDirection direction)
{
    static const uint8_t keymat[256] = {1, 2, 3};
    const EspSaParameters parameters = {
        .spi = 1,
        .encryption = encryption,
        .integrity = integrity,
        .keymat = bytes_of(keymat, packet_cipher_keymat_len(encryption, integrity)),
        .direction = direction,
        .esn = true, /* no round runs out of numbers */
        .implementation = implementation,
    };

    return esp_sa_new(&parameters);
}

static void
print_rates(const char *name,
            const EncryptionAlgorithm *encryption,
            const IntegrityAlgorithm *integrity,
            PacketCipherImplementation implementation)
{
    Pair pair = {.buffers = g_malloc0(PACKET_BATCH * STRIDE)};

    pair.out = new_sa(encryption, integrity, implementation, PACKET_CIPHER_SEAL);
    pair.in = new_sa(encryption, integrity, implementation, PACKET_CIPHER_OPEN);
    for (size_t i = 0; i < G_N_ELEMENTS(inner_lens) && pair.out && pair.in; i++) {
        Rates rates;

        pair.inner_len = inner_lens[i];
        rates = measure(&pair);
        printf("%-16s %5zu  %-12s %8.2f %8.2f\n",
               name,
               pair.inner_len,
               implementation == PACKET_CIPHER_EVP ? "OpenSSL" : "multi-buffer",
               rates.seal,
               rates.open);
        fflush(stdout);
    }
    esp_sa_free(pair.out);
    esp_sa_free(pair.in);
    g_free(pair.buffers);
}

static bool
is_asked_for(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strstr(name, argv[i]))
            return true;
    }
    return argc < 2;
}

int
main(int argc, char **argv)
{
    printf("%-16s %5s  %-12s %8s %8s   Mpkt/s\n", "algorithm", "bytes", "by", "seal", "open");
    for (size_t i = 0; encryption_at(i); i++) {
        bool combined = encryption_at(i)->icv_len > 0;

        for (size_t j = 0; combined ? j < 1 : integrity_at(j) != NULL; j++) {
            const IntegrityAlgorithm *integrity = combined ? NULL : integrity_at(j);
            g_autofree char *name = g_strdup_printf("%s%s%s",
                                                    encryption_at(i)->keyword,
                                                    combined ? "" : "-",
                                                    combined ? "" : integrity->keyword);

            for (int by = PACKET_CIPHER_FASTEST + 1;
                 by < PACKET_CIPHER_N_IMPLEMENTATIONS && is_asked_for(name, argc, argv);
                 by++)
                print_rates(name, encryption_at(i), integrity, (PacketCipherImplementation) by);
        }
    }
    return 0;
}
