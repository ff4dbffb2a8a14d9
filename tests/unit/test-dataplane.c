/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "dataplane/dataplane.h"
#include "esp/esp-sa.h"
#include "lib/netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Two data planes back to back:
 *
 *   10.9.0.1 = TUN of a = socket of a --127.0.0.1-- socket of b = TUN of b = 10.9.0.2
 *
 * Sockets and a's TUN are in one network namespace, b's TUN is in another. */

enum { SPI_A = 0xa0000001, SPI_B = 0xb0000001 };

/* How both data planes are set up. */
typedef struct {
    const char *name;
    unsigned offloads;
    unsigned n_threads;
    bool raw_esp;
    bool wire; /* each end has a namespace and an address of its own */
} Variant;

static const Variant variants[] = {
    {"offloads", OFFLOADS_ALL, 2},
    {"one-thread", OFFLOADS_ALL, 1},
    {"plain", 0, 2},
    {"tun-only", OFFLOAD_TUN_SEGMENTS, 1},
    {"udp-only", OFFLOAD_UDP_SEGMENT | OFFLOAD_UDP_GRO, 1},
    {"queues", OFFLOADS_ALL, 4},
};

/* ESP without UDP goes between addresses only, so each end needs its own: a wire lies between. */
static const Variant raw_esp_variant = {"raw-esp", OFFLOADS_ALL, 1, true, true};

static const Variant wire_variant = {"wire", OFFLOADS_ALL, 2, false, true};

static const Variant transport_variants[] = {
    {"transport", OFFLOADS_ALL, 1, false, true},
    {"transport-plain", 0, 1, false, true},
    {"transport-raw-esp", OFFLOADS_ALL, 1, true, true},
};

static bool no_wire;

static const Variant *variant; /* of the test that runs */

static const char *no_namespace; /* why there is none; NULL: there is one */
static int namespace_a, namespace_b;

/* What the data plane told its owner. */
typedef struct {
    GByteArray *ike; /* the last message */
    Endpoint ike_from;
    unsigned n_ike;
    uint32_t used;
    unsigned n_used;
    uint32_t expiring;
    unsigned n_expiring;
    unsigned n_expired;
    unsigned n_acquire;
    IpAddress acquired;
    int failed;
    DataPlane *set_outbound_on_use; /* as the service does after a rekey */
} Told;

typedef struct {
    DataPlane *plane;
    UdpSocket socket;
    Told told;
} Side;

typedef struct {
    Side a, b;
} Pair;

static void
on_ike_message(void *owner, Bytes message, const Endpoint *from)
{
    Told *told = owner;

    g_byte_array_set_size(told->ike, 0);
    if (message.len > 0)
        g_byte_array_append(told->ike, message.data, (guint) message.len);
    told->ike_from = *from;
    told->n_ike++;
}

static void
on_used(void *owner, uint32_t inbound_spi)
{
    Told *told = owner;

    told->used = inbound_spi;
    told->n_used++;
    if (told->set_outbound_on_use)
        data_plane_set_outbound(told->set_outbound_on_use, inbound_spi);
}

static void
on_expiring(void *owner, uint32_t inbound_spi)
{
    Told *told = owner;

    told->expiring = inbound_spi;
    told->n_expiring++;
}

static void
on_expired(void *owner, uint32_t inbound_spi)
{
    ((Told *) owner)->n_expired++;
}

static void
on_acquire(void *owner, const IpAddress *source, const IpAddress *destination)
{
    ((Told *) owner)->n_acquire++;
    ((Told *) owner)->acquired = *destination;
}

static void
on_failed(void *owner, int error)
{
    ((Told *) owner)->failed = error;
}

static bool
side_open(Side *side, int namespace, const char *address)
{
    const DataPlaneEvents events = {
        .ike_message = on_ike_message,
        .used = on_used,
        .expiring = on_expiring,
        .expired = on_expired,
        .acquire = on_acquire,
        .failed = on_failed,
        .owner = &side->told,
    };
    const DataPlaneSetup setup = {
        .choice = DATA_PLANE_USERSPACE,
        .nat_t = &side->socket,
        .device = "ike%d",
        .raw_esp = variant->raw_esp,
        .offloads = variant->offloads,
        .n_threads = variant->n_threads,
    };
    int r;

    *side = (Side){.told.ike = g_byte_array_new()};
    if (variant->wire)
        netns_enter(namespace);
    g_assert_cmpint(udp_socket_open(&side->socket, FAMILY_IPV4, 0), ==, 0);
    netns_enter(namespace);
    r = data_plane_open(&side->plane, &setup, &events);
    if (r == 0) {
        g_assert_cmpint(data_plane_set_mtu(side->plane, 1400), ==, 0);
        netns_device_address(data_plane_device(side->plane), address);
        netns_device_up(data_plane_device(side->plane));
    }
    netns_enter(namespace_a);
    return r == 0;
}

static void
side_close(Side *side)
{
    data_plane_close(side->plane);
    udp_socket_close(&side->socket);
    g_byte_array_unref(side->told.ike);
}

static void
side_talk_to(Side *side, const Side *peer, const char *own, const char *address)
{
    Endpoint local = {.port = side->socket.port}, remote = {.port = peer->socket.port};

    if (!variant->wire)
        own = address = "127.0.0.1";
    g_assert_true(ip_address_from_text(own, &local.address));
    g_assert_true(ip_address_from_text(address, &remote.address));
    g_assert_cmpint(data_plane_set_path(side->plane, &local, &remote), ==, 0);
}

static Pair *
pair_new(void)
{
    Pair *pair = g_new0(Pair, 1);

    if (no_namespace) {
        g_test_skip(no_namespace);
    } else if (variant->wire && no_wire) {
        g_test_skip("no ip command, or no veth devices");
    } else if (!side_open(&pair->a, namespace_a, "10.9.0.1/24")) {
        g_test_skip("no TUN device may be made here (/dev/net/tun)");
        side_close(&pair->a);
    } else {
        g_assert_true(side_open(&pair->b, namespace_b, "10.9.0.2/24"));
        side_talk_to(&pair->a, &pair->b, "192.0.2.1", "192.0.2.2");
        side_talk_to(&pair->b, &pair->a, "192.0.2.2", "192.0.2.1");
        return pair;
    }
    g_free(pair);
    return NULL;
}

static void
pair_free(Pair *pair)
{
    side_close(&pair->a);
    side_close(&pair->b);
    g_free(pair);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pair, pair_free)

/* What comes over the network may be a moment under way. */
#define EVENTUALLY(condition)                                                                      \
    do {                                                                                           \
        for (int tries = 0; !(condition) && tries < 10000; tries++) {                              \
            pair_settle(pair);                                                                     \
            g_usleep(1000);                                                                        \
        }                                                                                          \
        g_assert_true(condition);                                                                  \
    } while (0)

/* Whatever waits for the threads now has been dealt with when this returns: a call into a thread is
 * followed by a piece of work before the next one. */
static void
pair_settle(Pair *pair)
{
    for (int i = 0; i < 8; i++) {
        data_plane_counters(pair->a.plane);
        data_plane_dispatch(pair->a.plane);
        data_plane_counters(pair->b.plane);
        data_plane_dispatch(pair->b.plane);
    }
}

static TrafficSelector
selector(const char *text)
{
    TrafficSelector ts;

    g_assert_true(traffic_selector_from_text(text, &ts));
    return ts;
}

static EspProposal
proposal(const char *encryption, const char *integrity)
{
    return (EspProposal){
        .encryption = encryption_by_keyword(encryption),
        .integrity = integrity ? integrity_by_keyword(integrity) : NULL,
    };
}

