/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel is told, read back attribute by attribute with libmnl; what it says, and less. */
#include "platform/claim.h"
#include "platform/link.h"
#include "platform/tun.h"
#include "platform/xfrm.h"

#include "lib/netns.h"

#include <errno.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOPBACK_INDEX = 1 }; /* in every network namespace */

static const uint8_t keys[100] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static IpAddress
address(const char *text)
{
    IpAddress parsed;

    g_assert_true(ip_address_from_text(text, &parsed));
    return parsed;
}

static IpPrefix
prefix(const char *text)
{
    IpPrefix parsed;

    g_assert_true(ip_prefix_from_text(text, &parsed));
    return parsed;
}

/* The attribute, which there must be once, with a payload of len bytes. */
static const void *
attribute(const XfrmMessage *message, size_t fixed, uint16_t type, size_t len)
{
    const struct nlattr *attr, *found = NULL;

    mnl_attr_for_each(attr, &message->header, fixed)
    {
        if (mnl_attr_get_type(attr) == type) {
            g_assert_null(found);
            found = attr;
        }
    }
    g_assert_nonnull(found);
    g_assert_cmpuint(mnl_attr_get_payload_len(found), ==, len);
    return mnl_attr_get_payload(found);
}

static bool
has_attribute(const XfrmMessage *message, size_t fixed, uint16_t type)
{
    const struct nlattr *attr;

    mnl_attr_for_each(attr, &message->header, fixed)
    {
        if (mnl_attr_get_type(attr) == type)
            return true;
    }
    return false;
}

static XfrmState
tunnel_state(void)
{
    return (XfrmState){
        .id = {.spi = 0x11223344, .destination = address("192.0.2.1")},
        .source = address("198.51.100.1"),
        .encryption = encryption_by_keyword("aes256gcm16"),
        .keymat = bytes_of(keys, 36),
        .reqid = 7,
        .if_id = 0x4e000001,
        .inbound = true,
    };
}

static struct xfrm_usersa_info
info_of(const XfrmMessage *message)
{
    struct xfrm_usersa_info info;

    g_assert_cmpuint(message->header.nlmsg_type, ==, XFRM_MSG_NEWSA);
    memcpy(&info, mnl_nlmsg_get_payload(&message->header), sizeof(info));
    return info;
}

enum { SA = sizeof(struct xfrm_usersa_info), POLICY = sizeof(struct xfrm_userpolicy_info) };

static void
test_tunnel_state(void)
{
    XfrmState state = tunnel_state();
    XfrmMessage message;
    struct xfrm_usersa_info info;
    const struct xfrm_algo_aead *aead;
    const struct xfrm_replay_state_esn *replay;

    xfrm_message_add_state(&message, &state);
    info = info_of(&message);
    g_assert_cmpuint(info.id.spi, ==, htonl(0x11223344));
    g_assert_cmpuint(info.id.daddr.a4, ==, htonl(0xc0000201));
    g_assert_cmpuint(info.saddr.a4, ==, htonl(0xc6336401));
    g_assert_cmpuint(info.id.proto, ==, IPPROTO_ESP);
    g_assert_cmpuint(info.family, ==, AF_INET);
    g_assert_cmpuint(info.mode, ==, XFRM_MODE_TUNNEL);
    g_assert_cmpuint(info.reqid, ==, 7);
    g_assert_cmpuint(info.flags, ==, XFRM_STATE_AF_UNSPEC);
    g_assert_cmpuint(info.replay_window, ==, 0);
    g_assert_cmpuint(info.lft.hard_byte_limit, ==, XFRM_INF);
    g_assert_cmpuint(info.lft.soft_packet_limit, ==, XFRM_INF);
    aead = attribute(&message, SA, XFRMA_ALG_AEAD, sizeof(*aead) + 36);
    g_assert_cmpstr(aead->alg_name, ==, "rfc4106(gcm(aes))");
    g_assert_cmpuint(aead->alg_key_len, ==, 288);
    g_assert_cmpuint(aead->alg_icv_len, ==, 128);
    g_assert_cmpmem(aead->alg_key, 36, keys, 36);
    g_assert_cmpuint(*(const uint32_t *) attribute(&message, SA, XFRMA_IF_ID, 4), ==, 0x4e000001);
    replay = attribute(&message, SA, XFRMA_REPLAY_ESN_VAL, sizeof(*replay) + 128);
    g_assert_cmpuint(replay->replay_window, ==, 1024);
    g_assert_cmpuint(replay->bmp_len, ==, 32);
    g_assert_false(has_attribute(&message, SA, XFRMA_ENCAP));
    g_assert_false(has_attribute(&message, SA, XFRMA_ALG_CRYPT));
    g_assert_false(has_attribute(&message, SA, XFRMA_MARK));
}

