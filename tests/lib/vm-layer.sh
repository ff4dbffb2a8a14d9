#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs packages into the layer $1 (vm.sh starts it in a mount namespace of its own).
set -eu
layer=$(realpath "$1")
shift

mount --make-rprivate /
root=$layer.work/root
mount -t overlay -o "lowerdir=/,upperdir=$layer,workdir=$layer.work/work" overlay "$root"
for folder in proc sys dev; do
    mount --rbind /$folder "$root/$folder"
done
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/var/cache/apt/archives"
mkdir "$root/var/cache/apt/archives/partial"
# Nothing is started: 101 says that this is not allowed here.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -q -y -o DPkg::Lock::Timeout=300 \
    -o DPkg::Options::=--force-unsafe-io --no-install-recommends install "$@"
rm "$root/usr/sbin/policy-rc.d"