static Secret
keymat(const EspProposal *proposal, uint32_t spi)
{
    Secret secret =
        secret_alloc(packet_cipher_keymat_len(proposal->encryption, proposal->integrity));

    for (size_t i = 0; i < secret.len; i++)
        secret.data[i] = (uint8_t) (spi * 31 + i);
    return secret;
}

/* One end of a Child SA; the keys follow from the SPIs, so the other end has them too. */
static ChildSa
child_sa(EspProposal esp, uint32_t inbound_spi, uint32_t outbound_spi)
{
    return (ChildSa){
        .inbound_spi = inbound_spi,
        .outbound_spi = outbound_spi,
        .proposal = esp,
        .inbound_keymat = keymat(&esp, inbound_spi),
        .outbound_keymat = keymat(&esp, outbound_spi),
        .local_ts = selector("10.9.0.0/24"),
        .remote_ts = selector("10.9.0.0/24"),
        .udp_encap = !variant->raw_esp,
    };
}

static void
install(Side *side, uint32_t inbound_spi, uint32_t outbound_spi, bool outbound)
{
    g_auto(ChildSa) child = child_sa(proposal("aes128gcm16", NULL), inbound_spi, outbound_spi);

    g_assert_cmpint(data_plane_install(side->plane, &child, outbound), ==, 0);
}

static void
install_both(Pair *pair)
{
    install(&pair->a, SPI_A, SPI_B, true);
    install(&pair->b, SPI_B, SPI_A, true);
}

/* A socket of the protected network. */
static UdpSocket
inner_socket(int namespace, uint16_t port)
{
    UdpSocket socket;

    netns_enter(namespace);
    g_assert_cmpint(udp_socket_open(&socket, FAMILY_IPV4, port), ==, 0);
    netns_enter(namespace_a);
    return socket;
}

static void
inner_send(UdpSocket *socket, const char *address, uint16_t port, Bytes text)
{
    Endpoint to = {.port = port};

    g_assert_true(ip_address_from_text(address, &to.address));
    g_assert_cmpint(udp_socket_send(socket, &to, text), ==, (int) text.len);
}

static void
assert_inner_receives(UdpSocket *socket, Bytes expected)
{
    uint8_t buffer[4096];
    struct pollfd wait = {.fd = socket->fd, .events = POLLIN};
    Endpoint from;
    int len = poll(&wait, 1, 10000) == 1 ? udp_socket_receive(socket, buffer, sizeof(buffer), &from)
                                         : -ETIMEDOUT;

    g_assert_cmpint(len, >=, 0);
    g_assert_cmpmem(buffer, (size_t) len, expected.data, expected.len);
}

/* An IPv4 UDP packet as a peer might put it into its tunnel. */
typedef struct {
    const char *source;
    const char *destination;
    uint8_t protocol;
    uint16_t source_port;
    uint16_t destination_port;
} Inner;

static size_t
write_inner(const Inner *inner, uint8_t *out)
{
    IpAddress source, destination;
    uint32_t sum = 0;

    g_assert_true(ip_address_from_text(inner->source, &source));
    g_assert_true(ip_address_from_text(inner->destination, &destination));
    memset(out, 0, 32);
    out[0] = 0x45;
    out[3] = 32;
    out[8] = 64;
    out[9] = inner->protocol;
    memcpy(out + 12, source.bytes, 4);
    memcpy(out + 16, destination.bytes, 4);
    for (int i = 0; i < 20; i += 2)
        sum += (uint32_t) (out[i] << 8 | out[i + 1]);
    sum = ~((sum & 0xffff) + (sum >> 16));
    out[10] = (uint8_t) (sum >> 8);
    out[11] = (uint8_t) sum;
    out[20] = (uint8_t) (inner->source_port >> 8);
    out[21] = (uint8_t) inner->source_port;
    out[22] = (uint8_t) (inner->destination_port >> 8);
    out[23] = (uint8_t) inner->destination_port;
    out[25] = 12;
    return 32;
}

/* Sends from b's socket what b's data plane never would. */
static void
send_raw(Pair *pair, Bytes datagram)
{
    Endpoint to = {.port = pair->a.socket.port};

    g_assert_true(ip_address_from_text(variant->wire ? "192.0.2.1" : "127.0.0.1", &to.address));
    g_assert_cmpint(udp_socket_send(&pair->b.socket, &to, datagram), ==, (int) datagram.len);
}

/* Packets that a's data plane has judged, one way or the other. */
static uint64_t
n_judged(Pair *pair)
{
    DataPlaneCounters c = data_plane_counters(pair->a.plane);

    return c.in_packets + c.drop_foreign + c.drop_unknown_spi + c.drop_replay + c.drop_icv
           + c.drop_malformed + c.drop_selectors + c.drop_ecn + c.drop_device;
}

/* A peer that has the keys but no manners. */
static void
send_sealed(Pair *pair, EspSa *sa, const Inner *inner, size_t padding)
{
    uint8_t buffer[512] = {0};
    Packet packet = {buffer, sizeof(buffer), PACKET_HEADROOM, 0};
    EspResult result;
    uint64_t before;

    packet.len = write_inner(inner, packet_data(&packet)) + padding;
    before = n_judged(pair);
    esp_seal(sa, &packet, NULL, &result, 1);
    g_assert_cmpint(result, ==, ESP_OK);
    send_raw(pair, packet_view(&packet));
    EVENTUALLY(n_judged(pair) == before + 1);
    pair_settle(pair);
}

static EspSa *
forger(uint32_t spi)
{
    EspProposal esp = proposal("aes128gcm16", NULL);
    g_auto(Secret) key = keymat(&esp, spi);

    return esp_sa_new(&(EspSaParameters){.spi = spi,
                                         .encryption = esp.encryption,
                                         .integrity = esp.integrity,
                                         .keymat = secret_view(&key)});
}

static void
check_both_ways(const char *encryption, const char *integrity)
{
    g_autoptr(Pair) pair = pair_new();
    g_auto(ChildSa) of_a = child_sa(proposal(encryption, integrity), SPI_A, SPI_B);
    g_auto(ChildSa) of_b = child_sa(proposal(encryption, integrity), SPI_B, SPI_A);
    static uint8_t text[1372]; /* fills 1400 */
    UdpSocket here, there;
    DataPlaneCounters a, b;

    if (!pair)
        return;
    g_assert_cmpint(data_plane_install(pair->a.plane, &of_a, true), ==, 0);
    g_assert_cmpint(data_plane_install(pair->b.plane, &of_b, true), ==, 0);
    here = inner_socket(namespace_a, 1111);
    there = inner_socket(namespace_b, 2222);
    for (size_t i = 0; i < 200; i++) {
        Bytes part = bytes_of(text, i == 0 ? sizeof(text) : i);

        memset(text, (int) i, sizeof(text));
        inner_send(&here, "10.9.0.2", 2222, part);
        pair_settle(pair);
        assert_inner_receives(&there, part);
        inner_send(&there, "10.9.0.1", 1111, part);
        pair_settle(pair);
        assert_inner_receives(&here, part);
    }
    a = data_plane_counters(pair->a.plane);
    b = data_plane_counters(pair->b.plane);
    g_assert_cmpuint(a.out_packets, ==, 200);
    g_assert_cmpuint(a.in_packets, ==, 200);
    g_assert_cmpuint(a.out_bytes, ==, b.in_bytes);
    g_assert_cmpuint(b.out_bytes, ==, a.in_bytes);
    g_assert_cmpuint(a.drop_malformed + a.drop_selectors + a.drop_send + a.drop_too_big, ==, 0);
    g_assert_cmpuint(pair->a.told.n_used, >=, 1);
    g_assert_cmphex(pair->a.told.used, ==, SPI_A);
    udp_socket_close(&here);
    udp_socket_close(&there);
}

