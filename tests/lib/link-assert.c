/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/link.h"

/* What must be true of both ends. */

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
    g_assert_true(ours->mode == theirs->mode);
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
    link_run(link, IKE_SECOND / 4); /* the gateway's end comes a moment later */
    link_gateway_sends_one(link);
    link_run(link, 2 * IKE_SECOND - IKE_SECOND / 4);
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
