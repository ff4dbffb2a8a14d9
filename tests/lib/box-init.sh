#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The desktop: a real NetworkManager and a system bus of its own, in the network namespace `host`
# and a mount namespace where a staged install lies over /usr and /etc.
#   $1 the run's folder   $2 the staged install, or ''   $3 the VPN service's log level
set -eu
LAB=$1 STAGE=$2 VPN_LOG=$3
TESTS_LIB=$(cd "$(dirname "$0")" && pwd)
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

mount --make-rprivate /
hostname ike-lab

# overlay TARGET: a private writable view of it, with the staged files in it.
overlay() {
    local target=$1 layers=$1
    local upper="$LAB/overlay/${1//\//_}"
    [ -n "$STAGE" ] && [ -d "$STAGE$target" ] && layers="$STAGE$target:$target"
    mkdir -p "$upper/up" "$upper/work"
    mount -t overlay -o "lowerdir=$layers,upperdir=$upper/up,workdir=$upper/work" overlay "$target"
}

lay_out_files() {
    # The upper layers in memory: not every file system can carry them.
    mkdir -p "$LAB/overlay"
    mount -t tmpfs tmpfs "$LAB/overlay"
    overlay /etc
    overlay /usr
    overlay /var
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p /run/dbus /run/NetworkManager /run/lock
    # By a read-only /sys NetworkManager knows that there is no udev to wait for.
    mount -o remount,ro /sys 2>/dev/null || mount -o remount,bind,ro /sys
    [ -s /etc/machine-id ] || dbus-uuidgen >/etc/machine-id
}

# Everything that the machine's owner configured is hidden: only what a fresh install has counts.
configure_network_manager() {
    local dir=/etc/NetworkManager
    rm -rf $dir/system-connections $dir/conf.d $dir/dispatcher.d /usr/lib/NetworkManager/conf.d
    rm -f /etc/resolv.conf
    # (VPN: NetworkManager watches the folder only if it is there when it starts.)
    mkdir -p $dir/system-connections $dir/conf.d $dir/VPN
    echo '# written by the lab' >/etc/resolv.conf
    # polkit needs logind: without it root may do everything. resolv.conf is written as a plain
    # file, so that what a VPN brings is seen in it.
    cat >$dir/NetworkManager.conf <<C
[main]
plugins=keyfile
auth-polkit=false
no-auto-default=*
dhcp=internal
dns=default
rc-manager=file
systemd-resolved=false
hostname-mode=none
[logging]
level=INFO
domains=ALL,VPN_PLUGIN:$VPN_LOG
[connectivity]
enabled=false
C
    cat >$dir/system-connections/uplink.nmconnection <<'C'
[connection]
id=uplink
uuid=11111111-1111-4111-8111-111111111111
type=ethernet
interface-name=eth0
[ipv4]
method=manual
address1=198.51.100.2/24,198.51.100.1
dns=198.51.100.1;
may-fail=false
[ipv6]
method=link-local
C
    chmod 600 $dir/system-connections/uplink.nmconnection
}

start_bus() {
    # Debian's own configuration of the system bus: the plugin's policy file is really tried.
    dbus-daemon --system --nofork --nopidfile --nosyslog >>"$LAB/dbus.log" 2>&1 &
    until [ -S /run/dbus/system_bus_socket ]; do sleep 0.01; done
}

# With --debug the log goes to stderr, and the VPN services inherit that.
start_network_manager() {
    NetworkManager --debug > >("$TESTS_LIB/stamp.py" >>"$LAB/nm.log") 2>&1 &
    local pid=$!
    until [ "$(nmcli -t -f RUNNING general 2>/dev/null)" = running ]; do
        kill -0 $pid
        sleep 0.02
    done
    nm-online -q -t 10
}

lay_out_files
configure_network_manager
start_bus
start_network_manager
: >"$LAB/box.ready"
while :; do
    wait -n 2>/dev/null || sleep 1
done