static void
test_packets_both_ways(void)
{
    check_both_ways("aes128gcm16", NULL);
    check_both_ways("aes256", "sha256");
    check_both_ways("3des", "sha1");
}

/* More than one batch waits at once, and all of it comes out in order. */
static void
test_bursts(void)
{
    enum { N = 3 * 64 + 5 };
    g_autoptr(Pair) pair = pair_new();
    UdpSocket here, there;

    if (!pair)
        return;
    install_both(pair);
    here = inner_socket(namespace_a, 1111);
    there = inner_socket(namespace_b, 2222);
    for (uint16_t i = 0; i < N; i++)
        inner_send(&here, "10.9.0.2", 2222, bytes_of(&i, sizeof(i)));
    pair_settle(pair);
    for (uint16_t i = 0; i < N; i++)
        assert_inner_receives(&there, bytes_of(&i, sizeof(i)));
    udp_socket_close(&here);
    udp_socket_close(&there);
}

/* a sends to another socket than b's, whose thread would read it. */
static UdpSocket
divert(Pair *pair)
{
    Endpoint remote;
    UdpSocket socket;

    g_assert_cmpint(udp_socket_open(&socket, FAMILY_IPV4, 0), ==, 0);
    remote.port = socket.port;
    g_assert_true(ip_address_from_text("127.0.0.1", &remote.address));
    g_assert_cmpint(data_plane_set_path(pair->a.plane, &remote, &remote), ==, 0);
    return socket;
}

/* Those numbers that are lower than one before them. */
static unsigned
n_late(UdpSocket *socket, unsigned *inout_n, uint32_t *inout_highest)
{
    uint8_t datagram[2048];
    Endpoint from;
    unsigned late = 0;

    while (udp_socket_receive(socket, datagram, sizeof(datagram), &from) > 8) {
        uint32_t number;

        memcpy(&number, datagram + 4, sizeof(number));
        number = GUINT32_FROM_BE(number);
        late += number < *inout_highest;
        *inout_highest = MAX(*inout_highest, number);
        ++*inout_n;
    }
    return late;
}

/* However many threads seal for an SA: its numbers leave in their order, since a peer's window may
 * be small. (All but a few: a thread that the machine keeps waiting does not keep the others.) */
static void
test_numbers_leave_in_order(void)
{
    enum { FLOWS = 8, ROUNDS = 400, BURST = 20 };
    g_autoptr(Pair) pair = pair_new();
    UdpSocket flows[FLOWS], diverted;
    unsigned n = 0, late = 0;
    uint32_t highest = 0;

    if (!pair)
        return;
    install_both(pair);
    diverted = divert(pair);
    for (uint16_t i = 0; i < FLOWS; i++)
        flows[i] = inner_socket(namespace_a, (uint16_t) (3000 + i));
    for (int i = 0; i < ROUNDS; i++) {
        for (int k = 0; k < BURST; k++)
            inner_send(&flows[(i + k) % FLOWS], "10.9.0.2", 2222, bytes_of("0123456789", 10));
        late += n_late(&diverted, &n, &highest);
    }
    pair_settle(pair);
    late += n_late(&diverted, &n, &highest);
    g_test_message("%u of %u late", late, n);
    g_assert_cmpuint(n, >, 200);
    g_assert_cmpuint(late, <=, n / 500);
    for (int i = 0; i < FLOWS; i++)
        udp_socket_close(&flows[i]);
    udp_socket_close(&diverted);
}

/* More datagrams of one size in one send than a batch has places: how many, is the kernel's to say
 * (128 since Linux 6.9). */
static void
send_joined(Pair *pair, EspSa *sa, size_t n)
{
    static const Inner inner = {"10.9.0.2", "10.9.0.1", IPPROTO_UDP, 53, 1111};
    g_autofree uint8_t *buffer = g_malloc0(n * 256), *train = g_malloc(n * 256);
    const int segment = 8 + 8 + 32 + 4 + 16;
    Endpoint to = {.port = pair->a.socket.port};

    for (size_t i = 0; i < n; i++) {
        Packet packet = {buffer + i * 256, 256, PACKET_HEADROOM, 0};
        EspResult result;

        packet.len = write_inner(&inner, packet_data(&packet));
        esp_seal(sa, &packet, NULL, &result, 1);
        g_assert_cmpint(packet.len, ==, segment);
        memcpy(train + i * (size_t) segment, packet_data(&packet), packet.len);
    }
    g_assert_true(ip_address_from_text("127.0.0.1", &to.address));
    setsockopt(pair->b.socket.fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment));
    udp_socket_send(&pair->b.socket, &to, bytes_of(train, n * (size_t) segment));
    setsockopt(pair->b.socket.fd, IPPROTO_UDP, UDP_SEGMENT, &(const int){0}, sizeof(int));
}

static void
test_many_datagrams_in_one(void)
{
    g_autoptr(Pair) pair = pair_new();
    g_autoptr(EspSa) sa = forger(SPI_A);
    uint64_t judged;

    if (!pair)
        return;
    install_both(pair);
    for (int i = 0; i < 200; i++)
        send_joined(pair, sa, i % 2 ? 64 : 128);
    EVENTUALLY(n_judged(pair) >= 200 * 64 / 2);
    do {
        judged = n_judged(pair);
        pair_settle(pair);
    } while (n_judged(pair) != judged);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).in_packets, ==, judged);
}

/* RFC 4301, 5.2, with the keys in the wrong hands. */
static void
test_selectors_of_what_comes_in(void)
{
    static const struct {
        Inner inner;
        bool accepted;
    } cases[] = {
        {{"10.9.0.2", "10.9.0.1", IPPROTO_UDP, 53, 1111}, true},
        {{"10.9.0.3", "10.9.0.1", IPPROTO_UDP, 53, 1111}, false}, /* another's address */
        {{"10.9.0.2", "10.9.0.4", IPPROTO_UDP, 53, 1111}, false},
        {{"10.9.0.1", "10.9.0.2", IPPROTO_UDP, 53, 1111}, false}, /* not reversed */
        {{"10.9.0.2", "10.9.0.1", IPPROTO_TCP, 53, 1111}, false},
        {{"10.9.0.2", "10.9.0.1", IPPROTO_UDP, 54, 1111}, false},
        {{"10.9.0.2", "10.9.0.1", IPPROTO_UDP, 53, 9}, true},
    };
    g_autoptr(Pair) pair = pair_new();
    g_autoptr(EspSa) sa = forger(SPI_A);
    g_auto(ChildSa) child = child_sa(proposal("aes128gcm16", NULL), SPI_A, SPI_B);
    DataPlaneCounters counters;
    uint64_t accepted = 0, refused = 0;

    if (!pair)
        return;
    child.local_ts = selector("10.9.0.1[udp]");
    child.remote_ts = selector("10.9.0.2[udp/53]");
    g_assert_cmpint(data_plane_install(pair->a.plane, &child, true), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        send_sealed(pair, sa, &cases[i].inner, 0);
        counters = data_plane_counters(pair->a.plane);
        accepted += cases[i].accepted;
        refused += !cases[i].accepted;
        g_assert_cmpuint(counters.in_packets, ==, accepted);
        g_assert_cmpuint(counters.drop_selectors, ==, refused);
    }
}

