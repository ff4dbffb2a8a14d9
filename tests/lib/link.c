/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"

#include "base/log.h"

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

ConnectionConfig *
link_config(ExchangeMode mode, bool xauth)
{
    ConnectionConfig *config = connection_config_new();

    config->ike_version = IKE_VERSION_1;
    config->mode = mode;
    config->method = xauth ? METHOD_PSK_XAUTH : METHOD_PSK;
    config->psk = secret_of_text("the group's secret");
    g_array_unref(config->ike_proposals);
    g_array_unref(config->esp_proposals);
    config->ike_proposals = ike_proposals_from_text("aes128-aes256-sha256-ecp256", NULL);
    config->esp_proposals = esp_proposals_from_text("aes128gcm16,aes128-sha256", NULL);
    if (mode == EXCHANGE_MODE_AGGRESSIVE)
        g_assert_true(identity_from_text("keyid:office", &config->local_id));
    if (xauth) {
        config->user = g_strdup("alice");
        config->password = secret_of_text("correct horse");
    }
    return config;
}

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
    link->gateway = responder_new(&adapted, &link->gateway_random);
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

static void
transmit(Link *link, LinkDirection direction, GBytes *bytes, bool nat_t)
{
    unsigned n = link->sent[direction]++;
    LinkMessage message = {direction, g_bytes_ref(bytes), nat_t, link->now};
    Packet packet = {direction, NULL, nat_t, 0, link->now + LINK_LATENCY};
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
                   (Packet){direction, bytes_copy(datagram), nat_t, 0, link->now + LINK_LATENCY});
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

