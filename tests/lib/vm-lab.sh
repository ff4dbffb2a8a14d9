# SPDX-License-Identifier: GPL-2.0-or-later
# The lab of tests/vm/: as lib/lab.sh, on a kernel that has ESP. Sourced; each script of tests/vm/ is
# a TAP program that runs itself again in a virtual machine (lib/vm.sh):
#
#   sudo tests/vm/TOPIC [REGULAR-EXPRESSION]     only the tests whose name matches
#
#   host               router (the road)                 gw                  lan
#   the desktop, eth0  r0 ─ NAT or not ─ r1              gw0        lan0 ─── lan1
#   192.0.2.2          192.0.2.1   198.51.100.254        198.51.100.1, .3    10.99.0.2, 10.98.0.2
#   2001:db8:1::2      …:1::1            …:2::254        2001:db8:2::1
#
# STAGE names a staged install to use; without it the product is built. VM_LAYERS are folders that
# lie over the file system there.

# shellcheck source=interop.sh
. "$(dirname "${BASH_SOURCE[0]}")/interop.sh"
. "$TESTS_DIR/lib/vm.sh"

HOST_ADDRESS=192.0.2.2
GATEWAY4=$GATEWAY
HOST_ADDRESS6=2001:db8:1::2
GATEWAY6=2001:db8:2::1
VM_LIMIT=${VM_LIMIT:-900}
export GATEWAY_CARRIER=kernel-netlink

# --- out here ---------------------------------------------------------------------------------------

# vm_begin SCRIPT [REGULAR-EXPRESSION]: returns in the virtual machine only.
vm_begin() {
    local why status=0
    TAP_ONLY=${2:-}
    [ -z "${IN_VM:-}" ] || return 0
    need_root
    packages_need build lab interop
    if ! (packages_need vm); then
        why="QEMU cannot be had from the distribution"
    else
        why=$(vm_why_not)
    fi
    if [ -z "$why" ] && ! vm_layers_wanted; then
        why="packages for the virtual machine cannot be had from the distribution"
    fi
    if [ -n "$why" ]; then
        say "1..0 # SKIP $why"
        exit 0
    fi
    vm_stage
    vm_run "$VM_LIMIT" "${VM_LAYERS:-} $STAGE" "$1" "$TAP_ONLY" || status=$?
    [ -z "${VM_STAGE:-}" ] || rm -rf "$VM_STAGE"
    exit $status
}

# To be defined by a script that needs more: sets VM_LAYERS.
vm_layers_wanted() { :; }

vm_stage() {
    [ -z "${STAGE:-}" ] || return 0
    build_product
    VM_STAGE=$(mktemp -d)
    STAGE=$VM_STAGE
    stage_product "$STAGE"
}

# --- in there ---------------------------------------------------------------------------------------

lab_create() {
    LAB=/var/lab
    mkdir -p $LAB
    # Where the processor can, AES is not done by tables.
    modprobe -q aesni_intel || true
    modprobe -a xfrm_interface esp4 esp6 tun dummy veth
}

lab_start() {
    lab_namespaces
    lab_addresses
    lab_network_manager
}

lab_namespaces() {
    local name
    for name in host router gw lan; do
        ip netns add $name
        ip -n $name link set lo up
    done
    ip -n router link add r0 type veth peer name eth0 netns host
    ip -n router link add r1 type veth peer name gw0 netns gw
    ip -n gw link add lan0 type veth peer name lan1 netns lan
    for name in router gw; do
        ip netns exec $name sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
            net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
    done
}

# lab_address NAMESPACE DEVICE ADDRESS...
lab_address() {
    local address
    for address in "${@:3}"; do
        case $address in
        *:*) ip -n "$1" addr add "$address" dev "$2" nodad ;;
        *) ip -n "$1" addr add "$address" dev "$2" ;;
        esac
    done
    ip -n "$1" link set "$2" up
}