/* An IPv4 packet that its ESP trailer calls IPv6, and the other way round (RFC 4303, 2.6). */
static void
test_next_header_must_be_true(void)
{
    static const Inner inner = {"10.9.0.2", "10.9.0.1", IPPROTO_UDP, 53, 1111};
    static const uint8_t next_headers[] = {IPPROTO_IPIP, IPPROTO_IPV6};
    g_autoptr(Pair) pair = pair_new();
    EspProposal esp = proposal("aes128gcm16", NULL);
    g_auto(Secret) key = keymat(&esp, SPI_A);
    const PacketCipherParameters parameters = {.encryption = esp.encryption,
                                               .keymat = secret_view(&key)};
    g_autoptr(PacketCipher) cipher = packet_cipher_new(&parameters);

    if (!pair)
        return;
    install_both(pair);
    for (uint32_t i = 0; i < G_N_ELEMENTS(next_headers); i++) {
        uint8_t packet[8 + 8 + 36 + 16] = {0};
        const uint32_t header[] = {GUINT32_TO_BE((uint32_t) SPI_A), GUINT32_TO_BE(i + 1)};
        const uint8_t trailer[] = {1, 2, 2, next_headers[i]};
        PacketCipherItem item = {.packet = packet, .text_len = 36, .iv = i + 1};

        memcpy(packet, header, sizeof(header));
        write_inner(&inner, packet + 16);
        memcpy(packet + 48, trailer, sizeof(trailer));
        g_assert_true(packet_cipher_seal(cipher, &item, 1));
        send_raw(pair, BYTES_OF_ARRAY(packet));
        EVENTUALLY(n_judged(pair) == i + 1);
        g_assert_cmpuint(data_plane_counters(pair->a.plane).in_packets, ==, 1);
        g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_selectors, ==, i);
    }
}

static void
test_padding_behind_the_inner_packet_is_cut_off(void)
{
    static const Inner inner = {"10.9.0.2", "10.9.0.1", IPPROTO_UDP, 53, 1111};
    g_autoptr(Pair) pair = pair_new();
    g_autoptr(EspSa) sa = forger(SPI_A);
    UdpSocket here;

    if (!pair)
        return;
    install_both(pair);
    here = inner_socket(namespace_a, 1111);
    send_sealed(pair, sa, &inner, 100);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).in_bytes, ==, 32);
    assert_inner_receives(&here, bytes_of("\0\0\0\0", 4));
    udp_socket_close(&here);
}

static void
test_selectors_of_what_goes_out(void)
{
    g_autoptr(Pair) pair = pair_new();
    g_auto(ChildSa) child = child_sa(proposal("aes128gcm16", NULL), SPI_A, SPI_B);
    DataPlaneCounters before, after;
    UdpSocket here;

    if (!pair)
        return;
    child.local_ts = selector("10.9.0.1[udp]");
    child.remote_ts = selector("10.9.0.2[udp/53]");
    g_assert_cmpint(data_plane_install(pair->a.plane, &child, true), ==, 0);
    here = inner_socket(namespace_a, 1111);
    pair_settle(pair);
    before = data_plane_counters(pair->a.plane);
    inner_send(&here, "10.9.0.2", 53, bytes_of_text("yes"));
    inner_send(&here, "10.9.0.2", 54, bytes_of_text("no"));
    inner_send(&here, "10.9.0.3", 53, bytes_of_text("no"));
    pair_settle(pair);
    after = data_plane_counters(pair->a.plane);
    g_assert_cmpuint(after.out_packets - before.out_packets, ==, 1);
    g_assert_cmpuint(after.drop_no_sa - before.drop_no_sa, ==, 2);
    udp_socket_close(&here);
}

/* The peer's SPI in front of the next packet that leaves a. */
static uint32_t
spi_of_next(Pair *pair, UdpSocket *here, UdpSocket *diverted)
{
    uint8_t datagram[2048];
    struct pollfd wait = {.fd = diverted->fd, .events = POLLIN};
    Endpoint from;
    uint32_t spi;

    inner_send(here, "10.9.0.2", 2222, bytes_of_text("x"));
    pair_settle(pair);
    g_assert_cmpint(poll(&wait, 1, 10000), ==, 1);
    g_assert_cmpint(udp_socket_receive(diverted, datagram, sizeof(datagram), &from), >, 8);
    memcpy(&spi, datagram, sizeof(spi));
    return GUINT32_FROM_BE(spi);
}

/* Make before break (RFC 7296, 2.8): both inbound SAs are open, outbound changes when it is told
 * to, and the old one can go. */
static void
test_rekey(void)
{
    static const Inner inner = {"10.9.0.2", "10.9.0.1", IPPROTO_UDP, 53, 1111};
    g_autoptr(Pair) pair = pair_new();
    g_autoptr(EspSa) old_sa = forger(SPI_A);
    g_autoptr(EspSa) new_sa = forger(SPI_A + 1);
    UdpSocket here, diverted;

    if (!pair)
        return;
    diverted = divert(pair);
    install(&pair->a, SPI_A, SPI_B, true);
    here = inner_socket(namespace_a, 1111);
    g_assert_cmphex(spi_of_next(pair, &here, &diverted), ==, SPI_B);
    install(&pair->a, SPI_A + 1, SPI_B + 1, false);
    g_assert_cmphex(spi_of_next(pair, &here, &diverted), ==, SPI_B);
    send_sealed(pair, old_sa, &inner, 0);
    g_assert_cmphex(pair->a.told.used, ==, SPI_A);

    pair->a.told.set_outbound_on_use = pair->a.plane;
    send_sealed(pair, new_sa, &inner, 0);
    g_assert_cmphex(pair->a.told.used, ==, SPI_A + 1);
    g_assert_cmphex(spi_of_next(pair, &here, &diverted), ==, SPI_B + 1);
    send_sealed(pair, old_sa, &inner, 0);
    send_sealed(pair, new_sa, &inner, 0);
    g_assert_cmpuint(pair->a.told.n_used, >=, 2);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).in_packets, ==, 4);

    data_plane_remove(pair->a.plane, SPI_A);
    data_plane_remove(pair->a.plane, SPI_A);
    send_sealed(pair, old_sa, &inner, 0);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_unknown_spi, ==, 1);
    g_assert_cmphex(spi_of_next(pair, &here, &diverted), ==, SPI_B + 1);
    udp_socket_close(&diverted);
    udp_socket_close(&here);
}

static void
test_what_cannot_be_installed(void)
{
    g_autoptr(Pair) pair = pair_new();
    g_auto(ChildSa) child = child_sa(proposal("aes128gcm16", NULL), SPI_A, SPI_B);

    if (!pair)
        return;
    if (!variant->raw_esp) {
        child.udp_encap = false;
        g_assert_cmpint(data_plane_install(pair->a.plane, &child, true), ==, -EOPNOTSUPP);
        child.udp_encap = true;
    }
    secret_truncate(&child.inbound_keymat, child.inbound_keymat.len - 1);
    g_assert_cmpint(data_plane_install(pair->a.plane, &child, true), ==, -EINVAL);
    install(&pair->a, SPI_A, SPI_B, true);
    g_assert_cmpint(data_plane_install(pair->a.plane, &child, true), ==, -EEXIST);
}

static void
test_expiring_is_told_once(void)
{
    g_autoptr(Pair) pair = pair_new();
    g_auto(ChildSa) child = child_sa(proposal("aes128gcm16", NULL), SPI_A, SPI_B);
    UdpSocket here;

    if (!pair)
        return;
    child.soft_bytes = 10 * 128;
    g_assert_cmpint(data_plane_install(pair->a.plane, &child, true), ==, 0);
    here = inner_socket(namespace_a, 1111);
    for (unsigned i = 1; i <= 20; i++) {
        static const uint8_t text[100]; /* 128 with its headers */

        inner_send(&here, "10.9.0.2", 2222, BYTES_OF_ARRAY(text));
        pair_settle(pair);
        g_assert_cmpuint(pair->a.told.n_expiring, ==, i >= 10);
    }
    g_assert_cmphex(pair->a.told.expiring, ==, SPI_A);
    udp_socket_close(&here);
}

