# SPDX-License-Identifier: GPL-2.0-or-later
# The ways between the two ends of tests/bench/run, each as a function that brings it up. Sourced by
# rounds.sh, in the client's namespaces.
#
#   way_up WAY      then TARGET is what the client reaches through it, PIDS_CLIENT and PIDS_SERVER
#                   the processes at each end that carry it
#   way_down        ends them
#   way_missing WAY     says in a sentence what of it is not installed; nothing if it can be had

# shellcheck disable=SC2034 # TARGET and the PIDS are rounds.sh's to read
CLIENT_OUTER=192.0.2.2
SERVER_OUTER=192.0.2.1
BEHIND=10.82.0.1      # behind the gateway, where the way is one to a network
TUNNEL_MTU=1400       # the same for all whom one can tell

# in_client NAME COMMAND...: in the background, its output to NAME.log; its number to STARTED.
in_client() {
    local name=$1
    shift
    "$@" >"$RUN/$name.log" 2>&1 </dev/null &
    STARTED=$!
    PIDS_CLIENT="$PIDS_CLIENT $STARTED"
}

# The same at the other end. (nsenter becomes the command: the number is the command's own.)
in_server() {
    local name=$1
    shift
    nsenter -t "$SERVER_NS" -m -n -- "$@" >"$RUN/$name.log" 2>&1 </dev/null &
    STARTED=$!
    PIDS_SERVER="$PIDS_SERVER $STARTED"
}

server() { nsenter -t "$SERVER_NS" -m -n -- "$@"; }

# says FILE TEXT: does the file have it?
says() { grep -q -- "$2" "$RUN/$1" 2>/dev/null; }

way_up() {
    PIDS_CLIENT='' PIDS_SERVER='' TARGET=''
    "way_${1//-/_}"
}

