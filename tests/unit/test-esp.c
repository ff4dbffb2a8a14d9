/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp/esp-sa.h"

#include "lib/vectors.h"

#include <string.h>

enum {
    SPI = 0xc0ffee01,
    HEADER_LEN = 8,
    NEXT_IPV4 = 4,
    NEXT_IPV6 = 41,
    MAX_INNER = 1500,
};

typedef void (*SuiteTest)(const EncryptionAlgorithm *encryption,
                          const IntegrityAlgorithm *integrity);

/* Whose ciphers new SAs get; every test of every suite runs with both. */
static PacketCipherImplementation implementation = PACKET_CIPHER_FASTEST;

static void
with_every_suite_of(PacketCipherImplementation of, SuiteTest test)
{
    implementation = of;
    for (size_t i = 0; encryption_at(i); i++) {
        if (encryption_at(i)->icv_len > 0)
            test(encryption_at(i), NULL);
        for (size_t j = 0; encryption_at(i)->icv_len == 0 && integrity_at(j); j++)
            test(encryption_at(i), integrity_at(j));
    }
}

static void
with_every_suite(SuiteTest test)
{
    with_every_suite_of(PACKET_CIPHER_EVP, test);
    with_every_suite_of(PACKET_CIPHER_FASTEST, test);
}

static Bytes
keymat_for(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    static const uint8_t keymat[256] = {9, 8, 7, 6, 5};

    return bytes_of(keymat, packet_cipher_keymat_len(encryption, integrity));
}

static EspSaParameters
parameters_of(const EncryptionAlgorithm *encryption,
              const IntegrityAlgorithm *integrity,
              PacketCipherDirection direction)
{
    return (EspSaParameters){
        .spi = SPI,
        .encryption = encryption,
        .integrity = integrity,
        .keymat = keymat_for(encryption, integrity),
        .direction = direction,
        .implementation = implementation,
    };
}

static EspSa *
new_sa(EspSaParameters parameters)
{
    EspSa *sa = esp_sa_new(&parameters);

    g_assert_nonnull(sa);
    return sa;
}

static EspSa *
new_outbound(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    return new_sa(parameters_of(encryption, integrity, PACKET_CIPHER_SEAL));
}

static EspSa *
new_inbound(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    return new_sa(parameters_of(encryption, integrity, PACKET_CIPHER_OPEN));
}

/* A packet on the heap, so that one byte too far is seen by the sanitizer. */
static Packet
new_packet(size_t headroom, size_t len, size_t tailroom)
{
    size_t capacity = headroom + len + tailroom;

    return (Packet){g_malloc0(capacity), capacity, headroom, len};
}

static Packet
inner_packet(size_t len)
{
    Packet packet = new_packet(PACKET_HEADROOM, len, PACKET_TAILROOM);

    for (size_t i = 0; i < len; i++)
        packet_data(&packet)[i] = (uint8_t) i;
    packet_data(&packet)[0] = len % 2 ? 0x45 : 0x60;
    return packet;
}

static Packet
packet_of_bytes(Bytes bytes)
{
    Packet packet = new_packet(0, bytes.len, 0);

    if (bytes.len > 0)
        memcpy(packet.buffer, bytes.data, bytes.len);
    return packet;
}

static EspResult
open_bytes(EspSa *sa, Bytes bytes)
{
    Packet packet = packet_of_bytes(bytes);
    EspResult result;
    uint8_t next;

    esp_open(sa, &packet, &result, &next, 1);
    g_free(packet.buffer);
    return result;
}

