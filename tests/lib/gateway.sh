# SPDX-License-Identifier: GPL-2.0-or-later
# A strongSwan gateway in the lab. Sourced, after lab.sh.
#
#   gateway_start [NAME=VALUE...]   with what gateway_defaults says, changed as given
#   gateway_set NAME=VALUE...       another configuration, while it runs (back to the defaults else)
#   gateway_restart [NAME=VALUE...] for what concerns strongswan.conf (GW_UNITY)
#   gateway_stop, gateway_kill      with a Delete for every SA; at once, as in a power cut
#   gateway_sas                     how many IKE SAs it has, half-open ones too; nothing, and a
#                                   failure, if it does not say: a dead gateway has not "none left"
#   gateway_children                how many IPsec SAs, in the same way
#   gateway_forget                  ends every SA, also where the peer is gone
#   gateway_ctl ARGUMENT...         swanctl
#
# One connection for each mode and authentication class, at GATEWAY; the first also at GATEWAY_2 with
# another network behind it. The gateway calls itself vpn.example.org; in aggressive mode, where the
# client is keyid:office, group.example.org.

XAUTH_USER=alice
XAUTH_PASSWORD='correct horse'
PSK_MAIN='a long main mode secret'
PSK_GROUP='the group secret'
export XAUTH_USER XAUTH_PASSWORD PSK_MAIN PSK_GROUP

gateway_defaults() {
    local groups=modp2048-modp1536-modp3072-modp4096-modp6144-modp8192-modp1024-ecp256-ecp384-ecp521
    local ciphers=aes256-aes192-aes128-3des hashes=sha256-sha384-sha512-sha1
    GW_ADDRESSES=$GATEWAY
    GW_IKE=$ciphers-$hashes-$groups
    GW_ESP=aes128gcm16-aes256gcm16-$groups,aes128gcm16-aes256gcm16
    GW_ESP=$GW_ESP,$ciphers-$hashes-$groups,$ciphers-$hashes
    GW_NETWORK=10.99.0.0/24   # what is behind it; 0.0.0.0/0: everything
    GW_UNITY=yes              # tells it to the client, as Cisco's split include
    GW_MODE=tunnel
    GW_POOLS=office           # none: the host's own address goes on
    GW_CHILD_REKEY=1h
    GW_CHILD_LIFE=2h
    GW_DPD=0s
    GW_HALF_OPEN=5            # seconds
    GW_BANNER='Welcome to the example office'
    GW_DOMAIN=corp.example
    GW_DNS=10.99.0.53
    GW_PSK_MAIN=$PSK_MAIN
    GW_POOL=10.77.0.10-10.77.0.200
    GW_CARRIER=${GATEWAY_CARRIER:-kernel-libipsec kernel-netlink}
}

# shellcheck disable=SC2034 # the variables are read below
gateway_configure() {
    local setting
    gateway_defaults
    for setting in "$@"; do
        declare -g "$setting"
    done
    mkdir -p "$LAB/gateway"
    gateway_write_strongswan >"$LAB/gateway/strongswan.conf"
    gateway_write_swanctl >"$LAB/gateway/swanctl.conf"
}

