/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/activation.h"

#include "base/log.h"
#include "crypto/random.h"
#include "dataplane/dataplane.h"
#include "service/asking-again.h"
#include "service/block-rest.h"
#include "service/boottime-timer.h"
#include "service/gateway-lookup.h"
#include "service/gateway-path.h"
#include "service/ike-sockets.h"

#include <errno.h>
#include <glib-unix.h>
#include <net/if.h>

enum {
    DEFAULT_IKE_PORT = 500,
    NAT_T_PORT = 4500,
    MAX_DATAGRAMS_AT_ONCE = 16, /* then others have their turn */
    LOOPBACK = 1,               /* its index in every network namespace */
};

struct Activation {
    ConnectionConfig *config;
    ActivationEvents events;
    GatewayLookup *lookup;
    char remote_text[IP_TEXT_SIZE]; /* for the log */
    IkePath path;
    Route route;
    bool has_way; /* route leads there, and not only did */
    GatewayPath *watch;
    IkeSockets sockets;
    DataPlane *plane;
    IkeEngine *engine;
    BoottimeTimer timer;
    guint ike_source, plane_source;
    uint32_t mtu;          /* of the tunnel; 0: not set yet */
    uint32_t path_mtu;     /* the largest outer packet that is known to get through; 0: not known */
    EspProposal installed; /* the algorithms of the newest Child SA, and how it is encapsulated */
    bool udp_encap;
    bool inner_ipv6;  /* a Child SA carries it */
    bool established; /* once, and by now perhaps reconnecting */
    int icmp_error;   /* what the network said to our messages last; 0: nothing */
    AskingAgain asking;
    guint again_source; /* the next try; 0: none, or it waits for the user */
    bool over;          /* closed was said, or will not be any more */
};

/* the end */

static void
log_counters(const Activation *activation)
{
    DataPlaneCounters counters = data_plane_counters(activation->plane);
    g_autofree char *text = data_plane_counters_to_text(&counters);

    log_info("%s", text);
}

static void
log_failure(const Activation *activation, FailureReason reason, const char *detail)
{
    Refusal refusal = asking_again_judge(&activation->asking, reason, detail);
    bool has_detail = detail && *detail;

    log_error("%s: %s%s%s%s",
              activation->config->gateway,
              refusal.refused == IKE_SECRET_ANSWER
                  ? "the gateway refused the answer to its question"
                  : failure_sentence(reason),
              has_detail ? " (" : "",
              has_detail ? detail : "",
              has_detail ? ")" : "");
}

static void
say_closed(Activation *activation, FailureReason reason, const char *detail)
{
    if (activation->over)
        return;
    activation->over = true;
    log_failure(activation, reason, detail);
    activation->events.closed(activation->events.owner, reason);
}

static void
say_closed_by_errno(Activation *activation, FailureReason reason, int r)
{
    say_closed(activation, reason, g_strerror(-r));
}

/* what the engine wants done */

static void start_engine(Activation *activation);

static unsigned
own_device(const Activation *activation)
{
    return if_nametoindex(data_plane_device(activation->plane));
}

static void
send_message(Activation *activation, const IkeAction *action)
{
    Bytes message = bytes_of_gbytes(action->datagram);
    const IkeSending how = {action->nat_t, action->dont_fragment};
    int r = ike_sockets_send(&activation->sockets, &activation->path, how, message);

    /* A probe of the path is answered by that alone. */
    if (r == -EMSGSIZE && action->dont_fragment)
        return;
    /* It will be sent again, by when the network may be better. */
    if (r < 0) {
        activation->icmp_error = -r;
        log_info("%s: a message could not be sent: %s", activation->remote_text, g_strerror(-r));
    }
}

/* What of the path fits an outer packet. A path that was narrow for a while may be wide again (RFC
 * 1191, 6.3), so its MTU is asked for anew. */
static uint32_t
outer_mtu(Activation *activation)
{
    Route route;

    if (activation->established
        && route_lookup_around(&activation->path.remote, own_device(activation), &route) == 0)
        activation->route.mtu = route.mtu;
    if (activation->path_mtu)
        return MIN(activation->path_mtu, activation->route.mtu);
    return activation->route.mtu;
}