static void
check_round_trip(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    g_autoptr(EspSa) out = new_outbound(encryption, integrity);
    g_autoptr(EspSa) in = new_inbound(encryption, integrity);
    uint64_t bytes = 0;

    g_assert_cmphex(esp_sa_spi(out), ==, SPI);
    for (size_t len = 1; len <= 130; len++) {
        Packet packet = inner_packet(len);
        g_autofree uint8_t *before = g_memdup2(packet_data(&packet), len);
        EspResult result = ESP_N_RESULTS;
        uint8_t next = 0;

        esp_seal(out, &packet, NULL, &result, 1);
        g_assert_cmpint(result, ==, ESP_OK);
        g_assert_cmpuint(packet.len, ==, esp_sealed_len(encryption, integrity, len));
        g_assert_cmphex(GUINT32_FROM_BE(((uint32_t *) packet_data(&packet))[0]), ==, SPI);
        g_assert_cmpuint(GUINT32_FROM_BE(((uint32_t *) packet_data(&packet))[1]), ==, len);
        esp_open(in, &packet, &result, &next, 1);
        g_assert_cmpint(result, ==, ESP_OK);
        g_assert_cmpuint(next, ==, len % 2 ? NEXT_IPV4 : NEXT_IPV6);
        g_assert_cmpmem(packet_data(&packet), packet.len, before, len);
        bytes += len;
        g_free(packet.buffer);
    }
    g_assert_cmpuint(esp_sa_bytes(in), ==, bytes);
    g_assert_cmpuint(esp_sa_bytes(out), ==, bytes);
    g_assert_cmpuint(esp_sa_packets(in), ==, 130);
    g_assert_cmpuint(esp_sa_packets(out), ==, 130);
}

static void
test_round_trip(void)
{
    with_every_suite(check_round_trip);
}

static void
test_as_published(void)
{
    g_autoptr(Vectors) vectors = vectors_open("esp-cbc.txt");

    while (vectors_next(vectors)) {
        Bytes spi = vectors_bytes(vectors, "SPI");
        const EspSaParameters parameters = {
            .spi = (uint32_t) (spi.data[2] << 8 | spi.data[3]),
            .encryption = encryption_by_keyword(vectors_text(vectors, "Encryption")),
            .integrity = integrity_by_keyword(vectors_text(vectors, "Integrity")),
            .keymat = vectors_bytes(vectors, "Keymat"),
            .direction = PACKET_CIPHER_OPEN,
        };
        g_autoptr(EspSa) sa = new_sa(parameters);
        Bytes inner = vectors_bytes(vectors, "Inner");
        Packet packet = packet_of_bytes(vectors_bytes(vectors, "Packet"));
        EspResult result;
        uint8_t next;

        esp_open(sa, &packet, &result, &next, 1);
        g_assert_cmpint(result, ==, ESP_OK);
        g_assert_cmpuint(next, ==, NEXT_IPV4);
        g_assert_cmpmem(packet_data(&packet), packet.len, inner.data, inner.len);
        g_free(packet.buffer);
    }
}