/* Hard limits: nothing goes either way after them. */
static void
test_expired_carries_nothing(void)
{
    static const uint8_t text[100]; /* 128 with its headers */
    g_autoptr(Pair) pair = pair_new();
    g_auto(ChildSa) child = child_sa(proposal("aes128gcm16", NULL), SPI_A, SPI_B);
    UdpSocket here;

    if (!pair)
        return;
    child.hard_bytes = 5 * 128;
    g_assert_cmpint(data_plane_install(pair->a.plane, &child, true), ==, 0);
    here = inner_socket(namespace_a, 1111);
    for (unsigned i = 0; i < 8; i++) {
        inner_send(&here, "10.9.0.2", 2222, BYTES_OF_ARRAY(text));
        pair_settle(pair);
    }
    g_assert_cmpuint(pair->a.told.n_expired, ==, 1);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).out_packets, ==, 5);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_sequence, ==, 3);
    udp_socket_close(&here);
}

/* Who has no Child SA is asked for one, and not for every packet. */
static void
test_acquire(void)
{
    g_autoptr(Pair) pair = pair_new();
    IpAddress expected;
    UdpSocket here;

    if (!pair)
        return;
    g_assert_true(ip_address_from_text("10.9.0.77", &expected));
    here = inner_socket(namespace_a, 1111);
    for (int i = 0; i < 20; i++)
        inner_send(&here, "10.9.0.77", 2222, bytes_of_text("x"));
    pair_settle(pair);
    g_assert_cmpuint(pair->a.told.n_acquire, >=, 1);
    g_assert_cmpuint(pair->a.told.n_acquire, <=, 2 * MAX(variant->n_threads, 1));
    g_assert_true(ip_address_equal(&pair->a.told.acquired, &expected));
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_no_sa, >=, 20);
    udp_socket_close(&here);
}

/* RFC 3948, 2: what may come on the socket besides ESP. */
static void
test_ike_and_keepalives(void)
{
    g_autoptr(Pair) pair = pair_new();
    Told *told;

    if (!pair)
        return;
    told = &pair->a.told;
    send_raw(pair, bytes_of("\xff", 1));
    send_raw(pair, bytes_of("\0\0\0\0ike message", 15));
    EVENTUALLY(told->n_ike == 1);
    g_assert_cmpmem(told->ike->data, told->ike->len, "ike message", 11);
    g_assert_cmpuint(told->ike_from.port, ==, pair->b.socket.port);
    send_raw(pair, bytes_of("\0\0\0\0", 4));
    send_raw(pair, bytes_of("\0\0\0", 3));
    send_raw(pair, bytes_of("", 0));
    send_raw(pair, bytes_of("\0\0\1\0nobody's", 12));
    EVENTUALLY(told->n_ike == 2 && n_judged(pair) == 3);
    g_assert_cmpuint(told->ike->len, ==, 0);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_malformed, ==, 2);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_unknown_spi, ==, 1);
}

/* Another port of the right address is a NAT's doing; another address is not. */
static void
test_only_the_remote_is_heard(void)
{
    g_autoptr(Pair) pair = pair_new();
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct sockaddr_in to = {.sin_family = AF_INET};
    UdpSocket rebound;
    int foreign;

    if (!pair)
        return;
    foreign = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(pair->a.socket.port);
    g_assert_no_errno(bind(foreign, (struct sockaddr *) &from, sizeof(from)));
    g_assert_cmpint(
        sendto(foreign, "\0\0\0\0forged", 10, 0, (struct sockaddr *) &to, sizeof(to)), ==, 10);
    EVENTUALLY(n_judged(pair) == 1);
    g_assert_cmpuint(pair->a.told.n_ike, ==, 0);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_foreign, ==, 1);
    close(foreign);

    g_assert_cmpint(udp_socket_open(&rebound, FAMILY_IPV4, 0), ==, 0);
    g_assert_cmpint(
        sendto(rebound.fd, "\0\0\0\0moved", 9, 0, (struct sockaddr *) &to, sizeof(to)), ==, 9);
    EVENTUALLY(pair->a.told.n_ike == 1);
    g_assert_cmpuint(pair->a.told.ike_from.port, ==, rebound.port);
    udp_socket_close(&rebound);
}

/* Nobody listens at the remote's port: the ICMP error neither stops sending nor keeps the socket
 * ready. */
static void
test_icmp_errors_do_no_harm(void)
{
    g_autoptr(Pair) pair = pair_new();
    struct pollfd wait;
    UdpSocket here, diverted;

    if (!pair)
        return;
    install_both(pair);
    here = inner_socket(namespace_a, 1111);
    diverted = divert(pair);
    udp_socket_close(&diverted);
    for (int i = 0; i < 10; i++) {
        inner_send(&here, "10.9.0.2", 2222, bytes_of_text("x"));
        pair_settle(pair);
    }
    g_assert_cmpuint(data_plane_counters(pair->a.plane).out_packets, ==, 10);
    pair_settle(pair);
    wait = (struct pollfd){.fd = pair->a.socket.fd, .events = POLLIN};
    g_assert_cmpint(poll(&wait, 1, 0), ==, 0);
    udp_socket_close(&here);
}

/* The path shrinks under the tunnel: the device's MTU follows, so the next packets fit. */
static void
test_a_path_that_shrinks(void)
{
    static const uint8_t text[1372]; /* 1400 with its headers */
    g_autoptr(Pair) pair = pair_new();
    EspProposal esp = proposal("aes128gcm16", NULL);
    uint32_t expected = data_plane_inner_mtu(&esp, FAMILY_IPV4, true, 1300);
    UdpSocket here;

    if (!pair)
        return;
    install_both(pair);
    here = inner_socket(namespace_a, 1111);
    netns_device_mtu("lo", 1300);
    inner_send(&here, "10.9.0.2", 2222, BYTES_OF_ARRAY(text));
    pair_settle(pair);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_too_big, ==, 1);
    g_assert_cmpint(netns_device_get_mtu(data_plane_device(pair->a.plane)), ==, (int) expected);
    inner_send(&here, "10.9.0.2", 2222, bytes_of(text, expected - 28));
    pair_settle(pair);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).out_packets, ==, 1);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_too_big, ==, 1);
    netns_device_mtu("lo", 65536);
    udp_socket_close(&here);
}

static unsigned n_refusals; /* logged */

static void
count_refusals(LogLevel level, const char *line)
{
    n_refusals += strstr(line, "the kernel refuses to") != NULL;
}

/* Of packets that leave together the last, shorter one may fit where the others do not: that is not
 * the kernel's refusal to cut. */
static void
test_a_path_that_shrinks_under_many(void)
{
    static const uint8_t text[1372];
    g_autoptr(Pair) pair = pair_new();
    UdpSocket here;

    if (!pair)
        return;
    install_both(pair);
    here = inner_socket(namespace_a, 1111);
    n_refusals = 0;
    netns_device_mtu("lo", 1300);
    for (int i = 0; i < 10; i++)
        inner_send(&here, "10.9.0.2", 2222, BYTES_OF_ARRAY(text));
    inner_send(&here, "10.9.0.2", 2222, bytes_of(text, 100));
    EVENTUALLY(data_plane_counters(pair->a.plane).drop_too_big == 10);
    EVENTUALLY(data_plane_counters(pair->a.plane).out_packets == 1);
    g_assert_cmpuint(n_refusals, ==, 0);
    netns_device_mtu("lo", 65536);
    udp_socket_close(&here);
}

