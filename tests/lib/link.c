/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"

#include "base/log.h"
#include "wire/v1/isakmp.h"

#include <string.h>

enum {
    PORT = 500,
    NAT_T_PORT = 4500,
    TRANSLATED_PORT = 31337,
    MAX_MESSAGES = 20000, /* of a day: more is a storm */
    MAX_AT_ONCE = 64,     /* messages in an answer to one input */
};

#define DUPLICATE_DELAY (300 * IKE_MILLISECOND)
#define CONNECT_PATIENCE (300 * IKE_SECOND)

/* A message, or (spi not 0) a packet of data, under way. */
typedef struct {
    LinkDirection direction;
    GBytes *bytes;
    bool nat_t;
    uint32_t spi;
    IkeTime at;
    uint64_t order;
    ResponderPath to; /* to the client: where the gateway believes it to be */
} Packet;

typedef struct {
    LinkDirection direction;
    unsigned n;
    LinkFate fate;
} Plan;

static const Link *logged;

static void
log_to_test(LogLevel level, const char *line)
{
    if (g_test_verbose() && logged)
        g_test_message("%9.3f %s", (double) (logged->now - LINK_BEGIN) / IKE_SECOND, line);
}

/* --- making ---------------------------------------------------------------------------------- */

static void
link_child_free(gpointer data)
{
    LinkChild *child = data;

    child_sa_clear(&child->sa);
    g_free(child);
}

static void
link_message_free(gpointer data)
{
    LinkMessage *message = data;

    g_bytes_unref(message->bytes);
    g_free(message);
}

Link *
link_new(ConnectionConfig *config, const ResponderConfig *gateway, uint64_t seed)
{
    Link *link = g_new0(Link, 1);
    ResponderConfig adapted = *gateway;

    log_set_writer(log_to_test);
    link->config = config;
    adapted.xauth = connection_config_uses_xauth(config);
    link->engine_random = random_seeded(&link->engine_chance, seed);
    link->gateway_random = random_seeded(&link->gateway_chance, ~seed);
    random_seeded(&link->chance, seed * 3 + 1);
    link->engine = ike_engine_new(config, &link->engine_random);
    link->gateway_config = adapted;
    link->gateway = responder_new(&adapted, &link->gateway_random);
    link->elders = g_ptr_array_new_with_free_func((GDestroyNotify) responder_free);
    link->now = LINK_BEGIN;
    link->next_packet = IKE_TIME_NEVER;
    ip_address_from_text("192.0.2.7", &link->path.local);
    link->path.remote = adapted.address;
    link->path.local_port = link->path.remote_port = PORT;
    link->path.local_nat_t_port = link->path.remote_nat_t_port = NAT_T_PORT;
    link->messages = g_ptr_array_new_with_free_func(link_message_free);
    link->children = g_ptr_array_new_with_free_func(link_child_free);
    link->plans = g_array_new(FALSE, FALSE, sizeof(Plan));
    g_queue_init(&link->under_way);
    return link;
}

static void
packet_free(gpointer data)
{
    Packet *packet = data;

    g_clear_pointer(&packet->bytes, g_bytes_unref);
    g_free(packet);
}

void
link_free(Link *link)
{
    if (logged == link)
        logged = NULL;
    g_queue_clear_full(&link->under_way, packet_free);
    ike_engine_free(link->engine);
    responder_free(link->gateway);
    g_ptr_array_unref(link->elders);
    connection_config_free(link->config);
    g_ptr_array_unref(link->messages);
    g_ptr_array_unref(link->children);
    g_array_unref(link->plans);
    g_clear_pointer(&link->remote_ts, g_array_unref);
    g_free(link->detail);
    g_free(link->asked_message);
    g_free(link->address);
    g_free(link->dns);
    g_free(link->domain);
    g_free(link);
}

/* --- the network ------------------------------------------------------------------------------ */