static void
test_integrity(void)
{
    /* keyword, key, ICV in bits, the kernel's name */
    static const struct {
        const char *keyword;
        unsigned key_bits, icv_bits;
        const char *name;
    } rows[] = {
        {"sha1", 160, 96, "hmac(sha1)"},
        {"sha256", 256, 128, "hmac(sha256)"},
        {"sha384", 384, 192, "hmac(sha384)"},
        {"sha512", 512, 256, "hmac(sha512)"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        XfrmState state = tunnel_state();
        size_t auth_len = rows[i].key_bits / 8;
        const struct xfrm_algo_auth *auth;
        const struct xfrm_algo *crypt;
        XfrmMessage message;

        state.encryption = encryption_by_keyword("aes192");
        state.integrity = integrity_by_keyword(rows[i].keyword);
        state.keymat = bytes_of(keys, 24 + auth_len);
        xfrm_message_add_state(&message, &state);
        crypt = attribute(&message, SA, XFRMA_ALG_CRYPT, sizeof(*crypt) + 24);
        g_assert_cmpstr(crypt->alg_name, ==, "cbc(aes)");
        g_assert_cmpuint(crypt->alg_key_len, ==, 192);
        g_assert_cmpmem(crypt->alg_key, 24, keys, 24);
        auth = attribute(&message, SA, XFRMA_ALG_AUTH_TRUNC, sizeof(*auth) + auth_len);
        g_assert_cmpstr(auth->alg_name, ==, rows[i].name);
        g_assert_cmpuint(auth->alg_key_len, ==, rows[i].key_bits);
        g_assert_cmpuint(auth->alg_trunc_len, ==, rows[i].icv_bits);
        g_assert_cmpmem(auth->alg_key, auth_len, keys + 24, auth_len);
        g_assert_false(has_attribute(&message, SA, XFRMA_ALG_AEAD));
    }
}

static void
test_encapsulated_transport(void)
{
    XfrmState state = tunnel_state();
    const struct xfrm_encap_tmpl *encap;
    struct xfrm_usersa_info info;
    XfrmMessage message;

    state.mode = IPSEC_MODE_TRANSPORT;
    state.if_id = 0;
    state.udp_encap = true;
    state.source_port = 4500;
    state.destination_port = 61000;
    state.flows = (XfrmFlows){
        .source = prefix("198.51.100.1/32"),
        .destination = prefix("192.0.2.1/32"),
        .protocol = IPPROTO_TCP,
        .destination_port = 80,
        .destination_port_mask = 0xffff,
    };
    xfrm_message_add_state(&message, &state);
    info = info_of(&message);
    g_assert_cmpuint(info.mode, ==, XFRM_MODE_TRANSPORT);
    g_assert_cmpuint(info.flags, ==, 0);
    g_assert_cmpuint(info.sel.family, ==, AF_INET);
    g_assert_cmpuint(info.sel.prefixlen_s, ==, 32);
    g_assert_cmpuint(info.sel.daddr.a4, ==, htonl(0xc0000201));
    g_assert_cmpuint(info.sel.proto, ==, IPPROTO_TCP);
    g_assert_cmpuint(info.sel.dport, ==, htons(80));
    g_assert_cmpuint(info.sel.dport_mask, ==, 0xffff);
    g_assert_cmpuint(info.sel.sport_mask, ==, 0);
    encap = attribute(&message, SA, XFRMA_ENCAP, sizeof(*encap));
    g_assert_cmpuint(encap->encap_type, ==, UDP_ENCAP_ESPINUDP);
    g_assert_cmpuint(encap->encap_sport, ==, htons(4500));
    g_assert_cmpuint(encap->encap_dport, ==, htons(61000));
    g_assert_false(has_attribute(&message, SA, XFRMA_IF_ID));
}

/* What is told of sequence numbers comes back from the kernel in the same form. */
static void
test_replay(void)
{
    XfrmState state = tunnel_state();
    XfrmStateInfo info;
    XfrmMessage message;

    state.esn = true;
    state.limits = (XfrmLimits){1000, 2000, 30, 40};
    state.replay = (XfrmReplay){UINT64_C(0x500000006), UINT64_C(0x700000008), {0xa5a5a5a5, 3}};
    xfrm_message_add_state(&message, &state);
    g_assert_cmpuint(info_of(&message).flags, ==, XFRM_STATE_ESN | XFRM_STATE_AF_UNSPEC);
    g_assert_cmpuint(info_of(&message).lft.soft_byte_limit, ==, 1000);
    g_assert_cmpuint(info_of(&message).lft.hard_byte_limit, ==, 2000);
    g_assert_cmpuint(info_of(&message).lft.soft_packet_limit, ==, 30);
    g_assert_cmpuint(info_of(&message).lft.hard_packet_limit, ==, 40);
    g_assert_true(xfrm_read_state(&message.header, &info));
    g_assert_cmpuint(info.id.spi, ==, 0x11223344);
    g_assert_true(ip_address_equal(&info.id.destination, &state.id.destination));
    g_assert_true(ip_address_equal(&info.source, &state.source));
    g_assert_cmpuint(info.reqid, ==, 7);
    g_assert_cmpuint(info.if_id, ==, 0x4e000001);
    g_assert_cmpmem(&info.replay, sizeof(info.replay), &state.replay, sizeof(state.replay));
}

static XfrmPolicy
some_policy(void)
{
    return (XfrmPolicy){
        .direction = XFRM_POLICY_OUT,
        .flows = {.source = prefix("10.7.0.1/32"), .destination = prefix("10.8.0.0/16")},
        .priority = 99,
        .if_id = 0x4e000001,
        .template = XFRM_TEMPLATE_ESP,
        .outer = FAMILY_IPV6,
        .source = address("2001:db8::1"),
        .destination = address("2001:db8::2"),
        .spi = 0x1001,
        .reqid = 5,
    };
}

static void
test_policy(void)
{
    XfrmPolicy policy = some_policy();
    const struct xfrm_user_tmpl *template;
    struct xfrm_userpolicy_info info;
    XfrmMessage message;
    XfrmPolicyInfo read;

    xfrm_message_put_policy(&message, &policy, true);
    g_assert_cmpuint(message.header.nlmsg_type, ==, XFRM_MSG_UPDPOLICY);
    xfrm_message_put_policy(&message, &policy, false);
    g_assert_cmpuint(message.header.nlmsg_type, ==, XFRM_MSG_NEWPOLICY);
    memcpy(&info, mnl_nlmsg_get_payload(&message.header), sizeof(info));
    g_assert_cmpuint(info.dir, ==, XFRM_POLICY_OUT);
    g_assert_cmpuint(info.action, ==, XFRM_POLICY_ALLOW);
    g_assert_cmpuint(info.priority, ==, 99);
    g_assert_cmpuint(info.sel.family, ==, AF_INET);
    g_assert_cmpuint(info.sel.prefixlen_d, ==, 16);
    template = attribute(&message, POLICY, XFRMA_TMPL, sizeof(*template));
    g_assert_cmpuint(template->family, ==, AF_INET6);
    g_assert_cmpuint(template->id.spi, ==, htonl(0x1001));
    g_assert_cmpuint(template->id.proto, ==, IPPROTO_ESP);
    g_assert_cmpuint(template->reqid, ==, 5);
    g_assert_cmpuint(template->mode, ==, XFRM_MODE_TUNNEL);
    g_assert_cmpuint(template->optional, ==, 0);
    g_assert_cmpuint(template->aalgos, ==, UINT32_MAX);
    g_assert_true(xfrm_read_policy(&message.header, &read));
    g_assert_cmpuint(read.if_id, ==, 0x4e000001);
    g_assert_cmpuint(read.reqid, ==, 5);
    g_assert_cmpuint(read.priority, ==, 99);
    g_assert_cmpuint(read.direction, ==, XFRM_POLICY_OUT);
}

static void
test_bypass(void)
{
    XfrmPolicy policy = some_policy();
    XfrmMessage message;

    policy.template = XFRM_TEMPLATE_NONE;
    policy.if_id = 0;
    xfrm_message_put_policy(&message, &policy, false);
    g_assert_false(has_attribute(&message, POLICY, XFRMA_TMPL));
    g_assert_false(has_attribute(&message, POLICY, XFRMA_IF_ID));
}

/* events */

static void
put_fixed(XfrmMessage *message, uint16_t type, const void *fixed, size_t len)
{
    struct nlmsghdr *header = mnl_nlmsg_put_header(message);

    header->nlmsg_type = type;
    memcpy(mnl_nlmsg_put_extra_header(header, len), fixed, len);
    mnl_attr_put_u32(header, XFRMA_IF_ID, 0x4e000002);
}

static XfrmMessage
expire_message(uint8_t hard)
{
    struct xfrm_user_expire expire = {
        .state = {.id = {.spi = htonl(0x55), .daddr.a4 = htonl(0xc0000201)},
                  .family = AF_INET,
                  .reqid = 3},
        .hard = hard,
    };
    XfrmMessage message;

    put_fixed(&message, XFRM_MSG_EXPIRE, &expire, sizeof(expire));
    return message;
}

static XfrmMessage
acquire_message(void)
{
    struct xfrm_user_acquire acquire = {
        .sel = {.family = AF_INET6, .daddr = {.a6 = {htonl(0xfd080000), 0, 0, htonl(1)}}},
    };
    XfrmMessage message;

    put_fixed(&message, XFRM_MSG_ACQUIRE, &acquire, sizeof(acquire));
    return message;
}

static void
test_events(void)
{
    XfrmMessage soft = expire_message(0), hard = expire_message(1), acquire = acquire_message();
    IpAddress destination = address("192.0.2.1"), wanted = address("fd08::1");
    XfrmEvent event;

    g_assert_true(xfrm_read_event(&soft.header, &event));
    g_assert_cmpint(event.type, ==, XFRM_EVENT_EXPIRING);
    g_assert_cmpuint(event.id.spi, ==, 0x55);
    g_assert_true(ip_address_equal(&event.id.destination, &destination));
    g_assert_cmpuint(event.if_id, ==, 0x4e000002);
    g_assert_cmpuint(event.reqid, ==, 3);
    g_assert_true(xfrm_read_event(&hard.header, &event));
    g_assert_cmpint(event.type, ==, XFRM_EVENT_EXPIRED);
    g_assert_true(xfrm_read_event(&acquire.header, &event));
    g_assert_cmpint(event.type, ==, XFRM_EVENT_ACQUIRE);
    g_assert_true(ip_address_equal(&event.destination, &wanted));
    g_assert_cmpuint(event.if_id, ==, 0x4e000002);
}

/* A message that ends in its fixed part is none; later, an attribute less. Never more is read than
 * there is (the sanitizer sees to it). */
static void
test_cut(void)
{
    const XfrmMessage all[] = {expire_message(1), acquire_message()};
    const size_t fixed[] = {sizeof(struct xfrm_user_expire), sizeof(struct xfrm_user_acquire)};

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        for (uint32_t len = NLMSG_HDRLEN; len < all[i].header.nlmsg_len; len++) {
            g_autofree XfrmMessage *cut = g_malloc(MAX(len, NLMSG_HDRLEN));
            XfrmEvent event;

            memcpy(cut, &all[i], len);
            cut->header.nlmsg_len = len;
            g_assert_true(xfrm_read_event(&cut->header, &event)
                          == (len >= NLMSG_HDRLEN + fixed[i]));
        }
    }
}

