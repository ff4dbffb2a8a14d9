/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/actions.h"

void
ike_action_clear(IkeAction *action)
{
    g_clear_pointer(&action->datagram, g_bytes_unref);
    g_clear_pointer(&action->message, g_free);
    g_clear_pointer(&action->remote_ts, g_array_unref);
    g_clear_pointer(&action->detail, g_free);
    child_sa_clear(&action->child);
    action->type = IKE_ACTION_NONE;
}

void
ike_actions_push(IkeActions *actions, const IkeAction *action)
{
    g_queue_push_tail(&actions->queue, g_memdup2(action, sizeof(*action)));
}

static void
push(IkeActions *actions, IkeAction action)
{
    ike_actions_push(actions, &action);
}

bool
ike_actions_next(IkeActions *actions, IkeAction *out)
{
    IkeAction *action = g_queue_pop_head(&actions->queue);

    if (!action)
        return false;
    *out = *action;
    g_free(action);
    return true;
}

void
ike_actions_clear(IkeActions *actions)
{
    IkeAction action;

    while (ike_actions_next(actions, &action))
        ike_action_clear(&action);
}

void
ike_actions_send(IkeActions *actions, GBytes *datagram, bool nat_t)
{
    push(actions, (IkeAction){.type = IKE_ACTION_SEND, .datagram = datagram, .nat_t = nat_t});
}

void
ike_actions_send_whole(IkeActions *actions, GBytes *datagram, bool nat_t)
{
    push(actions,
         (IkeAction){
             .type = IKE_ACTION_SEND, .datagram = datagram, .nat_t = nat_t, .dont_fragment = true});
}

void
ike_actions_keepalive(IkeActions *actions)
{
    push(actions, (IkeAction){.type = IKE_ACTION_KEEPALIVE, .nat_t = true});
}

void
ike_actions_install(IkeActions *actions, ChildSa child, bool outbound)
{
    push(actions,
         (IkeAction){
             .type = IKE_ACTION_INSTALL_CHILD_SA,
             .child = child,
             .outbound = outbound,
             .spi = child.inbound_spi,
         });
}

void
ike_actions_use(IkeActions *actions, uint32_t spi)
{
    push(actions, (IkeAction){.type = IKE_ACTION_USE_CHILD_SA, .spi = spi});
}

void
ike_actions_remove(IkeActions *actions, uint32_t spi)
{
    push(actions, (IkeAction){.type = IKE_ACTION_REMOVE_CHILD_SA, .spi = spi});
}

void
ike_actions_ask(IkeActions *actions, IkeSecretKind question, char *message)
{
    push(actions,
         (IkeAction){.type = IKE_ACTION_ASK_SECRET, .question = question, .message = message});
}

void
ike_actions_established(IkeActions *actions, const IkeLease *lease, GArray *remote_ts)
{
    push(actions,
         (IkeAction){.type = IKE_ACTION_ESTABLISHED, .lease = lease, .remote_ts = remote_ts});
}

void
ike_actions_reconnecting(IkeActions *actions, FailureReason reason, char *detail)
{
    push(actions, (IkeAction){.type = IKE_ACTION_RECONNECTING, .reason = reason, .detail = detail});
}

void
ike_actions_path_mtu(IkeActions *actions, uint32_t mtu)
{
    push(actions, (IkeAction){.type = IKE_ACTION_PATH_MTU, .mtu = mtu});
}

void
ike_actions_closed(IkeActions *actions, FailureReason reason, char *detail)
{
    push(actions, (IkeAction){.type = IKE_ACTION_CLOSED, .reason = reason, .detail = detail});
}