# ESP in user space (kernel-libipsec): the kernel of a test machine may have none. It has to be
# loaded before kernel-netlink, so the plugins are named one by one. GATEWAY_CARRIER=kernel-netlink:
# in the kernel.
gateway_write_strongswan() {
    cat <<C
charon {
    load_modular = no
    load = random nonce openssl aes des sha1 sha2 md5 hmac kdf gmp x509 pem pkcs1 pkcs8 pubkey constraints $GW_CARRIER socket-default vici attr unity xauth-generic gcm updown
    i_dont_care_about_security_and_use_aggressive_mode_psk = yes
    cisco_unity = $GW_UNITY
    # What a refused client leaves half-open is given up soon, and never counted against the next.
    half_open_timeout = $GW_HALF_OPEN
    dos_protection = no
    plugins {
        kernel-libipsec { load = yes
                          allow_peer_ts = yes }
        vici { socket = unix://$LAB/gateway/vici.sock }
    }
    filelog { gateway { path = $LAB/gateway/charon.log
                        time_format = %H:%M:%S
                        time_add_ms = yes
                        append = yes
                        default = 1
                        flush_line = yes } }
}
C
}

gateway_write_swanctl() {
    cat <<C
v1 {
    version = 1
    local_addrs = $GW_ADDRESSES
    pools = $GW_POOLS
    proposals = $GW_IKE
    dpd_delay = $GW_DPD
    dpd_timeout = 6s
    rekey_time = 0s
    reauth_time = 0s
}
net {
    local_ts = $GW_NETWORK
    mode = $GW_MODE
    esp_proposals = $GW_ESP
    rekey_time = $GW_CHILD_REKEY
    life_time = $GW_CHILD_LIFE
    rand_time = 1s
    dpd_action = clear
    start_action = none
}
connections {
    main-xauth : v1 {
        local { auth = psk
                id = vpn.example.org }
        remote-1 { auth = psk }
        remote-2 { auth = xauth }
        children { main-xauth : net {} }
    }
    main-psk : v1 {
        local { auth = psk
                id = vpn.example.org }
        remote { auth = psk }
        children { main-psk : net {} }
    }
    aggressive-xauth : v1 {
        aggressive = yes
        local { auth = psk
                id = group.example.org }
        remote-1 { auth = psk
                   id = keyid:office }
        remote-2 { auth = xauth }
        children { aggressive-xauth : net {} }
    }
    aggressive-psk : v1 {
        aggressive = yes
        local { auth = psk
                id = group.example.org }
        remote { auth = psk
                 id = keyid:office }
        children { aggressive-psk : net {} }
    }
    branch : v1 {
        local_addrs = $GATEWAY_2
        pools = branch
        local { auth = psk
                id = branch.example.org }
        remote-1 { auth = psk }
        remote-2 { auth = xauth }
        children { branch : net {
            local_ts = 10.98.0.0/24 } }
    }
}
pools {
    office { addrs = $GW_POOL
             dns = $GW_DNS
             28672 = "$GW_BANNER"
             28674 = "$GW_DOMAIN" }
    branch { addrs = 10.78.0.10-10.78.0.200 }
}
secrets {
    # In main mode a secret is looked for before the client's identity is known: by the gateway's own.
    ike-main { id-1 = $HOST_ADDRESS
               id-2 = vpn.example.org
               id-3 = branch.example.org
               secret = "$GW_PSK_MAIN" }
    # In aggressive mode it is found by both identities, or the wrong one is.
    ike-group { id-1 = keyid:office
                id-2 = group.example.org
                secret = "$PSK_GROUP" }
    xauth-alice { id = $XAUTH_USER
                  secret = "$XAUTH_PASSWORD" }
}
C
}

gateway_start() {
    gateway_configure "$@"
    mkdir -p "$LAB"/gateway/{x509,x509ca,x509ocsp,x509aa,x509ac,x509crl,pubkey,private,rsa,ecdsa,bliss,pkcs8,pkcs12}
    rm -f "$LAB/gateway/vici.sock"
    # charon's pid file has a fixed place; `ip netns exec` gives it a mount namespace of its own.
    lab_background gateway-out.log gw env STRONGSWAN_CONF="$LAB/gateway/strongswan.conf" bash -c \
        "mount -t tmpfs tmpfs /run && echo \$\$ >'$LAB/gateway/pid' && exec /usr/lib/ipsec/charon"
    wait_for 10 test -S "$LAB/gateway/vici.sock" || lab_broken "$LAB/gateway-out.log"
    gateway_load
}

gateway_load() {
    local log=$LAB/gateway/load.log
    gateway_ctl --load-all --clear >"$log" 2>&1 || lab_broken "$log"
}

gateway_set() {
    gateway_configure "$@"
    gateway_load
}

gateway_ctl() {
    env SWANCTL_DIR="$LAB/gateway" STRONGSWAN_CONF="$LAB/gateway/strongswan.conf" \
        swanctl "$1" --uri "unix://$LAB/gateway/vici.sock" "${@:2}"
}

gateway_signal() {
    local pid
    pid=$(cat "$LAB/gateway/pid")
    gw kill -s "$1" "$pid" 2>/dev/null || true
    wait_for 10 gateway_is_gone "$pid" || die "the gateway does not end"
}

gateway_is_gone() { ! gw kill -0 "$1"; }
gateway_stop() { gateway_signal TERM; }
gateway_kill() { gateway_signal KILL; }

# In the raw listing every SA is one line; its child SAs stand in it.
gateway_sas() {
    local list
    list=$(gateway_ctl --list-sas --raw) || return 1
    grep -c '^list-sa event' <<<"$list" || true
}
gateway_children() {
    local list
    list=$(gateway_ctl --list-sas --raw) || return 1
    grep -o 'state=INSTALLED' <<<"$list" | wc -l
}

gateway_has_no_sa() { [ "$(gateway_sas)" = 0 ]; }
gateway_has_one_sa() { [ "$(gateway_sas)" = 1 ]; }

gateway_forget() {
    local id
    for id in $(gateway_ctl --list-sas --raw 2>/dev/null | grep -o 'uniqueid=[0-9]* version' |
        sed 's/[^0-9]//g'); do
        gateway_ctl --terminate --ike-id "$id" --force --timeout 1 >/dev/null 2>&1 || true
    done
}

# strongswan.conf is read only at the start.
# shellcheck disable=SC2120 # arguments or none
gateway_restart() {
    gateway_stop
    gateway_start "$@"
}

# Back to the defaults, whatever a test did to it.
gateway_restore() {
    local before
    before=$(cat "$LAB"/gateway/strongswan.conf "$LAB"/gateway/swanctl.conf)
    if ! gw kill -0 "$(cat "$LAB/gateway/pid")" 2>/dev/null; then
        gateway_start
        return
    fi
    gateway_configure
    if ! grep -qx "    cisco_unity = $GW_UNITY" <<<"$before"; then
        # shellcheck disable=SC2119
        gateway_restart
    elif [ "$before" != "$(cat "$LAB"/gateway/strongswan.conf "$LAB"/gateway/swanctl.conf)" ]; then
        gateway_load
    fi
}