/* claims */

static void
test_claims(void)
{
    uint32_t first, second;
    int a = claim_new(&first), b = claim_new(&second), again;

    g_assert_cmpint(a, >=, 0);
    g_assert_cmpint(b, >=, 0);
    g_assert_cmpuint(first, !=, second);
    g_assert_cmpuint(first >> CLAIM_RANDOM_BITS, ==, CLAIM_PREFIX);
    g_assert_cmpint(claim_take(first), ==, -EADDRINUSE);
    close(a);
    again = claim_take(first);
    g_assert_cmpint(again, >=, 0);
    g_assert_cmpint(claim_take(42), ==, -EINVAL);
    close(again);
    close(b);
}

static void
count_link(const XfrmLink *link, void *data)
{
    guint *n = data;

    (*n)++;
}

/* Either there is one, with its name and number, or the kernel says that it has none. */
static void
test_link(void)
{
    const char *why_not = netns_enter_new();
    XfrmLink link = {0};
    guint n = 0;
    int r;

    if (why_not) {
        g_test_skip(why_not);
        return;
    }
    r = link_add_xfrm(&link, "ike%d", 0x4e000001);
    g_assert_cmpint(link_list_xfrm(count_link, &n), ==, 0);
    if (r == -EOPNOTSUPP) {
        g_assert_cmpuint(n, ==, 0);
        g_test_skip("this kernel has no XFRM interfaces");
        return;
    }
    g_assert_cmpint(r, ==, 0);
    g_assert_cmpstr(link.name, ==, "ike0");
    g_assert_cmpuint(n, ==, 1);
    g_assert_cmpint(link_set_mtu(link.index, 1300), ==, 0);
    g_assert_cmpint(netns_device_get_mtu(link.name), ==, 1300);
    g_assert_cmpint(link_remove(link.index), ==, 0);
    n = 0;
    g_assert_cmpint(link_list_xfrm(count_link, &n), ==, 0);
    g_assert_cmpuint(n, ==, 0);
}