/* The same for IPv4 and its 576. */
static void
test_a_path_too_narrow_for_ipv4(void)
{
    enum { N = 20 };
    static const uint8_t text[576 - 28];
    g_autoptr(Pair) pair = pair_new();
    UdpSocket here;

    if (!pair)
        return;
    install_both(pair);
    here = inner_socket(namespace_a, 1111);
    n_refusals = 0;
    netns_device_mtu("wire-a", 590);
    g_assert_cmpint(data_plane_set_mtu(pair->a.plane, 576), ==, 0);
    for (int i = 0; i < N; i++)
        inner_send(&here, "10.9.0.2", 2222, BYTES_OF_ARRAY(text));
    EVENTUALLY(data_plane_counters(pair->b.plane).in_packets == N);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_too_big, ==, 0);
    g_assert_cmpuint(n_refusals, ==, 0);
    netns_device_mtu("wire-a", 1500);
    udp_socket_close(&here);
}

/* IPv6 needs 1280 inside (RFC 8200, 5), whatever the path can take: what does not fit it whole
 * leaves in fragments. */
static void
test_a_path_too_narrow_for_ipv6(void)
{
    enum { N = 20 };
    static const uint8_t text[1280 - 40 - 8];
    g_autoptr(Pair) pair = pair_new();
    g_auto(ChildSa) of_a = child_sa(proposal("aes128gcm16", NULL), SPI_A, SPI_B);
    g_auto(ChildSa) of_b = child_sa(proposal("aes128gcm16", NULL), SPI_B, SPI_A);
    Endpoint to = {.port = 2222};
    UdpSocket here;

    if (!pair)
        return;
    of_a.local_ts = of_a.remote_ts = of_b.local_ts = of_b.remote_ts = selector("::/0");
    g_assert_cmpint(data_plane_install(pair->a.plane, &of_a, true), ==, 0);
    g_assert_cmpint(data_plane_install(pair->b.plane, &of_b, true), ==, 0);
    netns_device_mtu("lo", 1300);
    g_assert_cmpint(data_plane_set_mtu(pair->a.plane, 1280), ==, 0);
    netns_device_address(data_plane_device(pair->a.plane), "fd09::1/64");
    g_assert_true(ip_address_from_text("fd09::2", &to.address));
    g_assert_cmpint(udp_socket_open(&here, FAMILY_IPV6, 0), ==, 0);
    /* More than one at a time: the kernel refuses to cut what it must fragment. */
    for (int i = 0; i < N; i++)
        g_assert_cmpint(udp_socket_send(&here, &to, BYTES_OF_ARRAY(text)), ==, sizeof(text));
    pair_settle(pair);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_too_big, ==, 0);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_send, ==, 0);
    EVENTUALLY(data_plane_counters(pair->b.plane).in_bytes >= N * 1280);
    g_assert_cmpint(netns_device_get_mtu(data_plane_device(pair->a.plane)), ==, 1280);
    netns_device_mtu("lo", 65536);
    udp_socket_close(&here);
}

/* A socket without UDP checksums is one for which the kernel cuts nothing: that is said once, the
 * packets leave one by one, and a new path is tried anew. */
static void
test_withdrawn_offload(void)
{
    enum { N = 20, LEN = 20 };
    static const uint8_t text[N * LEN];
    const int on = 1, off = 0, segment = LEN;
    g_autoptr(Pair) pair = pair_new();
    Endpoint remote;
    UdpSocket here;

    if (!pair)
        return;
    install_both(pair);
    here = inner_socket(namespace_a, 1111);
    n_refusals = 0;
    /* (In one send, so that they come together.) */
    g_assert_no_errno(setsockopt(here.fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)));
    g_assert_no_errno(setsockopt(pair->a.socket.fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on)));
    for (unsigned round = 1; round <= 3; round++) {
        inner_send(&here, "10.9.0.2", 2222, BYTES_OF_ARRAY(text));
        EVENTUALLY(data_plane_counters(pair->b.plane).in_packets == round * N);
        g_assert_cmpuint(n_refusals, <=, round < 3 ? 1 : 2);
        if (round == 2) {
            remote = (Endpoint){.port = pair->b.socket.port};
            g_assert_true(ip_address_from_text("127.0.0.1", &remote.address));
            g_assert_cmpint(data_plane_set_path(pair->a.plane, &remote, &remote), ==, 0);
        }
    }
    if (variant->offloads == OFFLOADS_ALL)
        EVENTUALLY(n_refusals == 2);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_send, ==, 0);
    setsockopt(pair->a.socket.fd, SOL_SOCKET, SO_NO_CHECK, &off, sizeof(off));
    udp_socket_close(&here);
}

/* The TOS of a datagram that comes to the socket. */
static int
tos_of_next(UdpSocket *socket)
{
    union {
        char bytes[64];
        struct cmsghdr align;
    } control;
    char data[2048];
    struct iovec part = {data, sizeof(data)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct pollfd wait = {.fd = socket->fd, .events = POLLIN};
    struct cmsghdr *c;

    g_assert_cmpint(poll(&wait, 1, 10000), ==, 1);
    g_assert_cmpint(recvmsg(socket->fd, &message, 0), >, 0);
    c = CMSG_FIRSTHDR(&message);
    g_assert_nonnull(c);
    g_assert_cmpint(c->cmsg_type, ==, IP_TOS);
    return *CMSG_DATA(c);
}

/* RFC 4301, 5.1.2.1, and RFC 6040, 4.1: DSCP and ECN of the inner header are the outer one's. */
static void
test_outer_tos_is_the_inner(void)
{
    static const int toses[] = {0, 0xb8, 0x02, 0x2a, 0};
    const int on = 1;
    g_autoptr(Pair) pair = pair_new();
    UdpSocket here, diverted;

    if (!pair)
        return;
    install_both(pair);
    diverted = divert(pair);
    g_assert_no_errno(setsockopt(diverted.fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof(on)));
    here = inner_socket(namespace_a, 1111);
    for (size_t i = 0; i < G_N_ELEMENTS(toses); i++) {
        g_assert_no_errno(setsockopt(here.fd, IPPROTO_IP, IP_TOS, &toses[i], sizeof(toses[i])));
        inner_send(&here, "10.9.0.2", 2222, bytes_of_text("one"));
        inner_send(&here, "10.9.0.2", 2222, bytes_of_text("two"));
        g_assert_cmphex((unsigned) tos_of_next(&diverted), ==, (unsigned) toses[i]);
        g_assert_cmphex((unsigned) tos_of_next(&diverted), ==, (unsigned) toses[i]);
    }
    udp_socket_close(&here);
    udp_socket_close(&diverted);
}

/* RFC 6040, 4.2: congestion marked outside comes in with what understands the mark; what does not,
 * is dropped for it. */
static void
test_congestion_comes_in(void)
{
    static const uint8_t inner_toses[] = {0x00, 0x02};
    static const Inner inner = {"10.9.0.2", "10.9.0.1", IPPROTO_UDP, 53, 1111};
    const int marked = 0x03, on = 1;
    g_autoptr(Pair) pair = pair_new();
    g_autoptr(EspSa) sa = forger(SPI_A);
    UdpSocket here;

    if (!pair)
        return;
    install_both(pair);
    here = inner_socket(namespace_a, 1111);
    g_assert_no_errno(setsockopt(here.fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof(on)));
    g_assert_no_errno(setsockopt(pair->b.socket.fd, IPPROTO_IP, IP_TOS, &marked, sizeof(marked)));
    for (size_t i = 0; i < G_N_ELEMENTS(inner_toses); i++) {
        uint8_t buffer[512] = {0};
        Packet packet = {buffer, sizeof(buffer), PACKET_HEADROOM, 0};
        uint8_t *ip = buffer + PACKET_HEADROOM;
        EspResult result;

        packet.len = write_inner(&inner, ip);
        ip[1] = inner_toses[i];
        /* (The first word is 0x4500: what is added to it is taken from the sum.) */
        ip[11] = (uint8_t) (ip[11] - inner_toses[i]);
        esp_seal(sa, &packet, NULL, &result, 1);
        send_raw(pair, packet_view(&packet));
        EVENTUALLY(n_judged(pair) == i + 1);
    }
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_ecn, ==, 1);
    g_assert_cmphex((unsigned) tos_of_next(&here), ==, 0x03);
    udp_socket_close(&here);
}