static void
fit_mtu(Activation *activation)
{
    uint32_t mtu = activation->config->mtu;

    if (mtu == 0)
        mtu = data_plane_inner_mtu(&activation->installed,
                                   activation->path.remote.family,
                                   activation->udp_encap,
                                   outer_mtu(activation));
    /* With less the kernel takes IPv6 off the device, and what is blocked there goes its way again;
     * so larger packets are cut outside. */
    if (activation->config->block_ipv6 || activation->inner_ipv6)
        mtu = MAX(mtu, IPV6_MIN_MTU);
    /* (Of several Child SAs that begin together the smallest counts.) */
    if (!activation->established && activation->mtu != 0 && activation->mtu <= mtu)
        return;
    activation->mtu = mtu;
    data_plane_set_mtu(activation->plane, mtu);
}

static void
install_child_sa(Activation *activation, const IkeAction *action)
{
    int r = data_plane_install(activation->plane, &action->child, action->outbound);

    if (r < 0) {
        g_autofree char *what = esp_proposal_to_text(&action->child.proposal);

        log_error("%s: the Child SA (%s) cannot be installed: %s",
                  activation->remote_text,
                  what,
                  g_strerror(-r));
        ike_engine_stop(activation->engine, boottime_now());
        say_closed_by_errno(activation, FAIL_INTERNAL, r);
        return;
    }
    activation->installed = action->child.proposal;
    activation->udp_encap = action->child.udp_encap;
    activation->inner_ipv6 |= action->child.local_ts.first.family == FAMILY_IPV6;
    fit_mtu(activation);
}

static void
ask_secret(Activation *activation, const IkeAction *action)
{
    const ActivationEvents *events = &activation->events;

    asking_again_note_question(&activation->asking, action->message);
    if (!activation->over && events->ask_secret(events->owner, action->question, action->message))
        return;
    ike_engine_give_secret(activation->engine, action->question, NULL, boottime_now());
}

static void
log_established(const Activation *activation, const IpConfig *config)
{
    const GArray *addresses = config->lease->addresses;
    g_autofree char *routes = ip_config_routes_text(config);
    char text[IP_TEXT_SIZE];

    /* Transport mode has none. */
    if (addresses->len > 0)
        ip_address_to_text(&g_array_index(addresses, IpPrefix, 0).address, text);
    else
        g_strlcpy(text, "no address", sizeof(text));
    log_notice("%s: connected: %s on %s, for %s, MTU %u",
               activation->remote_text,
               text,
               config->device,
               routes,
               config->mtu);
    if (config->lease->application_version)
        log_info("%s: it is %s", activation->remote_text, config->lease->application_version);
}

/* Before NetworkManager hears of the tunnel, so that at no time something leaves beside it. */
static bool
block(Activation *activation)
{
    AddressFamily family;
    g_autofree char *detail = NULL;
    int r = block_rest(activation->config, own_device(activation), &family);

    if (r == 0)
        return true;
    detail = g_strdup_printf("IPv%d: %s", family, g_strerror(-r));
    ike_engine_stop(activation->engine, boottime_now());
    say_closed(activation, FAIL_BLOCK, detail);
    return false;
}

static void
say_established(Activation *activation, const IkeAction *action)
{
    const IpConfig config = {
        .device = data_plane_device(activation->plane),
        .gateway = activation->path.remote,
        .mtu = data_plane_device_mtu(activation->plane, activation->mtu),
        .remote_ts = action->remote_ts,
        .lease = action->lease,
    };

    if (activation->over || !block(activation))
        return;
    activation->established = true;
    asking_again_note_success(&activation->asking);
    gateway_path_set_silent(activation->watch, false);
    log_established(activation, &config);
    activation->events.established(activation->events.owner, &config);
}

/* (The engine has said why.) Device, address and routes stay: what would go through the tunnel goes
 * nowhere, and not beside it. */
static void
say_reconnecting(Activation *activation)
{
    log_notice("%s: %s stays as it is, and carries nothing until the gateway is back",
               activation->remote_text,
               data_plane_device(activation->plane));
    gateway_path_set_silent(activation->watch, true);
    gateway_path_look(activation->watch);
}