/* what cannot be trusted to come as it should */

static int
refuse(const struct nlmsghdr *reply, void *data)
{
    errno = EBADMSG;
    return MNL_CB_ERROR;
}

static int
take_index(const struct nlmsghdr *reply, void *data)
{
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(reply);
    int *index = data;

    *index = info->ifi_index;
    return MNL_CB_OK;
}

static struct nlmsghdr *
ask_about_loopback(XfrmMessage *message)
{
    struct nlmsghdr *header = mnl_nlmsg_put_header(message);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

    header->nlmsg_type = RTM_GETLINK;
    info->ifi_index = LOOPBACK_INDEX;
    return header;
}

/* The end of an answer that was given up comes when the next one is waited for. */
static void
test_rest_of_an_answer(void)
{
    Netlink requests;
    XfrmMessage message;

    g_assert_cmpint(netlink_open(&requests, NETLINK_ROUTE), ==, 0);
    for (int i = 0; i < 3; i++) {
        int index = 0;

        g_assert_cmpint(
            netlink_request(&requests, ask_about_loopback(&message), refuse, NULL), ==, -EBADMSG);
        g_assert_cmpint(
            netlink_request(&requests, ask_about_loopback(&message), take_index, &index), ==, 0);
        g_assert_cmpint(index, ==, LOOPBACK_INDEX);
    }
    netlink_close(&requests);
}

