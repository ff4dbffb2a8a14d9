/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/secret.h"
#include "model/child-sa.h"
#include "model/identity.h"
#include "model/proposal.h"
#include "model/traffic-selector.h"

/* A connection profile, checked and with every default filled in: what settings/ makes of vpn.data
 * and what the engine runs on. Immutable once the engine has it, but for secrets that arrive later.
 */

typedef enum { IKE_VERSION_2 = 0, IKE_VERSION_1 } IkeVersion;

typedef enum {
    METHOD_EAP = 0,
    METHOD_CERT,
    METHOD_PSK,
    METHOD_CERT_EAP,
    METHOD_PSK_EAP,
    METHOD_PSK_XAUTH,
    METHOD_CERT_XAUTH,
    METHOD_HYBRID_XAUTH,
} AuthMethod;

typedef enum { EXCHANGE_MODE_MAIN = 0, EXCHANGE_MODE_AGGRESSIVE } ExchangeMode;
typedef enum {
    ADDRESSING_PULL = 0,
    ADDRESSING_PUSH,
    ADDRESSING_STATIC,
    ADDRESSING_NONE
} Addressing;
typedef enum { POLICY_AUTO = 0, POLICY_UNIQUE, POLICY_SHARED, POLICY_REQUIRE } PolicyLevel;
typedef enum { ENCAPSULATION_AUTO = 0, ENCAPSULATION_FORCE, ENCAPSULATION_OFF } Encapsulation;
typedef enum { PFS_AUTO = 0, PFS_NO, PFS_METHOD } PfsChoice;
typedef enum { DATA_PLANE_AUTO = 0, DATA_PLANE_KERNEL, DATA_PLANE_USERSPACE } DataPlaneChoice;
typedef enum {
    VENDOR_AUTO = 0,
    VENDOR_NONE,
    VENDOR_CISCO,
    VENDOR_FORTIGATE,
    VENDOR_JUNIPER,
    VENDOR_SONICWALL,
    VENDOR_CHECKPOINT,
    VENDOR_FRITZBOX,
    VENDOR_WINDOWS,
} Vendor;

typedef struct {
    char *gateway;        /* as typed: host name or address */
    uint16_t remote_port; /* 0: auto, 500 */
    uint16_t local_port;  /* 0: auto, 500 and 4500, or any free one if they are taken */
    IkeVersion ike_version;
    AuthMethod method;
    ExchangeMode mode;
    char *user;         /* NULL: ask */
    Identity local_id;  /* ID_ANY: what the method implies */
    Identity remote_id; /* ID_ANY: with a PSK, any */
    Secret psk;         /* each empty if it is not known yet */
    Secret password;
    bool password_once;    /* typed for this connection alone: not to be sent a second time */
    GArray *ike_proposals; /* of IkeProposal, at least one */
    GArray *esp_proposals; /* of EspProposal, at least one; ke as pfs below says */
    bool legacy_algorithms;
    PfsChoice pfs;
    const KeyExchangeMethod *pfs_method; /* with PFS_METHOD */
    uint32_t ike_lifetime;               /* seconds */
    uint32_t esp_lifetime;               /* seconds */
    uint64_t esp_lifebytes;              /* 0: no limit */
    Addressing addressing;
    GArray *addresses; /* of IpPrefix, host bits kept; with ADDRESSING_STATIC */
    GArray *local_ts;  /* of TrafficSelector; empty: the assigned address */
    GArray *remote_ts; /* of TrafficSelector; empty: what the gateway says, else everything */
    PolicyLevel policy_level;
    Encapsulation encapsulation;
    IpsecMode ipsec_mode;
    bool persistent; /* vpn.persistent: what can be got over is got over, not reported as the end */
    bool block_ipv4; /* what the tunnel does not cover goes nowhere */
    bool block_ipv6;
    uint32_t nat_keepalive; /* seconds, 0: none */
    uint32_t dpd_delay;     /* seconds, 0: off */
    uint32_t dpd_timeout;   /* seconds */
    DataPlaneChoice data_plane;
    uint32_t mtu; /* 0: auto */
    Vendor vendor;
} ConnectionConfig;

/* Every field at its default; gateway NULL, which a usable one must not have. */
ConnectionConfig *connection_config_new(void);
void connection_config_free(ConnectionConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConnectionConfig, connection_config_free)

/* What is meant where a profile names no method. */
AuthMethod connection_config_default_method(const ConnectionConfig *config);

/* Whether the method itself shows a certificate of ours, whatever EAP may ask for. */
bool connection_config_is_by_certificate(const ConnectionConfig *config);

/* Whether the method has a round of XAuth, so that user and password are needed. */
bool connection_config_uses_xauth(const ConnectionConfig *config);

/* Whether the method has a round of EAP. */
bool connection_config_uses_eap(const ConnectionConfig *config);

/* Whether there is a user with a password: XAuth or EAP. */
bool connection_config_uses_user(const ConnectionConfig *config);

/* Whether the method needs a pre-shared key. */
bool connection_config_uses_psk(const ConnectionConfig *config);

/* Whether we show a certificate (with EAP: EAP-TLS may), and whether the gateway shows one. */
bool connection_config_uses_certificate(const ConnectionConfig *config);
bool connection_config_checks_certificate(const ConnectionConfig *config);

bool connection_config_is_v1(const ConnectionConfig *config);
bool connection_config_is_v2(const ConnectionConfig *config);