/* The engine has ended, and with it what the gateway had of us; sockets and data plane stay. */
static void
begin_again(Activation *activation)
{
    activation->icmp_error = 0;
    g_clear_pointer(&activation->engine, ike_engine_free);
    log_notice("%s: trying again", activation->config->gateway);
    start_engine(activation);
}

static gboolean
on_begin_again_cb(gpointer data)
{
    Activation *activation = data;

    activation->again_source = 0;
    if (!activation->over)
        begin_again(activation);
    return G_SOURCE_REMOVE;
}

/* True: it goes on. */
static bool
ask_again(Activation *activation, const Refusal *refusal)
{
    const ActivationEvents *events = &activation->events;
    FailureReason reason = activation->asking.reason;

    if (activation->over)
        return false;
    if (events->ask_again(events->owner, refusal))
        return true;
    activation->over = true;
    events->closed(events->owner, reason != FAIL_NONE ? reason : FAIL_XAUTH_REFUSED);
    return false;
}

static void
take_refusal(Activation *activation, FailureReason reason, const Refusal *refusal)
{
    log_failure(activation, reason, refusal->words);
    asking_again_note_failure(&activation->asking, reason, refusal->words);
    if (ask_again(activation, refusal) && refusal->wanted == IKE_SECRET_ANSWER)
        activation->again_source = g_idle_add(on_begin_again_cb, activation);
}

static void
close_connection(Activation *activation, const IkeAction *action)
{
    const char *detail = action->detail;
    Refusal refusal = asking_again_judge(&activation->asking, action->reason, detail);

    if (refusal.refused != IKE_SECRET_N && !activation->established && !activation->over) {
        take_refusal(activation, action->reason, &refusal);
        return;
    }
    if (!detail && action->reason == FAIL_NO_ANSWER && activation->icmp_error)
        detail = g_strerror(activation->icmp_error);
    say_closed(activation, action->reason, detail);
}

static void
carry_out(Activation *activation, const IkeAction *action)
{
    switch (action->type) {
    case IKE_ACTION_NONE:
        break;
    case IKE_ACTION_SEND:
        send_message(activation, action);
        break;
    case IKE_ACTION_KEEPALIVE:
        ike_sockets_send_keepalive(&activation->sockets, &activation->path);
        break;
    case IKE_ACTION_INSTALL_CHILD_SA:
        install_child_sa(activation, action);
        break;
    case IKE_ACTION_USE_CHILD_SA:
        data_plane_set_outbound(activation->plane, action->spi);
        break;
    case IKE_ACTION_REMOVE_CHILD_SA:
        data_plane_remove(activation->plane, action->spi);
        break;
    case IKE_ACTION_ASK_SECRET:
        ask_secret(activation, action);
        break;
    case IKE_ACTION_ESTABLISHED:
        say_established(activation, action);
        break;
    case IKE_ACTION_RECONNECTING:
        say_reconnecting(activation);
        break;
    case IKE_ACTION_PATH_MTU:
        activation->path_mtu = action->mtu;
        fit_mtu(activation);
        break;
    case IKE_ACTION_CLOSED:
        close_connection(activation, action);
        break;
    }
}

/* After each input: all actions, then the alarm for what the engine waits for next. */
static void
carry_out_all(Activation *activation)
{
    g_auto(IkeAction) action = {0};

    while (ike_engine_next_action(activation->engine, &action)) {
        carry_out(activation, &action);
        ike_action_clear(&action);
    }
    boottime_timer_set(&activation->timer, ike_engine_deadline(activation->engine));
}

/* what comes in */

static void
on_deadline(void *owner)
{
    Activation *activation = owner;

    data_plane_refresh(activation->plane);
    ike_engine_timeout(activation->engine, boottime_now());
    carry_out_all(activation);
}

