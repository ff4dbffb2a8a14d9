/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/internal.h"

/* A batch of unequal packets: enough to fill the lanes of any vector register and leave a rest. */
enum {
    N_SAMPLES = 19,
    MAX_SAMPLE_LEN = 512,
    SAMPLE_STEP = 16, /* whole blocks of every cipher */
    MAX_KEYMAT_LEN = 128,
};

typedef struct {
    PacketCipherItem items[N_SAMPLES];
    uint8_t packets[N_SAMPLES][MAX_SAMPLE_LEN];
} Samples;

static size_t
text_at(const PacketCipherParameters *parameters)
{
    return PACKET_CIPHER_HEADER_LEN + (size_t) parameters->encryption->iv_len;
}

static void
fill_samples(Samples *samples)
{
    memset(samples, 0, sizeof(*samples));
    for (size_t i = 0; i < N_SAMPLES; i++) {
        for (size_t at = 0; at < MAX_SAMPLE_LEN; at++)
            samples->packets[i][at] = (uint8_t) (i + at);
        samples->items[i] = (PacketCipherItem){
            .packet = samples->packets[i],
            .text_len = (1 + i * 7 % 24) * SAMPLE_STEP,
            .iv = i,
            .seq_high = (uint32_t) i,
        };
    }
}

/* All but the forged one must come back as they were. */
static bool
are_right(const Samples *samples, const PacketCipherParameters *parameters, size_t forged)
{
    for (size_t i = 0; i < N_SAMPLES; i++) {
        const PacketCipherItem *item = &samples->items[i];

        if (item->ok != (i != forged))
            return false;
        for (size_t at = 0; item->ok && at < item->text_len; at++) {
            size_t in_packet = text_at(parameters) + at;

            if (samples->packets[i][in_packet] != (uint8_t) (i + in_packet))
                return false;
        }
    }
    return true;
}

static bool
seals_for(const PacketCipherOperations *sealer,
          const PacketCipherOperations *opener,
          PacketCipherParameters parameters)
{
    const size_t forged = N_SAMPLES / 2;
    Samples samples;
    void *seal, *open;
    bool right = false;

    fill_samples(&samples);
    parameters.direction = PACKET_CIPHER_SEAL;
    seal = sealer->new_state(&parameters);
    parameters.direction = PACKET_CIPHER_OPEN;
    open = opener->new_state(&parameters);
    if (seal && open && sealer->seal(seal, samples.items, N_SAMPLES)) {
        samples.packets[forged][text_at(&parameters)] ^= 1;
        opener->open(open, samples.items, N_SAMPLES);
        right = are_right(&samples, &parameters, forged);
    }
    if (seal)
        sealer->free_state(seal);
    if (open)
        opener->free_state(open);
    return right;
}

bool
packet_cipher_agree(const PacketCipherOperations *a,
                    const PacketCipherOperations *b,
                    const PacketCipherParameters *parameters)
{
    PacketCipherParameters sample = *parameters;
    uint8_t key[MAX_KEYMAT_LEN];

    if (sample.keymat.len > sizeof(key))
        return false;
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t) (0x80 + i * 3);
    sample.keymat = bytes_of(key, sample.keymat.len);
    for (int esn = 0; esn < 2; esn++) {
        sample.esn = esn;
        if (!seals_for(a, b, sample) || !seals_for(b, a, sample))
            return false;
    }
    return true;
}
