/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "ike/v1/informational.h"
#include "wire/v1/payload-notification.h"

/* Dead peer detection (RFC 3706): after dpd-delay without a sign of life the gateway is asked, and
 * asked again, until dpd-timeout is over.
 *
 *   HDR*, HASH, N(R-U-THERE, seq)        -->
 *                                        <--  HDR*, HASH, N(R-U-THERE-ACK, seq)
 */

enum { PROBES_PER_TIMEOUT = 6 };

static IkeTime
delay(const IkeV1 *v1)
{
    return v1->config->dpd_delay * IKE_SECOND;
}

void
dpd_start(IkeV1 *v1)
{
    v1_heard(v1);
    v1->dpd_seq = random_u32(v1->random) & 0x3fffffff; /* RFC 3706, 5.1: random, room to count */
    if (v1->peer_dpd && v1->config->dpd_delay)
        v1->probe_at = v1->heard_at + delay(v1);
    else if (v1->config->dpd_delay)
        log_notice("%s: the gateway knows no dead peer detection: that it is gone will be noticed "
                   "at the next rekeying",
                   v1->peer);
}

uint32_t
dpd_next_seq(IkeV1 *v1)
{
    return ++v1->dpd_seq;
}

static void
send_question(IkeV1 *v1)
{
    uint32_t seq = GUINT32_TO_BE(dpd_next_seq(v1));

    informational_send_notify(v1, NOTIFY_R_U_THERE, bytes_of(&seq, sizeof(seq)));
}

static void
probe(IkeV1 *v1)
{
    IkeTime interval = v1->config->dpd_timeout * IKE_SECOND / PROBES_PER_TIMEOUT;

    if (v1->probing_since == IKE_TIME_NEVER)
        v1->probing_since = v1->now;
    else
        v1_info(v1, "no sign of life, asking again (dead peer detection)");
    v1->probe_at = v1->now + MAX(interval, IKE_SECOND);
    send_question(v1);
}

static void
verify(IkeV1 *v1)
{
    Verification *verification = &v1->verification;

    if (verification->tries++ < VERIFY_TRIES) {
        verification->at = v1->now + VERIFY_INTERVAL;
        send_question(v1);
        return;
    }
    verification->at = IKE_TIME_NEVER;
    verification->verdict = VERDICT_SILENT;
}

void
ike_v1_verify(IkeV1 *v1, IkeTime now)
{
    v1->now = now;
    v1->verification = (Verification){.first = v1->dpd_seq + 1};
    verify(v1);
}

IkeVerdict
ike_v1_take_verdict(IkeV1 *v1)
{
    IkeVerdict verdict = v1->verification.verdict;

    v1->verification.verdict = VERDICT_NONE;
    return verdict;
}

bool
ike_v1_can_verify(const IkeV1 *v1)
{
    return v1->peer_dpd && v1->phase == PHASE_ESTABLISHED;
}

bool
ike_v1_take_doubt(IkeV1 *v1)
{
    bool doubted = v1->doubted;

    v1->doubted = false;
    return doubted;
}

void
dpd_timeout(IkeV1 *v1)
{
    if (v1->verification.at <= v1->now)
        verify(v1);
    if (v1->probe_at > v1->now)
        return;
    if (v1->probing_since == IKE_TIME_NEVER && v1->heard_at + delay(v1) > v1->now) {
        v1->probe_at = v1->heard_at + delay(v1);
        return;
    }
    if (v1->probing_since != IKE_TIME_NEVER
        && v1->now - v1->probing_since >= v1->config->dpd_timeout * IKE_SECOND)
        v1_close(v1, FAIL_PEER_DEAD, NULL);
    else
        probe(v1);
}

IkeTime
dpd_deadline(const IkeV1 *v1)
{
    return ike_time_min(v1->probe_at, v1->verification.at);
}

/* An older number than before is a replay (RFC 3706, 6.2). The same again is not: strongSwan and
 * others count on only when they have our acknowledgement. (A message that is replayed as it was
 * never gets here.) */
void
dpd_take_probe(IkeV1 *v1, Bytes data)
{
    bool malformed = false;
    Reader r = reader_of(data, &malformed);
    Bytes seq = bytes_head(data, 4);
    uint32_t number = reader_u32(&r);

    if (malformed || (v1->peer_dpd_seen && (int32_t) (number - v1->peer_dpd_seq) < 0))
        return;
    v1->peer_dpd_seen = true;
    v1->peer_dpd_seq = number;
    informational_send_notify(v1, NOTIFY_R_U_THERE_ACK, seq);
}

void
dpd_take_ack(IkeV1 *v1, Bytes seq)
{
    Verification *verification = &v1->verification;
    bool malformed = false;
    Reader r = reader_of(seq, &malformed);
    uint32_t number = reader_u32(&r);

    if (malformed || (int32_t) (number - v1->dpd_seq) > 0)
        return;
    /* (Of the answers to earlier questions nobody knows which path they took.) */
    if (verification->at != IKE_TIME_NEVER && (int32_t) (number - verification->first) >= 0) {
        verification->at = IKE_TIME_NEVER;
        verification->verdict = VERDICT_ALIVE;
        if (v1->path_mtu.at == IKE_TIME_NEVER)
            path_mtu_start(v1);
    }
    path_mtu_take_ack(v1, number);
    v1_heard(v1);
    if (v1->probe_at != IKE_TIME_NEVER)
        v1->probe_at = v1->heard_at + delay(v1);
}
