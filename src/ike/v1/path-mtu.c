/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "ike/v1/informational.h"

/* How large a packet the way to the gateway takes, where nobody says so: routers that drop what is
 * too big and firewalls that drop their ICMP make a black hole. As RFC 8899 does for datagrams:
 * packets of a size are sent that must not be cut, and those that come through are acknowledged.
 * Ours are questions of dead peer detection with padding; one that is lost says nothing about the
 * peer.
 *
 *   route's MTU ── came through ──> nothing to be said
 *        └── three lost ──> the steps below it, by halves ──> the largest that came through
 *
 * After ten minutes it begins anew: the path may have changed either way. */

/* What links have: 1500 less PPPoE, tunnels, mobile networks, other VPNs. Below IPv6's least it is
 * one step to what every IPv4 host takes. */
static const uint32_t steps[] = {576,
                                 1280,
                                 1340,
                                 1360,
                                 1400,
                                 1420,
                                 1432,
                                 1440,
                                 1452,
                                 1460,
                                 1472,
                                 1480,
                                 1492,
                                 1500,
                                 2000,
                                 4000,
                                 8000};

static unsigned
steps_below(uint32_t mtu)
{
    unsigned n = 0;

    while (n < G_N_ELEMENTS(steps) && steps[n] < mtu)
        n++;
    return n;
}

static unsigned
first_step(const IkeV1 *v1)
{
    return v1->path.remote.family == FAMILY_IPV6 ? steps_below(1280) : 0;
}

static void
rest(IkeV1 *v1)
{
    v1->path_mtu.searching = false;
    v1->path_mtu.at = v1->now + PATH_MTU_AGAIN;
}

static void
send_probe(IkeV1 *v1, uint32_t size)
{
    PathMtu *mtu = &v1->path_mtu;
    uint32_t seq;

    mtu->seqs[mtu->tries++] = dpd_next_seq(v1);
    seq = GUINT32_TO_BE(v1->dpd_seq);
    mtu->at = v1->now + PATH_MTU_INTERVAL;
    mtu->size = informational_send_probe(v1, bytes_of(&seq, sizeof(seq)), size);
    if (mtu->size == 0)
        rest(v1);
}

static void
try_size(IkeV1 *v1, uint32_t size)
{
    v1->path_mtu.tries = 0;
    send_probe(v1, size);
}

/* Where the route's own size passes, there is nothing to say unless less was said before. */
static void
conclude(IkeV1 *v1, uint32_t found)
{
    PathMtu *mtu = &v1->path_mtu;
    uint32_t known = mtu->said ? mtu->said : mtu->base;

    rest(v1);
    if (found == 0 || found == known)
        return;
    mtu->said = found;
    v1_info(v1, "the way to the gateway takes packets of %u bytes", found);
    ike_actions_path_mtu(v1->actions, found);
}

/* The size of a step, from the table, between what passes and what does not. */
static uint32_t
step_between(const PathMtu *mtu)
{
    return steps[mtu->low + (mtu->high - mtu->low) / 2];
}

static void
next_step(IkeV1 *v1)
{
    PathMtu *mtu = &v1->path_mtu;

    if (mtu->low >= mtu->high)
        conclude(v1, mtu->passed);
    else
        try_size(v1, step_between(mtu));
}

static void
size_failed(IkeV1 *v1)
{
    PathMtu *mtu = &v1->path_mtu;

    if (mtu->high == G_N_ELEMENTS(steps) + 1)
        mtu->high = steps_below(mtu->base);
    else
        mtu->high = mtu->low + (mtu->high - mtu->low) / 2;
    next_step(v1);
}

static void
size_passed(IkeV1 *v1)
{
    PathMtu *mtu = &v1->path_mtu;

    if (mtu->high == G_N_ELEMENTS(steps) + 1) {
        conclude(v1, mtu->base);
        return;
    }
    mtu->passed = mtu->size;
    mtu->low += (mtu->high - mtu->low) / 2 + 1;
    next_step(v1);
}

static void
search(IkeV1 *v1)
{
    PathMtu *mtu = &v1->path_mtu;

    mtu->searching = true;
    mtu->passed = 0;
    mtu->low = first_step(v1);
    mtu->high = G_N_ELEMENTS(steps) + 1; /* the route's own size first, which is no step */
    try_size(v1, mtu->base);
}

/* After the connection is there, and whenever it goes another way. */
void
path_mtu_start(IkeV1 *v1)
{
    v1->path_mtu.at = IKE_TIME_NEVER;
    v1->path_mtu.base = MIN(v1->path.mtu, MAX_PATH_MTU);
    if (v1->path.mtu && v1->peer_dpd && v1->config->mtu == 0)
        search(v1);
}

void
path_mtu_timeout(IkeV1 *v1)
{
    PathMtu *mtu = &v1->path_mtu;

    if (mtu->at > v1->now)
        return;
    if (!mtu->searching)
        search(v1);
    else if (mtu->tries < PATH_MTU_TRIES)
        send_probe(v1, mtu->size);
    else
        size_failed(v1);
}

void
path_mtu_take_ack(IkeV1 *v1, uint32_t seq)
{
    const PathMtu *mtu = &v1->path_mtu;

    for (unsigned i = 0; mtu->searching && i < mtu->tries; i++) {
        if (mtu->seqs[i] == seq) {
            size_passed(v1);
            return;
        }
    }
}

IkeTime
path_mtu_deadline(const IkeV1 *v1)
{
    return v1->path_mtu.at;
}
