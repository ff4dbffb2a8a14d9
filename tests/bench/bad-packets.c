/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends packets that a data plane with fixed keys must drop, as the client's end, as fast as it can
 * or at a rate:
 *
 *     bad-packets [OPTION...] KIND LOCAL REMOTE
 *
 * Kinds: unknown-spi, wrong-icv, replay, truncated (of Child SA 0, beside good traffic);
 * wrong-address, junk (authentic ones of Child SA 1). In the end it prints how many were sent. */
#include "bench/fixed-sa.h"
#include "esp/esp-sa.h"
#include "lib/inner-traffic.h"
#include "lib/random-seeded.h"
#include "platform/socket-address.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
    BATCH = 32,
    ESP_HEADER = 8,
    MAX_LEN = 1400,
    BUFFER = PACKET_HEADROOM + MAX_LEN + PACKET_TAILROOM,
};

typedef enum {
    UNKNOWN_SPI,
    WRONG_ICV,
    REPLAY,
    TRUNCATED,
    WRONG_ADDRESS,
    JUNK,
    N_KINDS,
} Kind;

static const char *const kind_names[N_KINDS] = {
    "unknown-spi", "wrong-icv", "replay", "truncated", "wrong-address", "junk"};

static char *option_esp = (char *) "aes128gcm16";
static int option_rate, option_len = 100, option_port = 4500;
static double option_seconds = 1;
static char **option_words;

static const GOptionEntry entries[] = {
    {"esp", 0, 0, G_OPTION_ARG_STRING, &option_esp, "algorithms, as the data plane has", "NAMES"},
    {"rate", 0, 0, G_OPTION_ARG_INT, &option_rate, "packets a second; 0: all that go", "N"},
    {"len", 0, 0, G_OPTION_ARG_INT, &option_len, "of the packet inside", "BYTES"},
    {"port", 0, 0, G_OPTION_ARG_INT, &option_port, "where to", "N"},
    {"seconds", 0, 0, G_OPTION_ARG_DOUBLE, &option_seconds, "how long", "S"},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &option_words, NULL, NULL},
    {NULL},
};

typedef struct {
    Kind kind;
    EspSa *sa;
    SeededRandom chance;
    RandomSource random;
    uint8_t buffers[BATCH][BUFFER];
    Packet packets[BATCH];
    uint8_t train[BATCH * BUFFER];
    size_t packet_len; /* of each in the train */
    uint64_t sent;
} Flood;

static void
fail(const char *what)
{
    perror(what);
    exit(1);
}

static double
seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* What stands inside: a packet between addresses that no Child SA is for, or nothing that is one.
 */
static void
write_inner(Flood *flood, Packet *packet)
{
    TestPacket inner = {
        .ttl = 64,
        .protocol = IPPROTO_UDP,
        .source = 1,
        .destination = 2,
        .source_port = 9,
        .destination_port = 9,
    };
    uint8_t payload[MAX_LEN];

    random_fill(&flood->random, payload, sizeof(payload));
    inner.payload = bytes_of(payload, (size_t) option_len - 28);
    packet->len = test_packet_write(&inner, packet_data(packet));
    if (flood->kind == JUNK)
        random_fill(&flood->random, packet_data(packet), packet->len);
}

/* Sealed packets, whatever is done to them then. */
static void
seal_batch(Flood *flood)
{
    uint8_t next_headers[BATCH];
    EspResult results[BATCH];

    for (size_t i = 0; i < BATCH; i++) {
        flood->packets[i] = (Packet){flood->buffers[i], BUFFER, PACKET_HEADROOM, 0};
        write_inner(flood, &flood->packets[i]);
        next_headers[i] = IPPROTO_IPIP;
    }
    esp_seal(flood->sa, flood->packets, next_headers, results, BATCH);
    for (size_t i = 0; i < BATCH; i++)
        g_assert_cmpint(results[i], ==, ESP_OK);
}

static void
spoil(Flood *flood, uint8_t *packet)
{
    uint32_t number = (uint32_t) flood->sent | 0x40000000; /* ahead of all good ones */

    switch (flood->kind) {
    case UNKNOWN_SPI:
        random_fill(&flood->random, packet, 4);
        packet[0] |= 0x80;
        break;
    case WRONG_ICV:
    case TRUNCATED:
        number = GUINT32_TO_BE(number);
        memcpy(packet + 4, &number, sizeof(number));
        break;
    case REPLAY:
    case WRONG_ADDRESS:
    case JUNK:
    case N_KINDS:
        break;
    }
}

