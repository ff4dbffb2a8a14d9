/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/fixed-sa.h"

#include "crypto/packet-cipher.h"
#include "lib/random-seeded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPI_TO_CLIENT = 0xc0000,
    SPI_TO_SERVER = 0x50000,
};

bool
bench_end_from_text(const char *text, BenchEnd *out)
{
    bool is_client = g_strcmp0(text, "client") == 0;

    if (!is_client && g_strcmp0(text, "server") != 0)
        return false;
    *out = is_client ? END_CLIENT : END_SERVER;
    return true;
}

EspProposal
fixed_proposal(const char *keywords)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) proposals = esp_proposals_from_text(keywords, &error);

    if (!proposals) {
        fprintf(stderr, "%s\n", error->message);
        exit(2);
    }
    return g_array_index(proposals, EspProposal, 0);
}

static TrafficSelector
one_address(unsigned k)
{
    g_autofree char *text = g_strdup_printf("10.81.%u.%u", (k + 1) >> 8, (k + 1) & 0xff);
    TrafficSelector ts;

    g_assert_true(traffic_selector_from_text(text, &ts));
    return ts;
}

static Secret
keymat(const EspProposal *proposal, uint32_t spi)
{
    Secret secret =
        secret_alloc(packet_cipher_keymat_len(proposal->encryption, proposal->integrity));
    SeededRandom seeded;
    RandomSource source = random_seeded(&seeded, spi);

    random_fill(&source, secret.data, secret.len);
    return secret;
}

void
fixed_sa(ChildSa *out, BenchEnd end, unsigned k, const EspProposal *proposal)
{
    bool is_client = end == END_CLIENT;
    TrafficSelector client, server = one_address(k);

    g_assert_true(traffic_selector_from_text("10.80.0.0/24", &client));
    *out = (ChildSa){
        .inbound_spi = (is_client ? SPI_TO_CLIENT : SPI_TO_SERVER) + k,
        .outbound_spi = (is_client ? SPI_TO_SERVER : SPI_TO_CLIENT) + k,
        .proposal = *proposal,
        .local_ts = is_client ? client : server,
        .remote_ts = is_client ? server : client,
        .udp_encap = true,
    };
    out->inbound_keymat = keymat(proposal, out->inbound_spi);
    out->outbound_keymat = keymat(proposal, out->outbound_spi);
}