static gboolean
on_ike_socket_ready_cb(gint fd, GIOCondition condition, gpointer data)
{
    Activation *activation = data;
    static uint8_t buffer[UDP_MAX_DATAGRAM];
    Endpoint from;

    for (int i = 0; i < MAX_DATAGRAMS_AT_ONCE; i++) {
        int r = udp_socket_receive(&activation->sockets.ike, buffer, sizeof(buffer), &from);

        if (r == -EAGAIN)
            break;
        if (r < 0)
            activation->icmp_error = -r;
        else if (ip_address_equal(&from.address, &activation->path.remote))
            ike_engine_receive(
                activation->engine, bytes_of(buffer, (size_t) r), false, boottime_now());
    }
    carry_out_all(activation);
    return G_SOURCE_CONTINUE;
}

/* The next ones are called from within data_plane_dispatch(): what follows from them is carried out
 * afterwards. */

static void
on_ike_message(void *owner, Bytes message, const Endpoint *from)
{
    Activation *activation = owner;

    if (ip_address_equal(&from->address, &activation->path.remote))
        ike_engine_receive(activation->engine, message, true, boottime_now());
}

static void
on_used(void *owner, uint32_t inbound_spi)
{
    Activation *activation = owner;

    ike_engine_child_sa_used(activation->engine, inbound_spi, boottime_now());
}

static void
on_expiring(void *owner, uint32_t inbound_spi)
{
    Activation *activation = owner;

    ike_engine_child_sa_expiring(activation->engine, inbound_spi, boottime_now());
}

/* The engine takes it as the former: the sooner there is another, the better. */
static void
on_expired(void *owner, uint32_t inbound_spi)
{
    on_expiring(owner, inbound_spi);
}

static void
on_acquire(void *owner, const IpAddress *source, const IpAddress *destination)
{
    Activation *activation = owner;

    ike_engine_acquire(activation->engine, source, destination, boottime_now());
}

static void
on_plane_failed(void *owner, int error)
{
    Activation *activation = owner;

    ike_engine_stop(activation->engine, boottime_now());
    say_closed_by_errno(activation, FAIL_DEVICE_GONE, error);
}

static gboolean
on_plane_ready_cb(gint fd, GIOCondition condition, gpointer data)
{
    Activation *activation = data;

    data_plane_dispatch(activation->plane);
    carry_out_all(activation);
    return G_SOURCE_CONTINUE;
}

/* the beginning */

static bool
open_sockets(Activation *activation)
{
    uint16_t port = activation->config->local_port;
    int r = ike_sockets_open(&activation->sockets, activation->path.remote.family, port);

    if (r == -EADDRINUSE && port) {
        g_autofree char *detail = g_strdup_printf(
            "UDP port %u is taken by another program: set local-port to another one, or to auto",
            port);

        say_closed(activation, FAIL_SOCKET, detail);
    } else if (r < 0) {
        say_closed_by_errno(activation, FAIL_SOCKET, r);
    }
    return r == 0;
}

static void
move_data_plane(Activation *activation)
{
    const IkePath *path = &activation->path;
    const Endpoint local = {path->local, activation->sockets.nat_t.port};
    const Endpoint remote = {path->remote, path->remote_nat_t_port};
    int r = data_plane_set_path(activation->plane, &local, &remote);

    if (r < 0)
        log_error("%s: the IPsec SAs do not follow to the new path: %s",
                  activation->remote_text,
                  g_strerror(-r));
}

/* The kernel is insisted on: else there would have been another way. */
static FailureReason
plane_failure(DataPlaneChoice choice)
{
    return choice == DATA_PLANE_KERNEL ? FAIL_NO_KERNEL_ESP : FAIL_NO_TUN;
}

/* Before the first message, so that a machine that can carry no traffic does not bother a gateway.
 */
static bool
open_data_plane(Activation *activation)
{
    const DataPlaneEvents events = {
        .ike_message = on_ike_message,
        .used = on_used,
        .expiring = on_expiring,
        .expired = on_expired,
        .acquire = on_acquire,
        .failed = on_plane_failed,
        .owner = activation,
    };
    const DataPlaneSetup setup = {
        .choice = activation->config->data_plane,
        .nat_t = &activation->sockets.nat_t,
        .ike = &activation->sockets.ike,
        .device = "ike%d",
        .raw_esp = activation->config->encapsulation != ENCAPSULATION_FORCE,
        .keeps_ipv6 = activation->config->block_ipv6,
        .offloads = OFFLOADS_ALL,
    };
    int r = data_plane_open(&activation->plane, &setup, &events);

    if (r < 0) {
        say_closed_by_errno(activation, plane_failure(activation->config->data_plane), r);
        return false;
    }
    move_data_plane(activation);
    log_info("%s: %s carries the traffic, by %s",
             activation->remote_text,
             data_plane_device(activation->plane),
             data_plane_is_kernel(activation->plane) ? "the kernel's IPsec" : "user space");
    return true;
}

