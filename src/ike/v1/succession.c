/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/v1/children.h"
#include "ike/v1/exchange.h"
#include "ike/v1/informational.h"

/* How one IKE SA follows another, and how one follows its gateway to another path. Who follows whom
 * and when is the engine's choice (ike/reconnect.c). */

void
ike_heritage_clear(IkeHeritage *heritage)
{
    secret_clear(&heritage->user);
    *heritage = (IkeHeritage){0};
}

void
ike_v1_bequeath(const IkeV1 *v1, IkeHeritage *heritage)
{
    heritage->proven = true;
    heritage->group_offer = v1->group_offer;
    heritage->offer = v1->offer;
    if (v1->lease.addresses->len > 0)
        heritage->address = g_array_index(v1->lease.addresses, IpPrefix, 0).address;
    if (v1->user.len > 0) {
        secret_clear(&heritage->user);
        heritage->user = secret_copy(secret_view(&v1->user));
    }
}

void
ike_v1_inherit(IkeV1 *v1, const IkeHeritage *heritage, bool gently)
{
    v1->gentle = gently;
    v1->proven = heritage->proven;
    v1->wanted = heritage->address;
    v1->group_offer = heritage->group_offer;
    v1->offer = heritage->offer;
    v1->user = secret_copy(secret_view(&heritage->user));
    v1->path_mtu.said = heritage->path_mtu;
    v1->password_spent = heritage->proven && v1->config->password_once;
}

bool
ike_v1_is_established(const IkeV1 *v1)
{
    return v1->phase == PHASE_ESTABLISHED;
}

void
ike_v1_carry_again(IkeV1 *v1)
{
    for (guint i = 0; i < v1->children->len; i++) {
        const Child *child = v1->children->pdata[i];

        if (child->outbound)
            ike_actions_use(v1->actions, child->inbound_spi);
    }
}

void
ike_v1_say_established(IkeV1 *v1)
{
    ike_actions_established(v1->actions, &v1->lease, slots_remote_ts(v1));
}

IkeTime
ike_v1_renew_at(const IkeV1 *v1)
{
    if (v1->phase != PHASE_ESTABLISHED || v1->suspended)
        return IKE_TIME_NEVER;
    return v1->expires_at - v1->lifetime * IKE_SECOND / RENEWAL_SHARE;
}

/* Whatever waits for an answer goes out again, where it can be answered. */
static void
repeat_all(IkeV1 *v1)
{
    for (guint i = 0; i < v1->exchanges->len; i++) {
        Exchange *exchange = v1->exchanges->pdata[i];

        if (exchange->retransmit_at == IKE_TIME_NEVER)
            continue;
        exchange->tries = 0;
        exchange->retransmit_at = v1->now;
    }
}

void
ike_v1_wake(IkeV1 *v1, IkeTime now)
{
    v1->now = now;
    v1->probing_since = IKE_TIME_NEVER;
    repeat_all(v1);
}

void
ike_v1_change_mtu(IkeV1 *v1, uint32_t mtu, IkeTime now)
{
    v1->now = now;
    v1->path.mtu = mtu;
    v1->path_mtu = (PathMtu){.at = IKE_TIME_NEVER};
    if (v1->phase == PHASE_ESTABLISHED && !v1->suspended)
        path_mtu_start(v1);
}

void
ike_v1_change_path(IkeV1 *v1, const IkePath *path, IkeTime now)
{
    ike_v1_wake(v1, now);
    v1->path = *path;
    v1->path_mtu = (PathMtu){.at = IKE_TIME_NEVER};
    ip_address_to_text(&path->remote, v1->peer);
    /* There may be a NAT on the new path, and nothing tells us so. */
    if (v1->udp_encap && v1->config->nat_keepalive && v1->phase == PHASE_ESTABLISHED)
        v1->keepalive_at = v1->now + v1->config->nat_keepalive * IKE_SECOND;
}

bool
ike_v1_can_follow(const IkeV1 *v1, const IkePath *path)
{
    if (v1->phase != PHASE_ESTABLISHED)
        return false;
    if (ip_address_equal(&v1->path.local, &path->local)
        && ip_address_equal(&v1->path.remote, &path->remote))
        return true;
    /* Where our address outside is part of what is protected, another one is another SA. */
    return v1->udp_encap && v1->config->addressing != ADDRESSING_NONE && ike_v1_can_verify(v1);
}

void
ike_v1_suspend(IkeV1 *v1, bool suspended)
{
    v1->suspended = suspended;
    v1->verification.at = IKE_TIME_NEVER;
    v1->verification.verdict = VERDICT_NONE;
    v1->probing_since = IKE_TIME_NEVER;
}

void
ike_v1_retire(IkeV1 *v1, IkeTime linger, IkeTime now)
{
    v1->now = now;
    v1->retire_at = now + linger;
}