static void
set_non_blocking_tcp(int *fd)
{
    const int on = 1;

    *fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    g_assert_cmpint(*fd, >=, 0);
    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

/* Without the long good-bye, which would go into the next test's devices. */
static void
close_at_once(int fd)
{
    const struct linger linger = {.l_onoff = 1};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fd);
}

/* A real TCP, with its segments, windows and acknowledgements. */
static void
carry_tcp(Pair *pair, const char *address)
{
    enum { TOTAL = 4 * 1024 * 1024 };
    g_autofree uint8_t *sent = g_malloc(TOTAL), *received = g_malloc(TOTAL);
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(8080)};
    size_t n_sent = 0, n_received = 0;
    gint64 give_up = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
    int listener, client, server = -1;

    for (size_t i = 0; i < TOTAL; i++)
        sent[i] = (uint8_t) (i * 2654435761u >> 13);
    g_assert_cmpint(inet_pton(AF_INET, address, &there.sin_addr), ==, 1);
    netns_enter(namespace_b);
    set_non_blocking_tcp(&listener);
    g_assert_no_errno(bind(listener, (struct sockaddr *) &there, sizeof(there)));
    g_assert_no_errno(listen(listener, 1));
    netns_enter(namespace_a);
    set_non_blocking_tcp(&client);
    g_assert_cmpint(connect(client, (struct sockaddr *) &there, sizeof(there)), ==, -1);
    while (n_received < TOTAL) {
        ssize_t n;

        g_assert_cmpint(g_get_monotonic_time(), <, give_up);
        pair_settle(pair);
        if (server < 0)
            server = accept(listener, NULL, NULL);
        n = send(client, sent + n_sent, TOTAL - n_sent, MSG_NOSIGNAL);
        n_sent += n > 0 ? (size_t) n : 0;
        n = server < 0 ? 0 : recv(server, received + n_received, TOTAL - n_received, MSG_DONTWAIT);
        n_received += n > 0 ? (size_t) n : 0;
    }
    g_assert_cmpmem(received, n_received, sent, TOTAL);
    g_assert_cmpuint(data_plane_counters(pair->a.plane).drop_too_big, ==, 0);
    g_assert_cmpuint(data_plane_counters(pair->b.plane).in_bytes, >=, TOTAL);
    close_at_once(server);
    close_at_once(client);
    close(listener);
    pair_settle(pair);
}

static void
test_tcp_transfer(void)
{
    g_autoptr(Pair) pair = pair_new();

    if (!pair)
        return;
    install_both(pair);
    carry_tcp(pair, "10.9.0.2");
}

static void
install_hosts(
    Side *side, uint32_t inbound_spi, uint32_t outbound_spi, const char *own, const char *peer)
{
    g_auto(ChildSa) child = child_sa(proposal("aes256", "sha256"), inbound_spi, outbound_spi);

    child.mode = IPSEC_MODE_TRANSPORT;
    child.local_ts = selector(own);
    child.remote_ts = selector(peer);
    g_assert_cmpint(data_plane_install(side->plane, &child, true), ==, 0);
    g_assert_cmpint(data_plane_set_mtu(side->plane, 1400), ==, 0);
}

static void
open_hosts(Pair *pair)
{
    install_hosts(&pair->a, SPI_A, SPI_B, "192.0.2.1/32", "192.0.2.2/32");
    netns_enter(namespace_b);
    install_hosts(&pair->b, SPI_B, SPI_A, "192.0.2.2/32", "192.0.2.1/32");
    netns_enter(namespace_a);
}

/* Host to host: what goes between the two addresses goes through the Child SAs, whole datagrams of
 * any size among it, and their own packets do not. */
static void
test_between_hosts(void)
{
    enum { STEP = 97 };
    static uint8_t text[3000];
    g_autoptr(Pair) pair = pair_new();
    uint64_t n = 0;
    DataPlaneCounters a, b;
    UdpSocket here, there;

    if (!pair)
        return;
    open_hosts(pair);
    here = inner_socket(namespace_a, 1111);
    there = inner_socket(namespace_b, 2222);
    for (size_t len = 1; len < sizeof(text); len += STEP, n++) {
        memset(text, (int) len, sizeof(text));
        inner_send(&here, "192.0.2.2", 2222, bytes_of(text, len));
        assert_inner_receives(&there, bytes_of(text, len));
        inner_send(&there, "192.0.2.1", 1111, bytes_of(text, len));
        assert_inner_receives(&here, bytes_of(text, len));
    }
    a = data_plane_counters(pair->a.plane);
    b = data_plane_counters(pair->b.plane);
    g_assert_cmpuint(a.in_packets, ==, n);
    g_assert_cmpuint(b.in_packets, ==, n);
    g_assert_cmpuint(a.out_packets, ==, n);
    g_assert_cmpuint(a.drop_device + a.drop_selectors, ==, 0);
    carry_tcp(pair, "192.0.2.2");
    udp_socket_close(&here);
    udp_socket_close(&there);
}

static char *
rules_of_hosts(void)
{
    char *text = NULL;

    g_assert_true(g_spawn_command_line_sync("ip rule show pref 31000", &text, NULL, NULL, NULL));
    return text;
}

/* The rule goes with the data plane, and one that a killed process left goes at the next start. */
static void
test_rules_of_hosts(void)
{
    g_autofree char *during = NULL, *after = NULL;
    Pair *pair = pair_new();

    if (!pair)
        return;
    g_assert_true(g_spawn_command_line_sync("ip rule add to 192.0.2.77 pref 31000 fwmark "
                                            "0/0x20000000 lookup 1074000000 protocol 73",
                                            NULL,
                                            NULL,
                                            NULL,
                                            NULL));
    open_hosts(pair);
    during = rules_of_hosts();
    g_assert_nonnull(strstr(during, "192.0.2.2 "));
    g_assert_null(strstr(during, "192.0.2.77"));
    pair_free(pair);
    after = rules_of_hosts();
    g_assert_cmpstr(after, ==, "");
}

/* Somebody else's traffic is not what transport mode is for. */
static void
test_hosts_are_the_ends(void)
{
    g_autoptr(Pair) pair = pair_new();
    g_auto(ChildSa) child = child_sa(proposal("aes256", "sha256"), SPI_A, SPI_B);

    if (!pair)
        return;
    child.mode = IPSEC_MODE_TRANSPORT;
    g_assert_cmpint(data_plane_install(pair->a.plane, &child, true), ==, -EOPNOTSUPP);
    child.local_ts = selector("192.0.2.1/32");
    child.remote_ts = selector("192.0.2.3/32");
    g_assert_cmpint(data_plane_install(pair->a.plane, &child, true), ==, -EOPNOTSUPP);
}