static void
fill_train(Flood *flood)
{
    size_t len = flood->packets[0].len;

    flood->packet_len = flood->kind == TRUNCATED ? 8 + seeded_below(&flood->chance, 16) : len;
    for (size_t i = 0; i < BATCH; i++) {
        uint8_t *place = flood->train + i * flood->packet_len;

        memcpy(place, packet_data(&flood->packets[i]), flood->packet_len);
        spoil(flood, place);
        flood->sent++;
    }
}

static void
send_train(int fd, const Flood *flood)
{
    if (send(fd, flood->train, BATCH * flood->packet_len, 0) < 0 && errno != ECONNREFUSED
        && errno != ENOBUFS) {
        perror("bad-packets");
        exit(1);
    }
}

static void
pace(const Flood *flood, double begin)
{
    double due = option_rate > 0 ? begin + (double) flood->sent / option_rate : 0;
    double wait = due - seconds_now();

    if (wait > 0)
        g_usleep((gulong) (wait * 1e6));
}

static void
run(Flood *flood, int fd)
{
    /* Authentic ones need a number of their own each; of the others one batch serves for all. */
    bool fresh = flood->kind == WRONG_ADDRESS || flood->kind == JUNK;
    double begin = seconds_now();

    seal_batch(flood);
    while (seconds_now() < begin + option_seconds) {
        int len;

        if (fresh && flood->sent > 0)
            seal_batch(flood);
        fill_train(flood);
        len = (int) flood->packet_len;
        if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &len, sizeof(len)) < 0)
            fail("UDP_SEGMENT");
        send_train(fd, flood);
        pace(flood, begin);
    }
    printf("{\"kind\": \"%s\", \"sent\": %" G_GUINT64_FORMAT ", \"per_second\": %.0f}\n",
           kind_names[flood->kind],
           flood->sent,
           (double) flood->sent / (seconds_now() - begin));
}

static int
open_socket(const char *local, const char *remote)
{
    Endpoint from = {0}, to = {.port = (uint16_t) option_port};
    SocketAddress address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t len;

    if (!ip_address_from_text(local, &from.address) || !ip_address_from_text(remote, &to.address))
        return -1;
    len = socket_address_of(&from, &address);
    if (bind(fd, &address.any, len) < 0)
        return -1;
    len = socket_address_of(&to, &address);
    return connect(fd, &address.any, len) < 0 ? -1 : fd;
}

static EspSa *
sa_of(Kind kind)
{
    EspProposal proposal = fixed_proposal(option_esp);
    g_auto(ChildSa) child = {0};
    EspSaParameters parameters;

    fixed_sa(&child, END_CLIENT, kind == WRONG_ADDRESS || kind == JUNK ? 1 : 0, &proposal);
    parameters = (EspSaParameters){
        .spi = child.outbound_spi,
        .encryption = proposal.encryption,
        .integrity = proposal.integrity,
        .keymat = secret_view(&child.outbound_keymat),
        .direction = PACKET_CIPHER_SEAL,
    };
    return esp_sa_new(&parameters);
}

int
main(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new("KIND LOCAL REMOTE");
    g_autoptr(GError) error = NULL;
    g_autofree Flood *flood = g_new0(Flood, 1);
    int fd;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || !option_words
        || g_strv_length(option_words) != 3 || option_len < 60 || option_len > MAX_LEN) {
        fprintf(stderr, "usage: bad-packets [OPTION...] KIND LOCAL REMOTE\n");
        return 2;
    }
    flood->random = random_seeded(&flood->chance, 7);
    while (flood->kind < N_KINDS && strcmp(kind_names[flood->kind], option_words[0]) != 0)
        flood->kind++;
    fd = open_socket(option_words[1], option_words[2]);
    if (flood->kind == N_KINDS || fd < 0) {
        fprintf(stderr, "bad-packets: no such kind, or no such address\n");
        return 2;
    }
    flood->sa = sa_of(flood->kind);
    run(flood, fd);
    esp_sa_free(flood->sa);
    close(fd);
    return 0;
}
