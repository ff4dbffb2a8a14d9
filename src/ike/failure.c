/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/failure.h"

static const struct {
    const char *sentence;
    bool login;
    FailureRecovery recovery;
} rows[FAIL_N_REASONS] = {
    [FAIL_NONE] = {"the connection was ended here", false, RECOVERY_NEVER},
    [FAIL_NO_ANSWER] = {"the gateway does not answer: check its address, that it speaks IKEv1, "
                        "that no firewall blocks UDP ports 500 and 4500, and (some are silent "
                        "where they disagree) mode, local-id and ike-proposals",
                        false,
                        RECOVERY_ALWAYS},
    [FAIL_FELL_SILENT] =
        {"the gateway stopped answering in the middle of the negotiation: its log may say why",
         false,
         RECOVERY_ALWAYS},
    [FAIL_NO_PROPOSAL_IKE] =
        {"the gateway accepts none of the offered phase 1 algorithms: set ike-proposals to "
         "what it wants, or legacy-algorithms=yes for an old one",
         false,
         RECOVERY_SOME},
    [FAIL_NO_PROPOSAL_ESP] =
        {"the gateway accepts none of the offered ESP algorithms: set esp-proposals or pfs "
         "to what it wants, or legacy-algorithms=yes for an old one",
         false,
         RECOVERY_SOME},
    [FAIL_WRONG_PSK] = {"the pre-shared key does not match the gateway's, or it does not know our "
                        "identity: check psk and local-id",
                        true,
                        RECOVERY_SOME},
    [FAIL_AUTHENTICATION] = {"the gateway refused the authentication: check local-id and psk",
                             true,
                             RECOVERY_SOME},
    [FAIL_BAD_IDENTITY] =
        {"an identity in the profile looks like a distinguished name and is "
         "none: write it as in 'C=CH, CN=name', or put keyid:, userfqdn: or @ in front",
         false,
         RECOVERY_NEVER},
    [FAIL_WRONG_REMOTE_ID] =
        {"the gateway calls itself something other than remote-id says: check remote-id, "
         "or that this is the right gateway",
         false,
         RECOVERY_SOME},
    [FAIL_XAUTH_REFUSED] =
        {"the gateway refused the user name or the password: check user and password",
         true,
         RECOVERY_LOGIN},
    [FAIL_XAUTH_UNSUPPORTED] = {"the gateway asks for a kind of login that is not supported yet",
                                false,
                                RECOVERY_NEVER},
    [FAIL_XAUTH_MISSING] =
        {"the gateway did not ask for a user name: set method=psk if it wants the pre-shared "
         "key alone",
         false,
         RECOVERY_SOME},
    [FAIL_XAUTH_UNEXPECTED] =
        {"the gateway asks for a user name: set method=psk-xauth, user and password",
         true,
         RECOVERY_NEVER},
    [FAIL_NO_ADDRESS] =
        {"the gateway assigned no address: check its address pool, or set addressing=static "
         "and addresses",
         false,
         RECOVERY_SOME},
    [FAIL_SELECTORS] =
        {"the gateway refused the networks that were asked for: check local-ts and remote-ts",
         false,
         RECOVERY_SOME},
    [FAIL_NO_NAT_T] = {"the gateway does not support NAT traversal (RFC 3947), which "
                       "encapsulation=force needs: set encapsulation=auto",
                       false,
                       RECOVERY_SOME},
    [FAIL_TRANSPORT_NAT] =
        {"there is a NAT between this host and the gateway, which transport mode "
         "cannot pass: set ipsec-mode=tunnel",
         false,
         RECOVERY_ALWAYS},
    [FAIL_PROTOCOL] = {"the gateway broke the protocol", false, RECOVERY_SOME},
    [FAIL_KEY_EXCHANGE] = {"the gateway sent an invalid key exchange value", false, RECOVERY_SOME},
    [FAIL_DELETED_BY_PEER] = {"the gateway ended the connection", false, RECOVERY_ALWAYS},
    [FAIL_PEER_DEAD] =
        {"the gateway no longer answers (dead peer detection): it was restarted, or the network "
         "between is down",
         false,
         RECOVERY_ALWAYS},
    [FAIL_LIFETIME] =
        {"the lifetime of the connection (ISAKMP SA) is over: connect again, or raise ike-lifetime",
         false,
         RECOVERY_ALWAYS},
    [FAIL_REKEY] = {"the gateway did not renew the IPsec SA before it ran out",
                    false,
                    RECOVERY_ALWAYS},
    [FAIL_PATH_CHANGED] = {"the way to the gateway has changed, and the gateway did not follow",
                           false,
                           RECOVERY_ALWAYS},
    [FAIL_NOT_ASKED_AGAIN] = {"the connection was lost, and to make it again the gateway asks for "
                              "what is not stored: connect again, or store user and password",
                              true,
                              RECOVERY_NEVER},
    [FAIL_CANCELLED] = {"no answer was given to the gateway's question", true, RECOVERY_NEVER},
    [FAIL_NO_TUN] = {"there is no TUN device: load the kernel module tun (modprobe tun)",
                     false,
                     RECOVERY_NEVER},
    [FAIL_NO_KERNEL_ESP] =
        {"the kernel cannot carry IPsec here (ESP, XFRM interfaces): set data-plane=auto, or load "
         "its modules (modprobe -a esp4 esp6 xfrm_interface)",
         false,
         RECOVERY_NEVER},
    [FAIL_BLOCK] = {"what the tunnel does not cover cannot be kept from leaving beside it: check "
                    "block-ipv4 and block-ipv6",
                    false,
                    RECOVERY_NEVER},
    [FAIL_DEVICE_GONE] = {"the tunnel's device was removed by another program",
                          false,
                          RECOVERY_NEVER},
    [FAIL_NAME] = {"the gateway's name cannot be resolved: check gateway, and the network's DNS",
                   false,
                   RECOVERY_NEVER},
    [FAIL_NO_ROUTE] = {"there is no route to the gateway: check the network connection",
                       false,
                       RECOVERY_ALWAYS},
    [FAIL_SOCKET] = {"no UDP socket can be opened", false, RECOVERY_NEVER},
    [FAIL_INTERNAL] = {"an internal error", false, RECOVERY_NEVER},
};

const char *
failure_sentence(FailureReason reason)
{
    return rows[reason].sentence;
}

bool
failure_is_login(FailureReason reason)
{
    return rows[reason].login;
}

FailureRecovery
failure_recovery(FailureReason reason)
{
    return rows[reason].recovery;
}
