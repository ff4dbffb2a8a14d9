#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-or-later
# First process of the virtual machine, in its initramfs: puts the root file system together out of
# what vm.sh shares, and goes there.
/bin/busybox --install -s /bin
export PATH=/bin

fail() {
    echo "vm: $*" >/dev/console
    poweroff -f
}

# attach TAG FOLDER
attach() {
    mkdir -p "$2"
    mount -t virtiofs -o ro "$1" "$2" || fail "no file system $1"
}

mkdir -p /proc /sys /dev /host /memory /new
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do
    insmod "/$module" || fail "insmod $module"
done </modules
# shellcheck disable=SC1091 # written for each run
. /vars

attach host /host
lower=/host
n=0
while [ $n -lt "${layers:?}" ]; do
    n=$((n + 1))
    attach layer$n /layer$n
    lower=/layer$n:$lower
done
mount -t tmpfs -o size=50% tmpfs /memory
mkdir /memory/upper /memory/work
mount -t overlay -o "lowerdir=$lower,upperdir=/memory/upper,workdir=/memory/work" root /new || fail "no overlay"

release=$(uname -r)
mkdir -p "/new/lib/modules/$release"
mount -o bind "/host${tree:?}/lib/modules/$release" "/new/lib/modules/$release"
mount -t tmpfs -o mode=755 tmpfs /new/run
mkdir /new/run/vm
cp /command /start /vars /new/run/vm/
for folder in proc sys dev; do
    mount -o move /$folder /new/$folder
done
exec switch_root /new /bin/sh /run/vm/start
