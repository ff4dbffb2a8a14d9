# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-or-later
# First process of the virtual machine once its root file system stands: runs the command, tells its
# status, ends the machine.
# shellcheck disable=SC1091 # written for each run
. /run/vm/vars
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb IN_VM=1

mkdir -p /dev/pts /dev/shm /dev/net
[ -e /dev/net/tun ] || mknod -m 666 /dev/net/tun c 10 200 # opening it loads the module
ln -s /proc/self/fd /dev/fd
ln -s fd/0 /dev/stdin
ln -s fd/1 /dev/stdout
ln -s fd/2 /dev/stderr
mount -t devpts -o mode=600,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/lock /run/dbus /run/netns
echo vm >/proc/sys/kernel/hostname
ip link set lo up

cd "${directory:?}" || cd /
setsid /bin/bash /run/vm/command </dev/null >/dev/vport0p1 2>&1
status=$?
sync
echo "$status" >/dev/vport0p2
busybox poweroff -f
