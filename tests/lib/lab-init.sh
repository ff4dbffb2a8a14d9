#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# First process of the lab, in pid, mount and network namespaces of its own (lab.sh starts it with
# $1, the run's folder). What is made here has no name outside and ends with this process, however
# it ends: two labs stand side by side, and a killed run leaves nothing behind.
#
#   host            net            gateway (gw)                      lan
#   the desktop     eth0 ─────── gw0 198.51.100.1, .3   lan0 ─────── lan1 10.99.0.2, 10.98.0.2
#   198.51.100.2                     10.99.0.1, 10.98.0.1            the protected hosts
#
# With $2 `road`, the desktop has a second way, through a NAT:
#
#   host            road                       gateway (gw)
#                   192.0.2.1 in0    out0 ──── road0 198.18.0.1
#   eth1 ───────────┘           198.18.0.2
set -eu
LAB=$1 ROAD=${2:-}

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run

for name in host gw lan; do
    ip netns add $name
    ip -n $name link set lo up
done
ip -n gw link add gw0 type veth peer name eth0 netns host
ip -n gw link add lan0 type veth peer name lan1 netns lan

ip -n gw addr add 198.51.100.1/24 dev gw0
ip -n gw addr add 198.51.100.3/24 dev gw0
ip -n gw link set gw0 up
ip -n gw addr add 10.99.0.1/24 dev lan0
ip -n gw addr add 10.98.0.1/24 dev lan0
ip -n gw link set lan0 up
ip -n lan addr add 10.99.0.2/24 dev lan1
ip -n lan addr add 10.99.0.53/24 dev lan1
ip -n lan addr add 10.98.0.2/24 dev lan1
ip -n lan link set lan1 up
ip -n lan route add default via 10.99.0.1

# What comes for the protected networks in the clear is dropped: reaching them proves the tunnel.
ip -n gw rule add priority 10 iif gw0 to 10.99.0.0/24 blackhole
ip -n gw rule add priority 10 iif gw0 to 10.98.0.0/24 blackhole
# A part of the "internet" from where no answer comes, not even an error.
ip -n gw route add blackhole 203.0.113.0/24
ip netns exec gw sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
    net.ipv4.conf.default.rp_filter=0

lay_road() {
    ip netns add road
    ip -n road link set lo up
    ip -n road link add in0 type veth peer name eth1 netns host
    ip -n gw link add road0 type veth peer name out0 netns road
    ip -n gw addr add 198.18.0.1/24 dev road0
    ip -n gw link set road0 up
    ip -n road addr add 192.0.2.1/24 dev in0
    ip -n road link set in0 up
    ip -n road addr add 198.18.0.2/24 dev out0
    ip -n road link set out0 up
    ip -n road route add default via 198.18.0.1
    ip -n gw rule add priority 10 iif road0 to 10.99.0.0/24 blackhole
    ip -n gw rule add priority 10 iif road0 to 10.98.0.0/24 blackhole
    ip netns exec road sysctl -qw net.ipv4.ip_forward=1
    # Another port than the client's, and another one each time.
    ip netns exec road nft -f - <<'N'
table ip nat {
    chain out {
        type nat hook postrouting priority 100
        oifname "out0" udp dport { 500, 4500 } masquerade to :20000-29999 fully-random
        oifname "out0" masquerade
    }
}
N
}
[ "$ROAD" != road ] || lay_road

: >"$LAB/init.ready"
# Orphans of a pid namespace are its first process's to collect.
while :; do
    wait -n 2>/dev/null || sleep 1
done
