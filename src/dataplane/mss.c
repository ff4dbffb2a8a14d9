/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/mss.h"

#include "dataplane/checksum.h"
#include "dataplane/ip-fields.h"

#include <netinet/in.h>

/* RFC 9293, 3.2 */
enum {
    OPTION_END = 0,
    OPTION_NO_OPERATION = 1,
    OPTION_MSS = 2,
    OPTION_MSS_LEN = 4,
};

/* The length of the option at offset; 0 at the end of the list, or if it is malformed. */
static size_t
option_len(Bytes options, size_t offset)
{
    size_t left = options.len - offset;
    const uint8_t *option = options.data + offset;

    if (left == 0 || option[0] == OPTION_END)
        return 0;
    if (option[0] == OPTION_NO_OPERATION)
        return 1;
    if (left < 2 || option[1] < 2 || option[1] > left)
        return 0;
    return option[0] == OPTION_MSS && option[1] != OPTION_MSS_LEN ? 0 : option[1];
}

static bool
options_are_well_formed(Bytes options)
{
    size_t offset = 0, len;

    while ((len = option_len(options, offset)) > 0)
        offset += len;
    return offset == options.len || options.data[offset] == OPTION_END;
}

/* The TCP header of a SYN with all its options; empty if it is none. */
static Bytes
syn_header(const uint8_t *packet, const InnerPacket *inner)
{
    Bytes tcp = bytes_of(packet + inner->upper_offset, inner->len - inner->upper_offset);
    size_t len;

    if (inner->protocol != IPPROTO_TCP || inner->is_fragment || tcp.len < TCP_OPTIONS)
        return (Bytes){0};
    len = tcp_header_len(tcp.data);
    if (!(tcp.data[TCP_FLAGS] & TCP_FLAG_SYN) || len < TCP_OPTIONS || len > tcp.len)
        return (Bytes){0};
    return bytes_head(tcp, len);
}

static bool
lower(uint8_t *tcp, size_t offset, uint16_t most)
{
    uint16_t before, after = GUINT16_TO_BE(most);

    if (get_u16(tcp + offset) <= most)
        return false;
    memcpy(&before, tcp + offset, sizeof(before));
    memcpy(tcp + offset, &after, sizeof(after));
    /* At an odd place its bytes count the other way round (RFC 1071, 2.B). */
    if (offset % 2 != 0) {
        before = GUINT16_SWAP_LE_BE(before);
        after = GUINT16_SWAP_LE_BE(after);
    }
    checksum_update(tcp + TCP_CHECKSUM, before, after);
    return true;
}

bool
mss_clamp(uint8_t *packet, const InnerPacket *inner, uint32_t mtu)
{
    Bytes syn = syn_header(packet, inner);
    uint8_t *tcp = packet + inner->upper_offset;
    size_t headers =
        (inner->source.family == FAMILY_IPV4 ? IPV4_HEADER : IPV6_HEADER) + TCP_OPTIONS;
    Bytes options;
    bool changed = false;

    if (syn.len == 0 || mtu <= headers)
        return false;
    options = bytes_of(syn.data + TCP_OPTIONS, syn.len - TCP_OPTIONS);
    if (!options_are_well_formed(options))
        return false;
    for (size_t offset = 0, len; (len = option_len(options, offset)) > 0; offset += len)
        if (options.data[offset] == OPTION_MSS)
            changed |= lower(tcp, TCP_OPTIONS + offset + 2, (uint16_t) MIN(mtu - headers, 65535));
    return changed;
}