way_down() {
    local pid
    for pid in $PIDS_CLIENT $PIDS_SERVER; do
        kill "$pid" 2>/dev/null || true
    done
    for pid in $PIDS_CLIENT $PIDS_SERVER; do
        wait_for 5 is_gone "$pid" || kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

is_gone() { [ ! -e "/proc/$1/stat" ] || grep -q ' Z ' "/proc/$1/stat"; }

# --- what is ours --------------------------------------------------------------------------------

# Both ends of a tunnel with a device at each, called bench0, and its addresses.
pair_is_ready() {
    wait_for 10 says client.log ready || return 1
    wait_for 10 says server.log ready || return 1
    ip address add 10.80.0.2/32 dev bench0
    ip link set bench0 up mtu "$TUNNEL_MTU"
    ip route add 10.81.0.0/16 dev bench0 src 10.80.0.2
    server ip address add 10.81.0.1/32 dev bench0
    server ip link set bench0 up mtu "$TUNNEL_MTU"
    server ip route add 10.80.0.0/24 dev bench0 src 10.81.0.1
    TARGET=10.81.0.1
}

# way_pair OPTION...: two of our data planes
way_pair() {
    in_client client "$PROGRAMS/plane" "$@" client bench0 $CLIENT_OUTER $SERVER_OUTER
    in_server server "$PROGRAMS/plane" "$@" server bench0 $SERVER_OUTER $CLIENT_OUTER
    pair_is_ready
}

way_ours() { way_pair --esp aes128gcm16; }
way_ours_cbc() { way_pair --esp aes256-sha256; }
way_ours_evp() { way_pair --esp aes128gcm16 --cipher evp; }
way_ours_no_offloads() { way_pair --esp aes128gcm16 --offloads none; }

way_probe() {
    in_client client "$PROGRAMS/probe" bench0 $CLIENT_OUTER $SERVER_OUTER
    in_server server "$PROGRAMS/probe" bench0 $SERVER_OUTER $CLIENT_OUTER
    pair_is_ready
}

way_plain() {
    in_client client "$PROGRAMS/probe" --plain bench0 $CLIENT_OUTER $SERVER_OUTER
    in_server server "$PROGRAMS/probe" --plain bench0 $SERVER_OUTER $CLIENT_OUTER
    pair_is_ready
}

# No tunnel at all.
way_veth() { TARGET=$SERVER_OUTER; }

# --- strongSwan with ESP in user space -----------------------------------------------------------

# The plugins' order is their preference: AES-NI's own code for GCM, as the distribution has it, and
# OpenSSL's for CBC are the fastest.
strongswan_configuration() {
    cat <<C
charon {
    load_modular = no
    load = random nonce $2 sha1 sha2 hmac kdf x509 pem pkcs1 pubkey curve25519 gmp gcm kernel-libipsec kernel-netlink socket-default vici attr updown xauth-generic
    i_dont_care_about_security_and_use_aggressive_mode_psk = yes
    plugins {
        vici { socket = unix://$RUN/$1.vici }
    }
}
C
}

strongswan_gateway() {
    cat <<C
connections {
    two {
        version = 2
        local_addrs = $SERVER_OUTER
        proposals = aes128-sha256-x25519
        pools = pool
        encap = yes
        local { auth = psk
                id = gateway.example.org }
        remote { auth = psk
                 id = client.example.org }
        children { net { local_ts = 10.82.0.0/24
                         esp_proposals = $1 } }
    }
    one {
        version = 1
        aggressive = yes
        local_addrs = $SERVER_OUTER
        proposals = aes128-sha1-modp2048, aes256-sha1-modp2048
        pools = pool
        encap = yes
        local { auth = psk
                id = gateway.example.org }
        remote-1 { auth = psk
                   id = keyid:bench }
        remote-2 { auth = xauth }
        children { net { local_ts = 0.0.0.0/0
                         esp_proposals = aes128-sha1, aes256-sha1 } }
    }
}
pools { pool { addrs = 10.83.0.10-10.83.0.200 } }
C
    strongswan_secrets
}

strongswan_client() {
    cat <<C
connections {
    two {
        version = 2
        remote_addrs = $SERVER_OUTER
        proposals = aes128-sha256-x25519
        vips = 0.0.0.0
        encap = yes
        local { auth = psk
                id = client.example.org }
        remote { auth = psk
                 id = gateway.example.org }
        children { net { remote_ts = 10.82.0.0/24
                         esp_proposals = $1 } }
    }
}
C
    strongswan_secrets
}

strongswan_secrets() {
    cat <<C
secrets {
    ike-two { id-1 = gateway.example.org
              id-2 = client.example.org
              secret = between the two ends }
    ike-one { id-1 = keyid:bench
              id-2 = gateway.example.org
              secret = of the group }
    xauth-alice { id = alice
                  secret = wonderland }
}
C
}

# strongswan_start in_client|in_server NAME PLUGINS: with NAME.swanctl as its configuration
strongswan_start() {
    strongswan_configuration "$2" "$3" >"$RUN/$2.strongswan"
    rm -f "$RUN/$2.vici"
    STRONGSWAN_CONF=$RUN/$2.strongswan "$1" "$2" /usr/lib/ipsec/charon
    wait_for 10 test -S "$RUN/$2.vici" || return 1
    swanctl_of "$2" --load-all --file "$RUN/$2.swanctl"
}

# swanctl_of NAME COMMAND ARGUMENT...
swanctl_of() {
    local name=$1 command=$2
    shift 2
    STRONGSWAN_CONF=$RUN/$name.strongswan SWANCTL_DIR=$RUN \
        swanctl "$command" --uri "unix://$RUN/$name.vici" "$@" >>"$RUN/$name.swanctl.log" 2>&1
}

# strongswan_pair ESP PLUGINS
strongswan_pair() {
    strongswan_gateway "$1" >"$RUN/gateway.swanctl"
    strongswan_client "$1" >"$RUN/client.swanctl"
    strongswan_start in_server gateway "$2" || return 1
    strongswan_start in_client client "$2" || return 1
    swanctl_of client --initiate --child net --timeout 10 || return 1
    TARGET=$BEHIND
}

way_libipsec() { strongswan_pair aes128gcm16 "aesni aes openssl"; }
way_libipsec_cbc() { strongswan_pair aes256-sha256 "openssl aesni aes"; }

# --- vpnc, to a strongSwan gateway ---------------------------------------------------------------

# What vpnc and openconnect call: an address and a route, and nothing of the machine.
address_script() {
    cat >"$RUN/address-script" <<'C'
#!/bin/sh
[ "$reason" = connect ] || exit 0
ip link set "$TUNDEV" up mtu "${INTERNAL_IP4_MTU:-1400}"
ip address add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
ip route add 10.82.0.0/24 dev "$TUNDEV" src "$INTERNAL_IP4_ADDRESS"
C
    chmod 755 "$RUN/address-script"
}

has_route_behind() { ip route get $BEHIND 2>/dev/null | grep -q " dev $1 "; }

way_vpnc() {
    strongswan_gateway aes128gcm16 >"$RUN/gateway.swanctl"
    strongswan_start in_server gateway "openssl aesni aes" || return 1
    address_script
    cat >"$RUN/vpnc.conf" <<C
IPSec gateway $SERVER_OUTER
IPSec ID bench
IPSec secret of the group
Xauth username alice
Xauth password wonderland
IKE DH Group dh14
Perfect Forward Secrecy nopfs
NAT Traversal Mode force-natt
Local Port 0
Interface name bench0
Script $RUN/address-script
C
    in_client client vpnc --no-detach "$RUN/vpnc.conf"
    wait_for 15 has_route_behind bench0 || return 1
    TARGET=$BEHIND
}

# --- wireguard-go --------------------------------------------------------------------------------

# wireguard_end in_client|in_server NAME
wireguard_end() {
    (umask 077 && wg genkey >"$RUN/$2.key")
    wg pubkey <"$RUN/$2.key" >"$RUN/$2.pub"
    "$1" "$2" wireguard-go -f bench0
}

way_wireguard_go() {
    wireguard_end in_server server
    wireguard_end in_client client
    wait_for 10 wg show bench0 || return 1
    wait_for 10 server wg show bench0 || return 1
    server wg set bench0 listen-port 51820 private-key "$RUN/server.key" \
        peer "$(cat "$RUN/client.pub")" allowed-ips 10.80.0.0/24
    wg set bench0 private-key "$RUN/client.key" \
        peer "$(cat "$RUN/server.pub")" allowed-ips 10.81.0.0/16 endpoint $SERVER_OUTER:51820
    echo ready | tee -a "$RUN/server.log" >>"$RUN/client.log"
    pair_is_ready
}

# --- openconnect to ocserv -----------------------------------------------------------------------

ocserv_configuration() {
    cat <<C
auth = "plain[passwd=$RUN/ocserv.passwd]"
listen-host = $SERVER_OUTER
tcp-port = 443
udp-port = 443
run-as-user = root
run-as-group = root
socket-file = $RUN/ocserv.sock
server-cert = $RUN/ocserv.pem
server-key = $RUN/ocserv.pem
isolate-workers = false
max-clients = 4
max-same-clients = 4
rate-limit-ms = 0
try-mtu-discovery = false
tls-priorities = "NORMAL:%SERVER_PRECEDENCE"
use-occtl = false
device = bench
ipv4-network = 10.84.0.0/24
ping-leases = false
route = 10.82.0.0/24
mtu = 1434
cisco-client-compat = true
dtls-legacy = true
C
}

ocserv_listens() { server ss -Hltn 'sport = :443' | grep -q .; }

way_openconnect() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=gateway.example.org \
        -addext subjectAltName=DNS:gateway.example.org \
        -keyout "$RUN/ocserv.pem.key" -out "$RUN/ocserv.crt" 2>/dev/null
    cat "$RUN/ocserv.pem.key" "$RUN/ocserv.crt" >"$RUN/ocserv.pem"
    printf 'wonderland\nwonderland\n' | ocpasswd -c "$RUN/ocserv.passwd" alice
    ocserv_configuration >"$RUN/ocserv.conf"
    in_server server ocserv -f -d 1 -c "$RUN/ocserv.conf"
    wait_for 10 ocserv_listens || return 1
    address_script
    echo wonderland >"$RUN/openconnect.password"
    in_client client sh -c "exec openconnect --protocol=anyconnect --user=alice --passwd-on-stdin \
        --cafile $RUN/ocserv.crt --resolve gateway.example.org:$SERVER_OUTER -i bench0 \
        -s $RUN/address-script https://gateway.example.org <$RUN/openconnect.password"
    wait_for 15 has_route_behind bench0 || return 1
    # Until DTLS is there, it would be TLS that is measured.
    wait_for 10 says client.log 'DTLS connection' || return 1
    TARGET=$BEHIND
}

# --- who is there --------------------------------------------------------------------------------

way_missing() {
    local program
    for program in $(way_programs "$1"); do
        command -v "$program" >/dev/null ||
            { say "$1 is not measured: $program is not installed" && return; }
    done
}

way_programs() {
    case $1 in
    libipsec*) echo /usr/lib/ipsec/charon swanctl ;;
    vpnc) echo vpnc /usr/lib/ipsec/charon swanctl ;;
    wireguard-go) echo wireguard-go wg ;;
    openconnect) echo openconnect ocserv ocpasswd openssl ss ;;
    esac
}