static void
set_path(Activation *activation, const IpAddress *remote, const Route *route)
{
    uint16_t port = activation->config->remote_port;

    activation->route = *route;
    activation->has_way = true;
    activation->path.remote = *remote;
    activation->path.local = route->source;
    activation->path.remote_port = port ? port : DEFAULT_IKE_PORT;
    activation->path.remote_nat_t_port = NAT_T_PORT;
    activation->path.mtu = route->mtu;
    ip_address_to_text(remote, activation->remote_text);
}

/* Sockets are bound to every address, so that they need no care, but for two things. A tunnel that
 * takes everything must not take its own packets. And what is sent while there is no way, for a
 * network that is next door or believed to be, would have the inner address for its source: it goes
 * to the loopback device, where nobody takes it. */
static void
direct_sockets(Activation *activation, bool has_way)
{
    unsigned by_device = activation->route.is_around ? activation->route.if_index : 0;

    ike_sockets_set_device(&activation->sockets, has_way ? by_device : LOOPBACK);
}

static void
on_path_unsettled(void *owner, bool unsettled)
{
    Activation *activation = owner;

    direct_sockets(activation, activation->has_way && !unsettled);
}

static bool
change_family(Activation *activation, AddressFamily family)
{
    IkeSockets *sockets = &activation->sockets;
    int r = ike_sockets_change_family(sockets, family, activation->config->local_port);

    if (r < 0) {
        ike_engine_stop(activation->engine, boottime_now());
        say_closed_by_errno(activation, FAIL_SOCKET, r);
        return false;
    }
    activation->path.local_port = sockets->ike.port;
    activation->path.local_nat_t_port = sockets->nat_t.port;
    return true;
}

static void
on_path_changed(void *owner, const IpAddress *remote, const Route *route)
{
    Activation *activation = owner;

    activation->has_way = route != NULL;
    if (!route) {
        direct_sockets(activation, false);
        ike_engine_path_changed(activation->engine, NULL, boottime_now());
        carry_out_all(activation);
        return;
    }
    if (remote->family != activation->path.remote.family
        && !change_family(activation, remote->family))
        return;
    set_path(activation, remote, route);
    direct_sockets(activation, true);
    move_data_plane(activation);
    activation->path_mtu = 0;
    if (activation->established)
        fit_mtu(activation);
    ike_engine_path_changed(activation->engine, &activation->path, boottime_now());
    carry_out_all(activation);
}

static bool
watch(Activation *activation)
{
    const GatewayPathEvents events = {on_path_changed, on_path_unsettled, activation};
    const GatewayPathSetup setup = {
        .gateway = activation->config->gateway,
        .remote = activation->path.remote,
        .route = activation->route,
        .own_device = own_device(activation),
        .follows_family = !data_plane_is_kernel(activation->plane),
    };
    int r = boottime_timer_open(&activation->timer, on_deadline, activation);

    if (r == 0)
        activation->watch = gateway_path_new(&setup, &events, &r);
    if (r < 0) {
        say_closed_by_errno(activation, FAIL_INTERNAL, r);
        return false;
    }
    activation->ike_source =
        g_unix_fd_add(activation->sockets.ike.fd, G_IO_IN, on_ike_socket_ready_cb, activation);
    activation->plane_source =
        g_unix_fd_add(data_plane_fd(activation->plane), G_IO_IN, on_plane_ready_cb, activation);
    return true;
}

static void
start_engine(Activation *activation)
{
    asking_again_begin(&activation->asking);
    activation->engine = ike_engine_new(activation->config, &random_system);
    ike_engine_start(activation->engine, &activation->path, boottime_now());
    if (!activation->has_way)
        ike_engine_path_changed(activation->engine, NULL, boottime_now());
    carry_out_all(activation);
}