LinkChild *
link_outbound(Link *link)
{
    for (guint i = 0; i < link->children->len; i++) {
        LinkChild *child = link->children->pdata[i];

        if (child->outbound)
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

    g_assert_false(link->established);
    link->established = true;
    link->remote_ts = g_array_ref(action->remote_ts);
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
    link->n_asked++;
    link->question_open = true;
    link->asked = action->question;
    g_free(link->asked_message);
    link->asked_message = g_steal_pointer(&action->message);
}

static void
carry_out(Link *link, IkeAction *action)
{
    LinkChild *child = link_child_by_spi(link, action->spi);

    g_assert_false(link->closed);
    switch (action->type) {
    case IKE_ACTION_SEND:
        transmit(link, TO_GATEWAY, action->datagram, action->nat_t);
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
    while (responder_next_datagram(link->gateway, &bytes, &nat_t)) {
        g_assert_cmpuint(++n, <, MAX_AT_ONCE);
        transmit(link, TO_CLIENT, bytes, nat_t);
        g_bytes_unref(bytes);
    }
}

/* --- data ------------------------------------------------------------------------------------- */

static void
send_packet(Link *link, LinkDirection direction, uint32_t spi)
{
    link->packets++;
    put_on_the_way(link, (Packet){direction, NULL, false, spi, link->now + LINK_LATENCY});
}

/* One of each pair of networks that has an SA to go out on. */
static void
send_packets(Link *link)
{
    unsigned n = 0;

    for (guint i = 0; i < link->children->len && link->traffic[TO_GATEWAY]; i++) {
        const LinkChild *child = link->children->pdata[i];

        if (child->outbound && ++n)
            send_packet(link, TO_GATEWAY, child->sa.outbound_spi);
    }
    link->lost += link->traffic[TO_GATEWAY] && n == 0;
    n = 0;
    for (size_t i = 0; i < responder_n_children(link->gateway) && link->traffic[TO_CLIENT]; i++) {
        const ResponderChild *child = responder_child(link->gateway, i);

        if (child->outbound && ++n)
            send_packet(link, TO_CLIENT, child->sa.outbound_spi);
    }
    link->lost += link->traffic[TO_CLIENT] && n == 0;
    link->next_packet = link->now + LINK_PACKET_EVERY;
}

static void
take_packet(Link *link, const Packet *packet)
{
    LinkChild *child;

    if (packet->direction == TO_GATEWAY) {
        if (!responder_child_by_inbound_spi(link->gateway, packet->spi))
            link->lost++;
        return;
    }
    child = link_child_by_spi(link, packet->spi);
    if (!child) {
        link->lost++;
        return;
    }
    child->heard = true;
    ike_engine_child_sa_used(link->engine, packet->spi, link->now);
}

/* --- the clock -------------------------------------------------------------------------------- */

static ResponderPath
path_seen(const Link *link, bool nat_t)
{
    ResponderPath path = {link->path.local, nat_t ? NAT_T_PORT : PORT, nat_t ? NAT_T_PORT : PORT};

    if (link->nat) {
        ip_address_from_text("203.0.113.99", &path.client);
        path.client_port = (uint16_t) (TRANSLATED_PORT + nat_t);
    }
    return path;
}

static void
deliver(Link *link)
{
    Packet *packet = g_queue_pop_head(&link->under_way);
    ResponderPath path = path_seen(link, packet->nat_t);

    if (packet->spi)
        take_packet(link, packet);
    else if (packet->direction == TO_GATEWAY)
        responder_receive(
            link->gateway, &path, bytes_of_gbytes(packet->bytes), packet->nat_t, link->now);
    else
        ike_engine_receive(link->engine, bytes_of_gbytes(packet->bytes), packet->nat_t, link->now);
    packet_free(packet);
}

static IkeTime
next_event(const Link *link)
{
    const Packet *packet = g_queue_peek_head((GQueue *) &link->under_way);
    IkeTime next = packet ? packet->at : IKE_TIME_NEVER;

    if (link->traffic[TO_GATEWAY] || link->traffic[TO_CLIENT])
        next = ike_time_min(next, MAX(link->next_packet, link->now));
    next = ike_time_min(next, ike_engine_deadline(link->engine));
    next = ike_time_min(next, responder_deadline(link->gateway));
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
    else if (responder_deadline(link->gateway) <= link->now)
        responder_timeout(link->gateway, link->now);
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
link_expire_child(Link *link, uint32_t spi)
{
    ike_engine_child_sa_expiring(link->engine, spi, link->now);
    link_flush(link);
}

void
link_give_secret(Link *link, IkeSecretKind kind, const char *answer)
{
    ike_engine_give_secret(link->engine, kind, answer, link->now);
    link_flush(link);
}

/* --- assertions ------------------------------------------------------------------------------- */

static void
assert_same_bytes(const Secret *a, const Secret *b)
{
    g_assert_cmpuint(a->len, >, 0);
    g_assert_cmpmem(a->data, a->len, b->data, b->len);
}

static void
assert_mirrors(const ChildSa *ours, const ChildSa *theirs)
{
    EspProposal a = ours->proposal, b = theirs->proposal;

    g_assert_cmpuint(ours->inbound_spi, ==, theirs->outbound_spi);
    g_assert_cmpuint(ours->outbound_spi, ==, theirs->inbound_spi);
    assert_same_bytes(&ours->inbound_keymat, &theirs->outbound_keymat);
    assert_same_bytes(&ours->outbound_keymat, &theirs->inbound_keymat);
    a.ke = b.ke = NULL;
    g_assert_true(esp_proposal_equal(&a, &b));
    g_assert_true(traffic_selector_equal(&ours->local_ts, &theirs->remote_ts));
    g_assert_true(traffic_selector_equal(&ours->remote_ts, &theirs->local_ts));
    g_assert_true(ours->udp_encap == theirs->udp_encap);
}

void
link_assert_same(Link *link, unsigned n)
{
    unsigned n_ours = 0, n_theirs = 0;

    for (guint i = 0; i < link->children->len; i++) {
        const LinkChild *ours = link->children->pdata[i];
        const ResponderChild *theirs;

        if (!ours->outbound)
            continue;
        n_ours++;
        theirs = responder_child_by_inbound_spi(link->gateway, ours->sa.outbound_spi);
        g_assert_nonnull(theirs);
        assert_mirrors(&ours->sa, &theirs->sa);
    }
    for (size_t i = 0; i < responder_n_children(link->gateway); i++) {
        const ResponderChild *theirs = responder_child(link->gateway, i);
        const LinkChild *ours = link_child_by_spi(link, theirs->sa.outbound_spi);

        if (!theirs->outbound)
            continue;
        n_theirs++;
        g_assert_nonnull(ours);
        assert_mirrors(&ours->sa, &theirs->sa);
    }
    g_assert_cmpuint(n_ours, ==, n);
    g_assert_cmpuint(n_theirs, ==, n);
}

void
link_assert_established(Link *link, unsigned n)
{
    g_assert_true(link->established);
    g_assert_false(link->closed);
    link_run(link, 2 * IKE_SECOND); /* the gateway's end comes a moment later */
    link_assert_same(link, n);
}

void
link_assert_closed(Link *link, FailureReason reason, IkeTime within)
{
    g_assert_true(link->closed);
    g_assert_cmpint(link->reason, ==, reason);
    g_assert_cmpint(link->now - LINK_BEGIN, <=, within);
}

void
link_assert_decided(Link *link)
{
    g_assert_true(link->established || link->closed);
}