lab_addresses() {
    lab_address router r0 192.0.2.1/24 2001:db8:1::1/64
    lab_address router r1 198.51.100.254/24 2001:db8:2::254/64
    lab_address gw gw0 198.51.100.1/24 198.51.100.3/24 2001:db8:2::1/64
    lab_address gw lan0 10.99.0.1/24 10.98.0.1/24
    lab_address lan lan1 10.99.0.2/24 10.99.0.53/24 10.98.0.2/24
    ip -n gw route add default via 198.51.100.254
    ip -n gw -6 route add default via 2001:db8:2::254
    ip -n lan route add default via 10.99.0.1
}

lab_network_manager() {
    local dir=/etc/NetworkManager
    rm -rf $dir/system-connections $dir/conf.d $dir/dispatcher.d /usr/lib/NetworkManager/conf.d
    rm -f /etc/resolv.conf
    mkdir -p $dir/system-connections $dir/VPN /run/dbus /run/NetworkManager /var/lib/NetworkManager
    echo '# written by the lab' >/etc/resolv.conf
    cat >$dir/NetworkManager.conf <<C
[main]
plugins=keyfile
auth-polkit=false
no-auto-default=*
dns=default
rc-manager=file
systemd-resolved=false
hostname-mode=none
[logging]
level=INFO
domains=ALL,VPN_PLUGIN:DEBUG
[connectivity]
enabled=false
C
    cat >$dir/system-connections/uplink.nmconnection <<C
[connection]
id=uplink
type=ethernet
interface-name=eth0
[ipv4]
method=manual
address1=$HOST_ADDRESS/24,192.0.2.1
may-fail=false
[ipv6]
method=manual
address1=$HOST_ADDRESS6/64,2001:db8:1::1
C
    chmod 600 $dir/system-connections/uplink.nmconnection
    dbus-uuidgen --ensure
    dbus-daemon --system --fork --nopidfile --nosyslog
    # By a read-only /sys NetworkManager knows that there is no udev to wait for.
    ip netns exec host bash -c 'mount -o remount,ro /sys; exec NetworkManager --debug' \
        > >("$TESTS_DIR/lib/stamp.py" >>"$LAB/nm.log") 2>&1 </dev/null &
    wait_for 40 box nm-online -q -t 1 || lab_broken "$LAB/nm.log"
}

lab_enter() { ip netns exec "$@"; }
gw() { lab_enter gw "$@"; }
lan() { lab_enter lan "$@"; }
router() { lab_enter router "$@"; }
box() {
    lab_enter host env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb "$@"
}

vm_lab_begin() {
    lab_create
    lab_start
    desktop_state >"$LAB/baseline"
    lab_background flow.log lan "$TESTS_DIR/lib/flow.py" serve 7007
    wait_for 10 grep -q ready "$LAB/flow.log"
}

# --- the road ---------------------------------------------------------------------------------------

# As a home router does it: other ports, too.
nat_on() {
    router nft -f - <<'C'
table ip nat {
    chain post {
        type nat hook postrouting priority srcnat
        oifname "r1" masquerade random
    }
}
C
}

nat_off() {
    router nft flush ruleset
    # What is remembered would be translated still.
    ip -n router link set r1 down
    ip -n router link set r1 up
    lab_address router r1 2001:db8:2::254/64 2>/dev/null || true
}

# weather ARGUMENT...: netem's, in both directions; nothing: fine.
weather() {
    local device
    for device in r0 r1; do
        router tc qdisc del dev $device root 2>/dev/null || true
        [ $# = 0 ] || router tc qdisc add dev $device root netem "$@"
    done
}

# --- what must be true ------------------------------------------------------------------------------

states() { box ip xfrm state; }

# The kernel carries it: nothing else has such states.
must_be_in_the_kernel() {
    states
    [ "$(states | grep -c "if_id 0x4e")" -ge 2 ] || fail "there are no states of ours"
    box ip -d link show type xfrm | grep -q 'if_id 0x4e' || fail "there is no XFRM interface of ours"
}

must_be_encapsulated() {
    [ "$(states | grep -c 'encap type espinudp')" -ge 2 ] || fail "no UDP encapsulation"
}

must_be_plain() {
    ! states | grep 'encap' || fail "UDP encapsulation, and no NAT"
}

flow() { box "$TESTS_DIR/lib/flow.py" run "$PROTECTED" 7007 "$1" "${2:-100}"; }