static void
on_gateway_found(void *owner,
                 FailureReason reason,
                 const char *detail,
                 const IpAddress *remote,
                 const Route *route)
{
    Activation *activation = owner;
    char local_text[IP_TEXT_SIZE];

    if (reason != FAIL_NONE) {
        say_closed(activation, reason, detail);
        return;
    }
    set_path(activation, remote, route);
    if (!open_sockets(activation) || !open_data_plane(activation) || !watch(activation))
        return;
    activation->path.local_port = activation->sockets.ike.port;
    activation->path.local_nat_t_port = activation->sockets.nat_t.port;
    log_notice("%s: connecting from %s, UDP ports %u and %u",
               activation->remote_text,
               ip_address_to_text(&activation->path.local, local_text),
               activation->path.local_port,
               activation->path.local_nat_t_port);
    start_engine(activation);
}

Activation *
activation_new(ConnectionConfig *config, const ActivationEvents *events)
{
    Activation *activation = g_new0(Activation, 1);

    activation->config = config;
    asking_again_init(&activation->asking, config);
    activation->events = *events;
    activation->sockets = IKE_SOCKETS_CLOSED;
    activation->timer.fd = -1;
    activation->lookup =
        gateway_lookup_new(config->gateway, NULL, FAMILY_NONE, 0, on_gateway_found, activation);
    return activation;
}

/* A file with passwords gives the same one each time: that would only lock the account. */
static void
refuse_unsent(Activation *activation, Refusal refusal)
{
    log_notice("%s: it was refused before, and is not sent again", activation->config->gateway);
    refusal.unsent = true;
    ask_again(activation, &refusal);
}

static void
try_again(Activation *activation, IkeSecretKind kind, const char *answer, const char *user)
{
    AskingAgain *asking = &activation->asking;
    Refusal refusal = asking_again_judge(asking, asking->reason, asking->words);

    /* (The answer to a question that comes again is given to the next engine.) */
    if (kind != refusal.wanted || kind == IKE_SECRET_ANSWER)
        return;
    if (!answer || !*answer)
        say_closed(activation, FAIL_CANCELLED, NULL);
    else if (asking_again_take(asking, kind, answer, user))
        begin_again(activation);
    else
        refuse_unsent(activation, refusal);
}

void
activation_give_secret(Activation *activation,
                       IkeSecretKind kind,
                       const char *answer,
                       const char *user)
{
    AskingAgain *asking = &activation->asking;

    if (!activation->engine || activation->over)
        return;
    if (asking->reason != FAIL_NONE) {
        try_again(activation, kind, answer, user);
    } else if (asking_again_note_answer(asking, kind, answer)) {
        ike_engine_give_secret(activation->engine, kind, answer, boottime_now());
        carry_out_all(activation);
    } else {
        refuse_unsent(activation, (Refusal){kind, kind, true, asking->question});
    }
}

/* NetworkManager is taking the routes away at this moment, so the Deletes name the device that
 * leads to the gateway: the tunnel must not swallow them. */
static void
take_leave(Activation *activation)
{
    if (activation->has_way)
        ike_sockets_set_device(&activation->sockets, activation->route.if_index);
    ike_engine_stop(activation->engine, boottime_now());
    carry_out_all(activation);
}

void
activation_free(Activation *activation)
{
    if (!activation)
        return;
    activation->over = true;
    gateway_lookup_free(activation->lookup);
    if (activation->established)
        log_counters(activation);
    if (activation->engine)
        take_leave(activation);
    g_clear_handle_id(&activation->again_source, g_source_remove);
    g_clear_handle_id(&activation->ike_source, g_source_remove);
    g_clear_handle_id(&activation->plane_source, g_source_remove);
    gateway_path_free(activation->watch);
    boottime_timer_close(&activation->timer);
    ike_engine_free(activation->engine);
    data_plane_close(activation->plane);
    ike_sockets_close(&activation->sockets);
    asking_again_clear(&activation->asking);
    connection_config_free(activation->config);
    g_free(activation);
}