static void
check_cut_and_flip(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    g_autoptr(EspSa) out = new_outbound(encryption, integrity);
    g_autoptr(EspSa) in = new_inbound(encryption, integrity);
    Packet packet = inner_packet(61);
    Bytes sealed;
    EspResult result;

    esp_seal(out, &packet, NULL, &result, 1);
    sealed = packet_view(&packet);
    for (size_t len = 0; len < sealed.len; len++)
        g_assert_cmpint(open_bytes(in, bytes_of(sealed.data, len)), !=, ESP_OK);
    for (size_t bit = 0; bit < sealed.len * 8; bit++) {
        packet_data(&packet)[bit / 8] ^= (uint8_t) (1 << bit % 8);
        g_assert_cmpint(open_bytes(in, sealed), !=, ESP_OK);
        packet_data(&packet)[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
    /* None of it moved the window. */
    g_assert_cmpint(open_bytes(in, sealed), ==, ESP_OK);
    g_assert_cmpint(open_bytes(in, sealed), ==, ESP_DROP_REPLAY);
    g_assert_cmpuint(esp_sa_packets(in), ==, 1);
    /* The other is the flip that made number 1 a 0. */
    g_assert_cmpuint(esp_sa_drops(in, ESP_DROP_REPLAY), ==, 2);
    g_assert_cmpuint(esp_sa_drops(in, ESP_DROP_ICV), >=, (sealed.len - 8) * 8);
    g_free(packet.buffer);
}

static void
test_cut_and_flip(void)
{
    with_every_suite(check_cut_and_flip);
}

/* What our own esp_seal() never makes: a text chosen freely, protected as it should be. */
static EspResult
open_text(Bytes text, uint32_t seq)
{
    const EncryptionAlgorithm *gcm = encryption_by_keyword("aes128gcm16");
    const PacketCipherParameters parameters = {.encryption = gcm, .keymat = keymat_for(gcm, NULL)};
    g_autoptr(PacketCipher) cipher = packet_cipher_new(&parameters);
    g_autoptr(EspSa) in = new_inbound(gcm, NULL);
    Packet packet = new_packet(0, HEADER_LEN + 8 + text.len + 16, 0);
    const uint32_t header[] = {GUINT32_TO_BE((uint32_t) SPI), GUINT32_TO_BE(seq)};
    PacketCipherItem item = {.packet = packet.buffer, .text_len = text.len, .iv = seq};
    EspResult result;

    memcpy(packet.buffer, header, sizeof(header));
    memcpy(packet.buffer + HEADER_LEN + 8, text.data, text.len);
    g_assert_true(packet_cipher_seal(cipher, &item, 1));
    result = open_bytes(in, packet_view(&packet));
    g_free(packet.buffer);
    return result;
}

static void
test_trailer_of_an_authentic_packet(void)
{
    static const struct {
        uint8_t text[8];
        EspResult result;
    } cases[] = {
        {{0x45, 0, 0, 0, 0, 0, 0, NEXT_IPV4}, ESP_OK},
        {{0x60, 0, 0, 0, 1, 2, 2, NEXT_IPV6}, ESP_OK},
        {{1, 2, 3, 4, 5, 6, 6, NEXT_IPV4}, ESP_OK}, /* nothing inside */
        {{0, 2, 3, 4, 5, 6, 6, NEXT_IPV4}, ESP_DROP_PADDING},
        {{0x45, 0, 0, 0, 0, 0, 7, NEXT_IPV4}, ESP_DROP_PADDING},   /* more than there is */
        {{0x45, 0, 0, 0, 0, 0, 255, NEXT_IPV4}, ESP_DROP_PADDING}, /* much more */
        {{0x45, 0, 0, 0, 2, 1, 2, NEXT_IPV4}, ESP_DROP_PADDING},   /* not 1, 2 */
        {{0x45, 0, 0, 0, 0, 0, 2, NEXT_IPV4}, ESP_DROP_PADDING},
        {{0x45, 0, 0, 0, 0, 0, 0, 59}, ESP_DROP_DUMMY},
        {{0x45, 0, 0, 0, 0, 0, 0, 6}, ESP_DROP_PADDING}, /* transport mode */
        {{0x45, 0, 0, 0, 0, 0, 0, 0}, ESP_DROP_PADDING},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(open_text(BYTES_OF_ARRAY(cases[i].text), 1), ==, cases[i].result);
    g_assert_cmpint(open_text(BYTES_OF_ARRAY(cases[0].text), 0), ==, ESP_DROP_REPLAY);
    g_assert_cmpint(open_text(BYTES_OF_ARRAY(cases[0].text), UINT32_MAX), ==, ESP_OK);
}

static void
test_another_spi_is_malformed(void)
{
    const EncryptionAlgorithm *gcm = encryption_by_keyword("aes128gcm16");
    g_autoptr(EspSa) out = new_outbound(gcm, NULL);
    EspSaParameters parameters = parameters_of(gcm, NULL, PACKET_CIPHER_OPEN);
    g_autoptr(EspSa) other = NULL;
    Packet packet = inner_packet(40);
    EspResult result;

    parameters.spi++;
    other = new_sa(parameters);
    esp_seal(out, &packet, NULL, &result, 1);
    g_assert_cmpint(open_bytes(other, packet_view(&packet)), ==, ESP_DROP_MALFORMED);
    g_free(packet.buffer);
}

static void
test_no_room_is_said_and_takes_no_number(void)
{
    const EncryptionAlgorithm *aes = encryption_by_keyword("aes256");
    const IntegrityAlgorithm *sha512 = integrity_by_keyword("sha512");
    g_autoptr(EspSa) sa = new_outbound(aes, sha512);
    const size_t head = 8 + 16, tail = esp_sealed_len(aes, sha512, 40) - 40 - head;
    const struct {
        size_t headroom, tailroom;
        EspResult result;
    } cases[] = {
        {head - 1, 128, ESP_DROP_NO_ROOM},
        {head, tail - 1, ESP_DROP_NO_ROOM},
        {0, 0, ESP_DROP_NO_ROOM},
        {head, tail, ESP_OK},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Packet packet = new_packet(cases[i].headroom, 40, cases[i].tailroom);
        EspResult result;

        packet_data(&packet)[0] = 0x45;
        esp_seal(sa, &packet, NULL, &result, 1);
        g_assert_cmpint(result, ==, cases[i].result);
        if (result == ESP_OK)
            g_assert_cmpuint(packet_data(&packet)[7], ==, 1);
        g_free(packet.buffer);
    }
    g_assert_cmpuint(esp_sa_drops(sa, ESP_DROP_NO_ROOM), ==, 3);
}

/* The longest packet that IP carries, both ways; one byte more is refused without harm to others.
 */
static void
check_longest(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    const size_t longest = esp_max_inner_len(encryption, integrity, 65535 - 20);
    g_autoptr(EspSa) out = new_outbound(encryption, integrity);
    g_autoptr(EspSa) in = new_inbound(encryption, integrity);
    Packet packets[] = {inner_packet(40), inner_packet(longest), inner_packet(longest + 1)};
    EspResult results[3];
    uint8_t next[3];

    packet_data(&packets[1])[0] = 0x45;
    packet_data(&packets[2])[0] = 0x45;
    esp_seal(out, packets, NULL, results, 3);
    g_assert_cmpint(results[0], ==, ESP_OK);
    g_assert_cmpint(results[1], ==, ESP_OK);
    g_assert_cmpint(results[2], ==, ESP_DROP_NO_ROOM);
    esp_open(in, packets, results, next, 2);
    g_assert_cmpint(results[0], ==, ESP_OK);
    g_assert_cmpint(results[1], ==, ESP_OK);
    g_assert_cmpuint(packets[1].len, ==, longest);
    for (size_t i = 1; i < longest; i++)
        g_assert_cmpuint(packet_data(&packets[1])[i], ==, (uint8_t) i);
    packets[2].len = 65536 - 20 + 64 - (65536 - 20) % 16; /* whole blocks, and too many of them */
    esp_open(in, &packets[2], results, next, 1);
    g_assert_cmpint(results[0], ==, ESP_DROP_MALFORMED);
    for (size_t i = 0; i < G_N_ELEMENTS(packets); i++)
        g_free(packets[i].buffer);
}

static void
test_the_longest_packet(void)
{
    with_every_suite(check_longest);
}

static void
test_what_is_no_ip_packet_is_not_sealed(void)
{
    g_autoptr(EspSa) sa = new_outbound(encryption_by_keyword("aes128gcm16"), NULL);
    Packet empty = new_packet(PACKET_HEADROOM, 0, PACKET_TAILROOM);
    Packet zero = new_packet(PACKET_HEADROOM, 20, PACKET_TAILROOM);
    Packet packets[] = {empty, zero};
    EspResult results[2];

    esp_seal(sa, packets, NULL, results, 2);
    g_assert_cmpint(results[0], ==, ESP_DROP_MALFORMED);
    g_assert_cmpint(results[1], ==, ESP_DROP_MALFORMED);
    g_free(empty.buffer);
    g_free(zero.buffer);
}

/* A batch larger than any inner one, with bad packets in between, the same number twice, and out
 * of order. */
static void
check_batch(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    enum { N = 2 * PACKET_BATCH + 7 };
    g_autoptr(EspSa) out = new_outbound(encryption, integrity);
    g_autoptr(EspSa) in = new_inbound(encryption, integrity);
    Packet packets[N], shuffled[N];
    EspResult results[N];
    uint8_t next[N];

    for (size_t i = 0; i < N; i++) {
        packets[i] = inner_packet(40 + i);
        if (i == 5)
            packet_data(&packets[i])[0] = 0;
    }
    esp_seal(out, packets, NULL, results, N);
    for (size_t i = 0; i < N; i++)
        g_assert_cmpint(results[i], ==, i == 5 ? ESP_DROP_MALFORMED : ESP_OK);
    for (size_t i = 0; i < N; i++)
        shuffled[i] = packets[(i * 31) % N];
    memcpy(packet_data(&shuffled[9]), packet_data(&shuffled[8]), 8);
    esp_open(in, shuffled, results, next, N);
    for (size_t i = 0; i < N; i++) {
        if ((i * 31) % N == 5)
            g_assert_cmpint(results[i], ==, ESP_DROP_MALFORMED);
        else
            g_assert_cmpint(results[i], ==, i == 9 ? ESP_DROP_ICV : ESP_OK);
    }
    for (size_t i = 0; i < N; i++)
        g_free(packets[i].buffer);
}

static void
test_batches(void)
{
    with_every_suite(check_batch);
}

/* Asked before the ICV both copies may be new; accepted is one. */
static void
test_replay_within_a_batch(void)
{
    const EncryptionAlgorithm *gcm = encryption_by_keyword("aes256gcm16");
    g_autoptr(EspSa) out = new_outbound(gcm, NULL);
    g_autoptr(EspSa) in = new_inbound(gcm, NULL);
    Packet packet = inner_packet(100);
    Packet copies[2];
    EspResult results[2];
    uint8_t next[2];

    esp_seal(out, &packet, NULL, results, 1);
    copies[0] = packet_of_bytes(packet_view(&packet));
    copies[1] = packet_of_bytes(packet_view(&packet));
    esp_open(in, copies, results, next, 2);
    g_assert_cmpint(results[0], ==, ESP_OK);
    g_assert_cmpint(results[1], ==, ESP_DROP_REPLAY);
    g_free(copies[0].buffer);
    g_free(copies[1].buffer);
    g_free(packet.buffer);
}

/* --- extended sequence numbers ---------------------------------------------------------------- */

static Packet
seal_one(EspSa *out, size_t len)
{
    Packet packet = inner_packet(len);
    EspResult result;

    esp_seal(out, &packet, NULL, &result, 1);
    g_assert_cmpint(result, ==, ESP_OK);
    return packet;
}

static EspResult
open_copy(EspSa *in, const Packet *packet)
{
    return open_bytes(in, packet_view(packet));
}

/* The low half wraps in the middle of a batch; both ends go on, and old numbers stay old. */
static void
check_esn_wrap(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    enum { N = 2 * PACKET_BATCH };
    EspSaParameters parameters = parameters_of(encryption, integrity, PACKET_CIPHER_SEAL);
    SequenceCounter sequence = {UINT32_MAX - PACKET_BATCH / 2};
    g_autoptr(EspSa) out = NULL;
    g_autoptr(EspSa) in = NULL;
    Packet packets[N], copies[N];
    EspResult results[N];
    uint8_t next[N];

    parameters.esn = true;
    parameters.sequence = &sequence;
    out = new_sa(parameters);
    parameters.direction = PACKET_CIPHER_OPEN;
    in = new_sa(parameters);
    for (size_t i = 0; i < N; i++)
        packets[i] = inner_packet(40 + i);
    esp_seal(out, packets, NULL, results, N);
    g_assert_cmpuint(packet_data(&packets[N - 1])[4], ==, 0); /* the low half began anew */
    for (size_t i = 0; i < N; i++)
        copies[(i * 29) % N] = packet_of_bytes(packet_view(&packets[i]));
    esp_open(in, copies, results, next, 1); /* the first: the window is near the border now */
    esp_open(in, copies + 1, results + 1, next + 1, N - 1);
    for (size_t i = 0; i < N; i++)
        g_assert_cmpint(results[i], ==, ESP_OK);
    for (size_t i = 0; i < N; i++)
        g_assert_cmpint(open_copy(in, &packets[i]), ==, ESP_DROP_REPLAY);
    g_assert_cmpuint(esp_sa_packets(in), ==, N);
    for (size_t i = 0; i < N; i++) {
        g_free(packets[i].buffer);
        g_free(copies[i].buffer);
    }
}

static void
test_esn_wraps(void)
{
    with_every_suite(check_esn_wrap);
}

/* The same low half in another 2^32 is another number: the ICV says so. And an end without ESN does
 * not understand one with it. */
static void
check_esn_high(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    EspSaParameters parameters = parameters_of(encryption, integrity, PACKET_CIPHER_SEAL);
    SequenceCounter sequence = {(UINT64_C(5) << 32) + 100};
    g_autoptr(EspSa) out = NULL;
    g_autoptr(EspSa) with = NULL;
    g_autoptr(EspSa) without = NULL;
    Packet packet;

    parameters.esn = true;
    parameters.sequence = &sequence;
    out = new_sa(parameters);
    parameters.direction = PACKET_CIPHER_OPEN;
    with = new_sa(parameters);
    parameters.esn = false;
    without = new_sa(parameters);
    packet = seal_one(out, 50);
    g_assert_cmpint(open_copy(with, &packet), ==, ESP_DROP_ICV); /* it expects the first 2^32 */
    g_assert_cmpint(open_copy(without, &packet), ==, ESP_DROP_ICV);
    g_free(packet.buffer);
    atomic_store(&sequence.last, 100);
    packet = seal_one(out, 50);
    g_assert_cmpint(open_copy(without, &packet), ==, ESP_DROP_ICV);
    g_assert_cmpint(open_copy(with, &packet), ==, ESP_OK);
    g_free(packet.buffer);
}

static void
test_esn_high_half_counts(void)
{
    with_every_suite(check_esn_high);
}

/* --- the outbound counter --------------------------------------------------------------------- */

/* The numbers that are left go to the first packets; then there is none, however often one asks. */
static void
check_exhaustion(bool esn)
{
    const EncryptionAlgorithm *gcm = encryption_by_keyword("aes128gcm16");
    EspSaParameters parameters = parameters_of(gcm, NULL, PACKET_CIPHER_SEAL);
    SequenceCounter sequence = {sequence_end(esn) - 3};
    g_autoptr(EspSa) out = NULL;
    Packet packets[5];
    EspResult results[5];

    parameters.esn = esn;
    parameters.sequence = &sequence;
    out = new_sa(parameters);
    for (size_t i = 0; i < G_N_ELEMENTS(packets); i++)
        packets[i] = inner_packet(41);
    packet_data(&packets[1])[0] = 0; /* takes none */
    esp_seal(out, packets, NULL, results, 5);
    g_assert_cmpint(results[0], ==, ESP_OK);
    g_assert_cmpint(results[1], ==, ESP_DROP_MALFORMED);
    g_assert_cmpint(results[2], ==, ESP_OK);
    g_assert_cmpint(results[3], ==, ESP_OK);
    g_assert_cmpint(results[4], ==, ESP_DROP_SEQUENCE_EXHAUSTED);
    g_assert_cmpuint(packets[4].len, ==, 41); /* untouched */
    for (int i = 0; i < 3; i++) {
        esp_seal(out, &packets[4], NULL, results, 1);
        g_assert_cmpint(results[0], ==, ESP_DROP_SEQUENCE_EXHAUSTED);
    }
    g_assert_cmpuint(atomic_load(&sequence.last), ==, sequence_end(esn));
    g_assert_cmpuint(esp_sa_drops(out, ESP_DROP_SEQUENCE_EXHAUSTED), ==, 4);
    g_assert_cmpuint(esp_sa_packets(out), ==, 3);
    g_assert_cmpuint(esp_sa_bytes(out), ==, 3 * 41);
    for (size_t i = 0; i < G_N_ELEMENTS(packets); i++)
        g_free(packets[i].buffer);
}

static void
test_numbers_run_out(void)
{
    check_exhaustion(false);
    check_exhaustion(true);
}

enum { N_SEALERS = 4, N_ROUNDS = 40 };

static gpointer
seal_in_thread(gpointer data)
{
    EspSa *out = data;
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    for (size_t round = 0; round < N_ROUNDS; round++) {
        Packet packets[PACKET_BATCH];
        EspResult results[PACKET_BATCH];
        size_t n = 1 + round * 7 % PACKET_BATCH;

        for (size_t i = 0; i < n; i++)
            packets[i] = inner_packet(40);
        esp_seal(out, packets, NULL, results, n);
        for (size_t i = 0; i < n; i++) {
            uint32_t seq;

            memcpy(&seq, packet_data(&packets[i]) + 4, sizeof(seq));
            seq = GUINT32_FROM_BE(seq);
            g_assert_cmpint(results[i], ==, ESP_OK);
            g_array_append_val(numbers, seq);
            g_free(packets[i].buffer);
        }
    }
    return numbers;
}

static void
must_be_new(GHashTable *seen, GArray *numbers)
{
    for (guint i = 0; i < numbers->len; i++) {
        uint32_t seq = g_array_index(numbers, uint32_t, i);

        g_assert_true(g_hash_table_add(seen, GUINT_TO_POINTER(seq)));
    }
}

/* Several threads with an SA each seal for one SPI; another reads their counters. */
static void
test_threads_share_the_numbers(void)
{
    const EncryptionAlgorithm *gcm = encryption_by_keyword("aes256gcm16");
    EspSaParameters parameters = parameters_of(gcm, NULL, PACKET_CIPHER_SEAL);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    SequenceCounter sequence = {0};
    GThread *threads[N_SEALERS];
    EspSa *sealers[N_SEALERS];
    uint64_t packets = 0;

    parameters.sequence = &sequence;
    for (size_t i = 0; i < N_SEALERS; i++) {
        sealers[i] = new_sa(parameters);
        threads[i] = g_thread_new("sealer", seal_in_thread, sealers[i]);
    }
    for (int i = 0; i < 1000; i++) {
        g_assert_cmpuint(esp_sa_packets(sealers[0]), >=, packets);
        packets = esp_sa_packets(sealers[0]);
        g_assert_cmpuint(esp_sa_bytes(sealers[0]), <=, N_ROUNDS * PACKET_BATCH * 40);
        g_assert_cmpuint(esp_sa_drops(sealers[0], ESP_DROP_SEQUENCE_EXHAUSTED), ==, 0);
    }
    for (size_t i = 0; i < N_SEALERS; i++) {
        GArray *numbers = g_thread_join(threads[i]);

        must_be_new(seen, numbers);
        g_array_unref(numbers);
        esp_sa_free(sealers[i]);
    }
    for (guint seq = 1; seq <= g_hash_table_size(seen); seq++)
        g_assert_true(g_hash_table_contains(seen, GUINT_TO_POINTER(seq)));
    g_assert_cmpuint(atomic_load(&sequence.last), ==, g_hash_table_size(seen));
}

/* --- transport mode --------------------------------------------------------------------------- */

static void
check_transport(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    static const uint8_t next_headers[] = {6, 17, 0, 59, 4, 58};
    enum { N = G_N_ELEMENTS(next_headers) };
    EspSaParameters parameters = parameters_of(encryption, integrity, PACKET_CIPHER_SEAL);
    g_autoptr(EspSa) out = NULL;
    g_autoptr(EspSa) in = NULL;
    Packet packets[N];
    EspResult results[N];
    uint8_t next[N];

    parameters.transport = true;
    out = new_sa(parameters);
    parameters.direction = PACKET_CIPHER_OPEN;
    in = new_sa(parameters);
    for (size_t i = 0; i < N; i++)
        packets[i] = inner_packet(8 + i);
    esp_seal(out, packets, next_headers, results, N);
    for (size_t i = 0; i < N; i++)
        g_assert_cmpint(results[i], ==, next_headers[i] == 0 ? ESP_DROP_MALFORMED : ESP_OK);
    packets[2].len = 0;
    esp_open(in, packets, results, next, N);
    for (size_t i = 0; i < N; i++) {
        EspResult expected = i == 2 ? ESP_DROP_MALFORMED : i == 3 ? ESP_DROP_DUMMY : ESP_OK;

        g_assert_cmpint(results[i], ==, expected);
        if (results[i] == ESP_OK) {
            g_assert_cmpuint(next[i], ==, next_headers[i]);
            g_assert_cmpuint(packets[i].len, ==, 8 + i);
            g_assert_cmpuint(packet_data(&packets[i])[1], ==, 1);
        }
    }
    for (size_t i = 0; i < N; i++)
        g_free(packets[i].buffer);
}

static void
test_transport_mode(void)
{
    const EncryptionAlgorithm *gcm = encryption_by_keyword("aes128gcm16");
    EspSaParameters parameters = parameters_of(gcm, NULL, PACKET_CIPHER_SEAL);
    g_autoptr(EspSa) out = NULL;
    Packet packet = inner_packet(61);
    EspResult result;

    with_every_suite(check_transport);
    /* Here what is inside does not say what it is, even if it looks like IP. */
    parameters.transport = true;
    out = new_sa(parameters);
    esp_seal(out, &packet, NULL, &result, 1);
    g_assert_cmpint(result, ==, ESP_DROP_MALFORMED);
    g_free(packet.buffer);
}

/* The one is the other's inverse: exactly the largest that fits. */
static void
check_lengths(const EncryptionAlgorithm *encryption, const IntegrityAlgorithm *integrity)
{
    for (size_t esp_len = 0; esp_len <= MAX_INNER; esp_len++) {
        size_t inner = esp_max_inner_len(encryption, integrity, esp_len);

        if (inner > 0)
            g_assert_cmpuint(esp_sealed_len(encryption, integrity, inner), <=, esp_len);
        g_assert_cmpuint(esp_sealed_len(encryption, integrity, inner + 1), >, esp_len);
    }
}

static void
test_lengths(void)
{
    with_every_suite(check_lengths);
    /* By hand: 8 + 8 + (1400 + 2 -> 1404) + 16 */
    g_assert_cmpuint(esp_sealed_len(encryption_by_keyword("aes128gcm16"), NULL, 1400), ==, 1436);
    /* 8 + 16 + (1400 + 2 -> 1408) + 16 */
    g_assert_cmpuint(
        esp_sealed_len(encryption_by_keyword("aes128"), integrity_by_keyword("sha256"), 1400),
        ==,
        1448);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/esp/round-trip", test_round_trip);
    g_test_add_func("/esp/published", test_as_published);
    g_test_add_func("/esp/cut-and-flip", test_cut_and_flip);
    g_test_add_func("/esp/trailer", test_trailer_of_an_authentic_packet);
    g_test_add_func("/esp/spi", test_another_spi_is_malformed);
    g_test_add_func("/esp/no-room", test_no_room_is_said_and_takes_no_number);
    g_test_add_func("/esp/longest", test_the_longest_packet);
    g_test_add_func("/esp/no-ip", test_what_is_no_ip_packet_is_not_sealed);
    g_test_add_func("/esp/batches", test_batches);
    g_test_add_func("/esp/replay-in-batch", test_replay_within_a_batch);
    g_test_add_func("/esp/esn-wrap", test_esn_wraps);
    g_test_add_func("/esp/esn-high", test_esn_high_half_counts);
    g_test_add_func("/esp/exhaustion", test_numbers_run_out);
    g_test_add_func("/esp/threads", test_threads_share_the_numbers);
    g_test_add_func("/esp/transport", test_transport_mode);
    g_test_add_func("/esp/lengths", test_lengths);
    return g_test_run();
}