/* The device is taken away by somebody else: it is said, so that nobody polls it for ever. */
static void
test_a_device_that_is_gone(void)
{
    g_autoptr(Pair) pair = pair_new();
    g_autofree char *command = NULL;
    int status = -1;

    if (!pair)
        return;
    command = g_strdup_printf("ip link delete %s", data_plane_device(pair->a.plane));
    if (!g_spawn_command_line_sync(command, NULL, NULL, &status, NULL) || status != 0) {
        g_test_skip("no ip command to delete a device with");
        return;
    }
    pair_settle(pair);
    g_assert_cmpint(pair->a.told.failed, ==, -EBADFD);
}

/* Every reason has its words, and those that did not happen are not told. */
static void
test_counters_in_words(void)
{
    DataPlaneCounters counters = {.in_packets = 12, .out_packets = 13};
    g_autofree char *none = data_plane_counters_to_text(&counters), *all = NULL, *two = NULL;
    uint64_t *drops = &counters.drop_foreign;
    size_t n = (sizeof(counters) - offsetof(DataPlaneCounters, drop_foreign)) / sizeof(*drops);

    g_assert_cmpstr(none, ==, "12 packets in, 13 out");
    counters.drop_replay = 1;
    counters.drop_too_big = 2;
    two = data_plane_counters_to_text(&counters);
    g_assert_cmpstr(two, ==, "12 packets in, 13 out; dropped: 1 replayed, 2 too big for the path");
    for (size_t i = 0; i < n; i++)
        drops[i] = 1000 + i;
    all = data_plane_counters_to_text(&counters);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *number = g_strdup_printf(" %zu ", 1000 + i);

        g_assert_nonnull(strstr(all, number));
    }
}

/* Sealed packets of that size fit, of one byte more do not. */
static void
test_inner_mtu_is_exact(void)
{
    static const struct {
        const char *encryption, *integrity;
    } suites[] = {
        {"aes128gcm16", NULL}, {"aes256", "sha256"}, {"aes128", "sha1"}, {"3des", "sha512"}};

    for (size_t i = 0; i < G_N_ELEMENTS(suites); i++) {
        EspProposal esp = proposal(suites[i].encryption, suites[i].integrity);

        for (uint32_t outer = 800; outer <= 1500; outer++) {
            uint32_t v4 = data_plane_inner_mtu(&esp, FAMILY_IPV4, true, outer);
            uint32_t v6 = data_plane_inner_mtu(&esp, FAMILY_IPV6, true, outer);

            g_assert_cmpuint(esp_sealed_len(esp.encryption, esp.integrity, v4) + 28, <=, outer);
            g_assert_cmpuint(esp_sealed_len(esp.encryption, esp.integrity, v4 + 1) + 28, >, outer);
            g_assert_cmpuint(esp_sealed_len(esp.encryption, esp.integrity, v6) + 48, <=, outer);
            g_assert_cmpuint(esp_sealed_len(esp.encryption, esp.integrity, v6 + 1) + 48, >, outer);
        }
        g_assert_cmpuint(data_plane_inner_mtu(&esp, FAMILY_IPV4, true, 0), ==, 576);
        g_assert_cmpuint(data_plane_inner_mtu(&esp, FAMILY_IPV6, true, 576), ==, 576);
        g_assert_cmpuint(data_plane_inner_mtu(&esp, FAMILY_IPV4, true, UINT32_MAX), <=, 65535);
    }
}

/* Devices that get no IPv6 address say nothing of themselves, so packets can be counted. */
static void
keep_devices_quiet(void)
{
    int fd = open("/proc/sys/net/ipv6/conf/default/addr_gen_mode", O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, "1", 1) < 0)
        g_test_message("devices may say something of themselves");
    close(fd);
}

static void
enter_namespaces(void)
{
    no_namespace = netns_enter_new();
    if (no_namespace)
        return;
    namespace_b = netns_current();
    keep_devices_quiet();
    no_namespace = netns_enter_new();
    if (no_namespace)
        return;
    keep_devices_quiet();
    namespace_a = netns_current();
    netns_device_up("lo");
}

static void
lay_wire(void)
{
    g_autofree char *command = g_strdup_printf("ip link add wire-a type veth peer name wire-b "
                                               "netns /proc/%d/fd/%d",
                                               getpid(),
                                               namespace_b);
    int status = -1;

    if (no_namespace)
        return;
    no_wire = !g_spawn_command_line_sync(command, NULL, NULL, &status, NULL) || status != 0;
    if (no_wire)
        return;
    netns_device_address("wire-a", "192.0.2.1/24");
    netns_device_up("wire-a");
    netns_enter(namespace_b);
    netns_device_address("wire-b", "192.0.2.2/24");
    netns_device_up("wire-b");
    netns_enter(namespace_a);
}

typedef void (*Test)(void);

/* A test with a variant. */
typedef struct {
    const Variant *variant;
    Test test;
} Case;

static void
run_case(const void *data)
{
    const Case *c = data;

    variant = c->variant;
    c->test();
}

static void
add_case(const char *name, Test test, const Variant *of)
{
    g_autofree char *path = g_strdup_printf("/dataplane/%s/%s", of->name, name);
    Case *c = g_new0(Case, 1);

    *c = (Case){of, test};
    g_test_add_data_func_full(path, c, (GTestDataFunc) run_case, g_free);
}

static void
add(const char *name, Test test)
{
    for (size_t i = 0; i < G_N_ELEMENTS(variants); i++)
        add_case(name, test, &variants[i]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    log_set_writer(count_refusals);
    enter_namespaces();
    lay_wire();
    add("both-ways", test_packets_both_ways);
    add("bursts", test_bursts);
    add("selectors-in", test_selectors_of_what_comes_in);
    add("next-header", test_next_header_must_be_true);
    add("tfc-padding", test_padding_behind_the_inner_packet_is_cut_off);
    add("selectors-out", test_selectors_of_what_goes_out);
    add("acquire", test_acquire);
    add("rekey", test_rekey);
    add("install", test_what_cannot_be_installed);
    add("expiring", test_expiring_is_told_once);
    add("expired", test_expired_carries_nothing);
    add("ike", test_ike_and_keepalives);
    add("remote", test_only_the_remote_is_heard);
    add("icmp", test_icmp_errors_do_no_harm);
    add("path-shrinks", test_a_path_that_shrinks);
    add("path-shrinks-many", test_a_path_that_shrinks_under_many);
    add("path-narrow", test_a_path_too_narrow_for_ipv6);
    add("order", test_numbers_leave_in_order);
    add("withdrawn", test_withdrawn_offload);
    add("tos", test_outer_tos_is_the_inner);
    add("congestion", test_congestion_comes_in);
    add("many-in-one", test_many_datagrams_in_one);
    add("tcp", test_tcp_transfer);
    add("device-gone", test_a_device_that_is_gone);
    add_case("path-narrow-ipv4", test_a_path_too_narrow_for_ipv4, &wire_variant);
    add_case("both-ways", test_packets_both_ways, &raw_esp_variant);
    add_case("bursts", test_bursts, &raw_esp_variant);
    add_case("selectors-in", test_selectors_of_what_comes_in, &raw_esp_variant);
    add_case("install", test_what_cannot_be_installed, &raw_esp_variant);
    add_case("tcp", test_tcp_transfer, &raw_esp_variant);
    for (size_t i = 0; i < G_N_ELEMENTS(transport_variants); i++) {
        add_case("hosts", test_between_hosts, &transport_variants[i]);
        add_case("rules", test_rules_of_hosts, &transport_variants[i]);
        add_case("ends", test_hosts_are_the_ends, &transport_variants[i]);
    }
    g_test_add_func("/dataplane/counters", test_counters_in_words);
    g_test_add_func("/dataplane/inner-mtu", test_inner_mtu_is_exact);
    return g_test_run();
}
