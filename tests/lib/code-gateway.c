/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/random.h"
#include "lib/responder-v1.h"
#include "platform/udp-socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

/* A gateway that asks for a code after the password, as those with two factors do and strongSwan
 * does not: the scenarios' responder on a real socket. It carries no traffic.
 *
 *   code-gateway ADDRESS PORT USER PASSWORD CODE PSK
 *
 * Without NAT traversal, so that one port is all. What happens is said on standard output. */

enum { MAX_SAS = 64 }; /* of one test script */

typedef struct {
    ResponderConfig config;
    UdpSocket socket;
    GPtrArray *sas; /* of Responder, the newest last */
} Gateway;

static IkeTime
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return t.tv_sec * IKE_SECOND + t.tv_nsec / 1000;
}

static Responder *
sa_for(Gateway *gateway, Bytes datagram)
{
    Responder *sa;

    for (guint i = 0; i < gateway->sas->len; i++) {
        if (responder_is_concerned(gateway->sas->pdata[i], datagram))
            return gateway->sas->pdata[i];
    }
    if (gateway->sas->len == MAX_SAS)
        return NULL;
    sa = responder_new(&gateway->config, &random_system);
    if (!responder_is_concerned(sa, datagram)) {
        responder_free(sa);
        return NULL;
    }
    g_ptr_array_add(gateway->sas, sa);
    return sa;
}

static void
send_all(Gateway *gateway, Responder *sa)
{
    const ResponderPath *path = responder_path(sa);
    Endpoint to = {path->client, path->client_port};
    GBytes *datagram;
    bool nat_t;

    while (responder_next_datagram(sa, &datagram, &nat_t)) {
        udp_socket_send(&gateway->socket, &to, bytes_of_gbytes(datagram));
        g_bytes_unref(datagram);
    }
}

static void
say(const Responder *sa, const ResponderRecord *before)
{
    const ResponderRecord *record = responder_record(sa);

    if (record->authenticated && !before->authenticated)
        printf("a client\n");
    if (record->xauth_passed && !before->xauth_passed)
        printf("passed\n");
    if (record->xauth_refused > before->xauth_refused)
        printf("refused\n");
    if (record->deleted_by_client && !before->deleted_by_client)
        printf("gone\n");
    fflush(stdout);
}

static void
receive(Gateway *gateway)
{
    static uint8_t buffer[UDP_MAX_DATAGRAM];
    Endpoint from;
    int r = udp_socket_receive(&gateway->socket, buffer, sizeof(buffer), &from);
    ResponderRecord before;
    Responder *sa;

    if (r < 0)
        return;
    sa = sa_for(gateway, bytes_of(buffer, (size_t) r));
    if (!sa)
        return;
    before = *responder_record(sa);
    responder_receive(sa,
                      &(ResponderPath){from.address, from.port, gateway->socket.port},
                      bytes_of(buffer, (size_t) r),
                      false,
                      now());
    say(sa, &before);
}

static void
serve(Gateway *gateway)
{
    struct pollfd in = {.fd = gateway->socket.fd, .events = POLLIN};
    IkeTime deadline = IKE_TIME_NEVER;

    for (guint i = 0; i < gateway->sas->len; i++)
        deadline = ike_time_min(deadline, responder_deadline(gateway->sas->pdata[i]));
    if (poll(&in, 1, deadline == IKE_TIME_NEVER ? 1000 : 50) > 0)
        receive(gateway);
    for (guint i = 0; i < gateway->sas->len; i++) {
        if (responder_deadline(gateway->sas->pdata[i]) <= now())
            responder_timeout(gateway->sas->pdata[i], now());
        send_all(gateway, gateway->sas->pdata[i]);
    }
}

int
main(int argc, char **argv)
{
    Gateway gateway = {.config = responder_config_default()};
    ResponderConfig *config = &gateway.config;
    guint64 port;
    int r;

    if (argc != 7 || !ip_address_from_text(argv[1], &config->address)
        || !g_ascii_string_to_unsigned(argv[2], 10, 1, UINT16_MAX, &port, NULL)) {
        fprintf(stderr, "code-gateway ADDRESS PORT USER PASSWORD CODE PSK\n");
        return 2;
    }
    config->xauth = true;
    config->xauth_questions = 2;
    config->user = argv[3];
    config->password = argv[4];
    config->xauth_code = argv[5];
    config->psk = argv[6];
    config->no_nat_t = true;
    gateway.sas = g_ptr_array_new_with_free_func((GDestroyNotify) responder_free);
    r = udp_socket_open(&gateway.socket, config->address.family, (uint16_t) port);
    if (r < 0) {
        fprintf(stderr, "code-gateway: %s\n", g_strerror(-r));
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    for (;;)
        serve(&gateway);
}
