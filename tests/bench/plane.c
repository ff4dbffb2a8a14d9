/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One end of a tunnel with fixed keys, on the user-space data plane:
 *
 *     plane [OPTION...] client|server DEVICE LOCAL REMOTE
 *
 * Says "ready" when packets can go. SIGUSR1: prints the counters, one JSON object in a line;
 * SIGTERM: ends. */
#include "bench/fixed-sa.h"
#include "dataplane/dataplane.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { PORT = 4500 };

static char *option_esp = (char *) "aes128gcm16";
static char *option_cipher = (char *) "fastest";
static char *option_offloads = (char *) "all";
static int option_sas = 1, option_threads, option_mtu = 1400;
static char **option_words;

static const GOptionEntry entries[] = {
    {"esp",
     0,
     0,
     G_OPTION_ARG_STRING,
     &option_esp,
     "algorithms, as strongSwan names them",
     "NAMES"},
    {"cipher", 0, 0, G_OPTION_ARG_STRING, &option_cipher, "fastest, multi-buffer or evp", "NAME"},
    {"offloads",
     0,
     0,
     G_OPTION_ARG_STRING,
     &option_offloads,
     "all, none, or some of tun,segment,gro",
     "NAMES"},
    {"sas", 0, 0, G_OPTION_ARG_INT, &option_sas, "how many Child SAs", "N"},
    {"threads",
     0,
     0,
     G_OPTION_ARG_INT,
     &option_threads,
     "1 for all, or one that receives and others that send; 0: it decides",
     "N"},
    {"mtu", 0, 0, G_OPTION_ARG_INT, &option_mtu, "of the device", "BYTES"},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &option_words, NULL, NULL},
    {NULL},
};

static void
die(const char *what, int error)
{
    fprintf(stderr, "plane: %s: %s\n", what, error < 0 ? strerror(-error) : "no such thing");
    exit(1);
}

static unsigned
offloads_from_text(const char *text)
{
    static const struct {
        const char *name;
        unsigned bits;
    } names[] = {
        {"all", OFFLOADS_ALL},
        {"none", 0},
        {"tun", OFFLOAD_TUN_SEGMENTS},
        {"segment", OFFLOAD_UDP_SEGMENT},
        {"gro", OFFLOAD_UDP_GRO},
    };
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    unsigned offloads = 0;

    for (size_t i = 0; words[i]; i++) {
        size_t k = 0;

        while (k < G_N_ELEMENTS(names) && strcmp(words[i], names[k].name) != 0)
            k++;
        if (k == G_N_ELEMENTS(names))
            die(words[i], 0);
        offloads |= names[k].bits;
    }
    return offloads;
}

static PacketCipherImplementation
cipher_from_text(const char *text)
{
    static const char *const names[] = {
        [PACKET_CIPHER_FASTEST] = "fastest",
        [PACKET_CIPHER_MULTI_BUFFER] = "multi-buffer",
        [PACKET_CIPHER_EVP] = "evp",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(text, names[i]) == 0)
            return (PacketCipherImplementation) i;
    die(text, 0);
    return PACKET_CIPHER_FASTEST;
}

static void
print_counters(DataPlane *plane)
{
    DataPlaneCounters c = data_plane_counters(plane);
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {
        {"in_packets", c.in_packets},
        {"in_bytes", c.in_bytes},
        {"out_packets", c.out_packets},
        {"out_bytes", c.out_bytes},
        {"drop_foreign", c.drop_foreign},
        {"drop_unknown_spi", c.drop_unknown_spi},
        {"drop_replay", c.drop_replay},
        {"drop_icv", c.drop_icv},
        {"drop_malformed", c.drop_malformed},
        {"drop_selectors", c.drop_selectors},
        {"drop_ecn", c.drop_ecn},
        {"drop_no_sa", c.drop_no_sa},
        {"drop_sequence", c.drop_sequence},
        {"drop_too_big", c.drop_too_big},
        {"drop_ike", c.drop_ike},
        {"drop_send", c.drop_send},
        {"drop_device", c.drop_device},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        printf("%s\"%s\": %" G_GUINT64_FORMAT, i ? ", " : "{", all[i].name, all[i].value);
    printf("}\n");
    fflush(stdout);
}

static void
on_failed(void *owner, int error)
{
    die("the data plane", error);
}

static Endpoint
endpoint_of(const char *text)
{
    Endpoint endpoint = {.port = PORT};

    if (!ip_address_from_text(text, &endpoint.address))
        die(text, 0);
    return endpoint;
}

static DataPlane *
open_plane(UdpSocket *socket, BenchEnd end)
{
    DataPlaneSetup setup = {
        .choice = DATA_PLANE_USERSPACE,
        .nat_t = socket,
        .device = option_words[1],
        .offloads = offloads_from_text(option_offloads),
        .n_threads = (unsigned) option_threads,
        .cipher = cipher_from_text(option_cipher),
    };
    DataPlaneEvents events = {.failed = on_failed};
    Endpoint local = endpoint_of(option_words[2]), remote = endpoint_of(option_words[3]);
    EspProposal proposal = fixed_proposal(option_esp);
    DataPlane *plane;
    int r = data_plane_open(&plane, &setup, &events);

    if (r == 0)
        r = data_plane_set_path(plane, &local, &remote);
    if (r == 0)
        r = data_plane_set_mtu(plane, (uint32_t) option_mtu);
    for (unsigned k = 0; r == 0 && k < (unsigned) option_sas; k++) {
        g_auto(ChildSa) child = {0};

        fixed_sa(&child, end, k, &proposal);
        r = data_plane_install(plane, &child, true);
    }
    if (r < 0)
        die("the data plane", r);
    return plane;
}

static int
open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL); /* before there are threads, so that all have it */
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static void
run(DataPlane *plane, int signals)
{
    for (;;) {
        struct pollfd waits[] = {
            {.fd = data_plane_fd(plane), .events = POLLIN},
            {.fd = signals, .events = POLLIN},
        };
        struct signalfd_siginfo info;

        if (poll(waits, 2, -1) < 0)
            continue;
        if (waits[0].revents)
            data_plane_dispatch(plane);
        if (!waits[1].revents || read(signals, &info, sizeof(info)) != sizeof(info))
            continue;
        if (info.ssi_signo == SIGTERM)
            return;
        print_counters(plane);
    }
}

int
main(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new("client|server DEVICE LOCAL REMOTE");
    g_autoptr(GError) error = NULL;
    g_autoptr(DataPlane) plane = NULL;
    UdpSocket socket;
    BenchEnd end;
    int signals, r;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "plane: %s\n", error->message);
        return 2;
    }
    if (!option_words || g_strv_length(option_words) != 4
        || !bench_end_from_text(option_words[0], &end) || option_sas < 1
        || option_sas > MAX_FIXED_SAS) {
        fprintf(stderr, "usage: plane [OPTION...] client|server DEVICE LOCAL REMOTE\n");
        return 2;
    }
    signals = open_signals();
    r = udp_socket_open(&socket, FAMILY_IPV4, PORT);
    if (r < 0)
        die("the socket", r);
    plane = open_plane(&socket, end);
    printf("ready\n");
    fflush(stdout);
    run(plane, signals);
    data_plane_close(g_steal_pointer(&plane));
    udp_socket_close(&socket);
    return 0;
}