/* Devices that come and go, until it is killed. */
static pid_t
start_restlessness(void)
{
    pid_t pid = fork();

    while (pid == 0) {
        Tun device;

        if (tun_open(&device, &(TunSetup){.pattern = "restless%d", .n_queues = 1}) < 0)
            _exit(1);
        tun_close(&device);
    }
    return pid;
}

/* A list that changes while it is told, in more than one piece, is no error. */
static void
test_restless_list(void)
{
    const char *why_not = netns_enter_new();
    const TunSetup setup = {.pattern = "quiet%d", .n_queues = 1};
    Tun devices[60];
    size_t n = 0;
    guint links = 0;
    pid_t pid;

    while (!why_not && n < G_N_ELEMENTS(devices) && tun_open(&devices[n], &setup) == 0)
        n++;
    if (n < G_N_ELEMENTS(devices)) {
        g_test_skip(why_not ? why_not : "this machine has no TUN devices");
    } else {
        pid = start_restlessness();
        for (int i = 0; i < 1000; i++)
            g_assert_cmpint(link_list_xfrm(count_link, &links), ==, 0);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    while (n > 0)
        tun_close(&devices[--n]);
}

static bool
is_ours(uint32_t number, void *data)
{
    return number == 0x4e000001;
}

/* Nobody else's policy goes when ours are cleared away, whatever priority it has. */
static void
test_sweep(void)
{
    static const struct {
        uint32_t if_id, reqid, priority;
        XfrmTemplate template;
        bool ours;
    } rows[] = {
        {0x4e000001, 0x4e000001, 5, XFRM_TEMPLATE_ESP, true},
        {0x4e000001, 0xce000001, 5, XFRM_TEMPLATE_ESP, true},
        {0, 0x4e000001, 5, XFRM_TEMPLATE_ESP, true},
        {0, 0, 0x4e000001, XFRM_TEMPLATE_NONE, true},
        {0, 0, 0x4e000001, XFRM_TEMPLATE_ESP, false},
        {0, 7, 0x4e000001, XFRM_TEMPLATE_ESP, false},
        {9, 0, 0x4e000001, XFRM_TEMPLATE_NONE, false},
        {0, 0, 5, XFRM_TEMPLATE_NONE, false},
    };
    const char *why_not = netns_enter_new();
    Netlink requests;

    if (why_not || xfrm_open(&requests) < 0) {
        g_test_skip(why_not ? why_not : "this kernel has no IPsec");
        return;
    }
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
            XfrmPolicy policy = some_policy();

            policy.flows.destination.address.bytes[1] = (uint8_t) i;
            policy.if_id = rows[i].if_id;
            policy.reqid = rows[i].reqid;
            policy.priority = rows[i].priority;
            policy.template = rows[i].template;
            g_assert_cmpint(xfrm_put_policy(&requests, &policy, false),
                            ==,
                            round == 0 || rows[i].ours ? 0 : -EEXIST);
        }
        g_assert_cmpint(xfrm_sweep(&requests, is_ours, NULL), ==, 0);
    }
    netlink_close(&requests);
}

static void
test_probe(void)
{
    g_assert_cmpint(link_probe(LOOPBACK_INDEX), ==, 0);
    g_assert_cmpint(link_probe(INT_MAX), ==, -ENODEV);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/xfrm/state/tunnel", test_tunnel_state);
    g_test_add_func("/xfrm/state/integrity", test_integrity);
    g_test_add_func("/xfrm/state/encapsulated-transport", test_encapsulated_transport);
    g_test_add_func("/xfrm/state/replay", test_replay);
    g_test_add_func("/xfrm/policy", test_policy);
    g_test_add_func("/xfrm/policy/bypass", test_bypass);
    g_test_add_func("/xfrm/events", test_events);
    g_test_add_func("/xfrm/events/cut", test_cut);
    g_test_add_func("/xfrm/claims", test_claims);
    g_test_add_func("/xfrm/link", test_link);
    g_test_add_func("/xfrm/link/probe", test_probe);
    g_test_add_func("/xfrm/sweep", test_sweep);
    g_test_add_func("/xfrm/netlink/rest-of-an-answer", test_rest_of_an_answer);
    g_test_add_func("/xfrm/netlink/restless-list", test_restless_list);
    return g_test_run();
}