static ResponderPath
path_seen(const Link *link, bool nat_t)
{
    ResponderPath path = {link->path.local, nat_t ? NAT_T_PORT : PORT, nat_t ? NAT_T_PORT : PORT};

    if (link->nat) {
        ip_address_from_text("203.0.113.99", &path.client);
        path.client_port = (uint16_t) (TRANSLATED_PORT + nat_t + 10 * link->nat_mapping);
    }
    return path;
}

static bool
same_path(const ResponderPath *a, const ResponderPath *b)
{
    return ip_address_equal(&a->client, &b->client) && a->client_port == b->client_port;
}

static int
by_time(gconstpointer a, gconstpointer b, gpointer nothing)
{
    const Packet *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void
put_on_the_way(Link *link, Packet packet)
{
    packet.order = link->order++;
    g_queue_insert_sorted(&link->under_way, g_memdup2(&packet, sizeof(packet)), by_time, NULL);
}

static GBytes *
with_a_bit_turned(GBytes *bytes, unsigned bit)
{
    gsize len;
    const uint8_t *data = g_bytes_get_data(bytes, &len);
    uint8_t *copy = g_memdup2(data, len);

    copy[bit / 8 % len] ^= (uint8_t) (1 << bit % 8);
    return g_bytes_new_take(copy, len);
}

static LinkFate
fate_of(Link *link, LinkDirection direction, unsigned n)
{
    if (link->cut || (link->loss_percent && seeded_below(&link->chance, 100) < link->loss_percent))
        return FATE_DROP;
    for (guint i = 0; i < link->plans->len; i++) {
        const Plan *plan = &g_array_index(link->plans, Plan, i);

        if (plan->direction == direction && plan->n == n)
            return plan->fate;
    }
    return FATE_DELIVER;
}

void
link_plan(Link *link, LinkDirection direction, unsigned n, LinkFate fate)
{
    Plan plan = {direction, n, fate};

    g_array_append_val(link->plans, plan);
}

/* Of IPv4, with UDP's header and perhaps the non-ESP marker. */
static size_t
outer_size(GBytes *bytes, bool nat_t)
{
    return 20 + 8 + (nat_t ? 4 : 0) + g_bytes_get_size(bytes);
}

static void
transmit(Link *link, LinkDirection direction, GBytes *bytes, bool nat_t, const ResponderPath *to)
{
    unsigned n = link->sent[direction]++;
    LinkMessage message = {direction, g_bytes_ref(bytes), nat_t, link->now};
    Packet packet = {direction, NULL, nat_t, 0, link->now + LINK_LATENCY, 0, *to};
    LinkFate fate = fate_of(link, direction, n);

    g_ptr_array_add(link->messages, g_memdup2(&message, sizeof(message)));
    g_assert_cmpuint(link->messages->len, <, MAX_MESSAGES);
    if (fate == FATE_DELAY)
        packet.at += LINK_DELAY;
    if (fate == FATE_SWAP)
        packet.at += DUPLICATE_DELAY;
    if (fate != FATE_DROP) {
        packet.bytes =
            fate == FATE_CORRUPT ? with_a_bit_turned(bytes, link->corrupt_at) : g_bytes_ref(bytes);
        put_on_the_way(link, packet);
    }
    if (fate == FATE_DUPLICATE) {
        packet.bytes = g_bytes_ref(bytes);
        packet.at += DUPLICATE_DELAY;
        put_on_the_way(link, packet);
    }
    if (link->on_message)
        link->on_message(link);
}

void
link_inject(Link *link, LinkDirection direction, Bytes datagram, bool nat_t)
{
    put_on_the_way(link,
                   (Packet){direction,
                            bytes_copy(datagram),
                            nat_t,
                            0,
                            link->now + LINK_LATENCY,
                            0,
                            path_seen(link, nat_t)});
}

/* --- the gateway's IKE SAs -------------------------------------------------------------------- */

/* The newest first. */
static Responder *
sa_at(Link *link, guint i)
{
    return i == 0 ? link->gateway : link->elders->pdata[link->elders->len - i];
}

/* One that the message belongs to; a new one if it is the first of a negotiation. */
static Responder *
sa_for(Link *link, Bytes datagram)
{
    static const uint8_t none[ISAKMP_COOKIE_LEN];
    IsakmpHeader header;
    Bytes body;

    for (guint i = 0; i <= link->elders->len; i++) {
        if (responder_is_concerned(sa_at(link, i), datagram))
            return sa_at(link, i);
    }
    if (!isakmp_header_read(datagram, &header, &body)
        || !bytes_equal(BYTES_OF_ARRAY(header.responder_cookie), BYTES_OF_ARRAY(none)))
        return NULL;
    g_ptr_array_add(link->elders, link->gateway);
    link->gateway = responder_new(&link->gateway_config, &link->gateway_random);
    return link->gateway;
}

static void
complain(Link *link, Bytes datagram, bool nat_t)
{
    ResponderPath to = path_seen(link, nat_t);
    g_autoptr(GBytes) complaint = responder_complaint(datagram);

    if (link->gateway_config.complains && complaint)
        transmit(link, TO_CLIENT, complaint, nat_t, &to);
}

/* INITIAL-CONTACT: it has no other SA with us any more (RFC 2407, 4.6.3.3). */
static void
forget_elders(Link *link)
{
    for (guint i = 0; i < link->elders->len; i++) {
        if (responder_record(link->gateway)->initial_contact)
            responder_die(link->elders->pdata[i]);
    }
}

/* One connection for each client: the others are deleted as soon as there is a new one. */
static void
replace_elders(Link *link)
{
    for (guint i = 0; i < link->elders->len; i++) {
        Responder *elder = link->elders->pdata[i];

        if (link->gateway_config.one_only && responder_n_children(link->gateway) > 0
            && !responder_is_dead(elder))
            responder_delete_isakmp(elder, link->now);
    }
}

static void
gateway_receive(Link *link, const Packet *packet)
{
    ResponderPath path = path_seen(link, packet->nat_t);
    Bytes datagram = bytes_of_gbytes(packet->bytes);
    Responder *sa = link->gateway_down ? NULL : sa_for(link, datagram);

    if (link->gateway_down)
        return;
    if (!sa || (responder_is_dead(sa) && link->gateway_config.complains)) {
        complain(link, datagram, packet->nat_t);
        return;
    }
    responder_receive(sa, &path, datagram, packet->nat_t, link->now);
    forget_elders(link);
    replace_elders(link);
}

void
link_restart_gateway(Link *link)
{
    for (guint i = 0; i <= link->elders->len; i++)
        responder_die(sa_at(link, i));
}

/* --- the engine's actions --------------------------------------------------------------------- */

LinkChild *
link_child_by_spi(Link *link, uint32_t inbound_spi)
{
    for (guint i = 0; i < link->children->len; i++) {
        LinkChild *child = link->children->pdata[i];

        if (child->sa.inbound_spi == inbound_spi)
            return child;
    }
    return NULL;
}

/* As a data plane does: the one that it replaces has the same networks. */
static void
use_child(Link *link, LinkChild *child)
{
    for (guint i = 0; i < link->children->len; i++) {
        LinkChild *other = link->children->pdata[i];

        if (traffic_selector_equal(&other->sa.remote_ts, &child->sa.remote_ts)
            && traffic_selector_equal(&other->sa.local_ts, &child->sa.local_ts))
            other->outbound = false;
    }
    child->outbound = true;
}

static void
install_child(Link *link, IkeAction *action)
{
    LinkChild *child = g_new0(LinkChild, 1);

    g_assert_cmpuint(action->child.inbound_spi, >=, 256);
    g_assert_cmpuint(action->child.outbound_spi, >=, 256);
    g_assert_null(link_child_by_spi(link, action->child.inbound_spi));
    child->sa = action->child;
    action->child = (ChildSa){0};
    g_ptr_array_add(link->children, child);
    link->n_installed++;
    if (action->outbound)
        use_child(link, child);
}

static void
on_closed(Link *link, IkeAction *action)
{
    g_assert_cmpuint(link->children->len, ==, 0);
    link->closed = true;
    link->reason = action->reason;
    link->detail = g_steal_pointer(&action->detail);
}

static void
on_established(Link *link, const IkeAction *action)
{
    const IkeLease *lease = action->lease;
    char text[IP_TEXT_SIZE];

    if (link->reconnecting)
        link->interrupted_for = MAX(link->interrupted_for, link->now - link->reconnecting_since);
    link->reconnecting = false;
    link->n_established++;
    link->established = true;
    g_clear_pointer(&link->remote_ts, g_array_unref);
    g_clear_pointer(&link->address, g_free);
    g_clear_pointer(&link->dns, g_free);
    g_clear_pointer(&link->domain, g_free);
    link->remote_ts = g_array_ref(action->remote_ts);
    if (lease->addresses->len)
        link->address = ip_prefix_to_text(&g_array_index(lease->addresses, IpPrefix, 0));
    if (lease->dns->len)
        link->dns = g_strdup(ip_address_to_text(&g_array_index(lease->dns, IpAddress, 0), text));
    if (lease->domains->len)
        link->domain = g_strdup(lease->domains->pdata[0]);
    link->n_split = lease->split_include->len;
}

static void
on_asked(Link *link, IkeAction *action)
{
    g_assert_false(link->question_open);
    link->n_asked++;
    link->question_open = true;
    link->asked = action->question;
    g_free(link->asked_message);
    link->asked_message = g_steal_pointer(&action->message);
}

static void
send_message(Link *link, const IkeAction *action)
{
    ResponderPath from = path_seen(link, action->nat_t);

    if (link->narrow && action->dont_fragment
        && outer_size(action->datagram, action->nat_t) > link->narrow)
        link->n_too_big++;
    else
        transmit(link, TO_GATEWAY, action->datagram, action->nat_t, &from);
}

static void
carry_out(Link *link, IkeAction *action)
{
    LinkChild *child = link_child_by_spi(link, action->spi);

    g_assert_false(link->closed);
    if (link->no_path)
        g_assert_true(action->type != IKE_ACTION_SEND && action->type != IKE_ACTION_KEEPALIVE);
    switch (action->type) {
    case IKE_ACTION_SEND:
        send_message(link, action);
        break;
    case IKE_ACTION_KEEPALIVE:
        link->n_keepalives++;
        break;
    case IKE_ACTION_INSTALL_CHILD_SA:
        install_child(link, action);
        break;
    case IKE_ACTION_USE_CHILD_SA:
        g_assert_nonnull(child);
        use_child(link, child);
        break;
    case IKE_ACTION_REMOVE_CHILD_SA:
        g_assert_nonnull(child);
        g_ptr_array_remove(link->children, child);
        break;
    case IKE_ACTION_ASK_SECRET:
        on_asked(link, action);
        break;
    case IKE_ACTION_ESTABLISHED:
        on_established(link, action);
        break;
    case IKE_ACTION_RECONNECTING:
        g_assert_true(link->established && !link->reconnecting);
        link->reconnecting = true;
        link->reconnecting_since = link->now;
        link->n_reconnecting++;
        link->reconnect_reason = action->reason;
        break;
    case IKE_ACTION_PATH_MTU:
        link->path_mtu = action->mtu;
        link->n_path_mtu++;
        break;
    case IKE_ACTION_CLOSED:
        on_closed(link, action);
        break;
    case IKE_ACTION_NONE:
        g_assert_not_reached();
    }
}

static void
drain(Link *link)
{
    unsigned n = 0;
    IkeAction action;

    while (ike_engine_next_action(link->engine, &action)) {
        g_assert_cmpuint(++n, <, MAX_AT_ONCE);
        carry_out(link, &action);
        ike_action_clear(&action);
    }
    if (link->closed)
        g_assert_cmpint(ike_engine_deadline(link->engine), ==, IKE_TIME_NEVER);
}

static void
answer_question(Link *link)
{
    const char *answer = link->asked == IKE_SECRET_USER ? link->secret_user : link->secret_password;

    if (!answer || !link->question_open)
        return;
    link->question_open = false;
    link_give_secret(link, link->asked, answer);
}

void
link_flush(Link *link)
{
    GBytes *bytes;
    bool nat_t;
    unsigned n = 0;

    drain(link);
    for (guint i = 0; i <= link->elders->len; i++) {
        Responder *gateway = sa_at(link, i);

        while (responder_next_datagram(gateway, &bytes, &nat_t)) {
            g_assert_cmpuint(++n, <, MAX_AT_ONCE);
            if (!link->gateway_down)
                transmit(link, TO_CLIENT, bytes, nat_t, responder_path(gateway));
            g_bytes_unref(bytes);
        }
    }
}

/* --- data ------------------------------------------------------------------------------------- */

static void
send_packet(Link *link, LinkDirection direction, const ChildSa *sa, const ResponderPath *to)
{
    link->packets++;
    put_on_the_way(link,
                   (Packet){.direction = direction,
                            .nat_t = sa->udp_encap,
                            .spi = sa->outbound_spi,
                            .at = link->now + LINK_LATENCY,
                            .to = *to});
}

/* By each of its SAs that is to carry what goes out. */
static unsigned
gateway_sends(Link *link, const Responder *sa)
{
    unsigned n = 0;

    for (size_t i = 0; i < responder_n_children(sa); i++) {
        const ResponderChild *child = responder_child(sa, i);

        if (!child->outbound)
            continue;
        n++;
        send_packet(link, TO_CLIENT, &child->sa, responder_path(sa));
    }
    return n;
}

void
link_gateway_sends_one(Link *link)
{
    gateway_sends(link, link->gateway);
}

/* One of each pair of networks that has an SA to go out on. */
static void
send_packets(Link *link)
{
    bool gateway_is_busy = link->traffic[TO_CLIENT] && !link->gateway_down;
    unsigned n = 0;

    for (guint i = 0; i < link->children->len && link->traffic[TO_GATEWAY]; i++) {
        const LinkChild *child = link->children->pdata[i];

        ResponderPath from = path_seen(link, child->sa.udp_encap);

        if (child->outbound && ++n)
            send_packet(link, TO_GATEWAY, &child->sa, &from);
    }
    link->lost += link->traffic[TO_GATEWAY] && n == 0;
    n = 0;
    for (guint i = 0; i <= link->elders->len && gateway_is_busy && n == 0; i++)
        n += gateway_sends(link, sa_at(link, i));
    link->lost += link->traffic[TO_CLIENT] && n == 0;
    link->next_packet = link->now + LINK_PACKET_EVERY;
}

static bool
gateway_takes(Link *link, const Packet *packet)
{
    for (guint i = 0; i <= link->elders->len && !link->no_path && !link->gateway_down; i++) {
        Responder *sa = sa_at(link, i);

        if (!responder_child_by_inbound_spi(sa, packet->spi))
            continue;
        if (responder_record(sa)->udp_encap)
            responder_move(sa, &packet->to);
        return true;
    }
    return false;
}

static bool
client_takes(Link *link, const Packet *packet)
{
    LinkChild *child = link_child_by_spi(link, packet->spi);

    if (!child || link->no_path)
        return false;
    child->heard = true;
    ike_engine_child_sa_used(link->engine, packet->spi, link->now);
    return true;
}

static void
take_packet(Link *link, const Packet *packet)
{
    bool taken =
        packet->direction == TO_GATEWAY ? gateway_takes(link, packet) : client_takes(link, packet);

    link->lost += !taken;
}

/* --- the clock -------------------------------------------------------------------------------- */

/* The client is no longer where the gateway sent it to, or its NAT forgot about it. (ESP alone has
 * no port.) */
static bool
is_astray(const Link *link, const Packet *packet)
{
    ResponderPath seen = path_seen(link, packet->nat_t);

    if (link->no_path || packet->direction == TO_GATEWAY)
        return link->no_path;
    if (packet->spi && !packet->nat_t)
        return !ip_address_equal(&packet->to.client, &seen.client);
    return !same_path(&packet->to, &seen);
}

static void
deliver(Link *link)
{
    Packet *packet = g_queue_pop_head(&link->under_way);

    if (is_astray(link, packet))
        link->lost += packet->spi != 0;
    else if (packet->spi)
        take_packet(link, packet);
    else if (packet->direction == TO_GATEWAY)
        gateway_receive(link, packet);
    else
        ike_engine_receive(link->engine, bytes_of_gbytes(packet->bytes), packet->nat_t, link->now);
    packet_free(packet);
}

static IkeTime
gateway_deadline(Link *link)
{
    IkeTime deadline = IKE_TIME_NEVER;

    for (guint i = 0; i <= link->elders->len; i++)
        deadline = ike_time_min(deadline, responder_deadline(sa_at(link, i)));
    return deadline;
}

static void
gateway_timeout(Link *link)
{
    for (guint i = 0; i <= link->elders->len; i++)
        responder_timeout(sa_at(link, i), link->now);
}

static IkeTime
next_event(Link *link)
{
    const Packet *packet = g_queue_peek_head(&link->under_way);
    IkeTime next = packet ? packet->at : IKE_TIME_NEVER;

    if (link->traffic[TO_GATEWAY] || link->traffic[TO_CLIENT])
        next = ike_time_min(next, MAX(link->next_packet, link->now));
    next = ike_time_min(next, ike_engine_deadline(link->engine));
    next = ike_time_min(next, gateway_deadline(link));
    return next == IKE_TIME_NEVER ? next : MAX(next, link->now);
}

/* After a time-out the next one lies ahead, or the owner would be called without end. */
static void
engine_timeout(Link *link)
{
    ike_engine_timeout(link->engine, link->now);
    drain(link);
    g_assert_cmpint(ike_engine_deadline(link->engine), >, link->now);
}

static void
step(Link *link)
{
    const Packet *packet = g_queue_peek_head(&link->under_way);
    bool traffic = link->traffic[TO_GATEWAY] || link->traffic[TO_CLIENT];

    if (packet && packet->at <= link->now)
        deliver(link);
    else if (ike_engine_deadline(link->engine) <= link->now)
        engine_timeout(link);
    else if (gateway_deadline(link) <= link->now)
        gateway_timeout(link);
    else if (traffic && (link->next_packet == IKE_TIME_NEVER || link->next_packet <= link->now))
        send_packets(link);
    link_flush(link);
    answer_question(link);
}

/* False when nothing happens before `until`. */
static bool
advance(Link *link, IkeTime until)
{
    IkeTime next = next_event(link);

    if ((link->traffic[TO_GATEWAY] || link->traffic[TO_CLIENT])
        && link->next_packet == IKE_TIME_NEVER)
        next = link->now;
    if (next > until)
        return false;
    link->now = next;
    step(link);
    return true;
}

void
link_run(Link *link, IkeTime span)
{
    IkeTime until = link->now + span;

    logged = link;
    while (advance(link, until))
        ;
    link->now = until;
}

void
link_connect(Link *link)
{
    logged = link;
    ike_engine_start(link->engine, &link->path, link->now);
    link_flush(link);
    while (!link->established && !link->closed && advance(link, LINK_BEGIN + CONNECT_PATIENCE))
        ;
}

void
link_stop(Link *link)
{
    ike_engine_stop(link->engine, link->now);
    link_flush(link);
}

void
link_move(Link *link, const char *address)
{
    link->no_path = address == NULL;
    if (address)
        g_assert_true(ip_address_from_text(address, &link->path.local));
    ike_engine_path_changed(link->engine, address ? &link->path : NULL, link->now);
    link_flush(link);
}

void
link_sleep(Link *link, IkeTime span)
{
    g_queue_clear_full(&link->under_way, packet_free);
    g_queue_init(&link->under_way);
    link->now += span;
    gateway_timeout(link);
    link_flush(link);
}

void
link_expire_child(Link *link, uint32_t spi)
{
    ike_engine_child_sa_expiring(link->engine, spi, link->now);
    link_flush(link);
}

void
link_give_secret(Link *link, IkeSecretKind kind, const char *answer)
{
    link->question_open = false;
    ike_engine_give_secret(link->engine, kind, answer, link->now);
    link_flush(link);
}
